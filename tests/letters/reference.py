"""Jinja's own rendering of a letter's parts, by an ordinary environment that knows nothing of traces."""

from collections.abc import Mapping
from dataclasses import asdict

from jinja2 import DictLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from broadcaster.letters.model.letter import Letter, TemplateContext
from broadcaster.letters.rendering.fragments import Links


def rendered(
    letter: Letter, language: str, fields: Mapping[str, str], links: Links, s: TemplateContext
) -> dict[str, str]:
    """Each part of the letter, as Jinja writes it."""
    environment = ImmutableSandboxedEnvironment(loader=DictLoader(dict(letter.sources)), undefined=StrictUndefined)
    environment.globals |= {
        "organisation": dict(s.organisation),
        "signatory": dict(s.signatory),
        "campaign": dict(s.campaign),
        "helplines": {name: dict(line) for name, line in s.helplines.items()},
        "links": asdict(links),
    }
    template = environment.get_template(letter.path(language))
    context = template.new_context({"recipient": dict(fields)})
    for _ in template.root_render_func(context):
        pass  # what stands at the top (set, import, extends) comes first
    return {part: "".join(context.blocks[part][0](context)) for part in letter.parts(language)}
