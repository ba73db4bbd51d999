"""A campaign's letter in each language, in the words that people get: for whoever submits or approves it to read.

The same compiled letter is sent. It is filled for an invented person, so nothing of any roster is shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock

from cachetools import LRUCache

from broadcaster.config import CampaignSettings
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.language.language_tags import Direction, writing_direction
from broadcaster.letters.text.sms_encoding import SmsText
from broadcaster.services.composing.messages import CampaignMessages
from broadcaster.services.composing.sender import campaign_route, campaign_sender
from broadcaster.services.previewing.preview import HighlightedMessage, Preview, highlight, make_preview
from broadcaster.services.previewing.preview_cache import OpenedLetter, PreviewCache
from broadcaster.services.project.project import ProjectView

_MAX_READINGS = 64


@dataclass(frozen=True, slots=True)
class LetterReading:
    """The letter in one language. `marked` has the personal words within `<mark>`, as HTML; None with `trouble`, which
    says why the letter cannot be shown for an invented person.

    `sms_sender` is "" where the provider chooses it.
    """

    language: str
    direction: Direction
    from_name: str
    from_address: str
    sms_sender: str
    signed_by: str
    preview: Preview | None = None
    marked: HighlightedMessage | None = None
    trouble: BroadcasterError | None = None

    @property
    def sms(self) -> SmsText | None:
        """The text message, with the length that it has for the invented person."""
        return self.preview.sms if self.preview else None


class LetterReadings:
    """The letters that were read last. Safe to share between threads."""

    def __init__(self) -> None:
        self._letters = PreviewCache()
        self._readings: LRUCache[tuple[CampaignMessages, str], LetterReading] = LRUCache(_MAX_READINGS)
        self._lock = Lock()

    def read(
        self, project: ProjectView, campaign: CampaignSettings, languages: Iterable[str]
    ) -> Mapping[str, LetterReading]:
        """The campaign's letter in each of these languages, in their order. Raises ProblemsFoundError."""
        opened = self._letters.open_for_nobody(project, campaign.letter, campaign.audiences[0], campaign.name)
        return {language: self._read(opened, language) for language in languages}

    def _read(self, opened: OpenedLetter, language: str) -> LetterReading:
        key = (opened.messages, language)
        with self._lock:
            known = self._readings.get(key)
        if known is not None:
            return known
        reading = _make_reading(opened, language)
        with self._lock:
            self._readings[key] = reading
        return reading


def _make_reading(opened: OpenedLetter, language: str) -> LetterReading:
    messages = opened.messages
    sender = campaign_sender(messages, language)
    person = opened.invented(language)
    preview, marked, trouble = None, None, None
    try:
        preview, marked = make_preview(messages, person, language), highlight(messages, person, language)
    except BroadcasterError as error:
        trouble = error
    return LetterReading(
        language,
        writing_direction(language),
        sender.from_name,
        sender.from_address,
        campaign_route(messages).sms_sender,
        messages.signatory.name,
        preview,
        marked,
        trouble,
    )
