"""Both directions in one text: what is isolated, what is left alone, and that links still work."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.contact.channels import Channel
from broadcaster.letters.rendering.html_isolation import isolate_html_runs
from broadcaster.letters.text.bidi import isolate_html, isolate_text, value_isolator
from broadcaster.letters.tracer.sentinels import Sentinels
from broadcaster.letters.tracer.skeleton_source import Slot
from tests.letters.writing import LINKS, SENDER, blocks, compiler, load

LRI, RLI, FSI, PDI, LRM, RLM = "⟨LRI⟩", "⟨RLI⟩", "⟨FSI⟩", "⟨PDI⟩", "⟨LRM⟩", "⟨RLM⟩"


def shown(text: str) -> str:
    """The text with its isolates and marks visible."""
    for code, name in zip("\u2066\u2067\u2068\u2069\u200e\u200f", (LRI, RLI, FSI, PDI, LRM, RLM), strict=True):
        text = text.replace(code, name)
    return text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("اتصلوا 999 أو 101", "اتصلوا 999 أو 101"),
        ("من 09:00 إلى 17:30", "من 09:00 إلى 17:30"),
        ("اتصلوا 020 7946 0000 الآن", f"اتصلوا {LRI}020 7946 0000{PDI} الآن"),
        ("اتصلوا +44 7700 900123", f"اتصلوا {LRI}+44 7700 900123{PDI}"),
        ("نسبة 50%", f"نسبة {LRI}50%{PDI}"),
        ("يوم 3-4", f"يوم {LRI}3-4{PDI}"),
        ("مع #WeStandTogether معا", f"مع {LRI}#WeStandTogether{PDI} معا"),
        ("منظمة Tell MAMA (خيرية)", f"منظمة {LRI}Tell MAMA{PDI} (خيرية)"),
        ("قال O'Brien, Smith معا", f"قال {LRI}O'Brien{PDI}, {LRI}Smith{PDI} معا"),
        ("رقم ٩٩٩", "رقم ٩٩٩"),
    ],
)
def test_static_text_from_right_to_left(text: str, expected: str) -> None:
    assert shown(isolate_text(text, "rtl")) == expected


def test_static_text_from_left_to_right() -> None:
    assert shown(isolate_text("Say السلام عليكم to all", "ltr")) == f"Say {RLI}السلام عليكم{PDI} to all"
    assert isolate_text("Call 999, or +44 20.", "ltr") == "Call 999, or +44 20."


@pytest.mark.parametrize(
    ("value", "ltr", "rtl"),
    [
        ("Ann", False, True),
        ("محمد", True, False),
        ("محمد Smith", True, True),
        ("999", False, False),
        ("09:00", False, False),
        ("020 7946 0000", False, True),
        ("ফারহানা", False, True),
        ("עדה", True, False),
    ],
)
def test_values_are_isolated_where_they_run_against_the_text(value: str, ltr: bool, rtl: bool) -> None:
    wrapped = f"{FSI}{value}{PDI}"
    assert shown(value_isolator("ltr")(value)) == (wrapped if ltr else value)
    assert shown(value_isolator("rtl")(value)) == (wrapped if rtl else value)


def test_html_isolates_runs_but_no_entities() -> None:
    assert isolate_html("قال &lt;Ann&gt; &amp; 99", "rtl") == (
        'قال &lt;<span dir="ltr">Ann</span>&gt; &amp; <span dir="ltr">99</span>'
    )
    assert isolate_html("Say سلام &amp; go", "ltr") == 'Say <span dir="rtl">سلام</span> &amp; go'


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("<bdi>Ann</bdi>", '<span dir="auto">Ann</span>'),
        ('<bdi class="x" dir="ltr">Ann</bdi>', '<span class="x" dir="ltr">Ann</span>'),
        ('<a href="x" dir="ltr">Ann</a>', '<a href="x" dir="ltr">Ann</a>'),
        ('<bdi><span dir="ltr">Ann</span> Bo</bdi>', '<span dir="auto"><span dir="ltr">Ann</span> Bo</span>'),
    ],
)
def test_what_follows_an_element_that_sets_apart_is_isolated_again(given: str, made: str) -> None:
    sentinels = Sentinels("a")
    slots = {0: Slot("Bo", 0)}
    found = isolate_html_runs(f"قال {given} لـ {sentinels.value(0)} و Cy", "rtl", sentinels, slots)
    assert found == f'قال {made} لـ <span dir="auto">{sentinels.value(0)}</span> و <span dir="ltr">Cy</span>'


@given(st.text(st.sampled_from("ab1 2,.#+%-&<>'سلام٩()/:@")), st.sampled_from(["ltr", "rtl"]))
def test_isolates_are_balanced_and_change_nothing_else(text: str, direction: str) -> None:
    done = isolate_text(text, direction)  # type: ignore[arg-type]  # one of the two directions
    depth = 0
    for char in done:
        depth += (char in "\u2066\u2067\u2068") - (char == "\u2069")
        assert 0 <= depth <= 1
    assert depth == 0
    assert done.translate(dict.fromkeys(range(0x2066, 0x206A))) == text


def arabic(root: Path, body: str, sms: str = "x") -> tuple[str, str, str]:
    files = {
        "letter/ar.md": blocks(body, subject="رسالة إلى {{ recipient.a }}", sms=sms),
        "letter/letter.yaml": "title: T\nkind: campaign\nsignatory: a\nfallback: ar\n",
    }
    made = compiler(load(root, files))
    trace = made.trace("ar", {"a": "Ann"}, Channel.EMAIL)
    skeleton = made.email(trace.skeleton, SENDER)
    text = made.trace("ar", {"a": "Ann"}, Channel.SMS)
    return (
        shown(skeleton.subject(trace.values, LINKS)),
        shown(skeleton.text(trace.values, LINKS)),
        shown(made.sms(text.skeleton).fill(text.values, LINKS).body),
    )


def test_a_link_keeps_clear_of_the_isolate_around_it(tmp_path: Path) -> None:
    subject, text, sms = arabic(
        tmp_path,
        "انظروا [هنا]({{ links.web }}) الآن\n\n{{ links.check }}",
        sms="انظر {{ links.web }} يا {{ recipient.a }} {{ links.check }}",
    )
    assert subject == f"رسالة إلى {FSI}Ann{PDI}"
    assert f"هنا ({LRI}{LINKS.web} {PDI}) الآن\n\n{LINKS.check}\n" in text
    assert sms == f"انظر {LINKS.web} يا {RLM}Ann {RLM}{LINKS.check}"


def test_a_plain_english_text_message_stays_gsm_7(tmp_path: Path) -> None:
    made = compiler(load(tmp_path, {"letter/en.md": blocks(sms="Dear {{ recipient.a }}, {{ links.web }}")}))
    filled = []
    for name in ("Ann", "محمد"):
        trace = made.trace("en", {"a": name}, Channel.SMS)
        filled.append(made.sms(trace.skeleton).fill(trace.values, LINKS))
    assert [each.encoding for each in filled] == ["GSM-7", "UCS-2"]
    assert shown(filled[1].body).startswith(f"Dear {LRM}محمد{LRM}, https://")
