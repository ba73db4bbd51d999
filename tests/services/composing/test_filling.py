"""How a broadcast's messages are addressed."""

from datetime import UTC, datetime, time

import pytest

from broadcaster.domain.local_time.quiet_hours import QuietHours
from broadcaster.ledger.broadcasting.zones import Zone
from broadcaster.services.composing.filling import MessageRoute
from broadcaster.services.delivering.broadcast_context import _quiet_hours_begin_at

ROUTE = MessageRoute("bounces@mail.example.org", verp=True, sms_sender="Ashmere", message_host="letters.example.org")


def test_a_bounce_names_its_delivery_and_nobody() -> None:
    assert ROUTE.envelope_sender("abc234") == "bounces+abc234@mail.example.org"


def test_without_a_return_path_bounces_go_to_the_signatory() -> None:
    route = MessageRoute("officer@ashmere.example", verp=False, sms_sender="", message_host="ashmere.example")
    assert route.envelope_sender("abc234") == "officer@ashmere.example"


def test_a_message_id_is_stable_and_opaque() -> None:
    assert ROUTE.message_id("abc234") == ROUTE.message_id("abc234") == "abc234@letters.example.org"


@pytest.mark.parametrize("verp", [True, False])
def test_a_route_survives_being_kept(verp: bool) -> None:
    route = MessageRoute("a@example.org", verp, "Ashmere", "example.org")
    assert MessageRoute(**route.as_json()) == route  # type: ignore[arg-type]  # what JSON gives back


NIGHT = Zone(1, "Europe/London", QuietHours(time(21), time(8)))


@pytest.mark.parametrize(
    ("now", "closing"),
    [
        (datetime(2026, 12, 1, 20, 59, tzinfo=UTC), datetime(2026, 12, 1, 21, tzinfo=UTC)),
        # they began between the claim and this moment: it must not be taken for the next evening
        (datetime(2026, 12, 1, 21, 0, 5, tzinfo=UTC), datetime(2026, 12, 1, 21, 0, 5, tzinfo=UTC)),
        (datetime(2026, 12, 1, 9, tzinfo=UTC), datetime(2026, 12, 1, 21, tzinfo=UTC)),
    ],
)
def test_a_handover_knows_when_the_quiet_begins(now: datetime, closing: datetime) -> None:
    assert _quiet_hours_begin_at(NIGHT, now) == closing
    assert _quiet_hours_begin_at(Zone(0, "Europe/London", None), now) is None
