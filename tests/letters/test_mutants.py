"""The checks of `equivalence` can fail: each way of breaking the compiler makes one of them fail."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.text.cleaning import clean_text
from broadcaster.letters.compiling import compiler as compiling
from broadcaster.letters.compiling.compiler import Compiler
from broadcaster.letters.filling import email_headers, mime, quoted_printable, skeleton
from broadcaster.letters.filling.skeleton import EmailSkeleton, Envelope
from broadcaster.letters.rendering import fragments, html_isolation
from broadcaster.letters.tracer import fast_trace, letter_program
from broadcaster.letters.tracer.letter_program import LetterRun
from broadcaster.letters.tracer.skeleton_source import Slot
from tests.letters import equivalence
from tests.letters.generated import HOSTILE
from tests.letters.writing import ENVELOPE, SENDER, blocks, compiler, load

BODY = (
    "Dear **{{ recipient.a }}**, of {{ recipient.b }}{% if recipient.c %}, {{ recipient.c }}{% endif %}: "
    "[page](https://example.org/{{ recipient.a }}?q={{ recipient.b }}) in {{ organisation.name }}"
)
PEOPLE = [{"a": clean_text(value), "b": "Zed", "c": ""} for value in HOSTILE if clean_text(value)]
PEOPLE += [{"a": "Amina", "b": clean_text(value), "c": "here"} for value in HOSTILE if clean_text(value)]

Patch = pytest.MonkeyPatch


def check_everything(root: Path, language: str) -> None:
    ready = compiler(
        load(
            root,
            {
                f"letter/{language}.md": blocks(BODY, subject="{{ recipient.a }} news", sms="{{ recipient.b }}"),
                "letter/letter.yaml": f"title: T\nkind: campaign\nsignatory: a\nfallback: {language}\n",
            },
        )
    )
    for person in PEOPLE:
        _check(ready, language, person)
    for person in ({"a": "Amina", "b": "Ashmere", "c": ""}, {"a": "Zed", "b": "Zed", "c": "here"}):
        equivalence.markup_holds(ready, language, person)


def _check(ready: Compiler, language: str, person: dict[str, str]) -> None:
    for channel in Channel:
        equivalence.source_holds(ready, language, person, channel)
    trace = ready.trace(language, person, Channel.EMAIL)
    made: EmailSkeleton = ready.email(trace.skeleton, SENDER)
    equivalence.structure_holds(made, trace.values)
    envelope = Envelope(person["a"], ENVELOPE.to_address, ENVELOPE.message_id, ENVELOPE.date)
    equivalence.mime_holds(made, trace.values, envelope)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_an_unbroken_compiler_passes(tmp_path: Path, language: str) -> None:
    check_everything(tmp_path, language)


def unescaped(patch: Patch) -> None:
    patch.setattr(fragments, "escape_html", str)


def without_quotation_marks(patch: Patch) -> None:
    patch.setattr(fragments, "percent_encode", str)


def swapped(patch: Patch) -> None:
    honest = compiling.slots_and_values

    def swap(ran: LetterRun, needed: tuple[str, ...]) -> tuple[dict[int, Slot], tuple[str, ...]]:
        slots, values = honest(ran, needed)
        return slots, tuple(reversed(values))

    patch.setattr(compiling, "slots_and_values", swap)


def soft_breaks_gone(patch: Patch) -> None:
    patch.setattr(mime, "SOFT_BREAK", "")


def soft_break_cut(patch: Patch) -> None:
    patch.setattr(quoted_printable, "SOFT_BREAK", "=\n")


def octets_cut(patch: Patch) -> None:
    def fold(text: str) -> str:
        return quoted_printable.SOFT_BREAK.join(
            quoted_printable._guard_line_start(line) for line in re.findall(".{1,73}", text, re.DOTALL) or [""]
        )

    patch.setattr(quoted_printable, "_folded", fold)


def leading_full_stop(patch: Patch) -> None:
    patch.setattr(quoted_printable, "_guard_line_start", str)


def everything_is_plain(patch: Patch) -> None:
    patch.setattr(skeleton, "PLAIN_VALUE", lambda _: True)


def never_isolated_in_mime(patch: Patch) -> None:
    honest = mime.EncodedValue
    patch.setattr(mime, "EncodedValue", lambda value, encode, _plain: honest(value, encode, True))


def subject_as_it_is(patch: Patch) -> None:
    patch.setattr(email_headers, "unstructured", lambda name, text: f"{name}: {text}\r\n")


def name_as_it_is(patch: Patch) -> None:
    patch.setattr(email_headers, "display_name", lambda display: f'"{display}"')


def encoded_words_believed(patch: Patch) -> None:
    patch.setattr(email_headers, "_UNFOLDABLE", lambda _: None)
    patch.setattr(email_headers, "encoded_words", str)


def nothing_set_apart(patch: Patch) -> None:
    patch.setattr(html_isolation._HtmlIsolator, "_gap", lambda _, gap: gap[0])


def branches_overlooked(patch: Patch) -> None:
    patch.setattr(letter_program, "has_single_skeleton", lambda *_: True)


def quick_values_reversed(patch: Patch) -> None:
    honest: Callable[..., Any] = fast_trace.FastTrace.values
    patch.setattr(letter_program, "has_single_skeleton", lambda *_: True)
    patch.setattr(fast_trace.FastTrace, "values", lambda self, fields: tuple(reversed(honest(self, fields) or ())))


MUTANTS = [
    (unescaped, "en"),
    (without_quotation_marks, "en"),
    (swapped, "en"),
    (soft_breaks_gone, "en"),
    (soft_break_cut, "en"),
    (octets_cut, "en"),
    (leading_full_stop, "en"),
    (everything_is_plain, "en"),
    (never_isolated_in_mime, "ar"),
    (subject_as_it_is, "en"),
    (name_as_it_is, "en"),
    (encoded_words_believed, "en"),
    (nothing_set_apart, "en"),
    (branches_overlooked, "en"),
    (quick_values_reversed, "en"),
]


@pytest.mark.parametrize(("mutant", "language"), MUTANTS, ids=lambda value: getattr(value, "__name__", value))
def test_a_broken_compiler_fails(
    tmp_path: Path, monkeypatch: Patch, mutant: Callable[[Patch], None], language: str
) -> None:
    mutant(monkeypatch)
    with pytest.raises((AssertionError, UnicodeError, ValueError)):
        check_everything(tmp_path, language)
