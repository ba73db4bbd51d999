import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.text.folding import LONGEST_TEXT, fold_phrase, fold_words


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
        assert fold_words(spelled) == ("stop",)
    for spelled in ("أوقف", "اوقف", "أَوْقِفْ", "أوقـــف", "أوقف!", "«أوقف»", "\u200fأوقف"):
        assert fold_words(spelled) == ("اوقف",)
    assert fold_words("ساعدني") == fold_words("ساعدنی") == fold_words("ساعدنى")
    assert fold_words("কর।") == fold_words("কর") == ("কর",)


def test_bengali_keeps_its_vowels() -> None:
    assert fold_words("কে") != fold_words("ক")
    assert fold_words("য়") == fold_words("\u09af\u09bc") == fold_words("\u09df")


def test_words_are_parted_by_whatever_is_none() -> None:
    assert fold_words("opt-out, please!") == ("opt", "out", "please")
    assert fold_words("ring 999/112") == ("ring", "999", "112")
    assert fold_words("👍🏽 1️⃣") == ("1",)
    assert fold_phrase("a,b") == "a b"
    assert fold_words("") == fold_words("…!?") == fold_words("\x00\x1b\n") == ()


@given(st.text())
def test_it_is_the_same_however_often(text: str) -> None:
    assert fold_words(fold_phrase(text)) == fold_words(text)


@given(st.text(max_size=50))
def test_case_and_form_make_no_difference(text: str) -> None:
    assert (
        fold_words(unicodedata.normalize("NFD", text))
        == fold_words(unicodedata.normalize("NFC", text))
        == fold_words(text)
    )


def test_a_text_without_end_is_cut() -> None:
    assert len(fold_words("a " * 100_000)) == LONGEST_TEXT // 2
