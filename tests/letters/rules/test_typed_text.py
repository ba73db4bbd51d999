"""What stands in a letter as it was typed: fields of other programs, and marks that follow an address at once."""

from pathlib import Path

import pytest

from broadcaster.domain.problems import Problem, Severity
from broadcaster.letters.rules.typed_text import typed_text_problems
from tests.letters.writing import blocks, load


def told(root: Path, **parts: str) -> list[Problem]:
    return list(typed_text_problems(load(root, {"letter/en.md": blocks(**parts)}), "en"))


@pytest.mark.parametrize(
    ("field", "ours"),
    [
        *(("((name))", "recipient.name"), ("((first name))", "recipient.name"), ("*|FNAME|*", "recipient.name")),
        *(("|FNAME|", "recipient.name"), ("[First name]", "recipient.name"), ("[NAME]", "recipient.name")),
        *(("<<Name>>", "recipient.name"), ("<< First Name >>", "recipient.name"), ("{name}", "recipient.name")),
        *(("{ first_name }", "recipient.name"), ("«Name»", "recipient.name"), ("%%FirstName%%", "recipient.name")),
        *(("${name}", "recipient.name"), ("{$name}", "recipient.name"), ("{contact.name}", "recipient.name")),
        *(
            ("%FIRSTNAME%", "recipient.name"),
            ("<%= name %>", "recipient.name"),
            ("[Insert name here]", "recipient.name"),
        ),
        *(("[الاسم]", "recipient.name"), ("((borough))", "recipient.borough"), ("[Post code]", "recipient.post_code")),
        *(("*|UNSUB|*", "links.unsubscribe"), ("*|ARCHIVE|*", "links.web"), ("[Date]", "campaign.date")),
        *(("[Organisation]", "organisation.name"), ("<<Company>>", "organisation.name")),
    ],
)
def test_fields_of_other_programs(tmp_path: Path, field: str, ours: str) -> None:
    for part in ("subject", "body", "sms"):
        (problem,) = told(tmp_path, **{part: f"Dear {field},"})
        assert (problem.level, problem.code) == (Severity.WARNING, "merge-field")
        assert field in problem.message
        assert f"{{{{ {ours} }}}}" in problem.remedy
        assert problem.line == {"subject": 1, "body": 3, "sms": 5}[part]


@pytest.mark.parametrize(
    "text",
    [
        *("Call us (or come by)", "a | b | c", "[a note]", "Either {this} or that", "5 << 6", "Le «mot»", "100%% sure"),
        *("((2026))", "{{ recipient.name }}", "f(g(x))", "[name](https://example.org)", "50% OFF 20% LESS", "[x] done"),
        *("{# ((name)) #}", "{% if recipient.x == '[name]' %}x{% endif %}", "% OF %"),
    ],
)
def test_brackets_that_are_no_fields(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, body=text) == []


@pytest.mark.parametrize(
    "text",
    [
        *("https://example.org/a۔", "https://example.org/a।", "www.example.org، ثم", "<https://example.org/a>؟"),
        *("{{ links.web }}۔", "{{links.check}}؟", "ada@example.org।", "https://example.org/{{ recipient.a }}/۔"),
        *("https://example.org。", "https://example.org?x=1؛"),
    ],
)
def test_a_mark_that_follows_an_address_at_once(tmp_path: Path, text: str) -> None:
    for part, line in (("body", 3), ("sms", 5)):
        (problem,) = told(tmp_path, **{part: f"News {text} and on"})
        assert (problem.level, problem.code, problem.line) == (Severity.WARNING, "mark-after-address", line)


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/a.",
        "[x](https://example.org)۔",
        "https://example.org ۔",
        "{{ recipient.a }}۔",
        "سلام۔",
        "a@b",
    ],
)
def test_what_may_follow_an_address(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, body=text) == []


def test_what_is_included_is_looked_at_too(tmp_path: Path) -> None:
    files = {"letter/en.md": blocks("{% include '_shared/x.md' %}"), "_shared/x.md": "\n((name))"}
    (problem,) = typed_text_problems(load(tmp_path, files), "en")
    assert (problem.file, problem.line) == ("templates/_shared/x.md", 2)
