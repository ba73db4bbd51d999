"""The fixed values that a letter sees besides the recipient: who writes, which helplines, which day."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from broadcaster.config import Campaign, Settings
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.problems import Level, Problem
from broadcaster.letters import Letter, Surroundings
from broadcaster.letters.helplinerules import Number, check_helplines


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


def surroundings(
    settings: Settings, campaign: Campaign, letter: Letter, wall: datetime
) -> Callable[[str], Surroundings]:
    """What the letter sees in each language when `campaign` fires at `wall`."""
    signatory = settings.signatories[letter.signatory]

    def of(language: str) -> Surroundings:
        return Surroundings(
            organisation={"name": settings.organisation.name},
            signatory={"name": signatory.name, "role": signatory.role, "email": signatory.email},
            campaign={"name": campaign.name, "date": local_date(wall, language, settings.organisation.region)},
            helplines=helplines(settings),
            links=settings.public_url is not None,
        )

    return of


def helplines(settings: Settings) -> Mapping[str, Mapping[str, str]]:
    """Every helpline, as letters see it."""
    return {
        key: {"name": line.name, "number": line.number, "says": line.says} for key, line in settings.helplines.items()
    }


def check_names(settings: Settings, letter: Letter, day: date) -> None:
    """Raise ProblemsFoundError for a signatory or helpline of the letter that config.yaml lacks or that expired."""
    file = f"templates/{letter.name}/letter.yaml"
    found = list(check_helplines(letter.helplines, numbers(settings), day, file))
    if letter.signatory not in settings.signatories:
        found.append(signatory_unknown(settings, letter))
    errors = tuple(problem for problem in found if problem.level is Level.ERROR)
    if errors:
        raise ProblemsFoundError(errors)


def signatory_unknown(settings: Settings, letter: Letter) -> Problem:
    """The letter is signed by nobody whom config.yaml knows."""
    known = ", ".join(sorted(settings.signatories)) or "nobody yet"
    return Problem.error(
        "signatory-unknown",
        f"the signatory '{letter.signatory}' is not in config.yaml",
        f"Use one of: {known}; or add it under `signatories`.",
        file=f"templates/{letter.name}/letter.yaml",
    )


def numbers(settings: Settings) -> dict[str, Number]:
    """The helplines with their dates, for the rules about them."""
    return {key: Number(line.number, line.verified, line.expires) for key, line in settings.helplines.items()}
