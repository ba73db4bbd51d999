"""Whether a cell holds a name by which somebody can be greeted.

Names are right in every script, as long or as short as they are; nothing here looks at how likely one is, and none is
ever taken apart. What is refused is what programs leave behind, and what is no name in any language.
"""

import re
import unicodedata
from collections.abc import Iterator

from broadcaster.audiences.model.row_errors import Flaw
from broadcaster.audiences.validation import ruined_text
from broadcaster.domain.problems import Severity

RUINED = "name-ruined"
NO_NAME = "name-is-none"
CAPITALS = "name-in-capitals"

_REMEDY = "Write the name by which letters greet this person."

# Whole cells only: each of these words alone, in this spelling, is nobody. "Null" is a family name and "None" is not.
PLACEHOLDERS = frozenset(
    {"n/a", "n.a.", "n/k", "#n/a", "none", "null", "(null)", "<null>", "undefined", "unknown", "not known", "no name"}
    | {"test", "tbc", "tba", "tbd", "xxx", "xxxx", "asdf", "qwerty", "[object object]", "to be confirmed"}
    | {"name", "first name", "last name", "full name", "surname", "given name", "family name", "firstname", "lastname"}
    | {"dim enw", "enw", "unbekannt", "brak danych", "imię i nazwisko", "magac", "aan la aqoon"}
    | {"غير معروف", "الاسم", "لا يوجد", "نامعلوم", "نام", "অজানা", "নাম", "নেই"}
)
_NAMES_ALL_THE_SAME = frozenset({"Null"})
_TEST_ENTRY = re.compile(
    r"test(?:ing)?[\s_-]*(?:\d+|test|user|name|person|contact|account|entry|row)\s*\d*", re.IGNORECASE
)

_ADDRESS = re.compile(r"\S@\S+\.\S|https?://|\bwww\.\S", re.IGNORECASE)
_SALUTATION = re.compile(
    r"(?:dear|hello|dear\s+(?:sir|madam))\s+\S|to whom it may|sir (?:or|/) madam|sehr geehrt|szanown[yai]\b",
    re.IGNORECASE,
)
_MERGE_FIELD = re.compile(r"\{\{.*|\{%.*|\*\|.*|<<.*>>|\[[^\]]*\]|\{[^}]*\}|\(\(.*\)\)|%[\w ]+%|«.*»")
_MANY_DIGITS = 6

# Letters; emoji and the like; and characters that are newer than this Python, or of an agreement among users, as some
# scripts and rare Chinese names are written with.
_MAKE_A_NAME = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "So", "Cn", "Co"})

# What any of these begins with, to be done with nearly all names at once; and names without a letter have no \w.
_MAY_BE_NONE = re.compile(r"[@/\d{\[<(*%«]|www\.|^(?:test|dear|hello|to\s|sir\s|sehr\s|szan)|^\W*$", re.IGNORECASE)

_CASED = ("LATIN", "GREEK", "CYRILLIC", "ARMENIAN")
_LONG_WORD = 3
_WORD = re.compile("(?:[^\\W\\d_]|[\u0300-\u036f])+")


def find_name_flaws(cell: str, name: str) -> Iterator[Flaw]:
    """What is wrong with a name. `cell` is as it stands in the file, `name` the same cleaned, and not empty."""
    if found := _ruined_name_flaw(cell, name) or _no_name_flaw(name):
        yield found
    elif _is_in_capitals(name):
        message = "the name is written in capitals only, and a letter would shout it"
        remedy = "Write it as the person does: Mary Smith instead of MARY SMITH. Nothing needs doing if they do so."
        yield Flaw(CAPITALS, "name", message, remedy, Severity.WARNING, _in_small_letters(name))


def _ruined_name_flaw(cell: str, name: str) -> Flaw | None:
    if ruined_text.is_spreadsheet_error(name):
        message = "this is a spreadsheet's error, not a name"
        return Flaw(RUINED, "name", message, "Open the spreadsheet, mend the formula, and save the list anew.")
    # No name has a question mark, in whatever place; other text may.
    if "?" in name or ruined_text.has_lost_letters(name):
        message = "letters were lost: a program put question marks in their place"
        return Flaw(RUINED, "name", message, "Type the name anew, or export the list again as CSV UTF-8.")
    if ruined_text.is_misread(cell) or (cell != name and ruined_text.is_misread(name)):
        message = "letters were misread: the list was opened in the wrong encoding, and saved so"
        remedy = "Export the list again as CSV UTF-8, or type the name anew."
        return Flaw(RUINED, "name", message, remedy, proposal=ruined_text.repair_text(name))
    return None


def _no_name_flaw(name: str) -> Flaw | None:
    folded = " ".join(name.casefold().split())
    if folded not in PLACEHOLDERS and not _MAY_BE_NONE.search(name):
        return None
    digits = sum(char.isdecimal() for char in name)
    if folded in PLACEHOLDERS and name not in _NAMES_ALL_THE_SAME:
        message = "this stands for a name that nobody filled in"
    elif _TEST_ENTRY.fullmatch(name):
        message = "this is an entry for testing"
    elif _ADDRESS.search(name):
        message = "this is an address, not a name"
    elif digits >= _MANY_DIGITS:
        message = "this is a number, not a name"
    elif _MERGE_FIELD.fullmatch(name):
        message = "this is the field of a program, which was not filled in"
    elif _SALUTATION.match(name):
        message = "a greeting stands before the name, and letters have their own"
    elif not any(unicodedata.category(char) in _MAKE_A_NAME for char in name):
        message = "there is no letter in it"
    else:
        return None
    return Flaw(NO_NAME, "name", message, _REMEDY)


def _is_in_capitals(name: str) -> bool:
    """Whether a name has capitals only, where there are small letters to write it in. Initials are meant so."""
    return (
        name == name.upper()
        and name != name.lower()
        and any(len(word) >= _LONG_WORD for word in _WORD.findall(name))
        and all(unicodedata.name(char, "").startswith(_CASED) for char in name if char.isalpha())
    )


def _in_small_letters(name: str) -> str:
    # Turkish and its kin, who alone write İ, have a small letter of its own for I too.
    folded = name.replace("I", "ı").replace("İ", "i") if "İ" in name else name

    def word(match: re.Match[str]) -> str:
        return name[match.start()] + folded[match.start() + 1 : match.end()].lower()

    return _WORD.sub(word, name)
