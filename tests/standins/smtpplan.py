"""How a stand-in mail server is told to behave, and the ledger it keeps."""

import dataclasses
import json
import threading
from dataclasses import dataclass, field
from pathlib import Path

from tests.standins.json_lines import JsonLines, read_json_lines

FOREVER = 1_000_000_000


@dataclass(frozen=True)
class Fault:
    """What goes wrong, where, and when.

    `phase`: connect, tls, greeting, ehlo, starttls, auth, mail, rcpt, data, body, dot (before the message is taken),
    taken (after it), rset, quit. `action`: reply (with `reply`), drop, reset, stall, drip, garbage, huge. The first
    `after` times it goes well, then it goes wrong `times` times; counted over all connections.
    """

    phase: str
    action: str
    reply: str = ""
    after: int = 0
    times: int = FOREVER


@dataclass(frozen=True)
class Plan:
    """How the server behaves. `certificate`: good, untrusted, or other (trusted, for another host).

    `per_connection` is how many messages one connection may bring before MAIL is answered 421; `latency` is in seconds
    before each reply. `early_after_dot` is what each command is answered that came with the end of a message, before
    its answer (so does Haraka 3.3.4, which offers PIPELINING); `early_after_mail` the same for what came with MAIL.
    `took` is what a message that is taken is answered, with its number of the connection.
    """

    security: str = "plain"
    certificate: str = "good"
    account: tuple[str, str] | None = None
    extensions: tuple[str, ...] = ("PIPELINING", "SIZE 1000000", "8BITMIME", "DSN", "ENHANCEDSTATUSCODES")
    per_connection: int = FOREVER
    latency: float = 0.0
    early_after_dot: str = ""
    early_after_mail: str = ""
    took: str = "250 2.0.0 Ok: queued as {:010X}"
    faults: tuple[Fault, ...] = ()

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        document = json.loads(text)
        faults = tuple(Fault(**fault) for fault in document.pop("faults", ()))
        extensions = document.pop("extensions", None)
        if account := document.pop("account", None):
            document["account"] = tuple(account)
        plan = cls(faults=faults, **document)
        return plan if extensions is None else dataclasses.replace(plan, extensions=tuple(extensions))


@dataclass(frozen=True)
class Taken:
    """One line of the ledger. `sha256` is of the message as it was before dot-stuffing; `notify` what RCPT said."""

    sender: str
    to: list[str]
    envid: str
    message_id: str
    sha256: str
    size: int
    notify: str = ""


class Ledger(JsonLines):
    """The messages that a mail server has taken."""

    def add(self, taken: Taken) -> None:
        self.write(dataclasses.asdict(taken))


def read_ledger(path: Path) -> list[Taken]:
    """The messages that a server has taken so far."""
    return [Taken(**line) for line in read_json_lines(path)]


class HungUpError(Exception):
    """This connection ends here."""


@dataclass
class Counts:
    """How often each phase was reached, over all connections."""

    seen: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fault(self, plan: Plan, phase: str) -> Fault | None:
        with self.lock:
            number = self.seen.get(phase, 0)
            self.seen[phase] = number + 1
        for fault in plan.faults:
            if fault.phase == phase and fault.after <= number < fault.after + fault.times:
                return fault
        return None
