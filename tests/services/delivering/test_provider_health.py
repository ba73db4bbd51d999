"""When a provider is left alone, and when nothing more is handed over until a person has looked."""

from datetime import UTC, datetime, timedelta

import pytest

from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.providers.reasons import Reason
from broadcaster.services.delivering import provider_health
from broadcaster.services.delivering.provider_health import ProviderHealth

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


def _receipts(outcome: Outcome, count: int, code: Reason = Reason.NO_ANSWER, **more: object) -> list[Receipt]:
    return [Receipt(f"d{n}", outcome, code.value, **more) for n in range(count)]  # type: ignore[arg-type]


def _limited(seconds: float | None) -> list[Receipt]:
    return _receipts(Outcome.LATER, 5, Reason.BUSY, phase=provider_health.RATE_PHASE, retry_after=seconds)


@pytest.mark.parametrize(
    ("named", "waits"),
    [
        (2.0, timedelta(seconds=2)),
        (None, provider_health.TROUBLE_WAIT),
        (-5.0, timedelta()),
        (1e300, provider_health.LONGEST_PAUSE),
    ],
)
def test_who_says_later_is_asked_again_when_they_said(named: float | None, waits: timedelta) -> None:
    health = ProviderHealth()
    assert health.record("sendgrid", _limited(named), NOW) is None
    assert health.ready_at("sendgrid", NOW) == NOW + waits
    assert health.ready_at("twilio", NOW) == NOW


def test_a_provider_is_in_trouble_until_it_takes_something() -> None:
    health = ProviderHealth()
    health.record("sendgrid", _limited(2.0), NOW)
    assert set(health.trouble) == {"sendgrid"}
    health.record("sendgrid", _receipts(Outcome.ACCEPTED, 3), NOW)
    assert health.trouble == {}


def test_three_silent_batches_halt_and_each_is_followed_by_a_rest() -> None:
    health = ProviderHealth()
    silent = _receipts(Outcome.UNSURE, 50)
    assert health.record("sendgrid", silent, NOW) is None
    assert health.ready_at("sendgrid", NOW) == NOW + provider_health.TROUBLE_WAIT
    assert health.record("sendgrid", silent, NOW) is None
    halt = health.record("sendgrid", silent, NOW)
    assert halt is not None
    assert halt[0] == "no-answers"
    assert "150" in halt[1]
    assert health.record("sendgrid", silent, NOW) is None, "after a person has resumed it, it counts anew"


@pytest.mark.parametrize(
    ("detail", "codes"),
    [
        ("550 5.7.1 <address> is not allowed", "550 5.7.1"),
        ("550 sender … rejected 5.7.1", "550"),
        ("401 authorization grant is invalid", "401"),
        ("20003 authenticate", "20003"),
        ("554 5.7.1.2.3 odd", "554"),
        ("it has 34567 octets, the server takes 1000", ""),
        ("34567", "34567"),
        ("unable to verify", ""),
        ("", ""),
    ],
)
def test_a_halt_names_the_codes_of_the_answer_and_nothing_else_of_it(detail: str, codes: str) -> None:
    for receipts in (
        _receipts(Outcome.HALTED, 1, Reason.SENDER_REFUSED, detail=detail),
        _receipts(Outcome.REFUSED, 10, Reason.ADDRESS_REFUSED, detail=detail),
    ):
        halt = ProviderHealth().record("smtp", receipts, NOW)
        assert halt is not None
        assert (f" It answered {codes}. " in halt[1]) == bool(codes)
        assert "answered" in halt[1] or not codes
        assert not {"allowed", "rejected", "grant", "<address>", "octets"} & set(halt[1].split())


def test_one_answer_ends_the_silence() -> None:
    health = ProviderHealth()
    silent = _receipts(Outcome.UNSURE, 50)
    for _ in range(4):
        assert health.record("sendgrid", silent, NOW) is None
        assert health.record("sendgrid", [*silent, *_receipts(Outcome.ACCEPTED, 1)], NOW) is None


def test_what_was_put_off_behind_a_lost_answer_does_not_end_the_silence() -> None:
    health = ProviderHealth()
    batch = [
        *_receipts(Outcome.UNSURE, 20),
        *_receipts(Outcome.LATER, 30, Reason.BUSY, phase=provider_health.RATE_PHASE),
    ]
    assert health.record("sendgrid", batch, NOW) is None
    assert health.record("sendgrid", _limited(None), NOW) is None
    assert health.record("sendgrid", batch, NOW) is None
    halt = health.record("sendgrid", batch, NOW)
    assert halt is not None
    assert "60 messages" in halt[1]


def test_a_few_unsure_ones_halt_nobody() -> None:
    health = ProviderHealth()
    for _ in range(4):
        assert health.record("smtp", _receipts(Outcome.UNSURE, 2), NOW) is None
    assert health.ready_at("smtp", NOW) == NOW


def test_a_batch_that_is_refused_whole_halts_and_names_the_commonest_reason() -> None:
    refused = [*_receipts(Outcome.REFUSED, 9, Reason.ADDRESS_UNKNOWN), *_receipts(Outcome.REFUSED, 1, Reason.BUSY)]
    halt = ProviderHealth().record("smtp", refused, NOW)
    assert halt is not None
    assert halt[0] == "all-refused"
    assert "does not exist" in halt[1]
    assert ProviderHealth().record("smtp", refused[:9], NOW) is None


def test_a_delay_for_quiet_hours_pauses_no_provider() -> None:
    health = ProviderHealth()
    health.record("twilio", _receipts(Outcome.LATER, 5, Reason.QUIET_SOON, phase="hours", retry_after=1.0), NOW)
    assert health.ready_at("twilio", NOW) == NOW
    assert health.trouble == {}
