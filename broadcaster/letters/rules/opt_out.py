"""A text from a sender that nobody can reply to must carry another way to say no.

UK networks show a name as sender only one way: a STOP sent to it reaches nobody (Twilio's guidelines for the United
Kingdom, https://www.twilio.com/en-us/guidelines/gb/sms). PECR regulation 22(2)(c) asks for a simple means to refuse in
each message.
"""

import re
from collections.abc import Iterator

from broadcaster.domain.problems import Problem
from broadcaster.letters.rules.links import without_links

_STOP = re.compile(r"\bSTOP\b", re.IGNORECASE)
_NUMBER = re.compile(r"\+?\d(?:[\s().-]?\d){4,14}")
"""A short code at least: 999 and 101 are for other things."""


def says_how_to_opt_out(sms: str, unsubscribe: str, *, replies: bool) -> bool:
    """Whether a filled text itself says how to say no: by its link, or by STOP, and where to if nobody can reply."""
    if unsubscribe and unsubscribe in sms:
        return True
    plain = without_links(sms)
    return _STOP.search(plain) is not None and (replies or _NUMBER.search(plain) is not None)


def check_opt_out(sms: str, links: tuple[str, ...], file: str, line: int | None) -> Iterator[Problem]:
    """An error unless the filled text holds one of `links`, or the word STOP and a number to send it to."""
    if any(link in sms for link in links):
        return
    plain = without_links(sms)
    if _STOP.search(plain) and _NUMBER.search(plain):
        return
    asked = "{{ links.unsubscribe }} or {{ links.web }}"
    yield Problem.error(
        "no-way-out",
        "nobody can reply to this text's sender, and the text has no other way to say no",
        f"Put {asked} into its sms block"
        + ("" if links else " and set public_url in config.yaml")
        + ", say what number to send STOP to, or name a messaging_service_sid or an sms_sender that is a number.",
        file=file,
        line=line,
    )
