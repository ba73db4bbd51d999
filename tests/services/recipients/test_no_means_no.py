"""No means no, at once: what somebody says by text or on our page holds for a send under way, from its next batch on.

The whole way: a campaign is approved and released, real messages go to the outbox batch by batch, and in between people
say what they want, as the hook and the page hand it over.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from itertools import count
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.preferences import Preference
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.delivery import retry
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.delivery.reports import InboundText, Keyword
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.engine import RateLimiter
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.database import tables
from broadcaster.ledger.delivery import claims, deliveries, delivery_search
from broadcaster.ledger.delivery.claims import SettledAttempt
from broadcaster.ledger.delivery.delivery_search import ALL_DELIVERIES
from broadcaster.ledger.recipients import suppressions
from broadcaster.ledger.recipients.suppressions import NewSuppression
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.delivering.broadcast_cache import BroadcastCache
from broadcaster.services.delivering.claimed_work import ClaimedWork
from broadcaster.services.delivering.due_work import DueWork
from broadcaster.services.delivering.handover import Handover
from broadcaster.services.delivering.provider_health import ProviderHealth
from broadcaster.services.planning.plan import plan_submitted_or_next
from broadcaster.services.project.project import Project, now
from broadcaster.services.recipients import erasure, preferences, suppression_list
from broadcaster.services.replies import inbound_texts
from broadcaster.services.sending.send_command import SendCommand, release_campaign
from tests.projects import AUDIENCE, CAMPAIGN, LETTER, approve, make_project, person

PHONES = [f"+4477009001{number:02}" for number in range(6)]
FIRST, LAST = PHONES[0], PHONES[-1]
EMAIL = "person5@example.org"
"""The email address of whoever has the last number."""

LATER = "later"

_keys = count()


@dataclass(frozen=True)
class Sending:
    """A broadcast that goes out batch by batch, by text and by email."""

    project: Project
    broadcast: str
    due_work: DueWork
    handover: Handover

    def batch(self, channel: Channel, limit: int) -> int:
        """Send the next batch; how many messages it held."""
        claimed = self.due_work.claim_next_batch(self.project.providers[channel], limit)
        if claimed is None:
            return 0
        self.handover.deliver(claimed)
        return len(claimed)

    def rest(self) -> None:
        """Send everything that is left."""
        for channel in Channel:
            while self.batch(channel, 2):
                pass
        self.handover.close_sessions()

    def texts(self, sender: str, body: str, handled: Keyword | None = None) -> str:
        """Somebody texts us; what they are told."""
        told = InboundText(f"SM{next(_keys)}", sender, "+447700900999", body, datetime.now(UTC), handled)
        return inbound_texts.receive(self.project, "twilio", told)

    def chooses(self, delivery_id: str, preference: Preference) -> None:
        """Somebody chooses on the page that this message links to."""
        token = self.project.keyring.tokens("unsubscribe").mint([delivery_id])[0]
        assert preferences.choose(self.project, token, preference)

    def id_of(self, address: str) -> str:
        """The delivery to this address."""
        (found,) = (one.id for one in self._deliveries() if one.payload(self.project.keyring).address == address)
        return found

    def skipped(self) -> dict[str, str]:
        """Who was not written to, and why."""
        return {
            one.payload(self.project.keyring).address: one.reason
            for one in self._deliveries()
            if one.state.value == "skipped"
        }

    def outbox(self) -> set[str]:
        """Every address that a message was made for."""
        folder = self.project.settings.outbox_folder
        sms = [json.loads(path.read_bytes())["to"] for path in (folder / "sms").glob("*.json")]
        raw = [
            message_from_bytes(path.read_bytes(), policy=policy.default) for path in (folder / "email").glob("*.eml")
        ]
        mail = [message["to"].addresses[0].addr_spec for message in raw]
        assert len(sms) + len(mail) == len({*sms, *mail}), "nobody twice"
        return {*sms, *mail}

    def finished(self) -> bool:
        with self.project.ledger.reading() as conn:
            found = broadcasts.get(conn, self.broadcast)
        return found is not None and found.state is BroadcastState.FINISHED

    def next_time(self) -> dict[str, int]:
        """Who would be left out of the next letter, and why."""
        return dict(plan_submitted_or_next(self.project, self.project.campaign(LATER)).excluded)

    def _deliveries(self) -> list[deliveries.Delivery]:
        with self.project.ledger.reading() as conn:
            return delivery_search.list_page(conn, self.broadcast, ALL_DELIVERIES, 0, 100)


@pytest.fixture
def sending(tmp_path: Path) -> Iterator[Sending]:
    """Six people, each with a telephone; the last has an email address too. Nothing has gone yet."""
    rows = [person(number, email=EMAIL if phone == LAST else "", phone=phone) for number, phone in enumerate(PHONES)]
    later = {"letter": LETTER, "audience": AUDIENCE, "channel": "both", "when": "2060-01-05 09:00"}
    both = {CAMPAIGN: {"channel": "both"}, LATER: later}
    folder = make_project(tmp_path / "project", people=rows, campaigns=both)
    approve(folder)
    with open_project(folder) as project, registered_runner(project) as runner:
        word = SendCommand(command_line_actor(project.settings, "david", Permission.SEND), runner.id, "")
        broadcast = release_campaign(project, project.campaign(CAMPAIGN), word).id
        claimed_work, health = ClaimedWork(project, runner.id), ProviderHealth()
        limiter = RateLimiter(folder / "var" / "pace", {})
        due_work = DueWork(project, claimed_work, BroadcastCache(project, broadcast), health, limiter)
        yield Sending(project, broadcast, due_work, Handover(project, claimed_work, health))


def test_a_stop_in_the_midst_of_a_send_holds_from_the_next_batch_on(sending: Sending) -> None:
    assert sending.batch(Channel.SMS, 2) == 2
    assert "no more texts" in sending.texts(LAST, "STOP")
    assert "no more texts" in sending.texts(PHONES[3], "stop please")
    sending.rest()
    assert sending.skipped() == {LAST: "stop", PHONES[3]: "stop"}
    assert sending.outbox() == {*PHONES[:3], PHONES[4], EMAIL}, "email goes on"
    assert sending.finished()
    assert sending.next_time() == {"suppressed": 2}


def test_what_the_provider_hears_itself_holds_just_so(sending: Sending) -> None:
    assert sending.texts(LAST, "STOP", Keyword.STOP) == ""
    sending.rest()
    assert sending.skipped() == {LAST: "stop"}


def test_who_had_it_already_hears_of_their_stop_all_the_same(sending: Sending) -> None:
    sending.batch(Channel.SMS, 1)
    assert FIRST in sending.outbox()
    assert "no more texts" in sending.texts(FIRST, "Stop")
    sending.rest()
    assert sending.skipped() == {}
    assert sending.next_time() == {"suppressed": 1}


def test_a_start_before_their_batch_and_it_goes(sending: Sending) -> None:
    sending.batch(Channel.SMS, 2)
    sending.texts(LAST, "STOP")
    assert "texts again" in sending.texts(LAST, "START")
    sending.rest()
    assert sending.outbox() == {*PHONES, EMAIL}


def test_what_is_no_stop_stops_nothing(sending: Sending) -> None:
    for body in ("We have got to STOP this bill", "stop him", "please stop them, I am afraid"):
        sending.texts(LAST, body)
    sending.rest()
    assert LAST in sending.outbox()


def test_stop_then_start_then_unsubscribed_by_email_and_start_again(sending: Sending) -> None:
    assert sending.batch(Channel.EMAIL, 1) == 1
    sending.texts(LAST, "STOP")
    sending.texts(LAST, "START")
    sending.chooses(sending.id_of(EMAIL), Preference.NONE)
    sending.rest()
    assert sending.skipped() == {LAST: "opted-out"}, "said by email, heard for the telephone"
    assert "stay off" in sending.texts(LAST, "START")
    assert sending.next_time() == {"opted-out": 1}, "a text does not overrule what was said about all letters"


def test_start_says_the_truth_to_who_wants_nothing_by_their_other_address(sending: Sending) -> None:
    sending.rest()
    sending.texts(LAST, "STOP")
    sending.chooses(sending.id_of(EMAIL), Preference.NONE)
    assert "stay off" in sending.texts(LAST, "START")


def test_moves_to_texts_and_then_stops_them(sending: Sending) -> None:
    sending.batch(Channel.SMS, 6)
    sending.chooses(sending.id_of(LAST), Preference.SMS)
    sending.rest()
    assert sending.skipped() == {EMAIL: "opted-out"}
    assert sending.next_time() == {}
    assert "no more texts" in sending.texts(LAST, "STOP")
    assert sending.next_time() == {"suppressed": 1}, "and no email instead, which they did not want"


def test_moves_to_email_while_the_text_waits(sending: Sending) -> None:
    sending.batch(Channel.EMAIL, 1)
    sending.chooses(sending.id_of(EMAIL), Preference.EMAIL)
    sending.rest()
    assert sending.skipped() == {LAST: "opted-out"}
    assert "stay off" in sending.texts(LAST, "START")


def test_a_no_that_is_said_again_is_the_last_word_again(sending: Sending) -> None:
    sending.chooses(sending.id_of(EMAIL), Preference.NONE)
    sending.chooses(sending.id_of(LAST), Preference.SMS)
    sending.chooses(sending.id_of(EMAIL), Preference.NONE)
    sending.rest()
    assert sending.skipped() == {EMAIL: "opted-out", LAST: "opted-out"}
    assert sending.next_time() == {"opted-out": 1}


def test_the_last_word_counts_also_when_the_clock_was_put_back_since(sending: Sending) -> None:
    sending.chooses(sending.id_of(LAST), Preference.SMS)
    with sending.project.ledger.writing() as conn:
        conn.execute(tables.consent.update().values(chosen_at=now() + timedelta(days=365)))
    sending.chooses(sending.id_of(EMAIL), Preference.NONE)
    sending.rest()
    assert sending.skipped() == {EMAIL: "opted-out", LAST: "opted-out"}


def test_choosing_the_same_again_is_no_news_for_the_audit_log(sending: Sending) -> None:
    for preference in (Preference.NONE, Preference.NONE, Preference.SMS, Preference.NONE):
        sending.chooses(sending.id_of(EMAIL), preference)
    with sending.project.ledger.reading() as conn:
        said = [one.entry.detail["preference"] for one in audit.list_recent(conn) if one.entry.action == "choose"]
    assert said[::-1] == ["none", "sms", "none"]


def _bar(sending: Sending, channel: Channel, address: str, *reasons: str) -> None:
    blind = blind_address_index(sending.project.keyring, channel, address)
    with sending.project.ledger.writing() as conn:
        for reason in reasons:
            suppressions.add(conn, NewSuppression(channel, blind, address, SuppressionReason(reason), "provider"))


def test_who_unsubscribed_at_the_provider_and_chooses_email_by_an_email_gets_it(sending: Sending) -> None:
    _bar(sending, Channel.EMAIL, EMAIL, "unsubscribed")
    sending.chooses(sending.id_of(EMAIL), Preference.SMS)
    sending.chooses(sending.id_of(LAST), Preference.EMAIL)
    assert [one.reason for one in suppression_list.list_suppressions(sending.project)] == ["unsubscribed"]
    sending.chooses(sending.id_of(EMAIL), Preference.EMAIL)
    assert suppression_list.list_suppressions(sending.project) == []
    with sending.project.ledger.reading() as conn:
        entries = [one.entry for one in audit.list_recent(conn)]
    assert [one.detail["reason"] for one in entries if one.action == "unsuppress"] == ["unsubscribed"]
    sending.rest()
    assert sending.skipped() == {LAST: "opted-out"}
    assert EMAIL in sending.outbox()


@pytest.mark.parametrize("reason", ["bounced", "complained", "by-hand", "erased"])
def test_choosing_email_takes_nothing_else_back(sending: Sending, reason: str) -> None:
    _bar(sending, Channel.EMAIL, EMAIL, reason, "unsubscribed")
    sending.chooses(sending.id_of(EMAIL), Preference.EMAIL)
    assert [one.reasons for one in suppression_list.list_suppressions(sending.project)] == [(reason,)]


def test_choosing_texts_takes_no_stop_back_for_a_text_does(sending: Sending) -> None:
    sending.texts(LAST, "STOP")
    for address in (EMAIL, LAST):
        sending.chooses(sending.id_of(address), Preference.SMS)
    assert [one.reason for one in suppression_list.list_suppressions(sending.project)] == ["stop"]
    assert "texts again" in sending.texts(LAST, "START")


def test_what_staff_did_by_hand_is_not_undone_by_a_text(sending: Sending) -> None:
    amina = command_line_actor(sending.project.settings, "amina", Permission.SUPPRESS)
    suppression_list.suppress(sending.project, LAST, "asked at the meeting", amina)
    assert "stay off" in sending.texts(LAST, "START")
    sending.rest()
    assert sending.skipped() == {LAST: "by-hand"}


def test_an_admin_lifts_what_a_stop_barred(sending: Sending) -> None:
    sending.texts(LAST, "STOP")
    wenmei = command_line_actor(sending.project.settings, "wenmei", Permission.LIFT)
    assert suppression_list.lift(sending.project, LAST, "rang and asked", wenmei).reasons == ("stop",)
    sending.rest()
    assert LAST in sending.outbox()


def test_an_admin_who_lifts_a_bad_number_does_not_lift_the_stop_that_came_since(sending: Sending) -> None:
    project = sending.project
    _bar(sending, Channel.SMS, LAST, "refused", "by-hand")
    assert "no more texts" in sending.texts(LAST, "STOP")
    (found,) = suppression_list.list_suppressions(project)
    assert found.reasons == ("stop", "by-hand", "refused")
    wenmei = command_line_actor(project.settings, "wenmei", Permission.LIFT)
    lifted = suppression_list.lift(project, LAST, "a new telephone", wenmei)
    assert (lifted.reasons, lifted.standing) == (("by-hand", "refused"), ("stop",))
    sending.rest()
    assert sending.skipped() == {LAST: "stop"}
    assert suppression_list.lift(project, LAST, "rang and asked", wenmei).reasons == ("stop",)
    assert suppression_list.list_suppressions(project) == []
    with project.ledger.reading() as conn:
        details = [one.entry.detail for one in audit.list_recent(conn) if one.entry.action == "unsuppress"]
    assert [(one["lifted"], one["standing"]) for one in details] == [("stop", ""), ("by-hand refused", "stop")]


@pytest.mark.parametrize("said", ["complained", "unsubscribed", "stop"])
def test_lifting_a_bounce_takes_back_nothing_that_the_person_said(sending: Sending, said: str) -> None:
    _bar(sending, Channel.EMAIL, EMAIL, "bounced", said)
    wenmei = command_line_actor(sending.project.settings, "wenmei", Permission.LIFT)
    lifted = suppression_list.lift(sending.project, EMAIL, "the mailbox works again", wenmei)
    assert (lifted.reasons, lifted.standing) == (("bounced",), (said,))
    sending.rest()
    assert sending.skipped() == {EMAIL: said}


def test_who_was_erased_after_a_stop_is_not_brought_back_by_anything(sending: Sending) -> None:
    sending.texts(LAST, "STOP")
    wenmei = command_line_actor(sending.project.settings, "wenmei", Permission.ERASE)
    erasure.erase_person(sending.project, "all", LAST, "asked for it", wenmei)
    assert "stay off" in sending.texts(LAST, "START")
    suppression_list.lift(
        sending.project, LAST, "a mistake", command_line_actor(sending.project.settings, "wenmei", Permission.LIFT)
    )
    sending.rest()
    assert not {LAST, EMAIL} & sending.outbox()


def test_what_comes_back_to_the_queue_after_an_erasure_is_not_let_out_by_a_lift(sending: Sending) -> None:
    under_way = sending.due_work.claim_next_batch(sending.project.providers[Channel.SMS], 6)
    assert under_way is not None
    sending.texts(LAST, "STOP")
    wenmei = command_line_actor(sending.project.settings, "wenmei", Permission.ERASE)
    erasure.erase_person(sending.project, "all", LAST, "asked for it", wenmei)
    put_off = retry.AttemptDecision(DeliveryState.QUEUED, "busy", now())
    told = [
        SettledAttempt(one.seq, one.attempt, Receipt(one.id, Outcome.LATER, "busy"), put_off)
        for one in under_way.claimed
    ]
    with sending.project.ledger.writing() as conn:
        claims.record_results(conn, sending.broadcast, told, now())
    suppression_list.lift(
        sending.project, LAST, "a mistake", command_line_actor(sending.project.settings, "wenmei", Permission.LIFT)
    )
    sending.rest()
    assert sending.outbox() == set(PHONES) - {LAST}
    assert sending.skipped() == {"": "erased"}


def test_a_number_that_two_people_share_is_stopped_for_both(tmp_path: Path) -> None:
    rows = [person(1, email="", phone=FIRST), person(2, phone="07700 900100", channel="sms")]
    folder = make_project(tmp_path / "project", people=rows)
    with open_project(folder) as project:
        told = InboundText("SM1", FIRST, "+447700900999", "STOP", datetime.now(UTC))
        assert inbound_texts.receive(project, "twilio", told)
        assert plan_submitted_or_next(project, project.campaign(CAMPAIGN)).excluded == {"suppressed": 2}
