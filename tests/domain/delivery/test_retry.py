"""What becomes of a delivery: a table, and waits that stay within their bounds."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.delivery import retry
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.delivery.retry import (
    AttemptDecision,
    AttemptHistory,
    GiveUp,
    RetryAt,
    decide_retry,
    settle_attempt,
)
from broadcaster.domain.states import DeliveryState

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
JITTERS = st.floats(0, 1, exclude_max=True)


def later(retry_after: float | None = None, code: str = "greylisted") -> Receipt:
    return Receipt("d", Outcome.LATER, code, retry_after=retry_after)


@pytest.mark.parametrize(
    ("number", "jitter", "wait"),
    [(1, 0.0, 5), (1, 0.5, 15), (2, 0.5, 30), (3, 0.5, 60), (8, 0.5, 1920), (9, 0.5, 3600), (23, 0.5, 3600)],
)
def test_waits_double_up_to_the_longest(number: int, jitter: float, wait: int) -> None:
    assert decide_retry(later(), AttemptHistory(number), NOW, jitter) == RetryAt(NOW + timedelta(seconds=wait))


@given(st.integers(1, retry.MOST_TRIES - 1), JITTERS)
def test_every_wait_is_within_its_bounds(number: int, jitter: float) -> None:
    decision = decide_retry(later(), AttemptHistory(number), NOW, jitter)
    assert isinstance(decision, RetryAt)
    assert retry.SHORTEST_WAIT <= decision.at - NOW <= retry.LONGEST_WAIT


@given(st.integers(1, retry.MOST_TRIES - 1), JITTERS, st.floats(0, 3600))
def test_a_time_the_provider_names_is_honoured(number: int, jitter: float, asked: float) -> None:
    decision = decide_retry(later(asked), AttemptHistory(number), NOW, jitter)
    assert isinstance(decision, RetryAt)
    assert decision.at >= NOW + timedelta(seconds=asked)


@given(st.lists(JITTERS, min_size=100, max_size=100))
def test_it_ends(jitters: list[float]) -> None:
    now, tries = NOW, 0
    for tries, jitter in enumerate(jitters, 1):
        decision = decide_retry(later(), AttemptHistory(tries, NOW), now, jitter)
        if isinstance(decision, GiveUp):
            assert decision == GiveUp("gave-up-greylisted")
            break
        now = decision.at
    assert tries <= retry.MOST_TRIES
    assert now - NOW <= retry.LONGEST_AGE


def test_too_old_or_asked_to_wait_too_long() -> None:
    day_before = NOW - retry.LONGEST_AGE
    assert isinstance(decide_retry(later(), AttemptHistory(2, day_before + timedelta(minutes=1)), NOW, 0.5), RetryAt)
    assert isinstance(decide_retry(later(), AttemptHistory(2, day_before), NOW, 0.5), GiveUp)
    assert isinstance(decide_retry(later(3600 * 25), AttemptHistory(1), NOW, 0.5), GiveUp)
    assert isinstance(decide_retry(later(1e300), AttemptHistory(1), NOW, 0.5), GiveUp)
    assert isinstance(decide_retry(later(math.inf), AttemptHistory(1), NOW, 0.5), GiveUp)
    assert isinstance(decide_retry(later(-5), AttemptHistory(1), NOW, 0.5), RetryAt)
    assert isinstance(decide_retry(later(math.nan), AttemptHistory(1), NOW, 0.5), RetryAt)
    assert decide_retry(later(code=""), AttemptHistory(retry.MOST_TRIES), NOW, 0.5) == GiveUp("gave-up")


def test_a_day_and_twenty_four_tries_are_the_limits() -> None:
    day = timedelta(hours=24)
    assert decide_retry(later(86_400), AttemptHistory(1), NOW, 0.0) == RetryAt(NOW + day + retry.SHORTEST_WAIT)
    assert isinstance(decide_retry(later(86_401), AttemptHistory(1), NOW, 0.0), GiveUp)
    begun = NOW + retry.SHORTEST_WAIT - day
    assert isinstance(decide_retry(later(), AttemptHistory(2, begun), NOW, 0.0), RetryAt)
    assert isinstance(decide_retry(later(), AttemptHistory(2, begun - timedelta(seconds=1)), NOW, 0.0), GiveUp)
    assert isinstance(decide_retry(later(), AttemptHistory(23), NOW, 0.0), RetryAt)
    assert isinstance(decide_retry(later(), AttemptHistory(24), NOW, 0.0), GiveUp)


@pytest.mark.parametrize(("number", "jitter"), [(0, 0.5), (1, 1.0), (1, -0.1)])
def test_wrong_use(number: int, jitter: float) -> None:
    with pytest.raises(ValueError, match="jitter"):
        decide_retry(later(), AttemptHistory(number), NOW, jitter)


@pytest.mark.parametrize(
    ("outcome", "code", "verdict"),
    [
        (Outcome.ACCEPTED, "", AttemptDecision(DeliveryState.ACCEPTED)),
        (Outcome.REFUSED, "no-such-mailbox", AttemptDecision(DeliveryState.REFUSED, "no-such-mailbox")),
        (Outcome.REFUSED, "", AttemptDecision(DeliveryState.REFUSED, "refused")),
        (Outcome.LATER, "busy", AttemptDecision(DeliveryState.QUEUED, "busy", NOW + timedelta(seconds=15))),
        (Outcome.HALTED, "credentials", AttemptDecision(DeliveryState.QUEUED, "credentials", NOW)),
        (Outcome.UNTRIED, "", AttemptDecision(DeliveryState.QUEUED, "", NOW)),
        (Outcome.UNSURE, "lost-answer", AttemptDecision(DeliveryState.UNSURE, "lost-answer")),
        (Outcome.UNSURE, "", AttemptDecision(DeliveryState.UNSURE, "unsure")),
    ],
)
def test_settled(outcome: Outcome, code: str, verdict: AttemptDecision) -> None:
    assert settle_attempt(Receipt("d", outcome, code), AttemptHistory(1, NOW), NOW, 0.5) == verdict


def test_every_outcome_is_settled_and_the_last_try_is_a_refusal() -> None:
    for outcome in Outcome:
        settle_attempt(Receipt("d", outcome), AttemptHistory(1), NOW, 0.5)
    verdict = settle_attempt(later(), AttemptHistory(retry.MOST_TRIES), NOW, 0.5)
    assert verdict == AttemptDecision(DeliveryState.REFUSED, "gave-up-greylisted")
