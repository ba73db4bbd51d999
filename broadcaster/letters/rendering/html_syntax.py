"""How HTML is taken apart that our own renderer or css-inline's serialiser wrote: tags are well formed, and attributes
stand between double quotes (HTML Living Standard, 13.3).
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
"""Elements in which no tag stands until their own end."""
