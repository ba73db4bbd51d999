"""Lists as people have them, on the command line: what has to be said is asked with the words to say it."""

from pathlib import Path

from tests import lists
from tests.commandline import Run
from tests.projects import AUDIENCE

IMPORT = ("audience", "import", AUDIENCE)


def roster(folder: Path) -> bytes:
    return (folder / "audiences" / f"{AUDIENCE}.csv").read_bytes()


def test_one_list_in_five_forms_is_one_roster(run: Run, folder: Path) -> None:
    for name, content in lists.all_forms().items():
        (folder / name).write_bytes(content)
        said = run(*IMPORT, str(folder / name), "--yes")
        if name == "people.csv":
            assert (said.code, "José Example 1" in said.out, "--accept windows-1252" in said.err) == (1, True, True)
            assert "José" not in said.err
            said = run(*IMPORT, str(folder / name), "--yes", "--accept", "windows-1252")
        assert said.code == 0, said.err
        assert lists.roster(roster(folder)) == lists.expected(), name
        assert "rows: column language: the language is written as a word (language-word)" in said.out


def test_headings_are_asked_about_with_the_words_to_answer(run: Run, folder: Path) -> None:
    file = folder / "list.csv"
    rows = [["Wer", "Kontakt", "Land?"], ["Ada Quill", "ada@example.org", "Kent"]]
    file.write_bytes(lists.separated(rows))
    before = roster(folder)
    said = run(*IMPORT, str(file), "--yes")
    assert (said.code, "columns-unmatched" in said.err, roster(folder) == before) == (1, True, True)
    ready = "--column Wer=name --column Kontakt=email --column 'Land?=-'"
    assert ready in said.out
    assert "ada@example.org" in said.out
    options = ("--column", "Wer=name", "--column", "Kontakt=email", "--column", "Land?=-")
    said = run(*IMPORT, str(file), "--yes", *options)
    assert (said.code, roster(folder)) == (0, b"name,email\nAda Quill,ada@example.org\n")
    assert "Wer → name, Kontakt → email" in said.out
    assert run(*IMPORT, str(file), "--yes").code == 0


def test_like_mistakes_are_one_line_with_a_count_and_accepted_at_once(run: Run, folder: Path) -> None:
    file = folder / "list.csv"
    rows = [[f"P{n}", f"p{n}@example.org; q{n}@example.org"] for n in range(48)]
    file.write_bytes(lists.separated([["Name", "Email"], *rows]))
    said = run(*IMPORT, str(file), "--yes")
    assert (said.code, said.out.splitlines()[0]) == (
        1,
        "48 rows: column email: 2 addresses stand in this cell (email-several)",
    )
    assert "--accept email-several" in said.err
    assert "example.org" not in said.err
    assert run(*IMPORT, str(file), "--yes", "--accept", "email-several").code == 0
    assert b"P7,p7@example.org\n" in roster(folder)


def test_a_choice_that_is_none_is_refused(run: Run, folder: Path) -> None:
    file = folder / "list.csv"
    file.write_bytes(lists.separated([["Name", "Email"], ["Ada", "ada@example.org"]]))
    for choice in ("Name", "=name", "Name=Full Name"):
        said = run(*IMPORT, str(file), "--yes", "--column", choice)
        assert (said.code, "column-choice" in said.err) == (1, True), choice


def test_numbers_of_another_country_are_accepted_at_once_and_told(run: Run, folder: Path) -> None:
    file = folder / "list.csv"
    rows = [[f"P{n}", f"0191234{n:04}"] for n in range(30)]
    file.write_bytes(lists.separated([["Name", "Phone"], *rows]))
    said = run(*IMPORT, str(file), "--yes")
    assert (said.code, "30 rows: column phone: this is a landline" in said.out) == (1, True)
    assert "--accept phone+880  to read each like it as +880 (Bangladesh)" in " ".join(said.err.split("\n"))
    assert not any(cell in said.out + said.err for _, cell in rows)
    said = run(*IMPORT, str(file), "--yes", "--accept", "phone+880")
    assert (said.code, "30 rows: column phone: this number is read as +880 (Bangladesh)" in said.out) == (0, True)
    assert b"P7,+8801912340007\n" in roster(folder)
