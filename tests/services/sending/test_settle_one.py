"""One message in doubt is settled by what somebody found out, once, and the log says how they know."""

import json
from pathlib import Path

import pytest

from broadcaster.domain.channels import Channel
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.ledger import audit, broadcasts, counters, deliveries, unsure_deliveries
from broadcaster.ledger.deliveries import Delivery
from broadcaster.services.access.permissions import Deed, signed_in
from broadcaster.services.sending import retry_refused, unsure
from broadcaster.services.sending.settle_one import Evidence, FoundOut, NotInDoubtError, NotResentError, Verdict, settle
from tests.services import toy
from tests.services.feedback.test_provider_reports import Sent, released


def doubtful(sent: Sent) -> list[Delivery]:
    with sent.project.ledger.reading() as conn:
        found = unsure_deliveries.unsure(conn, sent.broadcast.id, unsure.IN_DOUBT)
        return [one for each in found if (one := deliveries.get(conn, each.id))]


def say(sent: Sent, one: Delivery, verdict: Verdict) -> tuple[DeliveryState, str]:
    by = signed_in(sent.project.settings, "amina", Deed.SETTLE)
    settle(sent.project, sent.broadcast, one.id, FoundOut(verdict, Evidence.PERSON), by)
    with sent.project.ledger.reading() as conn:
        now = deliveries.get(conn, one.id)
    assert now
    return now.state, now.reason


def test_each_verdict_leads_to_its_state_and_touches_no_other(tmp_path: Path) -> None:
    with released(tmp_path / "p", 4, toy.Toy(Channel.EMAIL, toy.unsure)) as sent:
        sent.send()
        first, second, third, fourth = doubtful(sent)
        assert say(sent, first, Verdict.ARRIVED) == (DeliveryState.DELIVERED, "person-arrived")
        assert say(sent, second, Verdict.LEAVE) == (DeliveryState.REFUSED, "person-not-arrived")
        assert say(sent, third, Verdict.SEND) == (DeliveryState.QUEUED, "person-resend")
        assert [one.id for one in doubtful(sent)] == [fourth.id]
        assert retry_refused.refusals(sent.project, sent.broadcast) == []
        with sent.project.ledger.reading() as conn:
            assert set(counters.by_state(conn, sent.broadcast.id).values()) == {1}
            (last, *_) = audit.recent(conn)
            assert audit.verify(conn).broken_at is None
        assert (last.entry.by, last.entry.action, last.entry.host) == ("amina", "unsure-settle", "desk")
        said = {"broadcast": sent.broadcast.id, "delivery": third.id, "verdict": "send", "evidence": "person"}
        assert last.entry.detail == said
        assert "@" not in json.dumps(last.entry.detail)


def test_what_is_not_in_doubt_is_left(tmp_path: Path) -> None:
    with released(tmp_path / "p", 2, toy.Toy(Channel.EMAIL, toy.unsure)) as sent:
        sent.send()
        first, _ = doubtful(sent)
        say(sent, first, Verdict.ARRIVED)
        for verdict in Verdict:
            with pytest.raises(NotInDoubtError):
                say(sent, first, verdict)
        with sent.project.ledger.reading() as conn:
            assert len([one for one in audit.recent(conn) if one.entry.action == "unsure-settle"]) == 1


def test_nothing_is_sent_a_third_time_or_of_what_was_cancelled(tmp_path: Path) -> None:
    with released(tmp_path / "p", 2, toy.Toy(Channel.EMAIL, toy.unsure)) as sent:
        sent.send()
        first, second = doubtful(sent)
        say(sent, first, Verdict.SEND)
        sent.send()
        with pytest.raises(NotResentError):
            say(sent, first, Verdict.SEND)
        with sent.project.ledger.writing() as conn:
            assert broadcasts.set_state(conn, sent.broadcast.id, {BroadcastState.FINISHED}, BroadcastState.CANCELLED)
        with pytest.raises(NotResentError):
            say(sent, second, Verdict.SEND)
        assert say(sent, second, Verdict.LEAVE)[0] is DeliveryState.REFUSED
