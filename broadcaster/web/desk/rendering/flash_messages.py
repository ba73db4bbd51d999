"""The notes on top of a page that tell that something is done; the address of the page names one, and no other words
can be put there.
"""

from collections.abc import Mapping
from types import MappingProxyType


def N_(words: str) -> str:  # noqa: N802 (gettext's own name for "to be translated where it is shown")
    """Mark words for translation."""
    return words


FLASH_MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "welcome": N_("You are signed in."),
        "out": N_("You are signed out."),
        "saved": N_("Saved."),
        "letter-made": N_("The letter is made. Put your words in the place of the first text, then save it."),
        "letter-copied": N_("The letter is copied. Change its words, then save it."),
        "put-back": N_("Put back. What it said until now is kept too."),
        "submitted": N_("Submitted. Now a second person has to approve it."),
        "approved": N_("Approved. It starts after the countdown, or at its time; until then it can be called off."),
        "rejected": N_("Rejected. Its author sees your reason."),
        "tested": N_("The test was sent. It begins with [Test]."),
        "taken-in": N_("The new roster is in force. Approvals of campaigns to this audience no longer hold."),
        "audience-made": N_("The audience is made. Nobody is on it yet."),
        "audience-made-with-people": N_("The audience is made, and its roster is taken in."),
        "audience-deleted": N_("The audience is deleted."),
        "suppressed": N_("Noted. Nothing is sent to this address from now on."),
        "suppressed-before": N_("This address was noted before; that stays as it was."),
        "texts-stopped": N_("Noted. No texts go to this number from now on."),
        "lifted": N_("This address may be written to again."),
        "lifted-in-part": N_(
            "Lifted, but its owner said no themselves, and that still stands. Do it again to lift that."
        ),
        "lifted-but-chosen": N_(
            "Lifted, but its owner chose by the link in a message to get nothing here. Only they can change that."
        ),
        "lifted-reviewed": N_("Lifted. They are written to again from the next broadcast on."),
        "out-everywhere": N_("Signed out everywhere."),
        "person-added": N_("They work here now. Make a link for them, with which they choose a password."),
        "person-changed": N_("Changed. It holds from now on."),
        "account-confirmed": N_("Confirmed: the account is in the hands of its owner."),
        "person-removed": N_("They can no longer come in. What they did stays in the audit log."),
        "setting-saved": N_("Saved. It holds from now on."),
        "setting-removed": N_("Taken out."),
        "helpline-checked": N_("Noted: the number was checked today."),
        "paused": N_("Paused. What was being handed over has ended; nothing more goes out."),
        "resumed": N_("It goes on."),
        "cancelled": N_("Cancelled for good. What was handed over before cannot be taken back."),
        "asked": N_("Done. What the provider could prove is settled; see below what is left."),
        "settled": N_("Done. What the provider could prove was settled first, and then the rest as you said."),
        "settled-one": N_("Settled, as you found out."),
        "queued-again": N_("They go out once more. Whoever has said no since gets nothing."),
        "none-again": N_("Nothing was left to be sent once more."),
        "called-off": N_("Called off. Nothing was sent."),
        "made": N_("The campaign is made. Look at what it will do, then submit it for approval."),
        "changed": N_("Changed. Look at what it will do now, then submit it for approval."),
        "removed": N_("The campaign is taken out."),
    }
)
