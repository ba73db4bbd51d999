"""What people chose for themselves, and which channels that leaves. It wins over any roster."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from broadcaster.domain.contact.channels import Channel


class Preference(StrEnum):
    """What somebody wants: nothing at all, or one channel and not the other."""

    NONE = "none"
    EMAIL = "email"
    SMS = "sms"

    def permits(self, channel: Channel) -> bool:
        """Whether a message may travel this way."""
        return self.value == channel.value


@dataclass(frozen=True, slots=True)
class PreferenceChoice:
    """What was chosen by way of one address, and when."""

    preference: Preference
    chosen_at: datetime


def latest_preference(wishes: Mapping[Channel, PreferenceChoice]) -> Preference | None:
    """A person's last word, by whichever of their addresses it came; None when they never said anything."""
    last = max(wishes.values(), key=lambda wish: wish.chosen_at, default=None)
    return None if last is None else last.preference


def preferred_channel(wishes: Mapping[Channel, PreferenceChoice]) -> Channel | None:
    """The channel that a person's last word names, if it names one."""
    last = latest_preference(wishes)
    return None if last in (None, Preference.NONE) else Channel(last.value)


def permits_channel(wishes: Mapping[Channel, PreferenceChoice], channel: Channel) -> bool:
    """Whether a person may be written to by a channel.

    Their last word must permit it, and what was said by way of that very address: whoever shares a telephone with
    somebody who wants no texts gets none there. `ledger.delivery.claim_statements` does the same in SQL.
    """
    last = latest_preference(wishes)
    own = wishes.get(channel)
    return (last is None or last.permits(channel)) and (own is None or own.preference.permits(channel))
