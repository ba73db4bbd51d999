"""One email address from a roster: right or wrong, and in the form in which it goes into an envelope.

The email-validator library decides; it takes 67 µs for an address, and a roster of a million has a million of them on a
few thousand domains. So a domain's answer is kept, and the part before the @ is judged here where it is a plain ASCII
dot-atom, for which the library's own rule is one regular expression. `tests/audiences/addresses/test_emails.py` holds
both ways against each other; whatever is not plain goes to the library.
"""

import re

import idna
from email_validator import EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES, DOT_ATOM_TEXT, LOCAL_PART_MAX_LENGTH

from broadcaster.audiences.model.row_errors import Flaw, FlawError

_DOMAINS_KEPT = 20_000
# Above this an address is left to the library, which measures three forms of it against 254 octets.
_SURELY_SHORT_ENOUGH = 200
# RFC 5321 allows 254 octets; a text far beyond is not worth the library's looking at every character.
_LONGEST_TEXT = 500
_ROLE_NAMES = frozenset(CASE_INSENSITIVE_MAILBOX_NAMES)
_PLAIN_LOCAL = DOT_ATOM_TEXT.match

_REMEDY = "Write one address such as name@example.org, nothing else in the cell."

_HINTS = (
    (re.compile(r"[;,]|@.*\s.*@"), "more than one address stands here", "Keep one; put others into rows of their own."),
    (re.compile(r"^mailto:|[<>]"), "there is more than the address here", _REMEDY),
    (re.compile(r"\s"), "a space stands in the address", "Take the space out."),
    (re.compile(r"^[^@]*$"), "there is no @ here", _REMEDY),
)


class EmailReader:
    """Reads addresses, and remembers the domains it has met."""

    def __init__(self) -> None:
        self._domains: dict[str, str | None] = {}

    def read(self, text: str) -> str:
        """The address in ASCII, its domain in lower case (IDNA where it has other letters). Raises `FlawError`."""
        local, _, domain = text.partition("@")
        try:
            known = self._domains[domain]
        except KeyError:
            known = self._learn_domain(domain)
        if (
            known is not None
            and len(text) <= _SURELY_SHORT_ENOUGH
            and len(local) <= LOCAL_PART_MAX_LENGTH
            and _PLAIN_LOCAL(local)
        ):
            return f"{local.lower() if local.lower() in _ROLE_NAMES else local}@{known}"
        return read_email_by_library(text)

    def _learn_domain(self, domain: str) -> str | None:
        """The domain in lower case if it is a good plain one; None if the library must look at each address on it."""
        if len(self._domains) >= _DOMAINS_KEPT:
            self._domains.clear()
        plain: str | None = None
        if domain.isascii() and len(domain) < _SURELY_SHORT_ENOUGH and "xn--" not in domain.lower():
            try:
                # A letter alone before the @ is good by any rule, so what the library refuses is the domain.
                plain = read_email_by_library("a@" + domain).partition("@")[2]
            except FlawError:
                plain = None
        self._domains[domain] = plain
        return plain


def read_email_by_library(text: str) -> str:
    """As `EmailReader.read`, by the library alone. No name server is asked; reserved domains for examples are good."""
    if len(text) > _LONGEST_TEXT:
        raise FlawError(Flaw("email-invalid", "email", "this is longer than any email address", _REMEDY))
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError:
        if (by_idna := _read_with_joiners(text)) is not None:
            return by_idna
        raise FlawError(_email_flaw(text)) from None
    if found.ascii_email is None:
        raise FlawError(
            Flaw(
                "email-not-ascii",
                "email",
                "letters outside ASCII stand before the @, which most mail servers cannot deliver to",
                "Ask the person for an address in plain letters.",
            )
        )
    return found.ascii_email


def _read_with_joiners(text: str) -> str | None:
    """The address on a domain with a joiner (U+200C, U+200D) in it, in ASCII; None where there is no such address.

    IDNA 2008 (RFC 5892, appendix A) lets joiners stand where a script needs them, as Persian does; email-validator 2.4
    refuses them for not being seen, in either form of the domain. What `idna` decodes and encodes back is good; all
    else is still judged by the library, with plain letters for the labels that it does not know how to read.
    """
    local, _, domain = text.rpartition("@")
    try:
        encoded = idna.encode(domain, uts46=not domain.isascii()).decode().lower()
        decoded = idna.decode(encoded)
        if ("\u200c" not in decoded and "\u200d" not in decoded) or idna.encode(decoded).decode() != encoded:
            return None
        stand_in = f"{local}@{encoded.replace('xn--', 'xnzz')}"
        found = validate_email(stand_in, check_deliverability=False, test_environment=True, strict=True)
    except (UnicodeError, EmailNotValidError):  # idna's errors are Unicode errors
        return None
    return f"{found.ascii_local_part}@{encoded}" if found.ascii_local_part else None


def _email_flaw(text: str) -> Flaw:
    for pattern, message, remedy in _HINTS:
        if pattern.search(text):
            return Flaw("email-invalid", "email", message, remedy)
    return Flaw("email-invalid", "email", "this is not an email address that can be written to", _REMEDY)
