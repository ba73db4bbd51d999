"""A mail server that is not ours, so that we do not only talk to ourselves."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.providers.smtp import Security, SignIn, Smtp, SmtpRoute
from tests.providers.people import email


@dataclass
class Postbox:
    letters: list[tuple[str, list[str], bytes]] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  their name
        assert envelope.mail_from is not None
        assert isinstance(envelope.content, bytes)
        self.letters.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 2.0.0 Ok: queued as ABC123"


def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=data == LoginPassword(b"desk", b"secret"), handled=False)


def free_port() -> int:
    """aiosmtpd cannot choose one by itself."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def server(postbox: Postbox, tmp_path: Path) -> Iterator[Controller]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    controller = Controller(
        postbox,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=authenticate,
    )
    controller.start()
    yield controller
    controller.stop()


@pytest.mark.parametrize(("password", "outcome"), [("secret", Outcome.ACCEPTED), ("wrong", Outcome.HALTED)])
def test_aiosmtpd_takes_our_mail(
    server: Controller, postbox: Postbox, tmp_path: Path, password: str, outcome: Outcome
) -> None:
    route = SmtpRoute("localhost", server.port, Security.STARTTLS, SignIn("desk", password), tmp_path / "ca.pem")
    batch = [email(number, b".\r\n..\r\nsalaam\r\n") for number in range(30)]
    with Smtp(route).open() as session:
        receipts = session.send(batch)
    if outcome is Outcome.HALTED:
        assert [receipt.outcome for receipt in receipts] == [Outcome.HALTED, *[Outcome.UNTRIED] * 29]
        assert postbox.letters == []
        return
    assert {receipt.outcome for receipt in receipts} == {Outcome.ACCEPTED}
    assert {receipt.reference for receipt in receipts} == {"ABC123"}
    assert sorted(postbox.letters) == sorted((message.sender, [message.to], message.data) for message in batch)
