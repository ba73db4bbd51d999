"""The command itself: where it works, how it ends, and that it keeps people's data out of what it says."""

from pathlib import Path

import pytest

from broadcaster import __version__
from broadcaster.cli import app as cli
from broadcaster.cli.commands import COMMANDS
from broadcaster.cli.common import errors
from tests.commandline import Run, process
from tests.projects import CAMPAIGN, person, write_roster
from tests.services.approving.test_decisions import approved
from tests.services.stage import CONFIG, EN, ROSTER, edit, outbox, sql


def test_its_version(run: Run) -> None:
    assert run("--version").out == f"broadcaster {__version__}\n"


def test_help_lists_the_commands_in_the_order_in_which_they_are_needed(run: Run) -> None:
    text = run("--help").out
    places = [text.index(f"│ {name} ") for name in COMMANDS]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "words",
    [
        ("frobnicate",),
        ("plan",),
        ("plan", "a", "b"),
        ("send", CAMPAIGN),
        ("check", "--frob"),
        ("approve", CAMPAIGN, "--by", "david"),
        ("serve", "--workers", "0"),
        ("serve", "--workers", "many"),
        ("preview", "greeting"),
        ("unsure", "abcdef", "--hold", "--resend"),
        ("send", CAMPAIGN, "--by", "david", "--crisis", " "),
        ("-C",),
    ],
)
def test_wrong_usage_ends_with_2(folder: Path, run: Run, words: tuple[str, ...]) -> None:
    said = run(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err
    assert outbox(folder) == []


def test_no_command_at_all_shows_help(run: Run) -> None:
    assert "Usage" in run().out + run().err


def test_another_folder_is_worked_in(folder: Path, tmp_path: Path) -> None:
    assert process(tmp_path / "nowhere", "status").code == 1
    said = process(Path("project"), "status", cwd=folder.parent)
    assert said.code == 0
    assert said.out.startswith("Nothing has been released yet.\n")


def test_what_the_system_refuses_is_said_in_its_words() -> None:
    error = errors.explain_os_error(PermissionError(13, "Permission denied", "/srv/letters"))
    assert (error.message, error.code) == ("/srv/letters: Permission denied.", "system-refused")
    assert errors.explain_os_error(OSError("odd")).message == "The system refuses: OSError."


def test_what_nobody_foresaw_names_the_place_and_not_the_person(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise KeyError("canary@example.org")

    monkeypatch.setattr(cli, "_program", lambda: fail)
    said = run("status")
    assert said.code == 1
    assert "KeyError at cli/app.py:" in said.err
    assert "canary" not in said.err
    monkeypatch.setenv(errors.TRACEBACK_VARIABLE, "1")
    with pytest.raises(KeyError):
        run("status")


NAME, ADDRESS, PHONE = "Zebulon Quackenbush", "zq.canary@example.org", "+447700900987"
CANARY = ("zebulon", "quackenbush", "zq.canary", "7700900987", "7700 900987")

BAD_ROWS = {
    "a bad address": person(1, name=NAME, email="zq.canary@@example.org"),
    "a bad number": person(1, name=NAME, email="", phone="+44 7700 900987 99999"),
    "no address": person(1, name=NAME, email=""),
    "a bad zone": person(1, name=NAME, email=ADDRESS, timezone="Zebulon/Quackenbush"),
    "a bad language": person(1, name=NAME, email=ADDRESS, language="quackenbush"),
    "a bad channel": person(1, name=NAME, email=ADDRESS, channel=NAME),
    "an empty column": person(1, name=NAME, email=ADDRESS, phone=PHONE, borough=""),
    "too long a name": person(1, name=NAME * 10, email=ADDRESS),
    "twice the same": person(1, name=NAME, email="PERSON2@example.org"),
    "a cell too many": person(1, name=NAME, email=ADDRESS),
}


def quiet(*texts: str) -> None:
    for text in texts:
        for word in CANARY:
            assert word not in text.casefold()


@pytest.mark.parametrize("name", BAD_ROWS)
def test_nobody_is_named_in_what_is_wrong_with_a_row(folder: Path, run: Run, name: str) -> None:
    write_roster(folder, [BAD_ROWS[name], person(2)])
    if name == "a cell too many":
        edit(folder, ROSTER, f"{ADDRESS},", f"{ADDRESS},{PHONE},{NAME},x,y,z,")
    for words in (("check",), ("check", "--json"), ("plan", CAMPAIGN), ("submit", CAMPAIGN, "--by", "amina")):
        said = run(*words)
        quiet(said.out, said.err)


@pytest.mark.parametrize(
    "text",
    [
        "{{ recipient.name.upper() }}",
        "{{ recipient.missing }}",
        "{{ recipient.name + 1 }}",
        "{{ recipient.name|int / 0 }}",
        "{{ recipient[recipient.name] }}",
        "{{ helplines[recipient.name].number }}",
        "{% include recipient.name %}",
        "{% for a in recipient.name %}{{ a.b }}{% endfor %}",
        "[{{ recipient.name }}](https://evil.example/{{ recipient.email }})",
        "![{{ recipient.name }}](https://evil.example/{{ recipient.email }})",
        "[{{ recipient.email }}]: https://evil.example",
        "`{{ recipient.name }}` ``` {{ recipient.email }}",
    ],
)
def test_nobody_is_named_in_what_is_wrong_with_a_letter(folder: Path, run: Run, text: str) -> None:
    write_roster(folder, [person(1, name=NAME, email=ADDRESS, phone=PHONE), person(2)])
    edit(folder, EN, "all is well", text)
    for words in (("check",), ("plan", CAMPAIGN), ("submit", CAMPAIGN, "--by", "amina")):
        said = run(*words)
        quiet(said.out, said.err)


def test_nobody_is_named_when_delivering_fails(folder: Path, run: Run) -> None:
    write_roster(folder, [person(1, name=NAME, email=ADDRESS, phone=PHONE), person(2)])
    approved(run)
    (folder / "var/outbox").write_text("in the way", "utf-8")
    said = run("send", CAMPAIGN, "--by", "david")
    assert said.code == 1
    quiet(said.out, said.err)
    shown = run("status", "--json")
    quiet(shown.out, shown.err)


def test_nobody_is_named_when_a_sealed_value_was_altered(folder: Path, run: Run) -> None:
    write_roster(folder, [person(1, name=NAME, email=ADDRESS, phone=PHONE), person(2)])
    approved(run)
    (folder / "var/outbox").write_text("in the way", "utf-8")
    run("send", CAMPAIGN, "--by", "david")
    (folder / "var/outbox").unlink()
    sql(folder, "UPDATE deliveries SET payload_sealed = x'00112233', due_at = 0")
    sql(folder, "UPDATE broadcasts SET state = 'sending'")
    said = run("send", CAMPAIGN, "--by", "david")
    quiet(said.out, said.err)
    assert "2 held" in said.out
    shown = run("unsure", said.out.splitlines()[1][:8])
    assert shown.out.count("(cannot be opened)") == 4
    assert outbox(folder) == []


def test_nobody_is_named_when_somebody_is_looked_for(folder: Path, run: Run) -> None:
    for words in (
        ("preview", "greeting", "--audience", "neighbours", "--recipient", ADDRESS),
        ("preview", "greeting", "--audience", "neighbours", "--recipient", PHONE),
        ("preview", "greeting", "--audience", "neighbours", "--send-to", f"{NAME}@{ADDRESS}", "--by", "amina"),
        ("audience", "erase", "neighbours", ADDRESS, "--by", "wenmei", "--reason", "asked"),
        ("suppress", "add", f"{NAME}@{ADDRESS}", "--by", "wenmei", "--reason", "asked"),
    ):
        quiet(run(*words).err)
    edit(folder, CONFIG, "name: Priya Raman", f"name: Priya Raman\n    email: {ADDRESS}")
    quiet(run("check").out)
