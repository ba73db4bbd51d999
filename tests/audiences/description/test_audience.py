from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from broadcaster.audiences.description.audience import list_audience_names, load_audience
from broadcaster.audiences.model.defaults import Defaults
from broadcaster.domain.errors import ProblemsFoundError

if TYPE_CHECKING:
    from tests.audiences.conftest import Folder

DEFAULTS = Defaults(language="en", timezone="Europe/London", region="GB")


def problems(folder: "Folder", yaml: str, name: str = "neighbours") -> list[tuple[str, int | None]]:
    (folder.path / "neighbours.yaml").write_text(yaml, "utf-8")
    with pytest.raises(ProblemsFoundError) as caught:
        load_audience(folder.path, name, DEFAULTS)
    assert all(problem.remedy for problem in caught.value.problems)
    return [(problem.code, problem.line) for problem in caught.value.problems]


def test_an_audience_says_for_what_and_by_what_right(folder: "Folder") -> None:
    folder.write("name,email\nAmina,amina@example.org\nOmar,omar@example.org\n")
    audience = folder.audience(
        "roster: neighbours.csv\ndefaults: {language: bn, region: bd}\nwhere: recipient.name == 'Omar'\n"
        "quiet_hours: {start: 22:00, end: 07:30}\nconsent: On a card.\n"
    )
    assert (audience.name, audience.title, audience.file) == ("neighbours", "Neighbours", "audiences/neighbours.yaml")
    assert audience.description.lawful_basis.article_6 == "consent"
    assert audience.defaults == Defaults("bn", "Europe/London", "BD")
    assert audience.quiet_hours is not None
    assert (audience.quiet_hours.start, audience.quiet_hours.end) == (time(22), time(7, 30))
    people = folder.read(yaml="where: recipient.name == 'Omar'\n").recipients
    assert [person.name for person in people if audience.selects(person)] == ["Omar"]


def test_its_digest_is_of_what_it_says(folder: "Folder") -> None:
    folder.write("name,email\n")
    usual = folder.audience("consent: On a card.\n").digest
    assert folder.audience("# as before\nconsent: 'On a card.'\n").digest == usual
    assert folder.audience("consent: At a meeting.\n").digest != usual
    assert folder.audience("consent: On a card.\n", defaults=Defaults("ar", "Europe/London", "GB")).digest != usual


def test_everything_wrong_is_told_at_once_with_its_line(folder: "Folder") -> None:
    yaml = "name: X\npurpos: x\nlawful_basis:\n  article_9: y\nroster: ../../etc/passwd\nwhere: 1 + 1\n"
    expected = [("missing-key", None), ("unknown-key", 2), ("missing-key", 3), ("roster-name", 5), ("where", 6)]
    assert problems(folder, yaml + "consent: x\nconsent: y\n") == [*expected, ("duplicate-key", 8)]


@pytest.mark.parametrize("name", ["../secret", "a/b", "..", "", ".hidden", "a\0b", "a" * 65, "neighbours.yaml"])
def test_a_name_cannot_leave_the_folder(folder: "Folder", name: str) -> None:
    assert [code for code, _ in problems(folder, "name: x\n", name)] == ["audience-name"]


@pytest.mark.parametrize("roster", ["../x.csv", "/etc/x.csv", "x.txt", "a/x.csv", "..\\x.csv", ".csv/../x.csv"])
def test_a_roster_cannot_leave_the_folder(folder: "Folder", roster: str) -> None:
    folder.write("name,email\n")
    yaml = f"name: X\npurpose: x\nlawful_basis: {{article_6: x}}\nroster: {roster}\n"
    assert problems(folder, yaml) == [("roster-name", 4)]


def test_a_link_cannot_lead_out_either(folder: "Folder", tmp_path: Path) -> None:
    (tmp_path / "outside.csv").write_text("name,email\n")
    folder.roster.symlink_to(tmp_path / "outside.csv")
    assert [code for code, _ in problems(folder, "name: X\npurpose: x\nlawful_basis: {article_6: x}\n")] == [
        "roster-name"
    ]


def test_unknown_audiences_and_missing_rosters_say_what_there_is(folder: "Folder") -> None:
    yaml = "name: X\npurpose: x\nlawful_basis: {article_6: x}\n"
    assert problems(folder, yaml) == [("roster-missing", None)]
    assert problems(folder, yaml, "strangers") == [("audience-unknown", None)]
    assert list_audience_names(folder.path) == ["neighbours"]
