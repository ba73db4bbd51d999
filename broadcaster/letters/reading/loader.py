"""Reading a letter's folder, and everything wrong with it at once."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.language.language_tags import is_language_tag
from broadcaster.domain.problems import Problem
from broadcaster.letters.model.letter import Letter
from broadcaster.letters.reading.declaration import Declaration, read_declaration
from broadcaster.letters.reading.frame_texts import FRAME_TEXTS_PATH, languages_with_frame_texts, read_frame_texts
from broadcaster.letters.reading.template_files import is_letter_name, letter_missing_problem, letter_names, read_file
from broadcaster.letters.rules.merge_fields import is_name_field
from broadcaster.letters.rules.style_sheets import lost_style_rules
from broadcaster.letters.templating.allowed_syntax import FRAME_ROOTS, LETTER_ROOTS, syntax_problems
from broadcaster.letters.templating.error_containment import containing_errors
from broadcaster.letters.templating.parser import parse_template
from broadcaster.letters.templating.part_blocks import (
    inheritance_chain,
    misplaced_blocks,
    missing_parts,
    parts_in_chain,
)
from broadcaster.letters.templating.static_analysis import imports_without_context, unknown_names
from broadcaster.letters.templating.syntax_tree import ParsedTemplate, display_path, file_references

T = TypeVar("T")

EMAIL_FRAMES = ("_frames/email.mjml", "_frames/email.txt")
NOTICE_FRAME = "_frames/notice.html"


def load_letter(templates: Path, name: str) -> Letter:
    """Read `templates/<name>/`, what it includes and the frames.

    Raises ProblemsFoundError with every problem of all its files, each with file and line.
    """
    if not is_letter_name(name):
        raise ProblemsFoundError((letter_missing_problem(templates, name),))
    folder = templates / name
    if not folder.is_dir() or not folder.resolve().is_relative_to(templates.resolve()):
        raise ProblemsFoundError((letter_missing_problem(templates, name),))
    return _LetterLoader(templates, name).load()


class _LetterLoader:
    """Collects the files of one letter and what is wrong with them."""

    def __init__(self, templates: Path, name: str) -> None:
        self._templates = templates
        self._name = name
        self._sources: dict[str, str] = {}
        self._parsed: dict[str, ParsedTemplate] = {}
        self._problems: list[Problem] = []

    def load(self) -> Letter:
        declaration = self._contained(f"{self._name}/letter.yaml", self._declaration, None)
        languages = {
            language: self._contained(
                f"{self._name}/{language}.md", partial(self._language, language), frozenset[str]()
            )
            for language in self._languages()
        }
        self._contained(EMAIL_FRAMES[0], self._frames, None)
        words = self._contained(
            FRAME_TEXTS_PATH, partial(self._read_frame_texts, languages), dict[str, dict[str, str]]()
        )
        if declaration is not None:
            self._fallback(declaration, languages)
        if self._problems or declaration is None:
            raise ProblemsFoundError(tuple(dict.fromkeys(self._problems)))
        return Letter(
            name=self._name,
            title=declaration.title,
            kind=declaration.kind,
            signatory=declaration.signatory,
            helplines=declaration.helplines,
            never_say=declaration.never_say,
            must_say=_must_say_by_language(declaration.must_say, languages),
            fallback=declaration.fallback,
            languages=languages,
            words=words,
            sources=dict(sorted(self._sources.items())),
        )

    def _contained(self, path: str, look: Callable[[], T], otherwise: T) -> T:
        """What a look at this file finds; whatever else it raises is one more problem of the file."""
        try:
            with containing_errors(path):
                return look()
        except BroadcasterError as error:
            self._problems.append(error.as_problem())
            return otherwise

    def _read(self, path: str, said_in: tuple[str, int] | None = None) -> str | None:
        if path in self._sources:
            return self._sources[path]
        text = read_file(self._templates, path, said_in)
        if isinstance(text, Problem):
            self._problems.append(text)
            return None
        self._sources[path] = text
        return text

    def _declaration(self) -> Declaration | None:
        path = f"{self._name}/letter.yaml"
        if self._read(path) is None:
            return None
        declaration, problems = read_declaration(self._templates / path, self._templates.parent)
        self._problems += problems
        return declaration

    def _languages(self) -> list[str]:
        found = []
        for file in sorted((self._templates / self._name).glob("*.md")):
            if is_language_tag(file.stem):
                found.append(file.stem)
            elif not file.name.count(".") > 1:  # `steps.en.md` is for the letter's own includes
                self._problems.append(
                    Problem.error(
                        "not-a-language",
                        f"{file.stem[:50]!r} is not a language",
                        "Name the file by a language tag such as en.md, or name.en.md if it is included.",
                        file=display_path(f"{self._name}/{file.name}"),
                    )
                )
        if not found:
            self._problems.append(
                Problem.error(
                    "missing-language",
                    f"the letter {self._name} has no language file",
                    "Add one, such as en.md.",
                    file=display_path(self._name),
                )
            )
        return found

    def _language(self, language: str) -> frozenset[str]:
        """The parts of one language. Notes what is wrong with its file and all that it uses."""
        path = f"{self._name}/{language}.md"
        used = self._gather(path, None, LETTER_ROOTS)
        if used is None:
            return frozenset()
        templates = [self._parsed[each] for each in used]
        self._unknown(templates, LETTER_ROOTS)
        self._problems += imports_without_context(templates)
        chain = inheritance_chain(self._parsed[path], self._parsed)
        parts = parts_in_chain(chain)
        self._problems += misplaced_blocks(templates, chain)
        self._problems += missing_parts(self._parsed[path], parts)
        return parts

    def _unknown(self, templates: Iterable[ParsedTemplate], roots: frozenset[str]) -> None:
        for name in unknown_names(templates, roots):
            self._problems.append(
                Problem.error(
                    "undefined-name",
                    f"nothing is called {name.name} here",
                    f"Set it, or name one of {', '.join(sorted(roots))}."
                    f"{_column_for_merge_field(name.name, roots) or name.hint}",
                    file=name.file,
                    line=name.line,
                )
            )

    def _gather(
        self, path: str, said_in: tuple[str, int] | None, roots: frozenset[str], above: tuple[str, ...] = ()
    ) -> list[str] | None:
        """This file and all that it uses, each once; None if it cannot be used itself."""
        if not self._parse(path, said_in, roots):
            return None
        used = [path]
        for target, line in file_references(self._parsed[path]):
            here = (display_path(path), line)
            if target in (*above, path):
                self._problems.append(
                    Problem.error(
                        "includes-itself",
                        f"{target} ends up including itself",
                        "Break the circle.",
                        file=here[0],
                        line=line,
                    )
                )
            elif not target.startswith(("_shared/", f"{self._name}/")) and roots is LETTER_ROOTS:
                self._problems.append(
                    Problem.error(
                        "file-name",
                        f"{target[:100]!r} is not below _shared/ or the letter's own folder",
                        f"Include files as '_shared/…' or '{self._name}/…'.",
                        file=here[0],
                        line=line,
                    )
                )
            elif target not in used:
                used += [each for each in self._gather(target, here, roots, (*above, path)) or () if each not in used]
        return used

    def _parse(self, path: str, said_in: tuple[str, int] | None, roots: frozenset[str]) -> bool:
        if path in self._parsed:
            return True
        source = self._read(path, said_in)
        if source is None:
            return False
        template = parse_template(path, source)
        if isinstance(template, Problem):
            self._problems.append(template)
            return False
        self._parsed[path] = template
        self._problems += syntax_problems(template, roots)
        return True

    def _frames(self) -> None:
        for path in EMAIL_FRAMES:
            if used := self._gather(path, None, FRAME_ROOTS):
                self._unknown([self._parsed[each] for each in used], FRAME_ROOTS)
            for each in (used or ()) if path == EMAIL_FRAMES[0] else ():
                self._problems += lost_style_rules(each, self._sources[each])
        if (self._templates / NOTICE_FRAME).is_file():
            self._read(NOTICE_FRAME)

    def _read_frame_texts(self, languages: Iterable[str]) -> dict[str, dict[str, str]]:
        if self._read(FRAME_TEXTS_PATH) is None:
            return {}
        words, problems = read_frame_texts(self._templates)
        self._problems += problems
        for language in languages:
            if language not in words and language.partition("-")[0] not in words:
                self._problems.append(
                    Problem.error(
                        "missing-words",
                        f"the frames have no words in {language}",
                        f"Add {language} to {FRAME_TEXTS_PATH}, with the same keys as the others.",
                        file=display_path(FRAME_TEXTS_PATH),
                    )
                )
        return words

    def _fallback(self, declaration: Declaration, languages: Mapping[str, frozenset[str]]) -> None:
        file = display_path(f"{self._name}/letter.yaml")
        if declaration.fallback not in languages:
            self._problems.append(
                Problem.error(
                    "missing-language",
                    f"the fallback language {declaration.fallback} has no file",
                    f"Add {declaration.fallback}.md, or name one of {', '.join(languages)}.",
                    file=file,
                )
            )
            return
        wanted = languages[declaration.fallback]
        for language, parts in languages.items():
            for part in sorted(wanted - parts) if parts else ():
                self._problems.append(
                    Problem.error(
                        "missing-part",
                        f"{language} lacks the block {part} that {declaration.fallback} has",
                        f"Add {{% block {part} %}}…{{% endblock %}}.",
                        file=display_path(f"{self._name}/{language}.md"),
                    )
                )


def _column_for_merge_field(name: str, roots: frozenset[str]) -> str:
    """The roster's column, for a name that is another program's field."""
    known = "recipient" in roots and is_name_field(name)
    return " The recipient's name is {{ recipient.name }}." if known else ""


def _must_say_by_language(
    must_say: Mapping[str, tuple[str, ...]], languages: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    everywhere = must_say.get("", ())
    return {
        language: must_say.get(language) or must_say.get(language.partition("-")[0]) or everywhere
        for language in languages
    }


__all__ = [
    "EMAIL_FRAMES",
    "FRAME_TEXTS_PATH",
    "NOTICE_FRAME",
    "languages_with_frame_texts",
    "letter_names",
    "load_letter",
]
