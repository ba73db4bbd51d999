"""The starter rosters and settings: invented people only, of every kind that the software must serve."""

import re
import unicodedata
import zoneinfo

import pytest

from .conftest import AUDIENCES, LANGUAGES, LETTERS, ROOT, ROSTERS, environment, read_roster, read_yaml

ROWS = [(roster, row) for roster in ROSTERS for row in read_roster(roster)]

# https://www.ofcom.org.uk, "Telephone numbers for use in TV and radio drama programmes": mobile, and the geographic and
# freephone ranges that the starter could use.
DRAMA = re.compile(r"(?:\+44|0)(?:7700900\d{3}|1632960\d{3}|2079460\d{3}|8081570\d{3})")
# RFC 2606 and RFC 6761: example.com, .net and .org, and everything below .example.
RESERVED = re.compile(r"[a-z0-9.]+@(?:(?:[a-z0-9-]+\.)*example\.(?:com|net|org)|(?:[a-z0-9-]+\.)+example)")

every_roster = pytest.mark.parametrize("roster", ROSTERS)


def test_eighty_people_or_more() -> None:
    assert len({row["name"] for _, row in ROWS}) >= 80


def test_only_drama_numbers_and_reserved_domains() -> None:
    for roster, row in ROWS:
        assert not row["phone"] or DRAMA.fullmatch(row["phone"].replace(" ", "")), (roster, row["name"])
        assert not row["email"] or RESERVED.fullmatch(row["email"]), (roster, row["name"])
    everything = (ROOT / "config.yaml").read_text(encoding="utf-8")
    assert all(RESERVED.fullmatch(address) for address in re.findall(r"[\w.]+@[\w.-]+\.\w+", everything))


@every_roster
def test_columns(roster: str) -> None:
    rows = read_roster(roster)
    assert list(rows[0])[:7] == ["name", "email", "phone", "language", "channel", "timezone", "borough"]
    assert all(None not in row and None not in row.values() for row in rows)
    raw = (AUDIENCES / f"{roster}.csv").read_bytes()
    assert b"\r" not in raw and not raw.startswith(b"\xef\xbb\xbf")


def test_every_row_is_one_that_can_be_written_to() -> None:
    for roster, row in ROWS:
        where = (roster, row["name"])
        assert row["name"].strip() and row["name"] == unicodedata.normalize("NFC", row["name"]), where
        assert not any(unicodedata.category(char) in ("Cc", "Cf") for char in "".join(row.values())), where
        assert row["email"] or row["phone"], where
        assert {"email": row["email"], "sms": row["phone"], "": "either"}[row["channel"]], where
        assert row["language"] in ("", *LANGUAGES), where
        assert not row["timezone"] or zoneinfo.ZoneInfo(row["timezone"]), where


@every_roster
def test_nobody_twice_on_one_roster(roster: str) -> None:
    for column in ("email", "phone"):
        given = [re.sub(r"\s|^\+44|^0", "", row[column]).casefold() for row in read_roster(roster) if row[column]]
        assert len(given) == len(set(given))


def test_a_few_people_are_on_both_rosters_with_the_same_addresses() -> None:
    one, other = ({row["name"]: row for row in read_roster(roster)} for roster in ROSTERS)
    both = one.keys() & other.keys()
    assert len(both) >= 3
    for name in both:
        assert all(one[name][column] == other[name][column] for column in ("email", "phone"))


def test_every_kind_of_person_is_there() -> None:
    people = [row for _, row in ROWS]
    assert {row["language"] for row in people} == {"", *LANGUAGES}
    assert {row["channel"] for row in people} == {"", "email", "sms"}
    assert len({row["timezone"] for row in people}) >= 6
    assert len({row["borough"] for row in people}) >= 5 and any(not row["borough"] for row in people)
    kinds = [(bool(row["email"]), bool(row["phone"])) for row in people]
    assert all(kinds.count(kind) >= 5 for kind in ((True, False), (False, True), (True, True)))


def test_names_in_many_scripts() -> None:
    scripts = {unicodedata.name(char).split()[0] for _, row in ROWS for char in row["name"] if char.isalpha()}
    assert scripts >= {
        "LATIN", "ARABIC", "BENGALI", "HEBREW", "GURMUKHI", "DEVANAGARI", "CJK", "ETHIOPIC", "GREEK", "CYRILLIC"
    }  # fmt: skip
    everybody = "".join(row["name"] for _, row in ROWS)
    assert all(char in everybody for char in "'\"-éøİễ")


@every_roster
def test_an_audience_says_what_it_is_for(roster: str) -> None:
    audience = read_yaml(AUDIENCES / f"{roster}.yaml")
    needed = {"name", "purpose", "lawful_basis", "roster", "defaults", "consent"}
    assert needed <= set(audience) <= needed | {"where", "quiet_hours"}
    assert audience["roster"] == f"{roster}.csv"
    assert set(audience["lawful_basis"]) == {"article_6", "article_9"}
    assert set(audience["defaults"]) == {"language", "timezone", "region"}


def test_where_leaves_some_out_and_most_in() -> None:
    audience = read_yaml(AUDIENCES / "community-contacts.yaml")
    asked = environment().compile_expression(audience["where"])
    rows = read_roster("community-contacts")
    chosen = [row for row in rows if asked(recipient=row)]
    assert len(rows) - 5 <= len(chosen) < len(rows)


def test_the_campaigns_name_what_is_there() -> None:
    config = read_yaml(ROOT / "config.yaml")
    used_letters: set[str] = set()
    used_audiences: set[str] = set()
    for campaign in config["campaigns"].values():
        used_letters.add(campaign["letter"])
        listed = campaign["audience"]
        used_audiences.update([listed] if isinstance(listed, str) else listed)
        assert ("when" in campaign) != ("every" in campaign)
    assert used_letters == set(LETTERS) and used_audiences == set(ROSTERS)
    assert {person["role"] for person in config["people"].values()} == {"author", "approver", "viewer", "admin"}
    assert config["providers"] == {"email": "outbox", "sms": "outbox"}
    assert all(len(signatory["sms_sender"]) <= 11 for signatory in config["signatories"].values())
    assert all(line["owner"] in config["people"] for line in config["helplines"].values())
    # The first run of the recurring campaign must fit below the ceiling that is signed.
    assert len(read_roster("faith-networks")) <= config["campaigns"]["update"]["approval"]["at_most"]
