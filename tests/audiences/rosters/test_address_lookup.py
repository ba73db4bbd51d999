"""Rows are found by an address, however it is written in the roster, and no others."""

from typing import TYPE_CHECKING

import pytest

from broadcaster.audiences.addresses.typed_address import read_address
from broadcaster.audiences.rosters.address_lookup import find_rows_with_address
from broadcaster.audiences.storage.encrypted_file import RosterUnreadableError
from broadcaster.domain.contact.addresses import canonical_address
from broadcaster.domain.contact.channels import Channel

if TYPE_CHECKING:
    from tests.audiences.conftest import Folder

ROSTER = (
    "phone;name;email\n"
    "07700 900101;Ada;Person1@EXAMPLE.org\n"
    "+44 (0)7700 900-102;Bo;person2@example.org\n"
    "'+447700900101;Cy;\n"
    "\n"
    "٠٧٧٠٠٩٠٠١٠١;Di;person11@example.org\n"
    ";Eve; person1@example.org \n"
    ";;person1@example.org\n"
    "07700 900101;Fay;not an address\n"
    "020 7946 0101;Gus;person1@bücher.example\n"
)


def test_it_finds_the_rows_that_reading_the_whole_roster_finds(folder: "Folder") -> None:
    people = folder.read(ROSTER).recipients
    assert len(people) == 6
    asked = [one.email for one in people if one.email] + [one.phone for one in people if one.phone]
    asked += [
        "PERSON1@example.ORG",
        "person1@xn--bcher-kva.example",
        "nobody@example.org",
        "07700 900999",
        "07700 900101",
    ]
    for address in asked:
        channel, plain = read_address(address, "GB")
        wanted = canonical_address(plain)
        theirs = [
            one.row
            for one in people
            if canonical_address((one.email if channel is Channel.EMAIL else one.phone) or "") == wanted
        ]
        assert [one.row for one in find_rows_with_address(folder.audience(), channel, plain)] == theirs


def test_a_roster_without_the_column_has_nobody(folder: "Folder") -> None:
    folder.write("name,email\nAda,ada@example.org\n")
    assert find_rows_with_address(folder.audience(), Channel.SMS, "+447700900101") == []


def test_one_that_breaks_off_is_searched_as_far_as_it_goes(folder: "Folder") -> None:
    folder.write(b"name,email\nAda,ada@example.org\nBo,bo@example.org\n\x00\xff")
    (found,) = find_rows_with_address(folder.audience(), Channel.EMAIL, "ada@example.org")
    assert found.row == 2


def test_one_that_is_missing_is_said(folder: "Folder") -> None:
    folder.write(ROSTER)
    audience = folder.audience()
    folder.roster.unlink()
    with pytest.raises(RosterUnreadableError):
        find_rows_with_address(audience, Channel.EMAIL, "ada@example.org")
