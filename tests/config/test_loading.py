import os
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcaster.config import (
    IfLate,
    IfUnsure,
    PaceSettings,
    Role,
    SecretMissingError,
    Settings,
    StartTls,
    load_settings,
)
from broadcaster.config.field_types.scalars import ListenAddress
from broadcaster.domain.contact.channels import Channel, ChannelChoice
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.problems import Problem

LEAST = "organisation: {name: Eastmarch, timezone: Europe/London, region: GB, language: en}\n"
CAMPAIGN = LEAST + "campaigns:\n  x:\n    letter: l\n    audience: a\n"


def load(folder: Path, text: str, environ: dict[str, str] | None = None) -> Settings:
    (folder / "config.yaml").write_text(text, "utf-8")
    return load_settings(folder, environ or {})


def problems(folder: Path, text: str) -> tuple[Problem, ...]:
    with pytest.raises(ProblemsFoundError) as caught:
        load(folder, text)
    assert all(problem.remedy and problem.file == "config.yaml" for problem in caught.value.problems)
    return caught.value.problems


def codes(folder: Path, text: str) -> list[tuple[str, int | None]]:
    return [(problem.code, problem.line) for problem in problems(folder, text)]


def test_the_starter_config_is_good() -> None:
    found = load_settings(Path(__file__).parents[2], {})
    assert found.warnings == ()
    assert found.campaigns["reassurance"].when == datetime(2026, 12, 1, 9)  # noqa: DTZ001 - a wall time is naive
    assert found.campaigns["reassurance"].audiences == ("faith-networks", "community-contacts")
    every = found.campaigns["update"].every
    assert every is not None
    assert (every.cron, every.until) == ("0 9 * * mon", date(2027, 3, 31))
    assert found.campaigns["update"].approval.at_most == 100
    assert not found.campaigns["update"].approval.each
    assert found.helplines["police-emergency"].number == "999"
    assert found.people["amina"].role is Role.AUTHOR
    assert found.line(("campaigns", "update", "every")) is not None


def test_little_is_needed_and_the_rest_has_defaults(tmp_path: Path) -> None:
    found = load(tmp_path, CAMPAIGN + "    when: 2026-12-01 09:00\n")
    campaign = found.campaigns["x"]
    assert (campaign.name, campaign.channel, campaign.audiences) == ("x", ChannelChoice.PREFERRED, ("a",))
    assert (campaign.if_late, campaign.grace, campaign.if_unsure) == (IfLate.ASK, timedelta(minutes=30), IfUnsure.HOLD)
    assert campaign.approval.each
    assert found.database == f"sqlite:///{tmp_path}/var/broadcaster.db"
    assert (found.key_file, found.root) == (tmp_path / "var/key", tmp_path)
    assert (found.providers.email, found.quiet_hours, found.public_url) == ("outbox", None, None)
    assert found.pace["twilio"] == PaceSettings(10, 1)
    assert found.outbox_folder == tmp_path / "var/outbox"
    assert found.allowed_link_hosts == frozenset()


def test_every_key_is_typed(tmp_path: Path) -> None:
    text = f"""{LEAST}
public_url: https://letters.example.org/
listen: "[::1]:8080"
database: postgresql://me@db.example.org/letters
key_file: /etc/broadcaster/key
age_identity: secret/age.txt
providers:
  email: smtp
  sms: twilio
  smtp:
    host: mail.example.org
    starttls: implicit
    username_env: SMTP_USER
    password_env: SMTP_PASSWORD
    return_path: bounce@eastmarch.example
    connections: 50
    ca_file: ca.pem
  sendgrid: {{api_key_env: SENDGRID_API_KEY, host: "http://127.0.0.1:8080"}}
  twilio: {{account_sid_env: A, auth_token_env: B, messaging_service_sid: MGx, url: "http://localhost:1"}}
pace: {{smtp: 600/min}}
quiet_hours: {{start: "21:00", end: 8:00}}
signatories: {{me: {{name: M, role: R, email: M@Eastmarch.example, sms_sender: +447700900123}}}}
helplines: {{h: {{name: H, number: 0800 111, says: S}}}}
people: {{a: {{name: A, role: admin}}}}
approvals: {{cli: allow}}
links: {{allow: [www.example.org]}}
campaigns:
  x:
    letter: l
    audience: [a, b]
    channel: both
    every: {{cron: 0 9 * * mon}}
    approval: {{each: yes}}
    if_late: skip
    grace: 2h
    if_unsure: resend
"""
    found = load(tmp_path, text)
    assert found.database == "postgresql+psycopg://me@db.example.org/letters"
    assert found.public_url == "https://letters.example.org"
    assert found.listen == ListenAddress("::1", 8080)
    assert str(found.key_file) == "/etc/broadcaster/key"
    assert found.age_identity == tmp_path / "secret/age.txt"
    smtp = found.providers.smtp
    assert smtp is not None
    assert (smtp.port, smtp.starttls, smtp.connections, smtp.ca_file) == (
        465,
        StartTls.IMPLICIT,
        50,
        tmp_path / "ca.pem",
    )
    assert found.pace["smtp"] == PaceSettings(600, 60)
    assert found.quiet_hours is not None
    assert (found.quiet_hours.start, found.quiet_hours.end) == (time(21), time(8))
    assert found.signatories["me"].email == "M@eastmarch.example"
    assert found.allowed_link_hosts == {"www.example.org", "letters.example.org"}
    assert found.campaigns["x"].grace == timedelta(hours=2)
    assert [problem.code for problem in found.warnings] == ["no-expiry", "nobody-to-ask"]


def test_everything_wrong_is_told_at_once_by_line(tmp_path: Path) -> None:
    text = """organisation:
  name: Eastmarch
  timezone: Europe/Londn
  language: english!
organization: x
key_file:
providers: {email: smpt}
pace: {smtp: fast}
people:
  amina: {name: A, role: boss}
  amina: {name: B, role: author}
campaigns:
  ../x: {letter: ../etc, audience: [], when: tomorrow, grace: soon}
  y:
    letter: l
    audience: a
    chanel: sms
"""
    assert codes(tmp_path, text) == [
        ("missing-key", 1),
        ("wrong-value", 3),
        ("wrong-value", 4),
        ("unknown-key", 5),
        ("empty-value", 6),
        ("wrong-value", 7),
        ("wrong-value", 8),
        ("wrong-value", 10),
        ("duplicate-key", 11),
        *[("wrong-value", 13)] * 5,
        ("campaign-time", 14),
        ("unknown-key", 17),
    ]


def test_unknown_keys_name_the_nearest(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, CAMPAIGN + "    when: 2026-12-01 09:00\n    iflate: ask\n")
    assert "campaigns.x.iflate" in problem.message
    assert "'if_late'" in problem.remedy
    (problem,) = problems(tmp_path, LEAST + "zzz: 1\n")
    assert "campaigns" in problem.remedy


@pytest.mark.parametrize(
    ("line", "place", "meant", "known"),
    [
        ("people: {a: {name: A, role: aprover}}", "people.a.role", "approver", "author, approver, viewer, admin"),
        ("people: {a: {name: A, role: Admin}}", "people.a.role", "admin", "author, approver, viewer, admin"),
        ("people: {a: {name: A, role: administrator}}", "people.a.role", "admin", "author, approver, viewer, admin"),
        ("people: {a: {name: A, role: boss}}", "people.a.role", "", "author, approver, viewer, admin"),
        ("providers: {email: smpt}", "providers.email", "smtp", "outbox, smtp, sendgrid"),
        ("providers: {email: send-grid}", "providers.email", "sendgrid", "outbox, smtp, sendgrid"),
        ("providers: {sms: twillio}", "providers.sms", "twilio", "outbox, twilio"),
        ("providers: {sms: [twilio]}", "providers.sms", "", "outbox, twilio"),
        (
            "campaigns: {x: {letter: l, audience: a, when: 2026-12-01 09:00, channel: prefered}}",
            "campaigns.x.channel",
            "preferred",
            "email, sms, preferred, both",
        ),
        ("approvals: {cli: allowed}", "approvals.cli", "allow", "allow, off"),
    ],
    ids=lambda value: value if value and " " not in value else None,
)
def test_an_unknown_value_names_the_nearest(tmp_path: Path, line: str, place: str, meant: str, known: str) -> None:
    (problem,) = problems(tmp_path, LEAST + line + "\n")
    assert problem.message == f"{place}: this word is not known here"
    assert problem.remedy == (f"Did you mean '{meant}'? " if meant else "") + f"Write one of: {known}."


@pytest.mark.parametrize("key", ["password", "api_key", "auth_token", "smtp_password", "secret"])
def test_a_secret_is_refused_without_being_shown(tmp_path: Path, key: str) -> None:
    text = LEAST + f"providers: {{smtp: {{host: localhost, {key}: hunter2}}}}\n"
    (problem,) = problems(tmp_path, text)
    assert problem.code == "secret-in-config"
    assert f"{key}_env" in problem.remedy
    assert "hunter2" not in problem.message + problem.remedy


def test_a_secret_in_place_of_a_variable_is_not_shown_either(tmp_path: Path) -> None:
    text = LEAST + "providers: {smtp: {host: localhost, username_env: U, password_env: hunter2!}}\n"
    assert "hunter2" not in str(problems(tmp_path, text))


def test_secrets_come_from_the_environment_and_show_nowhere(tmp_path: Path) -> None:
    found = load(tmp_path, LEAST + "database: postgresql://me:hunter2@localhost/x\n", {"SMTP_PASSWORD": "hunter3"})
    assert found.secret("SMTP_PASSWORD") == "hunter3"
    with pytest.raises(SecretMissingError) as caught:
        found.secret("SMTP_USER")
    assert "SMTP_USER" in caught.value.message
    assert "hunter" not in repr(found) + str(found)
    assert [problem.code for problem in found.warnings] == ["secret-in-config"]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("", "campaign-time"),
        ("    when: 2026-12-01 09:00\n    every: {cron: 0 9 * * mon}\n", "campaign-time"),
        ("    when: 2026-12-01 09:00\n    approval: {until: 2027-01-01, at_most: 5}\n", "approval-rule"),
        ("    every: {cron: 0 9 * * mon}\n    approval: {until: 2027-01-01}\n", "approval-rule"),
        ("    every: {cron: 0 9 * * mon}\n    approval: {at_most: 5}\n", "approval-rule"),
        ("    every: {cron: x}\n    approval: {each: yes, until: 2027-01-01, at_most: 5}\n", "approval-rule"),
        ("    when: 2026-12-01 09:00\n    approval: {each: no}\n", "approval-rule"),
        ("    when: 2026-12-01 09:00:30.5\n", "wrong-value"),
        ("    when: 2026-12-01T09:00+01:00\n", "wrong-value"),
        ("    when: 2026-02-30 09:00\n", "wrong-value"),
        ("    when: [2026-12-01 09:00]\n", "wrong-value"),
        ("    when: 2026-12-01 09:00\n    name: y\n", "unknown-key"),
    ],
)
def test_a_campaign_that_contradicts_itself(tmp_path: Path, lines: str, code: str) -> None:
    assert {found for found, _ in codes(tmp_path, CAMPAIGN + lines)} == {code}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("providers: {email: sendgrid}\npublic_url: https://letters.example.org", "provider-missing"),
        ("providers: {sms: twilio}", "provider-missing"),
        ("providers: {email: smtp, smtp: {host: localhost}}", "public-url-missing"),
        ("providers: {smtp: {host: mail.example.org, starttls: never}}", "smtp-in-the-clear"),
        ("providers: {smtp: {host: localhost, username_env: A}}", "missing-key"),
        (f"providers: {{smtp: {{host: localhost, return_path: {'b' * 38}@example.org}}}}", "return-path-too-long"),
        ("providers: {smtp: {host: localhost, port: 70000}}", "wrong-value"),
        ("providers: {smtp: {host: 'smtp://x'}}", "wrong-value"),
        ("providers: {smtp: {host: localhost, connections: 0}}", "wrong-value"),
        ("providers: {sendgrid: {api_key_env: A, host: 'http://api.example.org'}}", "wrong-value"),
        ("providers: {sendgrid: {api_key_env: A, webhook_key: MFkwEwYH}}", "webhook-key-unreadable"),
        ("providers: {sendgrid: {api_key_env: A, webhook_key: 'not base64!'}}", "webhook-key-unreadable"),
        ("public_url: http://letters.example.org", "wrong-value"),
        ("public_url: https://me:pw@letters.example.org", "wrong-value"),
        ("public_url: https://letters.example.org/?a=b", "wrong-value"),
        ("public_url: https://letters.example.org//evil.example", "wrong-value"),
        ("public_url: javascript:alert(1)", "wrong-value"),
        ("public_url: https://[", "wrong-value"),
        ("database: mysql://x", "wrong-value"),
        ("database: 'sqlite://'", "wrong-value"),
        ("database: 'sqlite:///:memory:'", "wrong-value"),
        ("pace: {smtp: 0/s}", "wrong-value"),
        ("pace: {outbox: 5/s}", "unknown-key"),
        ("quiet_hours: {start: 25:00, end: 08:00}", "wrong-value"),
        ("signatories: {a: {name: N, role: R, email: e@example.org, sms_sender: TwelveLetter}}", "wrong-value"),
        ("signatories: {a: {name: N, role: R, email: nobody}}", "wrong-value"),
        ('signatories: {a: {name: "N\\nBcc: x", role: R, email: e@example.org}}', "wrong-value"),
        ("signatories: [a]", "wrong-value"),
        ("people: {a: amina}", "wrong-value"),
        ("links: {allow: ['https://x']}", "wrong-value"),
        ("approvals: {cli: maybe}", "wrong-value"),
        ("key_file: [a]", "wrong-value"),
        ("campaigns: {x: {letter: l, audience: [], when: 2026-12-01 09:00}}", "wrong-value"),
        ("campaigns: {x: {letter: l, audience: [a, a], when: 2026-12-01 09:00}}", "wrong-value"),
    ],
)
def test_a_line_that_cannot_be(tmp_path: Path, line: str, code: str) -> None:
    assert codes(tmp_path, LEAST + line + "\n") == [(code, 2)]


WEBHOOK_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqcUovzdAgMO4OMBLpCGC3ngIOpv8kXT1lE4SVG8oXSDqCpr0XHPPLB4r+jVRX/DcG9ZO3ZNJ"
    "LIQQ0kUKYLZq1Q=="
)


def test_events_of_sendgrid_need_its_key(tmp_path: Path) -> None:
    text = LEAST + "public_url: https://letters.example.org\nlisten: 127.0.0.1:8080\n"
    text += "providers:\n  email: sendgrid\n  sendgrid: {api_key_env: A"
    (warning,) = load(tmp_path, text + "}\n").warnings
    assert (warning.code, warning.line) == ("webhook-key-missing", 6)
    assert load(tmp_path, text + f", webhook_key: {WEBHOOK_KEY}}}\n").warnings == ()


def test_loopback_may_go_without_tls(tmp_path: Path) -> None:
    for host in ("localhost", "127.0.0.1", '"::1"', '"[::1]"'):
        found = load(tmp_path, LEAST + f"providers: {{smtp: {{host: {host}, starttls: never}}}}\n")
        assert found.providers.smtp is not None


def test_no_project_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFoundError) as caught:
        load_settings(tmp_path, {})
    assert "broadcaster init" in caught.value.problems[0].remedy


def test_an_unreadable_config_is_one_problem(tmp_path: Path) -> None:
    assert codes(tmp_path, "a: b: c\n") == [("yaml-syntax", 1)]
    (tmp_path / "config.yaml").unlink()
    (tmp_path / "config.yaml").mkdir()
    with pytest.raises(ProblemsFoundError) as caught:
        load_settings(tmp_path, {})
    assert [problem.code for problem in caught.value.problems] == ["file-unreadable"]


def test_settings_stay_as_they_are(tmp_path: Path) -> None:
    found = load(tmp_path, CAMPAIGN + "    when: 2026-12-01 09:00\n")
    with pytest.raises(ValueError, match="frozen"):
        found.public_url = "https://x.example"  # that is the point
    with pytest.raises(TypeError):
        found.campaigns["y"] = found.campaigns["x"]  # type: ignore[index]  # that is the point


def test_a_relative_folder_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.yaml").write_text(LEAST)
    monkeypatch.chdir(tmp_path)
    assert load_settings(Path(), os.environ).root == tmp_path


KEYS = st.sampled_from(["organisation", "public_url", "database", "providers", "pace", "quiet_hours", "campaigns", "x"])
VALUES = st.recursive(
    st.text("ab0:/-+.@{}#", max_size=10)
    | st.sampled_from(["smtp", "09:00", "2026-12-01 09:00", "30m", "50/s", "true"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            KEYS | st.sampled_from(["smtp", "start", "when", "approval", "until", "letter"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


def written(value: object) -> str:
    """Flow YAML with every scalar in single quotes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {written(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return "'" + str(value) + "'"


@given(st.dictionaries(KEYS, VALUES, max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_config_is_settings_or_problems(tmp_path: Path, config: dict[str, object]) -> None:
    text = "".join(f"{key}: {written(value)}\n" for key, value in config.items())
    try:
        load(tmp_path, text)
    except ProblemsFoundError as error:
        assert error.problems
        assert all(problem.remedy for problem in error.problems)


_TWILIO = "providers: {sms: twilio, twilio: {account_sid_env: A, auth_token_env: B%s}}\n"
_SIGNED = "signatories: {one: {name: N, role: R, email: n@example.org%s}}\n"


@pytest.mark.parametrize(
    ("service", "sender", "public", "found"),
    [
        ("", ", sms_sender: Eastmarch", True, []),
        ("", ", sms_sender: Eastmarch", False, ["no-callbacks"]),
        ("", "", True, ["sms-sender-missing"]),
        (", messaging_service_sid: MG1", "", True, []),
        (", messaging_service_sid: MG1", ", sms_sender: Alert", True, []),
    ],
)
def test_texts_by_twilio(tmp_path: Path, service: str, sender: str, public: bool, found: list[str]) -> None:
    text = LEAST + _TWILIO % service + _SIGNED % sender
    text += "public_url: https://letters.example.org\nlisten: 127.0.0.1:8080\n" if public else ""
    assert [problem.code for problem in load(tmp_path, text).warnings] == found


@pytest.mark.parametrize("sender", ["Alert", "INFO", "notify", "sms"])
def test_a_sender_that_anybody_could_be_is_refused(tmp_path: Path, sender: str) -> None:
    text = LEAST + "public_url: https://letters.example.org\n" + _TWILIO % "" + _SIGNED % f", sms_sender: {sender}"
    assert codes(tmp_path, text) == [("sms-sender-generic", 4)]


@pytest.mark.parametrize(("path", "refused"), [("", False), ("/letters", False), ("/u", True), ("/hooks/x/", True)])
def test_the_pages_may_lie_below_a_path_that_is_not_one_of_theirs(tmp_path: Path, path: str, refused: bool) -> None:
    text = f"{LEAST}public_url: https://letters.example.org{path}\n"
    if refused:
        assert codes(tmp_path, text) == [("public-url-path", 2)]
    else:
        load(tmp_path, text)


def test_people_are_told_by_email_and_text_where_they_have_both(tmp_path: Path) -> None:
    text = (
        LEAST + "people:\n  a: {name: A, role: admin, email: a@EXAMPLE.org, phone: 07700 900123, tell: [email, sms]}\n"
    )
    found = load(tmp_path, text).people["a"]
    assert (found.email, found.phone, found.tell) == ("a@example.org", "07700 900123", (Channel.EMAIL, Channel.SMS))
    assert "example.org" not in repr(found)
    assert "900123" not in repr(found)
    assert load(tmp_path, text.replace("[email, sms]", "sms")).people["a"].tell == (Channel.SMS,)
    assert load(tmp_path, text.replace(", tell: [email, sms]", "")).people["a"].tell == ()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("tell: [sms]", "person-phone-missing"),
        ("tell: email", "person-email-missing"),
        ("phone: 07700 900123, tell: [sms, email]", "person-email-missing"),
        ("tell: [fax]", "wrong-value"),
        ("email: canary@, tell: [email]", "wrong-value"),
        ("phone: canary 900123, tell: [sms]", "wrong-value"),
        ("phone: '12345', tell: [sms]", "wrong-value"),
    ],
)
def test_somebody_who_could_not_be_told_is_an_error(tmp_path: Path, said: str, code: str) -> None:
    (problem,) = problems(tmp_path, f"{LEAST}people:\n  a: {{name: A, role: admin, {said}}}\n")
    assert (problem.code, problem.line) == (code, 3)
    assert "canary" not in f"{problem.message} {problem.remedy}"


def test_a_helpline_says_what_it_is_for(tmp_path: Path) -> None:
    def uses(said: str) -> tuple[tuple[str, ...], list[str]]:
        lines = f"helplines: {{h: {{name: H, number: '101', says: S, expires: 2090-01-01{said}}}}}\n"
        found = load(tmp_path, LEAST + lines)
        return tuple(found.helplines["h"].uses), [problem.code for problem in found.warnings]

    assert uses("") == (("support",), ["nobody-to-ask"])
    assert uses(", for: [emergency, support]") == (("emergency", "support"), ["nobody-to-ask"])
    assert uses(", for: doubt") == (("doubt",), [])
    assert uses(", for: [doubt, support, doubt]") == (("doubt", "support"), [])
    with pytest.raises(ProblemsFoundError):
        uses(", for: [anything]")
