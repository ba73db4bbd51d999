"""Every code that people are told of has its words."""

from broadcaster.cli import words
from broadcaster.domain.suppression import SuppressionReason
from broadcaster.domain.wishes import Preference


def test_every_reason_and_choice_has_words() -> None:
    assert set(words.SUPPRESSED) == set(SuppressionReason)
    assert set(words.CHOSEN) == set(Preference)
