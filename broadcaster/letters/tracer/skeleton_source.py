"""The source of a skeleton, as a trace leaves it: parts with sentinels, and the slot behind each sentinel."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from broadcaster.domain.language.language_tags import Direction
from broadcaster.letters.tracer.sentinels import Sentinels


class Slot(NamedTuple):
    """The content of one gap: a fixed text (`value` is -1), or the recipient's value of this number, from 0."""

    text: str
    value: int


@dataclass(frozen=True, slots=True)
class SkeletonSource:
    """One skeleton before it is rendered.

    `slots` are keyed by the number in their sentinel; `telephones` map helpline numbers as printed to dialled digits.
    """

    language: str
    direction: Direction
    sentinels: Sentinels
    parts: Mapping[str, str]
    slots: Mapping[int, Slot]
    telephones: Mapping[str, str] = field(default_factory=dict)

    def filled(self, part: str, values: tuple[str, ...], links: Mapping[str, str]) -> str:
        """The part as plain Jinja would have written it: each value in its place, unescaped."""
        return self.sentinels.gaps.sub(
            lambda gap: links[gap["link"]] if gap["link"] else self.value(int(gap["slot"], 16), values),
            self.parts[part],
        )

    def value(self, number: int, values: tuple[str, ...]) -> str:
        """The text that fills a gap for a recipient with these values."""
        slot = self.slots[number]
        return slot.text if slot.value < 0 else values[slot.value]

    def alike(self, *texts: str) -> list[str]:
        """The texts with one sentinel for all gaps of the same slot, so that texts can be compared."""
        first: dict[Slot, str] = {}
        return [
            self.sentinels.values.sub(lambda gap: first.setdefault(self.slots[int(gap[1], 16)], gap[0]), text)
            for text in texts
        ]
