"""Looking at a letter that is not saved: by the same reader and the same compiler as one that is."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.problems import Problem
from broadcaster.services import letterbook, writing
from broadcaster.services.looking import open_alone
from broadcaster.services.preview import Preview, preview
from broadcaster.services.project import Project
from broadcaster.services.writing import TextRefusedError


@dataclass(frozen=True, slots=True)
class Draft:
    """What is wrong with a text, and how an invented person would get it, as far as it can be made."""

    problems: tuple[Problem, ...]
    shown: Preview | None


def look(project: Project, letter: str, language: str, text: str) -> Draft:
    """A letter with this text in the place of what its language says."""
    try:
        whole = writing.whole(text)
    except TextRefusedError as error:
        return Draft((error.as_problem(),), None)
    with _with_text(project, letter, language, whole) as drafted:
        found = letterbook.look(drafted, letter)
        mine = tuple(one for one in found.problems if one.file is None or one.file.endswith(f"/{language}.md"))
        try:
            opened = open_alone(drafted, letter)
            return Draft(mine, preview(opened.prospects, opened.invented(language), language))
        except ProblemsFoundError as error:
            return Draft(tuple(dict.fromkeys((*mine, *error.problems))), None)
        except BroadcasterError as error:
            return Draft(mine or (error.as_problem(),), None)


@contextmanager
def _with_text(project: Project, letter: str, language: str, text: str) -> Iterator[Project]:
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
