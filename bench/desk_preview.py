"""The desk's preview, asked for over HTTP: the page, the email in its frame, and the next person's.

    python -m bench.desk_preview [--people 2000] [--asks 300]

One person signs in and asks for one page after another, each on a connection of its own. Times are from the request to
the last byte, in milliseconds.
"""

import argparse
import statistics
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from bench.desk_broadcast import Browser
from bench.projects import make_project
from broadcaster.config.scalars import Listen
from broadcaster.keys import Keyring
from broadcaster.web import open_to_all
from broadcaster.wiring import open_project


def main() -> None:
    """Print the median and the tail of each page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--asks", type=int, default=300)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = make_project(Path(folder), chosen.people, "plain", None)
        Keyring.create(root / "var" / "key")
        with (
            open_project(root) as project,
            open_to_all(project, Listen("127.0.0.1", 0), lambda: None, lambda: project) as address,
        ):
            browser = Browser(urlsplit(address).netloc)
            browser.sign_in(project)
            path, rows = "/desk/letters/bench/preview", count(2)
            for name, page in (("the page", path), ("its frame", f"{path}/frame")):
                waits = sorted(_wait(browser, f"{page}?audience=bench&row={next(rows)}") for _ in range(chosen.asks))
                tail = waits[round(len(waits) * 0.99) - 1]
                sys.stdout.write(f"{name}: p50 {statistics.median(waits):.1f} ms, p99 {tail:.1f} ms\n")
                sys.stdout.flush()


def _wait(browser: Browser, page: str) -> float:
    began = time.perf_counter()
    browser.ask(page)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
