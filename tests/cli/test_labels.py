"""Every code that people are told of has its words."""

from broadcaster.cli import labels
from broadcaster.domain.preferences import Preference
from broadcaster.domain.suppression import SuppressionReason


def test_every_reason_and_choice_has_words() -> None:
    assert set(labels.SUPPRESSED) == set(SuppressionReason)
    assert set(labels.CHOSEN) == set(Preference)
