r"""A letter's file as fields without code, and back; what nobody changed keeps its bytes.

In a field `((name))` is a chip. Words that merely look like a chip have a backslash before them: `\((name))`; a
backslash before a chip is doubled.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from broadcaster.domain.problems import Problem
from broadcaster.letters.rules.merge_fields import own_expression_for
from broadcaster.services.writing.fields.chips import ELSE, END, ChipVocabulary

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_BEGIN = re.compile(r"\{% block (subject|preheader|body|sms) %\}")
_ENDBLOCK = "{% endblock %}"
_JINJA = re.compile(r"\{[{%#]")
_CHIP = re.compile(r"(?P<slashes>\\*)\(\((?P<label>[^()\n]{1,200})\)\)")
_SLASHES = re.compile(r"\\*\Z")


@dataclass(frozen=True, slots=True)
class LetterFields:
    """The parts of a letter as people write them, "" for those that it lacks."""

    subject: str = ""
    preheader: str = ""
    body: str = ""
    sms: str = ""

    def items(self) -> Iterator[tuple[str, str]]:
        """Each field's name with its text."""
        return ((one.name, getattr(self, one.name)) for one in fields(self))


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """A problem of a field, or of the whole letter where `field` is ""; `line` is 1-based and of the field."""

    field: str
    problem: Problem
    line: int | None = None


@dataclass(frozen=True, slots=True)
class OnlySource:
    """Why a letter cannot be shown as fields: what stands on this line of it (1-based)."""

    line: int


@dataclass(frozen=True, slots=True)
class JoinedLetter:
    """A letter's file made of fields. While a problem is an error, the source is not to be used."""

    source: str
    problems: tuple[FieldProblem, ...]


def split_letter(source: str, chips: ChipVocabulary) -> LetterFields | OnlySource:
    """The fields of a letter's file."""
    try:
        blocks = _find_blocks(source)
        return LetterFields(**{name: _show(block, chips) for name, block in blocks.items()})
    except _UnshowableError as error:
        return OnlySource(source.count("\n", 0, error.at) + 1)


def join_letter(source: str, written: LetterFields, chips: ChipVocabulary) -> JoinedLetter:
    """The letter's file with these fields in the place of its own; one that has no fields is written anew.

    Problems are errors, but for columns that no roster has and that the file named before: these are warnings.
    """
    before = split_letter(source, chips)
    if isinstance(before, OnlySource):
        source, before = "", LetterFields()
    blocks = _find_blocks(source) if source else {}
    compiled = {name: _FieldCode(_normalised(text), chips) for name, text in written.items()}
    problems = [
        FieldProblem(name, problem, line)
        for name, one in compiled.items()
        for problem, line in one.problems(set(_unknown_labels(before, chips)))
    ]
    changed = {
        name: one.source
        for (name, one), (_, old) in zip(compiled.items(), before.items(), strict=True)
        if one.text != _normalised(old)
    }
    return JoinedLetter(_replace_blocks(source, blocks, changed), (*problems, *_missing(written)))


def locate_line(source: str, line: int) -> tuple[str, int] | None:
    """The field that a line of a letter's file is in, and the line of that field, both 1-based; None outside of all."""
    try:
        blocks = _find_blocks(source)
    except _UnshowableError:
        return None
    for name, block in blocks.items():
        first = source.count("\n", 0, block.begin) + 1
        begins, ends = (source.count("\n", 0, at) + 1 for at in (block.outer_begin, block.outer_end))
        if begins <= line <= ends:
            return name, min(max(line - first, 0), block.text.count("\n")) + 1
    return None


class _UnshowableError(Exception):
    """Something in a source that no chip stands for, `at` this offset."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at


@dataclass(frozen=True, slots=True)
class _Block:
    """What stands in a block: `text` without the blanks around it. All offsets are of the source."""

    outer_begin: int
    begin: int
    end: int
    outer_end: int
    text: str


def _find_blocks(source: str) -> dict[str, _Block]:
    """The blocks of the parts, between which only blanks and comments stand."""

    def require_blank(begin: int, end: int) -> None:
        if words := source[begin:end].lstrip():
            raise _UnshowableError(end - len(words))

    found: dict[str, _Block] = {}
    opened: re.Match[str] | None = None
    at, name = 0, ""
    for tag in _TAG.finditer(source):
        if opened is None:
            require_blank(at, tag.start())
            begun = _BEGIN.fullmatch(tag[0])
            if begun is not None and begun[1] not in found:
                opened, name = tag, begun[1]
            elif not tag[0].startswith("{#"):
                raise _UnshowableError(tag.start())
        elif tag[0] == _ENDBLOCK:
            inner = source[opened.end() : tag.start()]
            begin = opened.end() + len(inner) - len(inner.lstrip())
            text = inner.strip()
            found[name] = _Block(opened.start(), begin, begin + len(text), tag.end(), text)
            opened = None
        at = tag.end()
    require_blank(at, len(source))
    if opened is not None or not found:
        raise _UnshowableError(opened.start() if opened else at)
    return found


def _show(block: _Block, chips: ChipVocabulary) -> str:
    """A block's text as its field says it."""
    text, begin = block.text, block.begin
    shown: list[str] = []
    at = 0
    for tag in _TAG.finditer(text):
        label = chips.label_of(tag[0])
        words = text[at : tag.start()]
        if label is None or _JINJA.search(words):
            raise _UnshowableError(begin + (tag.start() if label is None else at))
        shown += [_escape(words), _SLASHES.findall(words)[0], f"(({label}))"]
        at = tag.end()
    if _JINJA.search(text, at):
        raise _UnshowableError(begin + at)
    made = "".join((*shown, _escape(text[at:])))
    if _FieldCode(made, chips).source != text:
        raise _UnshowableError(begin)
    return made


def _escape(words: str) -> str:
    return _CHIP.sub(lambda chip: chip["slashes"] * 2 + "\\" + chip[0][len(chip["slashes"]) :], words)


class _FieldCode:
    """Jinja made of a field's text; what is wrong with it is told once it is asked for."""

    def __init__(self, text: str, chips: ChipVocabulary) -> None:
        self.text = text
        self._chips = chips
        self._found: list[tuple[Problem, int]] = []
        self._unknown: list[tuple[str, int, str]] = []
        self._open: list[tuple[str, int, bool]] = []
        self.source = self._compile()

    def problems(self, known_before: set[str]) -> Iterator[tuple[Problem, int]]:
        """Each with its line."""
        yield from self._found
        for label, line, code in self._unknown:
            problem = _unknown_chip(label, self._chips.nearest(label))
            if code and label in known_before:
                problem = Problem.warning(problem.code, problem.message, problem.remedy)
            yield problem, line

    def unknown_labels(self) -> Iterator[str]:
        """The labels of columns that no roster has."""
        return (label for label, _, code in self._unknown if code)

    def _compile(self) -> str:
        made: list[str] = []
        words, at = "", 0
        for chip in _CHIP.finditer(self.text):
            slashes = chip["slashes"]
            words += self.text[at : chip.start()] + "\\" * (len(slashes) // 2)
            at = chip.end()
            found = self._chips.find(chip["label"])
            line = self._line(chip.start())
            if len(slashes) % 2 == 0 and not found.known:
                self._unknown.append((chip["label"], line, found.code))
            if len(slashes) % 2 or not found.code:
                words += chip[0][len(slashes) :]
                continue
            self._nest(found.code, chip["label"], line)
            made += [self._literal(words, at), found.code]
            words = ""
        made.append(self._literal(words + self.text[at:], len(self.text)))
        for label, line, _ in self._open:
            self._error(
                line,
                "chip-without-end",
                f"nothing says where (({label})) ends",
                f"Write (({self._chips.label_of(END)})) behind the last word that depends on it.",
            )
        return "".join(made)

    def _literal(self, words: str, end: int) -> str:
        """Words that stay words: Jinja would begin with these brackets, or with the last one before a chip."""
        found = _JINJA.search(words)
        if found or words.endswith("{"):
            written = words[found.start() :].partition("\n")[0] if found else "{"
            shown = written.partition("}}")[0] + "}}" if "}}" in written else written[:2]
            chip = self._chips.label_of(f"{{{{ {own_expression_for(shown)} }}}}") if found else None
            where = self.text.find(shown)
            self._error(
                self._line(where if where >= 0 else end),
                "code-in-field",
                f"'{shown}' is how other programs write code, and cannot stand in a letter",
                f"Write (({chip})) in its place, if that is meant." if chip else "Take the curly brackets out.",
            )
        return words

    def _nest(self, code: str, label: str, line: int) -> None:
        if code.startswith("{% if "):
            self._open.append((label, line, False))
        elif code in (ELSE, END):
            if not self._open or (code == ELSE and self._open[-1][2]):
                self._error(
                    line,
                    "chip-without-condition",
                    f"(({label})) belongs to no condition",
                    "Take it out, or put the condition that it belongs to before it.",
                )
            else:
                asked, begun, _ = self._open.pop()
                if code == ELSE:
                    self._open.append((asked, begun, True))

    def _error(self, line: int, code: str, message: str, remedy: str) -> None:
        self._found.append((Problem.error(code, message, remedy), line))

    def _line(self, at: int) -> int:
        return self.text.count("\n", 0, at) + 1


def _unknown_chip(label: str, nearest: str | None) -> Problem:
    meant = f"Write (({nearest})) if that is meant." if nearest else "Choose one of those that can be inserted."
    return Problem.error(
        "unknown-chip",
        f"(({label})) stands for nothing that is known here",
        f"{meant} A backslash before it keeps it as words.",
    )


def _unknown_labels(written: LetterFields, chips: ChipVocabulary) -> Iterator[str]:
    for _, text in written.items():
        yield from _FieldCode(text, chips).unknown_labels()


def _missing(written: LetterFields) -> Iterator[FieldProblem]:
    """Fields without which the others cannot be sent."""
    if not written.body.strip() and (written.subject.strip() or not written.sms.strip()):
        yield FieldProblem(
            "body", Problem.error("field-empty", "the letter is empty", "Write what people should know.")
        )
    if not written.subject.strip() and written.body.strip():
        yield FieldProblem(
            "subject", Problem.error("field-empty", "there is no subject", "Write what people see first.")
        )


def _normalised(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()


def _replace_blocks(source: str, blocks: Mapping[str, _Block], changed: Mapping[str, str]) -> str:
    """The source with other texts in its blocks; emptied ones are taken out, and missing ones added."""
    made = source
    for name, block in sorted(blocks.items(), key=lambda item: -item[1].begin):
        if text := changed.get(name):
            made = made[: block.begin] + text + made[block.end :]
        elif name in changed:
            made = made[: block.outer_begin].rstrip() + made[block.outer_end :]
    for name, text in changed.items():
        if text and name not in blocks:
            around = "\n" if name == "body" else ""
            added = f"{{% block {name} %}}{around}{text}{around}{_ENDBLOCK}"
            made = f"{made.rstrip()}\n\n{added}\n".lstrip()
    return made
