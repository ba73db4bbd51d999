"""Letters as staff look at them: which there are, for whom, and what is wrong with each."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from broadcaster.config import CampaignSettings
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.language.language_tags import is_language_tag
from broadcaster.domain.problems import Problem
from broadcaster.domain.unexpected_error import unforeseen_error
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.letters import frozen_letters
from broadcaster.letters.model.errors import SkeletonFormatError
from broadcaster.letters.model.letter import Letter
from broadcaster.letters.reading.declaration import Declaration, read_declaration
from broadcaster.letters.reading.loader import languages_with_frame_texts, letter_names, load_letter
from broadcaster.letters.translating.comparison import is_translation_unfinished
from broadcaster.services.composing.language_coverage import find_missing_texts
from broadcaster.services.composing.sample_check import check_sample_letter
from broadcaster.services.composing.template_context import check_signatory_and_helplines
from broadcaster.services.project.project import ProjectView


@dataclass(frozen=True, slots=True)
class CheckedLetter:
    """A letter and what is wrong with it; `letter` is None where it cannot be read. `untranslated` are the languages
    that still say, in whole or in part, what the first one says.
    """

    name: str
    letter: Letter | None
    problems: tuple[Problem, ...]
    untranslated: tuple[str, ...] = ()


def list_letters(project: ProjectView) -> list[str]:
    """Every letter of the project."""
    return letter_names(project.templates)


def letter_titles(project: ProjectView) -> dict[str, str]:
    """What each letter is called; by its name where it cannot be read."""
    return {name: letter_title(project, name) for name in list_letters(project)}


def check_letter(project: ProjectView, name: str, language: str | None = None) -> CheckedLetter:
    """A letter, with everything that is wrong with what it says to an invented person, in one language or in all."""
    try:
        letter = load_letter(project.templates, name)
    except ProblemsFoundError as error:
        return CheckedLetter(name, None, error.problems)
    spoken = list(letter.languages) if language is None else [language]
    problems: dict[Problem, None] = {}
    untranslated: tuple[str, ...] = ()
    try:
        untranslated = tuple(one for one in spoken if is_translation_unfinished(letter, one))
        for problem in _letter_problems(project, letter, spoken):
            problems[problem] = None
    except Exception as error:  # whatever it is, the letter's page and its editor are where it is mended
        problems[unforeseen_error(error, f"templates/{name}").as_problem()] = None
    return CheckedLetter(name, letter, tuple(problems), untranslated)


def audience_names(project: ProjectView) -> list[str]:
    """Every audience of the project."""
    return sorted(path.stem for path in project.audiences.glob("*.yaml") if not path.name.startswith("."))


def campaigns_using_letter(project: ProjectView, letter: str) -> list[CampaignSettings]:
    """The campaigns that send this letter."""
    return [one for one in project.settings.campaigns.values() if one.letter == letter]


def audiences_sent_to(project: ProjectView, letter: str) -> list[str]:
    """The audiences that campaigns send this letter to."""
    return list(dict.fromkeys(name for one in campaigns_using_letter(project, letter) for name in one.audiences))


def audiences_sent_to_first(project: ProjectView, letter: str) -> list[str]:
    """The audiences that campaigns send this letter to, and then the others."""
    return list(dict.fromkeys([*audiences_sent_to(project, letter), *audience_names(project)]))


def letter_name_of_broadcast(project: ProjectView, broadcast: Broadcast) -> str:
    """The name of the letter that a broadcast was released with; "" where another version kept it."""
    with project.ledger.reading() as conn:
        frozen = frozen_letters.get(conn, broadcast.letter)
    try:
        return Letter.thaw(frozen or b"").name
    except SkeletonFormatError:
        return ""


def languages_of(project: ProjectView, letter: str) -> list[str]:
    """The languages that a letter has a file for, whether or not it can be read."""
    return sorted(path.stem for path in (project.templates / letter).glob("*.md") if is_language_tag(path.stem))


def languages_to_add(project: ProjectView, letter: str) -> list[str]:
    """The languages that a letter could be written in besides: the frames have words in them."""
    there = {language.lower() for language in languages_of(project, letter)}
    return [language for language in languages_with_frame_texts(project.templates) if language.lower() not in there]


def possible_languages(project: ProjectView, letter: str) -> list[str]:
    """The languages that a letter has, and those that it could have."""
    return [*languages_of(project, letter), *languages_to_add(project, letter)]


def letter_title(project: ProjectView, letter: str) -> str:
    """What a letter is called by those who write it; its name where letter.yaml cannot be read."""
    declaration = _declaration_of(project, letter)
    return declaration.title if declaration else letter


def first_language(project: ProjectView, letter: str) -> str:
    """The language that the others are translations of: the one that letter.yaml falls back to; "" where it cannot be
    read.
    """
    declaration = _declaration_of(project, letter)
    return declaration.fallback if declaration else ""


def text_to_translate(project: ProjectView, letter: str, language: str) -> str:
    """What a new language begins with: the text of the first one, to be translated, with what letters share in the new
    language already, where it is there.
    """
    try:
        found = load_letter(project.templates, letter)
    except ProblemsFoundError:
        return ""

    def own(path: re.Match[str]) -> str:
        mine = f"{path['stem']}.{language}.md"
        return mine if (project.templates / mine).is_file() else path[0]

    stem = rf"(?P<stem>(?:_shared|{re.escape(letter)})/[^'\"]+)"
    path = rf"(?<=['\"]){stem}\.{re.escape(found.fallback)}\.md(?=['\"])"
    return re.sub(path, own, found.sources.get(found.path(found.fallback), ""))


def _declaration_of(project: ProjectView, letter: str) -> Declaration | None:
    return read_declaration(project.templates / letter / "letter.yaml", project.templates.parent)[0]


def _letter_problems(project: ProjectView, letter: Letter, languages: Sequence[str]) -> Iterator[Problem]:
    try:
        check_signatory_and_helplines(project.settings, letter, project.wall_now().date())
    except ProblemsFoundError as error:
        yield from error.problems
    if letter.signatory in project.settings.signatories:
        sound = [one for one in languages if not any(find_missing_texts(project.settings, letter, [one]))]
        try:
            yield from check_sample_letter(project, letter, sound)
        except BroadcasterError as error:
            yield error.as_problem()
