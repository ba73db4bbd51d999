"""What the README says the demo prints is what it prints."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT

MARK = "<!-- The demo prints this; tests/docs/test_readme.py compares it. Numbers, times and ids may differ. -->"


def shape(line: str) -> str:
    """A line without what differs from run to run: numbers, times, ids, the width of columns, the frames of tables."""
    line = re.sub(r"^[a-z2-7]{8}(?=  )", "ID", line)
    line = re.sub(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d+ [A-Z][a-z]{2}\b", "DAY", line)
    line = re.sub(r"\S*/broadcaster(?= -C)", "broadcaster", line)  # where it is installed
    line = re.sub(r"\d+([.,:/-]\d+)*", "0", line)
    line = re.sub(r"[^\w\s.,:;#@/()'…-]+", " ", line)
    return " ".join(line.split())


def missing(shown: str, printed: str) -> list[str]:
    """The lines shown that were not printed, in that order. A line `…` stands for any lines."""
    real = iter([shape(line) for line in printed.splitlines()])
    return [line for line in shown.splitlines() if shape(line) not in ("", "…") and shape(line) not in real]


def test_the_demo_prints_what_the_readme_shows(tmp_path: Path) -> None:
    _, found, after = (ROOT / "README.md").read_text("utf-8").partition(MARK)
    assert found, "the mark in README.md is what this test looks for"
    block = re.match(r"\s*```text\n(.*?)```", after, re.S)
    assert block, "a ```text block stands below the mark"
    ran = subprocess.run(
        [sys.executable, "-m", "broadcaster", "demo"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert ran.returncode == 0, ran.stderr
    assert missing(block[1], ran.stdout) == []


def test_a_changed_line_is_seen() -> None:
    printed = "sent 12 of 80\n│ email │ 7 │\nall done in 3.5 s\n"
    assert missing("sent 9 of 90\n…\nall done in 1.0 s\n", printed) == []
    assert missing("all done in 1.0 s\nsent 9 of 90\n", printed) == ["sent 9 of 90"]
    assert missing("sent 9 out of 90\n", printed) == ["sent 9 out of 90"]
