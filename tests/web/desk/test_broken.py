"""What is broken stays where it is: lists and pages show it as broken and all else as it was, and it can be mended."""

from collections.abc import Callable

import pytest

from broadcaster.services.rosters import audiences, count_cache
from broadcaster.services.rosters.counting import count_audience
from broadcaster.services.setup import project_check
from broadcaster.services.writing import outdated_translations
from tests.projects import AUDIENCE, CAMPAIGN, LETTER, write_yaml
from tests.web.conftest import House
from tests.web.desk.conftest import As

LONG = "9" * 5_000
BROKEN = "{% block subject %}News{% endblock %}{% block body %}{{ " + LONG + " }}{% endblock %}"
OTHER = "another"


def another_letter(house: House, text: str) -> None:
    folder = house.folder / "templates" / OTHER
    folder.mkdir()
    declared = {"title": "Another letter", "kind": "public-task", "signatory": "officer", "fallback": "en"}
    write_yaml(folder / "letter.yaml", declared)
    (folder / "en.md").write_text(text, "utf-8")


def test_a_letter_that_cannot_be_read_is_shown_as_broken_and_is_mended_at_the_desk(house: House, enter: As) -> None:
    another_letter(house, "{% block subject %}News{% endblock %}{% block body %}Hello.{% endblock %}")
    author = enter("author")
    here = f"/desk/letters/{OTHER}/en/edit"
    saved = author.post(here, text=BROKEN, digest=digest(author.get(here).text), do="save")
    assert saved.status == 200
    for page in ("/desk/letters", "/desk/campaigns/new", f"/desk/letters/{OTHER}", here, f"/desk/letters/{LETTER}"):
        assert author.get(page).status == 200, page
    assert "this number is too large" in author.get(here).text
    assert "A greeting" in author.get("/desk/letters").text
    assert "Another letter" in author.get("/desk/campaigns/new").text
    found = project_check.check_project(house.project)
    assert [one.file for one in found if one.code == "letter-too-large"] == [f"templates/{OTHER}/en.md"]
    mended = author.post(here, text=BROKEN.replace(LONG, "9"), digest=digest(author.get(here).text), do="save")
    assert mended.status == 200
    assert "too large" not in author.get(f"/desk/letters/{OTHER}").text
    revisions = author.get(f"/desk/letters/{OTHER}/en/revisions")
    assert revisions.status == 200


def digest(page: str) -> str:
    return page.partition('name="digest" value="')[2].partition('"')[0]


def fails(*_: object, **__: object) -> object:
    raise KeyError("person1@example.org")


@pytest.mark.parametrize("where", ["check_sample_letter", "check_signatory_and_helplines", "load_letter"])
def test_whatever_looking_at_a_letter_raises_the_lists_are_shown(
    house: House, enter: As, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    author = enter("author")
    if where != "load_letter":
        monkeypatch.setattr(f"broadcaster.services.writing.letter_catalogue.{where}", fails)
    monkeypatch.setattr(outdated_translations, "_LanguagePairs", fails)
    listed = author.get("/desk/letters")
    assert listed.status == 200
    assert LETTER in listed.text
    assert "person1" not in listed.text
    assert author.get("/desk/campaigns/new").status == 200


@pytest.mark.parametrize("where", ["load_audience", "read_roster"])
def test_whatever_an_audience_raises_is_that_audiences(
    house: House, enter: As, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    source = house.folder / "audiences" / f"{AUDIENCE}.yaml"
    (house.folder / "audiences" / "others.yaml").write_text(source.read_text("utf-8"), "utf-8")
    real: Callable[..., object] = getattr(audiences, where)

    def for_one(*given: object, **named: object) -> object:
        if "others" in given or getattr(given[0], "name", "") == "others":
            raise OverflowError("person1@example.org")
        return real(*given, **named)

    monkeypatch.setattr(audiences, where, for_one)
    admin = enter("admin")
    listed = admin.get("/desk/audiences")
    assert listed.status == 200
    assert "Neighbours" in listed.text
    assert "others" in listed.text
    assert admin.get("/desk/audiences/others").status == 200
    broken = count_audience(house.project, "others")
    assert [one.code for one in broken.problems] == ["unforeseen"]
    assert "person1" not in broken.problems[0].message
    assert not count_audience(house.project, AUDIENCE).problems
    assert count_cache.describe_audience(house.project, AUDIENCE).audience is not None
    found = [one for one in project_check.check_project(house.project) if one.code == "unforeseen"]
    assert [one.file for one in found] == ["audiences/others.yaml"]


@pytest.mark.parametrize(
    "where", ["_check_letter", "_check_audience", "_check_time", "_check_messages", "check_overlaps"]
)
def test_check_tells_of_all_else(house: House, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    another_letter(house, BROKEN)
    monkeypatch.setattr(project_check, where, fails)
    codes = [one.code for one in project_check.check_project(house.project)]
    assert "unforeseen" in codes
    assert ("letter-too-large" in codes) == (where != "_check_letter")
    assert CAMPAIGN in house.project.settings.campaigns
