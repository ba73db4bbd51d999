"""The parser of letters' files: text to syntax tree."""

import re
from collections.abc import Mapping
from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError, nodes

from broadcaster.domain.problems import Problem
from broadcaster.letters.templating.syntax_tree import ParsedTemplate, display_path, file_references

MAX_NODES = 6_000
MAX_TREE_DEPTH = 60
MAX_NESTED = 8
"""Levels of nested statements. Python refuses twenty nested loops."""

_LONG_NUMBER = re.compile(r"\d[\d_]{300,}")

_NESTING = (nodes.For, nodes.If, nodes.Block, nodes.With, nodes.Macro, nodes.CallBlock)

_UNKNOWN_TAGS = {
    "trans": "letters are translated as a whole: write another language file",
    "do": "a letter only prints and decides",
    "debug": "a letter only prints and decides",
    "break": "loops run to their end",
    "continue": "loops run to their end",
}


def parse_with_includes(sources: Mapping[str, str], path: str) -> list[ParsedTemplate]:
    """The syntax trees of a file and of all files that it includes, imports and extends."""
    parsed: dict[str, ParsedTemplate] = {}
    waiting = [path]
    while waiting:
        current = waiting.pop()
        template = None if current in parsed else parse_template(current, sources[current])
        if isinstance(template, ParsedTemplate):
            parsed[current] = template
            waiting += [target for target, _ in file_references(template)]
    return list(parsed.values())


def parse_template(path: str, source: str) -> ParsedTemplate | Problem:
    """The syntax tree of a file, or the problem that makes it no Jinja."""
    try:
        tree, line = _tree(path, source)
    except TemplateSyntaxError as error:
        return _syntax(path, error)
    except (RecursionError, MemoryError):
        return _too_deep(path, None)
    except ValueError:
        return _unreadable_number_line(path, source)
    return ParsedTemplate(path, tree) if line is None else _too_deep(path, line)


@lru_cache(maxsize=256)
def _tree(path: str, source: str) -> tuple[nodes.Template, int | None]:
    """A syntax tree, and the line at which it is too deep. Cached, for the desk, `check` and `release` parse the same
    files many times. Trees are never changed.
    """
    tree = Environment(autoescape=False).parse(source, path)  # noqa: S701 - only parsed, never run
    return tree, _too_deep_line(tree)


def _too_deep(path: str, line: int | None) -> Problem:
    message = "this nests too deep, or is too long to be read"
    return Problem.error("letter-too-large", message, "Write it more simply.", file=display_path(path), line=line)


def _unreadable_number_line(path: str, source: str) -> Problem:
    """The problem of a number that Jinja accepts and Python refuses for its length."""
    number = _LONG_NUMBER.search(source)
    line = source.count("\n", 0, number.start()) + 1 if number else None
    message = "this number is too large" if number else "this cannot be read"
    return Problem.error("letter-too-large", message, "Write a smaller one.", file=display_path(path), line=line)


def _too_deep_line(tree: nodes.Template) -> int | None:
    """The line at which a tree exceeds MAX_NODES, MAX_TREE_DEPTH or MAX_NESTED; None when it does not."""
    count = 0
    waiting: list[tuple[nodes.Node, int, int]] = [(tree, 0, 0)]
    while waiting:
        node, depth, nested = waiting.pop()
        count += 1
        nested += isinstance(node, _NESTING)
        branches = len(node.elif_) if isinstance(node, nodes.If) else 0
        if depth > MAX_TREE_DEPTH or nested > MAX_NESTED or count > MAX_NODES or branches > MAX_TREE_DEPTH:
            return node.lineno
        waiting += [(child, depth + 1, nested) for child in node.iter_child_nodes()]
    return None


def _syntax(path: str, error: TemplateSyntaxError) -> Problem:
    message = error.message or "this is not Jinja"
    for tag, why in _UNKNOWN_TAGS.items():
        if f"unknown tag '{tag}'" in message:
            return Problem.error(
                "not-allowed",
                f"{{% {tag} %}} is refused: {why}",
                "Leave it out.",
                file=display_path(path),
                line=error.lineno,
            )
    remedy = "Each {% if %}, {% for %}, {% block %} and {% macro %} needs its end, each {{ its }}."
    return Problem.error("syntax", message, remedy, file=display_path(path), line=error.lineno)
