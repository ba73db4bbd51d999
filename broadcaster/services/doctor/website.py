"""Whether the pages for recipients answer at `public_url` as they should, seen from where this runs."""

import http.client
import ipaddress
import secrets
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from broadcaster.domain.errors import BroadcasterError
from broadcaster.services.doctor.findings import DoctorFinding, error_finding, good_finding, warning_finding

ANSWER_TIMEOUT = 15.0
"""Seconds within which each answer must begin."""

_MOST_BYTES = 100_000
_OUR_ROBOTS_TAG = "noindex, nofollow"
_SIGN_IN_STATUSES = frozenset({401, 403, 407})


class InvalidUrlError(BroadcasterError):
    """What stands after --url is no web address."""

    code = "url"
    default_remedy = "Write it as `public_url` stands in config.yaml: --url https://letters.example.org."


@dataclass(frozen=True, slots=True)
class Website:
    """Where the pages are; `trusted` verifies certificates."""

    url: SplitResult
    trusted: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    @classmethod
    def at(cls, url: str) -> "Website":
        """Raise UrlError."""
        try:
            parts = urlsplit(url.strip().rstrip("/"))
            usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 443)
        except ValueError:
            usable = None
        if not usable:
            raise InvalidUrlError(f"{url!r} is not the address of a website")
        return cls(parts)


@dataclass(frozen=True, slots=True)
class WebsiteAnswer:
    """What came back; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def check_website(site: Website) -> Iterator[DoctorFinding]:
    """Ask as a browser, a mail program and a mail provider would. The link that is tried is nobody's."""
    if site.url.scheme != "https":
        yield error_finding(
            "url-not-https",
            "The address is not https: no mail provider offers unsubscribing with one click for it.",
            "Put a certificate before it (docs/running.md), and write `public_url: https://…`.",
        )
    try:
        yield from _check_public_address(site)
        answer = _request(site, "GET", "/robots.txt")
    except (OSError, http.client.HTTPException) as fault:
        yield _unreachable_finding(site, fault)
        return
    trouble = _wrong_answer(answer)
    if trouble is not None:
        yield trouble
        return
    yield good_finding("url-answers", f"{site.url.geturl()} answers, and it is broadcaster that does.")
    try:
        yield from _check_one_click(site)
    except (OSError, http.client.HTTPException) as fault:
        yield _unreachable_finding(site, fault)


def _check_public_address(site: Website) -> Iterator[DoctorFinding]:
    found = {ipaddress.ip_address(str(one[4][0])) for one in socket.getaddrinfo(site.url.hostname, None)}
    if not any(address.is_global for address in found):
        yield warning_finding(
            "url-within",
            f"From here {site.url.hostname} is an address within this network or machine.",
            "Recipients are outside: run this on a machine elsewhere, such as a telephone's connection.",
        )


def _check_one_click(site: Website) -> Iterator[DoctorFinding]:
    """A POST as RFC 8058 section 3.1 has it: no cookies, no redirect, for a link that was never made."""
    place = f"/u/{secrets.token_urlsafe(16)}"
    shown = _request(site, "GET", place)
    answer = _request(site, "POST", place, b"List-Unsubscribe=One-Click")
    if shown.status == answer.status == http.HTTPStatus.OK and shown.headers.get("x-robots-tag") == _OUR_ROBOTS_TAG:
        yield good_finding(
            "one-click-answers", "Links for saying no are answered, and so is one click in a mail program."
        )
    else:
        why = f"the page with {shown.status}, one click with {answer.status}"
        yield error_finding(
            "one-click-unanswered",
            f"A link for saying no is answered wrongly: {why}.",
            "What stands before broadcaster must pass on GET and POST below /u/ to anybody, without a sign-in, a check "
            "of cookies or a redirect.",
        )
    if "set-cookie" in shown.headers or "set-cookie" in answer.headers:
        yield warning_finding(
            "url-sets-cookies",
            "Something before broadcaster sets a cookie for those who come by a link.",
            "Switch that off there: recipients are not to be told apart, and our pages need none.",
        )


def _wrong_answer(answer: WebsiteAnswer) -> DoctorFinding | None:
    """Why the first answer is not ours, if it is not."""
    where = answer.headers.get("location", "")
    if answer.status // 100 == 3:
        return error_finding(
            "url-redirects",
            f"It sends everybody on to another address ({urlsplit(where).netloc or 'of its own'}). One click in a mail "
            "program is not sent on (RFC 8058).",
            "Write the address that answers by itself as `public_url`.",
        )
    if answer.status in _SIGN_IN_STATUSES:
        return error_finding(
            "url-shut",
            f"It wants a sign-in (it answered {answer.status}).",
            "Let anybody in: recipients have no account. Only the desk may stand behind a wall.",
        )
    if answer.status != http.HTTPStatus.OK or answer.headers.get("x-robots-tag") != _OUR_ROBOTS_TAG:
        return error_finding(
            "url-not-ours",
            f"What answers there (with {answer.status}) is not broadcaster.",
            "See that `serve` runs with `listen`, and that what stands before it passes requests on to that; "
            "docs/running.md shows how. It must not take headers away.",
        )
    return None


def _unreachable_finding(site: Website, fault: Exception) -> DoctorFinding:
    host = site.url.hostname
    if isinstance(fault, ssl.SSLCertVerificationError):
        return error_finding(
            "url-certificate",
            f"The certificate of {host} is not to be trusted: {fault.verify_message}.",
            "Renew it, with the whole chain and this name in it.",
        )
    if isinstance(fault, socket.gaierror):
        return error_finding("url-no-such-name", f"There is no host {host}.", "Look at the DNS, and at `public_url`.")
    if isinstance(fault, TimeoutError):
        return error_finding("url-silent", f"{host} does not answer.", "See that its port is open to the outside.")
    what = getattr(fault, "strerror", None) or type(fault).__name__
    return error_finding("url-unreachable", f"{host} cannot be reached: {what}.", "See that a web server runs there.")


def _request(site: Website, method: str, path: str, body: bytes | None = None) -> WebsiteAnswer:
    parts = site.url
    host = parts.hostname or ""
    secure = parts.scheme == "https"
    connection = (
        http.client.HTTPSConnection(host, parts.port, timeout=ANSWER_TIMEOUT, context=site.trusted)
        if secure
        else http.client.HTTPConnection(host, parts.port, timeout=ANSWER_TIMEOUT)
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
    with closing(connection):
        connection.request(method, f"{parts.path}{path}", body, headers)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return WebsiteAnswer(answer.status, found, answer.read(_MOST_BYTES))
