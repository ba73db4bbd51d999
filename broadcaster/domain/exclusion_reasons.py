"""Why a person of an audience gets nothing from a broadcast, and the words for it.

The command line and the desk show the same words, behind a number of people; the desk translates them.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class ExclusionReason(StrEnum):
    """Why a person is left out before any message is made for them.

    `row-unusable`, `not-selected`, `opted-out` and `suppressed` follow from the audience alone; the others also from
    the campaign's letter and channel. `erased` stands in records only.
    """

    DUPLICATE = "duplicate"
    ERASED = "erased"
    LETTER_INCOMPLETE = "letter-incomplete"
    MESSAGE_TOO_LONG = "message-too-long"
    NO_ADDRESS = "no-address"
    NOT_SELECTED = "not-selected"
    OPTED_OUT = "opted-out"
    ROW_UNUSABLE = "row-unusable"
    SUPPRESSED = "suppressed"


EXCLUSION_WORDS: Mapping[str, str] = MappingProxyType(
    {
        ExclusionReason.DUPLICATE: "on it twice",
        ExclusionReason.ERASED: "erased",
        ExclusionReason.LETTER_INCOMPLETE: "lacking what the letter needs",
        ExclusionReason.MESSAGE_TOO_LONG: "with more in their row than a message holds",
        ExclusionReason.NO_ADDRESS: "without an address for this channel",
        ExclusionReason.NOT_SELECTED: "not chosen by the audience's rule",
        ExclusionReason.OPTED_OUT: "opted out",
        ExclusionReason.ROW_UNUSABLE: "with a mistake in their row",
        ExclusionReason.SUPPRESSED: "not to be written to",
    }
)
"""The words for each reason; they follow a number."""
