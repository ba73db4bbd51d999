from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from broadcaster.audiences.description.audience import Audience, load_audience
from broadcaster.audiences.model.defaults import Defaults
from broadcaster.audiences.model.recipient import Recipient
from broadcaster.audiences.rosters.roster_reader import read_roster
from broadcaster.audiences.rosters.seen_rows import SeenRows
from broadcaster.domain.problems import Problem

KEY = b"k" * 32
DEFAULTS = Defaults(language="en", timezone="Europe/London", region="GB")
YAML = """\
name: Neighbours
purpose: To tell people what happens.
lawful_basis: {article_6: consent}
"""


@dataclass
class Reading:
    """What reading a roster once found."""

    recipients: list[Recipient] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def codes(self) -> list[tuple[int | None, str]]:
        return [(problem.line, problem.code) for problem in self.problems]


class Folder:
    """An `audiences` folder with one audience, whose roster a test writes."""

    def __init__(self, root: Path) -> None:
        self.path = root / "audiences"
        self.path.mkdir()
        self.roster = self.path / "neighbours.csv"
        self.identity: Path | None = None

    def audience(self, yaml: str = "", *, defaults: Defaults = DEFAULTS) -> Audience:
        (self.path / "neighbours.yaml").write_text(YAML + yaml, "utf-8")
        return load_audience(self.path, "neighbours", defaults)

    def write(self, text: str | bytes) -> None:
        self.roster.write_bytes(text.encode() if isinstance(text, str) else text)

    def read(self, text: str | bytes | None = None, *, seen: SeenRows | None = None, yaml: str = "") -> Reading:
        if text is not None:
            self.write(text)
        reading = Reading()
        for found in read_roster(self.audience(yaml), mark_key=KEY, seen=seen, identity=self.identity):
            if isinstance(found, Recipient):
                reading.recipients.append(found)
            else:
                reading.problems.append(found)
        return reading


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def new_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Folder]]:
    """Folders for tests that need one per example."""
    yield lambda: Folder(tmp_path_factory.mktemp("project"))
