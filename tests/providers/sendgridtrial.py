"""Sending to the stand-in for SendGrid, and comparing its ledger with our receipts."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from broadcaster.domain.delivery.outgoing_messages import OutgoingMerge
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.providers.sendgrid import SendGrid, SendGridAccount, SendGridTimeouts
from tests.providers.people import merge
from tests.providers.stages import content
from tests.standins.sendgrid import KEY, SendGridStandIn, Taken

PATIENT = SendGridTimeouts(connect=30.0, request=30.0, answer=30.0)
IMPATIENT = SendGridTimeouts(connect=2.0, request=2.0, answer=1.5)

Serve = Callable[..., SendGridStandIn]


def account(server: SendGridStandIn, batch_size: int | None = None) -> SendGridAccount:
    """Impatient only where the server falls silent: elsewhere a slow machine must not be taken for a silent server."""
    silent = any(fault.action in {"stall", "drip"} for fault in server.plan.faults)
    return SendGridAccount(KEY, server.url, batch_size, server.ca_file, IMPATIENT if silent else PATIENT)


def provider(server: SendGridStandIn, batch_size: int | None = None, **patience: float) -> SendGrid:
    made = account(server, batch_size)
    return SendGrid(replace(made, patience=replace(made.patience, **patience)))


def send(
    server: SendGridStandIn, batch: Sequence[OutgoingMerge], batch_size: int | None = None, **patience: float
) -> list[Receipt]:
    with provider(server, batch_size, **patience).open() as session:
        receipts = session.send(batch)
    agree(batch, receipts, server.taken)
    return receipts


def people(count: int, first: int = 0) -> list[OutgoingMerge]:
    return [merge(number) for number in range(first, first + count)]


def agree(batch: Sequence[OutgoingMerge], receipts: Sequence[Receipt], taken: Sequence[Taken]) -> None:
    """The receipts never claim what the server's ledger denies, nor deny what it shows."""
    assert [receipt.delivery_id for receipt in receipts] == [message.delivery_id for message in batch]
    times = Counter(line.attempt for line in taken)
    lines = {line.attempt: line for line in taken}
    for message, receipt in zip(batch, receipts, strict=True):
        assert times[message.attempt_id] <= 1, "taken twice"
        if receipt.outcome is Outcome.ACCEPTED:
            assert times[message.attempt_id] == 1, "accepted, yet not in the server's ledger"
            line = lines[message.attempt_id]
            assert (line.to, line.digest) == (message.to, content(message))
            assert receipt.reference == line.message_id
        elif receipt.outcome is not Outcome.UNSURE:
            assert times[message.attempt_id] == 0, f"{receipt.outcome}, yet in the server's ledger"
        assert bool(receipt.code) == (receipt.outcome is not Outcome.ACCEPTED)
        assert bool(receipt.phase) == (receipt.outcome not in {Outcome.ACCEPTED, Outcome.UNTRIED})
        assert "person" not in receipt.detail.lower()
        assert not receipt.suppress


def verdict(receipt: Receipt) -> tuple[str, str, str]:
    return receipt.outcome.value, receipt.phase, receipt.code
