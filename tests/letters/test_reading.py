"""Numbers, hashtags, addresses and Latin names keep their order in Arabic and Urdu, in every part that is sent."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcaster.domain.contact.channels import Channel
from broadcaster.letters.rendering.fragments import Links, fill_fragments
from broadcaster.letters.rendering.sms_fragments import cut_sms
from broadcaster.letters.rendering.text_fragments import cut_text
from broadcaster.letters.tracer.sentinels import Sentinels
from broadcaster.letters.tracer.skeleton_source import SkeletonSource, Slot
from tests.letters.message_reading import lines_of, seen
from tests.letters.pictures import dropped
from tests.letters.starters import starter
from tests.letters.writing import LINKS, SENDER, blocks, compiler, load
from tests.web.desk.chromium import browser

RUNS = [
    *("999", "0800 456 1226", "+44 (0)20 7946 0000", "(020) 7946 0000", "12/3", "2026-12-01", "50%", "£5"),
    *("#WeStandTogether", "Tell MAMA", "ada@eastmarch.example", "www.example.org/a", "https://example.org/a?b=1&c=/"),
    *("Eastmarch Police", "C++", "O'Brien", "٠٨٠٠ ٤٥٦ ١٢٢٦", "09:00"),
]
KEPT = ["0800 456 1226", "#WeStandTogether", "Tell MAMA", "Eastmarch Police", "Amina Khan", "Ashmere", "999", "101"]
KEPT += ["ada@eastmarch.example", "Ada Lowe"]
WORDS = ["اتصلوا", "الشرطة", "سلام", "کیا", "ہے"]
ENGLISH = ["ring", "Eastmarch", "999", "0800 456 1226", "#WeStandTogether", "50%"]
quick = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def made(text: str, direction: str, pieces: object, values: tuple[str, ...] = ()) -> str:
    sentinels = Sentinels("a letter")
    for at, value in enumerate(values):
        text = text.replace(f"<{at}>", sentinels.value(at))
        assert value
    slots = {at: Slot("", at) for at in range(len(values))}
    source = SkeletonSource("ar", direction, sentinels, {}, slots)  # type: ignore[arg-type]  # one of the two directions
    return fill_fragments(pieces(text, source), source.direction, values, Links())  # type: ignore[operator]  # one of two functions


def in_order(line: str, items: list[str], *, from_right: bool, base: str | None = None) -> bool:
    """Whether the items stand one after the other in what is seen of the line, each in one piece."""
    shown = seen(line, base)
    at = len(shown) if from_right else 0
    for item in items:
        is_word = re.search("[\u0600-\u06ff]", item) and not item[0].isdigit()
        sought = seen(item, "R") if is_word else item
        found = shown.rfind(sought, 0, at) if from_right else shown.find(sought, at)
        if found < 0:
            return False
        at = found if from_right else found + len(item)
    return True


@quick
@given(st.lists(st.sampled_from(RUNS + WORDS), min_size=1, max_size=6), st.sampled_from([cut_text, cut_sms]))
def test_what_is_written_out_keeps_its_order_in_right_to_left_text(items: list[str], pieces: object) -> None:
    items = [*items, "سلام"]
    assert in_order(made("، ".join(items), "rtl", pieces), items, from_right=True)


@quick
@given(st.lists(st.sampled_from(RUNS + WORDS), min_size=1, max_size=4), st.sampled_from([cut_text, cut_sms]))
def test_values_keep_their_order_in_right_to_left_text(values: list[str], pieces: object) -> None:
    # Arabic-Indic digits in groups are joined where they are written out only.
    values = [value for value in values if not re.match("[٠-٩]", value)] or ["999"]
    gaps = "، ".join(f"<{at}>" for at in range(len(values)))
    assert in_order(made(f"{gaps}، سلام", "rtl", pieces, tuple(values)), [*values, "سلام"], from_right=True)


@quick
@given(st.lists(st.sampled_from(ENGLISH + WORDS), min_size=1, max_size=6), st.sampled_from([cut_text, cut_sms]))
def test_what_is_written_out_keeps_its_order_in_left_to_right_text(items: list[str], pieces: object) -> None:
    items = [*items, "ring"]
    assert in_order(made(", ".join(items), "ltr", pieces), items, from_right=False)


@quick
@given(st.lists(st.sampled_from(ENGLISH + WORDS), min_size=1, max_size=4), st.sampled_from([cut_text, cut_sms]))
def test_values_keep_their_order_in_left_to_right_text(values: list[str], pieces: object) -> None:
    gaps = ", ".join(f"<{at}>" for at in range(len(values)))
    assert in_order(made(f"{gaps}, ring", "ltr", pieces, tuple(values)), [*values, "ring"], from_right=False)


@pytest.mark.parametrize("language", ["ar"])
def test_html_keeps_their_order_with_bdi_dropped(tmp_path: Path, language: str) -> None:
    values = ["Ada O'Brien", "0800 456 1226", "ada@eastmarch.example", "50%", "محمد"]
    items = [*RUNS, *values, "سلام"]
    fields = {f"c{at}": value for at, value in enumerate(values)}
    body = "، ".join([*RUNS, *(f"{{{{ recipient.{name} }}}}" for name in fields), "سلام"])
    body = body.replace("<", "&lt;").replace("#", "\\#")
    files = {
        f"letter/{language}.md": blocks(body),
        "letter/letter.yaml": f"title: T\nkind: campaign\nsignatory: a\nfallback: {language}\n",
    }
    ready = compiler(load(tmp_path, files))
    trace = ready.trace(language, fields, Channel.EMAIL)
    html = ready.email(trace.skeleton, SENDER).html(trace.values, LINKS)
    (line,) = [line for line in lines_of(html) if "WeStand" in line]
    for until in range(1, len(items) + 1):  # the first that is out of its order is named
        assert in_order(line, items[:until], from_right=True, base="R"), items[until - 1]


@pytest.mark.parametrize("language", ["ar", "ur"])
@pytest.mark.parametrize("name", ["we-stand-together", "update-letter", "reassurance-letter"])
def test_the_starter_letters_read_rightly_in_every_part(name: str, language: str) -> None:
    skeleton, values, text, its_values = starter(name, language)
    parts = {
        "html": ("R", lines_of(skeleton.html(values, LINKS))),
        "text": (None, skeleton.text(values, LINKS).split("\n")),
        "subject": (None, [skeleton.subject(values, LINKS)]),
        "sms": (None, text.fill(its_values, LINKS).body.split("\n")),
    }
    kept = [*KEPT, LINKS.web, LINKS.check, LINKS.unsubscribe]
    for part, (base, written) in parts.items():
        for line in written:
            shown = seen(line, base)
            for run in kept:
                plain = re.sub("[\u200e\u200f\u2066-\u2069]", "", line).replace("\u00a0", " ")
                assert shown.count(run) == plain.count(run), (part, run)


SEEN = """() => {
  const rows = {};
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const range = document.createRange();
    for (let at = 0; at < walk.currentNode.length; at++) {
      range.setStart(walk.currentNode, at);
      range.setEnd(walk.currentNode, at + 1);
      const box = range.getBoundingClientRect();
      if (box.width) (rows[Math.round(box.bottom / 8)] ??= []).push([box.left, range.toString()]);
    }
  }
  return Object.values(rows).map(row => row.sort((a, b) => a[0] - b[0]).map(each => each[1]).join(""));
}"""


def test_a_browser_shows_them_in_their_order_with_bdi_dropped() -> None:
    with browser() as launched:
        page = launched.new_page(viewport={"width": 1400, "height": 900})
        for language in ("ar", "ur"):
            for name in ("we-stand-together", "update-letter", "reassurance-letter"):
                skeleton, values, _, _ = starter(name, language)
                html = skeleton.html(values, LINKS)
                page.set_content(dropped(html))
                shown = "\n".join(page.evaluate(SEEN))
                plain = re.sub(r"<[^>]*>", "", html.partition("<body")[2])
                for run in KEPT:
                    assert shown.count(run) == plain.count(run), (language, name, run)
