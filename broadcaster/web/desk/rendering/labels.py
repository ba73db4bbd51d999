"""What the codes of services and ledger are called on pages, to be translated where they are shown."""

from collections.abc import Mapping
from types import MappingProxyType

from broadcaster.domain.contact.preferences import Preference
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.exclusion_reasons import EXCLUSION_WORDS as EXCLUSION_WORDS  # noqa: PLC0414 (pages find all words here)
from broadcaster.domain.exclusion_reasons import ExclusionReason
from broadcaster.domain.occurrence_fates import FATES as FATES  # noqa: PLC0414 (pages find all words here)
from broadcaster.domain.occurrence_fates import waiting_words as waiting  # noqa: F401 (as above)
from broadcaster.web.desk.rendering.flash_messages import N_

Words = Mapping[str, str]

EXCLUSION_REMEDIES: Words = MappingProxyType(
    {
        ExclusionReason.ROW_UNUSABLE: N_("Mend these rows in your spreadsheet, and upload the roster again."),
        ExclusionReason.NOT_SELECTED: N_(
            "The audience's rule leaves them out. If that is wrong, change the rule in its description."
        ),
        ExclusionReason.OPTED_OUT: N_(
            "They chose so themselves, by the link in a letter; by the same link they can change it."
        ),
        ExclusionReason.SUPPRESSED: N_(
            "They said no, or their address does not work. Leave it so unless they tell you otherwise."
        ),
    }
)
"""What to do about those whom an audience leaves out."""

SUPPRESSION_REASONS: Mapping[SuppressionReason, str] = MappingProxyType(
    {
        SuppressionReason.BY_HAND: N_("told us, and somebody here noted it"),
        SuppressionReason.STOP: N_("answered STOP"),
        SuppressionReason.UNSUBSCRIBED: N_("unsubscribed at the provider of email"),
        SuppressionReason.COMPLAINED: N_("called it spam"),
        SuppressionReason.ERASED: N_("were erased"),
        SuppressionReason.BOUNCED: N_("their messages came back"),
        SuppressionReason.REFUSED: N_("the provider does not take messages to them"),
    }
)
"""Why an address must not be written to."""

CHOSEN_PREFERENCES: Mapping[Preference, str] = MappingProxyType(
    {
        Preference.NONE: N_("chose no letters and no texts, by the link in a message"),
        Preference.EMAIL: N_("chose emails only, by the link in a message"),
        Preference.SMS: N_("chose texts only, by the link in a message"),
    }
)
"""What people chose to get."""

CAMPAIGN_CHANNELS: Words = MappingProxyType(
    {
        "email": N_("by email"),
        "sms": N_("by text message"),
        "preferred": N_("by what each person prefers"),
        "both": N_("by email and by text message"),
    }
)
"""The channels of a campaign."""

TEXT_KINDS: Words = MappingProxyType({"email": N_("Email"), "sms": N_("Text message")})
"""What one text of a letter is, by its channel."""

DELIVERY_STATES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "queued": (N_("waiting"), "calm", N_("They go out by themselves.")),
        "sending": (N_("being handed over"), "calm", N_("They go out at this moment.")),
        "accepted": (N_("handed over"), "good", N_("The provider took them; nothing is left to do.")),
        "delivered": (N_("delivered"), "good", N_("They arrived.")),
        "bounced": (N_("came back"), "bad", N_("These people did not get it. Reach them by another way.")),
        "complained": (N_("marked as unwanted"), "bad", N_("They are not written to again.")),
        "refused": (N_("turned down"), "bad", N_("The provider would not take them. See why in the record.")),
        "skipped": (N_("left out"), "calm", N_("They were never tried, for a reason that stands in the record.")),
        "unsure": (N_("unsure"), "warn", N_("Nobody knows whether these arrived. Ask the provider below.")),
        "held": (N_("held"), "warn", N_("They wait for somebody to decide.")),
    }
)
"""Each state of a delivery: its word, its tone, and what to do next."""

QUEUED_REMARKS: Words = MappingProxyType(
    {
        "releasing": N_("They go out once all are prepared."),
        "paused": N_("They go out when somebody lets it go on."),
        "cancelled": N_("They do not go out any more."),
    }
)
"""What becomes of messages that wait, by the state of their broadcast, where they do not go out by themselves."""

BROADCAST_STATES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "releasing": (N_("being prepared"), "calm"),
        "sending": (N_("going out"), "good"),
        "paused": (N_("paused"), "warn"),
        "finished": (N_("finished"), "good"),
        "cancelled": (N_("cancelled"), "bad"),
    }
)

APPROVAL_STATES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "none": (N_("not submitted"), "calm"),
        "submitted": (N_("waits for approval"), "warn"),
        "approved": (N_("approved"), "good"),
        "rejected": (N_("rejected"), "bad"),
        "void": (N_("no longer approved"), "bad"),
    }
)

SUBMIT_AGAIN = (N_("must be submitted again"), "bad")
"""Of what was submitted and cannot go out as it is now."""

EXTREME_CASES: Words = MappingProxyType(
    {
        "longest-name": N_("The longest name"),
        "longest-value": N_("The longest entry in"),
        "missing": N_("Nothing in"),
        "right-to-left": N_("From right to left:"),
        "language": N_("In"),
        "wording": N_("Another wording:"),
        "trouble": N_("It cannot be made:"),
    }
)
"""What is extreme about somebody's message; a column, a language or a number follows."""

TIMELINE_EVENTS: Words = MappingProxyType(
    {
        "submitted": N_("Submitted"),
        "approved": N_("Approved"),
        "released": N_("Released"),
        "started": N_("The first messages went out"),
        "pause": N_("Paused"),
        "remove-signatory": N_("took out a signatory"),
        "resume": N_("Went on"),
        "cancel": N_("Cancelled"),
        "finished": N_("Finished"),
        "send-again": N_("Sent once more to some who were turned down"),
        "unsure-hold": N_("Held what was unsure"),
        "unsure-resend": N_("Sent once more what was unsure"),
        "unsure-settle": N_("Found out about one that was unsure"),
        "halt": N_("Halted by itself"),
        "came-back": N_("Much of it came back"),
    }
)
"""What happened to a broadcast."""

LETTER_KINDS: Words = MappingProxyType(
    {
        "public-task": N_("what people must know"),
        "campaign": N_("an invitation"),
    }
)
"""The kinds of letters."""

INSERT_GROUPS: Words = MappingProxyType(
    {
        "people": N_("From the person's row"),
        "helplines": N_("Helplines"),
        "us": N_("Who writes, and when"),
        "links": N_("This person's own pages"),
        "shared": N_("Texts that letters share"),
        "conditions": N_("Words for some people only"),
    }
)
"""What can be put into a letter, in groups."""

LETTER_FIELDS: Words = MappingProxyType(
    {
        "subject": N_("Subject"),
        "body": N_("Letter"),
        "sms": N_("Text message"),
        "preheader": N_("First line that phones show"),
    }
)
"""The fields in which a letter is written, in the order of the page."""

CHIP_LABELS: Words = MappingProxyType(
    {
        "helplines.name": N_("name"),
        "helplines.number": N_("number"),
        "helplines.says": N_("when to ring it"),
        "organisation.name": N_("our organisation"),
        "signatory.name": N_("who signs"),
        "signatory.role": N_("the role of who signs"),
        "signatory.email": N_("where to write back"),
        "campaign.name": N_("name of the campaign"),
        "campaign.title": N_("title of the campaign"),
        "campaign.date": N_("day of sending"),
        "links.web": N_("link to this letter on the web"),
        "links.check": N_("link to check that it is genuine"),
        "links.unsubscribe": N_("link to stop these letters"),
        "passage": N_("passage"),
        "signature": N_("signature"),
        "chip.condition": N_("if {0}"),
        "chip.equals": N_("if {0} is {1}"),
        "chip.person": N_("if written to a person"),
        "chip.otherwise": N_("otherwise"),
        "chip.end": N_("end"),
    }
)
"""The words of chips: of the paths that letters print, and of conditions."""

AUDIT_ACTIONS: Words = MappingProxyType(
    {
        "add-helpline": N_("added a helpline"),
        "add-person": N_("added a person"),
        "add-signatory": N_("added a signatory"),
        "approve": N_("approved it"),
        "approved": N_("approved it"),
        "approve-refused": N_("could not approve it: an account was not confirmed"),
        "audience-export": N_("took a copy of the roster"),
        "audience-import": N_("took in a roster"),
        "call-off": N_("called it off"),
        "cancel": N_("cancelled it"),
        "change-campaign": N_("changed a campaign"),
        "change-helpline": N_("changed a helpline"),
        "change-person": N_("changed what a person may do"),
        "change-quiet-hours": N_("changed the quiet hours"),
        "change-signatory": N_("changed a signatory"),
        "check-audit": N_("checked the audit log"),
        "check-helpline": N_("checked the number of a helpline"),
        "choose": N_("chose how to be written to"),
        "choose-password": N_("chose a password"),
        "confirm-account": N_("confirmed a person’s account"),
        "crisis": N_("sent it in quiet hours, in a crisis"),
        "delete-audience": N_("deleted an audience"),
        "erase": N_("erased a person"),
        "export-audit": N_("took a copy of the audit log"),
        "export-record": N_("took a copy of the record"),
        "finish": N_("ended it, for everything was sent"),
        "halt": N_("halted it"),
        "came-back": N_("noted that much of it came back"),
        "invite": N_("made a link"),
        "make-audience": N_("made an audience"),
        "make-campaign": N_("made a campaign"),
        "make-letter": N_("began a letter"),
        "open-reply": N_("opened who wrote a reply"),
        "pause": N_("paused it"),
        "reject": N_("rejected it"),
        "rejected": N_("rejected it"),
        "release": N_("released it at its time"),
        "remove-campaign": N_("took out a campaign"),
        "remove-helpline": N_("took out a helpline"),
        "remove-person": N_("took out a person"),
        "remove-signatory": N_("took out a signatory"),
        "resume": N_("let it go on"),
        "send": N_("sent it"),
        "send-again": N_("sent again what was turned down"),
        "send-test": N_("sent a test to themselves"),
        "skip": N_("left a time out"),
        "sign-in": N_("signed in"),
        "sign-out-everywhere": N_("signed a person out everywhere"),
        "submit": N_("submitted it"),
        "suppress": N_("noted an address not to write to"),
        "suppress-import": N_("took over the opt-outs of another tool"),
        "unsuppress": N_("allowed an address again"),
        "unsure-hold": N_("held what was unsure"),
        "unsure-resend": N_("sent again what was unsure"),
        "unsure-settle": N_("found out about one that was unsure"),
        "void": N_("voided what had been submitted"),
        "write-letter": N_("changed a letter"),
    }
)
"""What the audit log calls a deed: the words follow the name of whoever did it."""
