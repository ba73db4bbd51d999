import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.text_folding import LONGEST, phrase, words


def test_spellings_of_one_word_are_one() -> None:
    for spelled in (
        "stop",
        "STOP",
        "Stop.",
        "  stop\n",
        "“STOP”",
        "ＳＴＯＰ",
        "𝐒𝐓𝐎𝐏",
        "stóp",
        "*stop*",
        "🛑 stop 🛑",
        "s\u200btop",
    ):
        assert words(spelled) == ("stop",)
    for spelled in ("أوقف", "اوقف", "أَوْقِفْ", "أوقـــف", "أوقف!", "«أوقف»", "\u200fأوقف"):
        assert words(spelled) == ("اوقف",)
    assert words("ساعدني") == words("ساعدنی") == words("ساعدنى")
    assert words("কর।") == words("কর") == ("কর",)


def test_bengali_keeps_its_vowels() -> None:
    assert words("কে") != words("ক")
    assert words("য়") == words("\u09af\u09bc") == words("\u09df")


def test_words_are_parted_by_whatever_is_none() -> None:
    assert words("opt-out, please!") == ("opt", "out", "please")
    assert words("ring 999/112") == ("ring", "999", "112")
    assert words("👍🏽 1️⃣") == ("1",)
    assert phrase("a,b") == "a b"
    assert words("") == words("…!?") == words("\x00\x1b\n") == ()


@given(st.text())
def test_it_is_the_same_however_often(text: str) -> None:
    assert words(phrase(text)) == words(text)


@given(st.text(max_size=50))
def test_case_and_form_make_no_difference(text: str) -> None:
    assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text)) == words(text)


def test_a_text_without_end_is_cut() -> None:
    assert len(words("a " * 100_000)) == LONGEST // 2
