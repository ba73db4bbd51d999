"""Sending to the stand-in for Twilio, and comparing its ledger with our receipts."""

from collections import Counter
from collections.abc import Callable, Sequence

from broadcaster.domain.delivery.outgoing_messages import OutgoingSms
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.providers.twilio import Twilio, TwilioAccount, TwilioEndpoint
from tests.providers.people import sms
from tests.standins.twilio import SID, TOKEN, TwilioStandIn, attempt_of

Serve = Callable[..., TwilioStandIn]

PATIENT, IMPATIENT = 10.0, 1.5
"""Seconds: so long that no busy machine takes them, and for those who must run out of them."""

HOOKS = "https://letters.example.org/hooks/twilio"


def account(server: TwilioStandIn, connections: int = 1, timeout: float = PATIENT, url: str = "") -> TwilioAccount:
    line = TwilioEndpoint(url or server.url, connections, timeout, server.ca_file)
    return TwilioAccount(SID, TOKEN, None, HOOKS, line)


def send(server: TwilioStandIn, count: int = 1, connections: int = 1, timeout: float = PATIENT) -> list[Receipt]:
    batch = [sms(number) for number in range(count)]
    with Twilio(account(server, connections, timeout)).open() as session:
        receipts = session.send(batch)
    agree(batch, receipts, server)
    return receipts


def agree(batch: Sequence[OutgoingSms], receipts: Sequence[Receipt], server: TwilioStandIn) -> None:
    """The receipts never claim what the server's ledger denies, nor deny what it shows."""
    assert [receipt.delivery_id for receipt in receipts] == [message.delivery_id for message in batch]
    ledger = Counter(attempt_of(line) for line in server.taken)
    sids = {line["sid"]: line for line in server.taken}
    for message, receipt in zip(batch, receipts, strict=True):
        times = ledger[message.attempt_id]
        assert times <= 1, "taken twice"
        if receipt.outcome is Outcome.ACCEPTED:
            assert times == 1, "accepted, yet not in the server's ledger"
            assert sids[receipt.reference]["body"] == message.body
        elif receipt.outcome is not Outcome.UNSURE and not receipt.reference:
            assert times == 0, f"{receipt.outcome}, yet in the server's ledger"
        assert bool(receipt.code) == (receipt.outcome is not Outcome.ACCEPTED)
        assert bool(receipt.phase) == (receipt.outcome not in {Outcome.ACCEPTED, Outcome.UNTRIED})
        assert "7700" not in receipt.detail, "a number was repeated"
    assert server.unknown == set(), "parameters that the API has not"


def verdict(receipt: Receipt) -> tuple[str, str, str]:
    return receipt.outcome.value, receipt.phase, receipt.code
