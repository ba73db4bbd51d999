"""The pages of broadcasts: what they say, who may do what, and that the live part comes and ends."""

import html
import re
import shutil
import threading
import time
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.providers.reasons import Reason
from broadcaster.services.access import invitations, sessions
from broadcaster.services.access.invitations import LinkPurpose
from broadcaster.services.access.permissions import Actor
from broadcaster.services.delivering.provider_health import ProviderHealth
from broadcaster.services.feedback.halt import halt_broadcast
from broadcaster.services.reporting import broadcast_status
from broadcaster.web.desk.broadcasts import live_progress
from tests.projects import CAMPAIGN, LETTER
from tests.services.stage import sql
from tests.web.conftest import House, opened
from tests.web.desk.browser import Browser
from tests.web.desk.conftest import As
from tests.web.desk.scenes import CAME_BACK, came_back


def only(house: House) -> str:
    """The path of the one broadcast there is."""
    (one,) = broadcast_status.list_broadcast_statuses(house.project)
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
    connection = HTTPConnection(urlsplit(browser.client.address).netloc, timeout=60)
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
    for words in (
        "finished",
        "handed over",
        "Submitted",
        "Amina Okafor-Reid",
        "Approved",
        "David Lindqvist",
        "Released",
        "<svg",
    ):
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
    assert f'href="{path}/cancel"' in author.get(path).text
    assert "1 message that still waits does not go out" in author.get(f"{path}/cancel").text
    answer = author.post(f"{path}/cancel", name="something else")
    assert (answer.status, "That is not its name" in answer.text) == (422, True)
    assert sql(house.folder, "SELECT state FROM broadcasts") == [("sending",)]
    assert author.post(f"{path}/cancel", name="hello").status == 200
    assert sql(house.folder, "SELECT state FROM broadcasts") == [("cancelled",)]
    done = sql(house.folder, "SELECT by, action, host FROM audit ORDER BY seq DESC LIMIT 3")
    assert done == [("amina", deed, "desk") for deed in ("cancel", "resume", "pause")]
    for page in ("/desk", "/desk/broadcasts", "/desk/campaigns", f"/desk/campaigns/{CAMPAIGN}"):
        text = author.get(page).text
        assert re.search(r"cancelled, \d of 6 messages sent", text), page


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


def unsure(folder: Path) -> str:
    """As if nobody knew of the first message whether it arrived; its id."""
    going(folder)
    sql(folder, "UPDATE broadcasts SET state = 'finished'")
    sql(folder, "UPDATE deliveries SET state = 'unsure', reason = 'interrupted' WHERE seq = 1")
    sql(folder, "UPDATE OR REPLACE counters SET state = 'unsure' WHERE state = 'queued'")
    return str(sql(folder, "SELECT id FROM deliveries WHERE seq = 1")[0][0])


def test_what_is_unsure_is_shown_with_what_each_way_means_before_one_is_taken(house: House, enter: As) -> None:
    unsure(house.folder)
    author, path = enter("author"), only(house)
    assert f'href="{path}/unsure"' in author.get(path).text
    page = author.get(f"{path}/unsure").text
    for words in ("Ask the provider", "one by one", "Some may not get it at all", "Some people may get it twice"):
        assert words in page
    assert enter("viewer").get(f"{path}/unsure").status == 403
    assert sql(house.folder, "SELECT state FROM deliveries WHERE seq = 1") == [("unsure",)]
    sql(house.folder, "UPDATE deliveries SET provider = 'gone' WHERE seq = 1")  # nobody left to ask
    assert "as you said" in author.post(f"{path}/unsure", what="hold").text
    assert sql(house.folder, "SELECT state FROM deliveries WHERE seq = 1") == [("held",)]


def test_one_is_settled_by_what_was_found_out_and_how(house: House, enter: As) -> None:
    line = f"{only(house)}/record/{unsure(house.folder)}"
    author = enter("author")
    assert "Did it arrive?" in author.get(line).text
    for odd in ({}, {"verdict": "arrived"}, {"verdict": "nonsense", "evidence": "person"}):
        assert author.post(f"{line}/settle", **odd).status == 422
    assert enter("viewer").post(f"{line}/settle", verdict="arrived", evidence="person").status == 403
    page = author.post(f"{line}/settle", verdict="arrived", evidence="person").text
    assert "Settled, as you found out" in page
    assert "Did it arrive?" not in page
    again = author.post(f"{line}/settle", verdict="leave", evidence="person")
    assert (again.status, "found out about it meanwhile" in again.text) == (422, True)
    assert sql(house.folder, "SELECT state, reason FROM deliveries WHERE seq = 1") == [("delivered", "person-arrived")]
    assert "Found out about one that was unsure" in author.get(only(house)).text


def test_a_halt_names_the_servers_codes_on_home_and_on_its_page(house: House, enter: As) -> None:
    where = only(house)
    detail = "550 5.7.1 <address> may not send"
    told = [Receipt("x", Outcome.HALTED, Reason.SENDER_REFUSED.value, "mail", detail=detail)]
    why = ProviderHealth().record("smtp", told, datetime.now(UTC))
    assert why is not None
    going(house.folder)
    with house.project.ledger.writing() as conn:
        assert halt_broadcast(conn, where.rpartition("/")[2], *why)
    author = enter("author")
    for page in ("/desk", where):
        text = author.get(page).text
        assert "It answered 550 5.7.1." in text, page
        assert "may not send" not in text, page


def test_a_halt_stands_in_the_timeline_with_its_reason_also_when_it_is_over(house: House, enter: As) -> None:
    going(house.folder)
    with house.project.ledger.writing() as conn:
        assert halt_broadcast(
            conn, only(house).rpartition("/")[2], "auth-refused", "The mail server refused our password."
        )
        assert not halt_broadcast(conn, only(house).rpartition("/")[2], "auth-refused", "Once more.")
    author, path = enter("author"), only(house)
    assert author.get(path).text.count("The mail server refused our password.") == 2
    page = author.post(f"{path}/resume").text
    assert page.count("The mail server refused our password.") == 1
    assert "Halted by itself" in page
    assert 'class="paused"' in page


def test_it_leads_to_its_letter_and_to_its_campaign_while_they_are_there(house: House, enter: As) -> None:
    viewer, path = enter("viewer"), only(house)
    page = viewer.get(path).text
    assert f'href="/desk/letters/{LETTER}"' in page
    assert f'href="/desk/campaigns/{CAMPAIGN}"' in page
    config = house.folder / "config.yaml"
    config.write_text(config.read_text("utf-8").replace(f"  {CAMPAIGN}:\n", "  other:\n"), "utf-8")
    shutil.move(house.folder / "templates" / LETTER, house.folder / "templates" / "_gone")
    page = viewer.get(path).text
    assert LETTER in page
    assert page.count("taken out since") == 2
    assert not re.search(rf'href="[^"]*/({LETTER}|campaigns/{CAMPAIGN})"', page)


def test_the_live_part_comes_as_an_event(house: House, enter: As) -> None:
    going(house.folder)
    status_, kind, event = events(enter("viewer"), f"{only(house)}/live")
    assert status_ == 200
    assert kind.startswith("text/event-stream")
    assert b"event: progress" in event
    assert b"messages were handed over" in event


def test_what_is_finished_says_so_and_ends(house: House, enter: As) -> None:
    answer = enter("viewer").get(f"{only(house)}/live", accept="text/event-stream")
    assert answer.status == 200
    assert answer.text.count("event: progress") == 1
    assert answer.text.count("event: over") == 1


def listening(browser: Browser, path: str) -> tuple[HTTPConnection, HTTPResponse]:
    """A stream that stays open, its first event read."""
    connection = HTTPConnection(urlsplit(browser.client.address).netloc, timeout=60)
    kept = "; ".join(f"{name}={value}" for name, value in browser.cookies.items() if value)
    connection.request("GET", path, headers={"cookie": kept, "accept": "text/event-stream"})
    answer = connection.getresponse()
    if answer.status == 200:
        assert answer.read1(10)
    return connection, answer


def test_nobody_takes_all_the_streams(house: House, enter: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_progress, "MAX_STREAMS_EACH", 2)
    going(house.folder)
    viewer, path = enter("viewer"), f"{only(house)}/live"
    one, two, three = (listening(viewer, path) for _ in range(3))
    assert [answer.status for _, answer in (one, two, three)] == [200, 200, 503]
    other = listening(enter("author"), path)
    assert other[1].status == 200
    one[0].close()
    end = time.monotonic() + 60
    while (again := listening(viewer, path))[1].status == 503 and time.monotonic() < end:
        again[0].close()
        time.sleep(0.2)
    assert again[1].status == 200
    for connection, _ in (two, three, other, again):
        connection.close()


@pytest.mark.parametrize("loss", ["signed out", "another audience", "taken out"])
def test_a_stream_ends_with_the_session_and_the_right(
    house: House, enter: As, monkeypatch: pytest.MonkeyPatch, loss: str
) -> None:
    monkeypatch.setattr(live_progress, "RECHECK_SECONDS", 2)
    going(house.folder)
    viewer = enter("viewer")
    connection, answer = listening(viewer, f"{only(house)}/live")
    config = house.folder / "config.yaml"
    text = config.read_text("utf-8")
    if loss == "signed out":
        sessions.sign_out_everywhere(house.project, "priya", Actor("tests", "", "", ""))
    elif loss == "another audience":
        config.write_text(text.replace("  priya:\n", "  priya:\n    audiences: []\n"), "utf-8")
    else:
        config.write_text(text.replace("  priya:\n", "  somebody:\n"), "utf-8")
    rest = answer.read()
    connection.close()
    assert b"event: over" in rest
    assert b"messages were handed over" not in rest.partition(b"event: over")[2]


def test_what_is_read_out_changes_seldom_and_is_not_what_was_just_loaded(house: House, enter: As) -> None:
    going(house.folder)
    viewer = enter("viewer")
    said = r'role="status" sse-swap="news">\s*going out: at least 75 per cent have had their turn'
    assert re.search(said, viewer.get(only(house)).text)
    connection, answer = listening(viewer, f"{only(house)}/live")
    sql(house.folder, "UPDATE broadcasts SET state = 'finished'")
    rest = answer.read().decode()
    connection.close()
    assert rest.count("event: news") == 1
    assert "finished" in rest.partition("event: news")[2]


def test_what_changed_before_the_stream_began_is_read_out_too(house: House, enter: As) -> None:
    going(house.folder)
    viewer = enter("viewer")
    found = re.search(r'sse-connect="([^"]+)"', viewer.get(only(house)).text)
    assert found is not None
    stream = html.unescape(found[1]).removeprefix(house.client.address)
    sql(house.folder, "UPDATE counters SET n = n + 1 WHERE state = 'queued' AND n = 1")
    connection, answer = listening(viewer, stream)
    sql(house.folder, "UPDATE broadcasts SET state = 'finished'")
    rest = answer.read().decode()
    connection.close()
    first, second = (part.partition("event: ")[0] for part in rest.split("event: news")[1:])
    assert "at least 50 per cent" in first
    assert "finished" in second


def test_nobody_listens_who_is_not_signed_in(house: House) -> None:
    assert Browser(house.client).get(f"{only(house)}/live", accept="text/event-stream").status == 401


def test_the_server_ends_while_somebody_listens(folder: Path) -> None:
    going(folder)
    with opened(folder) as house:
        browser = Browser(house.client)
        secret = invitations.create_invitation(house.project, "priya", Actor("tests", "", "", ""), LinkPurpose.ENTER)
        browser.get(f"/desk/in/{secret}")
        browser.post(f"/desk/in/{secret}")
        connection = HTTPConnection(urlsplit(house.client.address).netloc, timeout=60)
        kept = "; ".join(f"{name}={value}" for name, value in browser.cookies.items() if value)
        connection.request("GET", f"{only(house)}/live", headers={"cookie": kept})
        answer = connection.getresponse()
        assert answer.read1(10)
    assert "answering" not in {thread.name for thread in threading.enumerate()}, "it did not end in its time of grace"
    connection.close()


def meter(page: str) -> str:
    """What is said of how far a broadcast is."""
    found = re.search(r'<label class="meter"><span>(.*?)</span>', page, re.DOTALL)
    assert found
    return " ".join(found[1].split())


def test_how_far_it_is_counts_what_was_handed_over_and_says_what_was_not(house: House, enter: As) -> None:
    going(house.folder)
    author, path = enter("author"), only(house)
    for page in (path, "/desk"):
        assert meter(author.get(page).text) == "5 of 6 messages were handed over · 1 waiting"
    assert "They go out by themselves." in author.get(path).text
    author.post(f"{path}/pause")
    paused = author.get(path).text
    assert "They go out by themselves." not in paused
    assert "They go out when somebody lets it go on." in paused
    author.post(f"{path}/cancel", name=CAMPAIGN)
    assert meter(author.get(path).text) == "5 of 6 messages were handed over · 1 not sent"


def test_what_was_turned_down_was_not_handed_over(house: House, enter: As) -> None:
    refused(house.folder, "mailbox-full")
    assert meter(enter("viewer").get(only(house)).text) == "5 of 6 messages were handed over · 1 turned down"


def test_what_came_back_for_a_reason_of_ours_is_said_by_name(house: House, enter: As) -> None:
    came_back(house.folder)
    author = enter("author")
    for page in ("/desk", only(house)):
        text = author.get(page).text
        assert CAME_BACK in text
        assert "Much of it came back" in text
    assert "It was halted" not in text
