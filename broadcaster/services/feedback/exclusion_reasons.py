"""Why somebody gets nothing, in words that follow a number of people: for the command line and the desk alike."""

from collections.abc import Mapping
from types import MappingProxyType

from broadcaster.domain.contact.preferences import OPTED_OUT
from broadcaster.domain.contact.suppression_reasons import SuppressionReason

EXCLUSION_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "duplicate": "on it twice",
        SuppressionReason.ERASED: "erased",
        "letter-incomplete": "lacking what the letter needs",
        "message-too-long": "with more in their row than a message holds",
        "no-address": "without an address for this channel",
        "not-selected": "not chosen by the audience's rule",
        OPTED_OUT: "opted out",
        "row-unusable": "with a mistake in their row",
        "suppressed": "not to be written to",
    }
)
