"""A language that is still the first one's text is found, by paragraph; a real translation never is."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.domain.problems import Problem, Severity
from broadcaster.letters.model.letter import Letter, LetterKind
from broadcaster.letters.reading.loader import letter_names, load_letter
from broadcaster.letters.translating.comparison import is_translation_unfinished, translation_problems
from broadcaster.letters.translating.wording import GAP, translatable_wording
from tests.letters.writing import DECLARATION, STARTER, blocks, load

LANGUAGES = ("ar", "bn", "so", "ur")

BODY = """\
{% if recipient %}Dear {{ recipient.name }}{% else %}Dear neighbours{% endif %},

Come to tea in the library on **Friday**, 4 December.

## What to bring

- a cup of your own
- Tell MAMA: {{ helplines['care'].number }}

The Earl of Eastmarch said: we shall stand together in all weathers.
"""

ARABIC = """\
{% if recipient %}إلى {{ recipient.name }}{% else %}إلى جيراننا{% endif %}،

تعالوا لشرب الشاي في المكتبة يوم **الجمعة**.

## ماذا تحضرون

- كوباً خاصاً بكم
- Tell MAMA: {{ helplines['care'].number }}

قال الإيرل: سنقف معاً.
"""


def two(root: Path, body: str, language: str = "ar", **others: str) -> Letter:
    """A letter in English and one more language with this body; `others` are files by their name with _ for /."""
    files = {
        "letter/en.md": blocks(BODY, "Tea in the library", "Tea on Friday, #WeStandTogether {{ links.web }}"),
        f"letter/{language}.md": blocks(body, "شاي في المكتبة", "شاي يوم الجمعة #WeStandTogether {{ links.web }}"),
        "letter/letter.yaml": DECLARATION,
        "_frames/words.yaml": "".join(f"{one}: {{why: Why., stop: Stop}}\n" for one in {"en", "ar", language}),
    }
    return load(root, files | others)


def told(letter: Letter, language: str = "ar") -> list[tuple[str, str | None, int | None]]:
    return [(one.code, one.file, one.line) for one in translation_problems(letter, language)]


AR = "templates/letter/ar.md"


@pytest.mark.parametrize("letter", letter_names(STARTER))
@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_the_starter_letters_are_translated(letter: str, language: str) -> None:
    assert translation_problems(load_letter(STARTER, letter), language) == ()


@pytest.mark.parametrize("letter", letter_names(STARTER))
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_untouched_first_text_is_found_in_each_part(letter: str, language: str, tmp_path: Path) -> None:
    templates = Path(shutil.copytree(STARTER, tmp_path / "templates"))
    english = (templates / letter / "en.md").read_text("utf-8")
    (templates / letter / f"{language}.md").write_text(english, "utf-8")
    found = translation_problems(load_letter(templates, letter), language)
    assert [one.message for one in found if "is still" in one.message][:3] == [
        f"the {part} is still the English text" for part in ("subject", "body", "text message")
    ]
    assert {one.code for one in found} == {"not-translated", "include-language"}
    assert all(one.level is Severity.ERROR and one.file and one.line for one in found)


def test_a_paragraph_a_heading_or_an_item_that_was_left(tmp_path: Path) -> None:
    assert told(two(tmp_path, ARABIC)) == []
    left = ARABIC.replace("ماذا تحضرون", "What to bring").replace("كوباً خاصاً بكم", "a cup of  your own")
    assert told(two(tmp_path / "b", left)) == [("not-translated", AR, 7), ("not-translated", AR, 9)]
    greeting = ARABIC.replace("إلى {{ recipient.name }}", "Dear {{ recipient.name }}")
    assert told(two(tmp_path / "c", greeting)) == [("not-translated", AR, 3)]


@pytest.mark.parametrize(
    "paragraph",
    [
        "Come to tea in the library on Monday, 7 December.",
        "come to tea in the library on **Friday** Evening, 11 January!",
        "Come to tea in the library on #Friday {{ campaign.date }}",
    ],
)
def test_names_numbers_and_hashtags_make_no_difference(tmp_path: Path, paragraph: str) -> None:
    letter = two(tmp_path, ARABIC.replace("تعالوا لشرب الشاي في المكتبة يوم **الجمعة**.", paragraph))
    assert told(letter) == [("not-translated", AR, 5)]


@pytest.mark.parametrize(
    "line",
    ["Tell MAMA", "Lantern Street Library, 4", "#WeStandTogether", "https://example.org/tea", "a@example.org", "101"],
)
def test_what_every_language_writes_alike_may_stay(tmp_path: Path, line: str) -> None:
    files = {
        "letter/en.md": blocks(f"Welcome to all of you\n\n{line}"),
        "letter/ar.md": blocks(f"أهلاً بكم\n\n{line}", "خبر", f"خبر {line}"),
    }
    assert told(load(tmp_path, files)) == []


def test_lists_and_macros_count_too(tmp_path: Path) -> None:
    steps = "{% set steps = ['All letters were examined', 'Officers visit schools'] %}\n"
    macro = "{% macro call(line) %}Ring them on {{ line.number }}{% endmacro %}\n"
    body = "{% for step in steps %}- {{ step }}\n{% endfor %}"
    files = {
        "letter/en.md": steps + macro + blocks(body),
        "letter/ar.md": steps + macro + blocks(f"خبر\n{body}", "خبر", "خبر"),
    }
    assert told(load(tmp_path, files)) == [("not-translated", AR, 1), ("not-translated", AR, 2)]


def test_what_only_decides_is_not_text(tmp_path: Path) -> None:
    test = "{% if recipient.borough == 'all of the town' %}"
    files = {
        "letter/en.md": blocks(f"{test}Yes of course{{% endif %}} hello there"),
        "letter/ar.md": blocks(f"{test}نعم{{% endif %}} مرحبا", "خبر", "خبر"),
    }
    assert told(load(tmp_path, files)) == []


def test_an_include_of_another_language(tmp_path: Path) -> None:
    shared = {"_shared/close.en.md": "We never ask for money.", "_shared/close.ar.md": "لا نطلب مالاً."}
    english = blocks(BODY + "\n{% include '_shared/close.en.md' %}", "Tea in the library", "Tea")
    for include, expected in (
        ("{% include '_shared/close.en.md' %}", [("include-language", AR, 14)]),
        ("{% include '_shared/close.ar.md' %}", []),
        ("{# keep: en #}{% include '_shared/close.en.md' %}", [("kept", AR, 14)]),
    ):
        letter = two(tmp_path / str(len(include)), f"{ARABIC}\n{include}", **shared, **{"letter/en.md": english})
        assert told(letter) == expected
    (problem,) = translation_problems(
        two(tmp_path / "r", ARABIC + "\n{% include '_shared/close.en.md' %}", **shared), "ar"
    )
    assert problem.message == "_shared/close.en.md is in English, and this letter in Arabic"
    assert "Include _shared/close.ar.md" in problem.remedy


EN = "templates/letter/en.md"


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        ("{% include '_shared/close.ar.md' %}", [("include-language", EN, 14)]),
        ("{% include '_shared/close.en.md' %}", []),
        ("{# keep: ar #}{% include '_shared/close.ar.md' %}", [("kept", EN, 14)]),
        ("{# keep: so #}{% include '_shared/close.ar.md' %}", [("include-language", EN, 14)]),
    ],
)
def test_the_first_language_includes_its_own_too(
    tmp_path: Path, used: str, expected: list[tuple[str, str, int]]
) -> None:
    shared = {"_shared/close.en.md": "We never ask for money.", "_shared/close.ar.md": "لا نطلب مالاً."}
    english = blocks(f"{BODY}\n{used}", "Tea in the library", "Tea")
    letter = two(tmp_path, ARABIC, **shared, **{"letter/en.md": english})
    assert told(letter, "en") == expected
    assert told(letter) == []
    assert not is_translation_unfinished(letter, "en")
    if expected:
        (problem,) = translation_problems(letter, "en")
        assert "Arabic" in problem.message
        assert "_shared/close.en.md" in problem.remedy or "keep: ar" in problem.remedy


def test_a_mark_names_the_language_that_stays(tmp_path: Path) -> None:
    """The remedy that is given for an include is one that helps."""
    shared = {"_shared/close.so.md": "Lacag ma weydiisanno."}
    letter = two(tmp_path, f"{ARABIC}\n{{% include '_shared/close.so.md' %}}", **shared)
    (problem,) = translation_problems(letter, "ar")
    mark = problem.remedy.rpartition("  ")[2]
    assert mark == "{# keep: so #}"
    letter = two(tmp_path / "kept", f"{ARABIC}\n{mark}{{% include '_shared/close.so.md' %}}", **shared)
    (kept,) = translation_problems(letter, "ar")
    assert kept.code == "kept"
    assert "this stays in Somali" in kept.message


@pytest.mark.parametrize(
    "used", ["{% from '_shared/close.en.md' import close %}", "{% import '_shared/close.en.md' as x %}"]
)
def test_an_import_of_another_language(tmp_path: Path, used: str) -> None:
    shared = {"_shared/close.en.md": "{% macro close() %}We never ask for money.{% endmacro %}"}
    files = {"letter/en.md": blocks(BODY, "Tea in the library", "Tea", top=used)}
    arabic = used + blocks(ARABIC, "شاي في المكتبة", "شاي يوم الجمعة")
    letter = two(tmp_path, ARABIC, **shared, **files, **{"letter/ar.md": arabic})
    assert told(letter) == [("include-language", AR, 1)]
    assert told(letter, "en") == []


def test_a_shared_text_of_no_language_is_in_the_first_one(tmp_path: Path) -> None:
    shared = {"_shared/close.md": "\nWe never ask for money."}
    english = blocks(BODY + "\n{% include '_shared/close.md' %}", "Tea in the library", "Tea")
    letter = two(tmp_path, ARABIC + "\n{% include '_shared/close.md' %}", **shared, **{"letter/en.md": english})
    assert told(letter) == [("not-translated", "templates/_shared/close.md", 2)]


QUOTE = "The Earl of Eastmarch said: we shall stand together in all weathers."


@pytest.mark.parametrize(
    ("marked", "codes"),
    [
        (f"{{# keep: en #}}\n{QUOTE}", [("kept", AR, 13)]),
        (f"{{# keep: en-GB -#}} {QUOTE}", [("kept", AR, 12)]),
        (f"{QUOTE}\n{{# keep: en #}}", [("not-translated", AR, 12)]),
        (f"{{# keep: ur #}}\n{QUOTE}", [("not-translated", AR, 13)]),
        (f"{{# keep: en #}}\nقال: سنقف معاً.\n\n{QUOTE}", [("not-translated", AR, 15)]),
        (f"{{# keep: en #}}\n\n> {QUOTE}", [("kept", AR, 14)]),
    ],
)
def test_a_mark_keeps_the_next_paragraph(tmp_path: Path, marked: str, codes: list[tuple[str, str, int]]) -> None:
    assert told(two(tmp_path, ARABIC.replace("قال الإيرل: سنقف معاً.", marked))) == codes


def test_what_is_kept_is_shown_and_no_error(tmp_path: Path) -> None:
    letter = two(
        tmp_path, ARABIC.replace("قال الإيرل: سنقف معاً.", f"{{# keep: en #}}\n{QUOTE} {{{{ campaign.date }}}}")
    )
    (kept,) = translation_problems(letter, "ar")
    assert kept.level is Severity.WARNING
    assert kept.message == f"this stays in English for those who read Arabic: “{QUOTE} …”"
    assert not is_translation_unfinished(letter, "ar")


def test_a_part_without_a_letter_of_its_script(tmp_path: Path) -> None:
    letter = two(tmp_path, "Taalu ila al-maktaba yawm al-jumua, ya jiran.")
    assert told(letter) == [("other-script", AR, 2)]
    assert told(two(tmp_path / "so", "Kaalaya maktabadda.", "so"), "so") == []
    assert told(two(tmp_path / "pa", "Aao ji sab nu.", "pa-Arab"), "pa-Arab") == [
        ("other-script", "templates/letter/pa-Arab.md", 2)
    ]
    assert told(two(tmp_path / "n", "{{ organisation.name }} 101 #WeStandTogether"), "ar") == []


def test_one_word_alike_is_no_missing_translation(tmp_path: Path) -> None:
    files = {
        "letter/en.md": blocks("Hallo {{ recipient.a }},\n\ncome to tea with us.", "Important", "Police"),
        "letter/so.md": blocks("Hallo {{ recipient.a }},\n\nkaalaya shaaha.", "Important", "Police"),
        "_frames/words.yaml": "en: {why: a, stop: b}\nso: {why: a, stop: b}\n",
    }
    assert told(load(tmp_path, files), "so") == []


def test_another_form_of_the_first_language_is_no_translation(tmp_path: Path) -> None:
    letter = two(tmp_path, BODY, "en-GB")
    assert told(letter, "en-GB") == []
    assert told(letter, "en") == []


# What is harmless never hides an untouched paragraph, and never makes a translation look like one.

_WORDS = st.lists(st.text(st.sampled_from("abcdefghijklmnop"), min_size=2, max_size=7), min_size=3, max_size=9).map(
    tuple
)
_HARMLESS = st.lists(
    st.sampled_from(["999", "0800 456 1226", "#WeStandTogether", "Eastmarch", "MAMA", GAP, "**", "  ", "2026,", "- 4"]),
    max_size=6,
)
_ARABIC = st.lists(st.text(st.sampled_from("ابتثجحخدذرزسش"), min_size=2, max_size=7), min_size=3, max_size=9)


def _mixed(words: tuple[str, ...], harmless: list[str]) -> str:
    """The words with harmless things between them; a sentence begins with the first word."""
    pieces = [words[0].capitalize()]
    for at, word in enumerate(words[1:]):
        pieces += [*harmless[at : at + 1], word]
    return " ".join([*pieces, *harmless[len(words) - 1 :]])


@given(_WORDS, _HARMLESS, _HARMLESS)
def test_harmless_differences_hide_nothing(words: tuple[str, ...], here: list[str], there: list[str]) -> None:
    assert translatable_wording(_mixed(words, here)).key == translatable_wording(_mixed(words, there)).key == words


@given(_WORDS, _WORDS, _HARMLESS, _HARMLESS)
def test_other_words_are_another_paragraph(
    words: tuple[str, ...], others: tuple[str, ...], here: list[str], there: list[str]
) -> None:
    assert (translatable_wording(_mixed(words, here)).key == translatable_wording(_mixed(others, there)).key) == (
        words == others
    )


@settings(max_examples=25)
@given(
    st.lists(_WORDS, min_size=1, max_size=4),
    st.lists(_ARABIC, min_size=1, max_size=4),
    # Three words in capitals are a heading, which is translated too.
    _HARMLESS.filter(lambda pieces: pieces.count("MAMA") < 3),
)
def test_a_real_translation_is_never_called_untranslated(
    english: list[tuple[str, ...]], arabic: list[list[str]], harmless: list[str]
) -> None:
    shared = " ".join(one for one in harmless if one != GAP)
    first = "\n\n".join([*(_mixed(one, []) for one in english), shared])
    other = "\n\n".join([*(" ".join(one) for one in arabic), shared])
    letter = _letter({"en": first, "ar": other, "so": " ".join(f"{word}x" for one in english for word in one)})
    assert translation_problems(letter, "ar") == ()
    assert translation_problems(letter, "so") == ()
    untouched = _letter({"en": first, "ar": first, "so": first})
    for language in ("ar", "so"):
        assert [one.message for one in _errors(untouched, language)] == ["the body is still the English text"]


def _letter(bodies: dict[str, str]) -> Letter:
    sources = {f"letter/{tag}.md": f"{{% block body %}}\n{body}\n{{% endblock %}}" for tag, body in bodies.items()}
    parts = dict.fromkeys(bodies, frozenset({"body"}))
    return Letter("letter", "T", LetterKind.CAMPAIGN, "a", (), (), {}, "en", parts, {}, sources)


def _errors(letter: Letter, language: str) -> list[Problem]:
    return [one for one in translation_problems(letter, language) if one.level is Severity.ERROR]
