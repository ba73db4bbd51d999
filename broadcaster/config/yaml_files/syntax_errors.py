"""Syntax errors of YAML in words for people who have not read its specification."""

import yaml

# Pieces of PyYAML's messages, in the order in which they are looked for: what is wrong, and what to do.
_MEANINGS = (
    (
        "mapping values are not allowed",
        "a second ': ' stands in this line, or the line is indented too far",
        'Put the value in quotes ("like: this"), or line the key up with the one above it.',
    ),
    ("alias", "a value begins with *", 'Put it in quotes: "*…".'),
    ("anchor", "a value begins with &", 'Put it in quotes: "&…".'),
    ("escape", "a backslash stands in double quotes", "Use single quotes, or write the backslash twice."),
    (
        "cannot start any token",
        "a value begins with a character that YAML keeps for itself",
        "Put the value in quotes.",
    ),
    ("end of stream", "a quote or bracket was opened and is not closed", "Close it on the line where it begins."),
    ("quoted scalar", "a quote was opened and is not closed", "Close it on the line where it begins."),
    (
        "could not find expected ':'",
        "a key without ':' stands here or on the line before",
        "Write  key: value  with a space after the colon.",
    ),
    (
        "expected",
        "this line does not fit the ones above it",
        "Line it up with the keys or items it belongs to, with spaces; look for a missing quote, comma or bracket.",
    ),
)


def explain_syntax(error: yaml.MarkedYAMLError, line: str) -> tuple[str, str]:
    """What is wrong and what to do, for an error on this line of the file."""
    indentation = line[: len(line) - len(line.lstrip())]
    if "\\t" in (error.problem or "") or "\t" in indentation:
        return "a tab stands where YAML needs spaces", "Replace the tab at the beginning of the line by spaces."
    said = f"{error.problem} {error.context}"
    for piece, message, remedy in _MEANINGS:
        if piece in said:
            return message, remedy
    return (
        f"this is not YAML: {error.problem or 'something is out of place'}",
        "Compare the line and the one above it with the starter files; look at quotes and indentation.",
    )
