"""A broadcast's deliveries made into messages: compiled skeletons from the ledger, filled with sealed values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Protocol

from broadcaster.domain.delivery.outgoing_messages import Outgoing, OutgoingEmail, OutgoingMerge, OutgoingSms
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.unexpected_error import unforeseen_error
from broadcaster.ledger.delivery.payloads import Payload
from broadcaster.letters.filling.merge_skeleton import MergeSkeleton, unsubscribe_fields
from broadcaster.letters.filling.serialisation import load_skeleton
from broadcaster.letters.filling.skeleton import Envelope, Skeleton, SmsSkeleton
from broadcaster.letters.rendering.fragments import Links
from broadcaster.services.composing.links import LinkMaker


@dataclass(frozen=True, slots=True)
class MessageRoute:
    """How a broadcast's messages are addressed; kept with the broadcast, the same for all its deliveries.

    `return_path` is the envelope sender; with `verp`, each delivery's id is put into its local part behind a plus
    (VERP), so that a bounce names the delivery. `message_host` ends every Message-ID.
    """

    return_path: str
    verp: bool
    sms_sender: str
    message_host: str

    def envelope_sender(self, delivery_id: str) -> str:
        """Where bounces of this delivery go."""
        if not self.verp:
            return self.return_path
        local, _, host = self.return_path.rpartition("@")
        return f"{local}+{delivery_id}@{host}"

    def message_id(self, delivery_id: str) -> str:
        """Stable per delivery, so that receivers which drop repeated messages can (RFC 5322, 3.6.4)."""
        return f"{delivery_id}@{self.message_host}"

    def as_json(self) -> Mapping[str, object]:
        return asdict(self)


class FillableDelivery(Protocol):
    """A delivery of the ledger, as far as its message is made of it."""

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

    `date` becomes the Date of emails; `closing` says of each zone when its people must not be written to any more, with
    None where they always may; `merges` that the provider fills the gaps of emails itself.
    """

    date: datetime
    closing: Mapping[int, datetime | None] = field(default_factory=dict)
    merges: bool = False


class MessageFiller:
    """Fills the deliveries of one broadcast. Safe to share between threads."""

    def __init__(self, route: MessageRoute, stored: Mapping[int, bytes], links: LinkMaker) -> None:
        self._route = route
        self._links = links
        self._skeletons: dict[int, Skeleton] = {number: load_skeleton(blob) for number, blob in stored.items()}
        self._merges: dict[int, MergeSkeleton] = {}

    def fill(self, claimed: Sequence[FillableDelivery], handover: HandoverTime) -> list[Outgoing | BroadcasterError]:
        """The message of each delivery, in order, or why it cannot be made."""
        links = self._links.mint(
            [one.id for one in claimed], [self._skeletons[one.skeleton].language for one in claimed]
        )
        return [self._one_or_why(one, its, handover) for one, its in zip(claimed, links, strict=True)]

    def _one_or_why(
        self, claimed: FillableDelivery, links: Links, handover: HandoverTime
    ) -> Outgoing | BroadcasterError:
        # One person's message that cannot be made must not keep back the others of its batch.
        try:
            return self._one(claimed, links, handover)
        except BroadcasterError as error:
            return error
        except Exception as error:
            return unforeseen_error(error)

    def _one(self, claimed: FillableDelivery, links: Links, handover: HandoverTime) -> Outgoing:
        skeleton, payload, route = self._skeletons[claimed.skeleton], claimed.payload, self._route
        if isinstance(skeleton, SmsSkeleton):
            text = skeleton.fill(payload.values, links)
            return OutgoingSms(
                claimed.id,
                claimed.attempt_id,
                route.sms_sender,
                payload.address,
                text.body,
                text.segments,
                text.encoding,
                handover.closing.get(claimed.zone),
            )
        if handover.merges:
            merge = self._merges.get(claimed.skeleton) or self._merges.setdefault(
                claimed.skeleton, MergeSkeleton(skeleton)
            )
            return make_outgoing_merge(merge, (claimed.id, claimed.attempt_id), payload, links)
        envelope = Envelope(payload.name, payload.address, route.message_id(claimed.id), handover.date)
        return OutgoingEmail(
            claimed.id,
            claimed.attempt_id,
            route.envelope_sender(claimed.id),
            payload.address,
            skeleton.fill(payload.values, envelope, links),
            vouched=True,  # `fill` says so, and its tests hold it to that
        )


def make_outgoing_merge(merge: MergeSkeleton, ids: tuple[str, str], payload: Payload, links: Links) -> OutgoingMerge:
    """One email for a provider that fills gaps itself; `ids` are those of the delivery and of the attempt."""
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
