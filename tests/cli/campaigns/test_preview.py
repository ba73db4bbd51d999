"""`preview` shows one message in all its parts, and sends it to oneself."""

from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.ledger.audit_log import audit
from broadcaster.services.access.permissions import DESK_HOST, Permission, desk_actor
from broadcaster.services.previewing import test_send
from broadcaster.services.previewing.preview import find_recipient, letter_for_audience
from broadcaster.services.previewing.test_send import SendTestRequest
from tests.commandline import Run, process
from tests.letters.printing.test_notice_pdf import needs_pango
from tests.projects import AUDIENCE, CAMPAIGN, LETTER
from tests.services.stage import AR, EN, edit, outbox, write, write_for_everybody

KEYS = ["language", "direction", "subject", "html", "text", "sms", "sms_segments", "sms_encoding"]
HERE = ("preview", LETTER, "--audience", AUDIENCE)


def test_json_has_exactly_these_keys(run: Run) -> None:
    said = run(*HERE, "--campaign", CAMPAIGN, "--recipient", "3", "--json")
    assert (said.code, said.err) == (0, "")
    assert list(said.json) == KEYS
    assert (said.json["language"], said.json["direction"]) == ("ar", "rtl")
    assert "Bilal Noor" in said.json["subject"]
    assert said.json["html"].startswith("<!")
    assert (said.json["sms_segments"], said.json["sms_encoding"]) == (2, "UCS-2")


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("subject", "News for Ada Quill\n"),
        ("text", "Dear Ada Quill,"),
        ("html", "<html"),
        ("sms", "Ashmere Police: all is well, Ada Quill. https://letters.example.org/w/"),
    ],
)
def test_each_part(run: Run, part: str, words: str) -> None:
    said = run(*HERE, "--part", part)
    assert (said.code, said.err) == (0, "")
    assert words in said.out
    if part != "text":
        assert "Yours, Robin" not in said.out or part == "html"


def test_the_whole_email_is_written_as_it_is(folder: Path, run: Run) -> None:
    assert run(*HERE, "--out", str(folder / "shown")).code == 0
    names = {path.name for path in (folder / "shown").iterdir()}
    assert names == {f"message-{name}" for name in ("subject.txt", "html.html", "text.txt", "sms.txt", "eml.eml")}
    assert (folder / "shown/message-eml.eml").read_bytes().startswith(b"From: ")
    assert run(*HERE, "--part", "eml").out.startswith("From: ")


@needs_pango
def test_the_notice_is_written_as_it_is(folder: Path, run: Run) -> None:
    write_for_everybody(folder)
    said = run(*HERE, "--out", str(folder / "printed"), "--part", "pdf")
    assert (folder / "printed/message-pdf.pdf").read_bytes().startswith(b"%PDF-")
    assert said.out == f"{folder}/printed/message-pdf.pdf\n"


def test_a_notice_that_would_name_somebody_is_refused(folder: Path, run: Run) -> None:
    said = run(*HERE, "--part", "pdf")
    assert said.code == 1
    assert f"{EN}:3" in said.err
    assert "(notice-personal)" in said.err
    assert "{% if recipient %}Dear {{ recipient.name }}{% else %}Dear neighbours{% endif %}" in said.err


def test_everything_on_a_terminal(run: Run) -> None:
    edit_free = run(*HERE, "--recipient", "person1@example.org")
    assert edit_free.out.startswith("row 2, en (ltr)\nEmail\nSubject: News for Ada Quill\n\nDear Ada Quill,")
    assert "SMS  1 segment, GSM-7" in edit_free.out or "SMS  2 segments, GSM-7" in edit_free.out


def test_what_looks_like_markup_for_a_terminal_is_shown_as_it_stands(folder: Path, run: Run) -> None:
    edit(folder, EN, "all is well in", "[bold]all[/bold] is :heart: well [/] in")
    said = run(*HERE)
    assert said.code == 0
    assert "[bold]all[/bold] is :heart: well [/] in Ashmere" in said.out


def test_to_oneself(folder: Path, run: Run) -> None:
    said = run(*HERE, "--send-to", "amina@ashmere.example", "--by", "amina")
    assert said.code == 0
    assert "[Test]" in said.out
    assert len(outbox(folder)) == 1
    assert run("status", "--json").json == {"broadcasts": []}


@pytest.mark.parametrize(
    "address", ["not an address", "a@b@c", "x@example.org\nBcc: y@example.org", "", "@", "a,b@example.org"]
)
def test_to_no_address(folder: Path, run: Run, address: str) -> None:
    said = run(*HERE, "--send-to", address, "--by", "amina")
    assert said.code == 1
    assert "(unforeseen)" not in said.err
    assert outbox(folder) == []


def test_a_test_says_who_sends_it_and_is_on_the_record(folder: Path, run: Run) -> None:
    assert run(*HERE, "--send-to", "me@ashmere.example").code == 2
    assert outbox(folder) == []
    assert run(*HERE, "--send-to", "me@ashmere.example", "--by", "david").code == 0
    with open_project(folder) as project, project.ledger.reading() as conn:
        (entry,) = [one.entry for one in audit.list_recent(conn) if one.entry.action == "send-test"]
    assert (entry.by, entry.subject) == ("david", LETTER)
    assert entry.system_user
    assert entry.host not in ("", DESK_HOST)


@pytest.mark.parametrize(
    ("by", "address", "code"),
    [
        ("priya", "me@ashmere.example", "not-allowed"),
        ("stranger", "me@ashmere.example", "person-unknown"),
        ("amina", "no@ashmere.example", "test-refused"),
        ("amina", "+447700900101", "test-refused"),
    ],
)
def test_a_test_keeps_the_rules_of_the_desk(folder: Path, run: Run, by: str, address: str, code: str) -> None:
    for refused in ("no@ashmere.example", "+447700900101"):
        run("suppress", "add", refused, "--by", "amina", "--reason", "asked")
    said = run(*HERE, "--send-to", address, "--by", by)
    assert (said.code, outbox(folder)) == (1, [])
    assert f"({code})" in said.err


def test_tests_are_limited_together_with_those_of_the_desk(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_send, "MAX_TESTS", 2)
    with open_project(folder) as project:
        messages = letter_for_audience(project, LETTER, AUDIENCE, None)
        at_desk = desk_actor(project.settings, "amina", Permission.TEST)
        test_send.send_to_self(
            project, messages, find_recipient(messages, None), SendTestRequest("me@ashmere.example"), at_desk
        )
    said = [run(*HERE, "--send-to", f"me{n}@ashmere.example", "--by", "amina").code for n in range(2)]
    assert (said, len(outbox(folder))) == ([0, 1], 2)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("preview", "nothing", "--audience", AUDIENCE), "unknown-letter"),
        (("preview", "../greeting", "--audience", AUDIENCE), "unknown-letter"),
        (("preview", "_frames", "--audience", AUDIENCE), "unknown-letter"),
        (("preview", LETTER, "--audience", "nobody"), "audience-unknown"),
        (("preview", LETTER, "--audience", "../neighbours"), "audience-name"),
        ((*HERE, "--campaign", "other"), "campaign-unknown"),
        ((*HERE, "--recipient", "nobody@example.org"), "recipient-not-found"),
        ((*HERE, "--language", "fr"), "language-missing"),
        ((*HERE, "--out", "/dev/null/x"), "folder-not-writable"),
    ],
)
def test_what_is_not_there(run: Run, words: tuple[str, ...], code: str) -> None:
    for more in ((), ("--json",)):
        if "--out" in words and more:
            continue
        said = run(*words, *more)
        assert (said.code, said.out) == (1, "")
        assert f"({code})" in said.err
        assert "nobody@example.org" not in said.err


def test_a_part_that_the_letter_lacks(folder: Path, run: Run) -> None:
    for path in (EN, AR):
        write(folder, {path: (folder / path).read_text("utf-8").partition("{% block sms %}")[0]})
    said = run(*HERE, "--part", "sms")
    assert (said.code, said.out) == (1, "")
    assert "(missing-part)" in said.err


def test_an_unknown_part_is_wrong_usage(folder: Path) -> None:
    said = process(folder, *HERE, "--part", "fax")
    assert (said.code, said.out) == (2, "")
    assert "pdf" in said.err
