"""A message that came back: what its receiver could see of whose it is, and of how to say no."""

import re
from collections.abc import Iterator, Sequence
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from pathlib import Path

from broadcaster.domain.errors import BroadcasterError
from broadcaster.services.doctor.dkim_signatures import SHORTEST_KEY_BITS, DkimSignature, verify_signatures
from broadcaster.services.doctor.dmarc_alignment import check_dmarc, check_sender_domain, find_dmarc_policy
from broadcaster.services.doctor.dns_records import DnsRecords
from broadcaster.services.doctor.findings import DoctorFinding, error_finding, good_finding, warning_finding

LARGEST_MESSAGE = 30 * 1024 * 1024
"""Bytes of a message that is read."""

ONE_CLICK_HEADERS = ("list-unsubscribe", "list-unsubscribe-post")
"""What RFC 8058 section 4 wants signed."""

_AUTHENTICATION_RESULT = re.compile(r"\b(spf|dkim|dmarc)=(\w+)", re.IGNORECASE)
_TLS_VERSION = re.compile(r"\b(TLSv?1(?:[._]\d)?|SSLv3)\b")
_ENCRYPTED = re.compile(r"\bwith\s+(?:UTF8)?E?SMTPSA?\b|\busing TLS|\bTLS1", re.IGNORECASE)

HOW_TO_SIGN = (
    "Have the mail server sign both: opendkim `SignHeaders *,+list-unsubscribe,+list-unsubscribe-post`, Exim "
    "`dkim_sign_headers = _DKIM_SIGN_HEADERS:List-Unsubscribe-Post`; see docs/providers/smtp.md."
)


class NotAMessageError(BroadcasterError):
    """The file is not a message as it came."""

    code = "not-a-message"
    default_remedy = (
        'Save the message as it came: in Gmail "Show original", then "Download original"; in Thunderbird and Apple '
        'Mail "Save as"; in Outlook on the web "Download". The file ends in .eml.'
    )


def read_message_file(file: Path) -> bytes:
    """The message in a file. Raises NoMessageError."""
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST_MESSAGE + 1)
    except OSError as fault:
        raise NotAMessageError(f"{file} cannot be read: {fault.strerror}") from None
    if len(data) > LARGEST_MESSAGE:
        raise NotAMessageError(f"{file} is too large for one of our messages")
    return data


def check_received_message(data: bytes, records: DnsRecords) -> Iterator[DoctorFinding]:
    """All that can be told of a message that came back.

    Raises NoMessageError, LibraryMissingError, NameServerError.
    """
    message = BytesParser(policy=policy.default).parsebytes(data, headersonly=True)
    author = _address_domain(message.get("From"))
    if not author:
        raise NotAMessageError("It has no From, or one that is no address")
    return_path = _address_domain(message.get("Return-Path"))
    found = list(verify_signatures(data, records))
    yield from _check_signatures(found)
    yield from _check_one_click(message, [one for one in found if not one.fault])
    yield from check_sender_domain(records, author, return_path or author)
    said = _authentication_results(message)
    yield from _check_receiver_results(said)
    holding = {one.domain for one in found if not one.fault}
    yield check_dmarc(find_dmarc_policy(records, author), author, holding, (said.get("spf", ""), return_path))
    yield from _check_encryption(message)


def _check_signatures(found: Sequence[DkimSignature]) -> Iterator[DoctorFinding]:
    if not found:
        yield error_finding(
            "dkim-missing",
            "The message has no DKIM signature.",
            "Have the mail server sign what it sends, with the domain of From; see docs/providers/smtp.md.",
        )
    some_hold = any(not one.fault for one in found)
    for one in found:
        who = f"The DKIM signature of {one.domain} (selector {one.selector})"
        if one.fault:
            broken = (
                warning_finding if some_hold else error_finding
            )  # a relay's own, beside one that holds, does no harm
            yield broken("dkim-broken", f"{who} does not hold: {one.fault}.", one.remedy)
            continue
        yield good_finding("dkim-holds", f"{who} holds. It covers: {', '.join(dict.fromkeys(one.headers))}.")
        if 0 < one.bits < SHORTEST_KEY_BITS:
            yield warning_finding(
                "dkim-key-short", f"{who} has a key of {one.bits} bits.", f"Make one of {SHORTEST_KEY_BITS} bits."
            )
        if one.testing:
            yield warning_finding(
                "dkim-testing",
                f"{one.domain} says of its key that it is only being tried (t=y): receivers may pass over it.",
                "Take t=y out of the key's record once it works.",
            )
        if one.partial:
            yield warning_finding(
                "dkim-partial",
                f"{who} covers only the beginning of the text (l=): anybody may add to it.",
                "Have the mail server sign without a length (opendkim: BodyLengths no).",
            )


def _check_one_click(message: EmailMessage, holding: Sequence[DkimSignature]) -> Iterator[DoctorFinding]:
    """RFC 8058: both headers, one link by https, and a signature that holds over both."""
    links = re.findall(r"<\s*([^>\s]+)\s*>", "".join(message.get_all("List-Unsubscribe", [])))
    posts = [str(one).strip() for one in message.get_all("List-Unsubscribe-Post", [])]
    if not links or not posts:
        yield error_finding(
            "one-click-missing",
            "The message offers no unsubscribing with one click, which Gmail and Yahoo ask of large senders.",
            "Set `public_url` in config.yaml to an https address. If it is set, something on the way took the header "
            "away: ask whoever runs the mail server.",
        )
        return
    if posts != ["List-Unsubscribe=One-Click"] or not any(link.startswith("https://") for link in links):
        yield error_finding(
            "one-click-malformed",
            "The headers for unsubscribing with one click are not as RFC 8058 has them.",
            "`public_url` must be an https address; and nothing on the way may change these headers.",
        )
        return
    unsigned = [name for name in ONE_CLICK_HEADERS if not any(name in one.headers for one in holding)]
    if any(set(ONE_CLICK_HEADERS) <= set(one.headers) for one in holding):
        yield good_finding("one-click-signed", "Unsubscribing with one click is offered, and signed.")
    else:
        what = " and ".join(
            "-".join(part.capitalize() for part in name.split("-")) for name in unsigned or ONE_CLICK_HEADERS
        )
        yield error_finding(
            "one-click-unsigned",
            f"No signature that holds covers {what}: mail programs show no button for unsubscribing (RFC 8058).",
            HOW_TO_SIGN,
        )


def _authentication_results(message: EmailMessage) -> dict[str, str]:
    """What the last server found (RFC 8601); only its own, topmost header counts."""
    top = next(iter(message.get_all("Authentication-Results", [])), "")
    said = {method.lower(): result.lower() for method, result in _AUTHENTICATION_RESULT.findall(str(top))}
    if "spf" not in said:
        spf = next(iter(message.get_all("Received-SPF", [])), "")
        said |= {"spf": str(spf).split(maxsplit=1)[0].lower()} if str(spf).strip() else {}
    return said


def _check_receiver_results(said: dict[str, str]) -> Iterator[DoctorFinding]:
    if not said:
        return
    words = ", ".join(f"{method} {result}" for method, result in sorted(said.items()))
    bad = sorted(method for method, result in said.items() if result not in ("pass", "none", "neutral"))
    if bad:
        yield error_finding(
            "receiver-doubts",
            f"The server that received it found: {words}.",
            f"What is said here about {', '.join(bad)} tells why; if nothing is, ask whoever runs that server.",
        )
    else:
        yield good_finding("receiver-found", f"The server that received it found: {words}.")


def _check_encryption(message: EmailMessage) -> Iterator[DoctorFinding]:
    """How it travelled on its last way, as far as the receiving server wrote that down (RFC 3848)."""
    top = str(next(iter(message.get_all("Received", [])), ""))
    if not top or "from" not in top.lower():
        return
    version = _TLS_VERSION.search(top)
    if version or _ENCRYPTED.search(top):
        by = f" by {version[1].replace('_', '.')}" if version else ""
        yield good_finding("arrived-encrypted", f"It arrived encrypted{by}.")
    else:
        yield warning_finding(
            "arrived-unencrypted",
            "The last server did not note that it arrived encrypted.",
            "Ask whoever runs the mail server whether it uses TLS for what it sends (Postfix: "
            "`smtp_tls_security_level = may`). Of mail within one machine nothing is to be expected.",
        )


def _address_domain(header: object) -> str:
    """The domain of an address; "" where there is none."""
    return parseaddr(str(header or ""))[1].rpartition("@")[2].strip("<> .").lower()
