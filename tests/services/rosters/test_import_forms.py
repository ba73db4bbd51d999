"""One list in every form that people have comes out as one roster."""

from pathlib import Path

import pytest

from broadcaster.audiences.importing.import_export import ImportResult
from broadcaster.audiences.importing.list_preparation import ListChoices
from broadcaster.bootstrap.ledger_only import open_view
from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.services.rosters import importing
from broadcaster.services.rosters.audiences import open_audience, read_recipients
from broadcaster.services.rosters.import_questions import ListUnclearError, UnknownAcceptCodeError
from tests import lists
from tests.projects import AUDIENCE, make_project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


def take_in(folder: Path, name: str, content: bytes, **choices: object) -> ImportResult:
    source = folder.parent / name
    source.write_bytes(content)
    with open_project(folder) as project:
        return importing.import_audience_roster(project, AUDIENCE, source, choices=ListChoices(**choices))[1]  # type: ignore[arg-type]


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


def test_a_formula_that_was_never_computed_is_not_an_empty_cell(folder: Path) -> None:
    """As programs write them that make workbooks without a spreadsheet program."""
    rows = [HEAD, ONE, ["Omar", '=LOWER("OMAR@EXAMPLE.ORG")', "07700 900124"]]
    assert questions(folder, "list.xlsx", lists.xlsx(rows)) == ["email-invalid"]
    rows = [HEAD, ONE, ['=B3&" Khan"', "omar@example.org", ""]]
    assert questions(folder, "list.xlsx", lists.xlsx(rows)) == ["name-ruined"]


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


@pytest.mark.parametrize(
    ("text", "columns", "said"),
    [
        (
            "Name,Email,Phone,Mobile\nAmina,a@example.org,020 7946 0018,07700 900124\n",
            {"Phone": "-", "Mobile": "phone"},
            "Amina,a@example.org,+447700900124",
        ),
        ("Name,Email,Who\nAcme,a@example.org,Amina\n", {"Name": "-", "Who": "name"}, "Amina,a@example.org,"),
        ("Who,Email,Name\nAmina,a@example.org,Acme\n", {"Name": "company", "Who": "name"}, "Amina,a@example.org,"),
        (
            "Name,Phone,Email\nAmina,a@example.org,07700 900123\n",
            {"Phone": "email", "Email": "phone"},
            "Amina,a@example.org,+447700900123",
        ),
    ],
)
def test_what_a_list_calls_by_a_column_s_own_name_is_not_read_into_the_roster(
    folder: Path, text: str, columns: dict[str, str], said: str
) -> None:
    take_in(folder, "list.csv", text.encode(), columns=columns)
    assert people(folder) == [said]
    # What is given out, mended and taken in again is the same, and so is the list.
    with open_project(folder) as project:
        importing.export_audience_roster_to(project, AUDIENCE, folder / "out.csv")
    take_in(folder, "back.csv", (folder / "out.csv").read_bytes())
    assert people(folder) == [said]
    take_in(folder, "list.csv", text.encode())
    assert people(folder) == [said]


def people(folder: Path) -> list[str]:
    """Who is on the roster, as whatever sends reads it."""
    with open_view(folder) as view:
        found = read_recipients(view, open_audience(view, AUDIENCE), lambda _: None)
        return [f"{one.name},{one.email},{one.phone or ''}" for one in found]


def test_a_heading_left_out_once_does_not_empty_the_column_of_a_later_list(folder: Path) -> None:
    first = lists.separated([["Name", "Email", "Phone"], ["Amina", "a@example.org", "020 7946 0018"]])
    take_in(folder, "a.csv", first, columns={"Phone": "-"})
    take_in(folder, "b.csv", lists.separated([["Name", "Mobile no."], ["Amina", "07700 900123"]]))
    assert people(folder) == ["Amina,None,+447700900123"]


def test_first_and_last_name_are_joined_in_the_order_of_the_file(folder: Path) -> None:
    take_in(
        folder, "a.csv", lists.separated([["First name", "Last name", "Email"], ["Amina", "Khan", "a@example.org"]])
    )
    assert "Amina Khan" in text(folder)
    take_in(folder, "b.csv", lists.separated([["Surname", "Forename", "Email"], ["Khan", "Amina", "a@example.org"]]))
    assert "Khan Amina" in text(folder)


def likely(folder: Path, rows: list[list[str]]) -> list[tuple[str, str]]:
    """What is asked about the headings of a list, each with the likely answer."""
    with pytest.raises(ListUnclearError) as caught:
        take_in(folder, "list.csv", lists.separated(rows))
    matching = caught.value.prepared.matching
    return [(one.heading, one.column) for one in matching.headings if one.asked] if matching else []


def test_two_people_side_by_side_are_not_likely_one(folder: Path) -> None:
    rows = [["Name", "Email", "Name"], ["Ada Quill", "ada@example.org", "Bo Quill"]]
    assert likely(folder, rows) == [("Name", "name"), ("Name (column C)", "-")]


def test_one_word_for_a_name_beside_a_surname_is_asked_about(folder: Path) -> None:
    rows = [["Name", "Surname", "Email"], ["Ada", "Quill", "ada@example.org"], ["Bo", "Reed", "bo@example.org"]]
    assert likely(folder, rows) == [("Name", "name"), ("Surname", "name")]
    take_in(folder, "list.csv", lists.separated(rows), columns={"Name": "name", "Surname": "name"})
    assert "Ada Quill,ada@example.org" in text(folder)
    take_in(
        folder, "c.csv", lists.separated([["Name", "Family name", "Email"], ["Ada Quill", "Quill", "a@example.org"]])
    )
    assert text(folder).startswith("name,family_name,email\nAda Quill,Quill,")


def test_two_columns_of_one_name_are_asked_about(folder: Path) -> None:
    rows = [["Name", "Email", "Borough", "Borough"], ["Amina", "a@example.org", "Ashmere", "Brent"]]
    content = lists.separated(rows)
    assert questions(folder, "list.csv", content) == ["columns-unmatched"]
    take_in(folder, "list.csv", content, columns={"Borough (column D)": "second_borough"})
    assert text(folder).startswith("name,email,borough,second_borough\n")


def test_a_choice_that_names_no_heading_is_told(folder: Path) -> None:
    content = lists.separated([HEAD, ONE])
    assert questions(folder, "list.csv", content, columns={"Nick": "-"}) == ["column-choice"]


def test_a_code_that_accepts_nothing_is_told(folder: Path) -> None:
    with pytest.raises(UnknownAcceptCodeError, match="accepted") as caught:
        take_in(folder, "list.csv", lists.separated([HEAD, ONE]), accept=frozenset({"email-sevral"}))
    assert "email-several" in caught.value.remedy


def test_what_is_chosen_anew_takes_the_place_of_what_was_kept(folder: Path) -> None:
    take_in(folder, "a.csv", lists.separated([["Name", "Mob"], ["Amina", "07700 900123"]]), columns={"Mob": "phone"})
    rows = lists.separated([["Name", "MOB", "Cell"], ["Amina", "020 7946 0018", "07700 900124"]])
    take_in(folder, "b.csv", rows, columns={"MOB": "-", "Cell": "phone"})
    assert people(folder) == ["Amina,None,+447700900124"]


def test_contacts_with_several_addresses_are_told_of(folder: Path) -> None:
    lines = ["BEGIN:VCARD", "VERSION:3.0", "FN:Ada Quill", "EMAIL;type=HOME:home@example.org"]
    lines += ["EMAIL;type=WORK;type=pref:work@example.org", "TEL;type=CELL:07700 900123", "TEL;type=CELL:07700 900199"]
    done = take_in(folder, "contacts.vcf", "\r\n".join([*lines, "END:VCARD", ""]).encode())
    assert people(folder) == ["Ada Quill,work@example.org,+447700900123"]
    told = [one.message for one in done.warnings if one.code == "further-addresses"]
    assert [message.split(": the ")[1] for message in told] == [
        "contacts have 1 further values for email; one each is taken",
        "contacts have 1 further values for phone; one each is taken",
    ]


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
