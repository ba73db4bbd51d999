"""A talk over a real socket, at the moments when the other side is just leaving."""

import socket
import ssl
import threading
from collections.abc import Iterator

import pytest
import trustme

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.providers.reasons import Reason
from broadcaster.providers.smtp import SmtpTimeouts
from broadcaster.providers.smtp.connection.transport import SmtpTransport
from broadcaster.providers.smtp.transactions.batch import SmtpBatch
from broadcaster.providers.smtp.transactions.envelope import ServerExtensions
from broadcaster.providers.smtp.transactions.protocol import SmtpProtocol
from broadcaster.providers.smtp.transactions.replies import SmtpConnectionLostError
from tests.providers.people import email

_SMALL = 4096


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Our end and theirs; ours takes little before it is full."""
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SMALL)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL)
    with ours, theirs:
        yield ours, theirs


def start(ours: socket.socket, text: bytes) -> tuple[SmtpTransport, SmtpBatch]:
    errand = SmtpBatch([email(1, text)])
    ours.setblocking(False)
    wire = SmtpTransport(ours, SmtpProtocol(ServerExtensions(pipelining=True), errand), SmtpTimeouts())
    wire.begin(0.0)
    return wire, errand


def test_what_the_server_said_before_it_left_is_heard(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    wire, errand = start(ours, b"a long line of a letter\r\n" * 100_000)
    theirs.recv(1000)
    theirs.sendall(b"250 ok\r\n250 ok\r\n354 go\r\n")
    wire.read(0.0)
    assert wire.talk.out, "the body does not fit"
    theirs.sendall(b"552 5.3.4 too large\r\n")
    theirs.close()
    with pytest.raises(SmtpConnectionLostError) as caught:
        wire.flush(0.0)
    wire.talk.fall(caught.value)
    assert errand.receipts[0].outcome is Outcome.REFUSED
    assert errand.receipts[0].code == "message-too-large"


def encrypted(ours: socket.socket, theirs: socket.socket) -> tuple[ssl.SSLSocket, ssl.SSLSocket]:
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("mail.example").configure_cert(server)
    authority.configure_trust(client)
    wrapped: list[ssl.SSLSocket] = []
    thread = threading.Thread(target=lambda: wrapped.append(server.wrap_socket(theirs, server_side=True)))
    thread.start()
    secure = client.wrap_socket(ours, server_hostname="mail.example")
    thread.join()
    return secure, wrapped[0]


def test_a_record_that_tls_has_begun_to_send_may_have_arrived(ends: tuple[socket.socket, socket.socket]) -> None:
    secure, theirs = encrypted(*ends)
    with secure, theirs:
        wire, errand = start(
            secure, b"x" * 75 + b"\r\n" + (b"y" * 78 + b"\r\n") * 180
        )  # the dot is in the first record
        theirs.recv(1000)
        theirs.sendall(b"250 ok\r\n250 ok\r\n354 go\r\n")
        wire.read(0.0)
        assert len(wire.talk.out) > 14_000, "nothing was acknowledged, yet some of it has left"
        wire.talk.fall(SmtpConnectionLostError(Reason.DROPPED))
    assert errand.receipts[0].outcome is Outcome.UNSURE
