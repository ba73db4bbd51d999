"""Every code that people are told of has its words on the command line."""

from broadcaster.cli.common import labels
from broadcaster.domain.contact.preferences import Preference
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.delivery.delivery_reasons import UNSETTLED_REASONS


def test_every_reason_and_choice_has_words() -> None:
    assert set(labels.SUPPRESSION_REASONS) == set(SuppressionReason)
    assert set(labels.CHOSEN_PREFERENCES) == set(Preference)
    assert set(labels.DOUBT_REASONS) == UNSETTLED_REASONS
