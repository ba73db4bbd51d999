"""Cells as people really write them: each reads one way, or is told, or is asked with the likely reading."""

from typing import TYPE_CHECKING

import pytest

from broadcaster.audiences.model import row_errors
from broadcaster.audiences.model.defaults import Defaults
from broadcaster.audiences.validation.row_reader import RowReader
from broadcaster.domain.problems import Severity

if TYPE_CHECKING:
    from tests.audiences.conftest import Folder

COLUMNS = ("name", "email", "phone", "language", "channel", "timezone")


def read(column: str, cell: str, accept: frozenset[str] = frozenset(), region: str = "GB") -> tuple[str, list[str]]:
    """What one cell comes to, and the codes of what is wrong with it; "" where it cannot be used."""
    row = {"name": "Ada", "email": "ada@people.example"} | {column: cell}
    columns = COLUMNS if column in COLUMNS else (*COLUMNS, column)
    reader = RowReader(columns, Defaults("en", "Europe/London", region), accept)
    values, found = reader.read([row.get(one, "") for one in columns])
    wrong = any(one.level is Severity.ERROR and column in one.column for one in found)
    return "" if wrong else values[column], [one.code for one in found]


@pytest.mark.parametrize(
    "name",
    [
        "Người nhận với một cái tên rất dài, (Cộng đồng) of the parish of St Mary",
        "Joe & Alice Smith",
        "Aoife O'Brien",
        'Jane "JJ" Doe, of Rue <b>',
        "Zoë 🌸 Łukasz",
        "عائشة، بنت خالد",
    ],
)
def test_names_stay_as_they_are(name: str) -> None:
    assert read("name", name) == (name, [])


@pytest.mark.parametrize(
    ("cell", "address"),
    [
        ("long369@people.example", "long369@people.example"),
        ("o'brien@people.example", "o'brien@people.example"),
        ("Dup@People.example", "Dup@people.example"),
        ("dup@people.example ", "dup@people.example"),
        ("nbsp@people.example\u00a0", "nbsp@people.example"),
        ("mailto:mt@people.example", "mt@people.example"),
        ("MAILTO:mt@people.example?subject=Hello", "mt@people.example"),
        ("Angle Person <angle@people.example>", "angle@people.example"),
        ('"Person, Angle" <angle@people.example>', "angle@people.example"),
        ("<angle@people.example>", "angle@people.example"),
        ("info@müller.example", "info@xn--mller-kva.example"),
        ("a@people.example; A@people.example", "a@people.example"),
    ],
)
def test_addresses_that_read_one_way(cell: str, address: str) -> None:
    value, codes = read("email", cell)
    assert value.casefold() == address.casefold()
    assert codes == []


@pytest.mark.parametrize("cell", ["\u200bzwsp@people.example", "zw@peo\u200bple.example"])
def test_invisible_characters_are_left_out_and_told(cell: str) -> None:
    value, codes = read("email", cell)
    assert value == cell.replace("\u200b", "")
    assert codes == ["hidden-characters"]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("a1@people.example;b1@people.example", "email-several"),
        ("a1@people.example, b1@people.example", "email-several"),
        ("a1@people.example b1@people.example", "email-several"),
        ("A <a1@people.example>, B <b1@people.example>", "email-several"),
        ("a1@people.example ::: b1@people.example", "email-several"),
        ("a1@people.example (at work)", "email-remark"),
    ],
)
def test_addresses_that_are_asked_about(cell: str, code: str) -> None:
    assert read("email", cell) == ("", [code])
    assert read("email", cell, frozenset({code})) == ("a1@people.example", [])
    assert code in row_errors.ACCEPTABLE_CODES


@pytest.mark.parametrize(
    "cell", ["a..b@people.example", "müller@people.example", "a@people.example;b..c@people.example"]
)
def test_addresses_that_are_wrong_have_no_likely_reading(cell: str) -> None:
    value, (code,) = read("email", cell, row_errors.ACCEPTABLE_CODES)
    assert (value, code) in {("", "email-invalid"), ("", "email-not-ascii")}


@pytest.mark.parametrize("cell", ["n/a", "None", " - ", "No email", "لا يوجد"])
def test_words_for_nothing_are_an_empty_cell(cell: str) -> None:
    assert read("email", cell) == ("", ["cell-nothing", "address-missing"])
    assert read("phone", cell) == ("", ["cell-nothing"])
    assert read("language", cell) == ("", ["cell-nothing"])
    # It may be somebody's no.
    assert read("channel", cell) == ("", ["channel-unknown"])


def test_a_channel_that_may_be_a_no_is_not_told_to_be_emptied() -> None:
    reader = RowReader(COLUMNS, Defaults("en", "Europe/London", "GB"))
    for cell, said in (("none", True), ("Do not contact", True), ("fax", False)):
        (flaw,) = reader.read(["Ada", "ada@example.org", "", "", cell, ""])[1]
        assert ("suppress add" in flaw.remedy, "leave it empty" in flaw.remedy) == (said, not said)


def test_of_two_numbers_the_mobile_one_is_likely_meant() -> None:
    cell = "020 7946 0018 / 07700 900123"
    assert read("phone", cell, frozenset({"phone-several"})) == ("+447700900123", [])


def test_a_greeting_with_dear_before_it_is_told() -> None:
    assert read("greeting", "Dear Mrs Khan,") == ("Dear Mrs Khan,", ["greeting-dear"])
    assert read("greeting", "Dearbhla") == ("Dearbhla", [])


def test_an_email_address_in_another_column_is_told_where_there_is_none() -> None:
    reader = RowReader(("name", "email", "phone", "other"), Defaults("en", "Europe/London", "GB"))
    for email, other, codes in (
        ("", "ada@example.org", ["email-elsewhere"]),
        ("", "wrote from ada@example.org", []),
        ("bo@example.org", "ada@example.org", []),
    ):
        _, found = reader.read(["Ada", email, "07700 900123", other])
        assert [one.code for one in found] == codes


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("0044 7400 123451", "+447400123451"),
        ("+44 (0)7400 123452", "+447400123452"),
        ("07400 123453", "+447400123453"),
        ("07400\u00a0123453", "+447400123453"),
        ("07700 900982", "+447700900982"),
        ("'07400123456", "+447400123456"),
        ("\u202a+44 7400 123458\u202c", "+447400123458"),
        ("07400–123–459", "+447400123459"),
        ("+92 300 1234567", "+923001234567"),
        ("447700900124.0", "+447700900124"),
        ("07400123443.0", "+447400123443"),
        ("+447400123443.00", "+447400123443"),
    ],
)
def test_numbers_that_read_one_way(cell: str, number: str) -> None:
    value, codes = read("phone", cell)
    assert value == number
    assert set(codes) <= {"hidden-characters"}


@pytest.mark.parametrize("cell", ["7400123454", "7400123443.0", "7400 123454"])
def test_a_lost_first_zero_is_told(cell: str) -> None:
    value, codes = read("phone", cell)
    assert value.startswith("+4474001234")
    assert codes == ["phone-zero-lost"]


def test_countries_without_a_first_zero_lose_none() -> None:
    assert read("phone", "201 555 0123", region="US")[1] == []
    assert read("phone", "612 345 678", region="ES")[1] == []


def test_a_spreadsheets_trace_is_no_digit_where_the_longer_number_is_good_too() -> None:
    """The longer number is somebody else's. (A landline gets no texts, whichever it is.)"""
    assert read("phone", "03012345670.0", region="DE")[1] == read("phone", "03012345670", region="DE")[1]
    assert read("phone", "015123456780.0", region="DE") == ("+4915123456780", [])


@pytest.mark.parametrize("cell", ["7.40012E+09", "4.477E+11", "4,477E+11", "4E+11", "07400 123442 ext 5"])
def test_numbers_of_which_something_is_lost_or_that_get_no_texts(cell: str) -> None:
    assert read("phone", cell, row_errors.ACCEPTABLE_CODES) == ("", ["phone-invalid"])


@pytest.mark.parametrize(
    ("cell", "code", "number"),
    [
        ("07400123457 (Mum)", "phone-remark", "+447400123457"),
        ("Mum: 07400 123457", "phone-remark", "+447400123457"),
        ("07400123450 / 07400123441", "phone-several", "+447400123450"),
        ("07400123450 or 07400123441", "phone-several", "+447400123450"),
    ],
)
def test_numbers_that_are_asked_about(cell: str, code: str, number: str) -> None:
    assert read("phone", cell) == ("", [code])
    assert read("phone", cell, frozenset({code})) == (number, [])


@pytest.mark.parametrize(
    ("cell", "tag", "codes"),
    [
        ("en", "en", []),
        ("AR", "ar", []),
        ("ur-PK", "ur-PK", []),
        ("ur_pk", "ur-PK", []),
        ("PA-ARAB-pk", "pa-Arab-PK", []),
        ("English", "en", ["language-word"]),
        ("ENGLISH", "en", ["language-word"]),
        ("اردو", "ur", ["language-word"]),
        ("العربية", "ar", ["language-word"]),
        ("বাংলা", "bn", ["language-word"]),
        ("Bangla", "bn", ["language-word"]),
        ("Farsi", "fa", ["language-word"]),
        ("Cymraeg", "cy", ["language-word"]),
        ("polski", "pl", ["language-word"]),
        ("Soomaali", "so", ["language-word"]),
        ("Arabic (Egypt)", "ar", ["language-word"]),
        ("UK", "", ["language-unknown"]),
        ("klingon", "", ["language-unknown"]),
        ("Kurdish", "", ["language-doubtful"]),
        ("Englsh", "", ["language-doubtful"]),
        ("English / Urdu", "", ["language-doubtful"]),
    ],
)
def test_languages(cell: str, tag: str, codes: list[str]) -> None:
    assert read("language", cell) == (tag, codes)


def test_doubtful_languages_are_taken_when_accepted() -> None:
    for cell, tag in (("Kurdish", "ku"), ("Englsh", "en"), ("English / Urdu", "en")):
        assert read("language", cell, frozenset({"language-doubtful"})) == (tag, [])


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("channel", "Text", "sms"),
        ("channel", "SMS", "sms"),
        ("channel", "E-mail", "email"),
        ("channel", "by Email", "email"),
        ("channel", "WhatsApp", ""),
        ("timezone", "London", "Europe/London"),
        ("timezone", "dhaka", "Asia/Dhaka"),
        ("timezone", "New York", "America/New_York"),
        ("timezone", "europe/london", "Europe/London"),
        ("timezone", "BST", ""),
    ],
)
def test_channels_and_timezones(column: str, cell: str, value: str) -> None:
    assert read(column, cell)[0] == value


def test_whoever_is_written_with_their_name_is_found_when_they_are_erased(folder: "Folder") -> None:
    from broadcaster.audiences.rosters.erasure import erase_from_roster  # noqa: PLC0415 (this test alone)

    rows = "Ada,Ada Q <ada@example.org>,\nBo,bo@example.org;cy@example.org,\nDi,,7700900123.0\n"
    folder.write("name,email,phone\n" + rows)
    for address in ("ada@example.org", "cy@example.org", "+447700900123"):
        assert erase_from_roster(folder.audience(), address, mark_key=b"k" * 32).rows, address
    assert folder.roster.read_text() == "name,email,phone\n"
