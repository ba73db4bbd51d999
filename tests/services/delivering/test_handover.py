"""What becomes of a batch: each message by itself, and what the provider's answers mean for it."""

from pathlib import Path

import pytest

from broadcaster.domain.delivery import retry
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.errors import BroadcasterError
from broadcaster.ledger.database import tables
from broadcaster.services.composing.filling import MessageFiller
from tests.services.sent import released
from tests.services.toy import Toy


def test_a_message_that_cannot_be_made_is_held_and_the_others_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill = MessageFiller._message

    def fill_all_but_one(self: MessageFiller, claimed: object, *others: object) -> object:
        if claimed.payload.address == "person1@example.org":  # type: ignore[attr-defined]
            raise BroadcasterError("it cannot be made")
        return fill(self, claimed, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(MessageFiller, "_message", fill_all_but_one)
    with released(tmp_path / "p", 3) as sent:
        sent.send()
        assert sent.states() == {"accepted": 2, "held": 1}
        assert sorted(message.to for message in sent.toy.had) == ["person0@example.org", "person2@example.org"]


def test_a_delivery_that_is_put_off_each_time_is_given_up_after_so_many_attempts(tmp_path: Path) -> None:
    busy = Toy(answer=lambda one: Receipt(one.delivery_id, Outcome.LATER, "busy", "rcpt", retry_after=60))
    with released(tmp_path / "p", 1, busy) as sent:
        for tries in range(1, retry.MOST_TRIES + 3):
            sent.send()
            assert len(busy.had) == min(tries, retry.MOST_TRIES)
            assert sent.states() == {"queued" if tries < retry.MOST_TRIES else "refused": 1}
            with sent.project.ledger.writing() as conn:
                conn.execute(tables.deliveries.update().values(due_at=0))
        assert [one.reason for one in sent.deliveries()] == ["gave-up-busy"]


def test_a_delay_for_quiet_hours_does_not_count_as_an_attempt(tmp_path: Path) -> None:
    soon = Toy(answer=lambda one: Receipt(one.delivery_id, Outcome.LATER, "quiet-hours-near", "hours", retry_after=60))
    with released(tmp_path / "p", 1, soon) as sent:
        for _ in range(retry.MOST_TRIES + 1):
            sent.send()
            with sent.project.ledger.writing() as conn:
                conn.execute(tables.deliveries.update().values(due_at=0))
        assert sent.states() == {"queued": 1}
