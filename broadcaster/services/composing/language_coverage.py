"""The texts of config.yaml that may differ by language, and those that are missing where a letter uses them.

A missing text is never replaced by that of another language: the approver would not have seen it.
"""

from collections.abc import Iterable, Iterator, Mapping

from broadcaster.config import CampaignSettings, Settings
from broadcaster.domain.language.language_tags import language_name, primary_language
from broadcaster.domain.language.multilingual_text import MultilingualText
from broadcaster.domain.problems import Problem
from broadcaster.letters.model.letter import Letter
from broadcaster.letters.reading.config_text_use import ANY_KEY, config_texts_used
from broadcaster.services.composing.auto_replies import AUTO_REPLY_TEXTS, emergency_number
from broadcaster.services.composing.recipient_page_texts import SettingPath, recipient_page_texts


def find_missing_texts(
    settings: Settings, letter: Letter, languages: Iterable[str] | None = None, campaign: CampaignSettings | None = None
) -> Iterator[Problem]:
    """A problem for each text that the letter uses and that is missing in one of its languages, or of `languages`.

    The title is that of `campaign`.
    """
    texts = _multilingual_texts(settings, campaign)
    for language in letter.languages if languages is None else languages:
        missing = [path for path, text in texts.items() if text.text_in(language) is None]
        if missing:
            uses = dict(reversed(list(_texts_in_use(settings, letter, language, campaign))))
            for path in missing:
                if path in uses:
                    yield _missing_text_problem(settings, path, language, uses[path])


def _multilingual_texts(
    settings: Settings, campaign: CampaignSettings | None
) -> Mapping[SettingPath, MultilingualText]:
    texts: dict[SettingPath, MultilingualText] = {("organisation", "name"): settings.organisation.name}
    texts |= {("signatories", key, "role"): signatory.role for key, signatory in settings.signatories.items()}
    for key, helpline in settings.helplines.items():
        texts |= {("helplines", key, "name"): helpline.name, ("helplines", key, "says"): helpline.says}
    if campaign is not None and campaign.title is not None:
        texts["campaigns", campaign.name, "title"] = campaign.title
    return texts


def _texts_in_use(
    settings: Settings, letter: Letter, language: str, campaign: CampaignSettings | None
) -> Iterator[tuple[SettingPath, str]]:
    """The texts used in this language, each with the words for what uses it; the letter itself first."""
    for name, (file, line) in config_texts_used(letter, language).items():
        for path in _setting_paths(name, settings, letter, campaign):
            yield path, f"{file} prints it (line {line})"
    parts = letter.parts(language)
    if "body" in parts:
        yield ("organisation", "name"), "emails in it are from there"
    if primary_language(language) not in AUTO_REPLY_TEXTS:
        return
    if settings.public_url is not None:
        yield from ((path, "recipients' pages in it show that") for path in recipient_page_texts(settings))
    if "sms" in parts and settings.providers.sms != "outbox":
        use = "answers to texts in it tell that"
        yield ("organisation", "name"), use
        for key, helpline in settings.helplines.items():
            if helpline.number != emergency_number(settings):
                yield ("helplines", key, "name"), use


def _setting_paths(
    name: tuple[str, ...], settings: Settings, letter: Letter, campaign: CampaignSettings | None
) -> list[SettingPath]:
    """The paths in config.yaml of what a letter writes as this name: `("signatory", "role")`."""
    if name[0] == "helplines":
        keys = settings.helplines if name[1] == ANY_KEY else (name[1],)
        return [("helplines", key, name[2]) for key in keys]
    if name[0] == "signatory":
        return [("signatories", letter.signatory, name[1])]
    if name[0] == "campaign":
        return [("campaigns", campaign.name, name[1])] if campaign is not None else []
    return [name]


def _missing_text_problem(settings: Settings, path: SettingPath, language: str, use: str) -> Problem:
    line = settings.line(path) or settings.line((*path[:-1], f"{path[-1]}s"))  # `names` is a `name` too
    return Problem.error(
        "not-in-language",
        f"{'.'.join(path)} has no text in {language_name(language)}, and {use}",
        f"Add  {language}: …  there, in the words of somebody whose language it is.",
        file="config.yaml",
        line=line,
    )
