"""The preview of a letter that is not saved yet: by the same reader and the same compiler as a saved one."""

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
from broadcaster.letters.translating.comparison import list_repeated_paragraphs
from broadcaster.letters.translating.paragraphs import Paragraph
from broadcaster.services.previewing.preview import Preview, make_preview
from broadcaster.services.previewing.preview_cache import open_without_audience
from broadcaster.services.project.project import ProjectView
from broadcaster.services.writing import letter_catalogue, saving
from broadcaster.services.writing.letter_catalogue import CheckedLetter
from broadcaster.services.writing.problem_location import ProblemLocator
from broadcaster.services.writing.saving import TextRefusedError

_PAGES_KEPT = 64

MAX_PROBLEMS = 100
"""Problems that are listed: nobody mends more at a time, and each is searched for in the text."""


@dataclass(frozen=True, slots=True)
class DraftProblem:
    """A problem. `line` is the line of the draft that it is about, if any, and `words` what it says."""

    problem: Problem
    line: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class DraftPreview:
    """The problems of a draft, and its preview for an invented person, None where it cannot be made.

    `repeated` are its paragraphs that are still the first language's text.
    """

    findings: tuple[DraftProblem, ...]
    shown: Preview | None
    repeated: tuple[Paragraph, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems without their lines."""
        return tuple(finding.problem for finding in self.findings)


def preview_draft(project: ProjectView, letter: str, language: str, text: str) -> DraftPreview:
    """The preview of a letter whose file for this language holds this text."""
    try:
        draft = saving.normalised_text(text)
    except TextRefusedError as error:
        return DraftPreview((DraftProblem(error.as_problem()),), None)
    with _project_with_draft(project, letter, language, draft) as drafted:
        checked = letter_catalogue.check_letter(drafted, letter, language)
        problems, preview = _preview_with_problems(drafted, checked, language)
        repeated = tuple(list_repeated_paragraphs(checked.letter, language)) if checked.letter else ()
    file = f"templates/{letter}/{language}.md"
    locator = ProblemLocator(draft)
    findings = (_locate_problem(problem, file, locator) for problem in list(dict.fromkeys(problems))[:MAX_PROBLEMS])
    ordered = sorted(findings, key=lambda finding: (finding.problem.file != file, finding.line or 0))
    return DraftPreview(tuple(ordered), preview, repeated)


class DraftPages:
    """The pages of the last drafts, each for its author, until a frame asks for them. Safe to share between threads."""

    def __init__(self) -> None:
        self._pages: LRUCache[tuple[str, str], str] = LRUCache(_PAGES_KEPT)
        self._lock = Lock()

    def store(self, who: str, page: str) -> str:
        """Keep a page for this person; returns its name."""
        name = new_id()
        with self._lock:
            self._pages[who, name] = page
        return name

    def get(self, who: str, name: str) -> str | None:
        """This person's page of that name, None where it is no longer kept."""
        with self._lock:
            return self._pages.get((who, name))


def _preview_with_problems(
    drafted: ProjectView, checked: CheckedLetter, language: str
) -> tuple[tuple[Problem, ...], Preview | None]:
    problems = checked.problems
    try:
        opened = open_without_audience(drafted, checked.name)
        return problems, make_preview(opened.messages, opened.invented(language), language)
    except ProblemsFoundError as error:
        return (*problems, *error.problems), None
    except BroadcasterError as error:
        return problems or (error.as_problem(),), None


def _locate_problem(problem: Problem, file: str, locator: ProblemLocator) -> DraftProblem:
    line = locator.line_of(problem) if problem.file in (None, file) else None
    return DraftProblem(problem) if line is None else DraftProblem(problem, line, locator.line_text(line))


@contextmanager
def _project_with_draft(project: ProjectView, letter: str, language: str, text: str) -> Iterator[ProjectView]:
    """The project with a copy of this letter's files, in which the draft is saved.

    A copy, so that the draft is read by the one reader that checks files: some thirty small ones, copied in a few
    milliseconds. Files outside `templates/` that links lead to are part of no letter, and not copied.
    """
    templates = project.templates.resolve()

    def names_left_out(folder: str, names: list[str]) -> list[str]:
        return [
            name for name in names if name[0] == "." or not (Path(folder) / name).resolve().is_relative_to(templates)
        ]

    with TemporaryDirectory(prefix="broadcaster-draft-") as temporary:
        drafts = Path(temporary) / "templates"
        for name in ("_frames", "_shared", letter):
            folder = project.templates / name
            if folder.is_dir() and folder.resolve().is_relative_to(templates):
                shutil.copytree(folder, drafts / name, ignore=names_left_out)
        (drafts / letter / f"{language}.md").write_text(text, "utf-8")
        yield replace(project, drafts=drafts)
