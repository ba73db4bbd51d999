"""Helplines that are missing, out of date or written out."""

from datetime import date

import pytest

from broadcaster.domain.problems import Severity
from broadcaster.letters.rules.helplines import HelplineNumber, check_helplines, check_written_numbers

KNOWN = {
    "emergency": HelplineNumber("999", date(2026, 11, 1), date(2027, 11, 1)),
    "support": HelplineNumber("0808 157 0123"),
}


def found(today: date, *required: str) -> list[tuple[Severity, str]]:
    return [(problem.level, problem.code) for problem in check_helplines(required, KNOWN, today, "letter.yaml")]


def test_dates() -> None:
    assert found(date(2026, 12, 1), "emergency", "support") == []
    assert found(date(2027, 10, 1), "emergency") == []
    assert found(date(2027, 10, 2), "emergency") == [(Severity.WARNING, "helpline-expires-soon")]
    assert found(date(2027, 10, 31), "emergency") == [(Severity.WARNING, "helpline-expires-soon")]
    assert found(date(2027, 11, 1), "emergency") == [(Severity.ERROR, "helpline-expired")]
    assert found(date(2026, 10, 31), "emergency") == [(Severity.WARNING, "helpline-verified-ahead")]


def test_missing() -> None:
    assert found(date(2026, 12, 1), "nobody", "emergency", "nobody") == [(Severity.ERROR, "helpline-missing")]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("call 999.", "emergency"),
        ("call:999", "emergency"),
        ("tel:999", "emergency"),
        ("(999)", "emergency"),
        ("اتصل بالرقم ٩٩٩", "emergency"),
        ("৯৯৯ নম্বরে", "emergency"),
        ("0808 157 0123", "support"),
        ("08081570123", "support"),
        ("0808-157-0123", "support"),
        ("(0808) 157\u00a00123", "support"),
    ],
)
def test_numbers_written_out(text: str, name: str) -> None:
    (problem,) = check_written_numbers(f"first\n\n{text} last", KNOWN, "en.md")
    assert (problem.level, problem.code, problem.line) == (Severity.WARNING, "helpline-written-out", 3)
    assert f"helplines['{name}'].number" in problem.remedy


def test_what_is_opened_and_never_closed_is_text() -> None:
    (problem,) = check_written_numbers("{% raw %}\n" + "{{" * 50_000 + " call 999 {% endraw %}", KNOWN, "en.md")
    assert (problem.code, problem.line) == ("helpline-written-out", 2)


@pytest.mark.parametrize(
    "text",
    [
        "{{ helplines['emergency'].number }}",
        "{% if recipient.code == '999' %}",
        "{# never write\n999 #}",
        "1,999 people", "9990", "1999", "£999", "999%", "999.50", "999,000", "#999", "0808 157 01234",
    ],
)  # fmt: skip
def test_what_is_no_helpline(text: str) -> None:
    assert list(check_written_numbers(text, KNOWN, "en.md")) == []
