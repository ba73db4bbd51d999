"""Every page as people reach it who see little, use no mouse, have a small screen, or read from right to left."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.web.browsing import Answer
from tests.web.desk.chromium import AXE, HTML_VALIDATE, needed
from tests.web.desk.scenes import Scene, Scenes, staged

RULES = Path(__file__).parent / "pages" / "htmlvalidate.json"
SEEN = {"en": "ltr", "ar": "rtl"}
PARTS = 5
"""Into so many tests the scenes of a language are dealt out: all at once would take a slow machine too long."""
KEPT = ("content-type", "content-security-policy")


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenes]:
    with staged(tmp_path_factory.mktemp("scenes")) as scenes:
        yield scenes


@pytest.fixture(scope="module", params=list(SEEN))
def seen(scenes: Scenes, request: pytest.FixtureRequest) -> tuple[str, list[Scene]]:
    """A language, and every scene in it."""
    return request.param, list(scenes.in_language(request.param))


@pytest.fixture(scope="module")
def page(launched: Browser) -> Page:
    """A page of Chromium."""
    needed(AXE)
    # Still: a colour on its way to another one is neither.
    return launched.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")


def open_scene(page: Page, address: str, answer: Answer) -> None:
    """Go where this answer is given, under its own policy; style and scripts come from the desk itself."""
    place = f"{address}/desk/scene"

    def fulfil(route: Route) -> None:
        headers = {name: answer.headers[name] for name in KEPT}
        route.fulfill(status=answer.status, headers=headers, body=answer.body)

    page.route(place, fulfil, times=1)
    page.goto(place)


def faults(page: Page, rules: dict[str, object]) -> list[str]:
    """What axe-core finds: the rule, and where."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))  # past the policy, which lets no page of ours load it
    # What passes is not described: that would be most of the work.
    wanted = {"iframes": False, "resultTypes": ["violations"], **rules}
    found = page.evaluate("wanted => axe.run(document, wanted)", wanted)
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]


def too_wide(page: Page) -> Iterator[str]:
    """How far a page must be scrolled sideways on a small telephone, and on a screen of 1280 at 200 %."""
    for width in (320, 640):
        page.set_viewport_size({"width": width, "height": 800})
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over:
            yield f"{over} pixels too wide at {width}"
    page.set_viewport_size({"width": 1280, "height": 900})


def test_each_scene_is_what_it_says(seen: tuple[str, list[Scene]]) -> None:
    assert len(seen[1]) > 60
    assert [(one.name, one.answer.status) for one in seen[1] if one.answer.status != one.expected] == []


def test_what_is_wrong_in_a_field_leads_to_it(seen: tuple[str, list[Scene]]) -> None:
    told = 0
    for scene in seen[1]:
        page = scene.answer.text
        links = re.findall(r'<a href="#(f-[^"]+)"', page.partition('id="error-summary"')[2].partition("</div>")[0])
        told += bool(links)
        for link in links:
            assert page.count(f' id="{link}"') == 1, (scene.name, link)
    assert told > 10


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_stands_in_anybodys_way(scenes: Scenes, page: Page, seen: tuple[str, list[Scene]], part: int) -> None:
    language, found = seen
    wrong: dict[str, list[str]] = {}
    for scene in found[part::PARTS]:
        page.emulate_media(color_scheme="light")
        open_scene(page, scenes.after.client.address, scene.answer)
        assert page.locator("html").get_attribute("dir") == SEEN[language], scene.name
        bad = faults(page, {})
        # In the dark only colours are other ones, and those are the same in every language.
        if language == "en":
            page.emulate_media(color_scheme="dark")
            bad += [f"dark: {one}" for one in faults(page, {"runOnly": ["color-contrast"]})]
        bad += too_wide(page)
        if bad:
            wrong[scene.name] = bad
    assert not wrong, json.dumps(wrong, indent=1)


def test_every_page_is_valid_html(seen: tuple[str, list[Scene]], tmp_path: Path) -> None:
    node = shutil.which("node")
    needed(HTML_VALIDATE, Path(node) if node else None)
    files = []
    for number, scene in enumerate(seen[1]):
        files.append(tmp_path / f"{number}.html")
        files[-1].write_bytes(scene.answer.body)
    done = subprocess.run(
        [str(node), str(HTML_VALIDATE), "--config", str(RULES), "--formatter", "text", *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    names = "\n".join(f"{number}.html is {scene.name}" for number, scene in enumerate(seen[1]))
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:] + names
