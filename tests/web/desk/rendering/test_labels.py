"""Every code that staff are told of has its words at the desk."""

from broadcaster.domain.contact.preferences import Preference
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.states import ApprovalState, BroadcastState, DeliveryState
from broadcaster.services.rosters.excluded_rows import AUDIENCE_EXCLUSIONS
from broadcaster.web.desk.rendering import labels


def test_every_reason_and_choice_has_words() -> None:
    assert set(labels.SUPPRESSION_REASONS) == set(SuppressionReason)
    assert set(labels.CHOSEN_PREFERENCES) == set(Preference)
    assert set(labels.EXCLUSION_REMEDIES) == set(AUDIENCE_EXCLUSIONS)


def test_every_state_has_words() -> None:
    assert set(labels.DELIVERY_STATES) == set(DeliveryState)
    assert set(labels.BROADCAST_STATES) == set(BroadcastState)
    assert set(labels.APPROVAL_STATES) == {*ApprovalState, "none"}
