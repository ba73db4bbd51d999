"""SMS counting against the tables of 3GPP TS 23.038 and against a slow, plain packing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.letters.text import sms_encoding
from broadcaster.letters.text.bidi import has_letter

ALL_GSM = sms_encoding.GSM_BASIC + sms_encoding.GSM_EXTENSION


def test_the_default_alphabet_is_whole() -> None:
    assert len(sms_encoding.GSM_BASIC) == len(set(sms_encoding.GSM_BASIC)) == 127
    assert len(sms_encoding.GSM_EXTENSION) == len(set(sms_encoding.GSM_EXTENSION)) == 10
    # Corner codes of the table, so that a shifted or swapped row is seen: the escape at 0x1B is left out.
    assert [sms_encoding.GSM_BASIC[code] for code in (0x00, 0x09, 0x10, 0x1A)] == ["@", "Ç", "Δ", "Ξ"]
    assert [sms_encoding.GSM_BASIC[code - 1] for code in (0x1C, 0x24, 0x40, 0x5F, 0x60, 0x7F)] == [
        "Æ",
        "¤",
        "¡",
        "§",
        "¿",
        "à",
    ]
    assert not set("`çáíóúêœ\t") & set(ALL_GSM)


@pytest.mark.parametrize(
    ("body", "segments", "encoding"),
    [
        ("", 0, "GSM-7"),
        ("a", 1, "GSM-7"),
        ("a" * 160, 1, "GSM-7"),
        ("a" * 161, 2, "GSM-7"),
        ("a" * 306, 2, "GSM-7"),
        ("a" * 307, 3, "GSM-7"),
        ("€" * 80, 1, "GSM-7"),
        ("€" * 80 + "a", 2, "GSM-7"),
        ("a" * 152 + "€" * 4, 1, "GSM-7"),
        # 153 + 153 septets would hold 306, but the pairs may not be cut: 76 pairs to a segment.
        ("€" * 152, 2, "GSM-7"),
        ("€" * 153, 3, "GSM-7"),
        ("ع" * 70, 1, "UCS-2"),
        ("ع" * 71, 2, "UCS-2"),
        ("ع" * 134, 2, "UCS-2"),
        ("ع" * 135, 3, "UCS-2"),
        ("😀" * 35, 1, "UCS-2"),
        ("😀" * 36, 2, "UCS-2"),
        # 134 units fill two segments only if the 34th pair were cut at unit 67.
        ("😀" * 67, 3, "UCS-2"),
        ("😀" * 66, 2, "UCS-2"),
        ("a" * 66 + "😀" + "a" * 66, 3, "UCS-2"),
        ("\ud83d" * 3, 1, "UCS-2"),
    ],
)
def test_segments(body: str, segments: int, encoding: str) -> None:
    assert sms_encoding.count_segments(body) == sms_encoding.SmsText(body, segments, encoding)


def slowly(costs: list[int], alone: int, joined: int) -> int:
    """Packing written out character by character."""
    if sum(costs) <= alone:
        return 1
    segments, room = 1, joined
    for cost in costs:
        if cost > room:
            segments, room = segments + 1, joined
        room -= cost
    return segments


@given(st.text(st.sampled_from(ALL_GSM), min_size=1, max_size=800))
def test_gsm_packing(body: str) -> None:
    costs = [2 if char in sms_encoding.GSM_EXTENSION else 1 for char in body]
    assert sms_encoding.count_segments(body) == sms_encoding.SmsText(body, slowly(costs, 160, 153), "GSM-7")
    assert sms_encoding.characters_forcing_ucs2(body) == ()


@given(st.text(st.sampled_from("aع€😀𐍈é`"), min_size=1, max_size=400).map(lambda text: text + "ع"))
def test_ucs_packing(body: str) -> None:
    costs = [2 if ord(char) > 0xFFFF else 1 for char in body]
    assert sms_encoding.count_segments(body) == sms_encoding.SmsText(body, slowly(costs, 70, 67), "UCS-2")


@given(st.text())
def test_encoding_and_forcing_agree(body: str) -> None:
    found = sms_encoding.characters_forcing_ucs2(body)
    assert (sms_encoding.count_segments(body).encoding == "UCS-2") == bool(found)
    ours = sms_encoding.DIRECTION_MARKS if has_letter(body, "rtl") else ""
    assert sorted(at for each in found for at in each.positions) == [
        at for at, char in enumerate(body) if char not in ALL_GSM and char not in ours
    ]
    assert all(body[at] == each.char for each in found for at in each.positions)


def test_forcing_names_and_replaces() -> None:
    found = sms_encoding.characters_forcing_ucs2("Don’t panic… it’s\u00a0fine ع")
    assert found == (
        sms_encoding.ForcingCharacter("’", "RIGHT SINGLE QUOTATION MARK", "'", (3, 15)),
        sms_encoding.ForcingCharacter("…", "HORIZONTAL ELLIPSIS", "...", (11,)),
        sms_encoding.ForcingCharacter("\u00a0", "NO-BREAK SPACE", " ", (17,)),
        sms_encoding.ForcingCharacter("ع", "ARABIC LETTER AIN", None, (23,)),
    )
    assert sms_encoding.characters_forcing_ucs2("\t\x00")[0].name == "TAB"
    assert sms_encoding.characters_forcing_ucs2("\t\x00")[1].name == "U+0000"


def test_what_the_program_adds_is_not_the_authors() -> None:
    body = "Eastmarch: all is well, \u2068محمد\u2069. \u200e101\u200f"
    assert {each.char for each in sms_encoding.characters_forcing_ucs2(body)} == set("محمد")
    # Without a letter of such a script it adds none: this one is the author's.
    assert [(each.char, each.plain) for each in sms_encoding.characters_forcing_ucs2("x\u200e")] == [("\u200e", "")]
    assert sms_encoding.replace_forcing_characters("\u2068“x”\u2069") == '"x"'


def test_replacements_are_gsm() -> None:
    for char in map(chr, range(0x3100)):
        if (plain := sms_encoding.characters_forcing_ucs2(char)) and plain[0].plain is not None:
            assert sms_encoding.count_segments(plain[0].plain).encoding == "GSM-7"
    assert sms_encoding.replace_forcing_characters("“Don’t” – wait… now") == '"Don\'t" - wait... now'
    assert sms_encoding.count_segments(sms_encoding.replace_forcing_characters("‘x’\u200b")).encoding == "GSM-7"
    assert sms_encoding.replace_forcing_characters("fine as it is €") == "fine as it is €"


@pytest.mark.parametrize(
    ("body", "most"),
    [
        ("a" * 200, 2),
        ("ع" * 134, 2),
        ("ع" * 66 + "بَ" + "ع" * 66, 3),
        ("ع" * 66 + "بَ" + "ع" * 65, 2),
        ("কি" * 67, 3),
        ("ক" * 66 + "ক্\u200dষ" + "ক" * 64, 3),
        ("😀" * 67, 3),
        ("ب" + "\u064b" * 200, 3),  # no letter within reach: it is cut all the same
        ("ع" * 69 + "َ", 1),
    ],
)
def test_a_text_takes_perhaps_more_where_networks_do_not_cut_before_a_sign(body: str, most: int) -> None:
    assert sms_encoding.most_segments(sms_encoding.count_segments(body)) == most


@given(st.text(st.sampled_from("aعب\u064e\u200d😀ক\u09bf"), max_size=300))
def test_at_most_is_never_less(body: str) -> None:
    counted = sms_encoding.count_segments(body)
    assert counted.segments <= sms_encoding.most_segments(counted) <= counted.segments * 2


@pytest.mark.parametrize(
    ("body", "used", "room"),
    [
        ("", 0, 160),
        ("a" * 160, 160, 160),
        ("a" * 161, 161, 306),
        ("€" * 80, 160, 160),
        ("€" * 81, 162, 306),
        ("م" * 70, 70, 70),
        ("م" * 71, 71, 134),
        ("م😀", 3, 70),
    ],
)
def test_characters_are_counted_as_segments_are(body: str, used: int, room: int) -> None:
    assert sms_encoding.count_characters(sms_encoding.count_segments(body)) == (used, room)
