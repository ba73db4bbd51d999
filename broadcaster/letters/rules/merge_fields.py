"""Fields of other programs, pasted with a text: `((name))`, `*|FNAME|*`, `[First name]`, `<<Name>>`, `{name}`.

Here they are plain words, so everybody would be sent them as they stand.
"""

import re
from collections.abc import Iterator

_NAMES = (
    r"(?:(?:first|last|full|given|family|sur|fore|user|contact|recipient)[ _.-]?)?name|fname|lname"
    r"|الاسم|اسم|نام|নাম|magaca|enw|imię"
)
_OTHERS = (
    r"date|today|post[ ]?code|address|town|city|borough|ward|area|organi[sz]ation|company|email|e-mail|phone|mobile"
)
_FIELD = re.compile(
    rf"""
      \(\( [^\W\d_] [\w? -]{{0,40}} \)\)                     # GOV.UK Notify
    | (?-i: \*?\| [A-Z][A-Z0-9_:]{{1,30}} \|\*? )            # Mailchimp; the stars go where Markdown took them
    | \[ \s* (?:{_NAMES}|{_OTHERS}) \s* \] (?![(\[])         # typed by hand; with a bracket behind it, a link
    | \[ \s* (?:insert|enter|your) \s [^\]\n]{{1,40}} \] (?![(\[])
    | << \s* [^\W\d_][\w -]{{0,30}} \s* >>                   # Word's mail merge, typed
    | « \s* (?:{_NAMES}|{_OTHERS}) \s* »                     # Word's mail merge, pasted
    | (?<!\{{) [$\#]? \{{ [!$]? \s* (?:[a-z]+\.)? (?:{_NAMES}|{_OTHERS}) \s* \}} (?!\}})   # many others
    | %% [^\W\d_]\w{{1,30}} %%                               # Salesforce
    | (?-i: (?<![\w%]) % [A-Z][A-Z0-9_]{{2,30}} % (?![\w%]) )   # ActiveCampaign
    | <% [=-]? \s* [\w.]{{1,40}} \s* %>
    """,
    re.VERBOSE | re.IGNORECASE,
)
_WORDS = re.compile(r"[^\W_]+")
_NAME = re.compile(_NAMES, re.IGNORECASE)
_OWN_EXPRESSIONS = {
    "links.unsubscribe": re.compile(r"unsub(?:scribe)?", re.IGNORECASE),
    "links.web": re.compile(r"archive|browser|view online", re.IGNORECASE),
    "campaign.date": re.compile(r"date|today", re.IGNORECASE),
    "organisation.name": re.compile(r"organi[sz]ation|company", re.IGNORECASE),
}


def find_merge_fields(text: str) -> Iterator[tuple[int, str]]:
    """Where in a text something looks like a field of another program, and what it says, in the order of the text."""
    return ((found.start(), found[0]) for found in _FIELD.finditer(text))


def is_name_field(word: str) -> bool:
    """Whether a word is what other programs call somebody's name, as in `{{ first_name }}`."""
    return _NAME.fullmatch(" ".join(_WORDS.findall(word))) is not None


def own_expression_for(field: str) -> str:
    """What this program's letters print in the place of such a field, without the braces."""
    words = " ".join(_WORDS.findall(field))
    if _NAME.search(words) and not re.search(r"organi[sz]ation|company", words, re.IGNORECASE):
        return "recipient.name"
    ours = next((name for name, pattern in _OWN_EXPRESSIONS.items() if pattern.search(words)), None)
    if ours is not None:
        return ours
    words = re.sub(r"^(?:insert|enter|your)\s+", "", words, flags=re.IGNORECASE)
    return f"recipient.{'_'.join(words.lower().split())}"
