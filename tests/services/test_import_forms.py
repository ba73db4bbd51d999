"""One list in every form that people have comes out as one roster."""

from pathlib import Path

import pytest

from broadcaster.audiences import Imported, ListChoices
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.services import roster
from broadcaster.services.audience import open_audience, read_recipients
from broadcaster.services.unclear_list import ListUnclearError
from broadcaster.wiring import open_project
from tests import lists
from tests.projects import AUDIENCE, make_project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


def take_in(folder: Path, name: str, content: bytes, **choices: object) -> Imported:
    source = folder.parent / name
    source.write_bytes(content)
    with open_project(folder) as project:
        return roster.take_in(project, AUDIENCE, source, choices=ListChoices(**choices))[1]  # type: ignore[arg-type]


def kept(folder: Path) -> list[tuple[str, ...]]:
    return lists.roster((folder / "audiences" / f"{AUDIENCE}.csv").read_bytes())


def test_one_list_in_five_forms_is_one_roster(folder: Path) -> None:
    for name, content in lists.all_forms().items():
        accept = {"accept": frozenset({"windows-1252"})} if name == "people.csv" else {}
        done = take_in(folder, name, content, **accept)
        assert done.rows == 60, name
        assert kept(folder) == lists.expected(), name
    # A contact's notes and birthday are nobody's business.
    assert b"fair" not in (folder / "audiences" / f"{AUDIENCE}.csv").read_bytes()


def test_windows_1252_is_told_with_words_to_look_at(folder: Path) -> None:
    with pytest.raises(ListUnclearError) as caught:
        take_in(folder, "people.csv", lists.all_forms()["people.csv"])
    (doubt,) = caught.value.prepared.doubts
    assert doubt.codes == ("windows-1252",)
    assert "José Example 1" in doubt.samples
    assert "José" not in str(caught.value.problems)


def questions(folder: Path, name: str, content: bytes, **choices: object) -> list[str]:
    with pytest.raises(ProblemsFoundError) as caught:
        take_in(folder, name, content, **choices)
    return [problem.code for problem in caught.value.problems]


HEAD = ["Name", "Email", "Phone"]
ONE = ["Amina", "amina@example.org", "07700 900123"]
TWO = ["Omar", "omar@example.org", ""]


def test_a_workbook_of_two_sheets_is_asked_about_and_one_chosen(folder: Path) -> None:
    content = lists.xlsx([HEAD, ONE], [HEAD, TWO])
    assert questions(folder, "two.xlsx", content) == ["which-sheet"]
    assert questions(folder, "two.xlsx", content, sheet="Sheet 3") == ["which-sheet"]
    take_in(folder, "two.xlsx", content, sheet="Sheet 2")
    assert b"Omar" in (folder / "audiences" / f"{AUDIENCE}.csv").read_bytes()
    assert b"Amina" not in (folder / "audiences" / f"{AUDIENCE}.csv").read_bytes()


def text(folder: Path) -> str:
    return (folder / "audiences" / f"{AUDIENCE}.csv").read_text("utf-8")


def test_an_empty_second_sheet_is_no_question(folder: Path) -> None:
    assert take_in(folder, "one.xlsx", lists.xlsx([HEAD, ONE], [])).rows == 1


def test_titles_totals_and_repeated_headings_are_no_people(folder: Path) -> None:
    rows = [["Our people, 2026"], [], HEAD, ONE, [], HEAD, TWO, ["Total: 2", 2, None]]
    done = take_in(folder, "list.xlsx", lists.xlsx(rows))
    assert text(folder) == ("name,email,phone\nAmina,amina@example.org,+447700900123\nOmar,omar@example.org,\n")
    assert {"title-rows", "totals-rows", "repeated-headings"} <= {one.code for one in done.warnings}
    assert next(one.message for one in done.warnings if one.code == "totals-rows").endswith("row 8")


def test_rows_are_numbered_as_in_the_workbook(folder: Path) -> None:
    rows = [["Our people, 2026"], [], ["No.", *HEAD], [1, *ONE], [], [2, "", "x@example.org", ""]]
    with pytest.raises(ProblemsFoundError) as caught:
        take_in(folder, "list.xlsx", lists.xlsx(rows))
    # "No." can be no column of letters, and is not known.
    assert [one.code for one in caught.value.problems] == ["columns-unmatched"]
    with pytest.raises(ProblemsFoundError) as caught:
        take_in(folder, "list.xlsx", lists.xlsx(rows), columns={"No.": "-"})
    assert [(one.code, one.line, one.file) for one in caught.value.problems] == [("name-missing", 6, "list.xlsx")]


def test_hidden_rows_are_asked_about(folder: Path) -> None:
    content = lists.xlsx([HEAD, ONE, TWO], hidden=[3])
    assert questions(folder, "list.xlsx", content) == ["hidden-rows"]
    assert take_in(folder, "list.xlsx", content, accept=frozenset({"hidden-rows"})).rows == 2
    assert take_in(folder, "list.xlsx", content, accept=frozenset({"without-hidden-rows"})).rows == 1
    assert "Omar" not in text(folder)


def test_cells_merged_over_rows_are_asked_about_and_filled(folder: Path) -> None:
    rows = [[*HEAD, "Language"], [*ONE, "ur"], [*TWO, None], ["Wei", "wei@example.org", "", "zh"]]
    content = lists.xlsx(rows, merged=["D2:D3"])
    assert questions(folder, "list.xlsx", content) == ["merged-cells"]
    take_in(folder, "list.xlsx", content, accept=frozenset({"merged-cells"}))
    assert [line.rpartition(",")[2] for line in text(folder).splitlines()] == ["language", "ur", "ur", "zh"]


def test_merged_cells_of_open_document_are_asked_about(folder: Path) -> None:
    rows = [[*HEAD, "Language"], [*ONE, "ur"], [*TWO, ""]]
    assert questions(folder, "list.ods", lists.ods(rows, spans={(1, 3): 2})) == ["merged-cells"]
    # A title over two rows above the headings is no matter.
    titled = [["Our people", "", "", ""], ["", "", "", ""], *rows]
    assert take_in(folder, "list.ods", lists.ods(titled, spans={(0, 0): 2})).rows == 2


def test_a_number_of_a_workbook_is_no_longer_one(folder: Path) -> None:
    rows = [HEAD, ["Amina", "", 447700900124], ["Omar", "", 7700900125]]
    for name, content in (
        ("list.xlsx", lists.xlsx(rows)),
        ("list.ods", lists.ods([HEAD, ["Amina", "", 447700900124.0], ["Omar", "", 7700900125.0]])),
        ("list.csv", lists.separated([HEAD, ["Amina", "", "447700900124.0"], ["Omar", "", "7700900125.0"]])),
    ):
        done = take_in(folder, name, content)
        assert [line.rpartition(",")[2] for line in text(folder).splitlines()[1:]] == ["+447700900124", "+447700900125"]
        assert [(one.code, one.line) for one in done.warnings] == [("phone-zero-lost", 3)], name


def test_a_number_too_long_for_a_spreadsheet_is_told_as_lost(folder: Path) -> None:
    rows = [HEAD, ONE, ["Omar", "", 4477009001250000000]]
    assert questions(folder, "list.xlsx", lists.xlsx(rows)) == ["phone-invalid"]


def test_an_error_in_a_cell_is_not_an_empty_cell(folder: Path) -> None:
    rows = [HEAD, ONE, ["Omar", "omar@example.org", "#N/A"]]
    assert questions(folder, "list.xlsx", lists.xlsx(rows)) == ["phone-invalid"]


def test_what_two_headings_mean_is_asked_and_kept_for_the_next_list(folder: Path) -> None:
    rows = [["Name", "Mobile", "Phone number"], ["Amina", "07700 900123", "020 7946 0018"]]
    content = lists.separated(rows)
    assert questions(folder, "list.csv", content) == ["columns-unmatched"]
    take_in(folder, "list.csv", content, columns={"mobile": "phone"})
    assert text(folder) == "name,phone\nAmina,+447700900123\n"
    described = (folder / "audiences" / f"{AUDIENCE}.yaml").read_text("utf-8")
    assert '"Mobile": "phone"' in described
    # The next list is not asked about.
    take_in(folder, "list.csv", content)


def test_first_and_last_name_are_joined_in_the_order_of_the_file(folder: Path) -> None:
    take_in(
        folder, "a.csv", lists.separated([["First name", "Last name", "Email"], ["Amina", "Khan", "a@example.org"]])
    )
    assert "Amina Khan" in text(folder)
    take_in(folder, "b.csv", lists.separated([["Surname", "Forename", "Email"], ["Khan", "Amina", "a@example.org"]]))
    assert "Khan Amina" in text(folder)


def test_two_columns_of_one_name_are_asked_about(folder: Path) -> None:
    rows = [["Name", "Email", "Borough", "Borough"], ["Amina", "a@example.org", "Ashmere", "Brent"]]
    content = lists.separated(rows)
    assert questions(folder, "list.csv", content) == ["columns-unmatched"]
    take_in(folder, "list.csv", content, columns={"Borough (column D)": "second_borough"})
    assert text(folder).startswith("name,email,borough,second_borough\n")


def test_a_choice_that_names_no_heading_is_told(folder: Path) -> None:
    content = lists.separated([HEAD, ONE])
    assert questions(folder, "list.csv", content, columns={"Nick": "-"}) == ["column-choice"]


@pytest.mark.parametrize(
    ("cell", "code"),
    [("a@example.org; b@example.org", "email-several"), ("a@example.org (work)", "email-remark")],
)
def test_what_is_likely_meant_is_taken_only_when_accepted(folder: Path, cell: str, code: str) -> None:
    content = lists.separated([["Name", "Email"], ["Amina", cell]])
    assert questions(folder, "list.csv", content) == [code]
    take_in(folder, "list.csv", content, accept=frozenset({code}))
    assert text(folder) == "name,email\nAmina,a@example.org\n"


NUMBERS = [
    ["Name", "Email", "Phone"],
    ["Nasrin", "", "01912345678"],  # perhaps Bangladesh
    ["Bilal", "", "0300 123 4567"],  # perhaps Pakistan
    ["Dua", "", "01712 345678"],  # perhaps Bangladesh, perhaps Germany
    ["Omar", "omar@example.org", "01912345679"],  # as the first, but email is enough
    ["Ada", "", "07700 900123"],
]


def test_numbers_of_another_country_are_read_so_only_where_somebody_accepts_that_country(folder: Path) -> None:
    content = lists.separated(NUMBERS)
    assert questions(folder, "list.csv", content) == ["phone-not-mobile", "phone-not-mobile", "phone-invalid"]
    assert questions(folder, "list.csv", content, accept=frozenset({"phone+880"})) == ["phone-not-mobile"]
    before = kept(folder)
    # Nobody knows which of two countries is meant, and nobody is asked for it once more.
    both = frozenset({"phone+880", "phone+92", "phone+49"})
    with pytest.raises(ProblemsFoundError) as caught:
        take_in(folder, "list.csv", content, accept=both)
    (problem,) = caught.value.problems
    assert (problem.line, "--accept" in problem.remedy) == (4, False)
    assert kept(folder) == before
    done = take_in(folder, "list.csv", content, accept=frozenset({"phone+880", "phone+92"}))
    assert text(folder) == (
        "name,email,phone\n"
        "Nasrin,,+8801912345678\n"
        "Bilal,,+923001234567\n"
        "Dua,,+8801712345678\n"
        "Omar,omar@example.org,+8801912345679\n"
        "Ada,,+447700900123\n"
    )
    assert [(one.line, one.message) for one in done.warnings] == [
        (row, f"column phone: this number is read as {country}")
        for row, country in enumerate(["+880 (Bangladesh)", "+92 (Pakistan)", *["+880 (Bangladesh)"] * 2], start=2)
    ]
    with open_project(folder) as project:
        audience = open_audience(project, AUDIENCE)
        found = list(read_recipients(project, audience, lambda problem: pytest.fail(problem.message)))
    assert [one.phone for one in found][:2] == ["+8801912345678", "+923001234567"]


@pytest.mark.parametrize("cell", ["01912345678 / 01912345679", "0191234567 x8", "020 7946 0018", "01912345678 x5"])
def test_what_is_no_number_of_another_country_is_not_made_one(folder: Path, cell: str) -> None:
    content = lists.separated([["Name", "Phone"], ["Amina", cell]])
    assert questions(folder, "list.csv", content) == questions(
        folder, "list.csv", content, accept=frozenset({"phone+880"})
    )
