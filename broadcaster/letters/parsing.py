"""From a letter's files to their syntax trees."""

from collections.abc import Mapping

from jinja2 import Environment, TemplateSyntaxError

from broadcaster.domain.problems import Problem
from broadcaster.letters.parsed import Template, references, shown

_UNKNOWN_TAGS = {
    "trans": "letters are translated as a whole: write another language file",
    "do": "a letter only prints and decides",
    "debug": "a letter only prints and decides",
    "break": "loops run to their end",
    "continue": "loops run to their end",
}


def used_by(sources: Mapping[str, str], path: str) -> list[Template]:
    """A file of a letter that was read, and all that it includes, imports and extends, parsed."""
    found: dict[str, Template] = {}
    waiting = [path]
    while waiting:
        each = waiting.pop()
        template = None if each in found else parse(each, sources[each])
        if isinstance(template, Template):
            found[each] = template
            waiting += [target for target, _ in references(template)]
    return list(found.values())


def parse(path: str, source: str) -> Template | Problem:
    """A file's syntax tree, or where it stops being Jinja."""
    try:
        return Template(path, Environment(autoescape=False).parse(source, path))  # noqa: S701 - only parsed, never run
    except TemplateSyntaxError as error:
        return _syntax(path, error)
    except RecursionError:
        return Problem.error(
            "letter-too-large", "this nests too deep to be read", "Write it more simply.", file=shown(path)
        )


def _syntax(path: str, error: TemplateSyntaxError) -> Problem:
    message = error.message or "this is not Jinja"
    for tag, why in _UNKNOWN_TAGS.items():
        if f"unknown tag '{tag}'" in message:
            return Problem.error(
                "not-allowed", f"{{% {tag} %}} is refused: {why}", "Leave it out.", file=shown(path), line=error.lineno
            )
    remedy = "Each {% if %}, {% for %}, {% block %} and {% macro %} needs its end, each {{ its }}."
    return Problem.error("syntax", message, remedy, file=shown(path), line=error.lineno)
