"""The record of a broadcast: found by address, filtered, and exported without a formula."""

import csv
import io
import re
from html import unescape

import pytest

from broadcaster.domain.states import DeliveryState
from broadcaster.services.reporting import broadcast_status, delivery_record
from tests.services.stage import sql
from tests.web.conftest import House
from tests.web.desk.broadcasts.test_broadcast_pages import refused
from tests.web.desk.conftest import As


def path_of(house: House) -> str:
    """The path of the record of the one broadcast there is."""
    (one,) = broadcast_status.list_broadcast_statuses(house.project)
    return f"/desk/broadcasts/{one.broadcast.id}/record"


def test_person_by_person_with_what_the_data_says_as_text(house: House, enter: As) -> None:
    page = enter("author").get(path_of(house)).text
    assert "Ada Quill" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_by_state_with_what_the_reason_means(house: House, enter: As) -> None:
    refused(house.folder, "gave-up-mailbox-full")
    author = enter("author")
    page = author.get(f"{path_of(house)}?state=refused").text
    assert page.count('<th scope="row">') == 1
    assert "The mailbox is full." in page
    sql(house.folder, "UPDATE deliveries SET state = 'skipped', reason = 'cancelled' WHERE seq = 1")
    assert "was cancelled before its turn" in author.get(f"{path_of(house)}?state=skipped").text
    for odd in ("state=nonsense", "after=-1", "after=99999999999999999999999", "after=x"):
        assert author.get(f"{path_of(house)}?{odd}").status == 200


def test_an_address_is_found_and_never_stands_in_a_link(house: House, enter: As) -> None:
    author = enter("author")
    found = author.post(f"{path_of(house)}/find", address="person1@example.org")
    assert found.status == 200
    assert "Ada Quill" in found.text
    assert "@" not in author.at
    for unknown, said in (
        ("nobody@example.org", "no message to that address"),
        ("nobody at all", "no address that could be written to"),
    ):
        answer = author.post(f"{path_of(house)}/find", address=unknown)
        assert answer.status == 422
        assert said in answer.text
        assert f'value="{unknown}"' in answer.text
        assert "Ada Quill" in answer.text


def test_the_export_holds_everybody_and_no_formula_and_is_written_down(house: House, enter: As) -> None:
    answer = enter("author").post(f"{path_of(house)}/export")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.startswith("\ufeff")
    head, *rows = list(csv.reader(io.StringIO(answer.text[1:])))
    assert head[0] == "name"
    assert len(rows) == sql(house.folder, "SELECT count(*) FROM deliveries")[0][0]
    assert {cell[:1] for row in rows for cell in row} & set("=+-@") == set()
    assert "'+447700900101" in {row[1] for row in rows}
    assert sql(house.folder, "SELECT action FROM audit ORDER BY seq DESC LIMIT 1") == [("export-record",)]


def test_a_delivery_of_no_broadcast_of_this_is_not_there(house: House, enter: As) -> None:
    author = enter("author")
    assert author.get(f"{path_of(house)}/nothing").status == 404


def test_for_one_reason_of_those_there_are_and_by_the_page_both_ways(
    house: House, enter: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_record, "PAGE_SIZE", 2)
    sql(house.folder, "UPDATE deliveries SET state = 'skipped', reason = 'opted-out' WHERE seq IN (1, 2, 4, 5)")
    sql(house.folder, "UPDATE deliveries SET state = 'skipped', reason = 'cancelled' WHERE seq = 3")
    author, path = enter("author"), path_of(house)
    page = author.get(f"{path}?state=skipped").text
    assert page.count("<option value=") == len(DeliveryState) + 1 + 3
    asked = f"{path}?state=skipped&reason=opted-out"
    walked = [asked]
    seen = [rows(author.get(asked).text)]
    while forth := link(author.get(walked[-1]).text, "next"):
        walked.append(forth)
        seen.append(rows(author.get(forth).text))
    assert [len(one) for one in seen] == [2, 2]
    assert link(author.get(asked).text, "prev") == ""
    back = link(author.get(walked[-1]).text, "prev")
    assert rows(author.get(back).text) == seen[0]
    assert link(author.get(back).text, "prev") == ""
    assert link(author.get(back).text, "next") == walked[1]
    # What nothing has is no reason: all of the state are shown.
    assert len(rows(author.get(f"{path}?state=skipped&reason=nonsense&after=3").text)) == 2
    assert len(rows(author.get(f"{path}?state=accepted&reason=opted-out").text)) == 1


def rows(page: str) -> list[str]:
    """The deliveries on a page, in its order."""
    return re.findall(r'<th scope="row"><a href="[^"]*/(\w+)"', page)


def link(page: str, rel: str) -> str:
    """Where "previous" or "next" leads; "" where there is none."""
    found = re.search(rf'rel="{rel}" href="([^"]*)"', page)
    return unescape(found[1]) if found else ""
