"""`send` and what can be done to a broadcast afterwards."""

import pty
import subprocess
from os import close, read, write
from pathlib import Path

import pytest

from broadcaster.cli.broadcasts import sending
from tests.commandline import Run, command, environment
from tests.projects import CAMPAIGN, approve
from tests.services.approving.test_decisions import approved
from tests.services.stage import outbox, sql


@pytest.fixture
def halted(folder: Path, run: Run) -> str:
    """The id of a broadcast of which nothing could be handed over."""
    approved(run)
    (folder / "var/outbox").write_text("in the way", "utf-8")
    (found,) = run("send", CAMPAIGN, "--by", "david", "--json").json["broadcasts"]
    (folder / "var/outbox").unlink()
    assert (found["state"], found["deliveries"]) == ("paused", {"queued": 6})
    return str(found["id"])


def test_again_sends_nobody_twice(folder: Path, run: Run) -> None:
    approved(run)
    first = run("send", CAMPAIGN, "--by", "david", "--json")
    before = {path: path.read_bytes() for path in outbox(folder)}
    again = run("send", CAMPAIGN, "--by", "amina", "--json")
    assert again.code == 0
    assert again.json == first.json
    assert {path: path.read_bytes() for path in outbox(folder)} == before


def test_what_was_halted_goes_on_after_resume(folder: Path, run: Run, halted: str) -> None:
    again = run("send", CAMPAIGN, "--by", "david")
    assert again.code == 1
    assert outbox(folder) == []
    assert run("resume", halted[:6]).code == 0
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    assert len(outbox(folder)) == 6


def test_what_was_cancelled_goes_out_no_more(folder: Path, run: Run, halted: str) -> None:
    said = run("cancel", halted)
    assert said.out == "Cancelled: 6 deliveries will not go out.\n"
    assert run("send", CAMPAIGN, "--by", "david").code in (0, 1)
    for deed in ("pause", "resume"):
        said = run(deed, halted)
        assert (said.code, said.out) == (1, "")
        assert "(wrong-state)" in said.err
    (found,) = run("status", "--json").json["broadcasts"]
    assert (found["state"], found["deliveries"]) == ("cancelled", {"skipped": 6})
    assert outbox(folder) == []
    assert run("submit", CAMPAIGN, "--by", "amina").code == 1


def test_what_is_finished_cannot_be_stopped(run: Run) -> None:
    approved(run)
    (found,) = run("send", CAMPAIGN, "--by", "david", "--json").json["broadcasts"]
    for deed in ("pause", "resume", "cancel"):
        said = run(deed, found["id"])
        assert said.code == 1
        assert "is finished and cannot be" in said.err
    assert run("unsure", found["id"]).out == "None: every delivery is accounted for.\n"


@pytest.mark.parametrize("deed", ["pause", "resume", "cancel", "unsure"])
def test_an_unknown_broadcast(run: Run, deed: str) -> None:
    said = run(deed, "abcdef")
    assert (said.code, said.out) == (1, "")
    assert "There is no broadcast of that id" in said.err


def test_unsure_ones_are_listed_and_settled(folder: Path, run: Run) -> None:
    approved(run)
    (sent,) = run("send", CAMPAIGN, "--by", "david", "--json").json["broadcasts"]
    sql(folder, "UPDATE deliveries SET state = 'held', reason = 'no-answer' WHERE channel = 'email'")
    said = run("unsure", sent["id"])
    assert said.code == 0
    assert said.out.count("email") == 4
    assert "person1@example.org" in said.out
    assert "the answer was lost" in said.out
    assert "no-answer" not in said.out


def test_a_large_send_asks_for_its_number(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    approved(run)
    monkeypatch.setattr(sending, "CONFIRM_ABOVE", 5)
    said = run("send", CAMPAIGN, "--by", "david")
    assert (said.code, said.out) == (1, "")
    assert "(not-confirmed)" in said.err
    assert "6 messages to neighbours" in said.err
    assert outbox(folder) == []
    assert run("send", CAMPAIGN, "--by", "david", "--yes").code == 0
    assert len(outbox(folder)) == 6


def at_a_terminal(folder: Path, answer: bytes) -> tuple[int, str]:
    """Send at a terminal where a person types an answer."""
    ours, theirs = pty.openpty()
    program = "from broadcaster.cli import main; from broadcaster.cli.broadcasts import sending; sending.CONFIRM_ABOVE = 5; main()"
    words = command(folder, "send", CAMPAIGN, "--by", "david")[3:]
    python = command(folder)[0]
    sent = subprocess.Popen(
        [python, "-c", program, *words], stdin=theirs, stdout=theirs, stderr=theirs, env=environment()
    )
    close(theirs)
    shown = b""
    while b"go on" not in shown:
        shown += read(ours, 1000)
    write(ours, answer + b"\n")
    try:
        while more := read(ours, 1000):
            shown += more
    except OSError:
        pass  # how a terminal says that its last process has gone
    close(ours)
    return sent.wait(200), shown.decode()


@pytest.mark.parametrize(("answer", "sent"), [(b"6", 6), (b"7", 0), (b"yes", 0)])
def test_a_person_types_the_number(folder: Path, answer: bytes, sent: int) -> None:
    approve(folder)
    code, shown = at_a_terminal(folder, answer)
    assert "This sends 6 messages to neighbours" in shown
    assert (code, len(outbox(folder))) == (0 if sent else 1, sent)
    assert "Traceback" not in shown
