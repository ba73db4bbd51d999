"""The blocks of a letter: each part has one, at the top level of its language's file."""

from collections.abc import Iterable, Mapping

from jinja2 import nodes

from broadcaster.domain.problems import Problem
from broadcaster.letters.model.letter import PARTS, PREHEADER
from broadcaster.letters.templating.syntax_tree import ParsedTemplate, referenced_file


def inheritance_chain(template: ParsedTemplate, parsed: Mapping[str, ParsedTemplate]) -> list[ParsedTemplate]:
    """A file, the file that it extends, and so on to the base template."""
    chain = [template]
    while True:
        name = referenced_file(chain[-1].tree.find(nodes.Extends))
        if name is None or name not in parsed or any(parsed[name] is each for each in chain):
            return chain
        chain.append(parsed[name])


def parts_in_chain(chain: list[ParsedTemplate]) -> frozenset[str]:
    """The parts that are sent: those of the base template. A block beside {% extends %} only replaces one of them."""
    return frozenset(node.name for node in chain[-1].tree.body if isinstance(node, nodes.Block) and node.name in PARTS)


def misplaced_blocks(templates: Iterable[ParsedTemplate], chain: list[ParsedTemplate]) -> list[Problem]:
    """Problems of parts below the top level, blocks of the same name, and text outside every block."""
    problems = []
    for template in templates:
        top = template.tree.body if any(template is each for each in chain) else []
        for block in template.tree.find_all(nodes.Block):
            if block.name in PARTS and not any(block is node for node in top):
                problems.append(
                    Problem.error(
                        "misplaced-part",
                        f"the block {block.name} stands inside something else",
                        "Move it to the top of the language file, and put conditions inside it.",
                        file=template.display_name,
                        line=block.lineno,
                    )
                )
        seen: set[str] = set()
        for block in template.tree.find_all(nodes.Block):
            if block.name in seen:
                problems.append(
                    Problem.error(
                        "block-twice",
                        f"the block {block.name} stands here a second time",
                        "Keep one, or give one another name.",
                        file=template.display_name,
                        line=block.lineno,
                    )
                )
            seen.add(block.name)
        for node in top:
            if isinstance(node, nodes.Output) and not _is_blank(node):
                problems.append(
                    Problem.error(
                        "outside-parts",
                        "this text stands outside of every block and would not be sent",
                        "Move it into {% block body %}, or take it out.",
                        file=template.display_name,
                        line=node.lineno,
                    )
                )
    return problems


def _is_blank(node: nodes.Output) -> bool:
    return all(isinstance(child, nodes.TemplateData) and not child.data.strip() for child in node.nodes)


def missing_parts(template: ParsedTemplate, parts: frozenset[str]) -> list[Problem]:
    """Problems of parts that others need: a subject and a body need each other, a preheader needs both."""
    needed = {"subject": {"body"}, "body": {"subject"}, PREHEADER: {"subject", "body"}}
    missing = {other for part in parts for other in needed.get(part, set()) if other not in parts}
    if not parts:
        missing = {"subject", "body"}
    return [
        Problem.error(
            "missing-part",
            f"the block {part} is missing",
            f"Add {{% block {part} %}}…{{% endblock %}}.",
            file=template.display_name,
        )
        for part in sorted(missing)
    ]
