"""Which texts a letter prints: none is missed, however it is handed on, and a number alone asks for no name."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from broadcaster.domain.contact.channels import Channel
from broadcaster.letters.model.letter import TemplateContext
from broadcaster.letters.reading.config_text_use import ANY_KEY, config_texts_used
from broadcaster.letters.reading.config_text_use import ConfigPath as Text
from tests.letters.writing import FRAMES, SENDER, SURROUNDINGS, blocks, compiler, load

OURS: Text = ("organisation", "name")
ROLE: Text = ("signatory", "role")
TITLE: Text = ("campaign", "title")
WHOLE = replace(SURROUNDINGS, campaign={**SURROUNDINGS.campaign, "title": "We stand together"})


def name(key: str = "police") -> Text:
    return ("helplines", key, "name")


def says(key: str = "police") -> Text:
    return ("helplines", key, "says")


MACRO = "{% macro call(line) %}{{ line.number }}{% endmacro %}"
NAMED = "{% macro named(line) %}{{ line['name'] }}{% endmacro %}"
EVERY = "{% macro all(line) %}{% for key in line %}{{ line[key] }} {% endfor %}{% endmacro %}"


@pytest.mark.parametrize(
    ("body", "used"),
    [
        ("Hello {{ recipient.name }} {{ signatory.name }} {{ campaign.name }}", set()),
        ("{{ helplines['police'].number }}", set()),
        ("{{ helplines['police'].name }}", {name()}),
        ("{{ helplines.police.says }}", {says()}),
        ("{{ signatory.role }} {{ organisation['name'] }} {{ campaign.title }}", {ROLE, OURS, TITLE}),
        ("{% if campaign.title %}Hello{% endif %}", {TITLE}),
        ("{{ (signatory.role ~ '!')|upper }}", {ROLE}),
        (MACRO + "{{ call(helplines['police']) }}", set()),
        (NAMED + "{{ named(helplines['police']) }}", {name()}),
        (NAMED + "{{ named(signatory) }}", set()),
        (EVERY + "{{ all(helplines['care']) }}", {name("care"), says("care")}),
        (EVERY + "{{ all(signatory) }}", {ROLE}),
        ("{% for key in ['police', 'care'] %}{{ helplines[key].name }}{% endfor %}", {name(ANY_KEY)}),
        ("{% for key in helplines %}{{ helplines[key].number }}{% endfor %}", set()),
        ("{% set line = helplines['care'] %}{{ line.says }}", {says("care")}),
        ("{% with ours = organisation %}{{ ours.name }}{% endwith %}", {OURS}),
    ],
)
def test_what_is_printed(tmp_path: Path, body: str, used: set[Text]) -> None:
    frames = {path: text.replace("{{ organisation.name }}", "Us") for path, text in FRAMES.items()}
    letter = load(tmp_path, {**frames, "letter/en.md": blocks(body)})
    assert set(config_texts_used(letter, "en")) == used


def test_frames_count_where_there_is_an_email(tmp_path: Path) -> None:
    files = {
        "letter/en.md": blocks(),
        "letter/ar.md": "{% block subject %}خبر{% endblock %}{% block body %}{{ signatory.role }}{% endblock %}"
        "{% block sms %}خبر{% endblock %}",
        "_frames/notice.html": "<p>{{ content }}</p>\n<p>{{ signatory.role }}</p>",
    }
    letter = load(tmp_path, files)
    assert set(config_texts_used(letter, "en")) == {OURS, ROLE}
    assert config_texts_used(letter, "en")[ROLE] == ("templates/_frames/notice.html", 2)
    assert config_texts_used(letter, "ar")[ROLE] == ("templates/letter/ar.md", 1)
    only = load(tmp_path / "sms", {"letter/en.md": "{% block sms %}Hi{% endblock %}"})
    assert config_texts_used(only, "en") == {}


def test_includes_and_what_is_extended_count(tmp_path: Path) -> None:
    files = {
        "_shared/end.md": "\n{{ signatory.role }}",
        "letter/base.en.md": blocks("{{ helplines['care'].name }}{% include '_shared/end.md' %}"),
        "letter/en.md": "{% extends 'letter/base.en.md' %}",
    }
    used = config_texts_used(load(tmp_path, files), "en")
    assert used[ROLE] == ("templates/_shared/end.md", 2)
    assert name("care") in used


# However texts are printed: without those that are not named, the letter says the same.

HELD = {
    "organisation": ("name",),
    "signatory": ("name", "role"),
    "campaign": ("name", "title"),
    "helplines['police']": ("name", "number", "says"),
    "helplines['care']": ("name", "number", "says"),
}
WAYS = (
    "{{% if {0}.{1} %}}{{{{ {0}.{1} }}}}{{% endif %}} ",
    "{{{{ show({0}, '{1}') }}}} ",
    "{{{{ only_{1}({0}) }}}} ",
    "{{% set kept = {0} %}}{{{{ kept.{1} }}}} ",
    "{{% for key in ['{1}'] %}}{{{{ {0}[key] }}}}{{% endfor %}} ",
    "{{% with ours = [{0}] %}}{{% for one in ours %}}{{{{ one['{1}'] }}}}{{% endfor %}}{{% endwith %}} ",
)
HANDED_ON = [(root, one) for root, names in HELD.items() for one in names]
PIECES = some.builds(lambda way, held: way.format(*held), some.sampled_from(WAYS), some.sampled_from(HANDED_ON))
LOOPS = some.sampled_from(["name", "says"]).map(
    lambda one: f"{{% for key in ['police', 'care'] %}}{{{{ helplines[key].{one} }}}}{{% endfor %}} "
)
SHOW = "{% macro show(held, key) %}{{ held[key] }}{% endmacro %}"
ONLY = "".join(
    f"{{% macro only_{one}(held) %}}{{{{ held.{one} }}}}{{% endmacro %}}"
    for one in ("name", "role", "title", "number", "says")
)


def _without(used: Iterable[Text]) -> TemplateContext:
    """What a letter sees if only these texts are there."""
    kept = set(used)
    lines = {
        key: {
            what: text
            for what, text in line.items()
            if what == "number" or kept & {("helplines", key, what), ("helplines", ANY_KEY, what)}
        }
        for key, line in WHOLE.helplines.items()
    }
    return replace(
        WHOLE,
        organisation=dict(WHOLE.organisation) if OURS in kept else {},
        signatory={what: text for what, text in WHOLE.signatory.items() if what != "role" or ROLE in kept},
        campaign={what: text for what, text in WHOLE.campaign.items() if what != "title" or TITLE in kept},
        helplines=lines,
    )


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(some.lists(PIECES | LOOPS, min_size=1, max_size=3))
def test_no_text_that_is_printed_is_missed(tmp_path: Path, pieces: list[str]) -> None:
    top = "".join(macro for macro, call in ((SHOW, "show("), (ONLY, "only_")) if any(call in one for one in pieces))
    letter = load(tmp_path, {"letter/en.md": blocks("Hello. " + "".join(pieces), top=top)})
    said = []
    for around in (WHOLE, _without(config_texts_used(letter, "en"))):
        made = compiler(letter, around)
        trace = made.trace("en", {}, Channel.EMAIL)
        said.append(made.email(trace.skeleton, SENDER).text_fragments)
    assert said[0] == said[1]
