"""How the providers answer, as one process hears it: when each is asked again, and when a person must look first."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.providers.reasons import Reason, explain_code
from broadcaster.providers.redaction import reply_codes

RATE_PHASE = "rate"
"""The phase of a receipt that says: too much at once, come back later (HTTP 429)."""

TROUBLE_PHASES = frozenset({"connect", "tls", "greeting", "ehlo", "auth", RATE_PHASE})
"""Phases before any recipient is looked at: what fails there says nothing about a recipient and uses up no try."""

QUIET_HOURS_PHASE = "hours"
"""The phase of a receipt that says: the recipient's quiet hours are near, nothing was handed over."""

PHASES_USING_NO_TRY = TROUBLE_PHASES | {QUIET_HOURS_PHASE}
"""Phases that use up no try. Only those of `TROUBLE_PHASES` say something about the provider, and let it rest."""

TROUBLE_WAIT = timedelta(seconds=30)
"""How long a provider is left alone that cannot be reached or gives no answers, where it names no time itself."""

LONGEST_REST = timedelta(hours=1)
"""A provider that names a longer time than this is asked again all the same: its clock may be wrong, or ours."""

SUSPICIOUS_MESSAGES = 10
"""Messages that are enough to tell: when all of so many go wrong alike, the fault is hardly the people's."""

MAX_SILENT_BATCHES = 3
"""Batches in a row without one answer, after which a person looks before still more are in doubt."""

_ANSWERS = frozenset({Outcome.ACCEPTED, Outcome.REFUSED, Outcome.HALTED})
"""What only a provider that answers can say. `later` may be our own word, for what waited behind a lost answer."""

HaltReason = tuple[str, str]
"""Code and plain words."""


class ProviderHealth:
    """Shared by the lanes of a process. `trouble` holds the last receipt of each provider that is in trouble now."""

    def __init__(self) -> None:
        self.trouble: dict[str, Receipt] = {}
        self._back_at: dict[str, datetime] = {}
        self._silent: dict[str, list[int]] = {}

    def back_at(self, provider: str, earliest: datetime) -> datetime:
        """When the provider may be given something again that is due at `earliest`."""
        return max(earliest, self._back_at.get(provider, earliest))

    def rest(self, provider: str, until: datetime) -> None:
        """Leave it alone until then."""
        self._back_at[provider] = until

    def heard(self, provider: str, receipts: Sequence[Receipt], moment: datetime) -> HaltReason | None:
        """Take note of a batch's receipts; a reason to hand over no more of its broadcast, or None to go on."""
        if not receipts:
            return None
        self._note_trouble(provider, receipts, moment)
        return _halt_by_provider(receipts) or _all_refused(receipts) or self._unanswered(provider, receipts, moment)

    def _note_trouble(self, provider: str, receipts: Sequence[Receipt], moment: datetime) -> None:
        trouble = [receipt for receipt in receipts if is_provider_trouble(receipt)]
        if trouble:
            self.trouble[provider] = trouble[0]
            self.rest(provider, moment + max(map(wait_before_retry, trouble)))
        elif any(receipt.outcome is Outcome.ACCEPTED for receipt in receipts):
            self.trouble.pop(provider, None)

    def _unanswered(self, provider: str, receipts: Sequence[Receipt], moment: datetime) -> HaltReason | None:
        if any(receipt.outcome in _ANSWERS for receipt in receipts):
            self._silent.pop(provider, None)
            return None
        unsure = [receipt for receipt in receipts if receipt.outcome is Outcome.UNSURE]
        if not unsure:
            return None  # put off before anything was handed over: neither an answer nor silence
        silent = self._silent.setdefault(provider, [])
        silent.append(len(unsure))
        if sum(silent) >= SUSPICIOUS_MESSAGES:
            self.trouble[provider] = unsure[0]
            self.rest(provider, moment + TROUBLE_WAIT)
        if len(silent) < MAX_SILENT_BATCHES or sum(silent) < SUSPICIOUS_MESSAGES:
            return None
        self._silent.pop(provider)
        return Reason.NO_ANSWERS.value, (
            f"{provider} took {len(silent)} batches in a row without answering, so the rest is kept back: "
            f"{sum(silent):,} messages may or may not have been taken. {explain_code(Reason.NO_ANSWERS).remedy}"
        )


def explain_receipt(receipt: Receipt) -> str:
    """Why a message was not taken and what to do, in our words; of the answer itself its codes alone, for its text may
    name the recipient.
    """
    why, codes = explain_code(receipt.code), reply_codes(receipt.detail)
    return f"{why.why} It answered {codes}. {why.remedy}" if codes else f"{why.why} {why.remedy}"


def is_provider_trouble(receipt: Receipt) -> bool:
    """Whether the provider was not to be had, rather than that it put this message off."""
    return receipt.outcome is Outcome.LATER and receipt.phase in TROUBLE_PHASES


def uses_up_no_try(receipt: Receipt) -> bool:
    """Whether the message was put off for what says nothing about it: it is tried again as if this had not been."""
    return receipt.outcome is Outcome.LATER and receipt.phase in PHASES_USING_NO_TRY


def wait_before_retry(receipt: Receipt) -> timedelta:
    """How long a provider in trouble is left alone, or a message waits that was put off without using up a try."""
    if receipt.retry_after is None:
        return TROUBLE_WAIT
    # Compared as seconds first: a provider may name more of them than a timedelta can hold.
    return timedelta(seconds=min(max(receipt.retry_after, 0.0), LONGEST_REST.total_seconds()))


def _halt_by_provider(receipts: Sequence[Receipt]) -> HaltReason | None:
    halted = next((receipt for receipt in receipts if receipt.outcome is Outcome.HALTED), None)
    if halted is None:
        return None
    return halted.code, explain_receipt(halted)


def _all_refused(receipts: Sequence[Receipt]) -> HaltReason | None:
    if len(receipts) < SUSPICIOUS_MESSAGES or any(receipt.outcome is not Outcome.REFUSED for receipt in receipts):
        return None
    [(code, _)] = Counter(receipt.code for receipt in receipts).most_common(1)
    first = next(receipt for receipt in receipts if receipt.code == code)
    return "all-refused", (
        f"All {len(receipts)} messages of a batch were refused, so the rest is kept back. {explain_receipt(first)} "
        "The refused ones are not sent again by themselves."
    )
