"""Texts that domains publish in the DNS: keys for signatures, who may send, what is asked of receivers."""

from ipaddress import ip_address

import dns.exception
import dns.resolver

from broadcaster.domain.errors import BroadcasterError

DNS_TIMEOUT = 5.0
"""Seconds within which an answer must come."""


class NameServerError(BroadcasterError):
    """The DNS did not answer."""

    code = "dns-unanswered"
    default_remedy = "See that this machine reaches the DNS, or name a server to ask: --resolver 9.9.9.9."


class InvalidResolverError(BroadcasterError):
    """What stands after --resolver is no name server."""

    code = "resolver"
    default_remedy = "Write an IP address, with the port behind a # where it is not 53: --resolver 127.0.0.1#5353."


class DnsRecords:
    """Asks the system's name servers, or the one at `server` ("9.9.9.9", "127.0.0.1#5353"): within an organisation a
    name often has other records than the world sees.
    """

    def __init__(self, server: str | None = None) -> None:
        """Raise ResolverError."""
        try:
            self._resolver = dns.resolver.Resolver(configure=server is None)
        except dns.resolver.NoResolverConfiguration:
            raise NameServerError("This machine knows no name server") from None
        if server is not None:
            address, _, port = server.partition("#")
            try:
                self._resolver.nameservers = [str(ip_address(address))]
                self._resolver.port = int(port or 53)
            except ValueError:
                raise InvalidResolverError(f"{server!r} is not the address of a name server") from None

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name; none where there is no such name. Raises NameServerError."""
        try:
            answer = self._resolver.resolve(name, "TXT", lifetime=DNS_TIMEOUT, raise_on_no_answer=False, search=False)
        except (dns.resolver.NXDOMAIN, dns.exception.SyntaxError, dns.name.LabelTooLong, dns.name.EmptyLabel):
            return []
        except dns.exception.DNSException as fault:
            raise NameServerError(f"Nothing could be found out about {name} ({type(fault).__name__})") from None
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer.rrset or ()]


def parse_tags(text: str) -> dict[str, str]:
    """The tags of a record like "v=DKIM1; k=rsa; p=…" (RFC 6376 section 3.2)."""
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip(): value.strip() for name, _, value in pairs}
