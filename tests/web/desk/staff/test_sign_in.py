"""Coming in: links that are good once, passwords, sessions that end."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from broadcaster.keys.passwords import verify_password
from broadcaster.services.access import invitations, sessions
from broadcaster.services.access.invitations import LinkPurpose
from broadcaster.services.access.permissions import Actor
from broadcaster.web.desk_application import PASSWORD_THREADS
from tests.web.conftest import House, opened
from tests.web.desk.browser import FORM, Browser
from tests.web.desk.conftest import As

SOMEBODY = Actor("tests", "", "", "")
PASSWORD = "marmalade tugboat seventeen"


def invite(house: House, who: str = "amina", good: LinkPurpose = LinkPurpose.CHOOSE) -> str:
    return f"/desk/in/{invitations.create_invitation(house.project, who, SOMEBODY, good)}"


def test_a_link_and_then_the_password(house: House) -> None:
    link, browser = invite(house), Browser(house.client)
    assert "Amina" in browser.get(link).text
    answer = browser.post(link, password=PASSWORD, again=PASSWORD)
    assert (answer.status, browser.at) == (200, "/desk?said=welcome")
    assert browser.post("/desk/out").status == 200
    assert browser.get("/desk").text.count('type="password"') == 1
    assert browser.post("/desk/in", name="amina", password="something else entirely").status == 422
    assert browser.post("/desk/in", name="amina", password=PASSWORD).status == 200
    assert browser.at == "/desk"


@pytest.mark.parametrize("good", list(LinkPurpose))
def test_a_link_is_good_once_and_looking_does_not_use_it_up(house: House, good: LinkPurpose) -> None:
    link = invite(house, good=good)
    for _ in range(3):
        assert Browser(house.client).get(link).status == 200
    assert Browser(house.client).post(link, password=PASSWORD, again=PASSWORD).status == 200
    late = Browser(house.client)
    assert late.get(link).status == 410
    assert late.post(link, password=PASSWORD, again=PASSWORD).status == 410
    assert not late.signed_in


def test_a_newer_link_makes_the_older_void(house: House) -> None:
    older, newer = invite(house), invite(house)
    assert Browser(house.client).get(older).status == 410
    assert Browser(house.client).get(newer).status == 200


@pytest.mark.parametrize(
    ("password", "again"), [("short", "short"), ("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa"), (PASSWORD, PASSWORD + "x")]
)
def test_a_weak_password_or_a_slip_leaves_the_link_good(house: House, password: str, again: str) -> None:
    link, browser = invite(house), Browser(house.client)
    assert browser.post(link, password=password, again=again).status == 422
    assert browser.post(link, password=PASSWORD, again=PASSWORD).status == 200


def test_a_new_password_ends_the_other_sessions(house: House, enter: As) -> None:
    elsewhere = enter("author")
    assert elsewhere.get("/desk").status == 200
    here = Browser(house.client)
    here.post(link := invite(house), password=PASSWORD, again=PASSWORD)
    assert link
    assert "password" in elsewhere.get("/desk").text
    assert here.get("/desk").status == 200


def test_tries_are_counted(house: House) -> None:
    browser = Browser(house.client)
    answers = [browser.post("/desk/in", name="amina", password="wrong").status for _ in range(12)]
    assert answers == [422] * 10 + [429] * 2
    assert browser.post("/desk/in", name="david", password="wrong").status == 422


@pytest.mark.parametrize("name", ["amina", "nobody"])
def test_tries_at_another_process_count_as_well(house: House, folder: Path, name: str) -> None:
    with opened(folder) as other:
        browsers = [Browser(house.client), Browser(other.client)]
        answers = [browsers[n % 2].post("/desk/in", name=name, password="wrong").status for n in range(12)]
    assert answers == [422] * 10 + [429] * 2


def test_whoever_guesses_at_a_name_does_not_lock_its_owner_out(house: House) -> None:
    owner, guesser = Browser(house.client), Browser(house.client)
    assert owner.post(invite(house), password=PASSWORD, again=PASSWORD).status == 200
    assert owner.post("/desk/out").status == 200
    answers = [guesser.post("/desk/in", name="amina", password="wrong") for _ in range(12)]
    assert [answer.status for answer in answers] == [422] * 10 + [429] * 2
    assert 55 <= int(answers[-1].headers["retry-after"]) <= 61
    assert Browser(house.client).post("/desk/in", name="amina", password=PASSWORD).status == 429
    assert owner.post("/desk/in", name="amina", password=PASSWORD).status == 200
    assert owner.signed_in
    assert guesser.post("/desk/in", name="amina", password=PASSWORD).status == 429
    assert Browser(house.client).post(invite(house), password=PASSWORD, again=PASSWORD).status == 200


def test_the_device_cookie_is_kept_and_says_nothing(house: House) -> None:
    browser = Browser(house.client)
    browser.post(invite(house), password=PASSWORD, again=PASSWORD)
    answer = house.client.ask("GET", "/desk/in")
    assert not any("device" in line for line in answer.headers.get_all("set-cookie") or ())
    browser.post("/desk/out")
    token = browser.csrf
    body = urlencode({"csrf": token, "name": "amina", "password": PASSWORD}).encode()
    answer = house.client.ask("POST", "/desk/in", body, browser._sent({"content-type": FORM}))
    (line,) = [line for line in answer.headers.get_all("set-cookie") or () if "device" in line]
    assert "amina" not in line
    flags = {part.strip().partition("=")[0].lower() for part in line.split(";")[1:]}
    assert {"httponly", "secure", "max-age", "path", "samesite"} <= flags
    assert line.startswith("__Host-desk_device=")
    wrong = urlencode({"csrf": token, "name": "amina", "password": "wrong"}).encode()
    answer = house.client.ask("POST", "/desk/in", wrong, browser._sent({"content-type": FORM}))
    assert not any("device" in line for line in answer.headers.get_all("set-cookie") or ())


def test_a_part_of_a_page_is_not_replaced_by_the_sign_in(house: House) -> None:
    """htmx follows `hx-redirect` and changes nothing on the page where the answer has the status 204."""
    answer = house.client.ask("GET", "/desk", None, {"hx-request": "true"})
    assert (answer.status, answer.body, urlsplit(answer.headers["hx-redirect"]).path) == (204, b"", "/desk/in")


def test_thirty_connections_do_not_take_all_sign_ins(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each stranger beyond the first is answered at once, while those of a known device and of a link come in."""
    owner, guest = Browser(house.client), Browser(house.client)
    assert owner.post(invite(house), password=PASSWORD, again=PASSWORD).status == 200
    assert owner.post("/desk/out").status == 200
    token, over, held = guest.csrf, threading.Event(), threading.Semaphore(0)

    def slow(given: str, kept: str | None) -> bool:
        if given != "wrong":
            return verify_password(given, kept)
        held.release()
        return over.wait(60) and False

    monkeypatch.setattr(sessions, "verify_password", slow)
    with ThreadPoolExecutor(30) as crowd:
        asked = [
            crowd.submit(guest.post, "/desk/in", csrf=token, name=f"somebody{number}", password="wrong")
            for number in range(PASSWORD_THREADS)
        ]
        try:
            for _ in asked:
                assert held.acquire(timeout=60)
            turned_away = [guest.post("/desk/in", csrf=token, name=f"other{n}", password="wrong") for n in range(5)]
            assert [answer.status for answer in turned_away] == [429] * 5
            waits = [int(answer.headers["retry-after"]) for answer in turned_away]
            assert waits == [1, 2, 3, 4, 5]
            assert owner.post("/desk/in", name="amina", password=PASSWORD).status == 200
            assert Browser(house.client).post(invite(house, "david"), password=PASSWORD, again=PASSWORD).status == 200
            assert not over.is_set()
        finally:
            over.set()


def test_tries_at_passwords_keep_out_nobody_who_is_in(house: House, enter: As, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, outside, over = enter("author"), Browser(house.client), threading.Event()
    token = outside.csrf
    began = threading.Semaphore(0)

    def slow(*_: object) -> bool:
        began.release()
        return over.wait(60) and False

    monkeypatch.setattr(sessions, "verify_password", slow)
    with ThreadPoolExecutor(8) as crowd:
        for number in range(8):
            crowd.submit(outside.post, "/desk/in", csrf=token, name=f"somebody{number}", password="wrong")
        assert began.acquire(timeout=60)
        try:
            assert inside.get("/desk/people").status == 200
            assert not over.is_set()
        finally:
            over.set()


def test_an_unknown_name_is_answered_as_a_wrong_password(house: House) -> None:
    browser = Browser(house.client)
    unknown = browser.post("/desk/in", name="nobody", password="wrong")
    known = browser.post("/desk/in", name="amina", password="wrong")
    assert (unknown.status, unknown.text.replace("nobody", "amina")) == (known.status, known.text)


@pytest.mark.parametrize(
    "where",
    [
        "https://evil.example",
        "//evil.example",
        "///desk",
        "////desk/campaigns",
        "/\\desk",
        "/elsewhere",
        "/desk/../x\\",
        "/deskx",
        "/desk/../u/x",
        "/desk/%2e%2E/u",
    ],
)
def test_signing_in_leads_nowhere_else(house: House, where: str) -> None:
    Browser(house.client).post(invite(house), password=PASSWORD, again=PASSWORD)
    browser = Browser(house.client)
    form = urlencode({"csrf": browser.csrf, "name": "amina", "password": PASSWORD, "next": where}).encode()
    answer = house.client.ask("POST", "/desk/in", form, browser._sent({"content-type": FORM}))
    assert (answer.status, answer.headers["location"]) == (303, "/desk")


@pytest.mark.parametrize("where", ["///desk", "//desk", "https://evil.example/desk", "/\\desk"])
def test_choosing_a_language_leads_nowhere_else(house: House, where: str) -> None:
    browser = Browser(house.client)
    form = urlencode({"csrf": browser.csrf, "language": "ar", "next": where}).encode()
    answer = house.client.ask("POST", "/desk/language", form, browser._sent({"content-type": FORM}))
    assert (answer.status, answer.headers["location"]) == (303, "/desk")
