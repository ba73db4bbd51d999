"""What a tired person reads: where a campaign stands, what is typed next, and nothing cut off."""

from pathlib import Path

from tests.commandline import Run, process
from tests.projects import CAMPAIGN
from tests.services.stage import EN, ROSTER, edit, outbox


def _digest(run: Run) -> str:
    return str(run("plan", CAMPAIGN, "--json").json["digest"])


def _coming(run: Run) -> str:
    (line,) = (line for line in run("status").out.splitlines() if line.startswith(CAMPAIGN))
    return line


def test_status_and_plan_say_who_is_to_act(folder: Path, run: Run) -> None:
    assert "nobody has submitted it. Submit it" in _coming(run)
    assert run("plan", CAMPAIGN).out.rstrip().endswith(f"broadcaster submit {CAMPAIGN} --by PERSON")
    assert "(david" in run("submit", CAMPAIGN, "--by", "amina").out
    assert "Submitted by amina." in _coming(run)
    typed = f"broadcaster approve {CAMPAIGN} --by PERSON --digest {_digest(run)[:12]}"
    assert typed in run("plan", CAMPAIGN).out
    run("reject", CAMPAIGN, "--by", "david", "--reason", "name the hour")
    assert "It was rejected by david. “name the hour” Mend it, then submit it again." in _coming(run)
    run("submit", CAMPAIGN, "--by", "amina")
    said = run("approve", CAMPAIGN, "--by", "david", "--digest", _digest(run))
    assert "Nothing has been sent yet. What happens next:" in said.out
    assert f"broadcaster send {CAMPAIGN} --by PERSON" in said.out
    assert "Approved by david" in _coming(run)
    assert "Approved by david" in run("plan", CAMPAIGN).out
    edit(folder, EN, "all is well", "all is very well")
    assert "It was changed since it was submitted" in run("plan", CAMPAIGN).out


def test_sending_again_says_that_nothing_is_left(folder: Path, run: Run) -> None:
    run("submit", CAMPAIGN, "--by", "amina")
    run("approve", CAMPAIGN, "--by", "david", "--digest", _digest(run))
    assert "handed over" in run("send", CAMPAIGN, "--by", "david").err
    again = run("send", CAMPAIGN, "--by", "david")
    assert (again.code, "nothing is left to send" in again.err, "handed over" in again.err) == (0, True, False)
    assert len(outbox(folder)) == 6


def test_too_few_characters_of_a_digest_are_told_as_such(run: Run) -> None:
    run("submit", CAMPAIGN, "--by", "amina")
    said = run("approve", CAMPAIGN, "--by", "david", "--digest", _digest(run)[:6])
    assert (said.code, "at least the first 12 characters" in said.err) == (1, True)


def test_a_column_that_nobody_has_is_a_mistake_in_the_letter(folder: Path, run: Run) -> None:
    edit(folder, EN, "all is well", "all is well, {{ recipient.brogh }}")
    said = run("plan", CAMPAIGN)
    assert "Correct the name in the letter, or add the column to the roster" in said.out + said.err


def test_a_pipe_is_never_broken_into_lines(folder: Path, run: Run) -> None:
    run("submit", CAMPAIGN, "--by", "amina")
    name = "x" * 100
    run("reject", CAMPAIGN, "--by", "david", "--reason", name)
    said = process(folder, "status", environ={"COLUMNS": "40"})
    assert f"rejected by david. “{name}” Mend it" in said.out


def test_a_roster_is_not_replaced_when_nobody_can_be_asked(folder: Path, run: Run) -> None:
    before = (folder / ROSTER).read_bytes()
    said = process(folder, "audience", "import", Path(ROSTER).stem, str(folder / ROSTER))
    assert (said.code, "(not-confirmed)" in said.err) == (1, True)
    assert (folder / ROSTER).read_bytes() == before
