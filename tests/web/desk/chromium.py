"""Debian's Chromium, driven by Playwright, and what npm brings to look at pages with.

Where one of them is missing, tests are skipped; with BROADCASTER_BROWSER=needed in the environment they fail instead.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

TOOLS = Path(__file__).parent / "pages" / "node_modules"
AXE = TOOLS / "axe-core" / "axe.min.js"
HTML_VALIDATE = TOOLS / "html-validate" / "bin" / "html-validate.mjs"

WAIT = 60_000
"""Milliseconds for which something is waited for: a machine may be busy."""

expect.set_options(timeout=WAIT)

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def needed(*files: Path | None) -> None:
    """Skip where one of these is not there, or fail where it must be."""
    if all(file is not None and file.exists() for file in files):
        return
    why = "Chromium or what npm brings is not here: apt install chromium; npm ci --prefix tests/web/desk/pages"
    if os.environ.get("BROADCASTER_BROWSER") == "needed":
        pytest.fail(why)
    pytest.skip(why)


def chromium() -> Path | None:
    """The browser, if it is installed."""
    found = shutil.which("chromium")
    return Path(found) if found else None


def read_all(page: Page) -> None:
    """Tick on a campaign's page that the letter was read in each language."""
    for tick in page.locator("input[name=read]").all():
        tick.check()


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser without a screen; skips where there is none."""
    program = chromium()
    needed(program)
    with sync_playwright() as playwright:
        yield from _launched(playwright, str(program))


def _launched(playwright: Playwright, program: str) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
    try:
        yield launched
    finally:
        launched.close()
