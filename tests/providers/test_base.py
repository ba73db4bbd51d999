"""What all providers share."""

from broadcaster.providers.reasons import EXPLANATIONS, Reason, explain_code


def test_every_reason_is_explained() -> None:
    assert set(EXPLANATIONS) == set(Reason)
    assert explain_code("something-newer").remedy
