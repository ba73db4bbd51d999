"""A text goes to what can be a mobile number; whoever has another one is told by row, and still gets email."""

from typing import TYPE_CHECKING

import pytest

from broadcaster.audiences.rosters.address_lookup import find_rows_with_address
from broadcaster.audiences.rosters.erasure import erase_from_roster
from broadcaster.audiences.rosters.seen_rows import SeenRowsInMemory
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.problems import Severity

if TYPE_CHECKING:
    from tests.audiences.conftest import Folder

KEY = b"k" * 32
HEADER = "name,email,phone,language\n"

BANGLADESH = [f"0{operator}12345678" for operator in range(13, 20)]
PAKISTAN = [f"03{operator:02}1234567" for operator in range(100)]


@pytest.mark.parametrize(("numbers", "language", "code"), [(BANGLADESH, "bn", "+880"), (PAKISTAN, "ur", "+92")])
@pytest.mark.parametrize("said", ["own", "en"])
def test_no_number_written_at_home_there_becomes_a_british_one_to_text(
    folder: "Folder", numbers: list[str], language: str, code: str, said: str
) -> None:
    rows = "".join(f"Person {at},,{one},{language if said == 'own' else 'en'}\n" for at, one in enumerate(numbers))
    reading = folder.read(HEADER + rows)
    assert reading.recipients == []
    assert {code_ for _, code_ in reading.codes} <= {"phone-invalid", "phone-not-mobile"}
    # Pakistan has given a part of its prefixes to nobody.
    told = [one for one in reading.problems if code in one.message]
    assert len(told) == len(numbers) if code == "+880" else len(told) >= 60
    assert not any(number[-7:] in problem.message + problem.remedy for problem in told for number in numbers)


def test_the_problem_says_what_it_is_and_what_it_may_be(folder: "Folder") -> None:
    reading = folder.read(HEADER + "Nasrin,,01912345678,bn\n")
    (problem,) = reading.problems
    assert (problem.code, problem.level, problem.line) == ("phone-not-mobile", Severity.ERROR, 2)
    assert problem.message == (
        "column phone: this is a landline, to which no text can be sent; perhaps it is +880 (Bangladesh)"
    )


@pytest.mark.parametrize("channel", ["", "email", "sms"])
def test_whoever_has_an_email_address_too_is_written_to_by_it(folder: "Folder", channel: str) -> None:
    row = f"Omar,omar@example.org,020 7946 0018,en,{channel}\n"
    for seen in (None, memory := SeenRowsInMemory(), memory):
        reading = folder.read(HEADER.replace("\n", ",channel\n") + row, seen=seen)
        assert reading.codes == [(2, "phone-not-mobile")]
        assert reading.problems[0].level is Severity.WARNING
        (one,) = reading.recipients
        assert (one.email, one.phone) == ("omar@example.org", None)
        assert one.fields["phone"] == "+442079460018"


def test_a_row_is_found_and_erased_by_a_number_that_takes_no_texts(folder: "Folder") -> None:
    folder.write(HEADER + "Omar,omar@example.org,020 7946 0018,en\nAda,ada@example.org,,en\nIda,,020 7946 0019,en\n")
    audience = folder.audience()
    (found,) = find_rows_with_address(audience, Channel.SMS, "+442079460018")
    assert found.row == 2
    assert erase_from_roster(audience, "020 7946 0018", mark_key=KEY).rows == (2,)
    assert erase_from_roster(audience, "+442079460019", mark_key=KEY).rows == (3,)


def test_two_with_one_landline_are_no_repetition_of_an_address(folder: "Folder") -> None:
    reading = folder.read(HEADER + "Ada,ada@example.org,020 7946 0018,en\nBo,bo@example.org,020 7946 0018,en\n")
    assert {code for _, code in reading.codes} == {"phone-not-mobile"}
    assert len(reading.recipients) == 2


def test_a_bad_email_address_beside_a_landline_leaves_nothing_to_write_to(folder: "Folder") -> None:
    reading = folder.read(HEADER + "Ada,ada.example.org,020 7946 0018,en\n")
    assert sorted(code for _, code in reading.codes) == ["email-invalid", "phone-not-mobile"]
    assert {one.level for one in reading.problems} == {Severity.ERROR}
