"""Suppressions, consent, reports and rosters: what is kept of people, and that it is never kept readable."""

import itertools
from datetime import timedelta

import pytest

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.delivery.reports import Report, ReportedEvent
from broadcaster.ledger import Ledger
from broadcaster.ledger.database import tables
from broadcaster.ledger.database.column_types import now_utc
from broadcaster.ledger.feedback import reports, soft_bounces
from broadcaster.ledger.recipients import erased_rows, preferences, suppressions
from broadcaster.ledger.recipients.suppressions import NewSuppression
from tests.ledger.stage import KEYRING, NOW, address


def _blind(number: int) -> bytes:
    return KEYRING.blind(Channel.EMAIL, address(number))


def _suppress(number: int, reason: SuppressionReason = SuppressionReason.BOUNCED) -> NewSuppression:
    return NewSuppression(Channel.EMAIL, _blind(number), address(number), reason, "sendgrid", "rang us, Ümit")


def test_a_suppression_is_found_listed_and_taken_back(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        assert suppressions.add(conn, _suppress(1))
        assert not suppressions.add(conn, _suppress(1, SuppressionReason.REFUSED))
        suppressions.add(conn, _suppress(2, SuppressionReason.STOP))
        assert suppressions.find_suppressed(conn, [_blind(number) for number in range(5)]) == {
            _blind(1): "bounced",
            _blind(2): "stop",
        }
        assert suppressions.find_suppressed(conn, []) == {}
        found = suppressions.list_all(conn)
        assert [(one.address, one.note, one.by) for one in found] == [
            (address(1), "rang us, Ümit", "sendgrid"),
            (address(2), "rang us, Ümit", "sendgrid"),
        ]
        assert suppressions.get(conn, _blind(1)) == found[0]
        assert suppressions.remove(conn, _blind(1))
        assert not suppressions.remove(conn, _blind(1))
        assert suppressions.get(conn, _blind(1)) is None


@pytest.mark.parametrize(("before", "then"), list(itertools.permutations(SuppressionReason, 2)))
def test_a_persons_word_stands_before_what_a_machine_found(
    ledger: Ledger, before: SuppressionReason, then: SuppressionReason
) -> None:
    """Whatever comes first; what a machine finds out later is no news, and the weightier word comes first."""
    with ledger.writing() as conn:
        suppressions.add(conn, _suppress(1, before))
        assert suppressions.add(conn, _suppress(1, then)) is (then in suppressions.SAID_BY_PEOPLE)
        assert not suppressions.add(conn, _suppress(1, then))
        found = suppressions.get(conn, _blind(1))
        assert found is not None
        expected = [before, then] if then in suppressions.SAID_BY_PEOPLE else [before]
        if then in suppressions.SAID_BY_PEOPLE and before in (
            SuppressionReason.BOUNCED,
            SuppressionReason.REFUSED,
            SuppressionReason.BY_HAND,
        ):
            expected.reverse()
        assert list(found.reasons) == expected
        assert {ground.note for ground in found.grounds} == {"rang us, Ümit"}
        assert suppressions.find_suppressed(conn, [_blind(1)]) == {_blind(1): expected[0]}
        for reason in set(SuppressionReason) - set(expected):
            assert not suppressions.remove_reason(conn, _blind(1), reason)
        for reason in expected:
            assert suppressions.remove_reason(conn, _blind(1), reason)
        assert suppressions.get(conn, _blind(1)) is None
        assert not suppressions.remove_reason(conn, _blind(1), expected[0])


def test_the_words_of_all_reasons_are_forgotten(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        for reason in (SuppressionReason.BOUNCED, SuppressionReason.BY_HAND, SuppressionReason.STOP):
            suppressions.add(conn, _suppress(1, reason))
        suppressions.erase_address_and_notes(conn, _blind(1))
        assert suppressions.add(conn, _suppress(1, SuppressionReason.COMPLAINED))
        found = suppressions.get(conn, _blind(1))
    assert found is not None
    assert found.address == ""
    assert [(ground.reason, ground.note) for ground in found.grounds] == [
        ("stop", ""),
        ("complained", ""),
        ("by-hand", ""),
        ("bounced", ""),
    ]


def test_a_thousand_addresses_are_looked_up_at_once(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        for number in range(0, 1000, 100):
            suppressions.add(conn, _suppress(number))
            preferences.save(conn, _blind(number + 1), "none", "door")
        blinds = [_blind(number) for number in range(1000)]
        assert len(suppressions.find_suppressed(conn, blinds)) == len(preferences.find_chosen(conn, blinds)) == 10


def test_the_last_word_counts(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        assert preferences.save(conn, _blind(1), "none", "door")
        assert preferences.save(conn, _blind(1), "sms", "door")
        preferences.save(conn, _blind(2), "none", "sms")
        found = preferences.find_chosen(conn, [_blind(1), _blind(2), _blind(3)])
        assert {blind: wish.preference for blind, wish in found.items()} == {_blind(1): "sms", _blind(2): "none"}
        assert preferences.forget(conn, _blind(2))
        assert not preferences.forget(conn, _blind(2))
        with pytest.raises(ValueError, match="Preference"):
            preferences.save(conn, _blind(1), "post", "door")


def test_a_word_is_never_older_than_the_last_one_that_is_known(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        preferences.save(conn, _blind(1), "sms", "door")
        ahead = tables.consent.update().values(chosen_at=now_utc() + timedelta(days=1))
        conn.execute(ahead)  # the clock was a day ahead then
        assert not preferences.save(conn, _blind(1), "sms", "door")
        assert preferences.save(conn, _blind(2), "none", "door", _blind(1))
        assert preferences.save(conn, _blind(3), "none", "door")
        said = preferences.find_chosen(conn, [_blind(number) for number in (1, 2, 3)])
    moments = [said[_blind(number)].chosen_at for number in (3, 1, 2)]
    assert moments == sorted(set(moments))


@pytest.mark.parametrize(
    ("days", "counts"),
    [
        ([0, 1, 2], [1, 2, 3]),
        ([0, 60, 120], [1, 2, 3]),
        ([0, 61, 122], [1, 1, 1]),
        ([0, 800, 801], [1, 1, 2]),
        ([800, 0, 801], [1, 1, 2]),  # told of years too late
        ([60, 0], [1, 2]),
    ],
)
def test_strikes_count_only_while_they_follow_each_other(ledger: Ledger, days: list[int], counts: list[int]) -> None:
    with ledger.writing() as conn:
        assert [soft_bounces.add_strike(conn, _blind(1), "x", NOW + timedelta(days=day)) for day in days] == counts


def test_a_report_repeated_forty_six_times_is_kept_once(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        one = Report("event-1", "", ReportedEvent.TAKEN, NOW)
        kept = [reports.store_new(conn, "sendgrid", [one]) for _ in range(46)]
        assert kept == [1] + [0] * 45
        assert reports.store_new(conn, "twilio", [one, one]) == 1


def test_an_erasure_is_noted(ledger: Ledger) -> None:
    mark, begun = b"m" * 16, now_utc()
    with ledger.writing() as conn:
        erased_rows.add(conn, "faith-networks", mark)
        assert erased_rows.list_erased_since(conn, "faith-networks", begun) == [mark]
        assert erased_rows.list_erased_since(conn, "councils", begun) == []
        assert erased_rows.list_erased_since(conn, "faith-networks", now_utc() + timedelta(seconds=1)) == []


def test_an_edition_is_another_one_whenever_people_are(ledger: Ledger) -> None:
    """What was counted is told to be old by it, so none may come twice."""
    seen = []

    def look() -> None:
        with ledger.reading() as conn:
            seen.append((suppressions.current_version(conn), preferences.current_version(conn)))

    look()
    with ledger.writing() as conn:
        suppressions.add(conn, _suppress(1))
    look()
    with ledger.writing() as conn:
        suppressions.remove(conn, _blind(1))
        suppressions.add(conn, _suppress(2))
    look()
    for choice in ("none", "email"):
        with ledger.writing() as conn:
            preferences.save(conn, _blind(1), choice, "door")
        look()
    with ledger.writing() as conn:
        preferences.forget(conn, _blind(1))
    look()
    # Where nobody is left it is as it was before anybody came; who was counted is the same then too.
    assert len(set(seen)) == len(seen) - 1
    assert seen[-1] == seen[2]
