"""`broadcaster replies`: what people wrote, on somebody's terminal."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.delivery.reports import InboundText
from broadcaster.ledger.audit_log import audit
from broadcaster.services.replies import inbound_texts
from tests.commandline import Run, process
from tests.projects import CAMPAIGN
from tests.services.approving.test_decisions import approved

CORA, DUA = "+447700900222", "+447700900333"
_numbers = count()

KEYS = [
    *("id", "from", "text", "asks", "urgent", "campaign", "language"),
    *("received_at", "answered_at", "seen_at", "seen_by"),
]


def _write(folder: Path, *texts: tuple[str, str]) -> None:
    """People write to us, one after the other."""
    with open_project(folder) as project:
        for number, (sender, body) in enumerate(texts):
            at = datetime.now(UTC) - timedelta(minutes=len(texts) - number)
            inbound_texts.receive(
                project, "twilio", InboundText(f"SM{next(_numbers)}", sender, "+447700900999", body, at)
            )


def _texts(run: Run, *words: str) -> Sequence[str]:
    return [row["text"] for row in run("replies", "--json", *words).json["replies"]]


def test_nothing_yet(run: Run) -> None:
    said = run("replies")
    assert (said.code, said.err) == (0, "")
    assert "nothing new" in said.out
    assert "Nobody has written" in run("replies", "--all").out
    assert run("replies", "--json").json == {"replies": []}
    assert "replies" not in run("status").out


def test_urgent_first_then_the_newest_and_what_to_do_next(folder: Path, run: Run) -> None:
    _write(folder, (CORA, "When is the meeting?"), (DUA, "he has a knife"), (CORA, "Thank you"))
    assert _texts(run) == ["he has a knife", "Thank you", "When is the meeting?"]
    said = run("replies")
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert "URGENT" in lines[0]
    assert "from +44…333" in lines[0]
    assert lines[1].strip() == "he has a knife"
    assert lines[-1].startswith("Read and taken care of? broadcaster replies --seen ")
    assert "3 new replies, 1 urgent: broadcaster replies" in run("status").out.splitlines()


def test_one_is_said_as_one(folder: Path, run: Run) -> None:
    _write(folder, (CORA, "Thank you"))
    assert "1 new reply: broadcaster replies" in run("status").out.splitlines()
    assert run("status", "--json").json == {"broadcasts": []}


def test_numbers_are_whole_only_when_asked_for(folder: Path, run: Run) -> None:
    _write(folder, (CORA, "Thank you"))
    assert CORA not in run("replies").out + run("replies", "--json").out
    assert CORA in run("replies", "--show").out
    (row,) = run("replies", "--json", "--show").json["replies"]
    assert list(row) == KEYS
    assert (row["from"], row["text"], row["asks"], row["urgent"]) == (CORA, "Thank you", "other", False)
    assert row["answered_at"] is not None
    assert (row["seen_at"], row["seen_by"], row["campaign"]) == (None, "", "")


def test_after_which_letter(folder: Path, run: Run) -> None:
    approved(run)
    run("send", CAMPAIGN, "--by", "david")
    _write(folder, (DUA, "شكرا"))
    assert f"after {CAMPAIGN} (Arabic)" in run("replies").out
    assert "شكرا" in run("replies").out


def test_marking_as_seen(folder: Path, run: Run) -> None:
    _write(folder, (CORA, "one"), (CORA, "two"), (CORA, "three"))
    ids = [row["id"] for row in run("replies", "--json").json["replies"]]
    said = run("replies", "--seen", ids[0][:8], "--seen", ids[1], "--by", "david", "--json")
    assert (said.code, [row["text"] for row in said.json["replies"]]) == (0, ["one"])
    assert {row["text"]: row["seen_by"] for row in run("replies", "--all", "--json").json["replies"]} == {
        "three": "david",
        "two": "david",
        "one": "",
    }
    assert "seen by david" in run("replies", "--all").out
    run("replies", "--seen", ids[2], "--by", "amina")
    assert "replies" not in run("status").out


def test_what_was_asked_for_and_done_stands_in_all(folder: Path, run: Run) -> None:
    _write(folder, (CORA, "STOP"))
    assert _texts(run) == []
    assert "asks for STOP" in run("replies", "--all").out


def test_who_may_not_and_what_is_typed_wrongly(folder: Path, run: Run) -> None:
    _write(folder, (CORA, "one"))
    (row,) = run("replies", "--json").json["replies"]
    for by, code in (("priya", "not-allowed"), ("nobody", "person-unknown")):
        said = run("replies", "--seen", row["id"], "--by", by)
        assert (said.code, said.out, code in said.err) == (1, "", True)
    said = run("replies", "--seen", "zzzzzz", "--by", "david")
    assert (said.code, said.out, "reply-unknown" in said.err) == (1, "", True)
    assert run("replies", "--seen", row["id"]).code == 2
    assert run("replies", "--by", "david").code == 2
    assert _texts(run) == ["one"]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("", "(no words)"),
        ("\x1b[2J\x1b]0;owned\x07hello\x9b31m", "[2J]0;ownedhello31m"),
        ("one\r\ntwo\x00", "one two"),
        ("abc\u202ecba\u2066\u2069", "abccba"),
        ("[bold red]no markup[/] :heart:", "[bold red]no markup[/] :heart:"),
        ("half \ud800 a pair", "half  a pair"),
        ("'; DROP TABLE replies; --", "'; DROP TABLE replies; --"),
    ],
)
def test_what_could_harm_a_terminal_is_taken_out(folder: Path, run: Run, body: str, shown: str) -> None:
    _write(folder, (CORA, body), ("\x1b[31m\u202e", body))
    assert set(_texts(run)) == {shown}
    plain = run("replies", "--show")
    assert shown in plain.out
    assert not any(char in plain.out for char in "\x1b\x9b\x07\x00\r\u202e\u2066\ud800")


def test_a_text_without_end_is_neither_cut_nor_wrapped_in_a_pipe(folder: Path, run: Run) -> None:
    _write(folder, (CORA, "x" * 10_000))
    assert f"    {'x' * 4_000}\n" in process(folder, "replies").out


def test_whoever_was_erased_said_nothing(folder: Path, run: Run) -> None:
    _write(folder, (CORA, "my secret"))
    run("audience", "erase", "all", CORA, "--by", "wenmei", "--reason", "asked for it")
    said = run("replies", "--all", "--show")
    assert "(erased)" in said.out
    assert "my secret" not in said.out + run("replies", "--all", "--json", "--show").out
    assert "replies" not in run("status").out


def test_one_is_opened_with_its_name_and_the_log_keeps_who_did(folder: Path, run: Run) -> None:
    approved(run)
    run("send", CAMPAIGN, "--by", "david")
    _write(folder, (DUA, "he has a knife"), ("+447700900999", "who are you?"))
    ids = {row["text"]: row["id"] for row in run("replies", "--json").json["replies"]}
    said = run("replies", "--open", ids["he has a knife"][:8], "--by", "amina")
    assert (said.code, said.err) == (0, "")
    assert f"from {DUA}" in said.out
    assert "name: Dua Rahim" in said.out
    (row,) = run("replies", "--open", ids["who are you?"], "--by", "david", "--json").json["replies"]
    assert list(row) == [*KEYS, "name"]
    assert (row["from"], row["name"]) == ("+447700900999", "")
    assert len(_texts(run)) == 2, "nobody has taken care of them"
    with open_project(folder) as project, project.ledger.reading() as conn:
        entries = [one.entry for one in audit.list_recent(conn) if one.entry.action == "open-reply"]
    assert [(one.by, one.detail) for one in entries][::-1] == [
        ("amina", {"reply": ids["he has a knife"]}),
        ("david", {"reply": ids["who are you?"]}),
    ]
    for words, code in ((("--by", "priya"), 1), ((), 2)):
        assert run("replies", "--open", ids["who are you?"], *words).code == code
    assert run("replies", "--open", "nothing-like-it", "--by", "amina").code == 1
