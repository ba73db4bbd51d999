"""Pictures of every page, desktop and telephone, into docs/desk: scripts/screens.

They show the demonstration: invented people, letters in an outbox, and one campaign that waits for approval.
"""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.web.desk.chromium import browser

OUT = Path(__file__).parents[3] / "docs" / "desk"
CAMPAIGN = """\
  reminder:
    letter: we-stand-together
    audience: community-contacts
    when: {day} 10:00
"""


def main() -> None:
    """Take them all."""
    OUT.mkdir(exist_ok=True)
    for old in OUT.glob("*.jpg"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as links, browser() as launched:
        config = Path(folder) / "var" / "demo" / "config.yaml"
        text = config.read_text("utf-8")
        later = CAMPAIGN.format(day=date.today() + timedelta(days=1))  # noqa: DTZ011 (the day on this machine's wall)
        config.write_text(text.replace("campaigns:\n", f"campaigns:\n{later}", 1), "utf-8")
        author, address = entered(launched, links["author"])
        visitor = launched.new_page()
        visitor.goto(f"{address}/desk/in")
        shoot(visitor, "sign-in")
        author.goto(f"{address}/desk/campaigns/reminder")
        shoot(author, "campaign-submit")
        approver, _ = entered(launched, links["approver"])
        approver.goto(f"{address}/desk/campaigns/follow-up")
        shoot(approver, "campaign-approve")
        admin, _ = entered(launched, links["admin"])
        for name, path in pages(Path(folder) / "var" / "demo", author, address):
            who = admin if name in ("people", "person-new", "person", "audit") else author
            who.goto(address + path)
            shoot(who, name)
        arabic(author, address)


def pages(project: Path, page: Page, address: str) -> Iterator[tuple[str, str]]:
    """Each page's picture's name, and its path."""
    page.goto(f"{address}/desk/broadcasts")
    broadcast = page.locator("tbody a").first.get_attribute("href") or ""
    message = next((project / "var" / "outbox" / "email").glob("*.eml")).stem
    yield from (
        ("home", "/desk"),
        ("campaigns", "/desk/campaigns"),
        ("campaign-new", "/desk/campaigns/new"),
        ("campaign-change", "/desk/campaigns/reminder/change"),
        ("letters", "/desk/letters"),
        ("letter-new", "/desk/letters/new"),
        ("letter", "/desk/letters/reassurance-letter"),
        ("editor", "/desk/letters/reassurance-letter/en/edit"),
        ("revisions", "/desk/letters/reassurance-letter/en/revisions"),
        ("preview", "/desk/letters/reassurance-letter/preview?language=en&row=20&audience=faith-networks"),
        ("preview-text-message", "/desk/letters/reassurance-letter/preview?language=ur&shape=sms"),
        ("preview-notice", "/desk/letters/reassurance-letter/preview?language=en&shape=notice"),
        ("preview-edges", "/desk/letters/reassurance-letter/preview/edges?audience=faith-networks"),
        ("audiences", "/desk/audiences"),
        ("audience", "/desk/audiences/faith-networks"),
        ("audience-new", "/desk/audiences/new"),
        ("left-out", "/desk/audiences/community-contacts/left-out"),
        ("left-out-rows", "/desk/audiences/community-contacts/left-out/not-selected"),
        ("suppressions", "/desk/suppressions"),
        ("broadcasts", "/desk/broadcasts"),
        ("broadcast", broadcast),
        ("broadcast-send-again", f"{broadcast}/again"),
        ("record", f"{broadcast}/record"),
        ("replies", "/desk/replies"),
        ("outbox", "/desk/outbox"),
        ("outbox-messages", f"/desk/outbox/of/{broadcast.rpartition('/')[2]}"),
        ("outbox-message", f"/desk/outbox/{message}"),
        ("people", "/desk/people"),
        ("person-new", "/desk/people/new"),
        ("person", "/desk/people/david/change"),
        ("audit", "/desk/audit"),
    )


def arabic(page: Page, address: str) -> None:
    """The first page from right to left, in the dark."""
    page.context.add_cookies([{"name": "desk_language", "value": "ar", "url": address}])
    page.emulate_media(color_scheme="dark")
    page.goto(f"{address}/desk")
    shoot(page, "home-arabic-dark")


def entered(launched: Browser, link: str) -> tuple[Page, str]:
    """A page of somebody who has come in by their link, and the address of the desk."""
    page = launched.new_context(viewport={"width": 1280, "height": 860}).new_page()
    page.goto(link)
    page.locator("main button").click()
    return page, link.partition("/desk")[0]


def shoot(page: Page, name: str) -> None:
    """A picture of the page as it is on a desk, and one on a telephone."""
    for width, height, where in ((1280, 860, ""), (390, 844, "-phone")):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_load_state("networkidle")
        page.screenshot(path=OUT / f"{name}{where}.jpg", type="jpeg", quality=72, animations="disabled")
    page.set_viewport_size({"width": 1280, "height": 860})


@contextmanager
def demo(folder: Path) -> Iterator[dict[str, str]]:
    """The demonstration, served; yields the link of each role once everything in it is sent."""
    command = [sys.executable, "-m", "broadcaster", "-C", str(folder), "demo", "--serve"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert running.stdout is not None
    links: dict[str, str] = {}
    try:
        sent = 0
        for line in running.stdout:
            if found := re.match(r"\s+(\w+)\s+(http\S+/desk/in/\S+)", line):
                links[found[1]] = found[2]
            sent += "all " in line and " sent" in line
            if sent == 3:
                break
        time.sleep(1)
        yield links
    finally:
        running.terminate()
        running.wait(30)


if __name__ == "__main__":
    main()
