"""The words that the command line and the desk share for why somebody gets nothing."""

from broadcaster.domain.exclusion_reasons import EXCLUSION_WORDS, ExclusionReason


def test_every_reason_has_words() -> None:
    assert set(EXCLUSION_WORDS) == set(ExclusionReason)
