"""The ways a message travels, and how a campaign chooses among them."""

from enum import StrEnum


class Channel(StrEnum):
    """One way a message travels."""

    EMAIL = "email"
    SMS = "sms"


class ChannelChoice(StrEnum):
    """A campaign's `channel`: one fixed way, what each person prefers, or everything the person has."""

    EMAIL = "email"
    SMS = "sms"
    PREFERRED = "preferred"
    BOTH = "both"


def channels_for(
    choice: ChannelChoice, preferred: Channel | None, *, has_email: bool, has_phone: bool
) -> tuple[Channel, ...]:
    """Which channels reach a person who has these addresses; empty when none does.

    `preferred` falls back to what the person has: email first, for it carries the whole letter.
    """
    has = {Channel.EMAIL: has_email, Channel.SMS: has_phone}
    if choice is ChannelChoice.BOTH:
        return tuple(channel for channel in Channel if has[channel])
    if choice is not ChannelChoice.PREFERRED:
        wanted = Channel(choice.value)
        return (wanted,) if has[wanted] else ()
    order = (Channel.SMS, Channel.EMAIL) if preferred is Channel.SMS else (Channel.EMAIL, Channel.SMS)
    return next(((channel,) for channel in order if has[channel]), ())
