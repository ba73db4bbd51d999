"""What is known of one address: whether it may be written to and why not, and what it has been sent.

It is the one answer to that question, for the desk and the command line. It hears the same words as a plan and a claim
do: suppressions of the address itself, and what people chose by the link in a message. A choice is a person's and holds
for both of their addresses, so the other address counts too: the one beside it on rosters, or, where it stands on none,
the one that the person had when they were written to last.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from broadcaster.audiences import names, rows_with_address
from broadcaster.domain.channels import Channel
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.preferences import Wish, permits
from broadcaster.domain.suppression import SuppressionReason
from broadcaster.keys.address_index import blind_of
from broadcaster.ledger import correspondence, preferences, suppressions
from broadcaster.ledger.correspondence import Sent
from broadcaster.ledger.suppressions import Ground
from broadcaster.services.project.project import ProjectView
from broadcaster.services.recipients.suppression_list import Found
from broadcaster.services.rosters.audiences import open_audience

__all__ = ["Contact", "Ground", "OnRosters", "Sent", "Way", "Wish", "contact", "on_rosters"]

_OTHER = {Channel.EMAIL: Channel.SMS, Channel.SMS: Channel.EMAIL}
_COLUMNS = {Channel.EMAIL: "email", Channel.SMS: "phone"}


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach somebody. `asked` says that it is the address that was asked for, and not the person's other.

    `may` says whether letters may go there. Where they may not, `grounds` are the reasons of its suppression and
    `chosen` what people chose by a message's link against it. Where people share an address, one of them may have
    chosen so while another is still written to.
    """

    channel: Channel
    asked: bool
    may: bool
    grounds: tuple[Ground, ...]
    chosen: tuple[Wish, ...]


@dataclass(frozen=True, slots=True)
class Contact:
    """All that is known of an address. `ways` begins with the address itself; `sent` are the messages to it, newest
    first, none for somebody who was erased; `unread` names the audiences whose rosters could not be searched for the
    person's other address.
    """

    ways: tuple[Way, ...]
    sent: tuple[Sent, ...]
    unread: tuple[str, ...]

    @property
    def may(self) -> bool:
        """Whether the address itself may be written to."""
        return self.ways[0].may


@dataclass(frozen=True, slots=True)
class OnRosters:
    """The rows that have an address: for each the blind index of the address beside it, None where there is none."""

    beside: frozenset[bytes | None]
    unread: tuple[str, ...]


def contact(
    project: ProjectView,
    found: Found,
    there: OnRosters | None = None,
    sees: Callable[[Sent], bool] = lambda _: True,
) -> Contact:
    """What is known of an address. `there` is where it stands on rosters, where that was looked up before; of the
    messages only those are told that `sees` lets through.
    """
    there = there or on_rosters(project, found, names(project.audiences))
    other = _OTHER[found.channel]
    with project.ledger.reading() as conn:
        sent = correspondence.to_address(conn, found.channel, found.blind)
        beside = there.beside or {sent[0].kin if sent else None}
        others = sorted(blind for blind in beside if blind is not None)
        chosen = preferences.among(conn, [found.blind, *others])
        grounds = {
            blind: known.grounds
            for blind in (found.blind, *others)
            if (known := suppressions.get(conn, blind)) is not None
        }
    people = {blind: _wishes(chosen, {found.channel: found.blind, other: blind}) for blind in beside}
    ways = [_way(found.channel, list(people.values()), grounds.get(found.blind, ()), asked=True)]
    ways += [_way(other, [people[blind]], grounds.get(blind, ()), asked=False) for blind in others]
    erased = any(ground.reason is SuppressionReason.ERASED for ground in ways[0].grounds)
    return Contact(tuple(ways), () if erased else tuple(one for one in sent if sees(one)), there.unread)


def on_rosters(project: ProjectView, found: Found, audiences: Iterable[str]) -> OnRosters:
    """Where an address stands on the rosters of these audiences."""
    other = _OTHER[found.channel]
    beside, unread = set[bytes | None](), []
    for name in sorted(audiences):
        try:
            audience = open_audience(project, name)
            rows = rows_with_address(audience, found.channel, found.address, identity=project.settings.age_identity)
        except BroadcasterError:
            unread.append(name)
            continue
        addresses = (row.values.get(_COLUMNS[other], "") for row in rows)
        beside |= {blind_of(project.keyring, other, address) if address else None for address in addresses}
    return OnRosters(frozenset(beside), tuple(unread))


def _wishes(chosen: Mapping[bytes, Wish], addresses: Mapping[Channel, bytes | None]) -> dict[Channel, Wish]:
    return {channel: chosen[blind] for channel, blind in addresses.items() if blind is not None and blind in chosen}


def _way(
    channel: Channel, people: Sequence[Mapping[Channel, Wish]], grounds: tuple[Ground, ...], *, asked: bool
) -> Way:
    against = [wish for wishes in people for wish in _against(wishes, channel)]
    may = not grounds and any(permits(wishes, channel) for wishes in people)
    return Way(channel, asked, may, grounds, tuple(dict.fromkeys(against)))


def _against(wishes: Mapping[Channel, Wish], channel: Channel) -> list[Wish]:
    """What one person chose that keeps letters from a channel: by that very address, or as their last word."""
    last = max(wishes.values(), key=lambda wish: wish.chosen_at, default=None)
    return [wish for wish in (wishes.get(channel), last) if wish is not None and not wish.preference.permits(channel)]
