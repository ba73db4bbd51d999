"""What changed between two texts: line by line, and within a line that was only reworded, word by word."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

CONTEXT_LINES = 3
"""Lines that stayed the same, shown before and behind each change."""

_ALIKE = 0.4
"""From here on one line is the other reworded, and not another one in its place."""

_FAR = 8
"""Old lines among which the one that was reworded is looked for."""

_MANY = 1_000
"""Lines or words from which on finding the very best match takes too long; a good one is found."""

_REWORDED = 200
"""Lines that are read word by word; of a text that was written anew from end to end the others are shown whole."""

_WORD = re.compile(r"\w+|\s+|[^\w\s]")


class ChangeKind(StrEnum):
    """What became of a piece; GAP stands for lines left out because nothing changed in them."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    CHANGED = "changed"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class DifferencePiece:
    """Words next to each other with the same fate: SAME, REMOVED or ADDED."""

    what: ChangeKind
    text: str


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """A line: whole, or CHANGED, when its pieces differ."""

    what: ChangeKind
    pieces: tuple[DifferencePiece, ...] = ()


def compare_texts(before: str, after: str) -> list[DifferenceLine]:
    """Both texts as one list of lines, of which those far from any change are left out; [] where they are the same."""
    old, new = before.splitlines(), after.splitlines()
    lines: list[DifferenceLine] = []
    reworded = 0
    for group in _matcher(old, new).get_grouped_opcodes(CONTEXT_LINES):
        lines += [DifferenceLine(ChangeKind.GAP)] if lines else []
        for what, start, end, begin, stop in group:
            if what == "equal":
                lines += [_unpaired_line(ChangeKind.SAME, line) for line in old[start:end]]
            elif reworded + stop - begin <= _REWORDED:
                lines += _replaced(old[start:end], new[begin:stop])
                reworded += stop - begin
            else:
                lines += _exchanged(old[start:end], new[begin:stop])
    return lines


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[DifferenceLine]:
    """Lines in the place of others. Each takes the next old one that it is alike; what is passed over was removed."""
    at, added = 0, list[str]()
    for line in new:
        match = next((n for n in range(at, min(len(old), at + _FAR)) if _alike(old[n], line)), None)
        if match is None:
            added.append(line)
            continue
        yield from _exchanged(old[at:match], added)
        yield DifferenceLine(ChangeKind.CHANGED, tuple(_pieces_by_word(old[match], line)))
        at, added = match + 1, []
    yield from _exchanged(old[at:], added)


def _exchanged(gone: Sequence[str], come: Sequence[str]) -> Iterator[DifferenceLine]:
    yield from (_unpaired_line(ChangeKind.REMOVED, line) for line in gone)
    yield from (_unpaired_line(ChangeKind.ADDED, line) for line in come)


def _alike(old: str, new: str) -> bool:
    """By how much of both is made of the same words, wherever they stand."""
    mine, theirs = (Counter(word for word in _WORD.findall(line) if not word.isspace()) for line in (old, new))
    shared = sum(len(word) * count for word, count in (mine & theirs).items())
    return shared > 0 and 2 * shared >= _ALIKE * sum(len(word) * count for word, count in (mine + theirs).items())


def _pieces_by_word(old: str, new: str) -> Iterator[DifferencePiece]:
    """A blank that stayed between two changes belongs to both: what was reworded is read at a stretch."""
    mine, theirs = _WORD.findall(old), _WORD.findall(new)
    gone = come = ""
    for what, start, end, begin, stop in _matcher(mine, theirs).get_opcodes():
        left, right = "".join(mine[start:end]), "".join(theirs[begin:stop])
        if what != "equal" or (not left.strip() and (gone or come) and end < len(mine)):
            gone, come = gone + left, come + right
            continue
        yield from _pieces(gone, come)
        yield DifferencePiece(ChangeKind.SAME, left)
        gone = come = ""
    yield from _pieces(gone, come)


def _pieces(gone: str, come: str) -> Iterator[DifferencePiece]:
    if gone:
        yield DifferencePiece(ChangeKind.REMOVED, gone)
    if come:
        yield DifferencePiece(ChangeKind.ADDED, come)


def _matcher(old: Sequence[str], new: Sequence[str]) -> SequenceMatcher[str]:
    return SequenceMatcher(None, old, new, autojunk=len(old) + len(new) > _MANY)


def _unpaired_line(what: ChangeKind, line: str) -> DifferenceLine:
    return DifferenceLine(what, (DifferencePiece(what, line),))
