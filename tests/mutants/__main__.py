"""Runs the tests against changed code, one change at a time: scripts/mutants.

Mutmut 3 and Cosmic Ray were looked at. Mutmut changes functions only, so never the tables and sets outside them. It
runs all tests first. Cosmic Ray drops no statements and has one test command for all modules. Neither takes a seeded
sample, and the tests of one module are a small part of the suite.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.changes import Mutant, mutants
from tests.mutants.selection import TESTS

ROOT = Path(__file__).parents[2]
PYTEST = [sys.executable, "-m", "pytest", "-x", "-q", "-n0", "-p", "no:cacheprovider", "-m", "not long"]
OUT_OF_TIME = "out of time"
Chosen = tuple[str, Mutant]


def main() -> None:
    """Print a line for each mutant of the sample, as it comes, and the sums."""
    options = _options()
    chosen = sample(options.module, options.sample, options.seed)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.jobs) as pool:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(options.jobs):
            copies.put(copy_checkout(Path(folder) / str(number)))

        def tried(one: Chosen) -> str:
            tree = copies.get()
            try:
                module, mutant = one
                seen = seen_by(tree, module, mutant, options.limit)
                say(f"| {module}:{mutant.line} | {difference(mutant)} | {seen or 'SURVIVED'} |")
                return seen
            finally:
                copies.put(tree)

        first = copies.get()
        for tests in dict.fromkeys(TESTS[module] for module, _ in chosen):
            if failed := first_failure(first, tests, options.limit):
                sys.exit(f"Without any change fails: {failed}")
        copies.put(first)
        found = list(pool.map(tried, chosen))
    survived, late = found.count(""), sum(one.startswith(OUT_OF_TIME) for one in found)
    say(f"{len(found)} mutants: {len(found) - survived - late} seen, {late} out of time, {survived} survived")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def difference(mutant: Mutant) -> str:
    """What was changed into what; of long texts, only where they differ."""
    before, after = mutant.before, mutant.after
    if len(before) + len(after) > 160:
        same = _alike(before, after)
        left = _alike(before[same:][::-1], after[same:][::-1])
        start = max(same - 30, 0)
        before, after = (text[start : len(text) - left or None] for text in (before, after))
    return " -> ".join(f"`{text if len(text) <= 80 else text[:79] + '…'}`" for text in (before, after))


def _alike(one: str, other: str) -> int:
    """How many characters at their beginnings are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/mutants", description="Changes the code; the tests should see it.")
    parser.add_argument("--sample", type=int, default=100, help="how many mutants (100)")
    parser.add_argument("--seed", type=int, default=1, help="which sample: the same seed takes the same (1)")
    parser.add_argument("--module", default="", help="part of a path, or path:line: only mutants of those")
    parser.add_argument("--jobs", type=int, default=1, help="how many at once (1)")
    parser.add_argument("--limit", type=float, default=600, help="seconds for a mutant (600)")
    return parser.parse_args()


def sample(module: str, count: int, seed: int) -> list[Chosen]:
    """The mutants to try, in the order of the table."""
    every = list(_population(module))
    picked = sorted(random.Random(seed).sample(range(len(every)), min(count, len(every))))
    return [every[place] for place in picked]


def _population(wanted: str) -> Iterator[Chosen]:
    path, _, line = wanted.partition(":")
    for module in TESTS:
        if path in module:
            for mutant in mutants((ROOT / module).read_text("utf-8")):
                if not line or mutant.line == int(line):
                    yield module, mutant


def copy_checkout(tree: Path) -> Path:
    """A copy of the files that Git knows or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    return tree


def seen_by(tree: Path, module: str, mutant: Mutant, limit: float) -> str:
    """What `first_failure` says with this mutant in the copy, which is put back afterwards."""
    original = (tree / module).read_bytes()
    (tree / module).write_text(mutant.source, "utf-8")
    try:
        return first_failure(tree, TESTS[module], limit)
    finally:
        (tree / module).write_bytes(original)


def first_failure(tree: Path, tests: tuple[str, ...], limit: float) -> str:
    """The first of these tests that fails in the copy, OUT_OF_TIME when they take too long, and empty when all pass."""
    # Commands that the tests start as processes of their own run the changed code, too, and leave no byte code behind.
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.Popen(
        [*PYTEST, *tests],
        cwd=tree,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = run.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
        return f"{OUT_OF_TIME} after {limit:.0f} s"
    return "" if run.returncode == 0 else _failed(output)


def _failed(output: str) -> str:
    lines = [line for line in output.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return lines[0].split(" - ")[0].partition(" ")[2] if lines else "the tests cannot be imported"


if __name__ == "__main__":
    main()
