"""Every page of the desk in every state that looks different: as answers, to be looked at or checked."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

from broadcaster.domain.delivery.reports import InboundText
from broadcaster.services.access import invitations
from broadcaster.services.access.invitations import LinkPurpose
from broadcaster.services.access.permissions import Actor
from broadcaster.services.administration.setting_entries import SIGNATORIES
from broadcaster.services.administration.setting_fields import state_token
from broadcaster.services.project.project import now
from broadcaster.services.replies import inbound_texts
from tests.projects import AUDIENCE, LETTER, make_project
from tests.services.stage import sql
from tests.web import stage
from tests.web.browsing import Answer
from tests.web.conftest import House, opened
from tests.web.desk.browser import Browser, submit_from_page
from tests.web.desk.campaigns.test_campaign_pages import hidden
from tests.web.desk.conftest import BY_ROLE, come_in
from tests.web.desk.test_routes import GETS, filled

FIRST, SECOND = "first", "second"
"""Two campaigns in some days: one that nobody has submitted, and one that waits for approval."""

BROADCAST = "/desk/broadcasts/{broadcast_id:str}"

BAD_ROSTER = b"name,email,borough\nNew Person,new@example.org,Ashmere\nSlip Person,slip-at-example.org,Ashmere\n"
UNCLEAR = (
    b"Wer,Kontakt,Mobile,Phone number\nAda Quill,ada@example.org,07700 900123,020 7946 0018\nJos\xe9,j@example.org,,\n"
)
ABROAD = b"name,email,phone\nAda Quill,,01912345678\nBo Vane,,0300 123 4567\n"
ALIKE = b"name,email\nAda Quill,ada@example.org; quill@example.org\nBo Vane,bo@example.org\n"


@dataclass(frozen=True)
class Scene:
    """A page as it was answered; `expected` is the status that it must have, or else it shows something else."""

    name: str
    answer: Answer
    expected: int = 200


class Scenes:
    """A desk after a letter went out, one before anything did, and one at which a broadcast was halted on its way."""

    def __init__(self, after: House, before: House, midst: House) -> None:
        self.after = after
        self._before = before
        self._midst = midst
        submit_from_page(come_in(before, "author"), f"/desk/campaigns/{SECOND}", start="time")
        _change_letter(come_in(after, "author"))
        _hear_from_people(after)
        self._browsers = {
            (house.folder, role): come_in(house, role) for house in (after, before, midst) for role in sorted(BY_ROLE)
        }

    def in_language(self, language: str) -> Iterator[Scene]:
        """All of them, in that language; looking at one changes nothing that another one shows."""
        for browser in self._browsers.values():
            browser.cookies["desk_language"] = language
        yield from self._every_page()
        yield from self._before_anything()
        yield from self._on_its_way()
        yield from self._refused()
        yield from self._signing_in(language)

    def _every_page(self) -> Iterator[Scene]:
        admin = self._browser(self.after, "admin")
        for route in GETS:
            if route.path.endswith(("/live", "/frame", "/notice", "/pdf", "/csv", "/export")):
                continue
            answer = admin.get(filled(route.path, self.after))
            if answer.status == 200:
                yield Scene(str(route), answer)
        author = self._browser(self.after, "author")
        preview = f"/desk/letters/{LETTER}/preview"
        for shape in ("text", "sms", "notice", "raw"):
            yield Scene(f"preview {shape}", author.get(f"{preview}?row=3&shape={shape}&marked=yes"))
        yield Scene("two of one name", author.post(f"{preview}/find", who="a"))
        edit = f"/desk/letters/{LETTER}/en/edit"
        wrong = stage.ENGLISH.replace("recipient.borough", "recipient.borough.upper()")
        yield Scene("a letter with mistakes", author.post(edit, do="look", digest="0" * 64, text=wrong))
        fields = {"subject": "", "body": "Dear ((nme)),", "sms": "((if borough))News", "preheader": ""}
        yield Scene("fields with mistakes", author.post(edit, do="save", digest="0" * 64, **fields), 422)
        yield Scene("a letter as source", author.get(f"{edit}?mode=source"))
        yield Scene("no letter at all", author.post(edit, do="save", digest="0" * 64, text=""), 422)
        yield Scene("another language", author.get(f"/desk/letters/{LETTER}/ur/edit"))
        yield Scene("a letter without a kind", author.post("/desk/letters/new", title="Tea", helpline="report"), 422)
        yield Scene("audit log, nothing like that", admin.get("/desk/audit?by=wenmei&day=2020-02-20"))
        yield Scene("audit log, checked", admin.post("/desk/audit/check"))
        yield Scene("a link", admin.post("/desk/people/david/invite"))
        yield Scene("one's own page", admin.get("/desk/people/wenmei/change"))
        yield Scene("nobody to add", admin.post("/desk/people/new", name="Robin", key="a b", scope="some"), 422)
        yield from self._settings(admin)
        yield Scene("replies", author.get("/desk/replies?all=yes"))
        urgent, *_ = inbound_texts.list_replies(self.after.project)
        yield Scene("who wrote it", author.post(f"/desk/replies/{urgent.id}/open"))
        for address in ("person1@example.org", "person4@example.org"):
            yield Scene(f"known of: {address}", author.post("/desk/suppressions/find", address=address))
        yield Scene("nobody ticked", admin.post("/desk/suppressions/review", what="chosen", reason="ours"), 422)
        yield Scene("record, one state", author.get(f"{self._broadcast()}/record?state=accepted"))

    def _settings(self, admin: Browser) -> Iterator[Scene]:
        """Forms of the settings: wrong, changed by somebody else, needed by letters, asked about."""
        place = "/desk/settings"
        yield Scene("no time of day", admin.post(f"{place}/quiet-hours", start="9", end="x"), 422)
        yield Scene("a helpline without anything", admin.post(f"{place}/helplines/new"), 422)
        yield Scene("a new signatory", admin.get(f"{place}/signatories/new"))
        fields = {"name": "Robin Reed", "role": "Inspector", "email": "reed@ashmere.example"}
        officer = f"{place}/signatories/officer"
        yield Scene("a signatory", admin.get(f"{officer}/change"))
        yield Scene("a signatory changed meanwhile", admin.post(f"{officer}/change", seen="old", **fields), 409)
        seen = state_token(SIGNATORIES.fields_of(self.after.project.settings, "officer") or {})
        yield Scene("a signatory of letters", admin.post(f"{officer}/remove", seen=seen), 409)
        before = self._browser(self._before, "admin")
        planned = state_token(SIGNATORIES.fields_of(self._before.project.settings, "officer") or {})
        yield Scene("approvals would end", before.post(f"{officer}/change", seen=planned, **fields), 409)

    def _before_anything(self) -> Iterator[Scene]:
        for role in sorted(BY_ROLE):
            browser = self._browser(self._before, role)
            for page in ("", "/campaigns", f"/campaigns/{FIRST}", f"/campaigns/{SECOND}", "/letters", "/broadcasts"):
                yield Scene(f"{role} before: {page or 'home'}", browser.get(f"/desk{page}"))
        author = self._browser(self._before, "author")
        for page in ("/replies", "/outbox", f"/audiences/{AUDIENCE}", "/audiences"):
            yield Scene(f"before: {page}", author.get(f"/desk{page}"))
        chosen = ""
        for step in (f"?letter={LETTER}", f"&audience={AUDIENCE}", "&channel=both"):
            chosen += step
            yield Scene(f"new campaign {chosen}", author.get(f"/desk/campaigns/new{chosen}"))

    def _on_its_way(self) -> Iterator[Scene]:
        author, broadcast = self._browser(self._midst, "author"), filled(BROADCAST, self._midst)
        yield Scene("halted: home", author.get("/desk"))
        for below in ("", "/unsure", "/cancel", "/again", "/record?state=refused", "/record?state=skipped&reason=x"):
            yield Scene(f"halted: broadcast{below}", author.get(broadcast + below))
        ((delivery,),) = sql(self._midst.folder, "SELECT id FROM deliveries WHERE seq = 1")
        line = f"{broadcast}/record/{delivery}"
        yield Scene("one that is unsure", author.get(line))
        yield Scene("how they know is missing", author.post(f"{line}/settle", verdict="arrived"), 422)
        came_back(self._midst.folder)
        yield Scene("came back: home", author.get("/desk"))
        yield Scene("came back: broadcast", author.get(broadcast))
        _halt(self._midst.folder)  # as it was, for the next language
        yield Scene("not its name", author.post(f"{broadcast}/cancel", name="another"), 422)
        yield Scene("nobody with that address", author.post(f"{broadcast}/record/find", address="x@example.org"), 422)

    def _refused(self) -> Iterator[Scene]:
        author, viewer = self._browser(self._before, "author"), self._browser(self._before, "viewer")
        yield Scene("nothing there", author.get("/desk/nowhere"), 404)
        yield Scene("not allowed", viewer.get("/desk/outbox"), 403)
        yield Scene("a form of yesterday", author.post(f"/desk/campaigns/{FIRST}/submit", csrf="x"), 403)
        edit = f"/desk/letters/{LETTER}/en/edit"
        yield Scene("somebody was quicker", author.post(edit, do="save", digest="0" * 64, text="Mine\n"), 409)
        fields = {"subject": "Mine", "body": "Dear ((name)),", "sms": "", "preheader": ""}
        yield Scene("somebody was quicker, in fields", author.post(edit, do="save", digest="0" * 64, **fields), 409)
        yield Scene("a bad roster", author.upload(f"/desk/audiences/{AUDIENCE}/roster", "roster", BAD_ROSTER), 422)
        yield Scene("a list to be matched", author.upload(f"/desk/audiences/{AUDIENCE}/roster", "roster", UNCLEAR), 422)
        yield Scene("mistakes alike", author.upload(f"/desk/audiences/{AUDIENCE}/roster", "roster", ALIKE), 422)
        yield Scene("numbers abroad", author.upload(f"/desk/audiences/{AUDIENCE}/roster", "roster", ABROAD), 422)
        yield Scene("an audience made of nothing", author.post("/desk/audiences/new", title=" "), 422)
        for address, status in (("nobody", 422), ("person1@example.org", 200)):
            yield Scene(f"looked up: {address}", author.post("/desk/suppressions/find", address=address), status)
        approver = self._browser(self._before, "approver")
        page = approver.get(f"/desk/campaigns/{SECOND}").text
        fields = {name: hidden(page, name) for name in ("digest", "messages")}
        yield Scene("the wrong count", approver.post(f"/desk/campaigns/{SECOND}/approve", count="99", **fields), 422)
        fields["count"] = fields["messages"]
        yield Scene("a language not read", approver.post(f"/desk/campaigns/{SECOND}/approve", read="ar", **fields), 422)

    def _signing_in(self, language: str) -> Iterator[Scene]:
        visitor = Browser(self._before.client)
        visitor.cookies["desk_language"] = language
        yield Scene("sign in", visitor.get("/desk/in"))
        yield Scene("wrong password", visitor.post("/desk/in", name="amina", password="not this one at all"), 422)
        yield Scene("a link that is gone", visitor.get("/desk/in/gone"), 410)
        secret = invitations.create_invitation(
            self._before.project, "amina", Actor("tests", "", "", ""), LinkPurpose.CHOOSE
        )
        yield Scene("an invitation", visitor.get(f"/desk/in/{secret}"))
        yield Scene("too short", visitor.post(f"/desk/in/{secret}", password="short", again="short"), 422)

    def _browser(self, house: House, role: str) -> Browser:
        return self._browsers[house.folder, role]

    def _broadcast(self) -> str:
        return filled(BROADCAST, self.after)


def _hear_from_people(house: House) -> None:
    """Texts, of which one is urgent, and a test in the outbox."""
    for key, body in (("1", "When is the next meeting?"), ("2", "someone has a knife"), ("3", "شكرا")):
        text = InboundText(key, f"+44770090010{key}", "Ashmere", body, now())
        inbound_texts.receive(house.project, "outbox", text)
    stage.struck_off(house.project, "person3@example.org")
    unsubscribe = stage.one_click(stage.emails(house.folder)[0])
    house.client.post(unsubscribe, urlencode({"choice": "sms"}).encode())
    fields = {"audience": AUDIENCE, "row": "2", "to": "me@ashmere.example"}
    come_in(house, "author").post(f"/desk/letters/{LETTER}/preview/test", **fields)


def _change_letter(author: Browser) -> None:
    """Save its text twice, so that there is something to compare, and languages that lag behind."""
    edit = f"/desk/letters/{LETTER}/en/edit"
    for words in ("all is quiet", "all is quiet again\n\nA new line."):
        text = stage.ENGLISH.replace("all is well", words, 1)
        author.post(edit, do="save", digest=hidden(author.get(edit).text, "digest"), text=text)


@contextmanager
def staged(folder: Path) -> Iterator[Scenes]:
    """Both desks, answering on loopback without encryption: browsers keep no secure cookies for such a place."""
    with ExitStack() as stack:
        after, before, midst = stage.found(folder / "after"), _planned(folder / "before"), _halted(folder / "midst")
        for project in (after, before, midst):
            config = project / "config.yaml"
            config.write_text(config.read_text("utf-8").replace(stage.PUBLIC, "http://127.0.0.1:9"), "utf-8")
        yield Scenes(*(stack.enter_context(opened(project)) for project in (after, before, midst)))


def _planned(folder: Path) -> Path:
    when = f"{now() + timedelta(days=3):%Y-%m-%d} 09:00"
    return make_project(
        folder,
        people=stage.PEOPLE,
        letter={"en": stage.ENGLISH, "ar": stage.ARABIC},
        campaigns={name: {"letter": LETTER, "audience": AUDIENCE, "when": when} for name in (FIRST, SECOND)},
        quiet_hours={"start": "21:00", "end": "08:00"},
    )


CAME_BACK = "11 of 11 came back: our server is on a blocklist. Look up which one. No address is struck off by it."


def came_back(folder: Path) -> None:
    """As if the broadcast had ended and most of it had come back for one reason of ours."""
    change = "state = 'finished', finished_at = released_at, halt_code = 'mail-blocklisted', halt_reason = ?"
    sql(folder, f"UPDATE broadcasts SET {change}", CAME_BACK)  # noqa: S608


def _halted(folder: Path) -> Path:
    """As if it had been halted with one message unsure, one turned down, one left out and one that waits."""
    stage.found(folder)
    for seq, state, reason in (
        (1, "unsure", "interrupted"),
        (2, "refused", "mailbox-full"),
        (3, "skipped", "opted-out"),
        (4, "queued", ""),
    ):
        sql(folder, "UPDATE deliveries SET state = ?, reason = ? WHERE seq = ?", state, reason, seq)
    kinds = "broadcast, provider, channel, zone, state"
    sql(folder, "DELETE FROM counters")
    sql(folder, f"INSERT INTO counters SELECT {kinds}, count(*) FROM deliveries GROUP BY {kinds}")  # noqa: S608
    _halt(folder)
    return folder


def _halt(folder: Path) -> None:
    why = "The mail server refused our password. Put it right, then let it go on."
    sql(folder, "UPDATE broadcasts SET state = 'paused', finished_at = NULL, halt_code = 'x', halt_reason = ?", why)
