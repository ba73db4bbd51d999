"""Provider health as one process sees it: when to hand over to each provider again, when to halt a broadcast."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.providers.reasons import Reason, explain_code
from broadcaster.providers.redaction import reply_codes

RATE_PHASE = "rate"
"""The phase of a receipt by which the provider limits our rate (HTTP 429)."""

TROUBLE_PHASES = frozenset({"connect", "tls", "greeting", "ehlo", "auth", RATE_PHASE})
"""Phases before any recipient is looked at. A delay in one of them says nothing about the recipient."""

QUIET_HOURS_PHASE = "hours"
"""The phase of a receipt for a message not handed over, because the recipient's quiet hours are near."""

UNCOUNTED_PHASES = TROUBLE_PHASES | {QUIET_HOURS_PHASE}
"""Phases in which a delay does not count as an attempt. Only `TROUBLE_PHASES` pause the provider as well."""

TROUBLE_WAIT = timedelta(seconds=30)
"""How long a provider in trouble is paused, where it names no time itself."""

LONGEST_PAUSE = timedelta(hours=1)
"""The longest pause that a provider may ask for: its clock or ours may be wrong."""

SUSPICIOUS_MESSAGES = 10
"""Messages that must all go wrong alike before the fault counts as the provider's or ours, not the recipients'."""

MAX_SILENT_BATCHES = 3
"""Batches in a row without an answer that halt the broadcast, so that no more messages become unsure."""

_ANSWERS = frozenset({Outcome.ACCEPTED, Outcome.REFUSED, Outcome.HALTED})
"""Outcomes that prove an answer. `later` does not: we give it ourselves to what waited behind a lost answer."""

HaltReason = tuple[str, str]
"""Why a broadcast is halted: the code, and plain words."""


class ProviderHealth:
    """What the workers of a process know about the providers, shared between them.

    `trouble` holds the last receipt of each provider that is in trouble now.
    """

    def __init__(self) -> None:
        self.trouble: dict[str, Receipt] = {}
        self._paused_until: dict[str, datetime] = {}
        self._silent: dict[str, list[int]] = {}

    def ready_at(self, provider: str, due_at: datetime) -> datetime:
        """When the provider may be given a message that is due at `due_at`: then, or after its pause."""
        return max(due_at, self._paused_until.get(provider, due_at))

    def pause_until(self, provider: str, until: datetime) -> None:
        """Give the provider nothing before `until`."""
        self._paused_until[provider] = until

    def record(self, provider: str, receipts: Sequence[Receipt], moment: datetime) -> HaltReason | None:
        """Record a batch's receipts; returns the reason to halt its broadcast, None to go on."""
        if not receipts:
            return None
        self._record_trouble(provider, receipts, moment)
        return (
            _halt_by_provider(receipts)
            or _halt_if_all_refused(receipts)
            or self._halt_if_silent(provider, receipts, moment)
        )

    def _record_trouble(self, provider: str, receipts: Sequence[Receipt], moment: datetime) -> None:
        trouble = [receipt for receipt in receipts if _is_provider_trouble(receipt)]
        if trouble:
            self.trouble[provider] = trouble[0]
            self.pause_until(provider, moment + max(map(wait_before_retry, trouble)))
        elif any(receipt.outcome is Outcome.ACCEPTED for receipt in receipts):
            self.trouble.pop(provider, None)

    def _halt_if_silent(self, provider: str, receipts: Sequence[Receipt], moment: datetime) -> HaltReason | None:
        if any(receipt.outcome in _ANSWERS for receipt in receipts):
            self._silent.pop(provider, None)
            return None
        unsure = [receipt for receipt in receipts if receipt.outcome is Outcome.UNSURE]
        if not unsure:
            return None  # all was put off before the handover: neither an answer nor silence
        silent = self._silent.setdefault(provider, [])
        silent.append(len(unsure))
        if sum(silent) < SUSPICIOUS_MESSAGES:
            return None
        self.trouble[provider] = unsure[0]
        self.pause_until(provider, moment + TROUBLE_WAIT)
        if len(silent) < MAX_SILENT_BATCHES:
            return None
        del self._silent[provider]
        return Reason.NO_ANSWERS.value, (
            f"{provider} took {len(silent)} batches in a row without answering, so the rest is kept back: "
            f"{sum(silent):,} messages may or may not have been taken. {explain_code(Reason.NO_ANSWERS).remedy}"
        )


def _halt_by_provider(receipts: Sequence[Receipt]) -> HaltReason | None:
    halted = next((receipt for receipt in receipts if receipt.outcome is Outcome.HALTED), None)
    return None if halted is None else (halted.code, explain_receipt(halted))


def _halt_if_all_refused(receipts: Sequence[Receipt]) -> HaltReason | None:
    if len(receipts) < SUSPICIOUS_MESSAGES or any(receipt.outcome is not Outcome.REFUSED for receipt in receipts):
        return None
    [(code, _)] = Counter(receipt.code for receipt in receipts).most_common(1)
    first = next(receipt for receipt in receipts if receipt.code == code)
    return "all-refused", (
        f"All {len(receipts)} messages of a batch were refused, so the rest is kept back. {explain_receipt(first)} "
        "The refused ones are not sent again by themselves."
    )


def _is_provider_trouble(receipt: Receipt) -> bool:
    """Whether the provider could not serve us at all, rather than put off this one message."""
    return receipt.outcome is Outcome.LATER and receipt.phase in TROUBLE_PHASES


def is_uncounted(receipt: Receipt) -> bool:
    """Whether the delay says nothing about the message, so that it does not count as one of its attempts."""
    return receipt.outcome is Outcome.LATER and receipt.phase in UNCOUNTED_PHASES


def wait_before_retry(receipt: Receipt) -> timedelta:
    """How long the provider is paused after trouble, or the message waits after an uncounted delay."""
    if receipt.retry_after is None:
        return TROUBLE_WAIT
    # Compared as seconds first: a provider may name more of them than a timedelta can hold.
    return timedelta(seconds=min(max(receipt.retry_after, 0.0), LONGEST_PAUSE.total_seconds()))


def explain_receipt(receipt: Receipt) -> str:
    """Why a message was not taken and what to do, in our words.

    Of the provider's answer only its codes are shown: its text may name the recipient.
    """
    why, codes = explain_code(receipt.code), reply_codes(receipt.detail)
    return f"{why.why} It answered {codes}. {why.remedy}" if codes else f"{why.why} {why.remedy}"
