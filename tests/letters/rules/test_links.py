"""Where links may lead, what they may show, and that findings repeat no path."""

import pytest

from broadcaster.domain.problems import Severity
from broadcaster.letters.rules.links import bare_links, check_links

ALLOWED = {"letters.example.org", "www.Example.net"}


def codes(text: str, target: str) -> list[str]:
    return [problem.code for problem in check_links("en.md", [(text, target)], ALLOWED)]


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("read on", "https://letters.example.org/w/abc"),
        ("read on", "HTTPS://LETTERS.example.org:443/w"),
        ("www.example.net", "https://www.example.net/"),
        ("https://letters.example.org/w", "https://letters.example.org/w"),
        ("letters.example.org/w", "https://letters.example.org/w/"),
        ("Letters.Example.org", "http://letters.example.org"),
        ("write to us", "mailto:team@police.example"),
        ("team@police.example", "mailto:Team@police.example?subject=letter"),
        ("101", "tel:101"),
        ("below", "#below"),
        ("Mr. Castellane", "https://letters.example.org/w"),
    ],
)
def test_fine(text: str, target: str) -> None:
    assert codes(text, target) == []


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "https://letters.example.org.evil.example/",
        "https://sub.letters.example.org/",
        "https://letters.example.org@evil.example/",
        "//evil.example/x",
        "www.evil.example",
    ],
)
def test_hosts_that_are_not_allowed(target: str) -> None:
    (code,) = codes("read on", target)
    assert code in ("link-host", "link-not-web")


@pytest.mark.parametrize(
    "target",
    [
        "", "page.html", "/page", "javascript:alert(1)", "data:text/html,x", "ftp://letters.example.org/", "https://",
        "https:letters.example.org", "https://evil.example\\@letters.example.org/", "https://letters.example.org/a b",
        "https://letters.exa\nmple.org/", "https://[::1/",
    ],
)  # fmt: skip
def test_what_is_no_web_address(target: str) -> None:
    assert codes("read on", target) == ["link-not-web"]


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("https://www.example.net", "https://letters.example.org"),
        ("letters.example.org/one", "https://letters.example.org/two"),
        ("www.example.net", "mailto:team@police.example"),
        ("team@police.example", "mailto:other@police.example"),
        ("team@police.example", "https://letters.example.org"),
    ],
)
def test_text_that_shows_another_address(text: str, target: str) -> None:
    (problem,) = check_links("en.md", [(text, target)], ALLOWED)
    assert problem.code == "link-text-differs"
    assert problem.level is Severity.WARNING


def test_findings_repeat_neither_paths_nor_addresses() -> None:
    links = [
        ("https://www.example.net/amara", "https://letters.example.org/Amara-Voss"),
        ("amara@home.example", "mailto:amara.voss@home.example"),
        ("x", "/Amara-Voss?name=Amara"),
        ("x", "https://evil.example/Amara-Voss"),
    ]
    found = list(check_links("en.md", links, ALLOWED))
    assert [problem.code for problem in found] == [
        "link-text-differs",
        "link-text-differs",
        "link-not-web",
        "link-host",
    ]
    assert not any("voss" in str(problem).lower() or "amara" in str(problem).lower() for problem in found)
    assert "evil.example" in found[3].message


def test_bare_links() -> None:
    text = (
        "See https://letters.example.org/w?a=1&b=2. Or (www.example.net/x), or <http://a.example>; «https://b.example»؟"
    )
    assert bare_links(text) == [
        "https://letters.example.org/w?a=1&b=2",
        "www.example.net/x",
        "http://a.example",
        "https://b.example",
    ]
