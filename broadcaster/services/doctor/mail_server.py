"""The mail server that emails are given to, asked live. Nothing is sent."""

import contextlib
import ssl
from collections.abc import Iterator

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.providers.reasons import explain_code
from broadcaster.providers.redaction import reply_codes
from broadcaster.providers.smtp import SmtpRoute
from broadcaster.providers.smtp.connection.connect import FailedConnection, OpenConnection, open_connection
from broadcaster.providers.smtp.connection.connect_threads import tls_context
from broadcaster.providers.smtp.connection.route import Security
from broadcaster.services.doctor.findings import DoctorFinding, error_finding, good_finding, warning_finding

_OUTDATED_TLS = frozenset({"SSLv3", "TLSv1", "TLSv1.1"})  # RFC 8996


def check_mail_server(route: SmtpRoute) -> Iterator[DoctorFinding]:
    """Open one connection as for sending, and say what the server offers."""
    try:
        context = tls_context(route) if route.security is not Security.PLAIN else None
    except OSError:
        yield error_finding(
            "ca-file", "The file in `ca_file` cannot be used.", "Name a PEM file of authorities, or none."
        )
        return
    opened = open_connection(route, context)
    if isinstance(opened, FailedConnection):
        why = explain_code(opened.reason)
        codes = f" It answered {said}." if (said := reply_codes(opened.detail)) else ""
        again = " Emails wait until it can be had." if opened.outcome is Outcome.LATER else ""
        yield error_finding(opened.reason.value, f"{route.name}: {why.why}{codes}{again}", why.remedy)
        return
    with contextlib.closing(opened.sock):
        yield from _check_encryption(route, opened)
        yield from _check_extensions(opened)
        with contextlib.suppress(OSError):
            opened.sock.send(b"QUIT\r\n")


def _check_encryption(route: SmtpRoute, opened: OpenConnection) -> Iterator[DoctorFinding]:
    signed_in = f" and let us sign in as {route.sign_in.username}" if route.sign_in else ""
    version = opened.sock.version() if isinstance(opened.sock, ssl.SSLSocket) else None
    if version is None:
        yield warning_finding(
            "mail-server-plain",
            f"{route.name} answers{signed_in}. The connection is not encrypted.",
            "That is right for a server on this machine alone. For any other set `starttls: required`.",
        )
    elif version in _OUTDATED_TLS:
        yield warning_finding(
            "tls-old",
            f"{route.name} answers{signed_in}, encrypted by {version}, which is out of use.",
            "Have TLS 1.2 or 1.3 switched on there.",
        )
    else:
        yield good_finding("mail-server", f"{route.name} answers{signed_in}. The connection is encrypted by {version}.")


def _check_extensions(opened: OpenConnection) -> Iterator[DoctorFinding]:
    if opened.offer.pipelining:
        yield good_finding("pipelining", "It offers PIPELINING: many messages go out at once.")
    else:
        yield warning_finding(
            "pipelining-missing",
            "It does not offer PIPELINING: each message takes five round trips instead of one.",
            "Nothing is lost by it. For large audiences choose more `connections`.",
        )
    if opened.offer.dsn:
        yield good_finding("dsn", "It offers DSN: bounces are asked for, and say which message they are about.")
    else:
        yield warning_finding(
            "dsn-missing",
            "It does not offer DSN: bounces come as the server likes, and perhaps none.",
            "Set `return_path`, whose token tells which message a bounce is about.",
        )
