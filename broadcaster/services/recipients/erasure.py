"""The right to erasure (UK GDPR, Article 17): a person is taken out of the rosters and out of the ledger.

What stays is a keyed hash of each address, so that nobody writes to it again, and the bare counts. Copies made before
(backups, exports, letters that were delivered) are out of reach.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from broadcaster.audiences.addresses.typed_address import TypedAddressError
from broadcaster.audiences.description.audience import Audience
from broadcaster.audiences.model.recipient import Recipient
from broadcaster.audiences.rosters.erasure import erase_from_roster
from broadcaster.domain.contact.addresses import canonical_address
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.recipients import erased_rows, erasures
from broadcaster.providers.outbox import Outbox
from broadcaster.services.access.permissions import Actor
from broadcaster.services.planning.submitted_files import file_digest, restamp_submitted_file
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.recipients.suppression_list import IndexedAddress, identify_address, validated_reason
from broadcaster.services.rosters.audiences import list_audiences, open_audience, read_recipients

ALL_AUDIENCES = "all"


class NobodyErasedError(BroadcasterError):
    """What was typed is no address and is on no roster."""

    code = "nobody-erased"
    default_remedy = "Type the address as it stands in the roster, or as the person gave it."


class OutboxNotErasedError(BroadcasterError):
    """The person's messages cannot be taken out of the outbox; rosters and ledger are done."""

    code = "outbox-not-erased"
    default_remedy = "Give the account that runs broadcaster the right to write to var/outbox, then erase once more."


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was done: rows taken out by audience, addresses that are barred now, deliveries emptied, those among them
    that will not be sent, files removed from the outbox.

    `shared` addresses stood on the person's rows and on somebody else's too, and were kept. `elsewhere` names the
    audiences that were not asked for and still have the person.
    """

    rows: dict[str, int]
    addresses: int
    shared: int
    emptied: int
    skipped: int
    files: int
    elsewhere: tuple[str, ...]


def erase_person(project: Project, audience: str, typed: str, reason: str, by: Actor) -> Erasure:
    """Erase whoever has this address from one audience, or from all of them, and from the ledger as a whole.

    The other address on the same row is theirs too and goes with it, unless it also stands on somebody else's row.
    Doing it again, after it was interrupted or for safety, changes nothing more. Raises `NobodyErasedError`,
    `ReasonError`, `ProblemsFoundError` for an audience that cannot be read, `CacheNotClearedError`, and what writing a
    roster raises.
    """
    why = validated_reason(reason)
    chosen = [
        open_audience(project, name) for name in (list_audiences(project) if audience == ALL_AUDIENCES else [audience])
    ]
    others = list(_readable_audiences(project, {one.name for one in chosen}))
    theirs, shared = _find_addresses(project, [*chosen, *others], typed)
    emptied: set[str] = set()
    skipped = _erase_from_ledger(project, theirs, by, emptied)
    rows = {one.name: _erase_roster_rows(project, one, typed) for one in chosen}
    # All of it: what was cached of earlier spellings of their row may hold their name and no address to find it by.
    project.cache.forget()
    if not theirs and not any(rows.values()):
        raise NobodyErasedError("This is no address, and it stands in no roster.")
    # Once more: a release that had read the roster before may have written a delivery in between.
    skipped += _erase_from_ledger(project, theirs, by, emptied)
    files = sum(_remove_outbox_file(project, delivery_id) for delivery_id in emptied)
    elsewhere = tuple(one.name for one in others if any(_rows_with_any(project, one, theirs)))
    done = Erasure(rows, len(theirs), shared, len(emptied), skipped, files, elsewhere)
    _write_audit_entry(project, audience, done, why, by)
    return done


def _readable_audiences(project: ProjectView, but: set[str]) -> Iterator[Audience]:
    """The audiences that nobody asked to change; one that cannot be read stands in nobody's way."""
    for name in list_audiences(project):
        if name not in but:
            with suppress(ProblemsFoundError):
                yield open_audience(project, name)


def _find_addresses(project: ProjectView, audiences: Sequence[Audience], typed: str) -> tuple[set[IndexedAddress], int]:
    """The address that was typed and the other ones of whoever has it; how many of those others have, who keep them."""
    try:
        said = identify_address(project, typed)
    except TypedAddressError:
        return set(), 0
    first = IndexedAddress(said.channel, canonical_address(said.address), said.blind)
    theirs, shared = {first}, set[IndexedAddress]()
    rows = [one for audience in audiences for one in _rows_with_any(project, audience, {first})]
    for one in rows:
        theirs |= _indexed_addresses(project, one)
    if len(theirs) > 1:
        for audience in audiences:
            for one in _rows_with_any(project, audience, theirs):
                if first not in (held := _indexed_addresses(project, one)):
                    shared |= held & theirs
    return theirs - shared, len(theirs & shared)


def _rows_with_any(project: ProjectView, audience: Audience, theirs: set[IndexedAddress]) -> Iterator[Recipient]:
    """The usable rows of an audience that have one of these addresses."""
    wanted = {(one.channel, canonical_address(one.address)) for one in theirs}
    for recipient in read_recipients(project, audience, lambda _: None):
        if not wanted.isdisjoint(
            (channel, canonical_address(address)) for channel, address in _addresses_of_row(recipient)
        ):
            yield recipient


def _addresses_of_row(recipient: Recipient) -> list[tuple[Channel, str]]:
    both = ((Channel.EMAIL, recipient.email), (Channel.SMS, recipient.phone))
    return [(channel, address) for channel, address in both if address]


def _indexed_addresses(project: ProjectView, recipient: Recipient) -> set[IndexedAddress]:
    return {
        IndexedAddress(channel, canonical_address(address), blind_address_index(project.keyring, channel, address))
        for channel, address in _addresses_of_row(recipient)
    }


def _erase_from_ledger(project: Project, theirs: set[IndexedAddress], by: Actor, emptied: set[str]) -> int:
    """Empty the ledger of these addresses, one broadcast after the other; adds to `emptied`, returns the skipped."""
    skipped = 0
    for one in theirs:
        with project.ledger.writing() as conn:
            erasures.suppress_erased(conn, one.channel, one.blind, by.name)
        with project.ledger.reading() as conn:
            ids = erasures.list_broadcasts_to(conn, one.channel, one.blind)
        for broadcast_id in ids:
            with project.ledger.writing() as conn:
                scrubbed = erasures.erase_deliveries(conn, broadcast_id, one.channel, one.blind)
            emptied.update(scrubbed.ids)
            skipped += scrubbed.skipped
    return skipped


def _erase_roster_rows(project: Project, audience: Audience, typed: str) -> int:
    """Take the rows out of a roster, and note it so that an approval from before still knows the roster again.

    First the file, then the note: where the second is missing after a crash, the approval is void, and nobody gets a
    letter that was approved for other people.
    """
    identity = project.settings.age_identity
    before = file_digest(audience.roster)
    erased = erase_from_roster(audience, typed, mark_key=project.keyring.mark_key, identity=identity)
    if erased.marks:
        with project.ledger.writing() as conn:
            for mark in erased.marks:
                erased_rows.add(conn, audience.name, mark)
            restamp_submitted_file(conn, project, audience.roster, before)
    return len(erased.rows)


def _remove_outbox_file(project: ProjectView, delivery_id: str) -> bool:
    """Remove what the outbox wrote for a delivery, if it did: it stands there in full."""
    removed = False
    for channel in Channel:
        try:
            Outbox(project.settings.outbox_folder, channel).path(delivery_id).unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise OutboxNotErasedError(f"A message in the outbox cannot be removed: {error.strerror}.") from None
        removed = True
    return removed


def _write_audit_entry(project: Project, audience: str, done: Erasure, why: str, by: Actor) -> None:
    detail = {"reason": why, "rows": sum(done.rows.values()), "deliveries": done.emptied, "skipped": done.skipped}
    with project.ledger.writing() as conn:
        audit.record(conn, by, "erase", audience, **detail)
