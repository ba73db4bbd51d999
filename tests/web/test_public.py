"""The door: reading, checking and saying no, by clients that are not ours."""

import re
import sqlite3
import subprocess
import time
from dataclasses import replace
from html.parser import HTMLParser
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.domain.contact.channels import Channel
from broadcaster.keys import new_id
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.delivering import dispatch
from broadcaster.services.recipients import erasure, verification
from broadcaster.web import public
from broadcaster.web.common import worker_threads
from broadcaster.web.common.rate_limit import MAX_USES
from tests.projects import make_project, send_all
from tests.web import stage
from tests.web.browsing import Answer
from tests.web.conftest import House, opened

ONE_CLICK = b"List-Unsubscribe=One-Click"
NOBODY = "AAAAAAAAAAAAAAAAAAAAAA"


def chosen(folder: Path) -> list[str]:
    """What stands in the ledger as people's choices."""
    with sqlite3.connect(folder / "var" / "broadcaster.db") as connection:
        return [word for (word,) in connection.execute("SELECT preference FROM consent ORDER BY chosen_at")]


def unsubscribe_of(folder: Path, recipient: str) -> str:
    """The path in the List-Unsubscribe of this person's raw message."""
    return next(stage.one_click(one) for one in stage.emails(folder) if recipient in str(one["to"]))


class Tags(HTMLParser):
    """Every tag of a document, with its attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_one_click_from_the_raw_message_is_heard(house: House) -> None:
    message = stage.emails(house.folder)[0]
    answer = house.client.post(stage.one_click(message), ONE_CLICK)
    assert answer.status == 200
    with house.project.ledger.reading() as conn:
        rows = conn.exec_driver_sql("SELECT preference, source FROM consent").all()
        logged = conn.exec_driver_sql("SELECT by, action, detail FROM audit WHERE action = 'choose'").all()
    assert [tuple(row) for row in rows] == [("none", "door")]
    assert len(logged) == 1
    assert "example.org" not in str(logged)


@pytest.mark.parametrize("form", ["--data", "--form"])
def test_curl_can_unsubscribe_in_both_ways_that_mail_providers_do(house: House, form: str) -> None:
    url = house.client.address + stage.one_click(stage.emails(house.folder)[0])
    words = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code} %{num_redirects}", "--noproxy", "*"]
    words += [form, ONE_CLICK.decode(), url]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "200 0"
    assert chosen(house.folder) == ["none"]


def test_a_no_is_heard_by_a_send_under_way(tmp_path: Path) -> None:
    folder = stage.found(tmp_path / "project", send=False)
    broadcast = stage.release(folder)
    with open_project(folder) as project, registered_runner(project) as runner:
        only_email = replace(project, providers={Channel.EMAIL: project.providers[Channel.EMAIL]})
        dispatch.send_broadcast(only_email, runner.id, broadcast, dispatch.RunOptions())
    assert len(stage.emails(folder)) == 3
    assert stage.texts(folder) == []
    with opened(folder) as house:
        # Ada's text and Bilal's are still queued. She says no by her email.
        assert house.client.post(unsubscribe_of(folder, "person1@"), ONE_CLICK).status == 200
        send_all(folder)
    assert [text["to"] for text in stage.texts(folder)] == ["+447700900102", "+447700900104"]
    with sqlite3.connect(folder / "var" / "broadcaster.db") as connection:
        reasons = connection.execute("SELECT reason FROM deliveries WHERE state = 'skipped'").fetchall()
    assert reasons == [("opted-out",)]


def test_the_form_saves_what_is_chosen_and_it_can_be_chosen_again(house: House) -> None:
    path = unsubscribe_of(house.folder, "person1@")
    page = Tags(house.client.get(path).text)
    (form,) = [attributes for tag, attributes in page.tags if tag == "form"]
    values = [attributes["value"] for tag, attributes in page.tags if attributes.get("type") == "radio"]
    assert (form["method"], values) == ("post", ["none", "email", "sms"])
    for value in ("none", "email", "none", "sms"):
        answer = house.client.post(path + form["action"], f"choice={value}".encode())
        assert answer.status == 200
        assert chosen(house.folder) == [value]
        assert ("text START to the same number" in answer.text) is (value == "sms")
        assert ("in one of our emails, choose again" in answer.text) is (value == "email")


@pytest.mark.parametrize(
    "body", [b"", b"choice=", b"choice=all", b"choice", b"List-Unsubscribe=No", b"\xff" * 50, b"&" * 99]
)
def test_a_form_that_says_nothing_changes_nothing(house: House, body: bytes) -> None:
    path = unsubscribe_of(house.folder, "person1@")
    answer = house.client.post(path, body)
    assert answer.status == 400
    assert "Nothing was changed" in answer.text
    assert answer.body == house.client.post(f"/u/{NOBODY}", body).body
    assert chosen(house.folder) == []


def tokens(house: House) -> list[str]:
    """A token that is known, one of somebody erased, and what is none."""
    with open_project(house.folder) as project:
        by = command_line_actor(project.settings, "wenmei", Permission.ERASE)
        erased = unsubscribe_of(house.folder, "person2@")
        erasure.erase_person(project, "all", "person2@example.org", "asked", by)
        unknown = project.keyring.tokens("unsubscribe").mint([new_id()])[0]
        other_purpose = project.keyring.tokens("web").mint([new_id()])[0]
    known = unsubscribe_of(house.folder, "person1@")
    bare = [path.partition(".")[0] for path in (known, erased)]
    return [*bare, f"/u/{unknown}", f"/u/{other_purpose}", f"/u/{NOBODY}", "/u/x", "/u/" + "a" * 3000]


@pytest.mark.parametrize(
    ("ending", "accepted", "language"),
    [
        *(("", tag, tag) for tag in ("en", "ar", "ur", "bn", "so")),
        (".ar", "en", "ar"),
        (".en", "ur", "en"),
        (".xx", "bn", "bn"),
    ],
)
def test_known_and_unknown_tokens_get_the_same_answers_to_the_byte(
    house: House, ending: str, accepted: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public, "MIN_ANSWER_SECONDS", 0.0)
    paths = [path + ending for path in tokens(house)]
    for body in (None, ONE_CLICK, b"choice=email", b"choice=fish"):
        answers = [
            house.client.ask("GET" if body is None else "POST", path, body, {"Accept-Language": accepted})
            for path in paths
        ]
        assert len({_whole(answer) for answer in answers}) == 1
        assert f'<html lang="{language}"' in answers[0].text
    assert len(chosen(house.folder)) == 1  # Ada's; whoever was erased has no choice left to keep


def _whole(answer: Answer) -> tuple[int, bytes, tuple[tuple[str, str], ...]]:
    return answer.status, answer.body, tuple(item for item in answer.headers.items() if item[0] != "date")


def test_the_time_of_an_answer_does_not_tell_whether_something_was_written(house: House) -> None:
    for path in (unsubscribe_of(house.folder, "person1@"), f"/u/{NOBODY}"):
        began = time.monotonic()
        assert house.client.post(path, ONE_CLICK).status == 200
        assert time.monotonic() - began >= public.MIN_ANSWER_SECONDS


def test_looking_a_hundred_times_changes_nothing(house: House) -> None:
    links = stage.every_link(house.folder)
    assert {link[1] for link in links} == {"w", "c", "u"}
    assert len(links) >= 12
    before = stage.ledger(house.folder)
    connection = HTTPConnection(urlsplit(house.client.address).netloc, timeout=30)
    for turn in range(100):
        for path in links:
            connection.request("HEAD" if turn % 10 == 9 else "GET", path)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, path
    connection.close()
    assert stage.ledger(house.folder) == before


def test_changing_ones_mind_has_a_bound_and_a_no_has_none(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public, "MIN_ANSWER_SECONDS", 0.0)
    path, other = unsubscribe_of(house.folder, "person1@"), unsubscribe_of(house.folder, "person2@")
    answers = [house.client.post(path, f"choice={('email', 'sms')[n % 2]}".encode()) for n in range(MAX_USES + 1)]
    assert [answer.status for answer in answers] == [200] * MAX_USES + [429]
    assert house.client.post(other, b"choice=email").status == 200
    assert house.client.post(path, ONE_CLICK).status == 200
    assert house.client.post(path, b"choice=none").status == 200
    assert sorted(chosen(house.folder)) == ["email", "none"]


def test_the_same_no_again_changes_nothing_but_when_it_was_said(house: House) -> None:
    path = unsubscribe_of(house.folder, "person1@")
    house.client.post(path, ONE_CLICK)
    before = stage.ledger(house.folder)
    assert [house.client.post(path, ONE_CLICK).status for _ in range(5)] == [200] * 5
    after = stage.ledger(house.folder)
    (*said, first), (*again, last) = before.pop("consent")[0], after.pop("consent")[0]
    assert (after, again) == (before, said)
    assert last > first  # type: ignore[operator]  # microseconds


def test_while_the_ledger_is_locked_nobody_is_told_that_it_was_saved(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_threads, "WAIT_SECONDS", 0.5)
    path = unsubscribe_of(house.folder, "person1@")
    lock = sqlite3.connect(house.folder / "var" / "broadcaster.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    answer = house.client.post(path, ONE_CLICK)
    lock.execute("ROLLBACK")
    lock.close()
    assert (answer.status, answer.headers["retry-after"]) == (503, "60")
    assert "We cannot save this just now" in answer.text


def test_the_letter_on_the_web_is_the_letter_that_was_sent(house: House) -> None:
    for message in stage.emails(house.folder):
        html = message.get_body(("related", "html"))
        assert html is not None
        sent = next(part for part in message.walk() if part.get_content_type() == "text/html").get_content()
        (path,) = {path for path in stage.paths(sent) if path.startswith("/w/")}
        answer = house.client.get(path)
        shown = re.sub(r'"data:image/png;base64,[A-Za-z0-9+/=]+"', '"cid:logo@letter.invalid"', answer.text)
        assert shown.splitlines() == sent.rstrip("\r\n").splitlines()
        assert stage.one_click(message) in answer.text
        assert answer.headers["cache-control"] == "no-store"


def test_a_letter_on_the_web_runs_and_loads_nothing(house: House) -> None:
    cora = next(one for one in stage.emails(house.folder) if "person3@" in str(one["to"]))
    sent = next(part for part in cora.walk() if part.get_content_type() == "text/html").get_content()
    path = next(path for path in stage.paths(sent) if path.startswith("/w/"))
    answer = house.client.get(path)
    page = Tags(answer.text)
    assert "<script>alert(1)</script>" in page.text
    assert "cid:logo@letter.invalid" in page.text  # a word of the roster's, and not the logo
    assert not [tag for tag, _ in page.tags if tag in ("script", "iframe", "object", "form", "link", "base")]
    sources = [attributes["src"] for _, attributes in page.tags if "src" in attributes]
    assert sources
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy


def test_a_text_on_the_web_is_the_text_and_leads_to_unsubscribe(house: House) -> None:
    for text in stage.texts(house.folder):
        path = next(path for path in stage.paths(text["body"]) if path.startswith("/w/"))
        page = Tags(house.client.get(path).text)
        assert text["body"] in page.text
        assert [attributes["href"] for tag, attributes in page.tags if tag == "a" and "/u/" in attributes["href"]]


def test_a_letter_that_is_gone_and_one_that_never_was_look_the_same(house: House) -> None:
    links = [path for path in stage.every_link(house.folder) if path.startswith("/w/")]
    found = [path for path in links if "Bilal Noor" in house.client.get(path).text]
    assert len(found) == 2  # his email and his text
    tokens(house)  # erases him
    answers = [house.client.get(path) for path in (*found, f"/w/{NOBODY}", "/w/x")]
    assert {answer.status for answer in answers} == {404}
    assert len({_whole(answer) for answer in answers}) == 1
    assert not [path for path in links if "Bilal Noor" in house.client.get(path).text]


def test_whoever_doubts_is_sent_to_those_who_can_answer_and_to_nobody_else(tmp_path: Path) -> None:
    def line(number: str, *uses: str) -> dict[str, object]:
        return {"name": number, "number": number, "says": "S", "expires": "2090-01-01"} | (
            {"for": list(uses)} if uses else {}
        )

    lines = {
        "a": line("999", "emergency", "doubt"),
        "b": line("101", "doubt"),
        "c": line("0800 456 1226"),
        "d": line("0300 123 4567", "support"),
    }
    folder = make_project(tmp_path / "project", helplines=lines)
    with open_project(folder) as project:
        assert [one.number for one in verification.list_helplines(project, "en")] == ["101"]


def test_the_pages_behind_a_letter_speak_its_language_whatever_the_browser_says(house: House) -> None:
    mine = next(one for one in stage.emails(house.folder) if "person2@" in str(one["to"]))
    body = mine.get_body(("plain",))
    assert body is not None
    links = {path[1]: path for path in stage.paths(str(body.get_content()))}
    for page in ("c", "u"):
        assert '<html lang="ar" dir="rtl"' in house.client.get(links[page], "en").text
        # The others stand at the top, and are one press away.
        top = house.client.get(links[page], "en").text.partition("<main>")[0]
        assert 'href="?lang=en"' in top
        assert '<html lang="en"' in house.client.get(links[page] + "?lang=en", "ar").text
    answer = house.client.ask("POST", links["u"], b"choice=none", {"Accept-Language": "en"})
    assert '<html lang="ar"' in answer.text
    assert chosen(house.folder) == ["none"]
    english = next(path for path in stage.paths(stage.texts(house.folder)[0]["body"]) if path.startswith("/w/"))
    assert '<html lang="en"' in house.client.get(english, "ar").text


def test_the_check_page_says_who_and_when_and_nothing_about_anybody(house: House) -> None:
    for path in (path for path in stage.every_link(house.folder) if path.startswith("/c/")):
        answer = house.client.get(path + "?lang=en", "en")
        assert answer.status == 200
        for said in (
            "Yes, this is from us",
            "Ashmere Police",
            "Robin Hartwell",
            "Inspector",
            "officer@ashmere.example",
        ):
            assert said in answer.text
        assert stage.PUBLIC in answer.text
        assert 'href="tel:101"' in answer.text
        assert "0800 000 0000" not in answer.text  # it has expired
        for personal in ("Ada", "Quill", "Bilal", "Cora", "Ashmere<", "Brackwell", "person1", "+4477009"):
            assert personal not in answer.text.replace("Ashmere Police", "")


def test_the_check_page_knows_no_link_of_a_letter_that_never_left(tmp_path: Path) -> None:
    folder = stage.found(tmp_path / "project", send=False)
    stage.release(folder)
    with opened(folder) as house:
        with house.project.ledger.reading() as conn:
            ids = list(conn.exec_driver_sql("SELECT id FROM deliveries").scalars())
        paths = [f"/c/{token}" for token in house.project.keyring.tokens("check").mint(ids)]
        answers = [house.client.get(path, "en") for path in (*paths, f"/c/{NOBODY}")]
    assert len({_whole(answer) for answer in answers}) == 1
    assert "We do not know this link" in answers[0].text
    assert 'href="tel:101"' in answers[0].text


TOKENS = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"[A-Za-z0-9_-]{22}", fullmatch=True),
    st.sampled_from(
        ["..", "%00", "a\r\nSet-Cookie: x", "\u202e", "'; DROP TABLE consent; --", "%2e%2e%2f", "?lang=en"]
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(page=st.sampled_from("wcu"), token=TOKENS, body=st.binary(max_size=200), multipart=st.booleans())
def test_whatever_stands_in_a_link_is_answered_and_changes_nothing(
    house: House, page: str, token: str, body: bytes, multipart: bool
) -> None:
    path = f"/{page}/" + "".join(f"%{byte:02X}" for byte in token.encode("utf-8", "surrogatepass"))
    assert house.client.get(path).status in (200, 404, 405)
    kind = "multipart/form-data; boundary=x" if multipart else "application/x-www-form-urlencoded"
    door_open = house.client.post(path, body, kind)
    assert door_open.status in (200, 400, 404, 405)
    assert "location" not in door_open.headers
    assert chosen(house.folder) == []


def test_nobody_is_told_to_ring_an_emergency_number_about_a_letter(folder: Path) -> None:
    config = folder / "config.yaml"
    config.write_text(config.read_text("utf-8").replace("number: '101'", "number: '999'"), "utf-8")
    assert "'999'" in config.read_text("utf-8")
    (path, *_) = (one for one in stage.every_link(folder) if one.startswith("/c/"))
    with opened(folder) as house:
        answer = house.client.get(path)
    assert answer.status == 200
    assert "999" not in answer.text
    assert "tel:" not in answer.text
