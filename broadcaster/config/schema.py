"""From a document to typed, frozen sections, with everything that is wrong told in plain words and with its line.

This is the one place where pydantic's findings become ours, for config.yaml and for the other files people write.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from broadcaster.config.yaml_files.document import PathStep, YamlDocument
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.problems import Problem

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SECRET_KEY_NAME = re.compile(
    r"(^|_)(password|passwd|pass|secret|api_?key|auth_?token|token|account_sid|private_key)$", re.I
)

INTERNAL_NAME_KEY = "(name)"
"""The key under which a section is told its own name; nobody writes it, so nobody is told of it."""


class Section(BaseModel):
    """A block of keys in a file: frozen, and without room for keys that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)


S = TypeVar("S", bound=Section)


def written_as(key: str) -> Any:
    """For `Annotated`: the key under which a field stands in the file, where the two have different names."""
    return Field(alias=key)


def parse_document(document: YamlDocument, section: type[S], context: Mapping[str, Any] | None = None) -> S:
    """The document as this section. Raises `ProblemsFoundError` with all problems, the file's own included."""
    found, problems = validate_document(document, section, context)
    if found is None or problems:
        raise ProblemsFoundError(problems)
    return found


def validate_document(
    document: YamlDocument, section: type[S], context: Mapping[str, Any] | None = None
) -> tuple[S | None, tuple[Problem, ...]]:
    """As `parse_document`, but hands back what is wrong, in the order of the lines, so that more can be added."""
    found, wrong = None, []
    try:
        found = section.model_validate(document.data, context=dict(context or {}))
    except ValidationError as error:
        wrong = list(_explain_errors(error, section, document))
    # A file that could not be read at all lacks every key; saying so once is enough.
    if document.problems and not document.data:
        wrong = []
    return found, sort_problems([*document.problems, *wrong])


def sort_problems(problems: list[Problem]) -> tuple[Problem, ...]:
    """Problems by line, those without one first."""
    return tuple(sorted(problems, key=lambda problem: problem.line or 0))


def suggest_key(word: str, known: list[str]) -> str:
    """A remedy's ending: the known word that is most like this one, or all of them."""
    close = difflib.get_close_matches(word.casefold().replace("-", "_"), known, n=1, cutoff=0.6)
    if close:
        return f"Did you mean '{close[0]}'?"
    return f"Known here: {', '.join(sorted(known))}."


def suggest_value(word: object, known: list[str]) -> str:
    """A remedy: the known value that is most like what stands there, where one is, and all of them.

    What stands there is not repeated: it may have been meant for another place.
    """
    close = difflib.get_close_matches(word.strip().casefold(), known, n=1, cutoff=0.55) if isinstance(word, str) else []
    meant = f"Did you mean '{close[0]}'? " if close else ""
    return f"{meant}Write one of: {', '.join(known)}."


def _explain_errors(error: ValidationError, section: type[Section], document: YamlDocument) -> Iterator[Problem]:
    for detail in error.errors(include_url=False):
        path = _error_path(detail, document)
        if detail["type"] == "missing" and path in document.empty:
            continue  # it stands there without a value, which the document has said already
        code, message, remedy = _explain_error(detail, path, section)
        yield Problem.error(code, message, remedy, file=document.file, line=document.nearest_line(path))


def _error_path(detail: "ErrorDetails", document: YamlDocument) -> tuple[PathStep, ...]:
    """Where the finding lies in the file; pydantic's own marks for keys and union branches are no places in it."""
    path: tuple[PathStep, ...] = ()
    for step in detail["loc"]:
        if step == "[key]":
            continue
        longer = (*path, step)
        if longer in document.lines or step == detail["loc"][-1]:
            path = longer
    return path


def _explain_error(detail: "ErrorDetails", path: tuple[PathStep, ...], section: type[Section]) -> tuple[str, str, str]:
    kind, name = detail["type"], dotted_path(path)
    context = detail.get("ctx") or {}
    if kind == "extra_forbidden":
        return _explain_unknown_key(path, section)
    if kind == "missing":
        return "missing-key", f"'{name}' is missing", f"Add the line  {path[-1]}: …  here."
    if kind == "wrong":
        return "wrong-value", f"{name}: {context['message']}", str(context["remedy"])
    what, remedy = _explain_wrong_value(detail, str(context.get("expected", "")))
    return "wrong-value", f"{name or 'the file'}: {what}", remedy


def _explain_wrong_value(detail: "ErrorDetails", expected: str) -> tuple[str, str]:
    kind = detail["type"]
    if kind in ("enum", "literal_error"):
        words = re.findall(r"'([^']*)'", expected)
        return "this word is not known here", suggest_value(detail["input"], words)
    if kind in ("model_type", "dict_type", "mapping_type"):
        return "a block of keys is needed here", "Write lines of  key: value  below it."
    if kind in ("list_type", "tuple_type"):
        return "a list is needed here", "Write  [one, two]."
    if kind == "too_short":
        return "the list is empty", "Write at least one item, or take the line out."
    return str(detail["msg"]), "Compare with the starter files."


def dotted_path(path: tuple[PathStep, ...]) -> str:
    """A path as people say it: `campaigns.reassurance.audience item 2`."""
    words = ""
    for step in path:
        words += f" item {step + 1}" if isinstance(step, int) else f".{step}" if words else step
    return words


def _explain_unknown_key(path: tuple[PathStep, ...], section: type[Section]) -> tuple[str, str, str]:
    key = str(path[-1])
    known = list_keys_at(section, path[:-1])
    if _SECRET_KEY_NAME.search(key):
        return (
            "secret-in-config",
            f"'{dotted_path(path)}' looks like a secret, and secrets do not belong in this file",
            f"Take it out, change it at the provider, put the new one into an environment variable, and name that "
            f"variable here:  {key}_env: NAME_OF_THE_VARIABLE",
        )
    return (
        "unknown-key",
        f"'{dotted_path(path)}' is not a known key",
        suggest_key(key, known) if known else "Take it out.",
    )


def list_keys_at(section: type[Section], path: tuple[PathStep, ...]) -> list[str]:
    """The keys that may stand at a path of the schema."""
    here: Any = section
    for step in path:
        here = _type_below(here, step)
    if not (isinstance(here, type) and issubclass(here, Section)):
        return []
    return [
        key for name, info in here.model_fields.items() for key in _written_keys(name, info) if key != INTERNAL_NAME_KEY
    ]


def _written_keys(name: str, info: FieldInfo) -> list[str]:
    """The keys under which a field may stand in the file."""
    if isinstance(info.validation_alias, AliasChoices):
        return [key for key in info.validation_alias.choices if isinstance(key, str)]
    return [info.alias or name]


def _type_below(kind: Any, step: PathStep) -> Any:
    """The section type below a key: a field's own, or the one its mapping, tuple or union holds."""
    if isinstance(kind, type) and issubclass(kind, Section):
        fields = {info.alias or name: info.annotation for name, info in kind.model_fields.items()}
        return _section_type_in(fields.get(str(step)))
    return kind.kind if isinstance(kind, _MappingValues) else None


def _section_type_in(annotation: Any) -> Any:
    """The section type that an annotation holds, if any, as itself or as a mapping's values."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    arguments = getattr(annotation, "__args__", ())
    holds = next((found for part in arguments if (found := _section_type_in(part)) is not None), None)
    origin = getattr(annotation, "__origin__", None)
    if holds is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return _MappingValues(holds)
    return holds


class _MappingValues:
    """The values of a mapping whose keys people choose."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind
