import itertools
from collections.abc import Iterable
from datetime import timedelta

import pytest
from sqlalchemy import select

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.domain.delivery.reports import Report, ReportedEvent
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.ledger import Ledger
from broadcaster.ledger.database import tables
from broadcaster.ledger.database.column_types import now_utc
from broadcaster.ledger.delivery import claims, deliveries, delivery_search, unsure_deliveries
from broadcaster.ledger.delivery.delivery_search import ALL_DELIVERIES
from broadcaster.ledger.feedback import report_application, reports
from broadcaster.ledger.feedback.report_application import AppliedReports
from broadcaster.ledger.recipients import erasures
from tests.ledger.stage import NOW, Stage

_numbers = itertools.count()


def report(attempt_id: str, happened: ReportedEvent, **more: object) -> Report:
    """A report with a key of its own."""
    return Report(f"key-{next(_numbers)}", attempt_id, happened, NOW, **more)  # type: ignore[arg-type]  # its own fields


def apply(ledger: Ledger, told: Iterable[Report], provider: str = "smtp") -> AppliedReports:
    with ledger.writing() as conn:
        reports.store_new(conn, provider, list(told))
        waiting = reports.list_waiting(conn, 0, 1000)
        applied = report_application.apply_reports(conn, waiting, NOW)
        reports.mark_applied(conn, [one.seq for one in waiting if one.report], NOW)
    return applied


def _delivery(ledger: Ledger, delivery_id: str) -> deliveries.Delivery:
    with ledger.reading() as conn:
        found = deliveries.get(conn, delivery_id)
    assert found is not None
    return found


def _attempts(ledger: Ledger, seq: int) -> list[tuple[str, str, str, bool]]:
    table = tables.attempts
    with ledger.reading() as conn:
        rows = conn.execute(select(table).where(table.c.delivery == seq).order_by(table.c.n))
        return [(row.outcome, row.reference, row.detail, row.ended_at is not None) for row in rows]


def test_a_report_moves_its_delivery_and_is_kept_as_bare_fact(ledger: Ledger) -> None:
    with Stage.set(ledger, 3) as stage:
        first, second, third = stage.claim()
        stage.record([first, second, third])
        applied = apply(
            ledger,
            [
                report(first.attempt_id, ReportedEvent.DELIVERED, code="ignored"),
                report(
                    second.attempt_id, ReportedEvent.BOUNCED, code="mailbox-full", detail="552 full", reference="theirs"
                ),
                report(third.attempt_id, ReportedEvent.COMPLAINED),
            ],
        )
        assert (len(applied.deliveries), applied.unmatched) == (3, 0)
        assert stage.states() == {
            DeliveryState.DELIVERED: 1,
            DeliveryState.BOUNCED: 1,
            DeliveryState.COMPLAINED: 1,
        }
        assert [_delivery(ledger, one.id).reason for one in (first, second, third)] == [
            "",
            "mailbox-full",
            "complained",
        ]
        assert _attempts(ledger, second.seq) == [("accepted", f"ref-{second.id}", "552 full", True)]
        with ledger.reading() as conn:
            assert not reports.has_waiting(conn)
            assert set(conn.execute(select(tables.reports.c.body, tables.reports.c.applied_at))) == {("", NOW)}


def test_a_report_that_is_repeated_is_kept_once(ledger: Ledger) -> None:
    with Stage.set(ledger, 1) as stage:
        [one] = stage.claim()
        told = report(one.attempt_id, ReportedEvent.DELIVERED)
        with ledger.writing() as conn:
            assert [reports.store_new(conn, "smtp", [told] * 46) for _ in range(2)] == [1, 0]
            assert reports.store_new(conn, "twilio", [told]) == 1
        assert apply(ledger, [told]).unmatched == 1  # the one that the other provider told


@pytest.mark.parametrize(
    "attempt_id",
    ["", "-", "nosuch", "nosuch-1", "{id}-", "{id}-0", "{id}-x", "{id}-²", "{id}-1-1", "{id}-99999999"],
)
def test_what_is_about_nothing_of_ours_changes_nothing(ledger: Ledger, attempt_id: str) -> None:
    with Stage.set(ledger, 1) as stage:
        [one] = stage.claim()
        applied = apply(ledger, [report(attempt_id.format(id=one.id), ReportedEvent.DELIVERED)])
        assert (applied.unmatched, applied.deliveries) == (1, ())
        assert stage.states() == {DeliveryState.SENDING: 1}


def test_a_provider_speaks_only_of_what_it_was_given(ledger: Ledger) -> None:
    with Stage.set(ledger, 1) as stage:
        [one] = stage.claim()
        assert apply(ledger, [report(one.attempt_id, ReportedEvent.DELIVERED)], "twilio").unmatched == 1
        assert stage.states() == {DeliveryState.SENDING: 1}


@pytest.mark.parametrize("odd", ["\ud83d", "\x00"])
def test_what_no_database_takes_is_left_out(ledger: Ledger, odd: str) -> None:
    with Stage.set(ledger, 1) as stage:
        [one] = stage.claim()
        said = Report(f"k{odd}", one.attempt_id, ReportedEvent.BOUNCED, NOW, f"r{odd}", f"c{odd}", f"5.1.1{odd} no")
        assert len(apply(ledger, [said, said]).deliveries) == 1
        assert _attempts(ledger, one.seq) == [("accepted", "r", "5.1.1 no", True)]
        assert _delivery(ledger, one.id).reason == "c"


def test_what_cannot_be_read_is_passed_over(ledger: Ledger) -> None:
    with Stage.set(ledger, 1) as stage:
        [one] = stage.claim()
        with ledger.writing() as conn:
            reports.store_new(conn, "smtp", [report(one.attempt_id, ReportedEvent.TAKEN)])
            conn.execute(tables.reports.update().values(body='{"of": "a newer version"}'))
        applied = apply(ledger, [report(one.attempt_id, ReportedEvent.DELIVERED)])
        assert applied.unmatched == 1
        assert stage.states() == {DeliveryState.DELIVERED: 1}


@pytest.mark.parametrize("state", ["queued", "sending", "unsure", "held", "skipped"])
def test_any_report_proves_that_the_attempt_was_taken(ledger: Ledger, state: str) -> None:
    """Wherever the delivery has come to since, it is not sent again."""
    with Stage.set(ledger, 2) as stage:
        one, _ = stage.claim()
        _bring_to(stage, one, state)
        assert _delivery(ledger, one.id).state is DeliveryState(state)
        apply(ledger, [report(one.attempt_id, ReportedEvent.PUT_OFF, reference="theirs")])
        assert stage.states() == {DeliveryState.ACCEPTED: 1, DeliveryState.SENDING: 1}
        assert stage.claim() == []
        assert _attempts(ledger, one.seq)[0][0] == "accepted"


def _bring_to(stage: Stage, one: claims.Claimed, state: str) -> None:
    if state != "sending":
        stage.record([one], Outcome.UNSURE if state in ("unsure", "held") else Outcome.LATER)
    with stage.ledger.writing() as conn:
        if state == "held":
            unsure_deliveries.settle(conn, stage.broadcast, None, DeliveryState.HELD)
        if state == "skipped":
            assert unsure_deliveries.skip_queued(conn, stage.broadcast, "cancelled") == 1


def test_the_last_one_in_flight_finishes_the_broadcast_by_its_report(ledger: Ledger) -> None:
    with Stage.set(ledger, 1) as stage:
        [one] = stage.claim()
        apply(ledger, [report(one.attempt_id, ReportedEvent.DELIVERED)])
        assert stage.state() is BroadcastState.FINISHED
        late = stage.record([one])
        assert (late.moved, late.superseded) == (0, (one.seq,))
        assert stage.states() == {DeliveryState.DELIVERED: 1}


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.REFUSED, Outcome.LATER, Outcome.UNTRIED, Outcome.UNSURE])
def test_an_attempt_in_flight_gets_its_answer_and_the_delivery_stays(ledger: Ledger, outcome: Outcome) -> None:
    """The first attempt is reported on while the second, a resend, is with the provider."""
    with Stage.set(ledger, 1) as stage:
        [first] = stage.claim()
        stage.record([first], Outcome.LATER)
        [second] = stage.claim()
        apply(ledger, [report(first.attempt_id, ReportedEvent.TAKEN)])
        assert stage.record([second], outcome).superseded == (second.seq,)
        assert stage.states() == {DeliveryState.ACCEPTED: 1}
        assert stage.claim() == []
        assert [row[0] for row in _attempts(ledger, first.seq)] == ["accepted", outcome.value]


def test_a_bounce_that_names_the_delivery_alone_is_about_its_last_attempt(ledger: Ledger) -> None:
    with Stage.set(ledger, 1) as stage:
        for outcome in (Outcome.LATER, Outcome.ACCEPTED):
            [one] = stage.claim()
            stage.record([one], outcome)
        apply(ledger, [report(one.id, ReportedEvent.BOUNCED, detail="550 no such user")])
        assert stage.states() == {DeliveryState.BOUNCED: 1}
        assert [row[2] for row in _attempts(ledger, one.seq)] == ["250 ok", "550 no such user"]


def test_an_attempt_that_a_restored_backup_does_not_know_is_proof_too(ledger: Ledger) -> None:
    with Stage.set(ledger, 1) as stage:
        with ledger.reading() as conn:
            [queued] = delivery_search.list_page(conn, stage.broadcast, ALL_DELIVERIES, 0, 1)
        apply(ledger, [report(f"{queued.id}-1", ReportedEvent.TAKEN)])
        assert stage.states() == {DeliveryState.ACCEPTED: 1}
        assert stage.state() is BroadcastState.FINISHED


def test_of_somebody_erased_no_words_are_kept(ledger: Ledger) -> None:
    with Stage.set(ledger, 1) as stage:
        [one] = stage.claim()
        stage.record([one])
        with ledger.writing() as conn:
            erasures.erase_deliveries(conn, stage.broadcast, one.channel, _blind(ledger, one.id))
        apply(ledger, [report(one.attempt_id, ReportedEvent.BOUNCED, detail="550 person")])
        assert _attempts(ledger, one.seq) == [("accepted", f"ref-{one.id}", "", True)]
        assert stage.states() == {DeliveryState.BOUNCED: 1}


def _blind(ledger: Ledger, delivery_id: str) -> bytes:
    with ledger.reading() as conn:
        table = tables.deliveries
        return bytes(conn.execute(select(table.c.blind).where(table.c.id == delivery_id)).scalar_one())


def test_old_reports_are_forgotten_a_bounded_number_at_a_time(ledger: Ledger) -> None:
    with Stage.set(ledger, 3) as stage:
        apply(ledger, [report(one.attempt_id, ReportedEvent.TAKEN) for one in stage.claim()])
        with ledger.writing() as conn:
            reports.store_new(conn, "smtp", [report("waits-1", ReportedEvent.TAKEN)])
            later = now_utc() + timedelta(days=1)
            assert reports.remove_old(conn, NOW - timedelta(days=400), 10) == 0
            assert [reports.remove_old(conn, later, 2) for _ in range(3)] == [2, 1, 0]
            assert reports.has_waiting(conn)
