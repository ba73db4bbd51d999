"""Where `links.*` may be used in a letter.

Links are made per delivery and filled last. So a letter can print one, or test whether there is one, and nothing else.
"""

from collections.abc import Iterator

from jinja2 import nodes

from broadcaster.domain.problems import Problem
from broadcaster.letters.templating.syntax_tree import ParsedTemplate

LINK_NAMES = ("web", "check", "unsubscribe")


def link_name(node: nodes.Node) -> str | None:
    """The name of the link, if this is `links.<name>`; "" if the name is not written out."""
    if isinstance(node, (nodes.Getattr, nodes.Getitem)) and isinstance(node.node, nodes.Name):
        if node.node.name != "links":
            return None
        if isinstance(node, nodes.Getattr):
            return node.attr
        return str(node.arg.value) if isinstance(node.arg, nodes.Const) else ""
    return None


def misused_links(template: ParsedTemplate) -> list[Problem]:
    """Every use of `links` other than printing one as it stands and testing one in an `{% if %}`."""
    return [
        Problem.error(
            "not-allowed",
            "links can only be printed as they stand, or tested in an {% if %}",
            "Write {{ links.web }}, {{ links.check }} or {{ links.unsubscribe }} where the link belongs.",
            file=template.display_name,
            line=node.lineno,
        )
        for node in _misused(template.tree)
    ]


def _misused(node: nodes.Node) -> Iterator[nodes.Node]:
    if isinstance(node, nodes.Output):
        yield from (misuse for child in node.nodes if not link_name(child) for misuse in _misused(child))
    elif isinstance(node, (nodes.If, nodes.CondExpr)):
        yield from _misused_in_test(node.test)
        yield from (misuse for child in node.iter_child_nodes(exclude=("test",)) for misuse in _misused(child))
    elif isinstance(node, nodes.Name) and node.name == "links":
        yield node
    else:
        yield from (misuse for child in node.iter_child_nodes() for misuse in _misused(child))


def _misused_in_test(node: nodes.Node) -> Iterator[nodes.Node]:
    if link_name(node):
        return
    if isinstance(node, (nodes.And, nodes.Or, nodes.Not)) or (
        isinstance(node, nodes.Test) and node.name in ("defined", "undefined")
    ):
        for child in node.iter_child_nodes():
            yield from _misused_in_test(child)
    else:
        yield from _misused(node)
