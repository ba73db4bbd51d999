"""Which columns a letter needs, and which a person may lack."""

from pathlib import Path

from broadcaster.letters.reading.loader import load_letter
from broadcaster.letters.reading.recipient_fields import fields_used
from tests.letters.writing import STARTER, blocks, load


def test_columns_are_found_with_their_places(tmp_path: Path) -> None:
    letter = load(
        tmp_path,
        {
            "letter/en.md": blocks(
                "{{ recipient.a }}{% include '_shared/i.md' %}\n{% if recipient.c %}{{ recipient.c }}{% endif %}"
                "{{ recipient.d|default('x', true) }}{{ recipient.e if recipient.e }}{{ recipient.e }}",
                subject="{{ recipient['b'] }}",
                sms="{{ recipient.a|upper }}",
            ),
            "_shared/i.md": "\n\n{{ recipient.i }}",
        },
    )
    used = fields_used(letter, "en")
    assert {name: (use.line, use.guarded, sorted(use.parts)) for name, use in used.items()} == {
        "b": (1, False, ["subject"]),
        "a": (3, False, ["body", "sms"]),
        "c": (4, True, ["body"]),
        "d": (4, True, ["body"]),
        "e": (4, False, ["body"]),
        "i": (3, False, ["body"]),
    }
    assert used["i"].file == "templates/_shared/i.md"


def test_columns_in_macros_can_show_up_in_every_part(tmp_path: Path) -> None:
    letter = load(
        tmp_path,
        {
            "letter/en.md": blocks("{{ m() }}", top="{% from '_shared/m.md' import m with context %}"),
            "_shared/m.md": "{% macro m() %}{{ recipient.a }}{% endmacro %}",
        },
    )
    assert fields_used(letter, "en")["a"].parts == {"subject", "body", "sms"}


def test_the_starter_letter_needs_a_name_and_can_do_without_a_borough() -> None:
    used = fields_used(load_letter(STARTER, "update-letter"), "en")
    assert {name: use.guarded for name, use in used.items()} == {"borough": True, "name": False}
