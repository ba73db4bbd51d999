"""What somebody is warned of who pastes a letter of another program."""

import pytest

from broadcaster.services.writing.fields.chips import Chip, ChipVocabulary
from broadcaster.services.writing.fields.field_warnings import field_warnings
from broadcaster.services.writing.fields.letter_fields import LetterFields

CHIPS = ChipVocabulary(
    [
        Chip("name", "{{ recipient.name }}"),
        Chip("our organisation", "{{ organisation.name }}"),
        Chip("signature", "{% include '_shared/signature.md' %}"),
    ]
)
GREETING = "((if written to a person))Dear ((name))((otherwise))Dear neighbours((end)),"
SIGNED = "((signature))"


def found(written: LetterFields, language: str = "en") -> list[tuple[str, str, int | None]]:
    warned = field_warnings(written, language, "Robin Hartwell", CHIPS)
    return [(one.field, one.problem.code, one.line) for one in warned]


@pytest.mark.parametrize("field", ["*|FNAME|*", "[First name]", "<<Name>>", "{name}"])
def test_fields_of_other_programs_are_answered_with_the_chip(field: str) -> None:
    written = LetterFields(subject="News", body=f"{GREETING}\n\nWell, {field}", sms="((name))")
    assert found(written) == [("body", "merge-field", 3)]
    remedy = next(iter(field_warnings(written, "en", "", CHIPS))).problem.remedy
    assert remedy == "Write ((name)) in its place, if that is meant."


def test_a_first_text_is_told_in_each_field() -> None:
    first = "Write here what people should know"
    written = LetterFields(subject=first, body=f"{GREETING}\n\n{first}.", sms=f"Us: {first}.")
    assert found(written) == [("subject", "first-text", 1), ("body", "first-text", 3), ("sms", "first-text", 1)]
    assert found(LetterFields(subject="News from the park", body=GREETING)) == []


@pytest.mark.parametrize("second", ["Dear community members,", "**Dear all**", "Good morning everybody,", "تحية طيبة،"])
def test_a_second_greeting_is_told(second: str) -> None:
    assert found(LetterFields(subject="s", body=f"{GREETING}\n\n{second}\n\nWords.")) == [
        ("body", "second-greeting", 3)
    ]


def test_one_greeting_and_words_that_are_none_are_not_told() -> None:
    body = f"{GREETING}\n\nDear to us are all who live here. We say so.\n\nHigh street is closed,\n\n{SIGNED}"
    assert found(LetterFields(subject="s", body=body)) == []


@pytest.mark.parametrize(
    ("typed", "line"),
    [("Yours sincerely,\n\nSam Green", 3), ("**Robin Hartwell**", 3), ("Words\n\nKind regards\nSam", 5)],
)
def test_a_second_signature_is_told(typed: str, line: int) -> None:
    assert found(LetterFields(subject="s", body=f"{GREETING}\n\n{typed}\n\n{SIGNED}")) == [
        ("body", "second-signature", line)
    ]


def test_a_closing_before_the_signature_is_none() -> None:
    assert found(LetterFields(subject="s", body=f"{GREETING}\n\nYours sincerely,\n\n{SIGNED}")) == []
    assert found(LetterFields(subject="s", body=f"{GREETING}\n\nYours sincerely,\n\nSam Green")) == []
