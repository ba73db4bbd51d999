"""The words of the desk's pages, as they stand in templates and code: python -m tests.web.desk.catalogue

Run so, it brings the catalogues up to date: what is new waits there to be translated, what is gone is dropped.
"""

from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from broadcaster.domain.exclusion_reasons import EXCLUSION_WORDS
from broadcaster.domain.occurrence_fates import FATES, OTHER_REASON_WORDS, WORDS_BY_REASON
from broadcaster.web.common.pages import WEB_FOLDER
from broadcaster.web.desk.rendering import localisation

_METHODS = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")]
_OPTIONS = {
    "**.html": {
        "extensions": "jinja2.ext.i18n",
        "trim_blocks": "true",
        "lstrip_blocks": "true",
        "newstyle_gettext": "true",
    }
}
_NO_TIME = datetime(2026, 1, 1, tzinfo=UTC)
_KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "say": None}


def words() -> Catalog:
    """Every text that is to be translated."""
    found = Catalog()
    for folder in (WEB_FOLDER / "desk", WEB_FOLDER / "html" / "desk"):
        for _, _, message, _, _ in extract_from_dir(
            folder, method_map=_METHODS, options_map=_OPTIONS, keywords=_KEYWORDS
        ):
            found.add(message)
    # They serve the command line, too.
    waiting = [part for one in (*WORDS_BY_REASON.values(), OTHER_REASON_WORDS) for part in one]
    for said in (*EXCLUSION_WORDS.values(), *FATES.values(), *waiting):
        if said:
            found.add(said)
    return found


def known(language: str) -> Catalog:
    """What is translated into a language."""
    with _file(language).open("rb") as source:
        return read_po(source, locale=language)


def _file(language: str) -> Path:
    return localisation.CATALOGUES_FOLDER / language / "LC_MESSAGES" / "desk.po"


def main() -> None:
    """Bring the catalogues up to date."""
    for language in localisation.LANGUAGES:
        if language == "en":
            continue
        catalogue = known(language) if _file(language).exists() else Catalog(locale=language)
        catalogue.update(words(), no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        catalogue.project, catalogue.copyright_holder = "broadcaster", "the authors of broadcaster"
        catalogue.header_comment = (
            "# The desk's words, translated. python -m tests.web.desk.catalogue keeps them up to date."
        )
        # Its own time would make every run a change, and every two changes a conflict.
        catalogue.creation_date = _NO_TIME
        catalogue.last_translator, catalogue.language_team, catalogue.msgid_bugs_address = "-", "-", "-"
        with _file(language).open("wb") as target:
            write_po(target, catalogue, omit_header=False, sort_output=True, no_location=True, width=120)


if __name__ == "__main__":
    main()
