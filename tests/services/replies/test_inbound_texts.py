"""What becomes of a text that somebody sends us, on a real ledger."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.preferences import Preference
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.delivery.reports import InboundText, Keyword
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.recipients import erasures, preferences, suppressions
from broadcaster.ledger.recipients.suppressions import NewSuppression
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.project.project import Project
from broadcaster.services.recipients import suppression_list as by_hand
from broadcaster.services.replies import inbound_texts
from broadcaster.services.replies.inbound_texts import ReplyUnknownError
from broadcaster.services.reporting.broadcast_status import count_unseen_replies
from tests.commandline import Run
from tests.projects import CAMPAIGN
from tests.services.approving.test_decisions import approved
from tests.services.stage import CONFIG, edit, outbox, sql

CORA = "+447700900222"
DUA = "+447700900333"
OURS = "+447700900999"
STRANGER = "+447700900555"

_keys = count()


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    with open_project(folder) as opened:
        yield opened


def text(
    body: str, sender: str = CORA, *, key: str = "", handled: Keyword | None = None, ago: timedelta = timedelta()
) -> InboundText:
    """A text that nobody sent before, unless its key is given."""
    return InboundText(key or f"SM{next(_keys)}", sender, OURS, body, datetime.now(UTC) - ago, handled)


def says(project: Project, body: str, sender: str = CORA, handled: Keyword | None = None) -> str:
    return inbound_texts.receive(project, "twilio", text(body, sender, handled=handled))


def reason(project: Project, number: str = CORA) -> str | None:
    """Why a number must not be written to."""
    blind = blind_address_index(project.keyring, Channel.SMS, number)
    with project.ledger.reading() as conn:
        return suppressions.find_suppressed(conn, [blind]).get(blind)


def bar(project: Project, why: str, number: str = CORA) -> None:
    blind = blind_address_index(project.keyring, Channel.SMS, number)
    with project.ledger.writing() as conn:
        suppressions.add(conn, NewSuppression(Channel.SMS, blind, number, SuppressionReason(why), "twilio"))


def test_stop_suppresses_the_number_and_is_confirmed_once(project: Project) -> None:
    said = says(project, "Stop.")
    assert said.startswith("Ashmere Police: you will get no more texts")
    assert "START" in said
    assert "999" in said
    assert reason(project) == "stop"
    assert says(project, "STOP") == ""
    (found,) = by_hand.list_suppressions(project)
    assert (found.channel, found.address, found.by) == (Channel.SMS, CORA, "twilio")


def test_start_lifts_a_stop(project: Project) -> None:
    says(project, "STOP")
    assert "you will get our texts again" in says(project, "start please")
    assert reason(project) is None
    assert "no more texts" in says(project, "STOP"), "it changed something, so it is confirmed"
    assert reason(project) == "stop"


@pytest.mark.parametrize("why", ["by-hand", "bounced", "erased", "complained"])
def test_start_lifts_nothing_but_a_stop(project: Project, why: str) -> None:
    bar(project, why)
    assert "stay off" in says(project, "START")
    assert reason(project) == why
    assert [one.keyword for one in inbound_texts.list_replies(project)] == [Keyword.START], "a person has to look at it"


@pytest.mark.parametrize("why", ["refused", "bounced", "by-hand"])
def test_a_stop_does_not_hide_behind_what_was_there_before(project: Project, why: str) -> None:
    bar(project, why)
    assert "no more texts" in says(project, "STOP")
    assert reason(project) == "stop"
    (found,) = by_hand.list_suppressions(project)
    assert (found.reasons, found.address) == (("stop", why), CORA)
    assert "stay off" in says(project, "START"), "START takes back the STOP and nothing else"
    (found,) = by_hand.list_suppressions(project)
    assert (found.reasons, found.by) == ((why,), "twilio")


def test_a_stop_of_somebody_who_was_erased_brings_no_words_back(project: Project) -> None:
    bar(project, "bounced")
    with project.ledger.writing() as conn:
        erasures.suppress_erased(conn, Channel.SMS, blind_address_index(project.keyring, Channel.SMS, CORA), "wenmei")
    says(project, "STOP")
    (found,) = by_hand.list_suppressions(project)
    assert (found.reasons, found.address) == (("stop", "bounced"), "")
    assert "stay off" in says(project, "START")
    assert reason(project) == "stop"


def test_what_is_asked_by_hand_after_a_stop_outlives_a_start(project: Project) -> None:
    says(project, "STOP")
    amina = command_line_actor(project.settings, "amina", Permission.SUPPRESS)
    assert by_hand.suppress(project, CORA, "asked at the meeting", amina)
    assert not by_hand.suppress(project, CORA, "asked again", amina)
    assert reason(project) == "stop"
    assert "stay off" in says(project, "START")
    (found,) = by_hand.list_suppressions(project)
    assert (found.reason, found.by, found.note) == ("by-hand", "amina", "asked at the meeting")


def test_a_stop_does_not_hide_why_somebody_was_suppressed_before(project: Project) -> None:
    bar(project, "by-hand")
    assert "no more texts" in says(project, "STOP")
    says(project, "START")
    assert reason(project) == "by-hand"


def test_start_does_not_bring_back_somebody_who_was_erased(project: Project) -> None:
    says(project, "STOP")
    with project.ledger.writing() as conn:
        erasures.suppress_erased(conn, Channel.SMS, blind_address_index(project.keyring, Channel.SMS, CORA), "wenmei")
    assert "stay off" in says(project, "START")
    assert reason(project) == "stop"


@pytest.mark.parametrize("wish", [Preference.NONE, Preference.EMAIL])
def test_start_does_not_overrule_what_was_chosen_on_our_page(project: Project, wish: Preference) -> None:
    with project.ledger.writing() as conn:
        preferences.save(conn, blind_address_index(project.keyring, Channel.SMS, CORA), wish, "door")
    says(project, "STOP")
    assert "stay off" in says(project, "START")
    assert reason(project) is None


def test_a_yes_where_nothing_was_stopped_is_an_ordinary_text(project: Project) -> None:
    assert says(project, "Yes").startswith("In an emergency call 999.")
    assert [one.keyword for one in inbound_texts.list_replies(project)] == [Keyword.OTHER]


@pytest.mark.parametrize("keyword", list(Keyword))
def test_what_the_provider_has_answered_is_not_answered_again(project: Project, keyword: Keyword) -> None:
    if keyword is Keyword.START:
        says(project, "STOP")
    assert says(project, "whatever its own words are", handled=keyword) == ""
    assert reason(project) == ("stop" if keyword is Keyword.STOP else None)


def test_a_text_that_is_brought_again_changes_nothing(project: Project) -> None:
    stop = text("STOP")
    assert inbound_texts.receive(project, "twilio", stop)
    says(project, "START")
    assert inbound_texts.receive(project, "twilio", stop) == ""
    assert reason(project) is None
    assert len(inbound_texts.list_replies(project, seen=True)) == 2


def test_keys_are_each_providers_own(project: Project) -> None:
    inbound_texts.receive(project, "twilio", text("one", key="1"))
    inbound_texts.receive(project, "another", text("two", key="1"))
    assert len(inbound_texts.list_replies(project)) == 2


def test_anything_else_is_answered_once_a_day(project: Project, folder: Path) -> None:
    said = says(project, "We have got to STOP this bill")
    assert said.startswith("In an emergency call 999. This number is not monitored")
    assert reason(project) is None
    assert says(project, "hello?") == ""
    assert says(project, "thank you", STRANGER) != "", "others have their own answer"
    _age(folder, timedelta(hours=25))
    assert says(project, "hello?") != ""


def test_who_is_in_danger_is_told_whom_to_call_again(project: Project) -> None:
    said = says(project, "thanks for the letter")
    again = [says(project, f"they are attacking us {n}") for n in range(5)]
    assert again == [said] * inbound_texts.URGENT_ANSWERS_PER_DAY + [""] * 2
    assert says(project, "hello") == ""


def test_two_machines_do_not_answer_each_other_for_ever(project: Project) -> None:
    said, exchanged = "Who is this?", 0
    while said and exchanged < 100:
        said, exchanged = says(project, said), exchanged + 1
    assert exchanged <= 3
    words = ("STOP", "START", "HELP", "help me", "hello") * 20
    assert sum(bool(says(project, word, STRANGER)) for word in words) == inbound_texts.MAX_ANSWERS_PER_DAY


def test_a_stop_is_followed_also_when_the_number_was_answered_enough_today(project: Project) -> None:
    for word in ("STOP", "START") * (inbound_texts.MAX_ANSWERS_PER_DAY // 2):
        assert says(project, word)
    assert says(project, "STOP") == ""
    assert reason(project) == "stop"


@pytest.mark.parametrize(
    "sender", ["", "60777", "Ashmere", "whatsapp:+447700900222", "+0", "'; DROP TABLE replies; --", "\ud800"]
)
def test_what_is_no_telephone_number_is_kept_and_not_answered(project: Project, sender: str) -> None:
    assert says(project, "STOP", sender) == ""
    assert len(inbound_texts.list_replies(project)) == 1
    assert by_hand.list_suppressions(project) == []


def test_the_answer_is_in_the_language_of_the_letter_that_was_sent(project: Project, folder: Path, run: Run) -> None:
    assert says(project, "HELP", DUA).startswith("In an emergency")
    approved(run)
    run("send", CAMPAIGN, "--by", "david")
    said = says(project, "hello", DUA)
    assert said.startswith("في الطوارئ اتصلوا بالرقم 999.")
    assert says(project, "hello", CORA).startswith("In an emergency")
    letters = {one.words.sender: one.words.letter for one in inbound_texts.list_replies(project)[1:]}
    assert letters == {DUA: (CAMPAIGN, "ar"), CORA: (CAMPAIGN, "en")}
    assert outbox(folder)


def test_without_a_letter_it_is_the_organisations_language(folder: Path) -> None:
    edit(folder, CONFIG, "language: en", "language: so")
    with open_project(folder) as project:
        assert says(project, "hello").startswith("Xaalad degdeg ah wac 999.")


def test_urgent_ones_come_first_then_the_newest(project: Project) -> None:
    for number, body in enumerate(["first", "HELP", "he has a knife", "second"]):
        inbound_texts.receive(
            project, "twilio", text(body, f"+4477009001{number:02}", ago=timedelta(minutes=10 - number))
        )
    assert [one.words.body for one in inbound_texts.list_replies(project)] == [
        "he has a knife",
        "HELP",
        "second",
        "first",
    ]
    assert count_unseen_replies(project) == (4, 2)


def test_what_was_done_needs_nobody_to_look_at_it(project: Project) -> None:
    for body in ("STOP", "Stop", "START"):
        says(project, body)
    assert inbound_texts.list_replies(project) == []
    assert {one.seen_by for one in inbound_texts.list_replies(project, seen=True)} == {"twilio"}


def test_what_the_provider_calls_a_stop_and_says_more_is_looked_at(project: Project) -> None:
    says(project, "STOP", STRANGER, handled=Keyword.STOP)
    says(project, "please stop, he wants to kill me", handled=Keyword.STOP)
    assert [one.words.sender for one in inbound_texts.list_replies(project)] == [CORA]


def test_seen_by_somebody(project: Project) -> None:
    says(project, "one")
    says(project, "two")
    first, second = inbound_texts.list_replies(project)
    david = command_line_actor(project.settings, "david", Permission.LOOK_AT_REPLY)
    assert inbound_texts.mark_seen(project, [first.id[:8], second.id], david) == 2
    assert inbound_texts.mark_seen(project, [first.id], david) == 0
    assert inbound_texts.list_replies(project) == []
    assert {one.seen_by for one in inbound_texts.list_replies(project, seen=True)} == {"david"}
    for wrong in ("", "abc", "%%%%", "____", "nobody"):
        with pytest.raises(ReplyUnknownError):
            inbound_texts.mark_seen(project, [wrong], david)


def test_old_ones_are_deleted_and_what_they_asked_for_stays(project: Project, folder: Path) -> None:
    says(project, "STOP")
    says(project, "hello", STRANGER)
    inbound_texts.forget_old(project)
    assert len(inbound_texts.list_replies(project, seen=True)) == 2
    _age(folder, inbound_texts.KEPT_FOR)
    inbound_texts.forget_old(project)
    assert inbound_texts.list_replies(project, seen=True) == []
    assert reason(project) == "stop"


def test_the_audit_log_knows_the_deed_and_not_the_number(project: Project) -> None:
    says(project, "STOP")
    says(project, "START")
    with project.ledger.reading() as conn:
        entries = [one.entry for one in audit.list_recent(conn)]
        assert audit.verify(conn).broken_at is None
    assert [(one.by, one.action) for one in entries] == [("twilio", "unsuppress"), ("twilio", "suppress")]
    assert "7700900222" not in str(entries)


HOSTILE = [
    "",
    " ",
    "x" * 10_000,
    "STOP this " * 1_000,
    "\x00\x1b[2J\x1b]0;owned\x07\x9b31m",
    "\u202eevil\u2066\u2069\u200f",
    "'; DROP TABLE replies; --",
    "{us} {danger} {0} %s {{ 7*7 }}",
    "\ud800 lone surrogate \udfff",
    "👩‍👩‍👧‍👦" * 200,
    "z̴̢" + "̴" * 3_000,
    "[bold red]markup[/]",
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_kept_and_answered_like_any_other(project: Project, body: str) -> None:
    assert says(project, body).startswith("In an emergency call 999.")
    (found,) = inbound_texts.list_replies(project)
    assert found.words.body == body[:4_000]
    assert (found.keyword, found.urgent) == (Keyword.OTHER, False)


def test_nothing_personal_is_readable_anywhere(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with open_project(folder) as project:
        says(project, "canary Ümmühan lives in Canaryville, help me", "+447700900123")
        says(project, "STOP", "+447700900123")
        says(project, "START", "+447700900123")
        files = b"".join(path.read_bytes() for path in (folder / "var").glob("broadcaster.db*"))
    for word in ("canary", "Canary", "Ümmühan", "7700900123", "help me"):
        assert word.encode() not in files
        assert word not in caplog.text


def _age(folder: Path, by: timedelta) -> None:
    """Let everything have happened that much earlier."""
    micros = by // timedelta(microseconds=1) + 1
    sql(folder, "UPDATE replies SET received_at = received_at - ?, answered_at = answered_at - ?", micros, micros)
