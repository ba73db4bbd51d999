"""Which way languages are written, held against what CLDR knows."""

import pytest
from babel.core import get_global

from broadcaster.domain.language.language_tags import writing_direction
from broadcaster.domain.language.writing_directions import LTR_REGIONS, RTL_LANGUAGES, RTL_REGIONS, RTL_SCRIPTS


def likely() -> dict[str, str]:
    """The script of each tag of a language, or of a language and a region, in CLDR's likely subtags."""
    tags = {tag.replace("_", "-"): full.split("_")[1] for tag, full in get_global("likely_subtags").items()}
    return {tag: script for tag, script in tags.items() if not tag.startswith("und") and len(tag.split("-")) < 3}


def test_every_tag_that_cldr_knows_runs_the_way_of_its_script() -> None:
    ours = {"arc"}  # CLDR thinks of the empire's letters, today it is written in Syriac and Hebrew ones
    wrong = [
        tag
        for tag, script in likely().items()
        if len(tag.rpartition("-")[2]) != 4
        and tag not in ours
        and (writing_direction(tag) == "rtl") != (script.lower() in RTL_SCRIPTS)
    ]
    assert wrong == []


@pytest.mark.parametrize("tag", ["pa-PK", "uz-AF", "az-IR", "kk-CN", "ku-IQ", "tg-PK", "ms-CC", "PA-pk", "ar", "ar-GB"])
def test_from_right_to_left(tag: str) -> None:
    assert writing_direction(tag) == "rtl"


@pytest.mark.parametrize("tag", ["sd-IN", "ug-KZ", "pa", "pa-IN", "uz", "az", "sd-Deva", "ur-Latn-PK", "pa-Guru-PK"])
def test_from_left_to_right(tag: str) -> None:
    assert writing_direction(tag) == "ltr"


@pytest.mark.parametrize("tag", ["pa-Arab", "pa-Arab-IN", "sd-Arab-IN", "ff-Adlm", "az-Arab"])
def test_a_script_decides_before_the_region(tag: str) -> None:
    assert writing_direction(tag) == "rtl"


def test_the_tables_hold_tags_as_they_are_looked_up() -> None:
    assert all(tag == tag.lower() and 2 <= len(tag) <= 3 for tag in (*RTL_LANGUAGES, *RTL_REGIONS, *LTR_REGIONS))
    assert RTL_LANGUAGES.isdisjoint(RTL_REGIONS)
    assert RTL_LANGUAGES.issuperset(LTR_REGIONS)
