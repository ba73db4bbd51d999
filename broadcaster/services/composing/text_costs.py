"""The segments of a campaign's text messages, and those that single values of the roster add to them."""

from collections import Counter
from collections.abc import Iterator, Sequence

from broadcaster.domain.problems import Problem
from broadcaster.letters.filling.skeleton import SmsSkeleton
from broadcaster.letters.model.letter import Letter
from broadcaster.letters.reading.recipient_fields import fields_used
from broadcaster.letters.rendering.fragments import Links
from broadcaster.letters.text.sms_encoding import GSM_7, UCS_2, SmsText, count_segments, most_segments


class TextCosts:
    """Adds up text messages one by one.

    `segments` is what they take, `most_segments` what they take where a network does not cut before a combining sign.
    """

    def __init__(self, letter: Letter) -> None:
        self._letter = letter
        self._fits_gsm_7: dict[bytes, bool] = {}
        self._texts: Counter[str] = Counter()
        self._longer_texts: Counter[str] = Counter()
        self._extra_segments: Counter[str] = Counter()
        self.segments = 0
        self.most_segments = 0

    def add(self, skeleton: SmsSkeleton, values: Sequence[str], text: SmsText, links: Links) -> None:
        """Add one person's text message, which these values make of the skeleton."""
        self.segments += text.segments
        self.most_segments += most_segments(text)
        self._texts[skeleton.language] += 1
        if text.encoding != UCS_2 or text.segments < 2 or not self._is_gsm_7(skeleton, len(values), links):
            return
        without = skeleton.fill([value if count_segments(value).encoding == GSM_7 else "" for value in values], links)
        if without.segments < text.segments:
            self._longer_texts[skeleton.language] += 1
            self._extra_segments[skeleton.language] += text.segments - without.segments

    def problems(self) -> Iterator[Problem]:
        """A warning for each language in which values of rows turn texts of GSM-7 into longer ones of UCS-2."""
        for language, texts in sorted(self._longer_texts.items()):
            extra = self._extra_segments[language]
            uses = fields_used(self._letter, language)
            printed = [f"{{{{ recipient.{name} }}}}" for name, use in uses.items() if "sms" in use.parts]
            yield Problem.warning(
                "name-makes-text-dearer",
                f"{texts:,} of {self._texts[language]:,} text messages in {language} cost {extra:,} "
                f"segment{'s' * (extra != 1)} more, for a character in what the roster puts in (a name with ł or ś) is "
                "none of GSM-7 and makes the whole text longer",
                f"Without {' and '.join(printed) or 'it'} in the sms block they would cost {extra:,} less; or leave it "
                "as it is.",
                file=f"templates/{self._letter.path(language)}",
                line=self._letter.line_of(language, "sms"),
            )

    def _is_gsm_7(self, skeleton: SmsSkeleton, values: int, links: Links) -> bool:
        """Whether the letter's own words fit GSM-7."""
        if skeleton.key not in self._fits_gsm_7:
            self._fits_gsm_7[skeleton.key] = skeleton.fill(["x"] * values, links).encoding == GSM_7
        return self._fits_gsm_7[skeleton.key]
