"""Rules for the links of a letter: where they lead, and whether they show where."""

import re
from collections.abc import Collection, Iterable, Iterator
from urllib.parse import urlsplit

from broadcaster.domain.problems import Problem
from broadcaster.letters.text.typed_addresses import web_addresses

_LOOKS_LIKE_URL = re.compile(r"(?:[a-z][a-z0-9+.-]*://\S+|(?:[\w-]+\.)+[^\W\d_]{2,}(?:[/?#:]\S*)?)", re.IGNORECASE)
# Browsers read a backslash as a slash and drop line ends, where Python's parser sees another host.
_DECEIVING = re.compile(r"[\\\s\x00-\x1f\x7f]")
_HARMLESS = frozenset({"mailto", "tel", "sms"})


def bare_links(text: str) -> list[str]:
    """The addresses that stand in a plain text, which mail programs and telephones make into links of their own."""
    return [text[start:end] for start, end in web_addresses(text)]


def without_links(text: str) -> str:
    """The text with its addresses left out."""
    kept, at = [], 0
    for start, end in web_addresses(text):
        kept.append(text[at:start])
        at = end
    return " ".join([*kept, text[at:]])


def check_links(file: str, links: Iterable[tuple[str, str]], allowed_hosts: Collection[str]) -> Iterator[Problem]:
    """Problems of links given as (text, target); hosts are compared whole and without regard to case."""
    allowed = {host.lower() for host in allowed_hosts}
    for text, target in links:
        yield from _check_target(file, target, allowed)
        if _shows_other_address(text, target):
            # Paths and addresses may hold what is known of a person: neither is repeated.
            yield Problem.warning(
                "link-text-differs",
                f"a link to {host_of(target) or 'an address'} shows another address as its text",
                "Let the text be the address that the link leads to, or say in words where it leads.",
                file=file,
            )


def host_of(target: str) -> str | None:
    """The host an address leads to, in lower case; None where there is none or it cannot be read."""
    try:
        return urlsplit(target).hostname
    except ValueError:
        return None


def _check_target(file: str, target: str, allowed: Collection[str]) -> Iterator[Problem]:
    if target.startswith("#"):
        return
    full = f"https://{target}" if target.lower().startswith("www.") else target
    scheme, colon, _ = full.partition(":")
    if colon and scheme.lower() in _HARMLESS:
        return
    host = host_of(full)
    if not colon or scheme.lower() not in ("http", "https") or host is None or _DECEIVING.search(target):
        kind = f"of the kind {scheme.lower()}:" if colon and scheme.isalnum() else "without a scheme"
        yield Problem.error(
            "link-not-web",
            f"a link {kind} is no full web address",
            "Write the whole address, beginning with https://",
            file=file,
        )
    elif host not in allowed:
        yield Problem.error(
            "link-host",
            f"a link leads to {host}, which is not among the hosts that letters may link to",
            "Link to the host of public_url, or add this one to config.yaml:  links: {allow: [HOST]}",
            file=file,
        )


def _shows_other_address(text: str, target: str) -> bool:
    shown = text.strip()
    if _looks_like_mail(shown) and "/" not in shown:
        return target.partition("?")[0].lower() != f"mailto:{shown.lower()}"
    return _LOOKS_LIKE_URL.fullmatch(shown) is not None and _comparable_address(shown) != _comparable_address(target)


def _looks_like_mail(text: str) -> bool:
    local, at, host = text.partition("@")
    return bool(local and at) and "@" not in host and "." in host[1:-1] and not any(map(str.isspace, text))


def _comparable_address(address: str) -> str:
    """What matters of an address: neither its scheme, nor a last slash, nor capitals in the host."""
    host, slash, rest = re.sub(r"^https?://", "", address, flags=re.IGNORECASE).partition("/")
    return (host.lower() + slash + rest).rstrip("/")
