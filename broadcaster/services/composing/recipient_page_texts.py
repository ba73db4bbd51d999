"""The texts of config.yaml that recipients' pages show; what serves them needs no letter to know."""

from collections.abc import Mapping

from broadcaster.config import HelplineUse, Settings
from broadcaster.domain.language.multilingual_text import MultilingualText

SettingPath = tuple[str, ...]
"""The keys of a text in config.yaml: `("helplines", "report", "name")`."""


def recipient_page_texts(settings: Settings) -> Mapping[SettingPath, MultilingualText]:
    """The texts that recipients' pages show, in any language."""
    texts: dict[SettingPath, MultilingualText] = {("organisation", "name"): settings.organisation.name}
    for key, helpline in settings.helplines.items():
        if HelplineUse.DOUBT in helpline.uses:
            texts["helplines", key, "name"] = helpline.name
    return texts
