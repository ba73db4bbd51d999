"""The template context: the values of a letter that do not depend on the recipient, such as signatory and helplines."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TypeVar

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from broadcaster.config import CampaignSettings, Settings
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.language.multilingual_text import MultilingualText
from broadcaster.domain.problems import Problem, Severity
from broadcaster.letters.model.letter import Letter, TemplateContext
from broadcaster.letters.rules.helplines import HelplineNumber, check_helplines
from broadcaster.services.composing.language_coverage import find_missing_texts

T = TypeVar("T")


def local_date(wall: datetime, language: str, region: str) -> str:
    """A day as people write it in a language ("1 December 2026"); in ISO form where Babel does not know the language.

    `region` chooses between the ways of one language: `en` is British in GB. Babel writes days with western digits in
    every language, so that a date reads like the helpline numbers beside it.
    """
    for tag in (f"{language}-{region}", language):
        try:
            return format_date(wall.date(), "long", locale=Locale.parse(tag, sep="-"))
        except (UnknownLocaleError, ValueError):
            continue
    return wall.date().isoformat()


def template_context_by_language(
    settings: Settings, campaign: CampaignSettings, letter: Letter, wall: datetime
) -> Callable[[str], TemplateContext]:
    """A function from a language to the letter's context, when `campaign` goes out at `wall`."""

    def context_in(language: str) -> TemplateContext:
        def text_in_language(text: MultilingualText) -> str | None:
            return text.text_in(language)

        title = "" if campaign.title is None else text_in_language(campaign.title)
        day = local_date(wall, language, settings.organisation.region)
        return TemplateContext(
            organisation=_without_missing(_organisation_values(settings, text_in_language)),
            signatory=_without_missing(_signatory_values(settings, letter, text_in_language)),
            campaign=_without_missing({"name": campaign.name, "title": title, "date": day}),
            helplines={
                key: _without_missing(values) for key, values in _helpline_values(settings, text_in_language).items()
            },
            links=settings.public_url is not None,
        )

    return context_in


def signed_values(settings: Settings, letter: Letter) -> Mapping[str, object]:
    """The same values for the digest, without the campaign: each text in all languages of the letter."""

    def text_by_language(text: MultilingualText) -> TextByLanguage:
        return text.in_languages(letter.languages)

    return {
        "organisation": _organisation_values(settings, text_by_language),
        "signatory": _signatory_values(settings, letter, text_by_language),
        "helplines": _helpline_values(settings, text_by_language),
        "links": settings.public_url is not None,
    }


TextByLanguage = str | Mapping[str, str] | None
"""A text in one language, or in several by language."""


def _organisation_values(settings: Settings, convert: Callable[[MultilingualText], T]) -> Mapping[str, T]:
    return {"name": convert(settings.organisation.name)}


def _signatory_values(
    settings: Settings, letter: Letter, convert: Callable[[MultilingualText], T]
) -> Mapping[str, T | str]:
    signatory = settings.signatories[letter.signatory]
    return {"name": signatory.name, "role": convert(signatory.role), "email": signatory.email}


def _helpline_values(
    settings: Settings, convert: Callable[[MultilingualText], T]
) -> Mapping[str, Mapping[str, T | str]]:
    return {
        key: {"name": convert(helpline.name), "number": helpline.number, "says": convert(helpline.says)}
        for key, helpline in settings.helplines.items()
    }


def _without_missing(values: Mapping[str, str | None]) -> Mapping[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def check_signatory_and_helplines(
    settings: Settings, letter: Letter, day: date, campaign: CampaignSettings | None = None
) -> None:
    """Raise ProblemsFoundError for a signatory or helpline of the letter that config.yaml lacks or that has expired.

    Also for a text that config.yaml lacks in one of the letter's languages; `campaign` is the one that sends it.
    """
    file = f"templates/{letter.name}/letter.yaml"
    problems = list(check_helplines(letter.helplines, helpline_numbers(settings), day, file))
    if letter.signatory not in settings.signatories:
        problems.append(unknown_signatory_problem(settings, letter))
    problems += find_missing_texts(settings, letter, campaign=campaign)
    errors = tuple(problem for problem in problems if problem.level is Severity.ERROR)
    if errors:
        raise ProblemsFoundError(errors)


def unknown_signatory_problem(settings: Settings, letter: Letter) -> Problem:
    """The problem of a letter whose signatory is not in config.yaml."""
    signatories = ", ".join(sorted(settings.signatories)) or "nobody yet"
    return Problem.error(
        "signatory-unknown",
        f"the signatory '{letter.signatory}' is not in config.yaml",
        f"Use one of: {signatories}; or add it under `signatories`.",
        file=f"templates/{letter.name}/letter.yaml",
    )


def helpline_numbers(settings: Settings) -> dict[str, HelplineNumber]:
    """The helplines with their dates, for the rules about them."""
    return {
        key: HelplineNumber(helpline.number, helpline.verified, helpline.expires)
        for key, helpline in settings.helplines.items()
    }
