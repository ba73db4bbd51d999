"""The words that the command line and the desk share for what becomes of an occurrence."""

import pytest

from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.occurrence_fates import FATES, OTHER_REASON_WORDS, WORDS_BY_REASON, FateKind, WaitingReason
from broadcaster.services.sending import release


def test_every_reason_to_wait_has_words() -> None:
    assert set(WORDS_BY_REASON) == set(WaitingReason)
    assert all(words.sentence for words in WORDS_BY_REASON.values())


def test_every_other_fate_has_words() -> None:
    assert set(FATES) == set(FateKind) - {FateKind.WAITS}


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
