"""Running the command: within this process, which is quick, or as a process of its own, which is what people do."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_group

from broadcaster.cli import main
from broadcaster.cli.app import app, load_command
from broadcaster.cli.commands import COMMANDS

CHECKOUT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


Run = Callable[..., Said]


def whole_program() -> TyperGroup:
    """The command line with all of its commands loaded."""
    for name in COMMANDS:
        load_command(name)
    return get_group(app)


def runner(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that runs a command in this folder, within this process."""

    def run(*words: str) -> Said:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["broadcaster", "-C", str(folder), *words])
        code: object = 0
        try:
            main()
        except SystemExit as exit_:
            code = exit_.code
        printed = capsys.readouterr()
        return Said(code if isinstance(code, int) else int(bool(code)), printed.out, printed.err)

    return run


def process(folder: Path, *words: str, environ: Mapping[str, str] | None = None, **options: Any) -> Said:
    """Run a command in a process of its own."""
    done = subprocess.run(
        command(folder, *words),
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
        env=environment(environ or {}),
        **options,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def command(folder: Path, *words: str) -> list[str]:
    """The words of a command for a process of its own."""
    return [sys.executable, "-m", "broadcaster", "-C", str(folder), *words]


def environment(extra: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment of such a process: no key but the folder's own."""
    kept = {name: value for name, value in os.environ.items() if name != "BROADCASTER_KEY"}
    return {**kept, "PYTHONPATH": str(CHECKOUT), "COLUMNS": "100", **extra}
