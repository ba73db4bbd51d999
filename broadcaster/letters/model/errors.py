"""Errors of a letter while it is traced, compiled or filled. Errors of its files are listed as problems instead."""

from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError


class TraceError(ProblemsFoundError):
    """A letter prints something undefined or empty for this recipient.

    Each problem names file, line and expression of the letter, and never the recipient's values.
    """

    code = "letter-incomplete"
    default_remedy = "Fill in the missing column, or put what is optional into an {% if %} of the letter."


class NoticeImpossibleError(ProblemsFoundError):
    """A letter cannot be a printed notice, for it prints personal values. Each problem has its place."""

    code = "notice-impossible"
    default_remedy = "Put what is one person's own into an {% if recipient %}, with other words for everybody."


class LetterTooSlowError(BroadcasterError):
    """A run of a letter takes too many steps."""

    code = "letter-too-slow"
    default_remedy = "Write it with fewer and shorter loops; a letter needs a few hundred steps."


class LetterTooLargeError(BroadcasterError):
    """A letter, or a text made during its run, exceeds a limit."""

    code = "letter-too-large"
    default_remedy = "Shorten it: no part may be longer than 200,000 characters, no single value longer than 20,000."


class LetterBrokenError(BroadcasterError):
    """An unforeseen error while a letter's file was read or run."""

    code = "letter-broken"
    default_remedy = "Put back what it said before, or write the place that is named in another way."


class SlotLostError(BroadcasterError):
    """A sentinel is lost, doubled or changed in the markup."""

    code = "slot-lost"
    default_remedy = "Print it as a word of the text: not in a link's title or a code block's language."


class SlotInLinkError(BroadcasterError):
    """A value decides where a link leads."""

    code = "slot-in-link"
    default_remedy = "Let values stand only in a link's path, query or fragment, behind a host that is written out."


class ImageError(BroadcasterError):
    """A letter shows an image. Mail programs would fetch it, and so reveal when and where it is read."""

    code = "image-refused"
    default_remedy = "Link to the picture instead. The organisation's logo goes into the frame."


class ReferenceLinkError(BroadcasterError):
    """A letter defines a link in one place and uses it in another."""

    code = "reference-link"
    default_remedy = "Write [text](https://...) where the link stands."


class LinkHostError(BroadcasterError):
    """A link leads to a host that letters may not link to."""

    code = "link-host"
    default_remedy = "Link to the host of public_url, or add this one to config.yaml:  links: {allow: [HOST]}"


class LinkMissingError(BroadcasterError):
    """A letter prints a link to the recipient's pages, and the project has no `public_url`."""

    code = "link-missing"
    default_remedy = "Set `public_url` in config.yaml, or put the link into an {% if links.web %}."


class FrameError(BroadcasterError):
    """A frame of `templates/_frames` cannot be used."""

    code = "frame-broken"
    default_remedy = "Compare it with the frame that `broadcaster init` writes."


class RemoteContentError(BroadcasterError):
    """An email would make mail programs fetch something, and so reveal when and where it is read."""

    code = "remote-content"
    default_remedy = "Take scripts, forms, remote images, fonts and style sheets out of the frame."


class PartMissingError(BroadcasterError):
    """A letter lacks the part that a channel sends."""

    code = "missing-part"
    default_remedy = "Add the block to this language of the letter, or choose another channel."


class SkeletonUnknownError(BroadcasterError):
    """The compiler no longer has the source of this skeleton in its cache."""

    code = "skeleton-unknown"
    default_remedy = "Trace the recipient again, then ask for its skeleton."


class SkeletonFormatError(BroadcasterError):
    """A stored letter or skeleton cannot be read."""

    code = "skeleton-format"
    default_remedy = "It was written by another version of broadcaster, or it is damaged: release the occurrence again."


class HeaderAddressError(BroadcasterError):
    """An address cannot stand in a message's header."""

    code = "address-refused"
    default_remedy = "Use one plain address such as name@example.org."
