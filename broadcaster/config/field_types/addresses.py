"""What a piece of text in a file can mean when it is an address: of a person, a telephone, a host, a page."""

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from broadcaster.config.field_types.scalars import quoted, text_validator, wrong_value
from broadcaster.domain.contact.addresses import is_e164, plain_email

_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*")


def parse_email(text: str) -> str:
    """An address of the organisation, in plain ASCII: it is printed in headers and letters."""
    plain = plain_email(text)
    if plain is None:
        remedy = "Write it as name@example.org; in plain letters, its domain too."
        raise wrong_value("this is not an email address", remedy)
    return plain


def parse_sms_sender(text: str) -> str:
    """What a telephone shows as sender: a number in E.164, or at most 11 letters and digits, one letter at least."""
    if is_e164(text):
        return text
    if not (text.isascii() and re.fullmatch("[A-Za-z0-9]{1,11}", text) and re.search("[A-Za-z]", text)):
        raise wrong_value(
            f"{quoted(text)} cannot be the sender of a text message",
            "Write at most 11 letters or digits, at least one of them a letter, or a number such as +447700900123.",
        )
    return text


def parse_phone(text: str) -> str:
    """A telephone number as people write it. Which number it is depends on the region, and is read by those who use it;
    the message does not repeat it.
    """
    if not re.fullmatch(r"\+?[\d\s()./-]{6,30}", text, re.ASCII) or sum(map(str.isdigit, text)) < 6:
        raise wrong_value("this is not a telephone number", "Write it as 07700 900123 or +44 7700 900123.")
    return text


def parse_host(text: str) -> str:
    """A host name or an IP address, without scheme, port or path."""
    bare = text.strip("[]")
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        pass
    if not _HOST.fullmatch(text):
        raise wrong_value(f"{quoted(text)} is not a host name", "Write the name alone, for example mail.example.org.")
    return text.lower()


def is_loopback(name: str | None) -> bool:
    """Whether a host is this machine itself, so that nothing between can listen."""
    if name is None:
        return False
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.lower() == "localhost"


def parse_url(text: str) -> str:
    """An https address without query or password; http only on this machine. The closing / is dropped."""
    remedy = "Write it as https://letters.example.org (http:// only for localhost)."
    try:
        parts = urlsplit(text)
        known_host, _ = parts.hostname, parts.port
    except ValueError:
        raise wrong_value("this is not a web address", remedy) from None
    if parts.username is not None or parts.password is not None:
        raise wrong_value("a user name or password stands in this address", "Take it out. " + remedy)
    if not known_host or parts.scheme not in ("https", "http") or re.search(r"[\s\\<>\"]", text):
        raise wrong_value("this is not a web address", remedy)
    if parts.scheme == "http" and not is_loopback(known_host):
        raise wrong_value("an address that the world can reach must begin with https://", remedy)
    if parts.query or parts.fragment:
        raise wrong_value("this address must end before any ? or #", remedy)
    if "//" in parts.path.rstrip("/"):
        # Our pages are named by their paths alone, and a browser takes one that begins so for another host.
        raise wrong_value("two slashes stand side by side in this address", remedy)
    return text.rstrip("/")


Email = Annotated[str, text_validator(parse_email)]
Phone = Annotated[str, text_validator(parse_phone)]
SmsSender = Annotated[str, text_validator(parse_sms_sender)]
Host = Annotated[str, text_validator(parse_host)]
Url = Annotated[str, text_validator(parse_url)]
