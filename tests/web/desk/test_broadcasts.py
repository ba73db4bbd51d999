"""The pages of broadcasts: what they say, who may do what, and that the live part comes and ends."""

import re
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from broadcaster.services import signin, status
from broadcaster.services.people import Actor
from broadcaster.services.signin import Good
from tests.services.stage import sql
from tests.web.conftest import House, opened
from tests.web.desk.browser import Browser
from tests.web.desk.conftest import As


def only(house: House) -> str:
    """The path of the one broadcast there is."""
    (one,) = status.standings(house.project)
    return f"/desk/broadcasts/{one.broadcast.id}"


def going(folder: Path) -> None:
    """As if the broadcast still went out, with one message left."""
    sql(folder, "UPDATE broadcasts SET state = 'sending', finished_at = NULL")
    sql(folder, "UPDATE deliveries SET state = 'queued' WHERE seq = 1")
    sql(folder, "UPDATE counters SET n = n - 1 WHERE state = 'accepted' AND channel = 'email'")
    sql(
        folder,
        "REPLACE INTO counters SELECT broadcast, provider, channel, zone, 'queued', 1 FROM deliveries WHERE seq = 1",
    )


def refused(folder: Path, reason: str) -> None:
    """As if the first message had been turned down."""
    going(folder)
    sql(folder, "UPDATE broadcasts SET state = 'finished'")
    sql(folder, "UPDATE deliveries SET state = 'refused', reason = ? WHERE seq = 1", reason)
    sql(folder, "UPDATE OR REPLACE counters SET state = 'refused' WHERE state = 'queued'")


def events(browser: Browser, path: str) -> tuple[int, str, bytes]:
    """The first event of a stream."""
    connection = HTTPConnection(urlsplit(browser.client.address).netloc, timeout=10)
    kept = "; ".join(f"{name}={value}" for name, value in browser.cookies.items() if value)
    connection.request("GET", path, headers={"cookie": kept, "accept": "text/event-stream"})
    answer = connection.getresponse()
    found = b""
    while answer.status == 200 and not found.endswith((b"\r\n\r\n", b"\n\n")):
        read = answer.read1(4096)
        if not read:
            break
        found += read
    kind = answer.headers.get("content-type", "")
    connection.close()
    return answer.status, kind, found


def test_the_list_and_the_page(house: House, enter: As) -> None:
    viewer = enter("viewer")
    assert only(house) in viewer.get("/desk/broadcasts").text
    page = viewer.get(only(house)).text
    for words in ("finished", "handed over", "Submitted", "amina", "Approved", "david", "Released", "<svg"):
        assert words in page
    assert "example.org" not in page.replace("letters.example.org", "")
    assert "Ada Quill" not in page


def test_a_viewer_sees_no_record_and_can_stop_nothing(house: House, enter: As) -> None:
    going(house.folder)
    viewer, path = enter("viewer"), only(house)
    assert viewer.get(f"{path}/record").status == 403
    assert viewer.get(f"{path}/again").status == 403
    for deed in ("pause", "resume", "cancel", "unsure", "again", "record/export", "record/find"):
        assert viewer.post(f"{path}/{deed}").status == 403
    assert sql(house.folder, "SELECT state FROM broadcasts") == [("sending",)]


def test_pause_go_on_and_cancel(house: House, enter: As) -> None:
    going(house.folder)
    author, path = enter("author"), only(house)
    assert "Paused" in author.post(f"{path}/pause").text
    assert 'class="paused"' in author.get(path).text
    assert author.post(f"{path}/pause").status == 409
    assert author.post(f"{path}/resume").status == 200
    assert author.post(f"{path}/cancel", name="something else").status == 409
    assert sql(house.folder, "SELECT state FROM broadcasts") == [("sending",)]
    assert author.post(f"{path}/cancel", name="hello").status == 200
    assert sql(house.folder, "SELECT state FROM broadcasts") == [("cancelled",)]
    done = sql(house.folder, "SELECT by, action, host FROM audit ORDER BY seq DESC LIMIT 3")
    assert done == [("amina", deed, "desk") for deed in ("cancel", "resume", "pause")]


def test_a_form_without_its_token_stops_nothing(house: House, enter: As) -> None:
    going(house.folder)
    assert enter("author").post(f"{only(house)}/pause", csrf="").status == 403
    assert sql(house.folder, "SELECT state FROM broadcasts") == [("sending",)]


@pytest.mark.parametrize("below", ["", "/record", "/again", "/live"])
def test_of_another_audience_there_is_nothing(house: House, enter: As, below: str) -> None:
    config = house.folder / "config.yaml"
    path = only(house)
    text = config.read_text("utf-8")
    config.write_text(re.sub(r"(?m)^(\s+)(role: author)$", r"\1\2\n\1audiences: []", text), "utf-8")
    author = enter("author")
    assert author.get(path + below).status == 404
    assert path not in author.get("/desk/broadcasts").text


def test_send_again_says_why_and_does_it_once(house: House, enter: As) -> None:
    refused(house.folder, "mailbox-full")
    author, path = enter("author"), only(house)
    assert f"{path}/again" in author.get(path).text
    page = author.get(f"{path}/again").text
    assert "The mailbox is full." in page
    assert "Send 1 once more" in page
    assert "They go out once more" in author.post(f"{path}/again").text
    assert sql(house.folder, "SELECT state, resent FROM deliveries WHERE seq = 1") == [("queued", 1)]
    assert "Nothing was left" in author.post(f"{path}/again").text


def test_what_would_be_turned_down_again_is_not_offered(house: House, enter: As) -> None:
    refused(house.folder, "address-unknown")
    author, path = enter("author"), only(house)
    page = author.get(f"{path}/again").text
    assert "does not exist" in page
    assert "once more</button>" not in page
    author.post(f"{path}/again")
    assert sql(house.folder, "SELECT state FROM deliveries WHERE seq = 1") == [("refused",)]


def test_the_live_part_comes_as_an_event(house: House, enter: As) -> None:
    going(house.folder)
    status_, kind, event = events(enter("viewer"), f"{only(house)}/live")
    assert status_ == 200
    assert kind.startswith("text/event-stream")
    assert b"event: progress" in event
    assert b"messages are done" in event


def test_what_is_finished_says_so_and_ends(house: House, enter: As) -> None:
    answer = enter("viewer").get(f"{only(house)}/live", accept="text/event-stream")
    assert answer.status == 200
    assert answer.text.count("event: progress") == 1
    assert answer.text.count("event: over") == 1


def test_nobody_listens_who_is_not_signed_in(house: House) -> None:
    assert Browser(house.client).get(f"{only(house)}/live", accept="text/event-stream").status == 401


def test_the_server_ends_while_somebody_listens(folder: Path) -> None:
    going(folder)
    with opened(folder) as house:
        browser = Browser(house.client)
        secret = signin.invite(house.project, "priya", Actor("tests", "", "", ""), Good.ENTER)
        browser.get(f"/desk/in/{secret}")
        browser.post(f"/desk/in/{secret}")
        connection = HTTPConnection(urlsplit(house.client.address).netloc, timeout=20)
        kept = "; ".join(f"{name}={value}" for name, value in browser.cookies.items() if value)
        connection.request("GET", f"{only(house)}/live", headers={"cookie": kept})
        answer = connection.getresponse()
        assert answer.read1(10)
        began = time.monotonic()
    assert time.monotonic() - began < 8
    connection.close()
