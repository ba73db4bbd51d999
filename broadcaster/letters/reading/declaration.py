"""letter.yaml: what a letter says about itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from broadcaster.config.yaml_files.document import YamlDocument, YamlValue, survey_yaml
from broadcaster.domain.language.language_tags import is_language_tag
from broadcaster.domain.problems import Problem
from broadcaster.letters.model.letter import LetterKind
from broadcaster.letters.templating.syntax_tree import did_you_mean

DECLARATION_KEYS = ("title", "kind", "signatory", "helplines", "never_say", "must_say", "fallback")
_NEEDED = ("title", "kind", "signatory", "fallback")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What stands in letter.yaml. `must_say` has the key "" for phrases that every language must have."""

    title: str
    kind: LetterKind
    signatory: str
    helplines: tuple[str, ...]
    never_say: tuple[str, ...]
    must_say: Mapping[str, tuple[str, ...]]
    fallback: str


def read_declaration(path: Path, root: Path) -> tuple[Declaration | None, list[Problem]]:
    """letter.yaml at this path, or None, and everything wrong with it."""
    optional = {(key,) for key in ("helplines", "never_say", "must_say")}
    return _DeclarationReader(survey_yaml(path, root, may_be_empty=optional)).read()


class _DeclarationReader:
    def __init__(self, document: YamlDocument) -> None:
        self._document = document
        self._data = document.data
        self._problems = list(document.problems)

    def read(self) -> tuple[Declaration | None, list[Problem]]:
        if not self._data:
            if not self._problems:
                self._note("missing-key", f"this file is empty; it needs {', '.join(_NEEDED)}", "Add them.", ())
            return None, self._problems
        for key in self._data:
            if key not in DECLARATION_KEYS:
                self._note(
                    "unknown-key",
                    f"there is no key {key} in letter.yaml",
                    f"Keys are {', '.join(DECLARATION_KEYS)}.{did_you_mean(key, DECLARATION_KEYS)}",
                    (key,),
                )
        title, signatory, fallback = (self._word(key) for key in ("title", "signatory", "fallback"))
        kind = self._kind()
        if fallback and not is_language_tag(fallback):
            self._note("bad-value", f"{fallback} is not a language", "Write a language tag such as en.", ("fallback",))
        helplines, never_say, must_say = self._list("helplines"), self._never_say(), self._must_say()
        if self._problems or kind is None:
            return None, self._problems
        return Declaration(title, kind, signatory, helplines, never_say, must_say, fallback), []

    def _kind(self) -> LetterKind | None:
        word = self._word("kind")
        try:
            return LetterKind(word)
        except ValueError:
            if word:
                kinds = [kind.value for kind in LetterKind]
                self._note(
                    "bad-value",
                    f"{word} is no kind of letter",
                    f"Write {' or '.join(kinds)}.{did_you_mean(word, kinds)}",
                    ("kind",),
                )
            return None

    def _word(self, key: str) -> str:
        value = self._data.get(key)
        if value is None:
            if (key,) not in self._document.empty:
                self._note("missing-key", f"{key} is missing", f"Add a line  {key}: …", ())
            return ""
        if not isinstance(value, str):
            self._note("wrong-type", f"{key} must be one value, not a list or mapping", "Write it on one line.", (key,))
            return ""
        return " ".join(value.split())

    def _list(self, key: str, value: YamlValue | None = None, at: tuple[str, ...] = ()) -> tuple[str, ...]:
        at = at or (key,)
        value = self._data.get(key) if value is None else value
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self._note(
                "wrong-type",
                f"{'.'.join(at)} must be a list of words or phrases",
                "Write one line each, with a dash.",
                at,
            )
            return ()
        return tuple(" ".join(str(item).split()) for item in value)

    def _never_say(self) -> tuple[str, ...]:
        value = self._data.get("never_say")
        if isinstance(value, dict):
            return tuple(phrase for key in value for phrase in self._list("never_say", value[key], ("never_say", key)))
        return self._list("never_say")

    def _must_say(self) -> dict[str, tuple[str, ...]]:
        value = self._data.get("must_say")
        if not isinstance(value, dict):
            return {"": self._list("must_say")}
        for key in value:
            if not is_language_tag(key):
                self._note(
                    "bad-value", f"{key} is not a language", "Write a language tag such as en.", ("must_say", key)
                )
        return {key: self._list("must_say", value[key], ("must_say", key)) for key in value}

    def _note(self, code: str, message: str, remedy: str, at: tuple[str, ...]) -> None:
        line = self._document.nearest_line(at)
        self._problems.append(Problem.error(code, message, remedy, file=self._document.file, line=line))
