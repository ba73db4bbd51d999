"""`broadcaster audience person`: may this address be written to, and what has it been sent."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated

import typer

from broadcaster.bootstrap.ledger_only import open_view
from broadcaster.cli.app import JsonOption, project_folder
from broadcaster.cli.common import labels, output
from broadcaster.cli.recipients.audience import audience_app
from broadcaster.domain.delivery.delivery_reasons import DeliveryReason
from broadcaster.domain.local_time import walltime
from broadcaster.services.recipients import suppression_list
from broadcaster.services.recipients.contact_history import (
    Contact,
    ContactChannel,
    PreferenceChoice,
    SentMessage,
    SuppressionGround,
    find_contact,
)
from broadcaster.services.reporting.delivery_record import explain_delivery_reason

_CHANNELS = {"email": "by email", "sms": "by text message"}


@audience_app.command()
def person(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="An email address or a telephone number.")],
    as_json: JsonOption = False,
) -> None:
    """May this address be written to, why not and since when; and every message that it was sent."""
    with open_view(project_folder(context)) as view:
        known = find_contact(view, suppression_list.identify_address(view, address))
    if as_json:
        ways = [_way_as_json(way) for way in known.ways]
        output.print_json(
            {"may_be_written_to": known.allowed, "ways": ways, "sent": [_sent_as_json(one) for one in known.sent]}
        )
        return
    for line in _contact_lines(known):
        output.print_line(line)
    if known.sent:
        output.print_line("")
        output.print_table(("sent", "campaign", "for", "state", "why"), (_sent_row(one) for one in known.sent))


def contact_summary(known: Contact) -> Iterator[str]:
    """Whether the address itself may be written to, and what stands against it."""
    asked = known.ways[0]
    yield "This address may be written to." if asked.allowed else "This address must not be written to."
    yield from _ground_lines(asked)


def _contact_lines(known: Contact) -> Iterator[str]:
    yield from contact_summary(known)
    for way in known.ways[1:]:
        yield f"The same person {'may' if way.allowed else 'must not'} be written to {_CHANNELS[way.channel]}."
        yield from _ground_lines(way)
    for name in known.unread:
        yield f"The roster of {name} cannot be read, so what its people chose by another address is not known here."
    yield f"{len(known.sent):,} messages to it." if known.sent else "It has been sent nothing."


def _ground_lines(way: ContactChannel) -> Iterator[str]:
    for ground in way.grounds:
        note = f": {ground.note}" if ground.note else ""
        reason, since = labels.SUPPRESSION_REASONS[ground.reason], _format_moment(ground.added_at)
        yield f"  {reason}, since {since}, by {ground.by or '-'}{note}"
    for wish in way.chosen:
        yield f"  {labels.CHOSEN_PREFERENCES[wish.preference]}, since {_format_moment(wish.chosen_at)}"


def _sent_row(one: SentMessage) -> tuple[str, str, str, str, str]:
    state = labels.DELIVERY_STATES.get(one.state, one.state.value)
    why = explain_delivery_reason(one.reason).why if one.reason else ""
    return (
        _format_moment(one.tried_at) if one.tried_at else "-",
        one.campaign,
        f"{one.wall:%Y-%m-%d %H:%M}",
        state,
        why,
    )


def _format_moment(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"


def _way_as_json(way: ContactChannel) -> Mapping[str, object]:
    return {
        "channel": way.channel.value,
        "asked": way.asked,
        "may_be_written_to": way.allowed,
        "reasons": [*map(_ground_as_json, way.grounds), *map(_preference_as_json, way.chosen)],
    }


def _ground_as_json(ground: SuppressionGround) -> Mapping[str, str]:
    since = ground.added_at.isoformat()
    return {"reason": ground.reason.value, "chosen": "", "by": ground.by, "note": ground.note, "since": since}


def _preference_as_json(wish: PreferenceChoice) -> Mapping[str, str]:
    since = wish.chosen_at.isoformat()
    reason = DeliveryReason.OPTED_OUT.value
    return {"reason": reason, "chosen": wish.preference.value, "by": "door", "note": "", "since": since}


def _sent_as_json(one: SentMessage) -> Mapping[str, object]:
    return {
        "broadcast": one.broadcast,
        "campaign": one.campaign,
        "occurrence": walltime.key(one.wall),
        "channel": one.channel.value,
        "state": one.state.value,
        "reason": one.reason,
        "sent_at": one.tried_at.isoformat() if one.tried_at else None,
    }
