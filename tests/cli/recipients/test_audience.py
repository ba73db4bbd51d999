from pathlib import Path

import pytest

from tests.commandline import Run, process, runner
from tests.projects import AUDIENCE, LETTER, person, write_roster
from tests.services.stage import PEOPLE, ROSTER

HEADER = "name,email,phone,language,channel,timezone,borough\n"
ERASE = ("--by", "wenmei", "--reason", "asked by post")


def test_check_prints_a_table_or_one_document(run: Run) -> None:
    said = run("audience", "check", AUDIENCE)
    assert (said.code, "usable rows" in said.out, said.err) == (0, True, "")
    found = run("audience", "check", AUDIENCE, "--json").json
    assert list(found) == ["audience", "usable", "unusable", "by_language", "by_channel", "excluded", "problems"]
    assert found["usable"] == len(PEOPLE)


def test_check_exits_with_1_on_an_error_and_names_row_and_remedy(folder: Path, run: Run) -> None:
    (folder / ROSTER).write_text(HEADER + "Kit,nonsense,,,,,\n", "utf-8")
    said = run("audience", "check", AUDIENCE)
    assert said.code == 1
    assert f"{ROSTER}:2" in said.out and "email-invalid" in said.out
    (problem,) = run("audience", "check", AUDIENCE, "--json").json["problems"]
    assert (problem["line"], problem["level"]) == (2, "error") and problem["remedy"]


def test_hidden_characters_are_warned_of_and_never_reach_a_message(folder: Path, run: Run) -> None:
    write_roster(
        folder, [person(1, name="Am\u202ein\u2066a\x1b", borough="Ash\u200bmere"), person(2, name="می\u200cخواهم")]
    )
    checked = run("check", "--json")
    found = [one for one in checked.json["problems"] if one["code"] == "hidden-characters"]
    assert [(one["level"], one["file"], one["line"]) for one in found] == [
        ("warning", f"audiences/{AUDIENCE}.csv", 2)
    ] * 2
    assert [one["message"].partition(":")[0] for one in found] == ["column name", "column borough"]
    assert checked.code == 0
    shown = run("preview", LETTER, "--audience", AUDIENCE, "--json").json
    assert shown["subject"] == "News for Amina"
    assert "Ashmere" in shown["text"]
    joined = run("preview", LETTER, "--audience", AUDIENCE, "--recipient", "3", "--json").json
    assert "می\u200cخواهم" in joined["subject"]


def test_nul_in_a_roster_is_an_error(folder: Path, run: Run) -> None:
    write_roster(folder, [person(1), person(2, name="Am\0ina")])
    checked = run("check", "--json")
    assert [(one["code"], one["line"]) for one in checked.json["problems"] if one["level"] == "error"] == [
        ("cell-nul", 3)
    ]
    assert checked.code == 1


@pytest.mark.parametrize("name", ["nosuch", "../config", "/etc/passwd", "..", "a\nb", "x" * 300, "", "-", "*"])
def test_a_name_that_is_none_ends_in_a_clear_error(run: Run, folder: Path, name: str) -> None:
    for said in (
        run("audience", "check", "--", name),
        run("audience", "import", "--yes", "--", name, str(folder / ROSTER)),
        run("audience", "export", "--", name),
        run("audience", "erase", *ERASE, "--", name, "a@example.org"),
    ):
        assert said.code == 1, said
        assert "audience-" in said.out + said.err
        assert "Traceback" not in said.err


def test_import_asks_before_it_replaces(folder: Path, tmp_path: Path) -> None:
    given = tmp_path / "list.csv"
    given.write_text(HEADER + "Ines Roth,ines@example.org,,,,,\n", "utf-8")
    before = (folder / ROSTER).read_bytes()
    refused = process(folder, "audience", "import", AUDIENCE, str(given), input="n\n")
    assert (refused.code, (folder / ROSTER).read_bytes()) == (1, before)
    silent = process(folder, "audience", "import", AUDIENCE, str(given), input="")
    assert (silent.code, (folder / ROSTER).read_bytes()) == (1, before)
    agreed = process(folder, "audience", "import", AUDIENCE, str(given), input="y\n")
    assert (agreed.code, "1 people are on" in agreed.out) == (0, True)
    assert "ines@" in (folder / ROSTER).read_text("utf-8")


def test_import_looks_at_the_list_before_it_asks(folder: Path, tmp_path: Path) -> None:
    given = tmp_path / "list.csv"
    kept, before = person(1), (folder / ROSTER).read_bytes()
    rows = f"{kept['name']},{kept['email']},,,,,{kept['borough']}\nInes Roth,ines@example.org,020 7946 0018,,,,\n"
    given.write_text(HEADER + rows + "Kit,nonsense,,,,,\n", "utf-8")
    words = ("audience", "import", AUDIENCE, str(given))
    bad = process(folder, *words, input="y\n")
    assert (bad.code, "list.csv:4" in bad.err, "Replace the people" in bad.out) == (1, True, False)
    asked = process(folder, *words, "--leave-out", input="n\n")
    assert (asked.code, (folder / ROSTER).read_bytes()) == (1, before)
    found, _, question = asked.out.partition("Replace the people")
    assert "people are on the list: 1 new" in found
    assert f"{len(PEOPLE) - 1} of {AUDIENCE} are not on it" in found
    assert "list.csv:3" in found and "list.csv:4" in found
    assert "phone-not-mobile" not in question
    agreed = process(folder, *words, "--leave-out", input="y\n")
    assert (agreed.code, agreed.out.count("phone-not-mobile")) == (0, 1)
    assert f"2 people are on {AUDIENCE} now; 1 rows were left out" in agreed.out


def test_import_shows_what_is_wrong_and_takes_the_rest_when_asked(run: Run, folder: Path, tmp_path: Path) -> None:
    given = tmp_path / "list.csv"
    given.write_text(HEADER + "Ines Roth,ines@example.org,,,,,\nKit,nonsense,,,,,\n", "utf-8")
    before = (folder / ROSTER).read_bytes()
    refused = run("audience", "import", AUDIENCE, str(given), "--yes")
    assert (refused.code, (folder / ROSTER).read_bytes()) == (1, before)
    assert "list.csv:3" in refused.out + refused.err and "nonsense" not in refused.out + refused.err
    taken = run("audience", "import", AUDIENCE, str(given), "--yes", "--leave-out", "--encrypt")
    assert (taken.code, "list.csv:3" in taken.out, "1 rows were left out" in taken.out) == (0, True, True)
    assert (folder / f"{ROSTER}.age").exists() and not (folder / ROSTER).exists()
    assert run("audience", "check", AUDIENCE).code == 0


@pytest.mark.parametrize("file", ["nosuch.csv", ".", "/dev/null"])
def test_a_file_that_is_none(run: Run, folder: Path, file: str) -> None:
    said = run("audience", "import", AUDIENCE, file, "--yes")
    assert (said.code, "list-missing" in said.err) == (1, True)


def test_export_prints_csv_and_nothing_else(run: Run, tmp_path: Path) -> None:
    said = run("audience", "export", AUDIENCE)
    assert (said.code, said.out.splitlines()[0], said.err) == (0, "\ufeff" + HEADER.strip(), "")
    assert len(said.out.splitlines()) == len(PEOPLE) + 1
    out = tmp_path / "out.csv"
    assert run("audience", "export", AUDIENCE, "--out", str(out)).code == 0
    assert out.read_text("utf-8") == said.out
    again = run("audience", "export", AUDIENCE, "--out", str(out))
    assert (again.code, "not-exported" in again.err) == (1, True)


def test_erase_tells_what_it_did_and_needs_a_right_and_a_reason(run: Run, folder: Path) -> None:
    for words in (
        ("--by", "amina", "--reason", "asked"),
        ("--by", "nobody", "--reason", "x"),
        ("--by", "wenmei", "--reason", " "),
    ):
        assert run("audience", "erase", "all", "person1@example.org", *words).code == 1
    assert run("audience", "erase", "all", "person1@example.org", "--by", "wenmei").code == 2
    assert "person1@" in (folder / ROSTER).read_text("utf-8")
    said = run("audience", "erase", "all", "Person1@Example.org", *ERASE)
    assert (said.code, "1 rows" in said.out) == (0, True)
    assert "person1" not in said.out.lower()
    assert "person1@" not in (folder / ROSTER).read_text("utf-8")
    nobody = run("audience", "erase", "all", "nonsense", *ERASE)
    assert (nobody.code, "nobody-erased" in nobody.err) == (1, True)


def test_where_there_is_no_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (("audience", "check", "a"), ("suppress", "list")):
        said = runner(tmp_path, monkeypatch, capsys)(*words)
        assert (said.code, "Traceback" in said.err) == (1, False)
        assert "not-a-project" in said.err
