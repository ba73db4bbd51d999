"""Every route of the desk, found by asking the application for them: who is let in, and who is refused how.

A route that is added later is tested without anybody's doing; one whose parameters have no sample here fails.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from litestar import Litestar

from broadcaster.services.access.permissions import ROLES_BY_PERMISSION, Permission
from broadcaster.services.reporting.broadcast_status import list_broadcast_statuses
from broadcaster.web.desk import create_desk_router
from broadcaster.web.desk.routing.route_permissions import PERMISSION_KEY
from tests.projects import AUDIENCE, CAMPAIGN, LETTER
from tests.web import stage
from tests.web.browsing import Answer
from tests.web.conftest import House
from tests.web.desk.browser import Browser
from tests.web.desk.conftest import BY_ROLE, As
from tests.writes import nobody_writes

ROLES = ("viewer", "author", "approver", "admin")


@dataclass(frozen=True)
class Route:
    """A path with its parameters still in it, a method, and the deed that it says it is; None is for everybody."""

    method: str
    path: str
    deed: Permission | None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _routes() -> Iterator[Route]:
    app = Litestar([create_desk_router()], openapi_config=None)
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            for method in sorted(handler.http_methods - {"HEAD", "OPTIONS"}):
                if route.path.startswith("/desk"):
                    yield Route(str(method), route.path, handler.opt[PERMISSION_KEY])


NOT_HERE = {
    "/desk/{rest:path}": 404,
    "/desk/letters/{letter:str}/{language:str}/frame": 404,
}
"""What even those who may do not get: there is no such thing in this project."""

ALL = tuple(sorted(_routes(), key=str))
INSIDE = [one for one in ALL if one.deed is not None]
GETS = [one for one in INSIDE if one.method == "GET"]
POSTS = [one for one in INSIDE if one.method == "POST"]


def filled(path: str, house: House, **others: str) -> str:
    """The path with something that is there in the place of each parameter."""
    broadcast = list_broadcast_statuses(house.project)[0].broadcast.id
    delivery = next((house.folder / "var" / "outbox" / "email").glob("*.eml")).stem
    samples = {
        "name": AUDIENCE if "/audiences/" in path else CAMPAIGN,
        "reason": "suppressed",
        "letter": LETTER,
        "language": "en",
        "broadcast_id": broadcast,
        "delivery_id": delivery,
        "reply_id": "a" * 26,
        "person": "david",
        "block": "helplines",
        "key": "report",
        "rest": "nowhere",
    } | others
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: samples[found[1]], path)


def send(browser: Browser, route: Route, path: str, **headers: str) -> Answer:
    """Ask without following where it leads."""
    return browser.client.ask(route.method, path, b"" if route.method == "POST" else None, browser._sent(headers))


def test_there_are_routes() -> None:
    assert len(GETS) > 15
    assert len(POSTS) > 10


def test_without_a_session_nobody_gets_in(house: House) -> None:
    for route in INSIDE:
        answer = send(Browser(house.client), route, filled(route.path, house))
        if route.method == "GET" and not route.path.endswith("/live"):
            assert answer.status == 303, route
            assert answer.headers["location"].startswith("/desk/in"), route
        else:
            assert answer.status in (303, 401), route


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_is_its_own(house: House, enter: As, role: str) -> None:
    """A GET is answered or refused by the right; a POST without its token never gets further, whoever sends it."""
    browser = enter(role)
    before = _everything(house.folder)
    with nobody_writes():
        for route in INSIDE:
            _ask(browser, house, route, role)
    assert _everything(house.folder) == before


def _ask(browser: Browser, house: House, route: Route, role: str) -> None:
    if route.path.endswith("/live"):
        return  # it goes on for as long as there is news
    if route.path.endswith(("/notice", "/pdf", "/csv")):
        return  # a file, which needs Pango: test_preview looks at it
    assert route.deed is not None
    allowed = role in ROLES_BY_PERMISSION[route.deed]
    if route.method == "POST" or not allowed:
        assert send(browser, route, filled(route.path, house)).status == 403, route
    else:
        answer = browser.get(filled(route.path, house))
        assert answer.status == NOT_HERE.get(route.path, 200), (route, answer.text)
        assert not browser.at.startswith("/desk/in")


@pytest.mark.parametrize("role", ROLES)
def test_a_form_with_its_token_still_needs_the_right(house: House, enter: As, role: str) -> None:
    browser = enter(role)
    token = browser.csrf
    before = _everything(house.folder)
    for route in POSTS:
        assert route.deed is not None
        if role not in ROLES_BY_PERMISSION[route.deed]:
            answer = browser.client.ask("POST", filled(route.path, house), b"", browser._sent({"x-csrf": token}))
            assert answer.status == 403, route
    assert _everything(house.folder) == before


def test_a_token_of_another_session_or_site_is_none(house: House, enter: As) -> None:
    mine, other = enter("admin"), enter("admin")
    mine_token, other_token = mine.csrf, other.csrf
    before = _everything(house.folder)
    assert mine_token != other_token
    for route in POSTS:
        path = filled(route.path, house)
        for headers in (
            {"x-csrf": other_token},
            {"x-csrf": mine_token, "sec-fetch-site": "cross-site"},
            {"x-csrf": mine_token[:-1]},
            {"x-csrf": ""},
        ):
            assert mine.client.ask("POST", path, b"", mine._sent(headers)).status == 403, route
    assert _everything(house.folder) == before


def test_what_is_another_teams_is_not_there(house: House, enter: As) -> None:
    """An admin who works with another audience finds nothing of this one, by whatever address."""
    _limit(house.folder, "wenmei")
    browser = enter("admin")
    token = browser.csrf
    names = ("{name", "{broadcast_id", "{delivery_id")
    foreign = [one for one in INSIDE if any(name in one.path for name in names)]
    assert len(foreign) > 10
    before = _everything(house.folder)
    writing = [one for one in POSTS if "{language" in one.path]
    assert len(writing) > 1
    for route in writing:  # letters are everybody's to look at
        answer = browser.client.ask("POST", filled(route.path, house), b"", browser._sent({"x-csrf": token}))
        assert answer.status == 403, (route, answer.status)
    for route in foreign:
        body = b"" if route.method == "POST" else None
        answer = browser.client.ask(route.method, filled(route.path, house), body, browser._sent({"x-csrf": token}))
        assert answer.status == 404, (route, answer.status)
    for page in ("/desk", "/desk/campaigns", "/desk/broadcasts", "/desk/audiences", "/desk/outbox"):
        text = browser.get(page).text
        assert not re.search(rf"/(campaigns|audiences)/({CAMPAIGN}|{AUDIENCE})\b|/broadcasts/\w{{26}}", text), page
    assert _everything(house.folder) == before
    for text in (browser.get("/desk/audit").text, browser.post("/desk/audit/export").text):
        assert not re.search(rf"\b({CAMPAIGN}|{AUDIENCE})\b", text)


@pytest.mark.parametrize("strange", ["..%2f..%2fconfig.yaml", "%00", "a" * 500, "-", "%3Cscript%3E", "..", "x%0d%0ay"])
def test_what_is_made_up_is_not_there(house: House, enter: As, strange: str) -> None:
    browser = enter("admin")
    token = browser.csrf
    before = _everything(house.folder)
    for route in INSIDE:
        for name in re.findall(r"\{(\w+)", route.path):
            path = filled(route.path, house, **{name: strange})
            body = b"" if route.method == "POST" else None
            answer = browser.client.ask(route.method, path, body, browser._sent({"x-csrf": token}))
            assert answer.status in (400, 404), (route, name, answer.status)
    assert _everything(house.folder) == before


def test_viewers_see_nobodys_name_or_address(house: House, enter: As) -> None:
    browser = enter("viewer")
    personal = [one[key] for one in stage.PEOPLE for key in ("name", "email", "phone") if one.get(key)]
    seen = 0
    for route in GETS:
        if route.path.endswith(("/live", "/notice", "/pdf", "/csv")):
            continue
        path = filled(route.path, house)
        for query in ("", "?row=2", f"?audience={AUDIENCE}&row=3&shape=sms", "?shape=raw", "?shape=text"):
            text = browser.get(path + query).text
            seen += len(text)
            for word in personal:
                assert word not in text, (route, query)
    assert seen > 20_000


def test_every_page_loads_only_our_own(house: House, enter: As) -> None:
    browser = enter("admin")
    for route in GETS:
        if route.path.endswith(("/live", "/notice", "/pdf", "/csv")):
            continue
        answer = browser.get(filled(route.path, house))
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy, route
        assert answer.headers["x-content-type-options"] == "nosniff", route
        assert answer.headers["cache-control"] == "no-store", route
        if "script-src 'self'" in policy:
            assert "unsafe" not in policy, route
            assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style", answer.text), route
            assert not re.findall(r"(?:src|href)=\"(?:https?:)?//(?!letters\.example\.org)", answer.text), route
        else:
            assert "sandbox" in policy, route
            assert "script-src" not in policy, route


def _limit(folder: Path, person: str) -> None:
    """Let a person work with an audience that no campaign uses."""
    config = folder / "config.yaml"
    text = config.read_text("utf-8")
    assert f"  {person}:\n" in text
    config.write_text(text.replace(f"  {person}:\n", f"  {person}:\n    audiences: [elsewhere]\n"), "utf-8")
    assert BY_ROLE["admin"] == person


def _everything(folder: Path) -> dict[str, object]:
    """Every row of the ledger, and every file that people write."""
    rows = stage.ledger(folder)
    files = [path for path in folder.rglob("*") if path.is_file() and folder / "var" not in path.parents]
    return {**rows, **{str(path): path.read_bytes() for path in files}}


def test_names_of_another_team_are_on_no_page(house: House, enter: As) -> None:
    """Neither that of an audience that somebody else works with, nor that of a campaign that goes to it as well."""
    people, config = house.folder / "audiences", house.folder / "config.yaml"
    for ending in (".yaml", ".csv"):
        text = (people / f"{AUDIENCE}{ending}").read_text("utf-8")
        (people / f"shelter{ending}").write_text(text.replace(f"{AUDIENCE}.csv", "shelter.csv"), "utf-8")
    text = config.read_text("utf-8")
    text = text.replace("  wenmei:\n", f"  wenmei:\n    audiences: [{AUDIENCE}]\n")
    text = text.replace("  priya:\n", f"  priya:\n    audiences: [{AUDIENCE}, shelter]\n")
    both = f"letter: {LETTER}, audience: [{AUDIENCE}, shelter], when: 2090-01-01 09:00"
    config.write_text(text.replace("campaigns:\n", f"campaigns:\n  secretive: {{{both}}}\n"), "utf-8")
    browser = enter("admin")
    for route in GETS:
        if not route.path.endswith(("/live", "/notice", "/pdf", "/csv")):
            text = browser.get(filled(route.path, house)).text
            assert not re.search(r"shelter|secretive", text), route
    assert "shelter" in enter("approver").get("/desk/people").text
    assert "secretive" in enter("approver").get(f"/desk/audiences/{AUDIENCE}").text
