"""Suppressions: several reasons of one address, what weighs more, and what stays when one is taken back."""

import pytest

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.ledger import Ledger
from broadcaster.ledger.recipients import suppressions
from broadcaster.ledger.recipients.suppressions import NewSuppression, Suppression
from tests.ledger.stage import KEYRING, address

BLIND = KEYRING.blind(Channel.EMAIL, address(1))
OTHER = KEYRING.blind(Channel.EMAIL, address(2))
BOUNCED, STOP = SuppressionReason.BOUNCED, SuppressionReason.STOP
BY_HAND, UNSUBSCRIBED = SuppressionReason.BY_HAND, SuppressionReason.UNSUBSCRIBED


def add(ledger: Ledger, *reasons: SuppressionReason, blind: bytes = BLIND) -> list[bool]:
    """Suppress it for each of these reasons in turn; whether each was news."""
    with ledger.writing() as conn:
        return [
            suppressions.add(conn, NewSuppression(Channel.EMAIL, blind, "a@b.example", reason, "by", f"why {reason}"))
            for reason in reasons
        ]


def known(ledger: Ledger, blind: bytes = BLIND) -> Suppression | None:
    with ledger.reading() as conn:
        return suppressions.get(conn, blind)


@pytest.mark.parametrize(
    ("reasons", "news", "kept"),
    [
        ([BOUNCED, STOP], [True, True], (STOP, BOUNCED)),
        ([BOUNCED, BY_HAND, UNSUBSCRIBED], [True, True, True], (UNSUBSCRIBED, BY_HAND, BOUNCED)),
        ([STOP, BOUNCED], [True, False], (STOP,)),
        ([STOP, STOP], [True, False], (STOP,)),
        ([STOP, BY_HAND], [True, True], (STOP, BY_HAND)),
        ([UNSUBSCRIBED, SuppressionReason.COMPLAINED], [True, True], (UNSUBSCRIBED, SuppressionReason.COMPLAINED)),
        ([SuppressionReason.ERASED, STOP], [True, True], (SuppressionReason.ERASED, STOP)),
    ],
)
def test_what_people_said_joins_and_stands_first(
    ledger: Ledger, reasons: list[SuppressionReason], news: list[bool], kept: tuple[SuppressionReason, ...]
) -> None:
    assert add(ledger, *reasons) == news
    found = known(ledger)
    assert found is not None
    assert (found.reasons, found.reason, found.address) == (kept, kept[0], "a@b.example")
    assert [(ground.by, ground.note) for ground in found.grounds] == [("by", f"why {reason}") for reason in kept]
    assert (found.by, found.note, found.added_at) == ("by", f"why {kept[0]}", found.grounds[0].added_at)


def test_a_reason_is_taken_back_and_the_others_stand(ledger: Ledger) -> None:
    add(ledger, BOUNCED, BY_HAND, STOP)
    add(ledger, BOUNCED, blind=OTHER)
    before = known(ledger)
    assert before is not None
    with ledger.writing() as conn:
        assert suppressions.remove_reason(conn, BLIND, BY_HAND)
        assert not suppressions.remove_reason(conn, BLIND, BY_HAND)
    after = known(ledger)
    assert after is not None
    assert after.grounds == (before.grounds[0], before.grounds[2])
    with ledger.writing() as conn:
        assert suppressions.remove_reason(conn, BLIND, STOP)
        assert suppressions.remove_reason(conn, BLIND, BOUNCED)
        assert not suppressions.remove_reason(conn, BLIND, BOUNCED)
        assert not suppressions.remove(conn, BLIND)
    assert known(ledger) is None
    assert known(ledger, OTHER) is not None


def test_of_the_erased_no_words_are_kept_whatever_comes(ledger: Ledger) -> None:
    add(ledger, BOUNCED, BY_HAND)
    add(ledger, BOUNCED, blind=OTHER)
    with ledger.writing() as conn:
        suppressions.erase_address_and_notes(conn, BLIND)
    add(ledger, STOP)
    found, untouched = known(ledger), known(ledger, OTHER)
    assert found is not None
    assert untouched is not None
    assert (found.address, found.reasons) == ("", (STOP, BY_HAND, BOUNCED))
    assert [ground.note for ground in found.grounds] == ["", "", ""]
    assert (untouched.address, untouched.note) == ("a@b.example", f"why {BOUNCED}")


def test_all_and_some_are_found_and_counted(ledger: Ledger) -> None:
    with ledger.reading() as conn:
        assert suppressions.current_version(conn) == (0, None)
    add(ledger, BOUNCED)
    add(ledger, STOP, blind=OTHER)
    with ledger.reading() as conn:
        assert [one.blind for one in suppressions.list_all(conn)] == [BLIND, OTHER]
        assert suppressions.find_suppressed(conn, [OTHER, b"unknown"]) == {OTHER: STOP}
        newest = suppressions.get(conn, OTHER)
        assert newest is not None
        assert suppressions.current_version(conn) == (2, newest.added_at)
