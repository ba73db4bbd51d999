"""What taking in a list costs: one of 100,000 rows as CSV and as an Excel workbook, by `broadcaster audience import`.

    python -m bench.imports [rows]          (100,000 unless given)

The people are those of `bench.roster`. CPU is user and system time of the command and of the process that reads the
workbook. Memory is the most that both have together at any one time (resident, looked at fifty times a second).
"""

import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]  # it ships no types

from bench.roster import write
from tests.projects import AUDIENCE, make_project

PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = os.sysconf("SC_CLK_TCK")


def workbook(source: Path, target: Path) -> None:
    """The rows of a CSV as a workbook."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("People")
    with source.open(newline="", encoding="utf-8") as stream:
        for row in csv.reader(stream):
            sheet.append(row)
    book.save(target)


def tree(pid: int) -> list[int]:
    """A process and what it started."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        children += [one for thread in threads for one in (thread / "children").read_text().split()]
    except OSError:
        return [pid]
    return [pid, *(one for child in set(children) for one in tree(int(child)))]


def resident(pid: int) -> int:
    """Bytes in memory."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def measure(folder: Path, file: Path) -> tuple[float, int]:
    """CPU seconds and the most bytes of one import."""
    command = [sys.executable, "-m", "broadcaster", "audience", "import", AUDIENCE, str(file), "--yes"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    most = 0
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        most = max(most, sum(map(resident, tree(process.pid))))
        time.sleep(0.02)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, "the import failed"
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime, most


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "made").mkdir()
        source = write(root / "made", count).roster
        book = root / "bench.xlsx"
        workbook(source, book)
        folder = make_project(root / "project")
        figures = []
        for file in (source, book, source, book):
            cpu, most = measure(folder, file)
            print(f"{file.name:<12} {count:,} rows {cpu:6.2f} s CPU {most / 2**20:6.0f} MB")
            figures.append((cpu, most))
        csv_cpu, book_cpu = (min(one[0] for one in figures[at::2]) for at in (0, 1))
        csv_most, book_most = (max(one[1] for one in figures[at::2]) for at in (0, 1))
        print(f"workbook / CSV: {book_cpu / csv_cpu:.2f} of the CPU, {book_most / csv_most:.2f} of the memory")


if __name__ == "__main__":
    main()
