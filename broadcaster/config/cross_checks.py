"""Checks of config.yaml that compare several of its keys.

It looks at the document as written, not at checked settings: so it also finds things while other keys are still wrong,
and everything is listed at once. Whatever has the wrong shape is passed over here, for the schema tells of it.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from broadcaster.config.field_types import addresses
from broadcaster.config.field_types.database_url import has_password
from broadcaster.config.field_types.public_keys import is_p256_key
from broadcaster.config.schema import dotted_path
from broadcaster.config.yaml_files.document import PathStep, YamlDocument
from broadcaster.domain.language.multilingual_text import MultilingualText
from broadcaster.domain.problems import Problem, Severity

_NEEDS_BLOCK = {"smtp": "smtp: {host: …}", "sendgrid": "sendgrid: {api_key_env: …}", "twilio": "twilio: {…}"}

LONGEST_RETURN_PATH = 64 - 27
"""RFC 5321 (4.5.3.1.1) allows 64 octets before the @; a plus and an id of 26 characters are put in."""


_OWN_PATHS = frozenset({"u", "w", "c", "hooks", "desk"})
"""How the paths of our own pages begin, below `public_url`."""


def find_contradictions(document: YamlDocument) -> Iterator[Problem]:
    """Everything that contradicts or lacks something elsewhere in the file."""
    note = _ProblemMaker(document)
    providers = _mapping_at(document.data.get("providers"))
    yield from _check_providers(note, providers, document.data)
    yield from _check_listening(note, providers, document.data)
    yield from _check_smtp(note, _mapping_at(providers.get("smtp")))
    if providers.get("sms") == "twilio":
        yield from _check_twilio(note, _mapping_at(providers.get("twilio")), document.data)
    if "sendgrid" in providers:
        yield from _check_sendgrid(
            note, _mapping_at(providers["sendgrid"]), chosen=providers.get("email") == "sendgrid"
        )
    yield from _check_database(note, document.data.get("database"))
    for name, person in _mapping_at(document.data.get("people")).items():
        yield from _check_person(note, ("people", name), _mapping_at(person))
    for name, campaign in _mapping_at(document.data.get("campaigns")).items():
        yield from _check_campaign(note, ("campaigns", name), _mapping_at(campaign))
    for name, helpline in _mapping_at(document.data.get("helplines")).items():
        if isinstance(helpline, dict) and "expires" not in helpline:
            remedy = "Add  expires: YEAR-MONTH-DAY,  the day by which somebody must ring it again."
            yield note.warning("no-expiry", ("helplines", name), f"helpline '{name}' never expires", remedy)
    yield from _check_doubt_helpline(note, _mapping_at(document.data.get("helplines")))
    yield from _check_home_texts(note, document.data)


def _check_home_texts(note: "_ProblemMaker", data: Mapping[str, Any]) -> Iterator[Problem]:
    """What recipients' pages and messages to staff say in the organisation's language must be there in it."""
    own = _mapping_at(data.get("organisation"))
    shown: list[tuple[tuple[PathStep, ...], Any]] = [(("organisation", "name"), own.get("name"))]
    if data.get("public_url"):
        shown += [
            (("helplines", name, key), line.get(key))
            for name, line in _mapping_at(data.get("helplines")).items()
            for key in ("name", "names")
            if isinstance(line, dict) and "doubt" in _list_of(line.get("for"))
        ]
    home = str(own.get("language") or "")
    for path, said in shown:
        if home and isinstance(said, dict) and said and MultilingualText.of(said).text_in(home) is None:
            message = f"{dotted_path(path)} has no text in {home}, which is the organisation's language"
            yield note.error("not-in-language", path, message, f"Add  {home}: …  there.")


def _list_of(said: Any) -> list[Any]:
    return said if isinstance(said, list) else [said]


def _check_doubt_helpline(note: "_ProblemMaker", helplines: Mapping[str, Any]) -> Iterator[Problem]:
    """A warning where the check page can name nobody to ask whether a letter is genuine."""
    if helplines and not any("doubt" in _list_of(_mapping_at(one).get("for")) for one in helplines.values()):
        remedy = "Add  for: [doubt]  to the one that answers such questions. Without it the check page names no number."
        message = "no helpline is for people who doubt whether a letter is genuine"
        yield note.warning("nobody-to-ask", ("helplines",), message, remedy)


class _ProblemMaker:
    """Makes problems that know their line."""

    def __init__(self, document: YamlDocument) -> None:
        self._document = document

    def error(self, code: str, path: tuple[PathStep, ...], message: str, remedy: str) -> Problem:
        return self._problem(Severity.ERROR, code, path, message, remedy)

    def warning(self, code: str, path: tuple[PathStep, ...], message: str, remedy: str) -> Problem:
        return self._problem(Severity.WARNING, code, path, message, remedy)

    def _problem(self, level: Severity, code: str, path: tuple[PathStep, ...], message: str, remedy: str) -> Problem:
        return Problem(code, level, self._document.file, self._document.nearest_line(path), message, remedy)


def _mapping_at(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _check_providers(note: _ProblemMaker, providers: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[Problem]:
    for channel in ("email", "sms"):
        chosen = providers.get(channel)
        if isinstance(chosen, str) and chosen in _NEEDS_BLOCK and chosen not in providers:
            remedy = f"Add below providers:  {_NEEDS_BLOCK[chosen]}  (or choose outbox)."
            message = f"{channel} goes by {chosen}, which is not described"
            yield note.error("provider-missing", ("providers", channel), message, remedy)
    if providers.get("email") in ("smtp", "sendgrid") and not data.get("public_url"):
        yield note.error(
            "public-url-missing",
            ("providers", "email"),
            "email would go out to people without a public_url, so nobody could unsubscribe",
            "Add  public_url: https://…  where your recipients' pages are reached, or choose  email: outbox.",
        )


def _check_listening(note: _ProblemMaker, providers: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[Problem]:
    """Links are made from `public_url`; somebody must answer there."""
    try:
        path = urlsplit(str(data.get("public_url") or "")).path
    except ValueError:
        path = ""  # what is wrong with it is found where the address is read
    if path.strip("/").partition("/")[0] in _OWN_PATHS:
        yield note.error(
            "public-url-path",
            ("public_url",),
            "public_url ends in a path that our own pages have, so that a link could be taken for another",
            f"Choose another path, for example /letters; these are ours: {', '.join(sorted(_OWN_PATHS))}.",
        )
    listens = str(data.get("listen") or "off").casefold() != "off"
    real = [channel for channel in ("email", "sms") if providers.get(channel, "outbox") != "outbox"]
    if data.get("public_url") and real and not listens:
        yield note.warning(
            "nobody-answers",
            ("public_url",),
            f"{' and '.join(real)} would go out with links to public_url, and `serve` does not listen",
            "Add  listen: 127.0.0.1:8080  and lead public_url there, by the web server that answers it.",
        )
    if listens and not data.get("public_url"):
        yield note.warning(
            "public-url-missing",
            ("listen",),
            "`serve` listens, but letters have no links to it without a public_url",
            "Add  public_url: https://…  where people reach it, or take listen out.",
        )


def _check_smtp(note: _ProblemMaker, smtp: Mapping[str, Any]) -> Iterator[Problem]:
    path: tuple[PathStep, ...] = ("providers", "smtp")
    if smtp.get("starttls") == "never" and not addresses.is_loopback(str(smtp.get("host", "")).strip("[]")):
        yield note.error(
            "smtp-in-the-clear",
            (*path, "starttls"),
            "without TLS, everybody on the way could read who gets these letters and what they say",
            "Write  starttls: required  or  starttls: implicit;  never  is for a server on this machine (localhost).",
        )
    if ("username_env" in smtp) != ("password_env" in smtp):
        there, lacking = sorted(("username_env", "password_env"), key=lambda key: key not in smtp)
        message, remedy = f"{there} stands here without {lacking}", f"Add {lacking}, or take {there} out."
        yield note.error("missing-key", (*path, there), message, remedy)
    local = str(smtp.get("return_path", "")).rpartition("@")[0]
    if len(local) > LONGEST_RETURN_PATH:
        yield note.error(
            "return-path-too-long",
            (*path, "return_path"),
            f"before the @ stand {len(local)} characters; with the token that names a message mail servers refuse it",
            f"Use at most {LONGEST_RETURN_PATH} characters before the @.",
        )
    if "bounces" in smtp and "return_path" not in smtp:
        yield note.warning(
            "return-path-missing",
            (*path, "bounces"),
            "bounces go to the signatory's own address, and not to this folder",
            "Add  return_path: bounces@…  with an address that is delivered to this folder.",
        )


def _check_sendgrid(note: _ProblemMaker, sendgrid: Mapping[str, Any], *, chosen: bool) -> Iterator[Problem]:
    path: tuple[PathStep, ...] = ("providers", "sendgrid")
    key = sendgrid.get("webhook_key")
    if key is None and chosen:
        yield note.warning(
            "webhook-key-missing",
            path,
            "without webhook_key nobody hears what became of an email: no bounce, no complaint, no lost answer settled",
            "Switch on the signed Event Webhook at SendGrid and write its verification key here as webhook_key.",
        )
    if isinstance(key, str) and not is_p256_key(key):
        yield note.error(
            "webhook-key-unreadable",
            (*path, "webhook_key"),
            "this is not a verification key of SendGrid",
            "Copy it whole from SendGrid's mail settings, Event Webhook; it begins with MFkwEwYH.",
        )


GENERIC_SENDERS = frozenset(
    {"alert", "alerts", "info", "infosms", "information", "message", "notice", "notify"}
    | {"service", "sms", "test", "text", "txt", "update", "verify"}
)
"""Names that networks block, since anybody could hide behind them (Twilio error 30042)."""


def _check_twilio(note: _ProblemMaker, twilio: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[Problem]:
    if not data.get("public_url"):
        yield note.warning(
            "no-callbacks",
            ("providers", "sms"),
            "without a public_url nobody reports what became of a text, and nobody's STOP is heard",
            "Add  public_url: https://…  where this machine is reached from outside.",
        )
    if twilio.get("messaging_service_sid"):
        return
    for name, signatory in _mapping_at(data.get("signatories")).items():
        sender = _mapping_at(signatory).get("sms_sender")
        if sender is None:
            yield note.warning(
                "sms-sender-missing",
                ("signatories", name),
                f"'{name}' has no sms_sender, so letters signed so cannot be sent as texts",
                "Add  sms_sender: …, or a messaging_service_sid to the twilio block.",
            )
        elif str(sender).casefold() in GENERIC_SENDERS:
            yield note.error(
                "sms-sender-generic",
                ("signatories", name, "sms_sender"),
                f"networks block texts from a sender that is called {sender}",
                "Use a name that says who you are.",
            )


def _check_database(note: _ProblemMaker, url: Any) -> Iterator[Problem]:
    if isinstance(url, str) and has_password(url):
        yield note.warning(
            "secret-in-config",
            ("database",),
            "a password stands in the database's address, and everybody who reads this file reads it",
            "Leave it out and set PGPASSWORD in the environment, or use a ~/.pgpass file.",
        )


_ADDRESS_KEYS = {
    "email": ("email", "an email address", "email: name@example.org"),
    "sms": ("phone", "a number", "phone: …"),
}
"""What `tell` needs for each channel: the key, what it holds, and how it is written."""


def _check_person(note: _ProblemMaker, path: tuple[PathStep, ...], person: Mapping[str, Any]) -> Iterator[Problem]:
    tell = person.get("tell")
    for channel in tell if isinstance(tell, list) else [tell]:
        if channel in _ADDRESS_KEYS and _ADDRESS_KEYS[channel][0] not in person:
            key, what, line = _ADDRESS_KEYS[channel]
            yield note.error(
                f"person-{key}-missing",
                (*path, "tell"),
                f"'{path[-1]}' is to be told by {channel}, and there is no {key}",
                f"Add {what}  ({line})  or take {channel} out of tell.",
            )


def _check_campaign(note: _ProblemMaker, path: tuple[PathStep, ...], campaign: Mapping[str, Any]) -> Iterator[Problem]:
    when, every = "when" in campaign, "every" in campaign
    if when == every and campaign:
        yield note.error(
            "campaign-time",
            (*path, "every") if every else path,
            f"'{path[-1]}' has both `when` and `every`" if when else f"'{path[-1]}' has neither `when` nor `every`",
            "Write exactly one: when: 2026-12-01 09:00,  or  when: as soon as approved,  or  "
            'every: {cron: "0 9 * * mon"}.',
        )
    yield from _check_approval_rule(note, (*path, "approval"), _mapping_at(campaign.get("approval")), recurring=every)


def _check_approval_rule(
    note: _ProblemMaker, path: tuple[PathStep, ...], rule: Mapping[str, Any], *, recurring: bool
) -> Iterator[Problem]:
    standing = [key for key in ("until", "at_most") if key in rule]
    if len(standing) == 1:
        lacking = "at_most" if standing == ["until"] else "until"
        message = f"{standing[0]} stands here without {lacking}"
        remedy = "Write both, approval: {until: 2027-03-31, at_most: 100}, or approval: {each: true}."
        yield note.error("approval-rule", path, message, remedy)
    if standing and not recurring:
        message = "only a campaign with `every` can be approved until a day"
        yield note.error("approval-rule", path, message, "Write approval: {each: true}.")
    each = str(rule.get("each", "")).casefold() in ("true", "yes", "on")
    if standing and each:
        message, remedy = "`each` and `until` exclude one another", "Keep either each: true, or until and at_most."
        yield note.error("approval-rule", path, message, remedy)
    if "each" in rule and not each and not standing:
        message = "nothing is left that would approve this campaign"
        yield note.error("approval-rule", path, message, "Write approval: {each: true}.")
