"""What holds for every answer: headers, languages, methods, words."""

import time
import tomllib
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from broadcaster.services.composing import auto_replies
from broadcaster.web.common import public_texts
from broadcaster.web.common.public_texts import language_for
from tests.web import stage
from tests.web.conftest import House, opened
from tests.web.signing import PATH

ENGLISH = tomllib.loads((public_texts.TEXTS_FOLDER / "en.toml").read_text("utf-8"))


def asked(house: House) -> Iterator[tuple[str, str]]:
    """A method and a path for every kind of answer there is."""
    ours = ("/", "/robots.txt", "/nosuch", "/u/x", "/w/x", "/c/x", PATH, "/hooks/nobody")
    yield from (("GET", path) for path in ours)
    yield from (("GET", path) for path in stage.every_link(house.folder))
    yield from (("POST", path) for path in ("/", "/u/x", PATH, "/hooks/nobody", "/w/x"))
    yield from ((method, "/u/x") for method in ("PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND"))


def test_every_answer_has_the_headers_that_keep_it_private_and_inert(house: House) -> None:
    for method, path in asked(house):
        answer = house.client.ask(method, path)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert "noindex" in headers["x-robots-tag"]
        assert headers["strict-transport-security"].startswith("max-age=")
        assert headers["x-frame-options"] == "DENY"
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy
        assert not {"server", "location", "set-cookie", "x-powered-by"} & set(headers)
        assert b"Traceback" not in answer.body


def test_http_on_this_machine_is_not_told_to_become_https(folder: Path) -> None:
    config = (folder / "config.yaml").read_text("utf-8")
    (folder / "config.yaml").write_text(config.replace(stage.PUBLIC, "http://127.0.0.1:8080"), "utf-8")
    with opened(folder) as house:
        assert "strict-transport-security" not in house.client.get("/").headers


def test_head_is_get_without_the_body(house: House) -> None:
    for path in ("/", "/robots.txt", "/nosuch", *stage.every_link(house.folder)[:8]):
        get, head = house.client.get(path), house.client.ask("HEAD", path)
        assert head.body == b""
        assert head.status == get.status
        assert [item for item in head.headers.items() if item[0] != "date"] == [
            item for item in get.headers.items() if item[0] != "date"
        ]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_odd_methods_are_turned_away_and_change_nothing(house: House, method: str) -> None:
    before = stage.ledger(house.folder)
    for path in stage.every_link(house.folder)[:6]:
        assert house.client.ask(method, path).status == 405
    assert stage.ledger(house.folder) == before


def test_there_is_no_page_but_ours_and_all_missing_ones_look_alike(house: House) -> None:
    missing = (
        "/nosuch",
        "/static/door.css",
        "/schema",
        "/../../etc/passwd",
        "/u",
        "/u/a/b",
        "//evil.example/",
    )
    answers = [house.client.get(path) for path in missing]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.body for answer in answers}) == 1


def test_a_mistake_of_ours_is_told_without_what_it_was(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("person1@example.org")

    monkeypatch.setattr("broadcaster.services.recipients.web_letter.delivery_id_of_token", fail)
    answer = house.client.get("/w/x")
    assert answer.status == 500
    assert "Something went wrong on our side" in answer.text
    assert "person1" not in answer.text
    assert "RuntimeError" not in answer.text


@pytest.mark.parametrize(
    ("accepts", "asked", "home", "language"),
    [
        ("", "", "en", "en"),
        ("ar", "", "en", "ar"),
        ("fr, ur;q=0.5, bn;q=0.9", "", "en", "bn"),
        ("AR-eg", "", "en", "ar"),
        ("en;q=0, so", "", "en", "so"),
        ("fr", "", "bn", "bn"),
        ("fr", "", "cy", "en"),
        ("ar", "ur", "en", "ur"),
        ("ar", "xx", "en", "ar"),
        ("*", "../../etc", "en", "en"),
        (";;;,q=1,,;q=x" * 1000, "", "en", "en"),
    ],
)
def test_the_language_follows_the_reader(accepts: str, asked: str, home: str, language: str) -> None:
    assert language_for(list(public_texts.load_all_texts()), accepts, asked, home) == language


def test_pages_say_their_language_and_direction(house: House) -> None:
    for tag, way in (("en", "ltr"), ("ar", "rtl"), ("ur", "rtl"), ("bn", "ltr"), ("so", "ltr")):
        for path in ("/", "/u/x", "/w/x", "/c/x", "/nosuch"):
            answer = house.client.get(path, tag)
            assert f'<html lang="{tag}" dir="{way}">' in answer.text
            assert answer.headers["vary"] == "accept-language"
            assert house.client.get(f"{path}?lang={tag}", "en").body == answer.body


def test_pages_speak_the_languages_that_texts_are_answered_in() -> None:
    """`services.texts` goes by one of the two lists for both."""
    assert set(public_texts.load_all_texts()) == set(auto_replies.AUTO_REPLY_TEXTS)


@pytest.mark.parametrize("language", list(public_texts.load_all_texts()))
def test_every_language_has_every_word(language: str) -> None:
    said = tomllib.loads((public_texts.TEXTS_FOLDER / f"{language}.toml").read_text("utf-8"))
    assert _keys(said) == _keys(ENGLISH)
    texts = [text for block in said.values() for text in (block.values() if isinstance(block, dict) else [block])]
    assert all(text.strip() for text in texts)
    if language != "en":
        first = (public_texts.TEXTS_FOLDER / f"{language}.toml").read_text("utf-8").partition("\n")[0]
        assert "native speaker" in first  # whoever uses it is told that none has read it
        english = {text for block in ENGLISH.values() if isinstance(block, dict) for text in block.values()}
        assert not set(texts) & english


def _keys(said: dict[str, object]) -> set[str]:
    return {f"{key}.{inner}" for key, block in said.items() for inner in (block if isinstance(block, dict) else [""])}


def test_answers_on_a_connection_that_is_kept_are_sent_at_once(house: House) -> None:
    connection = HTTPConnection(urlsplit(house.client.address).netloc, timeout=30)
    waits = []
    for _ in range(30):
        began = time.monotonic()
        connection.request("GET", "/u/x")
        connection.getresponse().read()
        waits.append(time.monotonic() - began)
    connection.close()
    assert min(waits[1:]) < 0.035  # Nagle's algorithm and a delayed acknowledgement make it 40 ms, each time
