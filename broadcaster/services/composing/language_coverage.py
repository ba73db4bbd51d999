"""The texts of config.yaml that may differ by language: which there are, and which are missing where they are used.

A text that is missing is never replaced by that of another language: whoever approves would not have seen it.
"""

from collections.abc import Iterable, Iterator, Mapping

from broadcaster.config import CampaignSettings, HelplineUse, Settings
from broadcaster.domain.language.language_tags import language_name
from broadcaster.domain.language.multilingual_text import MultilingualText
from broadcaster.domain.problems import Problem
from broadcaster.letters.model.letter import Letter
from broadcaster.letters.reading.config_text_use import ANY_KEY, config_texts_used
from broadcaster.services.composing.auto_replies import AUTO_REPLY_TEXTS, emergency_number

SettingPath = tuple[str, ...]
"""Where a text stands in config.yaml: `("helplines", "report", "name")`."""


def find_missing_texts(
    settings: Settings, letter: Letter, languages: Iterable[str] | None = None, campaign: CampaignSettings | None = None
) -> Iterator[Problem]:
    """Where a language of the letter (of all, unless some are named) uses a text that is not there in it. The title is
    that of `campaign`.
    """
    texts = _multilingual_texts(settings, campaign)
    for language in letter.languages if languages is None else languages:
        absent = [place for place, text in texts.items() if text.text_in(language) is None]
        if absent:
            used = dict(reversed(list(_texts_in_use(settings, letter, language, campaign))))
            for place in (place for place in absent if place in used):
                yield _missing_text_problem(settings, place, language, used[place])


def recipient_page_texts(settings: Settings) -> Mapping[SettingPath, MultilingualText]:
    """The texts that recipients' pages show, in whatever language they are read."""
    texts: dict[SettingPath, MultilingualText] = {("organisation", "name"): settings.organisation.name}
    doubt = ((key, line) for key, line in settings.helplines.items() if HelplineUse.DOUBT in line.uses)
    return texts | {("helplines", key, "name"): line.name for key, line in doubt}


def _multilingual_texts(
    settings: Settings, campaign: CampaignSettings | None
) -> Mapping[SettingPath, MultilingualText]:
    texts: dict[SettingPath, MultilingualText] = {("organisation", "name"): settings.organisation.name}
    texts |= {("signatories", key, "role"): one.role for key, one in settings.signatories.items()}
    for key, line in settings.helplines.items():
        texts |= {("helplines", key, "name"): line.name, ("helplines", key, "says"): line.says}
    if campaign is not None and campaign.title is not None:
        texts["campaigns", campaign.name, "title"] = campaign.title
    return texts


def _texts_in_use(
    settings: Settings, letter: Letter, language: str, campaign: CampaignSettings | None
) -> Iterator[tuple[SettingPath, str]]:
    """What is used in this language, and by what, in words; the letter itself first."""
    for path, (file, line) in config_texts_used(letter, language).items():
        for place in _setting_paths(path, settings, letter, campaign):
            yield place, f"{file} prints it (line {line})"
    parts = letter.parts(language)
    if "body" in parts:
        yield ("organisation", "name"), "emails in it are from there"
    if language.partition("-")[0].lower() not in AUTO_REPLY_TEXTS:
        return
    if settings.public_url is not None:
        yield from ((place, "recipients' pages in it show that") for place in recipient_page_texts(settings))
    if "sms" in parts and settings.providers.sms != "outbox":
        told = "answers to texts in it tell that"
        yield ("organisation", "name"), told
        for key, one in settings.helplines.items():
            if one.number != emergency_number(settings):
                yield ("helplines", key, "name"), told


def _setting_paths(
    path: tuple[str, ...], settings: Settings, letter: Letter, campaign: CampaignSettings | None
) -> list[SettingPath]:
    """Where what a letter writes as `path` stands in config.yaml."""
    if path[0] == "helplines":
        keys = settings.helplines if path[1] == ANY_KEY else (path[1],)
        return [("helplines", key, path[2]) for key in keys]
    if path[0] == "signatory":
        return [("signatories", letter.signatory, path[1])]
    if path[0] == "campaign":
        return [("campaigns", campaign.name, path[1])] if campaign is not None else []
    return [path]


def _missing_text_problem(settings: Settings, place: SettingPath, language: str, used: str) -> Problem:
    spoken = language_name(language)
    line = settings.line(place) or settings.line((*place[:-1], f"{place[-1]}s"))  # `names` is a `name` too
    return Problem.error(
        "not-in-language",
        f"{'.'.join(place)} has no text in {spoken}, and {used}",
        f"Add  {language}: …  there, in the words of somebody whose language it is.",
        file="config.yaml",
        line=line,
    )
