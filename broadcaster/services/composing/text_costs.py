"""What text messages cost beyond what the letter's own words do: told while people are walked, in money's own unit."""

from collections import Counter
from collections.abc import Iterator, Sequence

from broadcaster.domain.problems import Problem
from broadcaster.letters.filling.skeleton import SmsSkeleton
from broadcaster.letters.model.letter import Letter
from broadcaster.letters.reading.recipient_fields import fields_used
from broadcaster.letters.rendering.fragments import Links
from broadcaster.letters.text.sms_encoding import GSM_7, UCS_2, SmsText, count_segments, most_segments


class TextCosts:
    """Adds up texts one by one. `most` is how many segments they take at most."""

    def __init__(self, letter: Letter) -> None:
        self._letter = letter
        self._plain: dict[bytes, bool] = {}
        self._people: Counter[str] = Counter()
        self._texts: Counter[str] = Counter()
        self._more: Counter[str] = Counter()
        self.most = 0

    def add(self, skeleton: SmsSkeleton, values: Sequence[str], text: SmsText, links: Links) -> None:
        """One person's text, as it was filled with these values."""
        self.most += most_segments(text)
        self._texts[skeleton.language] += 1
        if text.encoding != UCS_2 or text.segments < 2 or not self._is_plain(skeleton, len(values), links):
            return
        without = skeleton.fill([value if count_segments(value).encoding == GSM_7 else "" for value in values], links)
        if without.segments < text.segments:
            self._people[skeleton.language] += 1
            self._more[skeleton.language] += text.segments - without.segments

    def problems(self) -> Iterator[Problem]:
        """A warning for each language in which a character that a row puts in makes texts dearer."""
        for language, people in sorted(self._people.items()):
            more = self._more[language]
            uses = fields_used(self._letter, language)
            printed = [f"{{{{ recipient.{name} }}}}" for name, use in uses.items() if "sms" in use.parts]
            yield Problem.warning(
                "name-makes-text-dearer",
                f"{people:,} of {self._texts[language]:,} text messages in {language} cost {more:,} "
                f"segment{'s' * (more != 1)} more, for a character in what the roster puts in (a name with ł or ś) is "
                "none of GSM-7 and makes the whole text longer",
                f"Without {' and '.join(printed) or 'it'} in the sms block they would cost {more:,} less; or leave it "
                "as it is.",
                file=f"templates/{self._letter.path(language)}",
                line=self._letter.line_of(language, "sms"),
            )

    def _is_plain(self, skeleton: SmsSkeleton, values: int, links: Links) -> bool:
        """Whether the letter's own words fit GSM-7."""
        if skeleton.key not in self._plain:
            self._plain[skeleton.key] = skeleton.fill(["x"] * values, links).encoding == GSM_7
        return self._plain[skeleton.key]
