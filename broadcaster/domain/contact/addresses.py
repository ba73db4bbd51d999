"""Addresses whose form can be told right by looking: plain ASCII email addresses and numbers in E.164.

Everything rarer (other alphabets, quoted local parts, national numbers) needs a library and is read in `audiences`.
"""

import re

# RFC 5322 section 3.2.3 (dot-atom, ASCII) before the @; RFC 5321 section 4.5.3.1.1 bounds it to 64 octets.
_LOCAL = r"(?=[^@]{1,64}@)[\w!#$%&'*+\-/=?^`{|}~]+(?:\.[\w!#$%&'*+\-/=?^`{|}~]+)*"
# RFC 1123 section 2.1: labels of letters, digits and inner hyphens, at most 63; the last one ends with a letter, for
# all top-level domains do. Labels with hyphens in third and fourth place are IDNA's (RFC 5890): not judged here.
_LABEL = r"(?![a-z0-9]{2}--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = rf"(?:{_LABEL}\.)+{_LABEL}(?<=[a-z])"
_PLAIN = re.compile(rf"(?P<local>{_LOCAL})@(?P<domain>{_DOMAIN})", re.ASCII | re.IGNORECASE)
_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)


def plain_email(text: str) -> str | None:
    """The address with its domain in lower case, if it is a plain ASCII one; None if it is anything else.

    At most 254 octets (RFC 5321 section 4.5.3.1.3). Internationalised domains are not judged here, in either form.
    """
    match = _PLAIN.fullmatch(text) if len(text) <= 254 else None
    return f"{match['local']}@{match['domain'].lower()}" if match else None


def is_e164(text: str) -> bool:
    """Whether this is + and 7 to 15 digits, the first of them no 0 (ITU-T E.164)."""
    return _E164.fullmatch(text) is not None


def canonical_address(address: str) -> str:
    """What two spellings of one person's address share: the address in lower case.

    RFC 5321 lets hosts tell `Amina@` from `amina@`, and none worth writing to does. Who unsubscribed as one must not
    be written to as the other, so this, and not the address, is what blind indexes are made of.
    """
    return address.lower()
