"""Whether a message counts as its sender's own: DMARC (RFC 7489), over SPF (RFC 7208) and DKIM (RFC 6376)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from broadcaster.services.doctor.dns_records import DnsRecords, parse_tags
from broadcaster.services.doctor.findings import DoctorFinding, error_finding, good_finding, warning_finding

_MOST_LABELS = 8
"""Labels of a domain below which no policy is looked for."""


@dataclass(frozen=True, slots=True)
class DmarcPolicy:
    """What a domain asks of receivers; `home` is the organisation's domain, by which names are compared."""

    at: str
    tags: dict[str, str]
    home: str

    def strict(self, tag: str) -> bool:
        """Whether names must be equal, for `adkim` or `aspf`."""
        return self.tags.get(tag, "r").lower() == "s"


def find_dmarc_policy(records: DnsRecords, domain: str) -> DmarcPolicy | None:
    """The DMARC policy that holds for a domain.

    It is looked for at the domain and at those above it; the highest that has one is the organisation's. So RFC 7489's
    list of public suffixes, which ages, is not needed; DMARC's next edition finds it in this way. Raises
    NameServerError.
    """
    found: list[tuple[str, dict[str, str]]] = []
    for name in _domain_and_parents(domain):
        texts = [text for text in records.texts(f"_dmarc.{name}") if text.lower().startswith("v=dmarc1")]
        if len(texts) == 1:
            found.append((name, parse_tags(texts[0])))
    own = [one for one in found if one[1].get("psd", "").lower() != "y"]
    return DmarcPolicy(*own[0], own[-1][0]) if own else None


def _domain_and_parents(domain: str) -> Iterator[str]:
    labels = domain.split(".")
    for first in range(max(0, len(labels) - _MOST_LABELS), len(labels) - 1):
        yield ".".join(labels[first:])


def is_aligned(policy: DmarcPolicy | None, author: str, other: str, tag: str) -> bool:
    """Whether `other` counts as the author's own domain. `tag` is `adkim` or `aspf`."""
    if other == author:
        return True
    if policy is not None and policy.strict(tag):
        return False
    home = policy.home if policy is not None else min(author, other, key=len)
    return _is_within_domain(other, home) and _is_within_domain(author, home)


def _is_within_domain(name: str, home: str) -> bool:
    return name == home or name.endswith(f".{home}")


def check_sender_domain(records: DnsRecords, author: str, return_path: str) -> Iterator[DoctorFinding]:
    """What the domains of From and return path publish. Raises NameServerError."""
    policy = find_dmarc_policy(records, author)
    if policy is None:
        yield error_finding(
            "dmarc-missing",
            f"{author} publishes no DMARC record, which Gmail, Yahoo and Microsoft ask of large senders.",
            f'Publish a TXT record at _dmarc.{author}: "v=DMARC1; p=none; rua=mailto:…", and read the reports.',
        )
    else:
        yield good_finding(
            "dmarc-published", f"{policy.at} publishes a DMARC record: p={policy.tags.get('p', 'none')}."
        )
    spf = [text for text in records.texts(return_path) if text.lower().startswith("v=spf1")]
    if len(spf) != 1:
        count = "no SPF record" if not spf else f"{len(spf)} SPF records, which counts as an error"
        yield error_finding(
            "spf-missing",
            f"The return path's domain {return_path} publishes {count}.",
            f"Publish one TXT record at {return_path} that names the servers that send, such as "
            '"v=spf1 include:RELAY -all"; whoever runs the mail server knows what it must say.',
        )
    else:
        yield good_finding("spf-published", f"{return_path} publishes an SPF record.")
    if is_aligned(policy, author, return_path, "aspf"):
        yield good_finding(
            "return-path-aligned", f"The return path ({return_path}) counts as the sender's own ({author})."
        )
    else:
        yield warning_finding(
            "return-path-not-aligned",
            f"The return path ({return_path}) is not of the same organisation as From ({author}): SPF proves nothing.",
            "Set `return_path` in config.yaml to an address within the sender's domain. Until then all hangs on DKIM.",
        )


def check_dmarc(
    policy: DmarcPolicy | None, author: str, signed: Collection[str], spf: tuple[str, str]
) -> DoctorFinding:
    """Whether the message passes DMARC: by a signature of a domain in `signed`, or by SPF, of which `spf` is what the
    receiver said ("" where it said nothing) and the domain.
    """
    by_dkim = [domain for domain in signed if is_aligned(policy, author, domain, "adkim")]
    said, return_path = spf
    by_spf = said == "pass" and is_aligned(policy, author, return_path, "aspf")
    if by_dkim:
        more = " and by SPF" if by_spf else ""
        return good_finding(
            "dmarc-passes", f"It counts as {author}'s own: by the DKIM signature of {by_dkim[0]}{more}."
        )
    if by_spf:
        return warning_finding(
            "dmarc-by-spf-alone",
            f"It counts as {author}'s own by SPF alone, which is lost where somebody forwards the message.",
            f"Let the mail server sign with the domain of From: d={author}.",
        )
    others = f" It is signed by {', '.join(sorted(signed))} only." if signed else ""
    return error_finding(
        "dmarc-fails",
        f"Nothing proves that the message is {author}'s own.{others}",
        f"Let the mail server sign with the domain of From (d={author}), and publish its key.",
    )
