"""Rules for what stands in a letter as it was typed: fields of other programs, and what follows addresses at once.

They look at the sources and not at a filled letter, so that they can name the line, and never see a recipient's words.
"""

import re
from collections.abc import Iterator

from broadcaster.domain.problems import Problem
from broadcaster.letters.model.letter import Letter
from broadcaster.letters.rules.merge_fields import find_merge_fields, own_expression_for
from broadcaster.letters.rules.static_text import line_number_at, static_text
from broadcaster.letters.templating.parser import parse_with_includes
from broadcaster.letters.text.typed_addresses import SENTENCE_MARKS, email_addresses, web_addresses

_LINK = re.compile(r"\{\{-?\s*links\.\w+\s*-?\}\}")


def typed_text_problems(letter: Letter, language: str) -> Iterator[Problem]:
    """What is found in a language's file and in all that it includes."""
    for template in parse_with_includes(letter.sources, letter.path(language)):
        source = letter.sources[template.path]
        yield from _merge_fields(static_text(source), template.display_name)
        yield from _marks_after_addresses(source, template.display_name)


def _merge_fields(text: str, file: str) -> Iterator[Problem]:
    seen = set[str]()
    for at, field in find_merge_fields(text):
        if field in seen:
            continue
        seen.add(field)
        yield Problem.warning(
            "merge-field",
            f"'{field}' is a field of another program, and would be sent to everybody as it stands",
            f"Write {{{{ {own_expression_for(field)} }}}} in its place, if that is meant: so a letter prints a column.",
            file=file,
            line=line_number_at(text, at),
        )


def _marks_after_addresses(source: str, file: str) -> Iterator[Problem]:
    # A page of the recipient's own is an address too.
    text = static_text(_LINK.sub("https://links.invalid/x", source))
    for _, end in sorted((*web_addresses(text), *email_addresses(text))):
        mark = text[end : end + 2].lstrip(">")[:1]
        if mark and mark in SENTENCE_MARKS:
            yield Problem.warning(
                "mark-after-address",
                f"an address is followed at once by {mark!r}, which many telephones take for a part of it",
                "Put a space between them, or end the sentence before the address. In plain text and text messages a "
                "space is put there for you.",
                file=file,
                line=line_number_at(text, end),
            )
