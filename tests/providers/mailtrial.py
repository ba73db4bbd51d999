"""Sending to the stand-in mail server, and comparing its ledger with our receipts."""

from collections import Counter
from collections.abc import Callable, Sequence

from broadcaster.domain.delivery.outgoing_messages import OutgoingEmail
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.providers.smtp import Security, SignIn, Smtp, SmtpRoute, SmtpTimeouts
from tests.providers.people import email, fingerprint
from tests.standins.smtp import Plan, StandIn, Taken

PATIENT = SmtpTimeouts(connect=30.0, greeting=30.0, command=30.0, data=30.0, body=30.0, final_dot=30.0)
IMPATIENT = SmtpTimeouts(connect=0.6, greeting=0.6, command=0.6, data=0.6, body=0.6, final_dot=0.6)
IMPATIENT_WITH_TLS = SmtpTimeouts(connect=2.0, greeting=2.0, command=2.0, data=2.0, body=2.0, final_dot=2.0)
PIPELINING = Plan().extensions
ONE_BY_ONE = ("SIZE 1000000", "8BITMIME", "DSN")

Serve = Callable[..., StandIn]


def route(server: StandIn, connections: int = 1) -> SmtpRoute:
    account = server.plan.account
    return SmtpRoute(
        "localhost",
        server.port,
        Security(server.plan.security),
        SignIn(*account) if account else None,
        server.ca_file,
        connections,
        patience(server.plan),
    )


def patience(plan: Plan) -> SmtpTimeouts:
    """Short only where the server falls silent: elsewhere a slow machine must not be taken for a silent server."""
    if not any(fault.action in {"stall", "drip"} for fault in plan.faults):
        return PATIENT
    return IMPATIENT if plan.security == Security.PLAIN.value else IMPATIENT_WITH_TLS


def send(server: StandIn, count: int = 1, connections: int = 1) -> list[Receipt]:
    batch = [email(number) for number in range(count)]
    with Smtp(route(server, connections)).open() as session:
        receipts = session.send(batch)
    agree(batch, receipts, server.taken)
    return receipts


def agree(batch: Sequence[OutgoingEmail], receipts: Sequence[Receipt], taken: Sequence[Taken]) -> None:
    """The receipts never claim what the server's ledger denies, nor deny what it shows."""
    assert [receipt.delivery_id for receipt in receipts] == [message.delivery_id for message in batch]
    ledger = Counter(line.envid or line.message_id for line in taken)
    sums = {line.envid or line.message_id: line.sha256 for line in taken}
    for message, receipt in zip(batch, receipts, strict=True):
        number = message.attempt_id.removeprefix("attempt")
        times = ledger[message.attempt_id] + ledger[f"<m{number}@letters.example>"]
        assert times <= 1, "taken twice"
        if receipt.outcome is Outcome.ACCEPTED:
            assert times == 1, "accepted, yet not in the server's ledger"
            assert sums.get(message.attempt_id) in (fingerprint(message.data), None)
        elif receipt.outcome is not Outcome.UNSURE:
            assert times == 0, f"{receipt.outcome}, yet in the server's ledger"
        assert bool(receipt.code) == (receipt.outcome is not Outcome.ACCEPTED)
        assert bool(receipt.phase) == (receipt.outcome not in {Outcome.ACCEPTED, Outcome.UNTRIED})
        assert "person" not in receipt.detail


def verdict(receipt: Receipt) -> tuple[str, str, str]:
    return receipt.outcome.value, receipt.phase, receipt.code
