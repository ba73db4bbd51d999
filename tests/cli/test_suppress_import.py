"""The opt-outs of other tools, in the layouts in which those give them out."""

import subprocess
from pathlib import Path

import pytest

from tests.commandline import Run, process
from tests.lists import separated, xlsx

NOTIFY = [
    [
        *("Email address", "Template name", "Uploaded spreadsheet file name", "Template sent at"),
        "Unsubscribe request received at",
    ],
    ["ada@example.org", "News", "", "2026-06-01 10:00", "2026-06-02 10:00"],
]
MAILCHIMP = ["Email Address", "First Name", "Last Name", "MEMBER_RATING", "LEID", "EUID", "TAGS"]
LISTMONK = ["uuid", "email", "name", "attributes", "status", "created_at", "updated_at"]


def take_over(
    run: Run, folder: Path, content: bytes, *options: str, name: str = "list.csv"
) -> tuple[int, list[tuple[str, str]]]:
    (folder / name).write_bytes(content)
    said = run("suppress", "import", str(folder / name), "--by", "amina", "--yes", *options)
    listed = run("suppress", "list", "--json", "--show").json["suppressions"]
    return said.code, sorted((row["address"], row["reason"]) for row in listed)


def test_requests_to_unsubscribe_from_notify(run: Run, folder: Path) -> None:
    assert take_over(run, folder, separated(NOTIFY), "--from", "notify") == (0, [("ada@example.org", "unsubscribed")])


def test_unsubscribed_and_cleaned_contacts_of_mailchimp(run: Run, folder: Path) -> None:
    unsubscribed = [[*MAILCHIMP, "UNSUB_TIME"], ["ada@example.org", "Ada", "Q", "2", "1", "a", "", "2026-01-01"]]
    cleaned = [[*MAILCHIMP, "CLEAN_TIME"], ["bo@example.org", "Bo", "Q", "2", "1", "a", "", "2026-01-01"]]
    take_over(run, folder, separated(unsubscribed), "--from", "mailchimp")
    assert take_over(run, folder, separated(cleaned)) == (
        0,
        [("ada@example.org", "unsubscribed"), ("bo@example.org", "bounced")],
    )


def test_mailchimps_list_of_those_who_want_letters_bars_nobody(run: Run, folder: Path) -> None:
    wanted = [MAILCHIMP, ["ada@example.org", "Ada", "Q", "2", "1", "a", ""]]
    for options in ((), ("--from", "mailchimp")):
        assert take_over(run, folder, separated(wanted), *options) == (1, [])


def test_only_those_on_the_blocklist_of_listmonk(run: Run, folder: Path) -> None:
    rows = [
        LISTMONK,
        ["1", "ada@example.org", "Ada", "{}", "blocklisted", "", ""],
        ["2", "bo@example.org", "Bo", "{}", "enabled", "", ""],
    ]
    assert take_over(run, folder, separated(rows), "--from", "listmonk") == (0, [("ada@example.org", "unsubscribed")])


def test_any_other_list_is_asked_about_and_taken_whole(run: Run, folder: Path) -> None:
    rows = [["Who asked", "E-Mail", "Mobile"], ["Ada", "ada@example.org", "07700 900123"], ["Bo", "not an address", ""]]
    (folder / "list.xlsx").write_bytes(xlsx(rows))
    words = ("suppress", "import", str(folder / "list.xlsx"), "--by", "amina")
    asked = process(folder, *words, stdin=subprocess.DEVNULL)
    assert (asked.code, "not-confirmed" in asked.err) == (1, True)
    assert run("suppress", "list", "--json").json == {"suppressions": []}
    # A row that cannot be read may be somebody's no, and the others hold all the same.
    code, listed = take_over(run, folder, xlsx(rows), name="list.xlsx")
    assert (code, listed) == (1, [("+447700900123", "by-hand"), ("ada@example.org", "by-hand")])


@pytest.mark.parametrize("options", [("--from", "notify"), ("--from", "listmonk")])
def test_a_list_of_another_tool_is_refused(run: Run, folder: Path, options: tuple[str, ...]) -> None:
    assert take_over(run, folder, separated([["Email"], ["ada@example.org"]]), *options) == (1, [])


@pytest.mark.parametrize(
    "text",
    [
        'email,why\n"ada@example.org, bo@example.org",asked\n',
        "email\nada@example.org; bo@example.org\n",
        "email\tname\nAda Q <ada@example.org>; Bo <bo@example.org>\tAda and Bo\n",
    ],
)
def test_each_address_of_a_row_is_somebodys_no(run: Run, folder: Path, text: str) -> None:
    both = [("ada@example.org", "by-hand"), ("bo@example.org", "by-hand")]
    assert take_over(run, folder, text.encode()) == (0, both)
