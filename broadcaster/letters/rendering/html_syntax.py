"""Patterns for HTML that our renderer or css-inline's serialiser wrote: well-formed tags, attributes in double quotes
(HTML Living Standard, 13.3).
"""

import re

HTML_MARKUP = re.compile(
    r"<!--.*?-->|<![^>]*>|<(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*)(?P<attributes>(?:\s+[^\s=>\"/]+(?:=\"[^\"]*\")?)*)\s*/?>",
    re.DOTALL,
)
"""A comment, a declaration or a tag."""

HTML_ATTRIBUTE = re.compile(r"\s+(?P<name>[^\s=>\"/]+)(?:=\"(?P<value>[^\"]*)\")?")

RAW_TEXT_ELEMENTS = frozenset(
    {"style", "script", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "plaintext", "template"}
)
"""Elements whose content is text until their own end tag."""
