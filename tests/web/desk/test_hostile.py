"""Whatever comes in a form or an address of the desk: it is answered, and never by an accident of ours."""

import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest

from broadcaster.config import load_settings
from broadcaster.web import desk
from tests.projects import AUDIENCE, LETTER
from tests.web import stage
from tests.web.conftest import House, opened
from tests.web.desk.browser import FORM, Browser
from tests.web.desk.conftest import As, come_in
from tests.web.desk.test_routes import GETS, filled

DESK = Path(desk.__file__).parent

STRANGE: dict[str, bytes] = {
    "nothing": b"",
    "blank": b" \r\n\t ",
    "null": b"a\0b",
    "no UTF-8": b"\xff\xfe\xed\xa0\x80",
    "negative": b"-1",
    "huge number": b"9" * 40,
    "other digits": "٣".encode(),
    "superscript": "²".encode(),
    "path": b"../../config.yaml",
    "markup": b"<script>alert(1)</script>\"'",
    "template": b"{{ 7 * 7 }}{% for x in [] %}",
    "yaml": b"x: [1, {y: &a\n  - *a",
    "long": b"x" * 5_000,
    "directions": "\u202eabc\u2066".encode(),
    "year": b"9999-12-31T23:59",
}


QUICK = frozenset({"nothing", "null", "no UTF-8", "huge number", "path", "markup", "template", "yaml", "year"})
"""One of each kind. The others are tried with the long tests."""

VALUES = [
    pytest.param(value, id=name, marks=[] if name in QUICK else pytest.mark.long) for name, value in STRANGE.items()
]

MORE = (
    f"/desk/campaigns/new?letter={LETTER}",
    f"/desk/campaigns/new?letter={LETTER}&audience={AUDIENCE}",
    f"/desk/campaigns/new?letter={LETTER}&audience={AUDIENCE}&channel=both",
)
"""Pages with forms that no other page leads to without an answer."""


class Forms(HTMLParser):
    """The forms of a page: where each is sent, how, and its fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((given.get("method", "get"), given.get("action", ""), {}))
        elif tag in ("input", "select", "textarea", "button") and self.found and given.get("name"):
            fields = self.found[-1][2]
            fields.setdefault(given["name"], given.get("value", ""))


def forms(browser: Browser, house: House) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Every different form of every page."""
    seen: set[tuple[str, str, tuple[str, ...]]] = set()
    paths = [
        filled(route.path, house)
        for route in GETS
        if not route.path.endswith(("/live", "/notice", "/pdf", "/csv", "/frame"))
    ]
    for path in (*paths, *MORE):
        for method, action, fields in Forms(browser.get(path).text).found:
            kind = (method, action, tuple(fields))
            if kind not in seen:
                seen.add(kind)
                yield method, action or path, fields


def body(fields: dict[str, bytes]) -> bytes:
    return "&".join(f"{name}={quote_from_bytes(value)}" for name, value in fields.items()).encode()


@pytest.fixture(scope="module")
def every_form(sent: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, dict[str, str]]]:
    """Every different form that an admin finds; each test's project is a copy of the one that they are read from."""
    with opened(Path(shutil.copytree(sent, tmp_path_factory.mktemp("forms") / "project"))) as house:
        return list(forms(come_in(house, "admin"), house))


@pytest.mark.parametrize("strange", VALUES)
def test_no_form_makes_it_stumble(
    house: House, enter: As, every_form: list[tuple[str, str, dict[str, str]]], strange: bytes
) -> None:
    admin = enter("admin")
    token = admin.csrf.encode()
    stumbled, sent = [], 0
    for method, action, fields in every_form:
        if action.endswith(("/out", "/language")) or ("csrf" in fields and re.search(r"/people/wenmei", action)):
            continue  # it would end the session that asks
        for name in fields.keys() - {"csrf"} or {"extra"}:
            given = {key: value.encode() for key, value in fields.items()} | {name: strange}
            if method == "get":
                answer = admin.get(f"{action}?{body(given).decode()}")
            else:
                given["csrf"] = token
                answer = admin._ask("POST", action, body(given), {"content-type": FORM})
            sent += 1
            if answer.status >= 500:
                stumbled.append((method, action, name, answer.status))
    assert stumbled == []
    assert sent > 50
    assert config_is_whole(house.folder)


@pytest.mark.parametrize("strange", VALUES)
def test_no_address_makes_it_stumble(house: House, enter: As, strange: bytes) -> None:
    admin, names = enter("admin"), sorted(_names())
    assert len(names) > 15
    for route in GETS:
        if route.path.endswith(("/live", "/notice", "/pdf", "/csv", "/export")):
            continue
        query = body(dict.fromkeys(names, strange)).decode()
        answer = admin.get(f"{filled(route.path, house)}?{query}")
        assert answer.status < 500, (route, answer.status)


def _names() -> set[str]:
    """The fields of addresses that any page looks at."""
    sources = "".join(path.read_text("utf-8") for path in DESK.rglob("*.py"))
    return set(re.findall(r"(?:asked|query_params\.get|query_params\.getall|given)\(\"([a-z_]+)\"", sources))


def config_is_whole(folder: Path) -> bool:
    """Whether what was written at the desk can still be read."""
    return bool(load_settings(folder, {}).campaigns) and bool(stage.ledger(folder))
