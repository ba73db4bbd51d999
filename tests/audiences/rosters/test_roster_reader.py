import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcaster.audiences.model.defaults import Defaults
from broadcaster.audiences.model.recipient import Recipient
from broadcaster.audiences.rosters.fingerprints import RosterFingerprint
from broadcaster.audiences.rosters.roster_reader import read_roster
from broadcaster.audiences.rosters.seen_rows import SeenRowsInMemory
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.problems import Problem, Severity

if TYPE_CHECKING:
    from tests.audiences.conftest import Folder, Reading

KEY = b"k" * 32
HEADER = "name,email,phone,language,channel,timezone,borough\n"
AMINA = "Amina,amina@example.org,07700 900123,ar,sms,Asia/Dhaka,Brent\n"


def test_a_row_becomes_a_recipient(folder: "Folder") -> None:
    (one,) = folder.read(HEADER + AMINA).recipients
    assert (one.row, one.name, one.email, one.phone) == (2, "Amina", "amina@example.org", "+447700900123")
    assert (one.language, one.channel, one.timezone) == ("ar", Channel.SMS, "Asia/Dhaka")
    assert one.fields["borough"] == "Brent"
    assert one.fields["phone"] == "+447700900123"
    assert len(one.mark) == 16
    assert "Amina" not in repr(one)


def test_what_a_row_leaves_open_comes_from_the_audience_and_then_from_the_organisation(folder: "Folder") -> None:
    text = "name,phone\nAmina,07700 900123\n"
    (one,) = folder.read(text, yaml="defaults: {language: ur}\n").recipients
    assert (one.language, one.timezone, one.channel, one.email) == ("ur", "Europe/London", None, None)
    assert one.fields["language"] == "ur"
    assert one.fields["email"] == ""


def test_ten_mistakes_are_all_found_at_once_and_the_good_rows_kept(folder: "Folder") -> None:
    reading = folder.read(
        HEADER
        + AMINA
        + ",omar@example.org,,,,,Brent\n"  # 3: no name
        + "Miriam,,,,,,Brent\n"  # 4: no address
        + "Yusuf,yusuf.example.org,,,,,Brent\n"  # 5: no email address
        + "Ngozi,,07700 9001,,,,Brent\n"  # 6: no number
        + "Siân,sian@example.org,,welsh!,,,Brent\n"  # 7: no language
        + "Wei,wei@example.org,,,pigeon,,Brent\n"  # 8: no channel
        + "José,jose@example.org,,,,Europe/Londinium,Brent\n"  # 9: no timezone
        + "Fatima,fatima@example.org\n"  # 10: too short
        + "Arjun,arjun@example.org,,,,,Brent, London\n"  # 11: too long
        + f"Chloe,chloe@example.org,,,,,{'x' * 10_001}\n"  # 12: too much in a cell
        + 'Ali "Al" Khan,"ali"x@example.org,,,,,Brent\n'  # 13: a quote out of place
        + "Zofia,zofia@example.org,,,sms,,Brent\n"  # 14: warned
        + "Amina again,AMINA@example.org,,,,,Brent\n"  # 15: warned
        + "\n"  # 16: empty, and not worth a word
        + "Noor,noor@example.org,,,,,Brent\n"
    )
    assert sorted(reading.codes, key=str) == sorted(
        [
            (3, "name-missing"),
            (4, "address-missing"),
            (5, "email-invalid"),
            (6, "phone-invalid"),
            (7, "language-unknown"),
            (8, "channel-unknown"),
            (9, "timezone-unknown"),
            (10, "row-too-short"),
            (11, "row-too-long"),
            (12, "cell-too-long"),
            (13, "row-quote"),
            (14, "channel-without-address"),
            (15, "duplicate-address"),
        ],
        key=str,
    )
    assert [one.row for one in reading.recipients] == [2, 14, 15, 17]
    assert all(problem.file == "audiences/neighbours.csv" and problem.remedy for problem in reading.problems)
    columns = {problem.line: problem.message.partition(":")[0] for problem in reading.problems}
    assert columns[3] == "column name"
    assert columns[9] == "column timezone"
    assert columns[12] == "column borough"


HIDDEN = "Am\u202ein\u202ca\x07,\u202anoor@example.org\u202c,,,,,\ufeffBr\x0bent\n"


def test_hidden_characters_are_taken_out_and_a_warning_names_row_and_column(folder: "Folder") -> None:
    reading = folder.read(HEADER + AMINA + HIDDEN)
    assert reading.codes == [(3, "hidden-characters")] * 3
    assert {problem.level for problem in reading.problems} == {Severity.WARNING}
    assert [problem.message.partition(" (")[0] for problem in reading.problems] == [
        f"column {column}: this cell holds characters that nobody sees" for column in ("name", "email", "borough")
    ]
    assert "(U+0007, U+202C, U+202E)" in reading.problems[0].message
    _, one = reading.recipients
    assert (one.name, one.email, one.fields["borough"]) == ("Amina", "noor@example.org", "Br ent")


def test_the_warning_comes_each_time_though_rows_are_remembered(folder: "Folder") -> None:
    seen = SeenRowsInMemory()
    readings = [folder.read(HEADER + HIDDEN, seen=seen), folder.read(seen=seen)]
    assert [reading.codes for reading in readings] == [[(2, "hidden-characters")] * 3] * 2


def test_nul_is_an_error_and_costs_its_own_row_only(folder: "Folder") -> None:
    reading = folder.read(HEADER + AMINA + "Om\0ar,omar@example.org,,,,,Brent\n" + "Noor,noor@example.org,,,,,Brent\n")
    assert reading.codes == [(3, "cell-nul")]
    assert reading.problems[0].level is Severity.ERROR
    assert reading.problems[0].message.startswith("column name: ")
    assert [one.row for one in reading.recipients] == [2, 4]


@pytest.mark.parametrize("name", ["می\u200cخواهم", "ক্\u200dষ", "👩\u200d👩\u200d👧", "José\u00a0Maria", "Omar\nFarouk"])
def test_joiners_and_white_space_are_worth_no_word(folder: "Folder", name: str) -> None:
    reading = folder.read(f'{HEADER}"{name}",amina@example.org,,,,,Brent\n')
    assert reading.problems == []
    (one,) = reading.recipients
    assert one.name == name.replace("\n", " ")


def test_messages_do_not_repeat_what_stands_in_a_row(folder: "Folder") -> None:
    reading = folder.read(HEADER + "Secretname,secretaddress,secretnumber,secretlanguage,secretchannel,secretzone,x\n")
    assert len(reading.problems) >= 5
    assert not any("secret" in f"{problem.message}{problem.remedy}" for problem in reading.problems)


@pytest.mark.parametrize(
    "raw",
    [
        ("﻿" + HEADER + AMINA).encode(),
        (HEADER + AMINA).encode("utf-16"),
        (HEADER + AMINA).replace("\n", "\r\n").replace(",", "\t").encode("utf-16"),
        (HEADER + AMINA).replace(",", ";").encode(),
        ("sep=;\r\n" + (HEADER + AMINA).replace(",", ";")).encode(),
        (HEADER + AMINA).replace("\n", "\r").encode(),
        (HEADER.upper() + AMINA.replace("Amina", '"Amina"')).encode(),
        (" Name , Email,PHONE,Language,Channel,Timezone,Borough,,\r\n" + AMINA.strip() + ",,\r\n").encode(),
        (HEADER + AMINA.strip()).encode(),
        (HEADER + AMINA).encode("utf-32"),
    ],
    ids=[
        "bom",
        "utf-16",
        "excel-unicode-text",
        "semicolons",
        "sep-line",
        "old-mac",
        "capitals",
        "empty-ends",
        "no-end",
        "utf-32",
    ],
)
def test_what_spreadsheets_make_of_a_roster(folder: "Folder", raw: bytes) -> None:
    reading = folder.read(raw)
    assert reading.problems == []
    (one,) = reading.recipients
    assert (one.row, one.name, one.phone, one.fields["borough"]) == (2, "Amina", "+447700900123", "Brent")


def test_rows_are_numbered_as_a_spreadsheet_does(folder: "Folder") -> None:
    text = HEADER + AMINA + "\n,,,,,,\n" + '"Omar\nFarouk",omar@example.org,,,,,Brent\n' + ",bad@example.org,,,,,x\n"
    reading = folder.read(text)
    assert [(one.row, one.name) for one in reading.recipients] == [(2, "Amina"), (5, "Omar Farouk")]
    assert reading.codes == [(6, "name-missing")]


def test_a_quote_that_is_not_closed_costs_its_own_row_only(folder: "Folder") -> None:
    text = HEADER + '"Omar,omar@example.org,,,,,Brent\n' + AMINA + "Noor,noor@example.org,,,,,Brent\n"
    reading = folder.read(text)
    assert reading.codes == [(2, "row-quote")]
    assert [one.row for one in reading.recipients] == [3, 4]


def test_windows_letters_are_refused_row_by_row_with_a_way_out(folder: "Folder") -> None:
    reading = folder.read((HEADER + AMINA + "José,jose@example.org,,,,,Brent\n").encode("cp1252"))
    assert reading.codes == [(3, "row-encoding")]
    assert "UTF-8" in reading.problems[0].remedy
    assert len(reading.recipients) == 1


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "roster-empty"),
        (b"\n\n", "roster-empty"),
        (b"PK\x03\x04rest", "roster-not-csv"),
        (b"Amina,amina@example.org\n", "roster-header"),
        (b"name,borough\nAmina,Brent\n", "roster-header"),
        (b"email\namina@example.org\n", "roster-header"),
        (b"name,email,email\n", "roster-header"),
        (b"name,email,post-code\n", "roster-header"),
        (b"name,email,,x\n", "roster-header"),
        (b"name,email,_x\n", "roster-header"),
        (b'name,"email"x\n', "roster-header"),
        (b'sep="\nname,email\n', "roster-header"),
        ("name,email\n".encode("utf-16-le"), "roster-encoding"),
        ("name,email\n".encode("utf-16") + b"\0", "roster-encoding"),
        (b"name,email\n" + b"x" * (1 << 21), "roster-unreadable"),
    ],
)
def test_a_file_that_is_no_roster_is_one_clear_problem(folder: "Folder", raw: bytes, code: str) -> None:
    reading = folder.read(raw)
    assert reading.recipients == []
    assert {found for _, found in reading.codes} == {code}
    assert "Amina" not in str(reading.problems)


def test_all_that_is_wrong_with_a_header_is_told_together(folder: "Folder") -> None:
    reading = folder.read("phone,phone,1st\n")
    assert len(reading.problems) == 3


def test_a_file_that_breaks_off_keeps_what_came_before(folder: "Folder") -> None:
    reading = folder.read((HEADER + AMINA).encode("utf-16") + b"\0")
    assert len(reading.recipients) == 1
    assert [code for _, code in reading.codes] == ["roster-encoding"]


def test_values_are_cleaned_before_anybody_sees_them(folder: "Folder") -> None:
    text = 'name,email,note\n"\u202eAmi\x07na\t","amina@example.org ","one\r\ntwo"\n'
    (one,) = folder.read(text).recipients
    assert (one.name, one.email, one.fields["note"]) == ("Amina", "amina@example.org", "one two")


class Watching(SeenRowsInMemory):
    """Seen rows that count what they were told."""

    def __init__(self) -> None:
        super().__init__()
        self.remembered = 0

    def remember(self, audience: str, rows: Sequence[tuple[bytes, bytes | None]]) -> None:
        self.remembered += len(rows)
        super().remember(audience, rows)

    def find_known(self, audience: str, marks: Sequence[bytes]) -> Mapping[bytes, bytes | None]:
        assert len(marks) <= 1000
        return super().find_known(audience, marks)


def test_what_was_seen_is_not_examined_again_and_comes_out_the_same(
    folder: "Folder", monkeypatch: pytest.MonkeyPatch
) -> None:
    text = HEADER + AMINA + "Omar,omar@example.org,,,,,\nZofia,zofia@example.org,,,sms,,Brent\n,x,,,,,\n"
    seen = Watching()
    first = folder.read(text, seen=seen)
    assert seen.remembered == 2  # neither the row with a warning nor the bad one

    def refuse(*_: object) -> str:
        raise AssertionError("read again")

    monkeypatch.setattr("broadcaster.audiences.addresses.phones.read_number", refuse)
    again = folder.read(seen=seen)
    assert again == first
    assert seen.remembered == 2


def test_other_defaults_make_other_rows(folder: "Folder") -> None:
    seen = Watching()
    text = "name,email\nAmina,amina@example.org\n"
    (one,) = folder.read(text, seen=seen).recipients
    (other,) = folder.read(text, seen=seen, yaml="defaults: {language: bn}\n").recipients
    assert one.mark != other.mark
    assert other.language == "bn"
    assert seen.remembered == 2


def test_a_duplicate_names_the_first_row_across_chunks(folder: "Folder") -> None:
    rows = [f"Person {i},person.{i}@example.org,,,,,\n" for i in range(1500)]
    rows[1400] = "Person 3 again,Person.3@EXAMPLE.org,,,,,\n"
    reading = folder.read(HEADER + "".join(rows))
    assert reading.codes == [(1402, "duplicate-address")]
    assert "row 5" in reading.problems[0].message
    assert reading.problems[0].level is Severity.WARNING
    assert len(reading.recipients) == 1500


def test_a_missing_roster_is_a_problem_and_no_exception(folder: "Folder") -> None:
    folder.write(HEADER)
    audience = folder.audience()
    folder.roster.unlink()
    (problem,) = read_roster(audience, mark_key=KEY)
    assert isinstance(problem, Problem)
    assert problem.code == "roster-unreadable"


PLAIN = ["", "Amina", "amina@example.org", "07700 900123", "+447700900123", "en", "sms", "email", "Europe/London"]
ODD = ['"', '""', "'", "<b>x</b>", "{{ 1 }}", "=?utf-8?q?x?=", "a\r\nBcc: x@example.org", "\u202e\u2066x", "x" * 10_001]
ODDER = ["🎉", "\0", "\x1f", "مريم", "=1+1", "sep=;", "\ufeff", " ", "\t", "\u2028", "\x85"]
HOSTILE = st.sampled_from([*PLAIN, *ODD, *ODDER])
CELLS = st.lists(st.lists(HOSTILE | st.text(max_size=20), max_size=9), max_size=12)


def rows_in(reading: "Reading") -> tuple[list[int], set[int | None]]:
    wrong = {problem.line for problem in reading.problems if problem.level is Severity.ERROR}
    return [one.row for one in reading.recipients], wrong


@given(CELLS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_is_kept_or_reported(folder: "Folder", cells: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(cells)
    text = "name,email,phone,language,channel,timezone\n" + out.getvalue()
    seen = SeenRowsInMemory()
    reading = folder.read(text.encode("utf-8", "surrogatepass"), seen=seen)
    kept, wrong = rows_in(reading)
    full = {row for row, line in enumerate(cells, start=2) if any(cell.strip() for cell in line)}
    assert set(kept) | wrong == full
    assert not set(kept) & wrong
    assert len(set(kept)) == len(kept)
    for one in reading.recipients:
        assert one.name
        assert one.email or one.phone
        assert all("\n" not in value and "\r" not in value and "\u202e" not in value for value in one.fields.values())
    assert folder.read(seen=seen) == reading


@given(st.binary(max_size=400), st.sampled_from([b"", HEADER.encode(), b"\xff\xfe", b"\xef\xbb\xbf" + HEADER.encode()]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_give_recipients_and_problems_and_nothing_else(folder: "Folder", raw: bytes, start: bytes) -> None:
    reading = folder.read(start + raw)
    assert all(problem.code and problem.remedy for problem in reading.problems)


@given(st.permutations(range(6)), st.integers(0, 5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sorting_keeps_the_mark_and_a_change_does_not(folder: "Folder", order: list[int], changed: int) -> None:
    rows = [f"Person {i % 5},person.{i % 5}@example.org,,,,,B{i % 5}\n" for i in range(6)]

    def mark(lines: Sequence[str]) -> str:
        total = RosterFingerprint(KEY)
        for one in folder.read(HEADER + "".join(lines)).recipients:
            total.add(one.mark)
        return total.hex()

    usual = mark(rows)
    assert mark([rows[place] for place in order]) == usual
    assert mark([row.replace(",B", ",C") if i == changed else row for i, row in enumerate(rows)]) != usual
    assert mark(rows[:changed] + rows[changed + 1 :]) != usual


def test_the_order_of_columns_and_quotes_do_not_matter_for_the_mark(folder: "Folder") -> None:
    (one,) = folder.read('name,email\n"Amina",amina@example.org\n').recipients
    (other,) = folder.read("email;name\r\namina@example.org;Amina\r\n").recipients
    assert one.mark == other.mark


def test_another_key_makes_other_marks(folder: "Folder") -> None:
    folder.write(HEADER + AMINA)
    audience = folder.audience()
    (one,) = read_roster(audience, mark_key=KEY)
    (other,) = read_roster(audience, mark_key=b"other" * 8)
    assert isinstance(one, Recipient)
    assert isinstance(other, Recipient)
    assert one.mark != other.mark


def test_the_starter_audiences_are_good() -> None:
    from broadcaster.audiences.description.audience import list_audience_names, load_audience  # noqa: PLC0415 - only this test looks into the repository

    root = Path(__file__).parents[3] / "audiences"
    assert list_audience_names(root)
    for name in list_audience_names(root):
        audience = load_audience(root, name, Defaults("en", "Europe/London", "GB"))
        found = list(read_roster(audience, mark_key=KEY))
        assert [problem for problem in found if isinstance(problem, Problem)] == []
        assert len([one for one in found if isinstance(one, Recipient) and audience.selects(one)]) > 20
