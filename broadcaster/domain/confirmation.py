"""Confirmations that people type before a step that cannot be undone."""

import re

from broadcaster.domain.errors import BroadcasterError


class CountMismatchError(BroadcasterError):
    """The number typed is not the number of messages that was shown."""

    code = "count-mismatch"
    default_remedy = "Read it once more, and type the number of messages that stands there."


class NameMismatchError(BroadcasterError):
    """The name typed is not that of the campaign."""

    code = "name-mismatch"


def check_typed_count(typed: str, shown: str) -> None:
    """Raises CountMismatchError unless both are one number; how its digits are grouped makes no difference."""
    if _plain(typed) != _plain(shown) or not _plain(shown).isdecimal():
        raise CountMismatchError("What you typed is not the number of messages.")


def check_typed_name(typed: str, campaign: str) -> None:
    """Raises NameMismatchError unless it is the campaign's name."""
    if typed.strip() != campaign:
        message = "What you typed is not the name of the campaign, so nothing was done."
        raise NameMismatchError(message, remedy=f"Type {campaign}.")


def _plain(number: str) -> str:
    digits = re.sub(r"[\s,.'’٬]", "", number)
    return str(int(digits)) if digits.isdecimal() else digits
