"""Contact history: whether one address may be written to, why not, and what it was sent.

The desk and the command line both use it. It reads what plans and claims read: suppressions of the address, and
preferences. A preference holds for both addresses of a person, so the sibling address counts too. That is the one on
the same roster row, or else the one at their last delivery.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from broadcaster.audiences.rosters.address_lookup import find_rows_with_address
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.preferences import PreferenceChoice, permits_channel
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.errors import BroadcasterError
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger.recipients import message_history, preferences, suppressions
from broadcaster.ledger.recipients.message_history import SentMessage
from broadcaster.ledger.recipients.suppressions import SuppressionGround
from broadcaster.services.project.project import ProjectView
from broadcaster.services.recipients.suppression_list import IndexedAddress
from broadcaster.services.rosters.audiences import list_audiences, open_audience

__all__ = [
    "Contact",
    "ContactChannel",
    "PreferenceChoice",
    "RosterMatches",
    "SentMessage",
    "SuppressionGround",
    "find_contact",
    "find_on_rosters",
]

_OTHER_CHANNEL = {Channel.EMAIL: Channel.SMS, Channel.SMS: Channel.EMAIL}
_ROSTER_COLUMNS = {Channel.EMAIL: "email", Channel.SMS: "phone"}


@dataclass(frozen=True, slots=True)
class ContactChannel:
    """One address of a person. `asked` says that it is the one asked about, not its sibling.

    `allowed` says whether letters may go there. If not, `grounds` are the reasons of its suppression, and `chosen` the
    preferences against it. Of people who share an address, one may have opted out while another still gets letters.
    """

    channel: Channel
    asked: bool
    allowed: bool
    grounds: tuple[SuppressionGround, ...]
    chosen: tuple[PreferenceChoice, ...]


@dataclass(frozen=True, slots=True)
class Contact:
    """All that is known of an address. `ways` begins with the address itself.

    `sent` are the deliveries to it, newest first; none if its person was erased. `unread` are audiences whose rosters
    could not be searched for the sibling address.
    """

    ways: tuple[ContactChannel, ...]
    sent: tuple[SentMessage, ...]
    unread: tuple[str, ...]

    @property
    def allowed(self) -> bool:
        """Whether the address itself may be written to."""
        return self.ways[0].allowed


@dataclass(frozen=True, slots=True)
class RosterMatches:
    """The roster rows with an address: the blind index of each sibling address, None without one."""

    beside: frozenset[bytes | None]
    unread: tuple[str, ...]


def find_contact(
    project: ProjectView,
    found: IndexedAddress,
    there: RosterMatches | None = None,
    sees: Callable[[SentMessage], bool] = lambda _: True,
) -> Contact:
    """The history of an address. `there` are its roster matches, if already known; `sees` filters its deliveries."""
    there = there or find_on_rosters(project, found, list_audiences(project))
    other = _OTHER_CHANNEL[found.channel]
    with project.ledger.reading() as conn:
        sent = message_history.list_messages_to_address(conn, found.channel, found.blind)
        beside = there.beside or {sent[0].sibling if sent else None}
        others = sorted(blind for blind in beside if blind is not None)
        chosen = preferences.find_chosen(conn, [found.blind, *others])
        grounds = {
            blind: known.grounds
            for blind in (found.blind, *others)
            if (known := suppressions.get(conn, blind)) is not None
        }
    people = {blind: _preferences_by_channel(chosen, {found.channel: found.blind, other: blind}) for blind in beside}
    ways = [_contact_channel(found.channel, list(people.values()), grounds.get(found.blind, ()), asked=True)]
    ways += [_contact_channel(other, [people[blind]], grounds.get(blind, ()), asked=False) for blind in others]
    erased = any(ground.reason is SuppressionReason.ERASED for ground in ways[0].grounds)
    return Contact(tuple(ways), () if erased else tuple(one for one in sent if sees(one)), there.unread)


def find_on_rosters(project: ProjectView, found: IndexedAddress, audiences: Iterable[str]) -> RosterMatches:
    """Where an address stands on the rosters of these audiences."""
    other = _OTHER_CHANNEL[found.channel]
    beside, unread = set[bytes | None](), []
    for name in sorted(audiences):
        try:
            audience = open_audience(project, name)
            rows = find_rows_with_address(
                audience, found.channel, found.address, identity=project.settings.age_identity
            )
        except BroadcasterError:
            unread.append(name)
            continue
        addresses = (row.values.get(_ROSTER_COLUMNS[other], "") for row in rows)
        beside |= {blind_address_index(project.keyring, other, address) if address else None for address in addresses}
    return RosterMatches(frozenset(beside), tuple(unread))


def _preferences_by_channel(
    chosen: Mapping[bytes, PreferenceChoice], addresses: Mapping[Channel, bytes | None]
) -> dict[Channel, PreferenceChoice]:
    return {channel: chosen[blind] for channel, blind in addresses.items() if blind is not None and blind in chosen}


def _contact_channel(
    channel: Channel,
    people: Sequence[Mapping[Channel, PreferenceChoice]],
    grounds: tuple[SuppressionGround, ...],
    *,
    asked: bool,
) -> ContactChannel:
    against = [wish for wishes in people for wish in _preferences_against(wishes, channel)]
    allowed = not grounds and any(permits_channel(wishes, channel) for wishes in people)
    return ContactChannel(channel, asked, allowed, grounds, tuple(dict.fromkeys(against)))


def _preferences_against(wishes: Mapping[Channel, PreferenceChoice], channel: Channel) -> list[PreferenceChoice]:
    """One person's preferences against a channel: by that address, or their latest one."""
    last = max(wishes.values(), key=lambda wish: wish.chosen_at, default=None)
    return [wish for wish in (wishes.get(channel), last) if wish is not None and not wish.preference.permits(channel)]
