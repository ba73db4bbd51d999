"""A text message cut at its sentinels, with direction marks where the order would change without them.

The marks are U+200E and U+200F (UAX #9, 2.6), which every telephone with Arabic knows. Many older telephones show the
isolates of Unicode 6.3 as boxes, or ignore them. Each mark costs one of the 67 characters of a segment. No mark comes
directly after a link, for telephones would make it part of the link. A text without right-to-left letters gets no
marks, so that it stays GSM-7.
"""

from enum import Enum, auto

from broadcaster.domain.language.language_tags import Direction
from broadcaster.letters.rendering.fragments import Fragments, Gap, GapPlace, cut_at_sentinels, join_neighbouring_texts
from broadcaster.letters.text.bidi import (
    LRM,
    PLAIN_NUMBER,
    RLM,
    has_letter,
    join_digit_groups,
    ltr_runs,
    mark_run_ends,
    next_letter_or_digit,
    rtl_runs,
)
from broadcaster.letters.text.typed_addresses import space_after_addresses, web_addresses
from broadcaster.letters.tracer.skeleton_source import SkeletonSource


def sms_direction(text: str, source: SkeletonSource) -> Direction:
    """The direction of a text message. A text of a right-to-left language may have no such letter, only a code."""
    whole = source.sentinels.values.sub(lambda gap: source.slots[int(gap[1], 16)].text, text)
    return source.direction if has_letter(whole, "rtl") else "ltr"


def cut_sms(text: str, source: SkeletonSource) -> Fragments:
    """The fragments of a text message, whose direction is the source's."""
    fragments: list[str | Gap] = []
    for line in space_after_addresses(text).splitlines(keepends=True):
        fragments += (
            _RightToLeftLine(source).write(line) if source.direction == "rtl" else _LeftToRightLine(source).write(line)
        )
    return join_neighbouring_texts(fragments)


class _LastDirection(Enum):
    """The direction of the last run on the line."""

    NOTHING = auto()
    LTR = auto()
    RTL = auto()
    UNKNOWN = auto()


class _SmsLine:
    """One line, written run by run."""

    def __init__(self, source: SkeletonSource) -> None:
        self._source = source
        self._fragments: list[str | Gap] = []
        self._before = _LastDirection.NOTHING

    def write(self, line: str) -> list[str | Gap]:
        at = 0
        for start, end in web_addresses(line):
            self._without_links(line[at:start], line[start:])
            at = end + self._link(line[start:end], line[end:])
        self._without_links(line[at:], "")
        return self._fragments

    def _without_links(self, text: str, after: str) -> None:
        at = 0
        for gap in self._source.sentinels.gaps.finditer(text):
            self._static(text[at : gap.start()], text[gap.start() :] + after)
            at = gap.end()
            self._gap(gap[0])
        self._static(text[at:], after)

    def _link(self, link: str, after: str) -> int:  # noqa: ARG002 - the other direction looks at what follows
        """Write a link and its separator, and return how many characters of `after` the separator replaces."""
        self._fragments += cut_at_sentinels(self._source.sentinels.in_url(link), self._source, GapPlace.TEXT)
        self._before = _LastDirection.LTR
        return 0

    def _gap(self, gap: str) -> None:
        self._fragments += cut_at_sentinels(gap, self._source, GapPlace.SMS)
        self._before = _LastDirection.UNKNOWN

    def _static(self, text: str, after: str) -> None:
        raise NotImplementedError


class _RightToLeftLine(_SmsLine):
    """A line in which each left-to-right run gets U+200F before it, unless a right-to-left letter came last.

    So the line begins from the right, and neutral characters between two runs do not join them.
    """

    def write(self, line: str) -> list[str | Gap]:
        return super().write(join_digit_groups(line))

    def _static(self, text: str, after: str) -> None:  # noqa: ARG002 - the other direction looks ahead
        at = 0
        for start, end in ltr_runs(text):
            self._between(text[at:start])
            at = end
            run = text[start:end]
            if PLAIN_NUMBER.fullmatch(run):
                self._lead(start=False)
                self._fragments.append(run)
            else:
                self._lead()
                self._fragments.append(mark_run_ends(run))
                self._before = _LastDirection.LTR
        self._between(text[at:])

    def _between(self, text: str) -> None:
        self._fragments.append(text)
        if has_letter(text, "rtl"):
            self._before = _LastDirection.RTL

    def _lead(self, *, start: bool = True) -> None:
        if self._before in (_LastDirection.LTR, _LastDirection.UNKNOWN) or (
            start and self._before is _LastDirection.NOTHING
        ):
            self._fragments.append(RLM)
            self._before = _LastDirection.RTL

    def _gap(self, gap: str) -> None:
        self._lead(start=False)
        super()._gap(gap)

    def _link(self, link: str, after: str) -> int:
        self._lead()
        super()._link(link, after)
        if link[-1].isalnum():
            return 0
        # A neutral character at its end, such as a slash, would move to the link's other side.
        self._fragments.append(f" {LRM}")
        return int(after.startswith(" "))


class _LeftToRightLine(_SmsLine):
    """A line in which each right-to-left run gets U+200E after it, unless a left-to-right letter comes next, and before
    it at the start of the line.
    """

    def _static(self, text: str, after: str) -> None:
        at = 0
        for start, end in rtl_runs(text):
            self._between(text[at:start])
            at = end
            lead = LRM if self._before in (_LastDirection.NOTHING, _LastDirection.UNKNOWN) else ""
            self._fragments.append(f"{lead}{text[start:end]}{LRM if self._needs_tail(text[end:] + after) else ''}")
            self._before = _LastDirection.RTL
        self._between(text[at:])

    def _between(self, text: str) -> None:
        self._fragments.append(text)
        if has_letter(text, "ltr"):
            self._before = _LastDirection.LTR

    def _needs_tail(self, after: str) -> bool:
        at = next_letter_or_digit(after)
        return at is not None and (
            self._source.sentinels.gaps.match(after, at) is not None or not has_letter(after[at], "ltr")
        )
