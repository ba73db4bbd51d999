"""The starter content as somebody new finds it, read with nothing but the standard readers."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
AUDIENCES = ROOT / "audiences"

LANGUAGES = ("en", "ar", "ur", "bn", "so")
RIGHT_TO_LEFT = ("ar", "ur")
LETTERS = ("reassurance-letter", "update-letter", "we-stand-together")
ROSTERS = ("community-contacts", "faith-networks")

LINK = "https://letters.example.org/w/" + "x" * 30
"""Sixty characters: a little longer than the links that are made from the starter's public_url."""


def read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def read_roster(name: str) -> list[dict[str, str]]:
    with (AUDIENCES / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


def environment(autoescape: bool = False) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=autoescape,  # noqa: S701 - letters are Markdown, not HTML
    )


def surroundings() -> dict[str, Any]:
    """What is in scope for the first signatory of config.yaml."""
    config = read_yaml(ROOT / "config.yaml")
    return {
        "organisation": {"name": config["organisation"]["name"]},
        "signatory": config["signatories"]["community-engagement"],
        "campaign": {"name": "update", "date": "1 December 2026"},
        "helplines": config["helplines"],
        "links": {"web": LINK, "check": LINK.replace("/w/", "/c/"), "unsubscribe": LINK.replace("/w/", "/u/")},
    }


Render = Callable[..., dict[str, str]]


@pytest.fixture(scope="session")
def render() -> Iterator[Render]:
    """`render(letter, language, recipient, **other)`: the three parts, captured in one run of the template."""
    jinja, scope = environment(), surroundings()

    def parts(letter: str, language: str, recipient: dict[str, str], **other: Any) -> dict[str, str]:
        template = jinja.get_template(f"{letter}/{language}.md")
        context = template.new_context({**scope, "recipient": recipient, **other})
        list(template.root_render_func(context))  # runs what stands outside the blocks: sets and imports
        return {name: "".join(block(context)) for name, block in template.blocks.items()}

    yield parts
