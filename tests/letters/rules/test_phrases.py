"""Phrases are found however they are typed, and not within longer words."""

import pytest

from broadcaster.letters.rules.phrases import contains_phrase, fold_text


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("There is NOTHING to fear.", "nothing to fear"),
        ("There is nothing\n  to\u00a0fear", "Nothing  To Fear"),
        ("a so‑called leader", "so-called"),
        ("a so called leader", "so-called"),
        ("Il n'y a rien à craindre", "rien a craindre"),
        ("rien a\u0300 craindre", "rien à craindre"),
        ("it is **nothing** to _fear_", "nothing to fear"),
        ("noth\u00ading to fear", "nothing to fear"),
        ("don’t worry", "don't worry"),
        ("STRASSE", "straße"),
        ("#WeStandTogether!", "#westandtogether"),
        ("جَرِيمَةُ كَرَاهِيَةٍ", "جريمة كراهية"),
        ("كجريمة كراهية", "جريمة كراهية"),
        ("نفرت پر مبني جرم", "نفرت پر مبنی جرم"),
        ("ঘৃণামূলক অপরাধের", "ঘৃণামূলক অপরাধ"),
    ],
)
def test_found(text: str, phrase: str) -> None:
    assert contains_phrase(fold_text(text), phrase, whole=True)
    assert contains_phrase(fold_text(text), phrase, whole=False)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [("he donates", "donate"), ("redonate", "donate"), ("donate2", "donate"), ("catch 22nd", "22")],
)
def test_not_within_longer_words(text: str, phrase: str) -> None:
    assert not contains_phrase(fold_text(text), phrase, whole=True)
    assert contains_phrase(fold_text(text), phrase, whole=False)


@pytest.mark.parametrize("phrase", ["", " ", "-", "*", "nothing here", "to nothing"])
def test_not_found(phrase: str) -> None:
    assert not contains_phrase(fold_text("nothing to fear"), phrase, whole=True)
    assert not contains_phrase(fold_text("nothing to fear"), phrase, whole=False)
