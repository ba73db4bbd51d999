"""Reading a letter's folder, and everything wrong with it at once."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.languages import is_tag
from broadcaster.domain.problems import Problem
from broadcaster.letters.analysis import blind_imports, unknown_names
from broadcaster.letters.blocks import bases, incomplete, misplaced, parts_of
from broadcaster.letters.contained import contained
from broadcaster.letters.declaration import Declaration, read_declaration
from broadcaster.letters.folder import is_letter_name, letter_names, no_letter, read_file
from broadcaster.letters.frame_texts import WORDS, languages_with_words, read_words
from broadcaster.letters.grammar import FRAME_ROOTS, ROOTS, problems_in
from broadcaster.letters.letter import Letter
from broadcaster.letters.mergefields import is_name_field
from broadcaster.letters.parsed import Template, references, shown
from broadcaster.letters.parsing import parse
from broadcaster.letters.rules.frames import lost_rules

T = TypeVar("T")

FRAMES = ("_frames/email.mjml", "_frames/email.txt")
NOTICE = "_frames/notice.html"


def load_letter(templates: Path, name: str) -> Letter:
    """Read `templates/<name>/`, what it includes and the frames.

    Raises ProblemsFoundError with every problem of all its files, each with file and line.
    """
    if not is_letter_name(name):
        raise ProblemsFoundError((no_letter(templates, name),))
    folder = templates / name
    if not folder.is_dir() or not folder.resolve().is_relative_to(templates.resolve()):
        raise ProblemsFoundError((no_letter(templates, name),))
    return _Loader(templates, name).load()


class _Loader:
    """Collects the files of one letter and what is wrong with them."""

    def __init__(self, templates: Path, name: str) -> None:
        self._templates = templates
        self._name = name
        self._sources: dict[str, str] = {}
        self._parsed: dict[str, Template] = {}
        self._problems: list[Problem] = []

    def load(self) -> Letter:
        declaration = self._contained(f"{self._name}/letter.yaml", self._declaration, None)
        languages = {
            language: self._contained(
                f"{self._name}/{language}.md", partial(self._language, language), frozenset[str]()
            )
            for language in self._languages()
        }
        self._contained(FRAMES[0], self._frames, None)
        words = self._contained(WORDS, partial(self._words, languages), dict[str, dict[str, str]]())
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
            must_say=_by_language(declaration.must_say, languages),
            fallback=declaration.fallback,
            languages=languages,
            words=words,
            sources=dict(sorted(self._sources.items())),
        )

    def _contained(self, path: str, look: Callable[[], T], otherwise: T) -> T:
        """What a look at this file finds; whatever else it raises is one more problem of the file."""
        try:
            with contained(path):
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
            if is_tag(file.stem):
                found.append(file.stem)
            elif not file.name.count(".") > 1:  # `steps.en.md` is for the letter's own includes
                self._problems.append(
                    Problem.error(
                        "not-a-language",
                        f"{file.stem[:50]!r} is not a language",
                        "Name the file by a language tag such as en.md, or name.en.md if it is included.",
                        file=shown(f"{self._name}/{file.name}"),
                    )
                )
        if not found:
            self._problems.append(
                Problem.error(
                    "missing-language",
                    f"the letter {self._name} has no language file",
                    "Add one, such as en.md.",
                    file=shown(self._name),
                )
            )
        return found

    def _language(self, language: str) -> frozenset[str]:
        """The parts of one language. Notes what is wrong with its file and all that it uses."""
        path = f"{self._name}/{language}.md"
        used = self._gather(path, None, ROOTS)
        if used is None:
            return frozenset()
        templates = [self._parsed[each] for each in used]
        self._unknown(templates, ROOTS)
        self._problems += blind_imports(templates)
        chain = bases(self._parsed[path], self._parsed)
        parts = parts_of(chain)
        self._problems += misplaced(templates, chain)
        self._problems += incomplete(self._parsed[path], parts)
        return parts

    def _unknown(self, templates: Iterable[Template], roots: frozenset[str]) -> None:
        for name in unknown_names(templates, roots):
            self._problems.append(
                Problem.error(
                    "undefined-name",
                    f"nothing is called {name.name} here",
                    f"Set it, or name one of {', '.join(sorted(roots))}.{_ours(name.name, roots) or name.hint}",
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
        for target, line in references(self._parsed[path]):
            here = (shown(path), line)
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
            elif not target.startswith(("_shared/", f"{self._name}/")) and roots is ROOTS:
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
        template = parse(path, source)
        if isinstance(template, Problem):
            self._problems.append(template)
            return False
        self._parsed[path] = template
        self._problems += problems_in(template, roots)
        return True

    def _frames(self) -> None:
        for path in FRAMES:
            if used := self._gather(path, None, FRAME_ROOTS):
                self._unknown([self._parsed[each] for each in used], FRAME_ROOTS)
            for each in (used or ()) if path == FRAMES[0] else ():
                self._problems += lost_rules(each, self._sources[each])
        if (self._templates / NOTICE).is_file():
            self._read(NOTICE)

    def _words(self, languages: Iterable[str]) -> dict[str, dict[str, str]]:
        if self._read(WORDS) is None:
            return {}
        words, problems = read_words(self._templates)
        self._problems += problems
        for language in languages:
            if language not in words and language.partition("-")[0] not in words:
                self._problems.append(
                    Problem.error(
                        "missing-words",
                        f"the frames have no words in {language}",
                        f"Add {language} to {WORDS}, with the same keys as the others.",
                        file=shown(WORDS),
                    )
                )
        return words

    def _fallback(self, declaration: Declaration, languages: Mapping[str, frozenset[str]]) -> None:
        file = shown(f"{self._name}/letter.yaml")
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
                        file=shown(f"{self._name}/{language}.md"),
                    )
                )


def _ours(name: str, roots: frozenset[str]) -> str:
    """The roster's column, for a name that is another program's field."""
    known = "recipient" in roots and is_name_field(name)
    return " The recipient's name is {{ recipient.name }}." if known else ""


def _by_language(must_say: Mapping[str, tuple[str, ...]], languages: Iterable[str]) -> dict[str, tuple[str, ...]]:
    everywhere = must_say.get("", ())
    return {
        language: must_say.get(language) or must_say.get(language.partition("-")[0]) or everywhere
        for language in languages
    }


__all__ = ["FRAMES", "NOTICE", "WORDS", "languages_with_words", "letter_names", "load_letter"]
