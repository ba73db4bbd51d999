"""The fixed values that a letter sees besides the recipient: who writes, which helplines, which day."""

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

S = TypeVar("S")


def local_date(wall: datetime, language: str, region: str) -> str:
    """A day as people write it in a language ("1 December 2026"); in ISO form where Babel does not know the language.

    `region` says how those write who share the language with others: en is British in GB. Babel writes days with
    western digits in every language, so that a date reads like the helpline numbers beside it.
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
    """What the letter sees in each language when `campaign` fires at `wall`."""

    def of(language: str) -> TemplateContext:
        def say(text: MultilingualText) -> str | None:
            return text.text_in(language)

        title = "" if campaign.title is None else say(campaign.title)
        day = local_date(wall, language, settings.organisation.region)
        return TemplateContext(
            organisation=_without_missing(_organisation_values(settings, say)),
            signatory=_without_missing(_signatory_values(settings, letter, say)),
            campaign=_without_missing({"name": campaign.name, "title": title, "date": day}),
            helplines={key: _without_missing(line) for key, line in _helpline_values(settings, say).items()},
            links=settings.public_url is not None,
        )

    return of


def signed_values(settings: Settings, letter: Letter) -> Mapping[str, object]:
    """The same for what is signed, without the campaign: each text as it is said in the letter's languages."""

    def say(text: MultilingualText) -> TextByLanguage:
        return text.said_in(letter.languages)

    return {
        "organisation": _organisation_values(settings, say),
        "signatory": _signatory_values(settings, letter, say),
        "helplines": _helpline_values(settings, say),
        "links": settings.public_url is not None,
    }


TextByLanguage = str | Mapping[str, str] | None
"""A text in one language, or for several by language."""


def _organisation_values(settings: Settings, say: Callable[[MultilingualText], S]) -> Mapping[str, S]:
    return {"name": say(settings.organisation.name)}


def _signatory_values(
    settings: Settings, letter: Letter, say: Callable[[MultilingualText], S]
) -> Mapping[str, S | str]:
    signatory = settings.signatories[letter.signatory]
    return {"name": signatory.name, "role": say(signatory.role), "email": signatory.email}


def _helpline_values(settings: Settings, say: Callable[[MultilingualText], S]) -> Mapping[str, Mapping[str, S | str]]:
    return {
        key: {"name": say(line.name), "number": line.number, "says": say(line.says)}
        for key, line in settings.helplines.items()
    }


def _without_missing(values: Mapping[str, str | None]) -> Mapping[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def check_signatory_and_helplines(
    settings: Settings, letter: Letter, day: date, campaign: CampaignSettings | None = None
) -> None:
    """Raise ProblemsFoundError for a signatory or helpline of the letter that config.yaml lacks or that expired, and
    for a text that it lacks in one of the letter's languages; `campaign` is the one that sends it.
    """
    file = f"templates/{letter.name}/letter.yaml"
    found = list(check_helplines(letter.helplines, helpline_numbers(settings), day, file))
    if letter.signatory not in settings.signatories:
        found.append(unknown_signatory_problem(settings, letter))
    found += find_missing_texts(settings, letter, campaign=campaign)
    errors = tuple(problem for problem in found if problem.level is Severity.ERROR)
    if errors:
        raise ProblemsFoundError(errors)


def unknown_signatory_problem(settings: Settings, letter: Letter) -> Problem:
    """The letter is signed by nobody whom config.yaml knows."""
    known = ", ".join(sorted(settings.signatories)) or "nobody yet"
    return Problem.error(
        "signatory-unknown",
        f"the signatory '{letter.signatory}' is not in config.yaml",
        f"Use one of: {known}; or add it under `signatories`.",
        file=f"templates/{letter.name}/letter.yaml",
    )


def helpline_numbers(settings: Settings) -> dict[str, HelplineNumber]:
    """The helplines with their dates, for the rules about them."""
    return {key: HelplineNumber(line.number, line.verified, line.expires) for key, line in settings.helplines.items()}
