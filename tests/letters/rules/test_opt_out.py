"""Who cannot reply needs another way to say no."""

import pytest

from broadcaster.letters.rules.lint import FilledSample, LintRules, lint
from broadcaster.letters.rules.opt_out import says_how_to_opt_out

LINKS = ("https://letters.example.org/u/sample0", "https://letters.example.org/w/sample0")
HOSTS = frozenset({"letters.example.org"})


def codes(sms: str | None, opt_out_links: tuple[str, ...] | None = LINKS) -> list[str]:
    sample = FilledSample("en", "templates/tea/en.md", sms=sms, sms_line=7)
    return [problem.code for problem in lint(sample, LintRules(allowed_hosts=HOSTS, opt_out_links=opt_out_links))]


@pytest.mark.parametrize(
    "sms",
    [
        f"Tea on Friday. {LINKS[0]}",
        f"Tea on Friday. Read on: {LINKS[1]}",
        "Tea on Friday. To stop: text STOP to 07700 900999",
        "Tea on Friday. STOP an +447700900999",
        "Tea on Friday. stop: 60006",
    ],
)
def test_ways_out(sms: str) -> None:
    assert codes(sms) == []


@pytest.mark.parametrize(
    "sms",
    [
        "Tea on Friday.",
        "Tea on Friday. In danger call 999, else 101. STOP hate.",
        "Tea on Friday. Call 020 7946 0123.",
        "Tea on Friday. https://letters.example.org/STOP/1234567",
        "Tea on Friday. Reply STOP.",
    ],
)
def test_none(sms: str) -> None:
    assert codes(sms) == ["no-way-out"]


def test_where_people_can_reply_nothing_is_asked() -> None:
    assert codes("Tea on Friday.", None) == []
    assert codes(None) == []


def test_without_pages_the_remedy_says_so() -> None:
    sample = FilledSample("en", "templates/tea/en.md", sms="Tea.", sms_line=7)
    [problem] = lint(sample, LintRules(opt_out_links=()))
    assert (problem.file, problem.line) == ("templates/tea/en.md", 7)
    assert "public_url" in problem.remedy


@pytest.mark.parametrize(
    ("sms", "replies", "said"),
    [
        (f"Tea. {LINKS[0]}", False, True),
        (f"Tea. {LINKS[1]}", True, False),
        ("Tea. Reply STOP to end.", True, True),
        ("Tea. Reply STOP to end.", False, False),
        ("Tea. STOP an 60006", False, True),
        ("Tea. https://letters.example.org/STOP", True, False),
        ("Tea. Stopping by?", True, False),
    ],
)
def test_a_text_says_how_to_say_no(sms: str, replies: bool, said: bool) -> None:
    assert says_how_to_opt_out(sms, LINKS[0], replies=replies) is said
