"""Rules of a frame that css-inline would drop are refused, and those that it writes are not."""

from pathlib import Path

import css_inline
import pytest

from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.letters.rules.style_sheets import lost_style_rules
from tests.letters.writing import FRAMES, blocks, load

MATCHING = [
    *(":lang(ur)", "p:lang(ur)", "html:lang(ur) p", "p:is(.a)", ":where(p)", "p:dir(ltr)", "p::first-line", "p:before"),
    *("p:not(:lang(ar))", "p:first-child", "p:nth-child(1)", "p:nth-child(odd)", "p:nth-of-type(1)", "i:empty"),
    *("p:nth-last-child(2)", ":root p", "p:not(.b)", "div:has(p)", "a:link", "a:any-link", "p[lang|=ur]", "div > p"),
    *("p:last-of-type ~ u", "p:first-of-type", "ol + p", "p", ".a"),
]
PAGE = (
    '<html lang="ur"><head><style>{}{{color:red}}</style></head><body><div><p class="a" lang="ur">a<a href="x">l</a>'
    "<i></i></p><p>x</p></div><div><ol></ol><p>y</p><u>z</u></div></body></html>"
)


@pytest.mark.parametrize("selector", MATCHING)
def test_what_is_refused_is_what_css_inline_drops(selector: str) -> None:
    kept = "red" in css_inline.CSSInliner(keep_at_rules=True).inline(PAGE.format(selector))
    problems = list(lost_style_rules("_frames/email.mjml", f"<mj-style>\n{selector} {{ color: red }}</mj-style>"))
    assert [problem.code for problem in problems] == ([] if kept else ["frame-rule-lost"])
    assert all(problem.line == 2 and problem.file == "templates/_frames/email.mjml" for problem in problems)


@pytest.mark.parametrize(
    "css",
    [
        *("a:hover { color: red }", "@media print { p:lang(ur) { color: red } }", "p { background: a:lang }"),
        *(
            "/* p:lang(ur) {} */ p { color: red }",
            "[title=':lang(x)'] { color: red }",
            "@charset 'x'; p { color: red }",
        ),
        "{% if language == 'ur' %}p { color: red; }{% endif %} /* :lang */",
    ],
)
def test_what_is_no_lost_rule(css: str) -> None:
    assert list(lost_style_rules("f", f"<mj-style>{css}</mj-style>")) == []


def test_the_second_of_two_rules_is_found_and_the_letter_is_refused(tmp_path: Path) -> None:
    frame = FRAMES["_frames/email.mjml"].replace(
        "<mj-style>", "<mj-style>@media print { p { margin: 0 } }\np { margin: 0 }\np:lang(ur) { margin: 0 }"
    )
    with pytest.raises(ProblemsFoundError) as raised:
        load(tmp_path, {"letter/en.md": blocks(), "_frames/email.mjml": frame})
    (problem,) = raised.value.problems
    assert (problem.code, problem.line) == ("frame-rule-lost", 5)
    assert "[lang|=ur]" in problem.remedy
