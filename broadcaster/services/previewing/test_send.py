"""Sending somebody's email to oneself, at the desk and on the command line. Nobody approves a test, so it must not
become a way to write to people: it goes to one address that may be written to, a few times in an hour, and is on the
record before it goes.
"""

from dataclasses import dataclass
from datetime import timedelta

from broadcaster.audiences import Recipient
from broadcaster.domain.channels import Channel
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.receipts import Receipt
from broadcaster.ledger import audit, suppressions
from broadcaster.ledger.audit import Entry
from broadcaster.services.access.permissions import Actor
from broadcaster.services.composing.messages import Prospects
from broadcaster.services.previewing.preview import send_trial, trial
from broadcaster.services.project.project import Project, now
from broadcaster.services.recipients.suppression_list import find

MOST = 20
"""Tests of one person within `WITHIN`: as many as anybody looks at, and too few to write to a community."""

WITHIN = timedelta(hours=1)

DEED = "send-test"


class NoTestError(BroadcasterError):
    """The test cannot go to this address, or was one too many."""

    code = "test-refused"


@dataclass(frozen=True, slots=True)
class Trial:
    """Where a test goes, and in which language, None for the person's own."""

    to: str
    language: str | None = None


def send(project: Project, prospects: Prospects, person: Recipient, wanted: Trial, by: Actor) -> Receipt:
    """Hand over this person's email, addressed to whoever tests it.

    Raises AddressError, NoTestError, and what `preview.trial` raises.
    """
    found = find(project, wanted.to)
    if found.channel is not Channel.EMAIL:
        raise NoTestError("A test is an email.", remedy="Type your email address.")
    merges = project.providers[Channel.EMAIL].merges
    message = trial(prospects, person, found.address, wanted.language, merges=merges)
    with project.ledger.writing() as conn:
        if suppressions.among(conn, [found.blind]):
            raise NoTestError("This address must not be written to.", remedy="Take an address of your own.")
        if audit.count(conn, by.name, DEED, now() - WITHIN) >= MOST:
            raise NoTestError(
                f"{by.name} has sent {MOST} tests within an hour.",
                remedy="Wait a while. What many people shall get is submitted and approved.",
            )
        # The beginning of the keyed hash shows whether tests went to one address or to many; no ledger knows the
        # delivery otherwise.
        detail = {"delivery": message.delivery_id, "address": found.blind.hex()[:12]}
        audit.write(conn, Entry(by.name, DEED, prospects.letter.name, detail, by.system_user, by.host))
    return send_trial(project, message)
