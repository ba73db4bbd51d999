"""A mail server on the loopback that keeps its own ledger and fails on request.

In a test: `with StandIn(Plan(...), folder) as server:`. In a process of its own, for tests that kill the sender:

    python -m tests.standins.smtp --ledger FILE [--port N] [--plan JSON]

prints its port and serves until its input ends. The ledger has one JSON line per message, written before the
acceptance is: what stands there was taken, whatever the sender came to hear of it.
"""

import argparse
import contextlib
import socket
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Self

import trustme

from tests.standins.smtpplan import Counts, Fault, HungUpError, Ledger, Plan, Taken, read_ledger
from tests.standins.smtptalk import Conversation

__all__ = ["Fault", "Plan", "StandIn", "Taken", "read_ledger"]


class StandIn:
    """The server. `plan` may be replaced while it runs; `port` stays. With a list as `kept`, what is taken is kept
    there whole, each with its recipient.
    """

    def __init__(self, plan: Plan, folder: Path, port: int = 0, ledger: Path | None = None) -> None:
        self.plan = plan
        self.ledger = Ledger(ledger or folder / "ledger.jsonl")
        self.counts = Counts()
        self.kept: list[tuple[str, bytes]] | None = None
        self.stopping = threading.Event()
        authority, stranger = trustme.CA(), trustme.CA()
        self.ca_file = folder / "authority.pem"
        authority.cert_pem.write_to_path(self.ca_file)
        self._certificates = {
            "good": authority.issue_cert("localhost", "127.0.0.1"),
            "other": authority.issue_cert("elsewhere.example"),
            "untrusted": stranger.issue_cert("localhost", "127.0.0.1"),
        }
        self._listening = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listening.getsockname()[1]
        self._conversations: set[Conversation] = set()
        self._threads: list[threading.Thread] = []

    @property
    def taken(self) -> list[Taken]:
        return read_ledger(self.ledger.path)

    @property
    def connections(self) -> int:
        """How many were made so far."""
        return self.counts.seen.get("connect", 0)

    def hang_up(self) -> None:
        """Close every connection, as a server does with idle ones."""
        while self._conversations:
            for conversation in list(self._conversations):
                conversation.shut()
            time.sleep(0.002)

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._certificates[self.plan.certificate].configure_cert(context)
        return context

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        # Whoever is just leaving may leave in peace: a reset in the middle of STARTTLS leaks a socket of Python's ssl.
        limit = time.monotonic() + 0.3
        while self._conversations and time.monotonic() < limit:
            time.sleep(0.002)
        self.hang_up()
        for thread in self._threads:
            thread.join(5)
        self.ledger.close()

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            conversation = Conversation(self, connection)
            self._conversations.add(conversation)
            self._start(partial(self._serve, conversation))

    def _serve(self, conversation: Conversation) -> None:
        try:
            conversation.run()
        except (HungUpError, OSError):
            pass
        finally:
            conversation.close()
            self._conversations.discard(conversation)


def main() -> None:
    parser = argparse.ArgumentParser(description="A mail server on the loopback that keeps its own ledger.")
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--plan", type=Plan.from_json, default=Plan())
    parser.add_argument("--ca-out", type=Path, help="where to put the certificate authority's certificate")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        StandIn(options.plan, Path(folder), options.port, options.ledger) as server,
    ):
        if options.ca_out:
            options.ca_out.write_bytes(server.ca_file.read_bytes())
        sys.stdout.write(f"{server.port}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
