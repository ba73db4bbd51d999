"""Those who were turned down get it once more where that can help, and nobody gets it twice."""

from collections import Counter
from pathlib import Path

import pytest

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.outgoing_messages import Outgoing
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.delivery.reports import ReportedEvent
from broadcaster.services.access.permissions import Actor, Permission, command_line_actor
from broadcaster.services.recipients import suppression_list
from broadcaster.services.sending import control, retry_refused
from broadcaster.services.sending.control import WrongStateError
from tests.services.sent import Sent, released, report
from tests.services.stage import sql
from tests.services.toy import Toy, accepted

ANSWERS = {
    "person0": "mailbox-full",
    "person1": "address-unknown",
    "person2": "sender-refused",
    "person3": "message-refused",
}


def turned_down(message: Outgoing) -> Receipt:
    """Some are refused, the others are taken."""
    code = ANSWERS.get(str(message.to).partition("@")[0], "")
    return Receipt(message.delivery_id, Outcome.REFUSED, code) if code else accepted(message)


def by(sent: Sent) -> Actor:
    return command_line_actor(sent.project.settings, "amina", Permission.SETTLE)


def mended(sent: Sent) -> None:
    """From now on the provider takes everything."""
    sent.toy.answer = accepted
    sent.toy.had.clear()


def test_only_what_a_second_try_can_bring_through_goes_again(tmp_path: Path) -> None:
    with released(tmp_path / "p", 6, Toy(Channel.EMAIL, turned_down)) as sent:
        sent.send()
        assert {
            (one.reason, one.count, one.passing) for one in retry_refused.count_refused(sent.project, sent.fresh())
        } == {
            ("address-unknown", 1, False),
            ("mailbox-full", 1, True),
            ("message-refused", 1, False),
            ("sender-refused", 1, True),
        }
        assert sent.fresh().state == "finished"
        mended(sent)
        assert retry_refused.requeue_refused_deliveries(sent.project, sent.fresh(), by(sent)) == 2
        assert sent.fresh().state == "sending"
        sent.send()
        assert Counter(one.to for one in sent.toy.had) == {"person0@example.org": 1, "person2@example.org": 1}
        assert sent.states() == {"accepted": 4, "refused": 2}
        assert sent.fresh().state == "finished"
        found = sql(tmp_path / "p", "SELECT by, action FROM audit ORDER BY seq DESC LIMIT 2")
        assert found == [("", "finish"), ("amina", "send-again")]


def test_each_goes_again_once(tmp_path: Path) -> None:
    with released(tmp_path / "p", 2, Toy(Channel.EMAIL, turned_down)) as sent:
        sent.send()
        for expected in (1, 0, 0):
            assert retry_refused.requeue_refused_deliveries(sent.project, sent.fresh(), by(sent)) == expected
            sent.send()
        assert Counter(one.to for one in sent.toy.had) == {"person0@example.org": 2, "person1@example.org": 1}


def test_what_went_out_or_came_back_never_goes_again(tmp_path: Path) -> None:
    with released(tmp_path / "p", 3) as sent:
        sent.send()
        first, second, _ = [f"{one.id}-{one.attempts}" for one in sent.deliveries()]
        sent.told([report(first, ReportedEvent.BOUNCED, code="mailbox-full"), report(second, ReportedEvent.COMPLAINED)])
        mended(sent)
        assert retry_refused.requeue_refused_deliveries(sent.project, sent.fresh(), by(sent)) == 0
        sent.send()
        assert sent.toy.had == []


def test_whoever_said_no_in_between_gets_nothing(tmp_path: Path) -> None:
    with released(tmp_path / "p", 1, Toy(Channel.EMAIL, turned_down)) as sent:
        sent.send()
        mended(sent)
        suppression_list.suppress(sent.project, "person0@example.org", "said so", by(sent))
        assert retry_refused.requeue_refused_deliveries(sent.project, sent.fresh(), by(sent)) == 1
        sent.send()
        assert sent.toy.had == []
        assert sent.states() == {"skipped": 1}


def test_a_cancelled_broadcast_stays_so(tmp_path: Path) -> None:
    with released(tmp_path / "p", 1, Toy(Channel.EMAIL, turned_down)) as sent:
        control.cancel(sent.project, sent.fresh())
        with pytest.raises(WrongStateError):
            retry_refused.requeue_refused_deliveries(sent.project, sent.fresh(), by(sent))
