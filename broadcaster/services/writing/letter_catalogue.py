"""The letters of a project, and what is wrong with each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.problems import Problem
from broadcaster.domain.unexpected_error import unforeseen_error
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.letters import frozen_letters
from broadcaster.letters.model.errors import SkeletonFormatError
from broadcaster.letters.model.letter import Letter
from broadcaster.letters.reading.loader import letter_names, load_letter
from broadcaster.letters.translating.comparison import is_translation_unfinished
from broadcaster.services.composing.language_coverage import find_missing_texts
from broadcaster.services.composing.sample_check import check_sample_letter
from broadcaster.services.composing.template_context import check_signatory_and_helplines
from broadcaster.services.project.project import ProjectView


@dataclass(frozen=True, slots=True)
class CheckedLetter:
    """A letter and its problems; `letter` is None where it cannot be read.

    `untranslated` are the languages that still repeat text of the first language.
    """

    name: str
    letter: Letter | None
    problems: tuple[Problem, ...]
    untranslated: tuple[str, ...] = ()


def list_letters(project: ProjectView) -> list[str]:
    """The names of all letters."""
    return letter_names(project.templates)


def check_letter(project: ProjectView, name: str, language: str | None = None) -> CheckedLetter:
    """The letter with its problems, in one language or in all. Its texts are filled for an invented person."""
    try:
        letter = load_letter(project.templates, name)
    except ProblemsFoundError as error:
        return CheckedLetter(name, None, error.problems)
    languages = list(letter.languages) if language is None else [language]
    problems: dict[Problem, None] = {}
    untranslated: tuple[str, ...] = ()
    try:
        untranslated = tuple(tag for tag in languages if is_translation_unfinished(letter, tag))
        for problem in _find_problems(project, letter, languages):
            problems[problem] = None
    except Exception as error:  # the letter's page and its editor must open, for the letter is mended there
        problems[unforeseen_error(error, f"templates/{name}").as_problem()] = None
    return CheckedLetter(name, letter, tuple(problems), untranslated)


def find_letter_of_broadcast(project: ProjectView, broadcast: Broadcast) -> str:
    """The name of the letter that a broadcast was released with; "" where its frozen form cannot be read."""
    with project.ledger.reading() as conn:
        frozen = frozen_letters.get(conn, broadcast.letter)
    try:
        return Letter.thaw(frozen or b"").name
    except SkeletonFormatError:
        return ""


def _find_problems(project: ProjectView, letter: Letter, languages: Sequence[str]) -> Iterator[Problem]:
    try:
        check_signatory_and_helplines(project.settings, letter, project.wall_now().date())
    except ProblemsFoundError as error:
        yield from error.problems
    if letter.signatory in project.settings.signatories:
        complete = [tag for tag in languages if not any(find_missing_texts(project.settings, letter, [tag]))]
        try:
            yield from check_sample_letter(project, letter, complete)
        except BroadcasterError as error:
            yield error.as_problem()
