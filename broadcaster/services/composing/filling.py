"""The messages of a broadcast's deliveries: skeletons stored in the ledger, filled with the deliveries' values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Protocol

from broadcaster.domain.delivery.outgoing_messages import Outgoing, OutgoingEmail, OutgoingMerge, OutgoingSms
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.unexpected_error import unforeseen_error
from broadcaster.ledger.delivery.payloads import Payload
from broadcaster.letters.filling.email_headers import unsubscribe_fields
from broadcaster.letters.filling.merge_skeleton import MergeSkeleton
from broadcaster.letters.filling.serialisation import load_skeleton
from broadcaster.letters.filling.skeleton import EmailSkeleton, Envelope, Skeleton, SmsSkeleton
from broadcaster.letters.rendering.fragments import Links
from broadcaster.services.composing.links import LinkMaker


@dataclass(frozen=True, slots=True)
class MessageRoute:
    """The addresses that all messages of a broadcast share; stored with the broadcast.

    `return_path` is the envelope sender. With `verp`, the delivery's id follows its local part after a plus (VERP), so
    that a bounce names the delivery. `message_host` is the host of every Message-ID.
    """

    return_path: str
    verp: bool
    sms_sender: str
    message_host: str

    def envelope_sender(self, delivery_id: str) -> str:
        """The address that bounces of this delivery go to."""
        if not self.verp:
            return self.return_path
        local, _, host = self.return_path.rpartition("@")
        return f"{local}+{delivery_id}@{host}"

    def message_id(self, delivery_id: str) -> str:
        """The Message-ID, the same at each attempt, so that receivers can drop a repeated message (RFC 5322, 3.6.4)."""
        return f"{delivery_id}@{self.message_host}"

    def as_json(self) -> Mapping[str, object]:
        return asdict(self)


class FillableDelivery(Protocol):
    """The parts of a delivery that its message is made of."""

    @property
    def id(self) -> str: ...

    @property
    def attempt_id(self) -> str: ...

    @property
    def skeleton(self) -> int: ...

    @property
    def zone(self) -> int: ...

    @property
    def payload(self) -> Payload: ...


@dataclass(frozen=True, slots=True)
class HandoverTime:
    """The moment at which messages are handed over.

    `date` is the Date of emails. `quiet_from` says when the quiet hours of each zone begin, None where there are none.
    With `merges`, the provider fills the gaps of emails itself.
    """

    date: datetime
    quiet_from: Mapping[int, datetime | None] = field(default_factory=dict)
    merges: bool = False


class MessageFiller:
    """Fills the deliveries of one broadcast. Safe to share between threads."""

    def __init__(self, route: MessageRoute, stored: Mapping[int, bytes], links: LinkMaker) -> None:
        self._route = route
        self._links = links
        self._skeletons: dict[int, Skeleton] = {number: load_skeleton(blob) for number, blob in stored.items()}
        self._merge_skeletons: dict[int, MergeSkeleton] = {}

    def fill(self, deliveries: Sequence[FillableDelivery], handover: HandoverTime) -> list[Outgoing | BroadcasterError]:
        """The message of each delivery, in order, or the error for which it cannot be made."""
        all_links = self._links.mint(
            [delivery.id for delivery in deliveries],
            [self._skeletons[delivery.skeleton].language for delivery in deliveries],
        )
        return [
            self._message_or_error(delivery, links, handover)
            for delivery, links in zip(deliveries, all_links, strict=True)
        ]

    def _message_or_error(
        self, delivery: FillableDelivery, links: Links, handover: HandoverTime
    ) -> Outgoing | BroadcasterError:
        # A message that cannot be made must not keep back the others of its batch.
        try:
            return self._message(delivery, links, handover)
        except BroadcasterError as error:
            return error
        except Exception as error:
            return unforeseen_error(error)

    def _message(self, delivery: FillableDelivery, links: Links, handover: HandoverTime) -> Outgoing:
        skeleton, payload = self._skeletons[delivery.skeleton], delivery.payload
        if isinstance(skeleton, SmsSkeleton):
            text = skeleton.fill(payload.values, links)
            return OutgoingSms(
                delivery.id,
                delivery.attempt_id,
                self._route.sms_sender,
                payload.address,
                text.body,
                text.segments,
                text.encoding,
                handover.quiet_from.get(delivery.zone),
            )
        if handover.merges:
            merge = self._merge_skeleton(delivery.skeleton, skeleton)
            return make_outgoing_merge(merge, (delivery.id, delivery.attempt_id), payload, links)
        envelope = Envelope(payload.name, payload.address, self._route.message_id(delivery.id), handover.date)
        return OutgoingEmail(
            delivery.id,
            delivery.attempt_id,
            self._route.envelope_sender(delivery.id),
            payload.address,
            skeleton.fill(payload.values, envelope, links),
            vouched=True,  # `fill` says so, and its tests hold it to that
        )

    def _merge_skeleton(self, number: int, skeleton: EmailSkeleton) -> MergeSkeleton:
        # Two threads may both make it; `setdefault` lets both use one of the two.
        return self._merge_skeletons.get(number) or self._merge_skeletons.setdefault(number, MergeSkeleton(skeleton))


def make_outgoing_merge(merge: MergeSkeleton, ids: tuple[str, str], payload: Payload, links: Links) -> OutgoingMerge:
    """One email for a provider that fills the gaps itself; `ids` are those of the delivery and of the attempt."""
    delivery_id, attempt_id = ids
    return OutgoingMerge(
        delivery_id,
        attempt_id,
        payload.address,
        payload.name,
        merge.subject(payload.values, links),
        merge.template,
        merge.substitutions(payload.values, links),
        unsubscribe_fields(links.unsubscribe),
    )
