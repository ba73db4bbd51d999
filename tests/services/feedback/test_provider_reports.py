"""What providers report, from the hook's hand-over to the ledger: strikes, suppressions, brakes, resends."""

import itertools
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.delivery.outgoing_messages import Outgoing
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.delivery.reports import Report, ReportedEvent
from broadcaster.domain.states import BroadcastState
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.broadcasting import broadcasts, delivery_counters
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.database import tables
from broadcaster.ledger.database.column_types import to_micros
from broadcaster.ledger.delivery import delivery_search
from broadcaster.ledger.delivery.deliveries import Delivery
from broadcaster.ledger.delivery.delivery_search import ALL_DELIVERIES
from broadcaster.ledger.feedback import reports, soft_bounces
from broadcaster.ledger.feedback.report_application import DeliveryReports
from broadcaster.ledger.recipients import suppressions
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.feedback import auto_suppress, provider_reports
from broadcaster.services.project.project import Project, now
from broadcaster.services.recipients import suppression_list
from broadcaster.services.recipients.erasure import erase_person
from broadcaster.services.sending import control, dispatch, housekeeping
from broadcaster.services.sending import unsure as doubting
from broadcaster.services.sending.send_command import SendCommand, release_campaign
from tests.projects import CAMPAIGN, Rows, approve, make_project
from tests.services.toy import Toy, unsure

_numbers = itertools.count()


def report(attempt_id: str, happened: ReportedEvent, **more: object) -> Report:
    """A report with a key of its own."""
    told = {"key": f"key-{next(_numbers)}", "attempt_id": attempt_id, "happened": happened, "at": now()}
    return Report(**told | more)  # type: ignore[arg-type]  # its own fields


@dataclass(frozen=True)
class Sent:
    """A broadcast that goes to a toy."""

    project: Project
    toy: Toy
    runner: str
    broadcast: Broadcast

    def send(self) -> None:
        dispatch.send_broadcast(self.project, self.runner, self.broadcast.id, dispatch.RunOptions())

    def deliveries(self) -> list[Delivery]:
        with self.project.ledger.reading() as conn:
            return delivery_search.list_page(conn, self.broadcast.id, ALL_DELIVERIES, 0, 10_000)

    def told(self, told: Sequence[Report]) -> None:
        """The provider says it, and it is applied."""
        assert provider_reports.receive(self.project, "toy", told) == len(told)
        assert provider_reports.apply(self.project) == len(told)

    def states(self) -> dict[str, int]:
        with self.project.ledger.reading() as conn:
            return {state.value: n for state, n in delivery_counters.count_by_state(conn, self.broadcast.id).items()}

    def fresh(self) -> Broadcast:
        with self.project.ledger.reading() as conn:
            found = broadcasts.get(conn, self.broadcast.id)
        assert found is not None
        return found

    def barred(self) -> dict[str, str]:
        return {one.address: one.reason for one in suppression_list.list_suppressions(self.project)}


@contextmanager
def released(
    folder: Path, people: int | Rows, toy: Toy | None = None, crisis: str = "", **campaign: str
) -> Iterator[Sent]:
    """A campaign that was released, with nobody written to yet."""
    toy = toy or Toy()
    make_project(folder, people, campaigns={CAMPAIGN: campaign})
    approve(folder)
    with open_project(folder) as opened:
        project = replace(opened, providers=dict(opened.providers) | {toy.channel: toy})
        with registered_runner(project) as runner:
            word = SendCommand(command_line_actor(project.settings, "david", Permission.SEND), runner.id, crisis)
            yield Sent(project, toy, runner.id, release_campaign(project, project.campaign(CAMPAIGN), word))


def attempts(sent: Sent) -> list[str]:
    return [f"{one.id}-{one.attempts}" for one in sent.deliveries()]


def test_what_lasts_bars_the_address_at_once(tmp_path: Path) -> None:
    ways = [
        (ReportedEvent.BOUNCED, "address-unknown", 1, "bounced"),
        (ReportedEvent.DROPPED, "message-refused", 1, "refused"),
        (ReportedEvent.DROPPED, "opted-out-at-provider", 1, "stop"),
        (ReportedEvent.DROPPED, "unsubscribed", 1, "unsubscribed"),
        (ReportedEvent.COMPLAINED, "", 0, "complained"),
        (ReportedEvent.UNSUBSCRIBED, "", 0, "unsubscribed"),
    ]
    with released(tmp_path / "p", len(ways) + 1) as sent:
        sent.send()
        told = [
            report(attempt_id, happened, code=code, strikes=count)
            for attempt_id, (happened, code, count, _) in zip(attempts(sent), ways, strict=False)
        ]
        sent.told([*told, report(attempts(sent)[-1], ReportedEvent.BOUNCED, code="blocked", strikes=0)])
        assert sent.barred() == {f"person{number}@example.org": way[-1] for number, way in enumerate(ways)}
        assert {(one.by, one.note, one.channel) for one in suppression_list.list_suppressions(sent.project)} == {
            ("toy", "", Channel.EMAIL)
        }
        assert sent.states() == {"delivered": 1, "bounced": 2, "complained": 1, "refused": 3}


def test_what_a_person_says_stands_before_what_a_machine_found_and_never_behind_it(tmp_path: Path) -> None:
    with released(tmp_path / "p", 2) as sent:
        sent.send()
        first, second = attempts(sent)
        sent.told([report(first, ReportedEvent.BOUNCED, strikes=1), report(first, ReportedEvent.DROPPED, strikes=1)])
        assert sent.barred() == {"person0@example.org": "bounced"}, "of two machines the first"
        sent.told([report(first, ReportedEvent.COMPLAINED)])
        assert sent.barred() == {"person0@example.org": "complained"}
        sent.told([report(first, ReportedEvent.UNSUBSCRIBED), report(first, ReportedEvent.BOUNCED, strikes=1)])
        sent.told([report(second, ReportedEvent.UNSUBSCRIBED), report(second, ReportedEvent.BOUNCED, strikes=1)])
        assert {one.address: one.reasons for one in suppression_list.list_suppressions(sent.project)} == {
            "person0@example.org": ("complained", "unsubscribed", "bounced"),
            "person1@example.org": ("unsubscribed",),
        }


def test_the_audit_log_knows_whose_word_was_heard(tmp_path: Path) -> None:
    with released(tmp_path / "p", 2) as sent:
        sent.send()
        first, second = attempts(sent)
        sent.told([report(first, ReportedEvent.BOUNCED, strikes=1), report(first, ReportedEvent.COMPLAINED)])
        sent.told([report(first, ReportedEvent.COMPLAINED), report(second, ReportedEvent.BOUNCED, strikes=1)])
        with sent.project.ledger.reading() as conn:
            said = [one.entry for one in audit.list_recent(conn) if one.entry.subject == "suppressions"]
            assert audit.verify(conn).broken_at is None
        assert [(one.by, one.action, one.detail["reason"]) for one in said] == [("toy", "suppress", "complained")]
        assert "person0" not in str(said)


def test_somebody_barred_in_a_send_under_way_gets_nothing_more(tmp_path: Path) -> None:
    with released(tmp_path / "p", 3) as sent:
        first, *_ = sent.deliveries()
        with sent.project.ledger.writing() as conn:
            new = suppressions.NewSuppression(Channel.EMAIL, first.blind, "", SuppressionReason.COMPLAINED, "toy")
            suppressions.add(conn, new)
        sent.send()
        assert sent.states() == {"accepted": 2, "skipped": 1}


START = datetime(2026, 1, 1, 9, tzinfo=UTC)
STEPS = {"soft": ReportedEvent.BOUNCED, "arrived": ReportedEvent.DELIVERED}


@pytest.mark.parametrize("in_one_batch", [False, True])
@pytest.mark.parametrize(
    ("story", "barred"),
    [
        (["soft 1", "soft 2"], False),
        (["soft 1", "soft 2", "soft 3"], True),
        (["soft 1", "soft 2", "arrived 3", "soft 4"], False),
        (["soft 1", "soft 2", "arrived 3", "soft 4", "soft 5", "soft 6"], True),
        (["soft 2", "soft 3", "arrived 1", "soft 4"], True),  # it arrived before all of them
        (["soft 3", "soft 1", "arrived 2", "soft 4"], True),
        # Over SMTP nobody says that something arrived.
        (["soft 1", "soft 800", "soft 1600"], False),
        (["soft 1", "soft 60", "soft 120"], True),
        (["soft 1", "soft 60", "soft 122"], False),
        (["soft 1", "soft 60", "soft 122", "soft 150", "soft 160"], True),
        (["soft 160", "soft 150", "soft 1"], False),
        (["soft 160", "soft 1", "soft 150", "soft 140"], True),
    ],
)
def test_the_third_soft_bounce_bars_unless_something_arrived_since(
    tmp_path: Path, story: list[str], barred: bool, in_one_batch: bool
) -> None:
    """Each step is about another letter to the same person; the number is the day on which it happened."""
    told: list[DeliveryReports] = []
    for step in story:
        what, day = step.split()
        at = START + timedelta(days=int(day))
        one = report("letter-1", STEPS[what], at=at, code="mailbox-full", strikes=3 if what == "soft" else 0)
        told.append(DeliveryReports("b", Channel.EMAIL, "toy", b"b" * 16, "a@example.org", (one,), one))
    make_project(tmp_path / "p")
    with open_project(tmp_path / "p") as project:
        for batch in [told] if in_one_batch else [[each] for each in told]:
            with project.ledger.writing() as conn:
                auto_suppress.suppress_by_reports(conn, batch)
        assert bool(suppression_list.list_suppressions(project)) is barred


def test_a_failure_that_is_told_in_several_ways_is_one_strike(tmp_path: Path) -> None:
    with released(tmp_path / "p", 1) as sent:
        sent.send()
        [one] = attempts(sent)
        sent.told([report(one, ReportedEvent.BOUNCED, code="mailbox-full", strikes=3) for _ in range(5)])
        sent.told([report(one, ReportedEvent.BOUNCED, code="mailbox-full", strikes=3)])
        assert sent.barred() == {}


def test_who_is_written_to_again_begins_anew(tmp_path: Path) -> None:
    with released(tmp_path / "p", 1) as sent:
        sent.send()
        [one], [attempt_id] = sent.deliveries(), attempts(sent)
        sent.told([report(attempt_id, ReportedEvent.BOUNCED, code="mailbox-full", strikes=2)])
        sent.told([report(attempt_id, ReportedEvent.COMPLAINED)])
        wenmei = command_line_actor(sent.project.settings, "wenmei", Permission.LIFT)
        suppression_list.lift(sent.project, "person0@example.org", "asked at the meeting", wenmei)
        with sent.project.ledger.reading() as conn:
            assert not soft_bounces.find_with_strikes(conn, [one.blind])
        assert sent.barred() == {}


def test_an_answer_can_bar_the_address_too(tmp_path: Path) -> None:
    codes = {"person0@example.org": "address-unknown", "person1@example.org": "opted-out-at-provider"}

    def answer(message: Outgoing) -> Receipt:
        code = codes.get(message.to, "")
        outcome = Outcome.REFUSED if code else Outcome.ACCEPTED
        return Receipt(message.delivery_id, outcome, code, suppress=bool(code))

    with released(tmp_path / "p", 3, Toy(answer=answer)) as sent:
        sent.send()
        assert sent.barred() == {"person0@example.org": "refused", "person1@example.org": "stop"}
        assert sent.states() == {"accepted": 1, "refused": 2}


@pytest.mark.parametrize(
    ("people", "blocked", "crisis", "halts"),
    [(20, 5, "", True), (20, 5, "it cannot wait", True), (19, 5, "", False), (20, 4, "", False), (120, 6, "", False)],
)
def test_a_broadcast_that_carriers_block_is_halted(
    tmp_path: Path, people: int, blocked: int, crisis: str, halts: bool
) -> None:
    with released(tmp_path / "p", people + 1, crisis=crisis) as sent:
        _hold_one_back(sent)
        told = [report(one, ReportedEvent.BOUNCED, code="carrier-filtered") for one in attempts(sent)[:blocked]]
        sent.told(told[:-1])
        assert sent.fresh().state is BroadcastState.SENDING
        sent.told(told[-1:])
        found = sent.fresh()
        assert (found.state is BroadcastState.PAUSED) is halts
        if halts:
            assert found.halt_code == "carriers-block"
            assert found.halt_reason.startswith("Carriers block these texts: 5 of 20 did not get through.")


@pytest.mark.parametrize(
    ("code", "people", "told", "halted"),
    [
        ("sender-not-registered", 20, 5, "provider-drops"),
        ("account-suspended", 100, 6, "provider-drops"),
        ("account-suspended", 120, 6, ""),
        ("blocked", 100, 21, "mail-blocked"),
        ("blocked", 100, 20, ""),
        ("blocked", 99, 60, ""),
        ("address-unknown", 100, 60, ""),
    ],
)
def test_other_reasons_to_halt(tmp_path: Path, code: str, people: int, told: int, halted: str) -> None:
    with released(tmp_path / "p", people + 1) as sent:
        _hold_one_back(sent)
        sent.told([report(one, ReportedEvent.BOUNCED, code=code) for one in attempts(sent)[:told]])
        assert sent.fresh().halt_code == halted


def test_of_somebody_erased_nothing_is_counted_any_more(tmp_path: Path) -> None:
    with released(tmp_path / "p", 1) as sent:
        sent.send()
        [one] = sent.deliveries()
        soft = {"code": "mailbox-full", "strikes": 3}
        sent.told([report(f"{one.id}-1", ReportedEvent.BOUNCED, **soft)])
        wenmei = command_line_actor(sent.project.settings, "wenmei", Permission.ERASE)
        erase_person(sent.project, "all", "person0@example.org", "asked by letter", wenmei)
        with sent.project.ledger.reading() as conn:
            assert not soft_bounces.find_with_strikes(conn, [one.blind])
        sent.told([report(f"{one.id}-1", ReportedEvent.COMPLAINED, detail="5.7.1 no")])
        assert sent.barred() == {"": "erased"}


@pytest.mark.parametrize("code", ["provider-queue-full", "expired-at-provider"])
def test_a_pace_above_the_senders_halts_before_all_is_dropped(tmp_path: Path, code: str) -> None:
    with released(tmp_path / "p", 21, crisis="it cannot wait") as sent:
        _hold_one_back(sent)
        sent.told([report(one, ReportedEvent.DROPPED, code=code) for one in attempts(sent)[:5]])
        assert (sent.fresh().state, sent.fresh().halt_code) == (BroadcastState.PAUSED, "queue-overflows")
        assert "5 of 20" in sent.fresh().halt_reason
        assert "pace" in sent.fresh().halt_reason


def test_whoever_resumes_is_halted_again_only_by_as_much_once_more(tmp_path: Path) -> None:
    with released(tmp_path / "p", 41) as sent:
        _hold_one_back(sent)
        told = [report(one, ReportedEvent.BOUNCED, code="carrier-blocked") for one in attempts(sent)[:10]]
        sent.told(told[:5])
        assert sent.fresh().state is BroadcastState.PAUSED
        control.resume(sent.project, sent.broadcast)
        sent.told(told[5:9])
        assert sent.fresh().state is BroadcastState.SENDING
        sent.told(told[9:])
        assert sent.fresh().state is BroadcastState.PAUSED


@pytest.mark.parametrize(("people", "complaints", "crisis", "halts"), [(1000, 5, "", True), (999, 5, "", False)])
def test_complaints_halt_what_goes_on(tmp_path: Path, people: int, complaints: int, crisis: str, halts: bool) -> None:
    with released(tmp_path / "p", people + 1, crisis=crisis) as sent:
        _hold_one_back(sent)
        sent.told([report(one, ReportedEvent.COMPLAINED) for one in attempts(sent)[:complaints]])
        assert (sent.fresh().halt_code == "complaints") is halts


def test_complaints_do_not_halt_a_crisis(tmp_path: Path) -> None:
    with released(tmp_path / "p", 1001, crisis="it cannot wait") as sent:
        _hold_one_back(sent)
        sent.told([report(one, ReportedEvent.COMPLAINED) for one in attempts(sent)[:5]])
        assert sent.fresh().state is BroadcastState.SENDING


def _hold_one_back(sent: Sent) -> None:
    """Send to all but the last, so that the broadcast goes on."""
    table = tables.deliveries
    with sent.project.ledger.writing() as conn:
        last = table.c.id == sent.deliveries()[-1].id
        conn.execute(table.update().where(last).values(due_at=to_micros(now() + timedelta(days=1))))
    sent.send()


@pytest.mark.parametrize(("reports_back", "minutes", "resent"), [(True, 14, 0), (True, 16, 1), (False, 0, 1)])
def test_a_resend_waits_until_no_report_can_be_on_its_way(
    tmp_path: Path, reports_back: bool, minutes: int, resent: int
) -> None:
    with released(tmp_path / "p", 1, Toy(answer=unsure), if_unsure="resend") as sent:
        sent.send()
        hooks = {"toy": sent.toy} if reports_back else {}
        project = replace(sent.project, hooks=hooks)  # type: ignore[arg-type]  # a toy answers no requests
        with project.ledger.writing() as conn:
            conn.execute(tables.attempts.update().values(started_at=now() - timedelta(minutes=minutes)))
        doubting.reconcile(project, sent.broadcast)
        sent.send()
        assert len(sent.toy.had) == 1 + resent


def test_a_report_that_comes_in_time_settles_what_would_have_been_resent(tmp_path: Path) -> None:
    with released(tmp_path / "p", 2, Toy(answer=unsure), if_unsure="resend") as sent:
        sent.send()
        assert sent.states() == {"unsure": 2}
        # It is only kept yet: whoever reconciles applies it first.
        first, _ = attempts(sent)
        provider_reports.receive(sent.project, "toy", [report(first, ReportedEvent.TAKEN)])
        doubting.reconcile(sent.project, sent.broadcast)
        assert sent.states() == {"accepted": 1, "queued": 1}
        sent.send()
        assert [message.attempt_id for message in sent.toy.had].count(first) == 1
        assert len(sent.toy.had) == 3


def test_the_round_that_a_serving_process_makes_applies_and_forgets(tmp_path: Path) -> None:
    with released(tmp_path / "p", 1) as sent:
        sent.send()
        [one] = attempts(sent)
        provider_reports.receive(sent.project, "toy", [report(one, ReportedEvent.DELIVERED)])
        housekeeping.tidy(sent.project)
        assert sent.states() == {"delivered": 1}
        with sent.project.ledger.writing() as conn:
            conn.execute(
                tables.reports.update().values(
                    received_at=now() - provider_reports.REPORT_RETENTION - timedelta(days=1)
                )
            )
        housekeeping.tidy(sent.project)
        with sent.project.ledger.reading() as conn:
            assert conn.execute(tables.reports.select()).all() == []


def test_a_hundred_thousand_reports_are_done_in_a_bounded_time(tmp_path: Path) -> None:
    """2,000 deliveries, of each a report that came 46 times and four more that did not, in no order."""
    with released(tmp_path / "p", 2000) as sent:
        sent.send()
        again = [report(one, ReportedEvent.DELIVERED) for one in attempts(sent)]
        others = [report(one, ReportedEvent.PUT_OFF) for one in attempts(sent) for _ in range(4)]
        told = [*again * 46, *others]
        assert len(told) == 100_000
        begun = time.monotonic()
        random.Random(7).shuffle(told)
        for start in range(0, len(told), 1000):
            provider_reports.receive(sent.project, "toy", told[start : start + 1000])
        with sent.project.ledger.reading() as conn:
            assert reports.has_waiting(conn)
        assert provider_reports.apply(sent.project) == 10_000
        assert time.monotonic() - begun < 60
        assert sent.states() == {"delivered": 2000}
