"""Each rule of the lint finds what it is for, and leaves plain letters alone."""

from dataclasses import replace

import pytest

from broadcaster.domain.problems import Problem, Severity
from broadcaster.letters.rules.lint import FilledSample, LintRules, lint

RULES = LintRules(
    never_say=("nothing to fear", "donate"),
    must_say={"en": ("hate crime",), "ar": ("جريمة كراهية",)},
    allowed_hosts=frozenset({"letters.example.org"}),
)
FINE = FilledSample(
    "en",
    "templates/reassurance-letter/en.md",
    "The hateful letters: what we know, and what you can do (Tell MAMA, NHS)",
    "Dear Amara Voss,\n\nThis is a hate crime. Say hello, and read on: https://letters.example.org/w #WeStandTogether",
    "Eastmarch Police: it is a hate crime. Call 101. #WeStandTogether https://letters.example.org/w",
    (("read on", "https://letters.example.org/w"),),
)


def found(sample: FilledSample) -> list[tuple[Severity, str]]:
    return [(problem.level, problem.code) for problem in lint(sample, RULES)]


def only(sample: FilledSample) -> Problem:
    (problem,) = lint(sample, RULES)
    assert problem.file == sample.file
    assert problem.remedy
    return problem


def test_a_plain_letter_is_left_alone() -> None:
    assert found(FINE) == []
    assert found(FilledSample("so", "so.md")) == []
    assert lint(FINE, LintRules()) != ()  # no host is allowed there


@pytest.mark.parametrize(
    "sample",
    [
        replace(FINE, subject="Nothing to fear"),
        replace(FINE, text=f"{FINE.text} NOTHING\nto fear."),
        replace(FINE, sms=f"{FINE.sms} Nothing  to fear."),
    ],
)
def test_never_say_in_any_part(sample: FilledSample) -> None:
    problem = only(sample)
    assert (problem.level, problem.code) == (Severity.ERROR, "never-say")
    assert "'nothing to fear'" in problem.message


def test_must_say_in_the_email_and_in_the_text_message() -> None:
    assert "email" in only(replace(FINE, text="Dear all.")).message
    assert "text message" in only(replace(FINE, sms="Call 101.")).message
    assert found(replace(FINE, text="Dear all.", subject="Hate crime")) == []
    assert found(replace(FINE, text="Dear all.", sms="Call.")) == [(Severity.ERROR, "must-say")] * 2
    assert found(replace(FINE, text="Dear all.", language="so")) == []
    assert found(replace(FINE, text="Dear all.", language="en-GB")) == [(Severity.ERROR, "must-say")]
    assert found(replace(FINE, text=None, subject=None, links=())) == []


def test_links_of_body_and_text_message() -> None:
    problem = only(replace(FINE, links=(("read on", "https://evil.example/"),)))
    assert (problem.level, problem.code) == (Severity.ERROR, "link-host")
    assert only(replace(FINE, sms=f"{FINE.sms} https://evil.example/x")).code == "link-host"
    assert only(replace(FINE, text=f"{FINE.text} www.evil.example")).code == "link-host"


def test_subjects() -> None:
    assert found(replace(FINE, subject="x" * 90)) == []
    problem = only(replace(FINE, subject="x" * 91))
    assert (problem.level, problem.code) == (Severity.ERROR, "subject-too-long")
    assert "91" in problem.message


@pytest.mark.parametrize(
    "subject", ["Read this!", "読んで！", "URGENT: read this", "READ THIS NOW OR ELSE", "WHAT WE DO NOW"]
)
def test_subjects_that_shout(subject: str) -> None:
    problem = only(replace(FINE, subject=subject))
    assert (problem.level, problem.code) == (Severity.WARNING, "subject-shouts")


@pytest.mark.parametrize("subject", ["NHS", "Tell MAMA", "#WESTAND for you", "رسائل الكراهية", "ঘৃণামূলক অপরাধ"])
def test_subjects_that_do_not_shout(subject: str) -> None:
    assert found(replace(FINE, subject=subject)) == []


def test_text_messages_over_three_segments() -> None:
    start = "It is a hate crime. "
    assert found(replace(FINE, sms=start + "x" * (3 * 153 - len(start)))) == []
    problem = only(replace(FINE, sms=start + "x" * (3 * 153 - len(start) + 1)))
    assert (problem.level, problem.code) == (Severity.ERROR, "sms-too-long")
    assert "4 segments" in problem.message


def test_characters_that_force_ucs_2_are_named_with_their_cost() -> None:
    problem = only(replace(FINE, sms=f"It’s a hate crime… {'x' * 120}"))
    assert (problem.level, problem.code) == (Severity.WARNING, "sms-needs-ucs-2")
    assert "3 segments instead of 1" in problem.message
    assert 'RIGHT SINGLE QUOTATION MARK (instead: "\'")' in problem.message
    assert "HORIZONTAL ELLIPSIS (instead: '...')" in problem.message
    emoji = only(replace(FINE, sms="a hate crime 😀"))
    assert "1 segment instead of 1, because of GRINNING FACE" in emoji.message


def test_what_the_program_adds_is_never_told_of() -> None:
    assert "because of 4 Arabic letters" in only(replace(FINE, sms="\u200eمحمد\u200e, it is a hate crime")).message
    latin = replace(FINE, language="ar", text=None, subject=None, links=(), sms="م \u200fall is well \u200f\u200e#x")
    assert not any("MARK" in problem.message for problem in lint(latin, RULES))
    assert "TO-RIGHT MARK" not in only(replace(FINE, sms="\u200eم\u200e: it’s a hate crime 😀")).message


def test_a_name_in_another_script_is_counted_and_not_spelled_out() -> None:
    message = only(replace(FINE, sms=f"ঝিলমিল, it is a hate crime. {'x' * 60}")).message
    assert "Bengali letters" in message
    assert "JHA" not in message


def test_a_text_in_another_script_is_no_gsm_text_with_strays() -> None:
    assert found(replace(FINE, language="bn", sms="এটি একটি ঘৃণামূলক অপরাধ, 101 #WeStandTogether")) == []
    assert found(replace(FINE, language="ar", text=None, subject=None, links=(), sms="جريمة كراهية 101")) == []


@pytest.mark.parametrize("tag", ["#westandtogether", "#WESTANDTOGETHER", "#westandtogether2026"])
def test_hashtags_in_one_case(tag: str) -> None:
    problem = only(replace(FINE, text=f"a hate crime ({tag})"))
    assert (problem.level, problem.code) == (Severity.WARNING, "hashtag-one-case")


@pytest.mark.parametrize(
    "text",
    [
        "#WeStandTogether",
        "#together",
        "#نقفمعامعامعامعا",
        "#একসাথেআমরাআছিএকসাথে",
        "#we_stand_together",
        "see https://letters.example.org/w#westandtogether",
        "number#westandtogether",
    ],
)
def test_hashtags_that_are_fine(text: str) -> None:
    assert found(replace(FINE, text=f"a hate crime {text}")) == []


@pytest.mark.parametrize("text", ["Dear ,", "Dear,", "\n dear ,\n", "عزيزي ،", "Hello friend ,", ", hello"])
def test_greetings_of_nobody(text: str) -> None:
    problem = only(replace(FINE, text=f"{text}\na hate crime"))
    assert (problem.level, problem.code) == (Severity.WARNING, "empty-greeting")


def test_each_finding_once() -> None:
    assert found(replace(FINE, text="a hate crime. Donate! Donate, donate.")) == [(Severity.ERROR, "never-say")]
