"""`broadcaster audience person`: may this address be written to, and what has it been sent."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated

import typer

from broadcaster.bootstrap.ledger_only import open_view
from broadcaster.cli import labels, output
from broadcaster.cli.app import Json, here
from broadcaster.cli.roster import audience_app
from broadcaster.domain import walltime
from broadcaster.domain.preferences import OPTED_OUT
from broadcaster.services.recipients import suppression_list
from broadcaster.services.recipients.contact_history import Contact, Ground, Sent, Way, Wish, contact
from broadcaster.services.reporting.delivery_record import meaning

_CHANNELS = {"email": "by email", "sms": "by text message"}


@audience_app.command()
def person(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="An email address or a telephone number.")],
    as_json: Json = False,
) -> None:
    """May this address be written to, why not and since when; and every message that it was sent."""
    with open_view(here(context)) as view:
        known = contact(view, suppression_list.find(view, address))
    if as_json:
        ways = [_way_as_json(way) for way in known.ways]
        output.document(
            {"may_be_written_to": known.may, "ways": ways, "sent": [_sent_as_json(one) for one in known.sent]}
        )
        return
    for line in _lines(known):
        output.line(line)
    if known.sent:
        output.line("")
        output.table(("sent", "campaign", "for", "state", "why"), (_row(one) for one in known.sent))


def verdict(known: Contact) -> Iterator[str]:
    """Whether the address itself may be written to, and what stands against it."""
    asked = known.ways[0]
    yield "This address may be written to." if asked.may else "This address must not be written to."
    yield from _against(asked)


def _lines(known: Contact) -> Iterator[str]:
    yield from verdict(known)
    for way in known.ways[1:]:
        yield f"The same person {'may' if way.may else 'must not'} be written to {_CHANNELS[way.channel]}."
        yield from _against(way)
    for name in known.unread:
        yield f"The roster of {name} cannot be read, so what its people chose by another address is not known here."
    yield f"{len(known.sent):,} messages to it." if known.sent else "It has been sent nothing."


def _against(way: Way) -> Iterator[str]:
    for ground in way.grounds:
        note = f": {ground.note}" if ground.note else ""
        yield f"  {labels.SUPPRESSED[ground.reason]}, since {_day(ground.added_at)}, by {ground.by or '-'}{note}"
    for wish in way.chosen:
        yield f"  {labels.CHOSEN[wish.preference]}, since {_day(wish.chosen_at)}"


def _row(one: Sent) -> tuple[str, str, str, str, str]:
    state = labels.STATES.get(one.state, one.state.value)
    why = meaning(one.reason).why if one.reason else ""
    return (_day(one.tried_at) if one.tried_at else "-", one.campaign, f"{one.wall:%Y-%m-%d %H:%M}", state, why)


def _day(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"


def _way_as_json(way: Way) -> Mapping[str, object]:
    return {
        "channel": way.channel.value,
        "asked": way.asked,
        "may_be_written_to": way.may,
        "reasons": [*map(_ground_as_json, way.grounds), *map(_wish_as_json, way.chosen)],
    }


def _ground_as_json(ground: Ground) -> Mapping[str, str]:
    since = ground.added_at.isoformat()
    return {"reason": ground.reason.value, "chosen": "", "by": ground.by, "note": ground.note, "since": since}


def _wish_as_json(wish: Wish) -> Mapping[str, str]:
    since = wish.chosen_at.isoformat()
    return {"reason": OPTED_OUT, "chosen": wish.preference.value, "by": "door", "note": "", "since": since}


def _sent_as_json(one: Sent) -> Mapping[str, object]:
    return {
        "broadcast": one.broadcast,
        "campaign": one.campaign,
        "occurrence": walltime.key(one.wall),
        "channel": one.channel.value,
        "state": one.state.value,
        "reason": one.reason,
        "sent_at": one.tried_at.isoformat() if one.tried_at else None,
    }
