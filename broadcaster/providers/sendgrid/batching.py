"""A batch cut into requests: one template each, nobody twice in one, none too large. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from broadcaster.domain.contact.addresses import canonical_address
from broadcaster.domain.delivery.outgoing_messages import OutgoingMerge
from broadcaster.providers.sendgrid.account import MAX_RECIPIENTS
from broadcaster.providers.sendgrid.payload import MailRequest, MailRequestWriter

NumberedMessage = tuple[int, OutgoingMerge]
"""A message, and its place in the batch."""


@dataclass(frozen=True, slots=True)
class RequestParcel:
    """What goes out in one request. `filled` says that its one message goes whole; `round` counts how often others
    were taken out of it.
    """

    writer: MailRequestWriter
    items: tuple[NumberedMessage, ...]
    filled: bool = False
    round: int = 0

    def __len__(self) -> int:
        return len(self.items)

    def mail(self) -> MailRequest:
        """The request."""
        if self.filled:
            return self.writer.whole_request(self.items[0][1])
        return self.writer.many([message for _, message in self.items])

    def without(self, places: Sequence[int]) -> "RequestParcel":
        """The parcel without these of its items, by their place in it."""
        out = set(places)
        rest = tuple(item for at, item in enumerate(self.items) if at not in out)
        return replace(self, items=rest, round=self.round + 1)

    def halves(self) -> tuple["RequestParcel", "RequestParcel"]:
        middle = len(self.items) // 2
        return replace(self, items=self.items[:middle]), replace(self, items=self.items[middle:])


def split_into_parcels(
    writer: MailRequestWriter, items: Sequence[NumberedMessage], batch_size: int | None
) -> Iterator[RequestParcel]:
    """The parcels of one template's messages."""
    most = max(1, min(batch_size or MAX_RECIPIENTS, MAX_RECIPIENTS, writer.room))
    held: list[NumberedMessage] = []
    addresses: set[str] = set()
    apart: list[NumberedMessage] = []  # whose address stands in a request already: they go in a later one
    for item in items:
        address = canonical_address(item[1].to)
        if writer.must_be_filled_here(item[1]):
            yield RequestParcel(writer, (item,), filled=True)
        elif address in addresses:
            apart.append(item)
        else:
            held.append(item)
            addresses.add(address)
            if len(held) == most:
                yield RequestParcel(writer, tuple(held))
                held, addresses = [], set()
    if held:
        yield RequestParcel(writer, tuple(held))
    if apart:
        yield from split_into_parcels(writer, apart, batch_size)
