"""The extremes of an audience are found, and among them whoever's message cannot be made."""

from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.previewing import extreme_cases
from broadcaster.services.previewing.extreme_cases import ExtremeKind, find_extreme_cases
from broadcaster.services.previewing.preview_cache import PreviewCache
from tests.projects import AUDIENCE, LETTER, person, write_roster
from tests.services.stage import EN, ENGLISH, PEOPLE, write


def test_the_extremes_are_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = "all is well in {{ recipient.borough }}"
    write(
        folder, {EN: ENGLISH.replace(here, f"{{% if recipient.borough %}}{here}{{% else %}}all is well{{% endif %}}")}
    )
    people = [*PEOPLE, person(7, name="Maximiliana Featherstonehaugh-Cholmondeley"), person(8, borough="")]
    write_roster(folder, people)
    with open_project(folder) as project:
        opened = PreviewCache().open(project, LETTER, AUDIENCE, "")
        found = find_extreme_cases(opened)
        assert found.whole
        by = {(one.kind, one.about): one.person.row for one in found.found}
        assert by[ExtremeKind.LONGEST_NAME, ""] == 8
        assert by[ExtremeKind.MISSING, "borough"] == 9
        assert by[ExtremeKind.RIGHT_TO_LEFT, "ar"] == 3
        assert by[ExtremeKind.LANGUAGE, "en"] == 2
        assert (by[ExtremeKind.WORDING, "1/2"], by[ExtremeKind.WORDING, "2/2"]) == (2, 9)
        monkeypatch.setattr(extreme_cases, "MAX_ROWS", 3)
        assert not find_extreme_cases(opened).whole


def test_whoever_cannot_be_written_to_is_an_extreme(folder: Path) -> None:
    write(folder, {EN: ENGLISH.replace("recipient.borough", "recipient.ward")})
    with open_project(folder) as project:
        found = find_extreme_cases(PreviewCache().open(project, LETTER, AUDIENCE, "")).found
        assert any(one.kind is ExtremeKind.TROUBLE for one in found)
