"""What the editor shows and takes in: a letter as fields without code, or as the source that its file is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from broadcaster.domain.problems import Problem, Severity
from broadcaster.services.previewing.draft_preview import DraftPreview
from broadcaster.services.writing import letter_texts
from broadcaster.services.writing.fields.chips import ChipVocabulary
from broadcaster.services.writing.fields.field_warnings import FIRST_TEXT, field_warnings
from broadcaster.services.writing.fields.letter_fields import (
    FieldProblem,
    LetterFields,
    OnlySource,
    join_letter,
    locate_line,
    split_letter,
)
from broadcaster.services.writing.fields.vocabulary import make_vocabulary
from broadcaster.services.writing.insert_menu import Insertion, list_insertions
from broadcaster.services.writing.source_beside import SourceBeside, read_source_beside
from broadcaster.services.writing.starter_text import starter_words
from broadcaster.web.desk.rendering.labels import CHIP_LABELS
from broadcaster.web.desk.requests.visit import Visit

SOURCE = "source"
"""The mode, and the name of the one field in it."""


@dataclass(frozen=True, slots=True)
class WrittenLetter:
    """A letter in the editor: its source, and its fields unless it is shown as source. `refused` are the errors for
    which it cannot be saved; `only` says why it could not be shown as fields though it was asked for.
    """

    source: str
    fields: LetterFields | None = None
    problems: tuple[FieldProblem, ...] = ()
    only: OnlySource | None = None

    @property
    def refused(self) -> tuple[FieldProblem, ...]:
        return tuple(one for one in self.problems if one.problem.level is Severity.ERROR)


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """A problem beside a field; `field` is "" for one of the whole letter. `words` is what stands on its line."""

    field: str
    problem: Problem
    line: int | None
    words: str = ""


class LetterForm:
    """The editor's form for a letter and language (`place`), in the words of whoever asks."""

    def __init__(self, visit: Visit, place: tuple[str, str]) -> None:
        self._visit, self._place = visit, place
        speech = visit.locale
        words = {key: speech.say(label) for key, label in CHIP_LABELS.items()}
        self._insertions = list_insertions(visit.view, place, visit.who, speech.language, words)
        self._chips = make_vocabulary(visit.view, place, self._insertions, words, CHIP_LABELS)

    def show(self, source: str) -> WrittenLetter:
        """A text that is to be edited, as the address asks for it."""
        if self._visit.asked("mode") == SOURCE:
            return WrittenLetter(source)
        found = split_letter(source, self._chips)
        if isinstance(found, OnlySource):
            return WrittenLetter(source, only=found)
        return WrittenLetter(source, found, join_letter(source, found, self._chips).problems)

    def read(self, base: str) -> WrittenLetter:
        """What was sent. Fields take the place of those of `base`."""
        form = self._visit.form
        if "body" not in form:
            return WrittenLetter(str(form.get("text", "")))
        written = LetterFields(**{name: str(form.get(name, "")) for name, _ in LetterFields().items()})
        made = join_letter(base, written, self._chips)
        return WrittenLetter(made.source, written, made.problems)

    def readable(self, source: str) -> str:
        """A letter's words in one text, to be compared; its source where it has no fields."""
        found = split_letter(source, self._chips)
        return source if isinstance(found, OnlySource) else readable(found)

    def insertions(self, as_source: bool) -> Mapping[str, list[Insertion]]:
        """What can be put in, by group, written as the mode has it."""
        if as_source:
            return self._insertions
        return {
            group: [Insertion(one.label, f"(({self._chips.label_of(one.code)}))", one.sample) for one in found]
            for group, found in self._insertions.items()
        } | {"conditions": list(self._conditions())}

    def source_beside(self, written: WrittenLetter, found: DraftPreview) -> SourceBeside | None:
        """The first language's text, as the form shows the letter."""
        chips = self._chips if written.fields else None
        return read_source_beside(self._visit.view, self._place, found.repeated, chips)

    def problems(self, written: WrittenLetter, found: DraftPreview) -> list[ShownProblem]:
        """All that is to be said of a letter, by field; `found` is what its source shows."""
        if written.fields is None:
            return [ShownProblem("", one.problem, one.line, one.words) for one in found.findings]
        letter, language = self._place
        signed_by = letter_texts.get_signatory_name(self._visit.view, letter)
        warned = tuple(field_warnings(written.fields, language, signed_by, self._chips))
        shown = [ShownProblem(one.field, one.problem, one.line) for one in (*written.problems, *warned)]
        shown_codes = {one.problem.code for one in warned}
        for one in found.findings:
            field, line = (one.line is not None and locate_line(written.source, one.line)) or ("", None)
            if not (field and self._is_shown_already(one.problem, shown_codes)):
                shown.append(ShownProblem(field, one.problem, line, one.words))
        return shown

    def _is_shown_already(self, problem: Problem, shown_codes: set[str]) -> bool:
        """Whether a warning of the fields says the same in words for people who write no code."""
        if problem.code == "never-say":
            return FIRST_TEXT in shown_codes and starter_words(self._place[1]).yours in problem.message
        return problem.code == "merge-field" and problem.code in shown_codes

    def _conditions(self) -> Iterator[Insertion]:
        yield from _both_ways("{% if recipient %}", self._chips)
        for group in ("people", "links"):
            for one in self._insertions.get(group, ()):
                yield from _condition(f"{{% if {one.code[3:-3]} %}}", self._chips)


def readable(fields: LetterFields) -> str:
    """Fields in one text, to be compared."""
    return "\n\n".join(text.replace("\r\n", "\n").strip() for _, text in fields.items() if text.strip())


def _condition(code: str, chips: ChipVocabulary) -> Iterator[Insertion]:
    label = chips.label_of(code)
    if label:
        yield Insertion(label, f"(({label}))…(({chips.label_of('{% endif %}')}))")


def _both_ways(code: str, chips: ChipVocabulary) -> Iterator[Insertion]:
    label, otherwise, end = (chips.label_of(each) for each in (code, "{% else %}", "{% endif %}"))
    if label:
        yield Insertion(label, f"(({label}))…(({otherwise}))…(({end}))")
