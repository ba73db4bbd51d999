"""One message in doubt is settled by what somebody found out, once, and the log says how they know."""

import json
from pathlib import Path

import pytest

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.broadcasting import broadcasts, delivery_counters
from broadcaster.ledger.delivery import deliveries, unsure_deliveries
from broadcaster.ledger.delivery.deliveries import Delivery
from broadcaster.services.access.permissions import Permission, desk_actor
from broadcaster.services.sending import retry_refused, unsure
from broadcaster.services.sending.settle_unsure import (
    NotResentError,
    NotUnsureError,
    UnsureEvidence,
    UnsureFinding,
    UnsureVerdict,
    settle_unsure_delivery,
)
from tests.services import toy
from tests.services.sent import Sent, released


def doubtful(sent: Sent) -> list[Delivery]:
    with sent.project.ledger.reading() as conn:
        found = unsure_deliveries.list_unsure(conn, sent.broadcast.id, unsure.IN_DOUBT)
        return [one for each in found if (one := deliveries.get(conn, each.id))]


def say(sent: Sent, one: Delivery, verdict: UnsureVerdict) -> tuple[DeliveryState, str]:
    by = desk_actor(sent.project.settings, "amina", Permission.SETTLE)
    settle_unsure_delivery(sent.project, sent.broadcast, one.id, UnsureFinding(verdict, UnsureEvidence.PERSON), by)
    with sent.project.ledger.reading() as conn:
        now = deliveries.get(conn, one.id)
    assert now
    return now.state, now.reason


def test_each_verdict_leads_to_its_state_and_touches_no_other(tmp_path: Path) -> None:
    with released(tmp_path / "p", 4, toy.Toy(Channel.EMAIL, toy.unsure)) as sent:
        sent.send()
        first, second, third, fourth = doubtful(sent)
        assert say(sent, first, UnsureVerdict.ARRIVED) == (DeliveryState.DELIVERED, "person-arrived")
        assert say(sent, second, UnsureVerdict.LEAVE) == (DeliveryState.REFUSED, "person-not-arrived")
        assert say(sent, third, UnsureVerdict.SEND) == (DeliveryState.QUEUED, "person-resend")
        assert [one.id for one in doubtful(sent)] == [fourth.id]
        assert retry_refused.count_refused(sent.project, sent.broadcast) == []
        with sent.project.ledger.reading() as conn:
            assert set(delivery_counters.count_by_state(conn, sent.broadcast.id).values()) == {1}
            (last, *_) = audit.list_recent(conn)
            assert audit.verify(conn).broken_at is None
        assert (last.entry.by, last.entry.action, last.entry.host) == ("amina", "unsure-settle", "desk")
        said = {"broadcast": sent.broadcast.id, "delivery": third.id, "verdict": "send", "evidence": "person"}
        assert last.entry.detail == said
        assert "@" not in json.dumps(last.entry.detail)


def test_what_is_not_in_doubt_is_left(tmp_path: Path) -> None:
    with released(tmp_path / "p", 2, toy.Toy(Channel.EMAIL, toy.unsure)) as sent:
        sent.send()
        first, _ = doubtful(sent)
        say(sent, first, UnsureVerdict.ARRIVED)
        for verdict in UnsureVerdict:
            with pytest.raises(NotUnsureError):
                say(sent, first, verdict)
        with sent.project.ledger.reading() as conn:
            assert len([one for one in audit.list_recent(conn) if one.entry.action == "unsure-settle"]) == 1


def test_nothing_is_sent_a_third_time_or_of_what_was_cancelled(tmp_path: Path) -> None:
    with released(tmp_path / "p", 2, toy.Toy(Channel.EMAIL, toy.unsure)) as sent:
        sent.send()
        first, second = doubtful(sent)
        say(sent, first, UnsureVerdict.SEND)
        sent.send()
        with pytest.raises(NotResentError):
            say(sent, first, UnsureVerdict.SEND)
        with sent.project.ledger.writing() as conn:
            assert broadcasts.set_state(conn, sent.broadcast.id, {BroadcastState.FINISHED}, BroadcastState.CANCELLED)
        with pytest.raises(NotResentError):
            say(sent, second, UnsureVerdict.SEND)
        assert say(sent, second, UnsureVerdict.LEAVE)[0] is DeliveryState.REFUSED
