"""Names that programs ruined are stopped; a name that is right never is, however rare it is."""

from typing import TYPE_CHECKING

import pytest
from babel import Locale
from babel.localedata import locale_identifiers
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.audiences.model.row_errors import Flaw
from broadcaster.audiences.validation import person_names, ruined_text
from broadcaster.domain.problems import Severity
from broadcaster.domain.text.cleaning import clean_text

if TYPE_CHECKING:
    from tests.audiences.conftest import Folder


def found(cell: str) -> list[Flaw]:
    return list(person_names.find_name_flaws(cell, clean_text(cell)))


RIGHT = """
Ó|O|Y|Æ|Ø|Å|王|ئ|Ng|Ai|Ax|J.R.|JP|J R R Tolkien|T J|U Nu|Ali Ba|X Æ A-12
Aoife O'Brien|Aoife O’Brien|Aoife OʼBrien|D‘Angelo|'Alī|ʻAulani Keʻala|Kʼiche’|Ng'ang'a|'s-Gravesande|N'Golo
Joe & Alice Smith|Jane "JJ" Doe, of Rue <b>|Anna (Nan) Smith|Smith, John|John Smith Jr.|Henry VIII
Elizabeth II|María-José
Người nhận với một cái tên rất dài, (Cộng đồng) of the parish of St Mary|The Revd Canon Ngozi Attwell OBE
Zoë 🌸 Łukasz|🌻|Mary⁠-Ann|Jean‐Luc|Mary–Ann|Dr. med. Änne Müller-Weiß|Llanfairpwllgwyngyll ap Hywel|de la Cruz
van 't Hof
José García|Siân Ó Conaire|João Conceição|Ângela Çelik|Þórður Ægisson|Şahin|İpek Ilgın|Ðorđe|Žaneta Šárka
Ñandú|Ẹniọlá|Ngọc Nguyễn Thị
Æthelred|Öztürk|Ümit|Éva|Îlon|Ŋaŋa|Ɔseɛ Kɔfi|Ǝ|ǃXóõ|ǀKaggen|ꞋAlo|Ŵyn|Ŷ|Eŭgeno|Kaʻahumanu|ß|Ĳsbrand
عائشة، بنت خالد|أمينة الحداد|عبد الرحمن بن عوف|محمد|م|رگ|دگ|شپ|اکجک|سکاٹ|ڈاکٹر ژالہ|می\u200cخواهم|گل پاڼه
ئاسۆ|ﷴ|الحاج|ٱ
নাসরিন আখতার|ক্\u200dষ|মোঃ|ગુરદીપ|ਗੁਰਦੀਪ ਸਿੰਘ|श्री|राम|ரா|ශ්‍රී|ကို|ណា|ລາວ|ไทย|བོད|ማርያም|ትርሃስ
Лі|Лі Ян|Дмитро Коваленко|Ђорђе|Ҳасан|Її|Ґ|Ё|Ελένη Παπαδοπούλου|Ω|Արամ|ნინო|שרה כהן|ייִדיש|ܐܒܐ|ߒߞߏ|𞤀𞤣𞤤𞤢𞤥
王小明|陈|欧阳|山田 太郎|やまだ|キム|김민준|金|ㄅ|𠮷野|꧋ꦢꦶ|ᏣᎳᎩ|ᐃᓄᒃ|ⵉⴷⵉⵔ|𖬀𖬥|Ꮳ
Null|Jennifer Null|Nil|Na|Nan|Test-Achats Marie|Christopher Test|Tester|Testino|Unknown-Smith|Nadear
Deare Smith|Deardra
Name Khan|Blank|Empty|Void|True|False|Yes|No|Ono|Nguyen Na|Naan|Occupier|The Householder|Contestant Test
"""

CAPITALS = [
    ("MARY SMITH", "Mary Smith"),
    ("ALI", "Ali"),
    ("AOIFE O'BRIEN", "Aoife O'Brien"),
    ("ÉAMON Ó SÚILLEABHÁIN", "Éamon Ó Súilleabháin"),
    ("JOÃO CONCEIÇÃO", "João Conceição"),
    ("MARÍA-JOSÉ", "María-José"),
    ("İPEK ILGIN ALİ", "İpek Ilgın Ali"),
    ("ДМИТРО КОВАЛЕНКО", "Дмитро Коваленко"),
    ("ΕΛΕΝΗ", "Ελενη"),
    ("J.R. SMITH", "J.R. Smith"),
    ("Ọ\u0301LÁ", "Ọ\u0301lá"),
]

RUINED = """
????|????? ??????|?ukasz|Jos?|Jos? Garc?a|? Khan|Omar?|Jos�|��|G�nter
#N/A|#NAME?|#REF!|#VALUE!|#DIV/0!|#NULL!|#NUM!|#SPILL!|#NV|#BEZUG!|#WERT!|#NOM?|#VALEUR!|#¿NOMBRE?|#ЗНАЧ!
########|Err:502|#n/a
"""

NO_NAME = """
n/a|N/A|n.a.|none|NULL|null|(null)|undefined|Unknown|TBC|xxx|[object Object]|Name|Full name|First Name|test
TEST|Test 1|test test
Test User|testing 123|Test_Person|test-account 2
غير معروف|نامعلوم|অজানা|Dim enw
07700 900123|+44 7700 900123|٠٧٧٠٠٩٠٠١٢٣|Omar 07700900123|123456
a.b@example.org|Omar a.b@example.org|https://example.org|www.example.org
Dear Mary|DEAR SIR|Dear Sir or Madam|To whom it may concern|Hello Mary|Sehr geehrte Frau Weiß
-|--|.|?!|…|–|,|1|12|(1)
{{ name }}|[First name]|<<Name>>|{name}|((name))|%NAME%|«Name»
"""


def listed(table: str) -> list[str]:
    return [name for line in table.strip().splitlines() for name in line.split("|")]


@pytest.mark.parametrize("name", listed(RIGHT))
def test_a_right_name_is_worth_no_word(name: str) -> None:
    assert found(name) == []


@pytest.mark.parametrize("name", ["Wolfeschlegelsteinhausenbergerdorff " * 12, "Maria " * 100, "ا" * 400])
def test_no_name_is_too_long(name: str) -> None:
    assert found(name) == []


@pytest.mark.parametrize(("name", "proposal"), CAPITALS)
def test_capitals_only_are_a_warning_with_a_proposal(name: str, proposal: str) -> None:
    (flaw,) = found(name)
    assert (flaw.code, flaw.level, flaw.proposal) == ("name-in-capitals", Severity.WARNING, proposal)


@pytest.mark.parametrize("name", listed(RUINED))
def test_what_a_program_ruined_is_stopped(name: str) -> None:
    (flaw,) = found(name)
    assert (flaw.code, flaw.level) == ("name-ruined", Severity.ERROR)
    assert flaw.remedy


@pytest.mark.parametrize("name", [*listed(NO_NAME), "*|FNAME|*"])
def test_what_is_no_name_is_stopped(name: str) -> None:
    (flaw,) = found(name)
    assert flaw.code in ("name-is-none", "name-ruined")
    assert flaw.level is Severity.ERROR


MISREAD = [
    *(
        "José",
        "Siân",
        "Zoë",
        "Łukasz",
        "Seán",
        "Ó Conaire",
        "Żaneta",
        "Şahin",
        "Nguyễn",
        "Gurdeep Ó Néill",
        "Björn",
        "Ümit",
    ),
    *("أمينة", "يوسف بن سالم", "নাসরিন আখতার", "Дмитро", "Ελένη", "שרה", "王小明", "ਗੁਰਦੀਪ"),
]
CODE_PAGES = ["cp1252", "cp1250", "cp1251", "cp1254", "cp1256", "latin-1", "iso8859-2", "mac_roman"]


@pytest.mark.parametrize("name", MISREAD)
@pytest.mark.parametrize("code_page", CODE_PAGES)
def test_utf_8_that_was_read_as_something_else_is_stopped(name: str, code_page: str) -> None:
    try:
        ruined = name.encode().decode(code_page)
    except UnicodeDecodeError:
        pytest.skip("this code page has no such bytes")
    (flaw,) = found(ruined)
    assert (flaw.code, flaw.level) == ("name-ruined", Severity.ERROR)
    assert ruined not in flaw.message + flaw.remedy + repr(flaw)


@pytest.mark.parametrize("name", MISREAD)
@pytest.mark.parametrize("code_page", ["cp1252", "latin-1", "cp1251", "cp1256"])
def test_what_it_was_is_proposed_for_the_usual_ones(name: str, code_page: str) -> None:
    try:
        ruined = name.encode().decode(code_page)
    except UnicodeDecodeError:
        pytest.skip("this code page has no such bytes")
    # Controls are what Latin-1 has there: a page shows the cell without them, and what it was cannot be told from that.
    assert ruined_text.repair_text(ruined) == name


@pytest.mark.parametrize("cell", ["O\x92Brien", "Jos\x8e", "Bj\x9arn", "Garc∩a", "Jos├®"])
def test_what_another_code_page_left_behind_is_stopped(cell: str) -> None:
    assert [flaw.code for flaw in found(cell)] == ["name-ruined"]


def test_right_text_of_all_languages_is_not_taken_for_ruined() -> None:
    """The names of all countries in all languages that CLDR has: what it has is right, in every script."""
    told = []
    for tag in filter(lambda tag: len(tag) == 2, locale_identifiers()):
        for text in Locale.parse(tag).territories.values():
            told += [(tag, word) for word in {text, *text.split()} if ruined_text.is_ruined(word)]
    assert told == []


@given(st.text(st.characters(categories=["Lo", "Lm"]), min_size=1, max_size=60))
def test_letters_of_scripts_without_case_are_never_called_capitals(name: str) -> None:
    assert "name-in-capitals" not in [flaw.code for flaw in found(clean_text(name) or "x")]


SCRIPTS = [
    *((0x0370, 0x03FF), (0x0400, 0x04FF), (0x0530, 0x058F), (0x05D0, 0x05EA), (0x0620, 0x06D3), (0x0904, 0x0DFF)),
    *((0x0E01, 0x0E3A), (0x10A0, 0x10FF), (0x1200, 0x135A), (0x3041, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3)),
    (0x1E900, 0x1E943),
]


@given(st.data())
def test_no_word_of_small_letters_of_one_script_is_stopped(data: st.DataObject) -> None:
    first, last = data.draw(st.sampled_from(SCRIPTS))
    letters = st.characters(min_codepoint=first, max_codepoint=last, categories=["Ll", "Lo", "Mn", "Mc"])
    words = st.lists(st.text(letters, min_size=3, max_size=12), min_size=1, max_size=4)
    name = clean_text(" ".join(data.draw(words)))
    if any(char.isalpha() for char in name) and name not in person_names.PLACEHOLDERS:
        assert [flaw.code for flaw in found(name)] == []


@given(st.text(max_size=80))
def test_nothing_that_can_stand_in_a_cell_breaks_it_and_no_name_is_in_what_is_said(cell: str) -> None:
    if name := clean_text(cell):
        for flaw in found(cell):
            assert len(name) < 9 or name not in flaw.message + flaw.remedy + repr(flaw)


def test_a_row_with_a_ruined_name_is_told_and_left_out(folder: "Folder") -> None:
    rows = "name,email,borough\nJosÃ©,a@example.org,Brent\nMARY SMITH,b@example.org,Brent\nAda,c@example.org,#REF!\n"
    reading = folder.read(rows + "Bo,d@example.org,AshmÃ¨re\n")
    assert reading.codes == [(2, "name-ruined"), (3, "name-in-capitals"), (4, "text-ruined"), (5, "text-ruined")]
    assert [one.row for one in reading.recipients] == [3, 4, 5]
    # A name is taken as it stands, never put right behind somebody's back.
    assert reading.recipients[0].name == "MARY SMITH"
