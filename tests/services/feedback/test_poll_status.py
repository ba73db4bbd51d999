"""A text of which no report came is asked after, a few times, and what is learnt counts as if it had been reported."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.reports import Report, ReportedEvent
from broadcaster.ledger.database import tables
from broadcaster.providers.base import StatusProvider
from broadcaster.providers.twilio import Twilio, TwilioAccount, TwilioEndpoint
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.delivering import dispatch
from broadcaster.services.feedback import poll_status, provider_reports
from broadcaster.services.project.project import now
from broadcaster.services.recipients import suppression_list
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.sending import housekeeping
from broadcaster.services.sending import unsure as doubting
from broadcaster.services.sending.send_command import SendCommand, release_campaign
from tests.projects import CAMPAIGN, approve, make_project, person
from tests.services.sent import Sent
from tests.services.toy import Toy
from tests.standins.http import Fault
from tests.standins.twilio import SID, TOKEN, TwilioPlan, TwilioStandIn

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@contextmanager
def texting(folder: Path, people: int, **plan: object) -> Iterator[tuple[Sent, TwilioStandIn]]:
    """A broadcast of texts that was sent by Twilio, and the account it went by; nothing is reported back."""
    rows = [person(n, email="", phone=f"+447700900{n:03}") for n in range(people)]
    with TwilioStandIn(TwilioPlan(senders=("Ashmere",), **plan), folder) as server:  # type: ignore[arg-type]  # its own
        twilio = Twilio(TwilioAccount(SID, TOKEN, None, None, TwilioEndpoint(server.url, ca_file=server.ca_file)))
        assert isinstance(twilio, StatusProvider)
        approve(make_project(folder / "project", rows))
        with open_project(folder / "project") as opened:
            project = replace(opened, providers=dict(opened.providers) | {Channel.SMS: twilio})
            with registered_runner(project) as runner:
                word = SendCommand(command_line_actor(project.settings, "david", Permission.SEND), runner.id, "")
                broadcast = release_campaign(project, project.campaign(CAMPAIGN), word)
                dispatch.send_broadcast(project, runner.id, broadcast.id, dispatch.RunOptions())
                yield Sent(project, Toy(), runner.id, broadcast), server


def pass_by(monkeypatch: pytest.MonkeyPatch, age: timedelta) -> None:
    """It is so much later than the texts were taken."""
    monkeypatch.setattr(poll_status, "now", lambda: now() + age)


def asked(server: TwilioStandIn) -> int:
    return len([one for one in server.requests if one.method == "GET"])


def test_what_no_report_told_is_learnt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with texting(tmp_path, 3) as (sent, server):
        delivered, lost, waiting = (line["sid"] for line in server.taken)
        server.becomes(delivered, "delivered")
        server.becomes(lost, "undelivered", 30006)
        server.becomes(waiting, "sent")
        housekeeping.tidy(sent.project)
        assert asked(server) == 0, "it is too early"
        pass_by(monkeypatch, 16 * MINUTE)
        housekeeping.tidy(sent.project)
        assert sent.states() == {"delivered": 1, "bounced": 1, "accepted": 1}
        assert [one.reason for one in suppression_list.list_suppressions(sent.project)] == ["bounced"]
        assert asked(server) == 3


def test_each_is_asked_after_once_at_each_age(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with texting(tmp_path, 2) as (sent, server):
        for age, times in ((14 * MINUTE, 0), (16 * MINUTE, 2), (119 * MINUTE, 2), (121 * MINUTE, 4), (13 * HOUR, 6)):
            pass_by(monkeypatch, age)
            for _ in range(3):
                poll_status.poll_open_texts(sent.project)
            assert asked(server) == times, age


def test_what_is_older_than_a_day_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with texting(tmp_path, 2) as (sent, server):
        pass_by(monkeypatch, 25 * HOUR)
        assert poll_status.poll_open_texts(sent.project) == 0
        assert asked(server) == 0


def test_many_have_their_turn_in_small_rounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll_status, "TEXTS_PER_ROUND", 10)
    with texting(tmp_path, 35) as (sent, server):
        # As if each had been taken at an instant of its own.
        with sent.project.ledger.writing() as conn:
            rows = conn.execute(tables.attempts.select().order_by(tables.attempts.c.delivery)).all()
            for n, row in enumerate(rows):
                change = tables.attempts.update().where(tables.attempts.c.delivery == row.delivery)
                conn.execute(change.values(ended_at=row.ended_at - n * timedelta(seconds=1)))
        pass_by(monkeypatch, 30 * MINUTE)
        for times in (10, 20, 30, 35, 35):
            poll_status.poll_open_texts(sent.project)
            assert asked(server) == times
        assert len({one.path for one in server.requests if one.method == "GET"}) == 35


@pytest.mark.parametrize("times", [1, 3])
def test_what_could_not_be_asked_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    faults = (Fault("before", "reply", status=500, match="/Messages/SM", times=times),)
    with texting(tmp_path, times, faults=faults) as (sent, server):
        for line in server.taken:
            server.becomes(line["sid"], "delivered")
        pass_by(monkeypatch, 16 * MINUTE)
        housekeeping.tidy(sent.project)
        assert sent.states() == {"accepted": times}
        housekeeping.tidy(sent.project)
        assert sent.states() == {"delivered": times}


def test_one_that_was_deleted_there_keeps_none_of_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with texting(tmp_path, 2) as (sent, server):
        first, second = (line["sid"] for line in server.taken)
        server.deletes(first)
        server.becomes(second, "delivered")
        pass_by(monkeypatch, 16 * MINUTE)
        assert poll_status.poll_open_texts(sent.project) == 1
        assert sent.states() == {"accepted": 1, "delivered": 1}


def test_a_report_that_comes_after_all_changes_nothing_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with texting(tmp_path, 1) as (sent, server):
        [line] = server.taken
        server.becomes(line["sid"], "undelivered", 30005)
        pass_by(monkeypatch, 16 * MINUTE)
        assert poll_status.poll_open_texts(sent.project) == 1
        [one] = sent.deliveries()
        late = Report(f"{line['sid']}:undelivered", f"{one.id}-1", ReportedEvent.BOUNCED, now(), strikes=2)
        assert provider_reports.receive(sent.project, "twilio", [late]) == 0


def test_proof_that_it_was_taken_and_lost_says_both(tmp_path: Path) -> None:
    """Its answer was lost, then Twilio's list shows that the carrier blocked it."""
    with texting(tmp_path, 1, faults=(Fault("after", "drop"),)) as (sent, server):
        assert sent.states() == {"unsure": 1}
        server.becomes(server.taken[0]["sid"], "undelivered", 30007)
        doubting.reconcile(sent.project, sent.broadcast)
        assert sent.states() == {"bounced": 1}
        assert [one.reason for one in sent.deliveries()] == ["carrier-filtered"]


def test_what_twilio_bills_is_booked_from_its_answer_and_from_what_it_says_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with texting(tmp_path, 3) as (sent, server):
        assert broadcast_status.segments_billed(sent.project, sent.broadcast) == 3, "one each, by the answers"
        for line, said in zip(server.taken, ("2", "0", "many"), strict=True):
            server.becomes(line["sid"], "delivered", num_segments=said)
        pass_by(monkeypatch, 16 * MINUTE)
        housekeeping.tidy(sent.project)
        assert broadcast_status.segments_billed(sent.project, sent.broadcast) == 4, "what says nothing changes nothing"
