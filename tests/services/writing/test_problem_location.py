"""Where in a text a problem stands that rules found in its finished parts."""

import pytest

from broadcaster.domain.problems import Problem
from broadcaster.services.writing.problem_location import ProblemLocator

TEXT = """\
{% block subject %}Tea on Friday{% endblock %}
{% block body %}
Dear {{ recipient.name }},

there is Nothing to *fear*, says [us](https://elsewhere.example/x).
{% endblock %}
{% block sms %}Tea. Nothing to fear #westandtogether{% endblock %}
"""


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("the body says 'nothing to fear', which this letter must never say", 5),
        ("the text message says 'nothing to fear', which this letter must never say", 7),
        ("the subject has 120 characters, more than 90", 1),
        ("the text message takes 5 segments (UCS-2), more than 3", 7),
        ("nobody can reply to this text's sender, and the text has no other way to say no", None),
        ("a link leads to elsewhere.example, which is not among the hosts that letters may link to", 5),
        ("#westandtogether is read out as one word by screen readers", 7),
        ("the email does not say 'hate crime'", 2),
        ("something else", None),
    ],
)
def test_a_problem_stands_where_its_words_do(message: str, line: int | None) -> None:
    assert ProblemLocator(TEXT).line_of(Problem.error("x", message, "Mend it.")) == line


def test_its_own_line_comes_first() -> None:
    places = ProblemLocator(TEXT)
    assert places.line_of(Problem.error("x", "the body says 'Tea'", "", line=3)) == 3
    assert places.line_of(Problem.error("x", "the body says 'Tea'", "", line=300)) is None
    assert places.line_text(3) == "Dear {{ recipient.name }},"
