"""Looking at a letter that is not saved: by the same reader and the same compiler as one that is."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from cachetools import LRUCache

from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.problems import Problem
from broadcaster.keys import new_id
from broadcaster.services.previewing.preview import Preview, make_preview
from broadcaster.services.previewing.preview_cache import open_without_audience
from broadcaster.services.project.project import ProjectView
from broadcaster.services.writing import letter_catalogue, saving
from broadcaster.services.writing.problem_location import ProblemLocator
from broadcaster.services.writing.saving import TextRefusedError

_PAGES_KEPT = 64

MAX_PROBLEMS = 100
"""Problems that are listed: nobody mends more at a time, and for each its place is looked for in the text."""


@dataclass(frozen=True, slots=True)
class DraftProblem:
    """A problem; `line` is the one of this very text that it is about, and `words` what stands there."""

    problem: Problem
    line: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class DraftPreview:
    """What is wrong with a text, and how an invented person would get it, as far as it can be made."""

    findings: tuple[DraftProblem, ...]
    shown: Preview | None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The findings without their place in the text."""
        return tuple(one.problem for one in self.findings)


def preview_draft(project: ProjectView, letter: str, language: str, text: str) -> DraftPreview:
    """A letter with this text in the place of what its language says."""
    try:
        whole = saving.normalised_text(text)
    except TextRefusedError as error:
        return DraftPreview((DraftProblem(error.as_problem()),), None)
    with _drafted_project(project, letter, language, whole) as drafted:
        problems, shown = _preview_with_problems(drafted, letter, language)
    file = f"templates/{letter}/{language}.md"
    places = ProblemLocator(whole)
    findings = (_locate_problem(one, file, places) for one in list(dict.fromkeys(problems))[:MAX_PROBLEMS])
    return DraftPreview(tuple(sorted(findings, key=lambda one: (one.problem.file != file, one.line or 0))), shown)


class DraftPages:
    """The emails made of drafts last, each for whoever wrote it, until a frame asks for it. Safe between threads."""

    def __init__(self) -> None:
        self._pages: LRUCache[tuple[str, str], str] = LRUCache(_PAGES_KEPT)
        self._guard = Lock()

    def keep(self, who: str, page: str) -> str:
        """Keep a page for this person, under a name that is given back."""
        name = new_id()
        with self._guard:
            self._pages[who, name] = page
        return name

    def get(self, who: str, name: str) -> str | None:
        """This person's page of that name, if it is kept still."""
        with self._guard:
            return self._pages.get((who, name))


def _preview_with_problems(
    drafted: ProjectView, letter: str, language: str
) -> tuple[tuple[Problem, ...], Preview | None]:
    found = letter_catalogue.check_letter(drafted, letter, language).problems
    try:
        opened = open_without_audience(drafted, letter)
        return found, make_preview(opened.prospects, opened.invented(language), language)
    except ProblemsFoundError as error:
        return (*found, *error.problems), None
    except BroadcasterError as error:
        return found or (error.as_problem(),), None


def _locate_problem(problem: Problem, file: str, places: ProblemLocator) -> DraftProblem:
    line = places.line_of(problem) if problem.file in (None, file) else None
    return DraftProblem(problem) if line is None else DraftProblem(problem, line, places.words(line))


@contextmanager
def _drafted_project(project: ProjectView, letter: str, language: str, text: str) -> Iterator[ProjectView]:
    """The project, reading its letters from a copy in which this text stands.

    A copy, for whatever is read from `templates/` then comes by the one way that checks it. It is some thirty small
    files, copied in a few milliseconds; those that lead out of `templates/` are no part of any letter.
    """
    inside = project.templates.resolve()

    def outside(folder: str, names: list[str]) -> list[str]:
        return [one for one in names if one[0] == "." or not (Path(folder) / one).resolve().is_relative_to(inside)]

    with TemporaryDirectory(prefix="broadcaster-draft-") as folder:
        drafts = Path(folder) / "templates"
        for name in ("_frames", "_shared", letter):
            here = project.templates / name
            if here.is_dir() and here.resolve().is_relative_to(inside):
                shutil.copytree(here, drafts / name, ignore=outside)
        (drafts / letter / f"{language}.md").write_text(text, "utf-8")
        yield replace(project, drafts=drafts)
