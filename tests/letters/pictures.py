"""Pictures of the starter letters in Arabic and Urdu, on a telephone whose mail program drops `<bdi>`.

python -m tests.letters.pictures [FOLDER]     into docs/letters, unless a folder is named. Needs Chromium, and fonts for
both scripts (Debian: chromium fonts-noto-core).
"""

import re
import sys
from pathlib import Path

from tests.letters.starters import starter
from tests.letters.writing import LINKS
from tests.web.desk.chromium import browser

OUT = Path(__file__).parents[2] / "docs" / "letters"
LETTER = "reassurance-letter"
NAMES = {"ar": "arabic", "ur": "urdu"}
DIRECTED = re.compile(r"</?bdi\b[^>]*>")


def dropped(html: str) -> str:
    """The document as Gmail, Outlook and Yahoo show it: without `<bdi>`, and without what that says."""
    return DIRECTED.sub("", html)


def main() -> None:
    """Take them."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    folder.mkdir(parents=True, exist_ok=True)
    with browser() as launched:
        page = launched.new_page(viewport={"width": 390, "height": 844})
        for language, name in NAMES.items():
            skeleton, values, _, _ = starter(LETTER, language)
            page.set_content(dropped(skeleton.html(values, LINKS)))
            page.screenshot(path=folder / f"{name}.jpg", type="jpeg", quality=45, full_page=True)


if __name__ == "__main__":
    main()
