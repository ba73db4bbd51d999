"""A claim whose answer is lost is put back by the process that made it, and no other claim is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from broadcaster.domain.contact.channels import Channel
from broadcaster.ledger import Ledger, WriteConnection
from broadcaster.ledger.database.errors import LedgerUnreachableError
from broadcaster.ledger.delivery.claims import ClaimRequest
from broadcaster.services.composing.links import LinkMaker
from broadcaster.services.delivering.broadcast_context import load_broadcast_context
from broadcaster.services.delivering.claimed_work import ClaimedWork
from broadcaster.services.project.project import now
from tests.services.sent import Sent, released


def _request(sent: Sent, limit: int) -> ClaimRequest:
    links = LinkMaker(sent.project.settings.public_url, sent.project.keyring)
    zones = load_broadcast_context(sent.project, sent.broadcast.id, links).open_zones(now())
    return ClaimRequest(sent.broadcast.id, Channel.EMAIL, "toy", zones, limit)


@contextmanager
def _commits_are_not_answered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    writing = Ledger.writing

    @contextmanager
    def unanswered(self: Ledger) -> Iterator[WriteConnection]:
        with writing(self) as conn:
            yield conn
        raise LedgerUnreachableError("the server went away")

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "writing", unanswered)
        yield


def test_a_claim_that_was_committed_unanswered_is_queued_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with released(tmp_path / "p", 5) as sent:
        work = ClaimedWork(sent.project, sent.runner)
        work.before_claim()
        known = work.claim(_request(sent, 2), now())
        with _commits_are_not_answered(monkeypatch), pytest.raises(LedgerUnreachableError):
            work.claim(_request(sent, 2), now())
        assert sent.states() == {"sending": 4, "queued": 1}
        work.before_claim()
        assert sent.states() == {"sending": 2, "queued": 3}
        work.settled(delivery.seq for delivery in known)


def test_what_was_claimed_and_answered_is_left(tmp_path: Path) -> None:
    with released(tmp_path / "p", 3) as sent:
        work = ClaimedWork(sent.project, sent.runner)
        work.claim(_request(sent, 2), now())
        work.before_claim()
        assert sent.states() == {"sending": 2, "queued": 1}
