"""Fields of other programs, pasted with a text: `((name))`, `*|FNAME|*`, `[First name]`, `<<Name>>`, `{name}`.

Here they are plain words, so everybody would be sent them as they stand.
"""

import re
from collections.abc import Iterator

_NAMES = r"(?:(?:first|last|full|given|family|sur|fore|user)[ _-]?)?name"
_FIELD = re.compile(
    rf"""
      \(\( [^\W\d_] [\w -]{{0,30}} \)\)           # GOV.UK Notify
    | (?-i: \*?\| [A-Z][A-Z0-9_:]{{1,30}} \|\*? ) # Mailchimp; Markdown takes its stars for emphasis
    | \[ \s* {_NAMES} \s* \]                      # typed by hand
    | << \s* [^\W\d_][\w -]{{0,30}} \s* >>        # Word's mail merge, typed
    | « \s* {_NAMES} \s* »                        # Word's mail merge, pasted
    | (?<!\{{) \{{ \s* {_NAMES} \s* \}} (?!\}})   # many others
    | %% [^\W\d_]\w{{1,30}} %%                    # Salesforce
    """,
    re.VERBOSE | re.IGNORECASE,
)


def merge_fields(text: str) -> Iterator[str]:
    """What in a text looks like a field of another program, each once, in the order of the text."""
    return iter(dict.fromkeys(match[0] for match in _FIELD.finditer(text)))
