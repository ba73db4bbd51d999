"""The desk's preview, asked for over HTTP: the page and the email in its frame, for people all over a large roster.

    python -m bench.desk_preview [--people 100000] [--asks 300]

One person signs in and asks for one page after another, each on a connection of its own, for rows drawn from the whole
roster. Times are from the request to the last byte, in milliseconds. The first look, at which the roster is walked
once, is told apart; the roster was checked before, as it is when it was taken in.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from bench.desk_broadcast import Browser
from bench.projects import make_project
from broadcaster.bootstrap.wiring import open_project
from broadcaster.config.field_types.scalars import ListenAddress
from broadcaster.keys import Keyring
from broadcaster.services.rosters.audiences import open_audience, read_recipients
from broadcaster.web import serve_web


def main() -> None:
    """Print the median and the tail of each page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--asks", type=int, default=300)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = make_project(Path(folder), chosen.people, "plain", None)
        Keyring.create(root / "var" / "key")
        with (
            open_project(root) as project,
            serve_web(project, ListenAddress("127.0.0.1", 0), lambda: None, lambda: project) as address,
        ):
            browser = Browser(urlsplit(address).netloc)
            browser.sign_in(project)
            for _ in read_recipients(project, open_audience(project, "bench"), lambda _: None):
                pass
            path, pick = "/desk/letters/bench/preview?audience=bench", Random(1)
            sys.stdout.write(f"the first look at {chosen.people:,} people: {_wait(browser, path):.0f} ms\n")
            for name, page in (("the page", path), ("its frame", path.replace("preview?", "preview/frame?"))):
                rows = [pick.randint(2, chosen.people) for _ in range(chosen.asks)]
                waits = sorted(_wait(browser, f"{page}&row={row}") for row in rows)
                tail = waits[round(len(waits) * 0.99) - 1]
                sys.stdout.write(f"{name}: p50 {statistics.median(waits):.1f} ms, p99 {tail:.1f} ms\n")
                sys.stdout.flush()


def _wait(browser: Browser, page: str) -> float:
    began = time.perf_counter()
    browser.ask(page)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
