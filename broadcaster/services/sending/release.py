"""Release: an approved occurrence becomes a broadcast, with one sealed delivery row per person and channel.

Nothing is handed out while a broadcast is `releasing`. What a crash leaves half-made is discarded and made again, since
nobody can have received anything of it.
"""

from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice

from broadcaster.config import CampaignSettings
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.exclusion_reasons import ExclusionReason
from broadcaster.domain.local_time import walltime
from broadcaster.domain.occurrence_fates import SkipReason
from broadcaster.domain.states import ApprovalState, BroadcastState, OccurrenceState
from broadcaster.keys import new_ids
from broadcaster.ledger import WriteConnection
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.broadcasting import broadcasts, skeletons, zones
from broadcaster.ledger.broadcasting.broadcasts import NewBroadcast
from broadcaster.ledger.broadcasting.skeletons import Skeleton
from broadcaster.ledger.database.errors import LedgerUnreachableError
from broadcaster.ledger.delivery import deliveries
from broadcaster.ledger.delivery.deliveries import NewDelivery, Payload
from broadcaster.ledger.letters import frozen_letters
from broadcaster.ledger.planning import approvals, campaigns, occurrences
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.ledger.planning.occurrences import Occurrence
from broadcaster.letters.filling.serialisation import dump_skeleton
from broadcaster.letters.filling.skeleton import Skeleton as Compiled
from broadcaster.services.access.permissions import Actor
from broadcaster.services.composing.links import sample_links
from broadcaster.services.composing.message_lengths import exclude_too_long, measure_message
from broadcaster.services.composing.messages import CampaignMessages, PlannedMessage, RowExclusion, WalkResult
from broadcaster.services.composing.sender import campaign_route, campaign_sender
from broadcaster.services.planning import digest
from broadcaster.services.planning.schedule import UNSETTLED_STATES, skip_occurrence
from broadcaster.services.project import approval_log
from broadcaster.services.project.ledger_retry import retry_ledger
from broadcaster.services.project.project import Project

CHUNK = 1_000
"""Deliveries written in one transaction."""


class ChangedSinceApprovalError(BroadcasterError):
    """What would go out is not what was approved."""

    code = "changed-since-approval"
    default_remedy = "Look at it with `broadcaster plan`, then submit it and have it approved again."


class MoreThanApprovedError(BroadcasterError):
    """More people would be written to than were approved."""

    code = "more-than-approved"
    default_remedy = "Raise `at_most` in config.yaml, then submit the campaign and have it approved again."


class CalledOffError(BroadcasterError):
    """The approval was taken back while the broadcast was being made."""

    code = "called-off"
    default_remedy = "To send it after all, have it submitted and approved again."


class AlreadyReleasedError(BroadcasterError):
    """Another process has released this occurrence already; nothing was done twice."""

    code = "already-released"
    default_remedy = "See `broadcaster status`."


@dataclass(frozen=True, slots=True)
class Releaser:
    """Which runner releases, on whose word (None: the clock's), and the reason to break quiet hours, if any."""

    runner: str
    by: Actor | None = None
    crisis: str = ""


def release_occurrence(project: Project, occurrence: Occurrence, approval: Approval, releaser: Releaser) -> str:
    """Make the broadcast of an occurrence and return its id; from then on it is sent.

    Raises ChangedSinceApprovalError (and voids the approval), TooManyError, CalledOffError, AlreadyReleasedError,
    AuditAlteredError.
    """
    campaign = project.campaign(occurrence.campaign)
    messages = CampaignMessages.load(project, campaign, occurrence.wall)
    new = NewBroadcast(
        letter=messages.letter.digest,
        approval=approval.id,
        channel=campaign.channel,
        if_unsure=campaign.if_unsure,
        crisis_reason=releaser.crisis,
        setting=dict(campaign_route(messages).as_json()),
        runner=releaser.runner,
    )
    try:
        broadcast_id = _create_broadcast(project, occurrence, messages, new)
    except LedgerUnreachableError:
        retry_ledger(lambda: _discard_unconfirmed(project, occurrence, new.runner))
        raise
    try:
        written = _DeliveryWriter(project, messages, broadcast_id).write()
        _refuse_unapproved(project, messages, approval, written)
        _start_sending(project, messages, (occurrence, approval), written, releaser)
    except BaseException:
        # While this process lives, nobody else would take it back.
        retry_ledger(lambda: _discard_broadcast(project, broadcast_id))
        raise
    return broadcast_id


def _start_sending(
    project: Project,
    messages: CampaignMessages,
    approved: tuple[Occurrence, Approval],
    written: "_WrittenDeliveries",
    releaser: Releaser,
) -> None:
    """From here on it is sent: unless somebody has called it off meanwhile."""
    occurrence, approval = approved
    with project.ledger.writing() as conn:
        campaigns.lock(conn, occurrence.campaign)
        if approvals.lock(conn, approval.id) is not ApprovalState.APPROVED:
            raise CalledOffError(f"{occurrence.campaign} was called off, so nothing was sent.")
        approval_log.refuse_altered_log(conn, approval)
        broadcasts.set_exclusions(conn, written.broadcast, written.excluded)
        broadcasts.set_state(conn, written.broadcast, {BroadcastState.RELEASING}, BroadcastState.SENDING)
        if not occurrences.set_state(conn, occurrence.id, UNSETTLED_STATES, OccurrenceState.RELEASED):
            raise CalledOffError(f"The time of {occurrence.campaign} was changed meanwhile, so nothing was sent.")
        _skip_others(conn, messages.campaign, occurrence, releaser)
        _write_audit_entry(conn, occurrence, written.broadcast, releaser)


def _discard_broadcast(project: Project, broadcast_id: str) -> None:
    with project.ledger.writing() as conn, suppress(broadcasts.UnknownBroadcastError):
        broadcasts.discard(conn, broadcast_id)


def _discard_unconfirmed(project: Project, occurrence: Occurrence, runner: str) -> None:
    """Discard what we began without being told so, because the answer to its commit was lost: while this process lives,
    nobody else would.
    """
    with project.ledger.writing() as conn:
        begun = broadcasts.get_unfinished_release(conn, occurrence.id, runner)
        if begun is not None:
            broadcasts.discard(conn, begun)


def _create_broadcast(project: Project, occurrence: Occurrence, messages: CampaignMessages, new: NewBroadcast) -> str:
    with project.ledger.writing() as conn:
        frozen_letters.add(conn, new.letter, messages.letter.freeze())
        broadcast_id = None if _was_released_before(conn, messages) else broadcasts.create(conn, occurrence.id, new)
    if broadcast_id is None:
        when = f"{occurrence.campaign} of {occurrence.wall:%Y-%m-%d %H:%M}"
        raise AlreadyReleasedError(f"{when} was released already, or is being released right now.")
    return broadcast_id


def _was_released_before(conn: WriteConnection, messages: CampaignMessages) -> bool:
    """Whether a campaign with one time was released at another: with --now, it may have two occurrences due at once."""
    campaign = messages.campaign
    campaigns.lock(conn, campaign.name)
    return campaign.goes_out_once and bool(broadcasts.list_of_campaign(conn, campaign.name, limit=1))


def _refuse_unapproved(
    project: Project, messages: CampaignMessages, approval: Approval, written: "_WrittenDeliveries"
) -> None:
    """Raise unless what was just walked and written is what was signed, and the rosters were read to their end."""
    if written.walk.blocking:
        raise ProblemsFoundError(tuple(written.walk.blocking))
    inputs = digest.digest_inputs_of_approval(messages, written.walk, approval)
    if digest.compute_digest(inputs) != approval.digest:
        with project.ledger.writing() as conn:
            approvals.void(conn, approval.id, ChangedSinceApprovalError.code)
            detail = {"approval": approval.id, "reason": ChangedSinceApprovalError.code}
            audit.record_automatic(conn, audit.CLOCK, "void", approval.campaign, **detail)
        raise ChangedSinceApprovalError(
            f"{approval.campaign} was changed after {approval.decided_by} approved it, so nothing was sent."
        )
    if approval.at_most is not None and written.queued > approval.at_most:
        raise MoreThanApprovedError(
            f"{approval.campaign} would go to {written.queued:,} people; {approval.at_most:,} at most were approved."
        )


def _skip_others(conn: WriteConnection, campaign: CampaignSettings, occurrence: Occurrence, releaser: Releaser) -> None:
    """A campaign with one time goes out once: sent with --now, it does not go out at its time as well. Of one that
    comes again and again, what is older has been overtaken when a person sends; what the clock sends takes nothing from
    an older one that waits for somebody's word.
    """
    for other in occurrences.list_unsettled(conn, campaign.name):
        if campaign.goes_out_once:
            skip_occurrence(conn, other, SkipReason.SENT_AT_ANOTHER_TIME)
        elif releaser.by is not None and other.wall < occurrence.wall:
            skip_occurrence(conn, other, SkipReason.OVERTAKEN)


def _write_audit_entry(conn: WriteConnection, occurrence: Occurrence, broadcast_id: str, releaser: Releaser) -> None:
    detail = {"broadcast": broadcast_id, "occurrence": walltime.key(occurrence.wall), "crisis": releaser.crisis}
    if releaser.by is None:
        audit.record_automatic(conn, audit.CLOCK, "release", occurrence.campaign, **detail)
    else:
        audit.record(conn, releaser.by, "send", occurrence.campaign, **detail)


@dataclass(frozen=True, slots=True)
class _WrittenDeliveries:
    """What was written of a broadcast: `queued` deliveries; `repeated` messages were to an address that had one."""

    broadcast: str
    queued: int
    repeated: int
    walk: WalkResult

    @property
    def excluded(self) -> dict[str, int]:
        """The messages that do not go out, by reason."""
        duplicate = ExclusionReason.DUPLICATE
        return {**self.walk.excluded, duplicate: self.walk.excluded.get(duplicate, 0) + self.repeated}


class _DeliveryWriter:
    """Writes the delivery rows of one broadcast, and each skeleton and timezone the first time it is met."""

    def __init__(self, project: Project, messages: CampaignMessages, broadcast_id: str) -> None:
        self._project = project
        self._messages = messages
        self._broadcast_id = broadcast_id
        self._links = sample_links(project.settings.public_url)
        self._skeletons: dict[tuple[Channel, bytes], int] = {}
        self._made: dict[tuple[Channel, bytes], Compiled] = {}
        self._zones: dict[str, int] = {}
        self._sender = cache(partial(campaign_sender, messages))

    def write(self) -> _WrittenDeliveries:
        """Write a delivery for everybody."""
        walk = self._messages.walk(self._exclude_too_long)
        messages, queued, repeated = iter(walk), 0, 0
        while chunk := list(islice(messages, CHUNK)):
            with self._project.ledger.writing() as conn:
                rows = [
                    self._row(conn, message, delivery_id)
                    for message, delivery_id in zip(chunk, new_ids(len(chunk)), strict=True)
                ]
                inserted = deliveries.insert(conn, self._broadcast_id, rows)
            queued += inserted
            repeated += len(rows) - inserted
        return _WrittenDeliveries(self._broadcast_id, queued, repeated, walk.result())

    def _exclude_too_long(self, message: PlannedMessage) -> RowExclusion | None:
        length = measure_message(self._compiled(message), message.trace.values, self._links)
        return exclude_too_long(message, length)

    def _row(self, conn: WriteConnection, message: PlannedMessage, delivery_id: str) -> NewDelivery:
        return NewDelivery(
            id=delivery_id,
            channel=message.channel,
            provider=self._project.providers[message.channel].name,
            language=message.language,
            skeleton=self._skeleton(conn, message),
            zone=self._zone(conn, message),
            blind=message.address_index,
            payload=Payload(message.address, message.recipient.name, message.trace.values),
            sibling=message.sibling_address,
        )

    def _skeleton(self, conn: WriteConnection, message: PlannedMessage) -> int:
        place = (message.channel, message.trace.skeleton)
        if place not in self._skeletons:
            number = self._skeletons[place] = len(self._skeletons) + 1
            made = dump_skeleton(self._compiled(message))
            kept = Skeleton(number, message.channel, message.language, place[1], made)
            skeletons.add(conn, self._broadcast_id, kept)
        return self._skeletons[place]

    def _compiled(self, message: PlannedMessage) -> Compiled:
        place = (message.channel, message.trace.skeleton)
        if place not in self._made:
            self._made[place] = self._messages.compile(message, self._sender(message.language))
        return self._made[place]

    def _zone(self, conn: WriteConnection, message: PlannedMessage) -> int:
        timezone, hours = message.recipient.timezone, self._messages.quiet_hours(message)
        place = f"{timezone} {hours}"
        if place not in self._zones:
            self._zones[place] = zones.get_or_add(conn, self._broadcast_id, timezone, hours)
        return self._zones[place]
