"""What a trace leaves of a letter: its parts with sentinels, and what belongs into each gap."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from broadcaster.domain.language.language_tags import Direction
from broadcaster.letters.tracer.sentinels import Sentinels


class Slot(NamedTuple):
    """One gap: a fixed text, or the recipient's value of this number (from 0; -1 for a fixed text)."""

    text: str
    value: int


@dataclass(frozen=True, slots=True)
class SkeletonSource:
    """One skeleton before it is made into markup. `slots` are by the number in their sentinel; `telephones` are the
    helplines' numbers as they are printed, with what is dialled.
    """

    language: str
    direction: Direction
    sentinels: Sentinels
    parts: Mapping[str, str]
    slots: Mapping[int, Slot]
    telephones: Mapping[str, str] = field(default_factory=dict)

    def filled(self, part: str, values: tuple[str, ...], links: Mapping[str, str]) -> str:
        """The part as Jinja itself would have written it: each value put back as it is."""
        return self.sentinels.gaps.sub(
            lambda gap: links[gap["link"]] if gap["link"] else self.value(int(gap["slot"], 16), values),
            self.parts[part],
        )

    def value(self, number: int, values: tuple[str, ...]) -> str:
        """What fills a gap for a recipient with these values."""
        slot = self.slots[number]
        return slot.text if slot.value < 0 else values[slot.value]

    def alike(self, *texts: str) -> list[str]:
        """The texts, with the sentinels of gaps that are filled alike made the same one."""
        first: dict[Slot, str] = {}
        return [
            self.sentinels.values.sub(lambda gap: first.setdefault(self.slots[int(gap[1], 16)], gap[0]), text)
            for text in texts
        ]
