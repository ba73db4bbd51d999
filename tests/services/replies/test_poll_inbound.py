"""A text that no hook brought is fetched, followed, and answered while it is fresh."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.delivery.reports import InboundText
from broadcaster.ledger.feedback import polling_cursors
from broadcaster.providers.twilio import Twilio, TwilioAccount, TwilioEndpoint
from broadcaster.services.project.project import Project, now
from broadcaster.services.recipients import suppression_list
from broadcaster.services.replies import inbound_texts, poll_inbound
from broadcaster.services.sending import housekeeping
from tests.projects import make_project, person
from tests.standins.http import Fault
from tests.standins.twilio import SID, TOKEN, TwilioPlan, TwilioStandIn

CORA, OURS = "+447700900222", "+447700900999"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@contextmanager
def house(folder: Path, **plan: object) -> Iterator[tuple[Project, TwilioStandIn]]:
    """A project whose account at Twilio is asked, while its texts go to the outbox."""
    rows = [person(1, email="", phone=CORA)]
    with TwilioStandIn(TwilioPlan(**plan), folder) as server:  # type: ignore[arg-type]  # its own fields
        account = TwilioAccount(SID, TOKEN, None, None, TwilioEndpoint(server.url, ca_file=server.ca_file), (OURS,))
        hooks: Mapping[str, Twilio] = {"twilio": Twilio(account)}
        with open_project(make_project(folder / "project", people=rows)) as project:
            yield replace(project, hooks=hooks), server


def barred(project: Project) -> list[str]:
    return [one.reason for one in suppression_list.list_suppressions(project)]


def test_a_stop_that_no_hook_brought_is_heard_in_the_round_of_a_minute(tmp_path: Path) -> None:
    with house(tmp_path) as (project, server):
        server.says(CORA, "توقف", ago=20 * MINUTE)
        housekeeping.tidy(project)
        assert barred(project) == ["stop"]
        assert [(one["to"], one["from"]) for one in server.taken] == [(CORA, OURS)]
        for _ in range(2):
            housekeeping.tidy(project)
        assert len(server.taken) == 1, "it was answered again"
        assert len(inbound_texts.list_replies(project, seen=True)) == 1


def test_what_the_hook_had_brought_is_not_done_twice(tmp_path: Path) -> None:
    with house(tmp_path) as (project, server):
        sid = server.says(CORA, "hello")
        assert inbound_texts.receive(project, "twilio", InboundText(sid, CORA, OURS, "hello", now()))
        assert poll_inbound.collect(project) == 0
        assert server.taken == []


@pytest.mark.parametrize(("ago", "answers"), [(50 * MINUTE, 1), (70 * MINUTE, 0), (20 * 60 * MINUTE, 0)])
def test_a_late_stop_counts_and_is_not_answered(tmp_path: Path, ago: timedelta, answers: int) -> None:
    with house(tmp_path) as (project, server):
        server.says(CORA, "STOP", ago=ago)
        assert poll_inbound.collect(project) == 1
        assert barred(project) == ["stop"]
        assert len(server.taken) == answers


def test_a_start_that_is_found_late_does_not_undo_the_stop_after_it(tmp_path: Path) -> None:
    with house(tmp_path) as (project, server):
        inbound_texts.receive(project, "twilio", InboundText("SM" + "f" * 32, CORA, OURS, "STOP", now() - 5 * MINUTE))
        server.says(CORA, "START", ago=10 * MINUTE)
        poll_inbound.collect(project)
        assert barred(project) == ["stop"]
        server.says(CORA, "START")
        poll_inbound.collect(project)
        assert barred(project) == []


def test_stop_and_start_that_were_both_missed_are_followed_in_their_order(tmp_path: Path) -> None:
    with house(tmp_path) as (project, server):
        server.says(CORA, "START", ago=5 * MINUTE)
        server.says(CORA, "STOP", ago=10 * MINUTE)
        assert poll_inbound.collect(project) == 2
        assert barred(project) == []


def test_it_looks_back_to_the_last_look_and_some_more(tmp_path: Path) -> None:
    with house(tmp_path) as (project, server):
        began = now()
        with project.ledger.writing() as conn:
            polling_cursors.save(conn, "texts-twilio", began - 5 * DAY)
        server.says(CORA, "before the look", ago=5 * DAY + 50 * MINUTE)
        server.says(CORA, "long before it", ago=5 * DAY + 70 * MINUTE)
        assert poll_inbound.collect(project) == 1
        with project.ledger.reading() as conn:
            last = polling_cursors.get(conn, "texts-twilio")
        assert last is not None
        assert last >= began


def test_what_was_not_heard_whole_is_asked_for_again_and_harms_nothing_else(tmp_path: Path) -> None:
    with house(tmp_path, faults=(Fault("before", "reply", status=500, times=1),)) as (project, server):
        server.says(CORA, "stop", ago=2 * MINUTE)
        housekeeping.tidy(project)
        assert barred(project) == []
        with project.ledger.reading() as conn:
            assert polling_cursors.get(conn, "texts-twilio") is None
        housekeeping.tidy(project)
        assert barred(project) == ["stop"]
