"""Every code that staff are told of has its words."""

from broadcaster.domain.contact.preferences import Preference
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.web.desk.rendering import labels


def test_every_reason_and_choice_has_words() -> None:
    assert set(labels.SUPPRESSION_REASONS) == set(SuppressionReason)
    assert set(labels.CHOSEN_PREFERENCES) == set(Preference)
