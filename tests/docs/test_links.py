"""Every link within the project leads somewhere."""

from urllib.parse import unquote, urlsplit

import pytest

from tests.docs.pages import NAMES, ROOT, anchors, tokens


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    broken = []
    for token in tokens(page):
        target = token.attrs.get("href") if token.type == "link_open" else token.attrs.get("src")
        parts = urlsplit(str(target or ""))
        if target is None or parts.scheme or parts.netloc:
            continue
        there = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        if not there.is_relative_to(ROOT) or not there.exists():
            broken.append(f"line {(token.map or [0])[0] + 1}: {target} is not there")
        elif parts.fragment and there.suffix == ".md" and parts.fragment not in anchors(there):
            broken.append(f"line {(token.map or [0])[0] + 1}: {target} has no such heading")
    assert not broken


def test_there_are_pages() -> None:
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md", "docs/commands.md"} <= set(NAMES)
