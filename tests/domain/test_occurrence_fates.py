"""The words that the command line and the desk share for what becomes of an occurrence."""

import pytest

from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.occurrence_fates import (
    ALARMING_REASONS,
    FATES,
    OTHER_REASON_WORDS,
    WORDS_BY_REASON,
    FateKind,
    WaitingReason,
    waiting_words,
)
from broadcaster.services.sending import release


def test_every_reason_to_wait_has_words() -> None:
    assert set(WORDS_BY_REASON) == set(WaitingReason)
    assert all(words.sentence for words in WORDS_BY_REASON.values())


def test_only_a_decision_needs_no_word_on_what_to_do() -> None:
    assert [reason for reason, words in WORDS_BY_REASON.items() if not words.remedy] == [WaitingReason.TO_DECIDE]


def test_every_other_fate_has_words() -> None:
    assert set(FATES) == set(FateKind) - {FateKind.WAITS}
    assert all(FATES.values())


@pytest.mark.parametrize("reason", WaitingReason)
def test_who_called_it_off_is_named_while_nobody_has_submitted_it_again(reason: WaitingReason) -> None:
    unsubmitted = reason in (WaitingReason.TO_SUBMIT, WaitingReason.NOT_SUBMITTED)
    assert waiting_words(reason) is WORDS_BY_REASON[reason]
    words = waiting_words(reason, by="Ruth Okafor")
    assert ("%(name)s" in words.sentence) == (unsubmitted or reason is WaitingReason.REJECTED)
    assert words.remedy == WORDS_BY_REASON[WaitingReason.CALLED_OFF if unsubmitted else reason].remedy


def test_the_code_of_another_error_is_shown() -> None:
    assert waiting_words("ledger-busy") is OTHER_REASON_WORDS
    assert "%(reason)s" in OTHER_REASON_WORDS.sentence
    assert OTHER_REASON_WORDS.remedy


def test_what_a_person_chose_alarms_nobody() -> None:
    chosen = {"to-submit", "to-decide", "rejected", "called-off", "time-moved", "late", "not-submitted", "not-approved"}
    chosen |= {"changed-since-submission", "changed-since-approval", "more-than-approved", "problems-found"}
    assert {reason.value for reason in set(WaitingReason) - ALARMING_REASONS} == chosen


@pytest.mark.parametrize(
    "error",
    [
        release.ChangedSinceApprovalError,
        release.MoreThanApprovedError,
        release.CalledOffError,
        ProblemsFoundError,
    ],
)
def test_what_stops_a_release_has_words_of_its_own(error: type[BroadcasterError]) -> None:
    assert WORDS_BY_REASON.get(error.code, OTHER_REASON_WORDS) is not OTHER_REASON_WORDS
