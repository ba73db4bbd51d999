"""Whether a language of a letter is a translation: what is still the first language's text, and what is meant to be.

Compared are paragraphs, by the words that have to be translated (`wording`). What is meant to stay, such as a quotation
or a legal name, is marked in the letter, before the paragraph, the list item or the include:  {# keep: en #}
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from broadcaster.domain.language.language_tags import known_languages, language_name
from broadcaster.domain.language.scripts import scripts_of
from broadcaster.domain.problems import Problem, Severity
from broadcaster.letters.model.letter import PARTS, PREHEADER, Letter
from broadcaster.letters.templating.syntax_tree import display_path
from broadcaster.letters.translating.paragraphs import Paragraph, list_paragraphs
from broadcaster.letters.translating.wording import GAP, Wording, translatable_wording

NOT_TRANSLATED, OTHER_LANGUAGE, OTHER_SCRIPT, KEPT_AS_IS = "not-translated", "include-language", "other-script", "kept"
MIN_SAME_WORDS = 3
"""Words from which on two languages of one script do not say the same by chance: "Hallo" is German and Dutch."""

MIN_SAME_WORDS_OF_PART = 2
"""The same for all paragraphs of a part together."""

MIN_SAME_WORDS_WITHOUT_CAPITALS = 4
"""In scripts without capitals names cannot be told from other words; those of people seldom have more than three."""

_SHOWN = 80
_PART_NAMES = {"subject": "subject", PREHEADER: "preheader", "body": "body", "sms": "text message"}
_KEEP_MARK = re.compile(r"\{#-?\s*keep:\s*([A-Za-z0-9-]+)\s*-?#\}")


def translation_problems(letter: Letter, language: str) -> tuple[Problem, ...]:
    """What of this language is not translated, and (as warnings) what is marked to stay as it is.

    In the first language (the one that letter.yaml falls back to), or another form of it, nothing is translated: only
    files of other languages are told of.
    """
    compared = _LanguageComparison(letter, language)
    found = compared.of_other_languages() if _is_first(letter, language) else compared.problems()
    return tuple(dict.fromkeys(found))


def list_repeated_paragraphs(letter: Letter, language: str) -> list[Paragraph]:
    """The paragraphs of this language's own file that are still the first language's text, in the order of the file.

    Names, numbers and addresses alone, and what is marked to stay as it is, are none.
    """
    if _is_first(letter, language):
        return []
    return sorted(_LanguageComparison(letter, language).repeated(), key=lambda one: one.line)


def is_translation_unfinished(letter: Letter, language: str) -> bool:
    """Whether this language is not, or not all of it, translated from the first one."""
    return not _is_first(letter, language) and any(
        problem.level is Severity.ERROR for problem in translation_problems(letter, language)
    )


def _is_first(letter: Letter, language: str) -> bool:
    return _primary_subtag(language) == _primary_subtag(letter.fallback)


@dataclass(frozen=True, slots=True)
class _ComparedParagraph:
    """A paragraph beside the first language's.

    `alike` says that the first language says it too, `same` that this can be no coincidence, `kept` that it is meant.
    """

    paragraph: Paragraph
    words: Wording
    alike: bool
    same: bool
    kept: bool


class _LanguageComparison:
    """One language of a letter beside the first one."""

    def __init__(self, letter: Letter, language: str) -> None:
        self._letter, self._language, self._first = letter, language, letter.fallback
        self._scripts = scripts_of(language)
        self._another_script = bool(self._scripts) and self._scripts.isdisjoint(scripts_of(self._first))
        self._said = {translatable_wording(one.text).key for one in list_paragraphs(letter, self._first)}
        self._spoken = frozenset(_primary_subtag(each) for each in (*letter.languages, *known_languages()))
        self._found = list_paragraphs(letter, language)
        self._covered: dict[tuple[str, int], set[str]] = {}
        for path, line, languages in self._marked():
            self._covered.setdefault((path, line), set()).update(languages)
        self._foreign = {one.included for one in self._found if one.included and self._is_foreign(one.included)}

    def of_other_languages(self) -> Iterator[Problem]:
        for one in self._found:
            if one.included in self._foreign and one.path not in self._foreign:
                yield self._include(one)

    def problems(self) -> Iterator[Problem]:
        yield from self.of_other_languages()
        own = [one for one in self._found if one.path not in self._foreign]
        compared = [self._compare(one) for one in own if not one.included]
        for part in (one for one in PARTS if one in self._letter.parts(self._language)):
            yield from self._of_part(part, compared)
        yield from self._each([one for one in compared if one.paragraph.part is None])

    def repeated(self) -> Iterator[Paragraph]:
        path = self._letter.path(self._language)
        compared = [self._compare(one) for one in self._found if one.path == path and not one.included]
        for part in (*PARTS, None):
            own = [one for one in compared if one.paragraph.part == part]
            to_do = [one for one in own if one.words.key and not one.kept]
            whole = part is not None and self._is_whole_part(to_do)
            for one in to_do:
                if one.same or (whole and (one.words.certain > 0 or one.paragraph.personal)):
                    yield one.paragraph

    def _compare(self, one: Paragraph) -> _ComparedParagraph:
        words = translatable_wording(one.text)
        alike = bool(words.key) and words.key in self._said
        kept = alike and self._is_kept(one)
        return _ComparedParagraph(one, words, alike, alike and not kept and self._is_text(one, words), kept)

    def _is_text(self, one: Paragraph, words: Wording) -> bool:
        """Whether such a paragraph cannot stand in both languages: it is more than a name or one common word."""
        if self._another_script:
            return not words.scripts & self._scripts and (bool(words.certain) or one.personal)
        return len(words.key) >= (MIN_SAME_WORDS if words.capitals else MIN_SAME_WORDS_WITHOUT_CAPITALS)

    def _of_part(self, part: str, compared: Sequence[_ComparedParagraph]) -> Iterator[Problem]:
        own = [one for one in compared if one.paragraph.part == part]
        to_do = [one for one in own if one.words.key and not one.kept]
        written_here = [one for one in to_do if one.paragraph.path == self._letter.path(self._language)]
        if self._is_whole_part(written_here):
            message = f"the {_PART_NAMES[part]} is still the {language_name(self._first)} text"
            yield self._error(NOT_TRANSLATED, message, self._place(part, to_do))
            yield from self._each([one for one in own if one not in written_here])
        elif to_do and self._scripts and not self._has_letters(part, compared):
            language = language_name(self._language)
            message = f"the {_PART_NAMES[part]} has no letter of the script that {language} is written in"
            yield self._error(OTHER_SCRIPT, message, self._place(part, to_do))
            yield from self._each([one for one in own if one.kept])
        else:
            yield from self._each(own)

    def _is_whole_part(self, to_do: Sequence[_ComparedParagraph]) -> bool:
        """Whether the first language says all these paragraphs of a part too, and that is no coincidence."""
        return bool(to_do) and all(one.alike for one in to_do) and self._is_no_coincidence(to_do)

    def _is_no_coincidence(self, alike: Sequence[_ComparedParagraph]) -> bool:
        words, certain = sum(len(one.words.key) for one in alike), sum(one.words.certain for one in alike)
        by_words = not self._another_script and certain > 0 and words >= MIN_SAME_WORDS_OF_PART
        return by_words or any(one.same for one in alike)

    def _has_letters(self, part: str, compared: Sequence[_ComparedParagraph]) -> bool:
        """Whether any text of this part, or of what serves all parts, is in the language's script."""
        return any(one.words.scripts & self._scripts for one in compared if one.paragraph.part in (part, None))

    def _each(self, compared: Sequence[_ComparedParagraph]) -> Iterator[Problem]:
        for one in compared:
            if one.same:
                message = f"this paragraph is still the {language_name(self._first)} text"
                yield self._error(NOT_TRANSLATED, message, _paragraph_position(one.paragraph))
            elif one.kept:
                yield self._kept_text_warning(one.paragraph)

    def _error(self, code: str, message: str, place: tuple[str, int]) -> Problem:
        remedy = (
            f"Translate it into {language_name(self._language)}. What is meant to stay, such as a quotation or a legal "
            f"name, is marked before it:  {{# keep: {self._first} #}}"
        )
        return Problem.error(code, message, remedy, file=place[0], line=place[1])

    def _place(self, part: str, compared: Sequence[_ComparedParagraph]) -> tuple[str, int]:
        line = self._letter.line_of(self._language, part)
        first = _paragraph_position(compared[0].paragraph)
        return first if line is None else (display_path(self._letter.path(self._language)), line)

    def _include(self, one: Paragraph) -> Problem:
        if self._is_kept(one):
            return self._kept_text_warning(one)
        tag = _tag_of(one.included)
        own = f"{one.included.removesuffix(f'{tag}.md')}{self._language}.md"
        return Problem.error(
            OTHER_LANGUAGE,
            f"{one.included} is in {language_name(tag)}, and this letter in {language_name(self._language)}",
            f"Include {own}, and write it where it is missing; or mark what is meant to stay:  {{# keep: {tag} #}}",
            file=display_path(one.path),
            line=one.line,
        )

    def _kept_text_warning(self, one: Paragraph) -> Problem:
        stays = _tag_of(one.included) if one.included else self._first
        words = one.included or " ".join(one.text.replace(GAP, "…").split())
        cut = words if len(words) <= _SHOWN else f"{words[:_SHOWN].rstrip()}…"
        return Problem.warning(
            KEPT_AS_IS,
            f"this stays in {language_name(stays)} for those who read {language_name(self._language)}: “{cut}”",
            f"It is marked {{# keep: {stays} #}}. Take the mark away where it is to be translated.",
            file=display_path(one.path),
            line=one.line,
        )

    def _is_foreign(self, path: str) -> bool:
        tag = _primary_subtag(_tag_of(path))
        return tag in self._spoken and tag != _primary_subtag(self._language)

    def _is_kept(self, one: Paragraph) -> bool:
        meant = {_primary_subtag(self._first), *([_primary_subtag(_tag_of(one.included))] if one.included else [])}
        return not meant.isdisjoint(self._covered.get((one.path, one.line), ()))

    def _marked(self) -> Iterator[tuple[str, int, set[str]]]:
        """Where paragraphs that a mark covers begin, by file and line: the one in which it stands, or the next; and of
        which languages they may be.
        """
        for path in dict.fromkeys(one.path for one in self._found):
            here = [one for one in self._found if one.path == path]
            for number, line in enumerate(self._letter.sources[path].splitlines(), 1):
                languages = {_primary_subtag(mark[1]) for mark in _KEEP_MARK.finditer(line)}
                ahead = [one.line for one in here if one.last >= number]
                if ahead and languages:
                    yield path, min(ahead), languages


def _paragraph_position(one: Paragraph) -> tuple[str, int]:
    return display_path(one.path), one.line


def _tag_of(path: str) -> str:
    """The language of a file by its name, `_shared/genuine.en.md` or `letter/en.md`; "" for one of none."""
    folder, _, file = path.rpartition("/")
    stem = file.removesuffix(".md")
    return stem.rpartition(".")[2] if "." in stem or folder != "_shared" else ""


def _primary_subtag(tag: str) -> str:
    return tag.partition("-")[0].lower()
