"""Which texts staff read first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.inbound.distress import CRY_WORDS, PHRASES, ROOTS, STEMS, is_urgent


@pytest.mark.parametrize(
    "text",
    [
        *("help", "HELP!!!", "help me", "Please HELP us", "SOS", "999", "I am being attacked", "he's got a knife"),
        *(
            "they are outside my house",
            "I'm scared",
            "I want to die",
            "thinking of suicide",
            "there's someone at my door",
        ),
        *("I have been threatened", "we're afraid to go out", "can’t breathe", "My daughter is missing"),
        *("ساعدوني أرجوكم", "أنا خائفة", "يهددني بالقتل", "أريد أن أموت", "معه سكين", "النجدة!"),
        *("مدد کریں", "مجھے ڈر لگ رہا ہے", "خودکشی", "وہ ہمیں مار رہے ہیں", "گھر کے باہر کوئی ہے", "bachao"),
        *("আমাকে বাঁচান", "ভয় পাচ্ছি", "আমাদের উপর হামলা হচ্ছে", "আত্মহত্যা", "সাহায্য চাই"),
        *("i caawi", "waan baqayaa, albaabka ayay taagan yihiin", "waa la i weeraray", "hanjabaad", "caawin!"),
    ],
)
def test_urgent(text: str) -> None:
    assert is_urgent(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "Thank you for your letter", "STOP", "info", "Who is this?", "helpful letter, thanks", "skilled staff"),
        *("Can I bring my children to the meeting?", "firefighters were great", "my phone died", "begun", "🙏"),
        *("شكرا لكم", "متى الاجتماع؟", "شکریہ", "آگے کیا ہوگا", "ধন্যবাদ", "আবার লিখুন", "mahadsanid"),
    ],
)
def test_not_urgent(text: str) -> None:
    assert not is_urgent(text)


ALL = [*CRY_WORDS, *(said for table in (PHRASES, STEMS, ROOTS) for spoken in table.values() for said in spoken)]


@given(st.sampled_from(ALL), st.sampled_from([str.upper, str.lower, str.title]))
def test_case_makes_no_difference(said, case) -> None:  # type: ignore[no-untyped-def]  # drawn by Hypothesis
    assert is_urgent(case(said))


@given(st.sampled_from([said for spoken in PHRASES.values() for said in spoken]), st.text("abc .,!", max_size=9))
def test_whole_phrases_are_found_wherever_they_stand(said: str, around: str) -> None:
    assert is_urgent(f"{around} {said} {around}")


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    assert is_urgent(text) in (True, False)
