"""Reports and receipts that suppress an address, at once or after several strikes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.delivery.outgoing_messages import Outgoing
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.delivery.reports import ReportedEvent
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.feedback import soft_bounces
from broadcaster.ledger.feedback.report_application import DeliveryReports
from broadcaster.ledger.recipients import suppressions
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.feedback import auto_suppress
from broadcaster.services.recipients import suppression_list
from broadcaster.services.recipients.erasure import erase_person
from tests.projects import make_project
from tests.services.sent import attempts, released, report
from tests.services.toy import Toy


def test_what_lasts_suppresses_the_address_at_once(tmp_path: Path) -> None:
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
        assert sent.suppressed() == {f"person{number}@example.org": way[-1] for number, way in enumerate(ways)}
        assert {(one.by, one.note, one.channel) for one in suppression_list.list_suppressions(sent.project)} == {
            ("toy", "", Channel.EMAIL)
        }
        assert sent.states() == {"delivered": 1, "bounced": 2, "complained": 1, "refused": 3}


def test_what_a_person_says_stands_before_what_a_machine_found_and_never_behind_it(tmp_path: Path) -> None:
    with released(tmp_path / "p", 2) as sent:
        sent.send()
        first, second = attempts(sent)
        sent.told([report(first, ReportedEvent.BOUNCED, strikes=1), report(first, ReportedEvent.DROPPED, strikes=1)])
        assert sent.suppressed() == {"person0@example.org": "bounced"}, "of two machines the first"
        sent.told([report(first, ReportedEvent.COMPLAINED)])
        assert sent.suppressed() == {"person0@example.org": "complained"}
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


def test_somebody_suppressed_in_a_send_under_way_gets_nothing_more(tmp_path: Path) -> None:
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
    ("story", "is_suppressed"),
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
def test_the_third_soft_bounce_suppresses_unless_something_arrived_since(
    tmp_path: Path, story: list[str], is_suppressed: bool, in_one_batch: bool
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
        assert bool(suppression_list.list_suppressions(project)) is is_suppressed


def test_a_failure_that_is_told_in_several_ways_is_one_strike(tmp_path: Path) -> None:
    with released(tmp_path / "p", 1) as sent:
        sent.send()
        [one] = attempts(sent)
        sent.told([report(one, ReportedEvent.BOUNCED, code="mailbox-full", strikes=3) for _ in range(5)])
        sent.told([report(one, ReportedEvent.BOUNCED, code="mailbox-full", strikes=3)])
        assert sent.suppressed() == {}


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
        assert sent.suppressed() == {}


def test_an_answer_can_suppress_the_address_too(tmp_path: Path) -> None:
    codes = {"person0@example.org": "address-unknown", "person1@example.org": "opted-out-at-provider"}

    def answer(message: Outgoing) -> Receipt:
        code = codes.get(message.to, "")
        outcome = Outcome.REFUSED if code else Outcome.ACCEPTED
        return Receipt(message.delivery_id, outcome, code, suppress=bool(code))

    with released(tmp_path / "p", 3, Toy(answer=answer)) as sent:
        sent.send()
        assert sent.suppressed() == {"person0@example.org": "refused", "person1@example.org": "stop"}
        assert sent.states() == {"accepted": 1, "refused": 2}


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
        assert sent.suppressed() == {"": "erased"}
