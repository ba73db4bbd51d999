"""The record explains every reason that a delivery may have."""

import pytest

from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.delivery.delivery_reasons import DeliveryReason
from broadcaster.keys import SealBrokenError
from broadcaster.providers.reasons import Reason, explain_code
from broadcaster.services.reporting.delivery_record import GAVE_UP_PREFIX, OWN_EXPLANATIONS, explain_delivery_reason


def test_every_reason_of_ours_is_explained() -> None:
    assert set(OWN_EXPLANATIONS) == {*DeliveryReason, *SuppressionReason}
    assert SealBrokenError.code == DeliveryReason.SEAL_BROKEN


@pytest.mark.parametrize("reason", Reason)
def test_what_was_put_off_to_the_end_keeps_its_reason(reason: Reason) -> None:
    said = explain_delivery_reason(f"{GAVE_UP_PREFIX}{reason}").why
    assert said.startswith("It was tried until the tries were used up.")
    assert said.endswith(explain_code(reason).why)
