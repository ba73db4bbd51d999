"""What comes back for a reason of ours: nobody is struck off, and staff are told which reason it is."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.delivery.outgoing_messages import Outgoing
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.notifications import NotificationMatter
from broadcaster.domain.states import BroadcastState
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.feedback import soft_bounces
from broadcaster.ledger.recipients import suppressions
from broadcaster.ledger.recipients.suppressions import NewSuppression
from broadcaster.providers.smtp.transactions.replies import SmtpReply
from broadcaster.providers.smtp.transactions.verdicts import SmtpPhase, judge_reply
from broadcaster.services.access.permissions import Permission, command_line_actor, list_permitted_for
from broadcaster.services.feedback import bounce_mail
from broadcaster.services.notifications.sources import find_returned_broadcasts
from broadcaster.services.project.project import Project, now
from broadcaster.services.recipients import suppression_list, suppression_review
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.reporting.agenda import agenda_for
from tests.commandline import runner
from tests.projects import approve, make_project, send_all
from tests.providers.test_smtp_bounce import dsn
from tests.services.feedback.test_bounce_mail import RELAY
from tests.services.sent import released
from tests.services.stage import sql
from tests.services.toy import Toy

PEOPLE = 11
BLOCKLIST = "Diagnostic-Code: smtp; 554 Blocked - see https://lists.example/lookup?ip=192.0.2.7"
SENTENCE = "11 of 11 came back: our server is on a blocklist."


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of eleven people whose messages a mail server accepted; it is copied, and nobody changes it."""
    folder = make_project(tmp_path_factory.mktemp("sent") / "project", PEOPLE, providers={"smtp": RELAY})
    approve(folder)
    send_all(folder)
    sql(folder, "UPDATE deliveries SET provider = 'smtp'")
    sql(folder, "UPDATE counters SET provider = 'smtp'")
    return folder


@pytest.fixture
def project(sent: Path, tmp_path: Path) -> Iterator[Project]:
    with open_project(Path(shutil.copytree(sent, tmp_path / "project"))) as project:
        yield project


def come_back(project: Project, words: str, how_many: int = PEOPLE, code: str = "Status: 5.0.0") -> None:
    ids = [str(row[0]) for row in sql(project.root, "SELECT id FROM deliveries ORDER BY seq")]
    for number, one in enumerate(ids[:how_many]):
        fields = ("Action: failed", code, f"Final-Recipient: rfc822; person{number}@example.org", words)
        assert (
            bounce_mail.receive_bounce(project, dsn(*fields, head=f"Delivered-To: bounces+{one}@letters.example"))
            is not None
        )


def test_all_of_a_broadcast_that_is_over(project: Project) -> None:
    come_back(project, BLOCKLIST)
    assert suppression_list.list_suppressions(project) == []
    [one] = broadcast_status.list_broadcast_statuses(project)
    assert one.broadcast.state is BroadcastState.FINISHED
    assert one.came_back.startswith(SENTENCE)
    assert one in agenda_for(project, "wenmei").troubled
    told = {found.person for found in find_returned_broadcasts(project, now())}
    assert told == set(list_permitted_for(project.settings, Permission.CONTROL, ("all",)))
    assert all(
        found.matter is NotificationMatter.CAME_BACK and found.urgent
        for found in find_returned_broadcasts(project, now())
    )
    with project.ledger.reading() as conn:
        entries = audit.list_about(conn, one.broadcast.campaign, one.broadcast.released_at)
    assert [entry.entry.action for entry in entries].count("came-back") == 1


def test_status_says_it(project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    come_back(project, BLOCKLIST)
    said = runner(project.root, monkeypatch, capsys)("status")
    assert SENTENCE in " ".join(said.out.split())


def test_a_halt_that_was_about_something_else_is_not_said_of_what_is_over(project: Project) -> None:
    sql(project.root, "UPDATE broadcasts SET halt_code = 'provider-drops', halt_reason = 'The account has no credit.'")
    assert broadcast_status.list_broadcast_statuses(project)[0].came_back == ""
    assert list(find_returned_broadcasts(project, now())) == []
    come_back(project, BLOCKLIST)
    assert broadcast_status.list_broadcast_statuses(project)[0].came_back.startswith(SENTENCE)


def test_of_two_causes_the_first_stays(project: Project) -> None:
    come_back(project, BLOCKLIST, 6)
    come_back(project, "Diagnostic-Code: smtp; 550 SPF check failed")
    assert broadcast_status.list_broadcast_statuses(project)[0].came_back.startswith(
        "6 of 11 came back: our server is on a blocklist."
    )


def test_it_is_news_for_a_week(project: Project) -> None:
    come_back(project, BLOCKLIST)
    assert list(find_returned_broadcasts(project, now() + timedelta(days=6)))
    assert list(find_returned_broadcasts(project, now() + timedelta(days=8))) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("Diagnostic-Code: smtp; 550 SPF check failed", "SPF, DKIM or DMARC"),
        ("Diagnostic-Code: smtp; 550 5.7.25 no PTR record for 192.0.2.7", "reverse DNS"),
        ("Diagnostic-Code: smtp; 550 5.7.1 too many messages from you today", "faster than they take it"),
        ("Diagnostic-Code: smtp; 450 4.4.2 not now", "put off until the time was up"),
    ],
)
def test_each_reason_has_its_name(project: Project, words: str, says: str) -> None:
    come_back(project, words)
    [one] = broadcast_status.list_broadcast_statuses(project)
    assert says in one.came_back


@pytest.mark.parametrize("how_many", [4, 5])
def test_a_few_are_no_reason_of_ours(project: Project, how_many: int) -> None:
    come_back(project, BLOCKLIST, how_many)
    assert broadcast_status.list_broadcast_statuses(project)[0].came_back == ""


def test_what_is_about_the_addresses_is_none_of_ours(project: Project) -> None:
    come_back(project, "Diagnostic-Code: smtp; 550 5.1.1 no such user", code="Status: 5.1.1")
    assert broadcast_status.list_broadcast_statuses(project)[0].came_back == ""
    assert len(suppression_list.list_suppressions(project)) == PEOPLE


def _answering(words: str) -> Toy:
    def answer(message: Outgoing) -> Receipt:
        return judge_reply(SmtpPhase.RCPT, SmtpReply(550, words), message.delivery_id, message.to)

    return Toy(Channel.EMAIL, answer=answer)


def test_at_rcpt_the_same_answer_counts_the_same(tmp_path: Path) -> None:
    with released(tmp_path / "p", 12, _answering("5.7.1 192.0.2.9 is on our blocklist")) as sent:
        sent.send()
        found = sent.fresh()
        assert found.halt_code in {"mail-blocklisted", "all-refused"}
        assert sent.suppressed() == {}


def test_a_full_mailbox_at_rcpt_is_a_strike(tmp_path: Path) -> None:
    with released(tmp_path / "p", 1, _answering("5.2.2 over quota")) as sent:
        sent.send()
        [one] = sent.deliveries()
        assert sent.suppressed() == {}
        with sent.project.ledger.reading() as conn:
            assert soft_bounces.find_with_strikes(conn, [one.blind]) == {one.blind}


def test_what_is_refused_as_it_is_sent_is_kept_when_all_is_over(tmp_path: Path) -> None:
    said = iter(["5.7.1 SPF check failed"] * 8)

    def answer(message: Outgoing) -> Receipt:
        words = next(said, "")
        if words:
            return judge_reply(SmtpPhase.RCPT, SmtpReply(550, words), message.delivery_id, message.to)
        return Receipt(message.delivery_id, Outcome.ACCEPTED)

    with released(tmp_path / "p", 11, Toy(Channel.EMAIL, answer=answer)) as sent:
        sent.send()
        found = sent.fresh()
        assert found.halt_code == "mail-unauthenticated"
        assert "8 of 11 came back: SPF, DKIM or DMARC" in found.halt_reason


# What an older version struck off


def struck_off_before(project: Project, words: str, status_field: str = "Status: 5.1.1") -> None:
    """As the version before had it: at once, by the Status, with the server's answer kept at the attempt."""
    come_back(project, words, 2, status_field)
    with project.ledger.writing() as conn:
        for one in _people(project)[:2]:
            new = NewSuppression(Channel.EMAIL, one.blind, one.address, SuppressionReason.BOUNCED, "smtp")
            suppressions.add(conn, new)


def _people(project: Project) -> list[suppression_list.IndexedAddress]:
    return [suppression_list.identify_address(project, f"person{number}@example.org") for number in range(PEOPLE)]


def test_who_was_struck_off_for_us_is_offered_and_lifted(project: Project) -> None:
    struck_off_before(project, "Diagnostic-Code: smtp; 550 5.7.1 IP address blacklisted by recipient")
    offered = suppression_review.find_liftable_suppressions(project)
    assert [one.suppression.address for one in offered] == ["person0@example.org", "person1@example.org"]
    assert {one.cause for one in offered} == {"our server is on a blocklist"}
    wenmei = command_line_actor(project.settings, "wenmei", Permission.LIFT)
    assert suppression_review.lift_suppressions(project, offered, "the listing was ours", wenmei) == 2
    assert suppression_list.list_suppressions(project) == []
    assert suppression_review.find_liftable_suppressions(project) == []
    assert suppression_review.lift_suppressions(project, offered, "once more", wenmei) == 0


def test_who_is_dead_or_said_no_is_not_offered(project: Project) -> None:
    struck_off_before(project, "Diagnostic-Code: smtp; 550 5.1.1 no such user")
    assert suppression_review.find_liftable_suppressions(project) == []
    assert len(suppression_list.list_suppressions(project)) == 2


def test_what_somebody_said_stays(project: Project) -> None:
    struck_off_before(project, BLOCKLIST)
    wenmei = command_line_actor(project.settings, "wenmei", Permission.LIFT)
    suppression_list.suppress(project, "person0@example.org", "asked at the meeting", wenmei)
    offered = suppression_review.find_liftable_suppressions(project)
    assert suppression_review.lift_suppressions(project, offered, "the listing was ours", wenmei) == 2
    [left] = suppression_list.list_suppressions(project)
    assert [reason.value for reason in left.reasons] == ["by-hand"]
