"""DKIM signatures (RFC 6376) of a message, verified with dkimpy, which is an extra."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from broadcaster.domain.errors import BroadcasterError
from broadcaster.services.doctor.dns_records import DnsRecords, parse_tags

SHORTEST_KEY_BITS = 2048
"""Bits of an RSA key below which it should be replaced (RFC 8301 asks for 2048, and at least 1024)."""

MOST_SIGNATURES = 10
"""Signatures that are looked at: each costs a question to the DNS."""


class DkimpyMissingError(BroadcasterError):
    """dkimpy is not installed."""

    code = "doctor-library"
    default_remedy = "Where broadcaster is installed, run: python -m pip install 'dkimpy>=1.1.8'. Then run this again."


@dataclass(frozen=True, slots=True)
class DkimSignature:
    """One signature. `headers` are the names that it covers, in lower case; `fault` says why it does not hold, "" where
    it does; `bits` is the size of an RSA key; `testing` that the domain says the key is only being tried.
    """

    domain: str
    selector: str
    headers: tuple[str, ...]
    fault: str = ""
    remedy: str = ""
    bits: int = 0
    testing: bool = False
    partial: bool = False


def verify_signatures(message: bytes, records: DnsRecords) -> Iterator[DkimSignature]:
    """The message's signatures, the topmost first. Raises LibraryMissingError, NameServerError."""
    dkim = _load_dkimpy()
    try:
        verifier = dkim.DKIM(message, logger=_silent_logger(), minkey=1024)
    except dkim.DKIMException:
        return
    count = sum(name.lower() == b"dkim-signature" for name, _ in verifier.headers)
    for number in range(min(count, MOST_SIGNATURES)):
        yield _verify_signature(dkim, verifier, number, records)


def _verify_signature(dkim: ModuleType, verifier: object, number: int, records: DnsRecords) -> DkimSignature:
    keys: list[str] = []

    def ask(name: bytes, timeout: float = 0) -> bytes | None:
        del timeout
        keys.extend(records.texts(name.decode("ascii", "replace")))
        return keys[0].encode() if len(keys) == 1 else None

    holds, why = False, ""
    try:
        holds = verifier.verify(number, dnsfunc=ask)  # type: ignore[attr-defined]  # dkimpy has no types
    except dkim.DKIMException as trouble:
        why = str(trouble)
    except (ValueError, TypeError, KeyError) as trouble:  # what it lets through of a signature that is none
        why = type(trouble).__name__
    field = {name.decode("ascii", "replace"): value for name, value in _signature_fields(verifier).items()}
    domain, selector, names = (field.get(name, b"").decode("ascii", "replace").lower() for name in "dsh")
    key = parse_tags(keys[0]) if len(keys) == 1 else {}
    fault, remedy = ("", "") if holds else _explain_failure(f"{selector}._domainkey.{domain}", keys, why)
    return DkimSignature(
        domain,
        selector,
        tuple(name.strip() for name in names.split(":") if name.strip()),
        fault,
        remedy,
        bits=getattr(verifier, "keysize", 0) if key.get("k", "rsa") == "rsa" else 0,
        testing="y" in key.get("t", "").split(":"),
        partial="l" in field,
    )


def _signature_fields(verifier: object) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = getattr(verifier, "signature_fields", None) or {}
    return found


def _explain_failure(place: str, keys: list[str], why: str) -> tuple[str, str]:
    """Why a signature does not hold, and what to do."""
    if "body hash" in why:
        return (
            "the text of the message was changed after it was signed",
            "Save the message as it came: its original, not a forwarded or copied one. If it is that: look for what "
            "changes it behind the signing server, such as a footer or a virus filter.",
        )
    if "ed25519" in why or "nacl" in why.lower():
        return "it is an Ed25519 signature, which is not looked at", "Look at the other signatures."
    if len(keys) != 1 or not parse_tags(keys[0]).get("p"):
        return _explain_missing_key(place, keys)
    if "too small" in why:
        return f"the key at {place} is too short", f"Make one of {SHORTEST_KEY_BITS} bits."
    if why:
        return f"it cannot be read ({why})", "Ask whoever runs the signing server."
    return (
        f"the key at {place} is another one, or a header was changed after it was signed",
        "Compare the published key with the signing server's own; then look for what changes headers behind it.",
    )


def _explain_missing_key(place: str, keys: list[str]) -> tuple[str, str]:
    if not keys:
        return f"no key is published at {place}", "Publish the signing server's key there, as a TXT record."
    if len(keys) > 1:
        return f"{len(keys)} records stand at {place}", "Leave the one with the signing server's key."
    return f"the key at {place} was taken back (its p= is empty)", "Publish the signing server's present key."


def _load_dkimpy() -> ModuleType:
    try:
        import dkim  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra, and only `doctor` needs it
    except ImportError:
        raise DkimpyMissingError("Signatures cannot be verified: dkimpy is not installed") from None
    library: ModuleType = dkim
    return library


def _silent_logger() -> logging.Logger:
    """dkimpy logs what it finds; we say it in our words."""
    logger = logging.getLogger("broadcaster.dkimpy")
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
    return logger
