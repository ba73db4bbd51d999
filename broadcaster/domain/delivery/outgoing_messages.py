"""What a provider is given: a filled message, and nothing about the person beyond what it must have."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OutgoingEmail:
    """One filled email. `data` is the whole message with CRLF line ends, not yet dot-stuffed.

    `delivery_id` and `attempt_id` are opaque; `sender` is the envelope sender, `to` the single envelope recipient.

    `vouched` is the maker's word that `data` is ASCII, that every line, the last one too, ends with CRLF, that neither
    CR nor LF stands by itself, and that no line begins with a full stop. It spares the provider to look: searching
    a message costs more than filling it. Without it the provider looks for itself.
    """

    delivery_id: str
    attempt_id: str
    sender: str
    to: str
    data: bytes
    vouched: bool = False


@dataclass(frozen=True, slots=True)
class MergeTemplate:
    """What many emails share, for a provider that fills gaps itself: texts in which each gap is a tag.

    `key` tells templates apart: two of one key are the same. `tags` are the tags of `text` and `html`, in the order of
    each `OutgoingMerge.substitutions`; none is a part of another, and none can be guessed. `headers` are those that are
    the same for all (List-Id, Content-Language); `logo` is shown inline under `logo_id`.
    """

    key: str
    from_name: str
    from_address: str
    reply_to: str | None
    text: str
    html: str
    tags: tuple[str, ...]
    headers: Mapping[str, str]
    logo: bytes | None = None
    logo_id: str = ""
    logo_kind: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingMerge:
    """One email as the gaps of a template are to be filled for it.

    `substitutions` has one escaped value for each of the template's tags, in their order. `subject` is whole. `headers`
    are this recipient's own (List-Unsubscribe).
    """

    delivery_id: str
    attempt_id: str
    to: str
    to_name: str
    subject: str
    template: MergeTemplate
    substitutions: tuple[str, ...]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OutgoingSms:
    """One filled text. `to` is E.164; `encoding` is "GSM-7" or "UCS-2"; `segments` is what it costs.

    `valid_until` is when the provider must have given up, for the recipient's quiet hours begin; None where there is no
    such end. An instant and no span of time: a message may wait between being filled and being handed over.
    """

    delivery_id: str
    attempt_id: str
    sender: str
    to: str
    body: str
    segments: int
    encoding: str
    valid_until: datetime | None = None


Outgoing = OutgoingEmail | OutgoingMerge | OutgoingSms
