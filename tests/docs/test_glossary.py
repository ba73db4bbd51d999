"""Names in the code use the words of docs/glossary.md, and each of them says one thing."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.docs.pages import ROOT

PACKAGE = ROOT / "broadcaster"
MOST_FILES = 15
EMPTY = frozenset(
    re.findall(
        r"\w+",
        "among anew calm do fell found go had heard held hold holds inwords keep kept known look made may more one own "
        "put said sees shown sorry told wanted whole why words",
    )
)
"""Names of functions that say nothing of what they do."""

FIXED = {"doubt": {"config/cross_checks:_check_doubt_helpline"}}
"""Names with a dropped word that is fixed outside the code: a value of config.yaml."""


class Name(NamedTuple):
    """A module, package, class or function: where it stands, what it is called, and which of these it is."""

    module: str
    name: str
    kind: str

    def __str__(self) -> str:
        return f"{self.module}:{self.name}"


def names_in(package: Path) -> Iterator[Name]:
    """Every name below a package."""
    for file in sorted(package.glob("**/*.py")):
        is_package = file.name == "__init__.py"
        module = (file.parent if is_package else file.with_suffix("")).relative_to(package).as_posix()
        yield Name(module, module.rpartition("/")[2], "module")
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                yield Name(module, node.name, "class")
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield Name(module, node.name, "function")


def words_of(name: str) -> list[str]:
    """The words of a snake_case or CamelCase name."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def rows_below(heading: str) -> list[tuple[str, str]]:
    """The rows of the tables below a heading of the glossary, or below all headings that begin so."""
    rows = []
    for section in (ROOT / "docs/glossary.md").read_text("utf-8").split("\n## "):
        if section.startswith(heading):
            rows += re.findall(r"^\| (.+?) \| (.+?) \|$", section, re.M)[1:]
    return rows


def dropped_words() -> set[str]:
    """The words that no name has any more."""
    return {word for words, _ in rows_below("Dropped words") for word in re.findall(r"`(\w+)`", words)}


def with_dropped_word(package: Path) -> dict[str, set[str]]:
    """The names that have a dropped word, by the word."""
    dropped, wrong = dropped_words(), defaultdict(set)
    for name in names_in(package):
        for word in dropped.intersection(words_of(name.name)):
            wrong[word].add(str(name))
    return {word: names - FIXED.get(word, set()) for word, names in wrong.items() if names - FIXED.get(word, set())}


def repeated_classes(package: Path) -> list[str]:
    """Names that several classes have; a private one counts without its underscore."""
    count = Counter(name.name.lstrip("_") for name in names_in(package) if name.kind == "class")
    return sorted(name for name, times in count.items() if times > 1)


def empty_functions(package: Path) -> set[str]:
    """Functions and methods whose name says nothing."""
    return {str(name) for name in names_in(package) if name.kind == "function" and name.name.lstrip("_") in EMPTY}


def full_packages(package: Path) -> list[str]:
    """Packages with more files than somebody can take in."""
    files = Counter(file.parent for file in package.glob("**/*.py") if file.name != "__init__.py")
    return sorted(str(folder.relative_to(package)) for folder, number in files.items() if number > MOST_FILES)


def test_no_name_has_a_dropped_word() -> None:
    assert with_dropped_word(PACKAGE) == {}


def test_no_class_name_stands_for_two_things() -> None:
    assert repeated_classes(PACKAGE) == []


def test_no_function_has_an_empty_name() -> None:
    assert empty_functions(PACKAGE) == set()


def test_no_package_is_too_full() -> None:
    assert full_packages(PACKAGE) == []


def test_the_words_of_the_glossary_are_those_of_the_code() -> None:
    used = {word for name in names_in(PACKAGE) for word in words_of(name.name)}
    terms = [word for heading in SECTIONS for word, _ in rows_below(heading)]
    assert len(terms) > 50
    unused = [term for term in terms if not all({word, f"{word}s", f"{word}ed"} & used for word in words_of(term))]
    assert unused == []
    assert dropped_words() & {word for term in terms for word in words_of(term)} == set()
    assert [term for term, times in Counter(terms).items() if times > 1] == []


SECTIONS = ("What is written", "From plan", "From release", "People and", "Staff and")


def test_each_meaning_is_one_plain_sentence() -> None:
    meanings = [meaning for heading in SECTIONS for _, meaning in rows_below(heading)]
    assert [meaning for meaning in meanings if len(meaning.split()) > 20 or not meaning.endswith(".")] == []


@pytest.mark.parametrize(
    ("file", "text", "seen"),
    [
        ("fine.py", "def read_brake(): ...", {"brake": {"fine:read_brake"}}),
        ("fine.py", "class _CampaignMakings: ...", {"makings": {"fine:_CampaignMakings"}}),
        ("tally.py", "", {"tally": {"tally:tally"}}),
        ("reach/__init__.py", "", {"reach": {"reach:reach"}}),
        ("fine.py", "def reaches_limit(): wanted = 1", {}),
    ],
)
def test_a_dropped_word_is_seen(tmp_path: Path, file: str, text: str, seen: dict[str, set[str]]) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text, "utf-8")
    assert with_dropped_word(tmp_path) == seen


def test_what_the_other_rules_see(tmp_path: Path) -> None:
    for number in range(MOST_FILES + 1):
        (tmp_path / f"file_{number}.py").write_text("", "utf-8")
    (tmp_path / "file_0.py").write_text("class Line:\n    def _one(self): ...\n", "utf-8")
    (tmp_path / "file_1.py").write_text("class _Line: ...\ndef one_line(): ...\n", "utf-8")
    assert repeated_classes(tmp_path) == ["Line"]
    assert empty_functions(tmp_path) == {"file_0:_one"}
    assert full_packages(tmp_path) == ["."]
    (tmp_path / "file_9.py").unlink()
    assert full_packages(tmp_path) == []
