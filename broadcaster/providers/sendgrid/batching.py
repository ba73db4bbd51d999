"""A batch cut into requests: one template each, nobody twice in one, none too large. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from broadcaster.domain.addresses import sameness
from broadcaster.domain.messages import OutgoingMerge
from broadcaster.providers.sendgrid.account import MOST_RECIPIENTS
from broadcaster.providers.sendgrid.payload import Mail, Writer

Item = tuple[int, OutgoingMerge]
"""A message, and its place in the batch."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes out in one request. `filled` says that its one message goes whole; `round` counts how often others
    were taken out of it.
    """

    writer: Writer
    items: tuple[Item, ...]
    filled: bool = False
    round: int = 0

    def __len__(self) -> int:
        return len(self.items)

    def mail(self) -> Mail:
        """The request."""
        if self.filled:
            return self.writer.whole(self.items[0][1])
        return self.writer.many([message for _, message in self.items])

    def without(self, places: Sequence[int]) -> "Parcel":
        """The parcel without these of its items, by their place in it."""
        out = set(places)
        rest = tuple(item for at, item in enumerate(self.items) if at not in out)
        return replace(self, items=rest, round=self.round + 1)

    def halves(self) -> tuple["Parcel", "Parcel"]:
        middle = len(self.items) // 2
        return replace(self, items=self.items[:middle]), replace(self, items=self.items[middle:])


def pack(writer: Writer, items: Sequence[Item], batch_size: int | None) -> Iterator[Parcel]:
    """The parcels of one template's messages."""
    most = max(1, min(batch_size or MOST_RECIPIENTS, MOST_RECIPIENTS, writer.room))
    held: list[Item] = []
    addresses: set[str] = set()
    apart: list[Item] = []  # whose address stands in a request already: they go in a later one
    for item in items:
        address = sameness(item[1].to)
        if writer.goes_whole(item[1]):
            yield Parcel(writer, (item,), filled=True)
        elif address in addresses:
            apart.append(item)
        else:
            held.append(item)
            addresses.add(address)
            if len(held) == most:
                yield Parcel(writer, tuple(held))
                held, addresses = [], set()
    if held:
        yield Parcel(writer, tuple(held))
    if apart:
        yield from pack(writer, apart, batch_size)
