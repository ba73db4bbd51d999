"""What people are warned of while they write in fields: a first text that is left, a pasted letter's own greeting and
signature, fields of other programs.
"""

import re
from collections.abc import Iterator

from broadcaster.domain.problems import Problem
from broadcaster.letters.rules.merge_fields import find_merge_fields, own_expression_for
from broadcaster.services.writing.fields.chips import ChipVocabulary
from broadcaster.services.writing.fields.letter_fields import FieldProblem, LetterFields
from broadcaster.services.writing.starter_text import starter_words

FIRST_TEXT = "first-text"
"""The code of a first text that is left. In letters made at the desk `never_say` holds it."""

_CHIP = re.compile(r"\(\([^()\n]+\)\)")
_GREETING = re.compile(
    r"(?:dear|hello|hi|good (?:morning|afternoon|evening)|salaam|assalam\w*|تحية|السلام|عزيزي|عزيزتي|أعزائي|آداب|محترم"
    r"|প্রিয়|salaan|mudane)\b[^.!?]{0,80}[,،:!]?$",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:yours (?:sincerely|faithfully|truly)|(?:with )?(?:kind|best|warm) (?:regards|wishes)|many thanks|sincerely"
    r"|مع التحية|مع أطيب التحيات|والسلام|خیر اندیش|শুভেচ্ছান্তে|mahadsanid)[,،.]?$",
    re.IGNORECASE,
)


def field_warnings(
    written: LetterFields, language: str, signed_by: str, chips: ChipVocabulary
) -> Iterator[FieldProblem]:
    """What somebody would probably not want to send. `signed_by` is the name of the letter's signatory."""
    for name, text in written.items():
        yield from _merge_fields(name, text, chips)
    yield from _first_texts(written, language)
    lines = written.body.split("\n")
    yield from _second_greeting(lines)
    yield from _second_signature(lines, signed_by, chips)


def _merge_fields(field: str, text: str, chips: ChipVocabulary) -> Iterator[FieldProblem]:
    seen = set[str]()
    plain = _CHIP.sub(lambda chip: " " * len(chip[0]), text)
    for at, found in find_merge_fields(plain):
        if found in seen:
            continue
        seen.add(found)
        expression = own_expression_for(found)
        label = chips.label_of(f"{{{{ {expression} }}}}")
        known = label is not None and chips.find(label).known
        yield FieldProblem(
            field,
            Problem.warning(
                "merge-field",
                f"'{found}' is a field of another program, and would be sent to everybody as it stands",
                f"Write (({label})) in its place, if that is meant." if known else "Insert one of the fields below.",
            ),
            text.count("\n", 0, at) + 1,
        )


def _first_texts(written: LetterFields, language: str) -> Iterator[FieldProblem]:
    """Words that a new letter began with and that nobody has replaced."""
    first = starter_words(language).yours
    for name in ("subject", "body", "sms"):
        text = getattr(written, name)
        if first in text:
            yield FieldProblem(
                name,
                Problem.error(FIRST_TEXT, "the first text is still here", "Put your words in its place."),
                text.count("\n", 0, text.find(first)) + 1,
            )


def _second_greeting(lines: list[str]) -> Iterator[FieldProblem]:
    greetings = [at for at, line in enumerate(lines, 1) if _GREETING.match(_CHIP.sub("", line).strip(" *_"))]
    for at in greetings[1:]:
        yield FieldProblem(
            "body",
            Problem.warning(
                "second-greeting",
                f"people are greeted a second time: '{lines[at - 1].strip()[:60]}'",
                "Keep one of them.",
            ),
            at,
        )


def _second_signature(lines: list[str], signed_by: str, chips: ChipVocabulary) -> Iterator[FieldProblem]:
    """A name typed below a letter that is signed by a chip."""
    signatures = {chips.label_of(code) for code in ("{% include '_shared/signature.md' %}", "{{ signatory.name }}")} - {
        None
    }
    signed = [at for at, line in enumerate(lines) if any(f"(({label}))" in line for label in signatures)]
    if not signed:
        return
    for at, line in enumerate(lines):
        plain = line.strip(" *_\\")
        follows = next((other for other in lines[at + 1 :] if other.strip()), "")
        closes = bool(_CLOSING.match(plain)) and follows != "" and not _CHIP.search(follows)
        if closes or (signed_by and plain.casefold() == signed_by.casefold()):
            yield FieldProblem(
                "body",
                Problem.warning(
                    "second-signature",
                    "this looks like a second signature",
                    "The letter is signed by itself: take the typed one out.",
                ),
                at + 1,
            )
            return
