"""Every code that staff are told of has its words."""

from broadcaster.domain.preferences import Preference
from broadcaster.domain.suppression import SuppressionReason
from broadcaster.web.desk import labels


def test_every_reason_and_choice_has_words() -> None:
    assert set(labels.BARRED) == set(SuppressionReason)
    assert set(labels.CHOSEN) == set(Preference)
