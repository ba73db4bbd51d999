"""The errors of submitting, approving, rejecting and calling off."""

from collections.abc import Sequence

from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.language.language_tags import language_name


class AlreadySentError(BroadcasterError):
    """A campaign with one time goes out once."""

    code = "already-sent"
    default_remedy = "For a follow-up, add a campaign of its own to config.yaml; `broadcaster status` shows this one."


class NobodyToWriteToError(BroadcasterError):
    """The campaign reaches nobody, which is a mistake."""

    code = "nobody-to-write-to"
    default_remedy = "See why in `broadcaster plan`, under `excluded`."


class PeopleLeftOutError(BroadcasterError):
    """Another number of people would be left out than whoever submits has agreed to. `missed` is that number."""

    code = "people-left-out"
    default_remedy = "Look at who they are and why, and mend it; or submit it without them."

    def __init__(self, missed: int) -> None:
        people = "1 person who should get it is" if missed == 1 else f"{missed:,} people who should get it are"
        super().__init__(f"{people} left out. Nothing was submitted.")
        self.missed = missed


class CrisisNotAtOnceError(BroadcasterError):
    """A reason was given why it cannot wait, and a time for which it waits."""

    code = "crisis-later"
    default_remedy = "Choose “as soon as it is approved”; or take the reason out, to send it at its time."


class NothingSubmittedError(BroadcasterError):
    """Nothing of this campaign waits for a decision."""

    code = "nothing-submitted"


class OwnApprovalError(BroadcasterError):
    """The author of a submission cannot approve it."""

    code = "own-approval"
    default_remedy = "Ask somebody else with the role approver or admin."


class DigestMismatchError(BroadcasterError):
    """The digest given is not the one that was submitted."""

    code = "digest-mismatch"
    default_remedy = "Look at the plan again: `broadcaster plan CAMPAIGN` shows the present digest."


class ChangedSinceSubmissionError(BroadcasterError):
    """What would go out is no longer what was submitted."""

    code = "changed-since-submission"
    default_remedy = "Have it submitted again, and look at the new plan before you approve it."


class LanguagesUnreadError(BroadcasterError):
    """The approver has not said that they read the letter in each language; `languages` are the missing ones."""

    code = "languages-unread"
    default_remedy = "Read the letter in each language, and say so for each."

    def __init__(self, languages: Sequence[str]) -> None:
        super().__init__(f"You have not ticked that you read it in: {', '.join(map(language_name, languages))}.")
        self.languages = tuple(languages)


class ApprovalTooLateError(BroadcasterError):
    """The time of what was submitted has passed by more than its grace."""

    code = "too-late"
    default_remedy = "Ask its author to submit it again, to go out as soon as it is approved."


class AlreadyDecidedError(BroadcasterError):
    """The same was submitted before, or somebody else has just decided on it."""

    code = "already-submitted"


class NothingToCallOffError(BroadcasterError):
    """Nothing of the campaign was submitted or approved that has not begun."""

    code = "nothing-to-call-off"
    default_remedy = "If it has begun, pause or cancel its broadcast: that holds from the next batch on."
