"""Every page as people reach it who see little, use no mouse, have a small screen, or read from right to left."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from broadcaster.services import signin
from broadcaster.services.people import Actor
from broadcaster.services.signin import Good
from tests.web import stage
from tests.web.conftest import House, opened
from tests.web.desk.browser import Browser
from tests.web.desk.chromium import AXE, HTML_VALIDATE, browser, needed
from tests.web.desk.test_routes import GETS, filled

PAGES = [one for one in GETS if not one.path.endswith(("/live", "/frame"))]
RULES = Path(__file__).parent / "pages" / "htmlvalidate.json"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The desk, as an unencrypted page of this machine: browsers keep no secure cookies for one."""
    folder = stage.found(tmp_path_factory.mktemp("accessible") / "project")
    config = folder / "config.yaml"
    config.write_text(config.read_text("utf-8").replace(stage.PUBLIC, "http://127.0.0.1:9"), "utf-8")
    with opened(folder) as house:
        yield house


@pytest.fixture(scope="module")
def page(desk: House) -> Iterator[Page]:
    """A page of Chromium in which an admin has signed in."""
    needed(AXE)
    with browser() as launched:
        context = launched.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.goto(f"{desk.client.address}{_link(desk)}")
        page.get_by_role("button").first.wait_for()
        page.locator("main button").click()
        yield page


def _link(desk: House) -> str:
    return f"/desk/in/{signin.invite(desk.project, 'wenmei', Actor('tests', '', '', ''), Good.ENTER)}"


def _faults(page: Page) -> list[str]:
    """What axe-core finds: the rule, and where."""
    page.evaluate(AXE.read_text("utf-8"))  # past the policy, which lets no page of ours load it
    found = page.evaluate("axe.run(document, {iframes: false})")
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]


def _too_wide(page: Page) -> int:
    """Pixels by which a page must be scrolled sideways."""
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return int(width)


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ar", "dark")])
def test_nothing_stands_in_anybodys_way(desk: House, page: Page, language: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.context.add_cookies([{"name": "desk_language", "value": language, "url": desk.client.address}])
    wrong: dict[str, list[str]] = {}
    for route in PAGES:
        path = filled(route.path, desk)
        answer = page.goto(desk.client.address + path)
        assert answer is not None
        if answer.status != 200:
            continue
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        faults = _faults(page)
        for width in (320, 640):  # a small telephone, and a screen of 1280 at 200 %
            page.set_viewport_size({"width": width, "height": 800})
            if over := _too_wide(page):
                faults.append(f"{over} pixels too wide at {width}")
        page.set_viewport_size({"width": 1280, "height": 900})
        if faults:
            wrong[route.path] = faults
    assert not wrong, json.dumps(wrong, indent=1)


def test_signing_in_stands_in_nobodys_way(desk: House, page: Page) -> None:
    launched = page.context.browser
    assert launched is not None
    visitor = launched.new_page()
    for path in ("/desk/in", _link(desk), "/desk/in/gone"):
        visitor.goto(desk.client.address + path)
        assert not _faults(visitor)


def test_every_page_is_valid_html(desk: House, tmp_path: Path) -> None:
    node = shutil.which("node")
    needed(HTML_VALIDATE, Path(node) if node else None)
    visitor = Browser(desk.client)
    visitor.get(link := _link(desk))
    visitor.post(link)
    files = []
    for number, route in enumerate(PAGES):
        answer = visitor.get(filled(route.path, desk))
        if answer.status == 200:
            files.append(tmp_path / f"{number}-{route.path.strip('/').replace('/', '-').replace(':', '')}.html")
            files[-1].write_text(answer.text, "utf-8")
    done = subprocess.run(
        [str(node), str(HTML_VALIDATE), "--config", str(RULES), "--formatter", "text", *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
