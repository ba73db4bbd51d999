"""The floors that are enforced are the floors that are drawn, and every outside library has a room."""

import ast
import configparser
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

from tests.docs.pages import PAGES, ROOT

CONTRACTS = configparser.ConfigParser()
CONTRACTS.read(ROOT / ".importlinter", encoding="utf-8")


def drawing(heading: str = "# ") -> str:
    """What the architecture page says below a heading, up to the next one; the whole page without one."""
    page = (ROOT / "docs/architecture.md").read_text("utf-8")
    return page if heading == "# " else page.partition(heading)[2].partition("## ")[0]


def test_the_floors_are_those_of_the_drawing() -> None:
    drawn: dict[int, set[str]] = {}
    for floor, room in re.findall(r"^\| (\d+) \| `(\w+)(?:/|\.py)` \|", drawing(), re.M):
        drawn.setdefault(int(floor), set()).add(room)
    layers = CONTRACTS["importlinter:contract:floors"]["layers"].split("\n")
    enforced = [set(layer.split(" | ")) for layer in layers if layer and layer != "__main__"]
    assert [drawn[floor] for floor in sorted(drawn)] == enforced


def test_the_rooms_of_services_are_those_of_the_drawing() -> None:
    rows = re.findall(r"^\| (`.+?) \|", drawing("### The rooms of services"), re.M)
    drawn = [set(re.findall(r"`(\w+)`", row)) for row in rows]
    layers = CONTRACTS["importlinter:contract:services"]["layers"].split("\n")
    assert drawn == [set(layer.split(" | ")) for layer in layers if layer]


def packages_below(room: Path) -> set[str]:
    """The packages in a room, not those within them."""
    return {path.parent.name for path in room.glob("*/__init__.py")}


def test_the_packages_of_each_room_are_those_of_the_drawing() -> None:
    bullets = re.findall(r"^- `([\w/]+)/`:(.+?)(?=^- |\Z)", drawing("### The packages of each room"), re.M | re.S)
    drawn = {room: set(re.findall(r"`(\w+)`", packages)) for room, packages in bullets}
    house = ROOT / "broadcaster"
    rooms = {file.parent for file in house.glob("**/__init__.py")} - {
        house,
        house / "services",
        house / "ledger/migrations",
    }
    there = {str(room.relative_to(house)): packages_below(room) for room in rooms if packages_below(room)}
    assert drawn == there


def test_every_entry_point_is_in_its_room() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", drawing("### What passes between the rooms"), re.M)
    assert len(rows) > 5
    for room, words in rows:
        files = (ROOT / "broadcaster" / room).glob("**/*.py")
        defined = {
            node.name
            for file in files
            for node in ast.walk(ast.parse(file.read_text("utf-8")))
            if isinstance(node, ast.ClassDef | ast.FunctionDef)
        }
        assert set(re.findall(r"`(\w+)`", words)) - defined - {"Problem"} == set(), room


ROOMS = [path.name for path in (ROOT / "broadcaster").iterdir() if (path / "__init__.py").exists()]
FILES = [*PAGES, *(ROOT / "broadcaster").glob("**/*.py")]


def test_every_module_that_is_named_by_its_path_is_there() -> None:
    named = re.compile(rf"`(?:broadcaster/)?((?:{'|'.join(ROOMS)})/[a-z_/]*[a-z_])(?:\.py)?(?:\.[a-z_]+)?`")
    gone = [
        (file.name, place)
        for file in FILES
        for place in named.findall(file.read_text("utf-8"))
        if not any((ROOT / "broadcaster" / f"{place}{ending}").exists() for ending in ("", ".py"))
    ]
    assert gone == []


def test_every_outside_library_has_a_room() -> None:
    homes = {
        library
        for section in CONTRACTS.values()
        if section.get("type") == "forbidden"
        for library in section["forbidden_modules"].split()
    }
    graph = grimp.build_graph("broadcaster", include_external_packages=True, cache_dir=None)
    outside = {module for module in graph.modules if graph.is_module_squashed(module)}
    assert outside - homes - sys.stdlib_module_names == set()
    assert "sqlalchemy" in outside


@pytest.mark.parametrize(
    ("file", "line", "told"),
    [
        ("domain/states.py", "import broadcaster.config", "domain.states -> broadcaster.config"),
        ("clock/cron.py", "import sqlalchemy", "SQL lives in the ledger BROKEN"),
        ("attic.py", "", "not listed as layers"),
    ],
)
def test_a_wrong_import_is_seen(tmp_path: Path, file: str, line: str, told: str) -> None:
    shutil.copytree(ROOT / "broadcaster", tmp_path / "broadcaster", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    with (tmp_path / "broadcaster" / file).open("a", encoding="utf-8") as module:
        module.write(f"\n{line}\n")
    lint = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    ended = subprocess.run(lint, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 1, ended.stdout
    assert told in ended.stdout


def test_the_locks_agree() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^(\S+==\S+)", (ROOT / name).read_text("utf-8"), re.M))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    names = {re.split(r"[<>=\[]", pin)[0] for pin in pins("requirements.lock")}
    assert {re.split(r"[<>=\[]", want)[0].lower() for want in wanted} <= names
