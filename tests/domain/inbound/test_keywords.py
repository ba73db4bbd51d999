"""What is an opt-out and what is not, in five languages."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.delivery.reports import Keyword
from broadcaster.domain.inbound.keywords import HELP, POLITE, START, STOP, read_keyword
from broadcaster.domain.text.folding import fold_phrase

TABLES: Mapping[Keyword, Mapping[str, tuple[str, ...]]] = {
    Keyword.STOP: STOP,
    Keyword.START: START,
    Keyword.HELP: HELP,
}
LANGUAGES = {"en", "ar", "ur", "bn", "so"}
SAID = [(said, keyword) for keyword, table in TABLES.items() for spoken in table.values() for said in spoken]
COURTESY = [said for spoken in POLITE.values() for said in spoken]

DRESS = st.text("*_~.,!?…\"'“”‘’«»()[]-–—:;/\\ \t\n\u200f\u200e\u202a\u202c\u2067\u2069🛑🙏🏽❤️👍۔।،؟", max_size=6)


@pytest.mark.parametrize("table", [*TABLES.values(), POLITE])
def test_every_language_of_the_letters_has_its_words(table: Mapping[str, tuple[str, ...]]) -> None:
    assert set(table) == LANGUAGES
    assert all(table.values())


def test_no_word_asks_for_two_things() -> None:
    meant: dict[str, Keyword] = {}
    for said, keyword in SAID:
        assert meant.setdefault(fold_phrase(said), keyword) is keyword, said


def test_what_the_provider_takes_for_an_opt_out_is_one() -> None:
    """Twilio's standard words, so that its list of opt-outs and ours do not drift apart."""
    for word in ("STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"):
        assert read_keyword(word) is Keyword.STOP
    for word in ("START", "YES", "UNSTOP"):
        assert read_keyword(word) is Keyword.START
    for word in ("HELP", "INFO"):
        assert read_keyword(word) is Keyword.HELP


@pytest.mark.parametrize(
    "text",
    [
        *("stop", "Stop.", "STOP!!!", "stop please", "Please stop", "pls STOP thanks", "stop stop STOP", "Stop now"),
        *("“STOP”", "'stop'", "🛑STOP🛑", "S\u00adTOP", "Opt-Out", "opt out", "Unsubscribe me, please", "Hi, stop."),
        *("Please stop texting me", "Don’t text me", "no more texts", "remove me from... ".replace(" from...", "")),
        *(
            "قف",
            "توقّف",
            "أوقِف الرسائل من فضلك",
            "الغاء",
            "إلغاء الاشتراك",
            "بند کریں",
            "بند كرين".replace("كرين", "کریں"),
        ),
        *("براہِ کرم بند کریں", "বন্ধ করুন।", "দয়া করে বন্ধ করুন", "jooji", "Fadlan iga jooji!", "band karo"),
    ],
)
def test_opt_outs(text: str) -> None:
    assert read_keyword(text) is Keyword.STOP


@pytest.mark.parametrize(
    "text",
    [
        *("We have got to STOP this bill", "stop him", "Stop the hate", "Please stop them", "stop it", "stopped"),
        *(
            "I want to stop getting letters through my door",
            "when will it stop?",
            "Don't stop",
            "do not stop",
            "stop?no",
        ),
        *(
            "bus stop",
            "the end",
            "End this hatred",
            "cancel my appointment",
            "I quit smoking",
            "unstoppable",
            "s t o p",
        ),
        *("STOP 999", "nonstop", "please", "thanks", "", "🛑", "أوقفوا الكراهية", "لا توقف", "بند دروازہ", "বন্ধ দরজা"),
        *("help me", "yes I will come", "start a petition", "info about the meeting", "stop " * 9 + "him"),
    ],
)
def test_what_is_told_us_is_no_command(text: str) -> None:
    assert read_keyword(text) is Keyword.OTHER


@given(st.sampled_from(SAID), DRESS, DRESS, st.sampled_from([str.upper, str.lower, str.title]))
def test_case_and_what_stands_around_make_no_difference(word, before, after, case) -> None:  # type: ignore[no-untyped-def]  # drawn by Hypothesis
    said, keyword = word
    assert read_keyword(f"{before} {case(said)} {after}") is keyword


@given(
    st.sampled_from(SAID),
    st.lists(st.sampled_from(COURTESY), max_size=2),
    st.lists(st.sampled_from(COURTESY), max_size=2),
)
def test_politeness_makes_no_difference(word: tuple[str, Keyword], before: list[str], after: list[str]) -> None:
    said, keyword = word
    assert read_keyword(" ".join([*before, said, *after])) is keyword


@given(st.sampled_from(SAID), st.integers(1, 3))
def test_saying_it_again_makes_no_difference(word: tuple[str, Keyword], times: int) -> None:
    said, keyword = word
    assert read_keyword(" ".join([said] * times)) is keyword


KNOWN = {part for said in [*(said for said, _ in SAID), *COURTESY] for part in fold_phrase(said).split()}
STRANGE = st.from_regex(r"[a-z]{3,12}", fullmatch=True).filter(lambda word: word not in KNOWN)


@given(st.sampled_from(SAID), STRANGE, st.booleans())
def test_one_more_word_makes_it_something_that_is_told_us(word: tuple[str, Keyword], more: str, first: bool) -> None:
    said, _ = word
    assert read_keyword(f"{more} {said}" if first else f"{said} {more}") is Keyword.OTHER


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    assert read_keyword(text) in Keyword


def test_somebody_who_has_had_enough_is_heard() -> None:
    assert read_keyword("STOP " * 61) is read_keyword("stop please " * 30) is Keyword.STOP
    assert read_keyword("stop " * 60 + "it") is read_keyword("please " * 100_000) is Keyword.OTHER
