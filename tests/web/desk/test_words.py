"""Every code that staff are told of has its words."""

from broadcaster.domain.suppression import SuppressionReason
from broadcaster.domain.wishes import Preference
from broadcaster.web.desk import words


def test_every_reason_and_choice_has_words() -> None:
    assert set(words.BARRED) == set(SuppressionReason)
    assert set(words.CHOSEN) == set(Preference)
