"""What people chose, and which channels that leaves."""

from datetime import UTC, datetime, timedelta

import pytest

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.preferences import Preference, PreferenceChoice, permits_channel, preferred_channel

EARLY = datetime(2026, 12, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("by_email", "by_phone", "email", "sms"),
    [
        ("", "", True, True),
        ("none", "", False, False),
        ("", "none", False, False),
        ("email", "", True, False),
        ("sms", "", False, True),
        ("", "email", True, False),
        ("none", "sms", False, True),
        ("none", "email", False, False),  # the address itself said none, and somebody else may share the telephone
        ("email", "sms", False, True),
        ("sms", "none", False, False),
    ],
)
def test_the_last_word_counts_and_each_address_has_its_own_no(
    by_email: str, by_phone: str, email: bool, sms: bool
) -> None:
    said = ((Channel.EMAIL, by_email, 0), (Channel.SMS, by_phone, 1))
    wishes = {
        channel: PreferenceChoice(Preference(word), EARLY + timedelta(days=days))
        for channel, word, days in said
        if word
    }
    assert (permits_channel(wishes, Channel.EMAIL), permits_channel(wishes, Channel.SMS)) == (email, sms)


def test_a_channel_is_preferred_when_the_last_word_names_one() -> None:
    first, second = (
        PreferenceChoice(Preference.EMAIL, EARLY),
        PreferenceChoice(Preference.NONE, EARLY + timedelta(days=1)),
    )
    assert preferred_channel({}) is None
    assert preferred_channel({Channel.EMAIL: first}) is Channel.EMAIL
    assert preferred_channel({Channel.EMAIL: first, Channel.SMS: second}) is None
