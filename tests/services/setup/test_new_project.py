import re
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.bootstrap.wiring import open_project
from broadcaster.config import load_settings
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.local_time import walltime
from broadcaster.ledger import Runner
from broadcaster.services.setup import project_check as checking
from broadcaster.services.setup import starter_content
from broadcaster.services.setup.new_project import (
    DEMO_FOLLOW_UP,
    DEMO_MARK,
    DemoRunningError,
    FolderRefusedError,
    KeyLostError,
    NotOurDemoError,
    make_demo,
    make_project,
)

TODAY = datetime.now(UTC).date()
NIGHT = datetime(2030, 7, 4, 2, 0, tzinfo=UTC)  # 03:00 in London
AUTUMN = datetime(2026, 10, 25, tzinfo=UTC)  # the day on which London has 01:30 twice


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    return tmp_path / "var" / "demo"


def test_a_new_project_has_nothing_wrong_with_it(tmp_path: Path) -> None:
    made = make_project(tmp_path / "new" / "project", TODAY)
    assert made.left == ()
    with open_project(made.folder) as project:
        assert [str(problem) for problem in checking.check_project(project)] == []
        assert {one.when and one.when > project.wall_now() for one in project.settings.campaigns.values()} <= {
            True,
            None,
        }


def test_the_key_and_the_rosters_are_for_their_owner_alone(tmp_path: Path) -> None:
    made = make_project(tmp_path, TODAY)
    for name in ("var/key", "audiences/faith-networks.csv"):
        assert Path(name) in made.made
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert "/var/" in (tmp_path / ".gitignore").read_text("utf-8").splitlines()


def test_what_is_there_is_left_and_what_is_missing_is_made(tmp_path: Path) -> None:
    make_project(tmp_path, TODAY)
    key = (tmp_path / "var" / "key").read_bytes()
    (tmp_path / "audiences" / "faith-networks.csv").write_text("name,email\n", "utf-8")
    (tmp_path / "templates" / "_shared" / "numbers.md").unlink()
    again = make_project(tmp_path, TODAY)
    assert again.made == (Path("templates/_shared/numbers.md"),)
    assert Path("audiences/faith-networks.csv") in again.left
    assert (tmp_path / "audiences" / "faith-networks.csv").read_text("utf-8") == "name,email\n"
    assert (tmp_path / "var" / "key").read_bytes() == key


def test_a_lost_key_is_not_replaced_beside_its_ledger(tmp_path: Path) -> None:
    make_project(tmp_path, TODAY)
    with open_project(tmp_path):
        pass
    (tmp_path / "var" / "key").unlink()
    with pytest.raises(KeyLostError):
        make_project(tmp_path, TODAY)
    assert not (tmp_path / "var" / "key").exists()


def test_a_config_that_is_there_and_wrong_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("organisation: {}\n", "utf-8")
    with pytest.raises(ProblemsFoundError):
        make_project(tmp_path, TODAY)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    for place in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/nowhere/at-all")):
        with pytest.raises(FolderRefusedError):
            make_project(place, TODAY)


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)))
def test_dates_lie_as_far_from_one_another_as_before_and_weekdays_stay(today: date) -> None:
    settings = (starter_content.find_starter_folder() / "config.yaml").read_text("utf-8")
    move = starter_content.date_shift(settings, today)
    moved = starter_content.shift_dates(settings, move)
    before, after = (
        [date.fromisoformat(day) for day in re.findall(r"\d{4}-\d\d-\d\d", text)] for text in (settings, moved)
    )
    assert [day + move for day in before] == after
    assert move.days % 7 == 0
    first = min(date.fromisoformat(day) for day in re.findall(r"when: (\d{4}-\d\d-\d\d)", moved))
    assert timedelta(7) <= first - today < timedelta(14)
    assert all(date.fromisoformat(day) <= today for day in re.findall(r"verified: (\S+)", moved))
    assert re.sub(r"\d{4}-\d\d-\d\d", "", settings) == re.sub(r"\d{4}-\d\d-\d\d", "", moved)


def test_only_values_are_moved_and_no_comments() -> None:
    text = """\
when: 2026-12-01 09:00  # until: 2026-01-01
# when: 2026-11-01
x: {verified: '2026-11-01', expires: 2027-01-01}
"""
    moved = (
        text.replace("2026-12-01", "2026-12-02")
        .replace("'2026-11-01", "'2026-11-02")
        .replace("2027-01-01", "2027-01-02")
    )
    assert starter_content.shift_dates(text, timedelta(1)) == moved


def test_the_demo_sends_nothing_for_real_at_any_hour(demo: Path) -> None:
    make_demo(demo, NIGHT)
    settings = load_settings(demo, {})
    assert (settings.providers.email, settings.providers.sms, settings.quiet_hours) == ("outbox", "outbox", None)
    assert settings.key_file == demo / "var" / "key"
    assert settings.database == f"sqlite:///{demo}/var/broadcaster.db"
    assert len(settings.campaigns) == 3
    for campaign in settings.campaigns.values():
        assert (campaign.when, campaign.every) == (datetime(2030, 7, 4, 3, 0, 3), None)  # noqa: DTZ001 (a wall time)
        assert (campaign.approval.each, campaign.if_late) == (True, "send")
    assert not any("quiet_hours: {" in path.read_text("utf-8") for path in (demo / "audiences").glob("*.yaml"))


def test_the_demo_of_today_has_nothing_wrong_with_it(demo: Path) -> None:
    make_demo(demo, datetime.now(UTC), timedelta(minutes=2))
    with open_project(demo) as project:
        assert project.providers[Channel.EMAIL].name == project.providers[Channel.SMS].name == "outbox"
        errors = [str(problem) for problem in checking.check_project(project) if problem.level == "error"]
    assert errors == []


def test_a_demo_that_is_served_leaves_something_to_decide(demo: Path) -> None:
    make_demo(demo, NIGHT, listen="127.0.0.1:8080")
    settings = load_settings(demo, {})
    assert len(settings.campaigns) == 4
    left, last = settings.campaigns[DEMO_FOLLOW_UP], settings.campaigns["update"]
    assert left.when == datetime(2030, 7, 5, 9, 0)  # noqa: DTZ001 (a wall time)
    assert (left.letter, left.audiences) == (last.letter, last.audiences)


@pytest.mark.parametrize("minutes", range(-30, 151, 15))
def test_on_the_day_the_clocks_change_the_demo_is_due_in_three_seconds(demo: Path, minutes: int) -> None:
    for day in (AUTUMN, datetime(2026, 3, 29, tzinfo=UTC)):
        now = day + timedelta(minutes=minutes, microseconds=1)
        make_demo(demo, now)
        settings = load_settings(demo, {})
        walls = {one.when for one in settings.campaigns.values()}
        (wall,) = walls
        assert wall is not None
        due = walltime.instant(wall, settings.organisation.timezone)
        assert timedelta(seconds=3) <= due - now <= timedelta(seconds=4)


def test_the_demo_starts_afresh_and_removes_only_what_is_its_own(demo: Path, tmp_path: Path) -> None:
    make_demo(demo, NIGHT)
    key = (demo / "var" / "key").read_bytes()
    outside = tmp_path / "outside.txt"
    outside.write_text("mine", "utf-8")
    (demo / "link").symlink_to(outside)
    (demo / "linked").symlink_to(tmp_path)
    (demo / "left over").mkdir()
    make_demo(demo, NIGHT)
    assert sorted(path.name for path in demo.iterdir()) == [DEMO_MARK, "audiences", "config.yaml", "templates", "var"]
    assert (demo / "var" / "key").read_bytes() != key
    assert outside.read_text("utf-8") == "mine"


def test_a_folder_of_somebody_elses_is_left(demo: Path, tmp_path: Path) -> None:
    demo.mkdir(parents=True)
    (demo / "thesis.txt").write_text("mine", "utf-8")
    with pytest.raises(NotOurDemoError):
        make_demo(demo, NIGHT)
    assert [path.name for path in demo.iterdir()] == ["thesis.txt"]
    make_demo(tmp_path / "real", NIGHT)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real")
    with pytest.raises(NotOurDemoError):
        make_demo(link, NIGHT)


def test_a_demo_at_work_is_not_disturbed(demo: Path) -> None:
    make_demo(demo, NIGHT)
    with open_project(demo) as project:
        with Runner.register(project.ledger), pytest.raises(DemoRunningError):
            make_demo(demo, NIGHT)
        assert (demo / "config.yaml").exists()
    make_demo(demo, NIGHT)


def test_a_demo_of_a_changed_config_still_sends_nothing(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = _copied(tmp_path / "checkout")
    settings = (source / "config.yaml").read_text("utf-8")
    settings = settings.replace("  email: outbox  ", "  email: smtp\n  smtp: {host: mail.example.org}  ")
    settings = settings.replace(
        'quiet_hours: {start: "21:00", end: "08:00"}', 'quiet_hours:\n  start: "21:00"\n\n  end: "08:00"'
    )
    settings = settings.replace("    if_late: ask\n", "").replace("var/key", "/elsewhere/key")
    (source / "config.yaml").write_text(settings, "utf-8")
    monkeypatch.setattr(starter_content, "_CHECKOUT", source)
    make_demo(demo, NIGHT)
    loaded = load_settings(demo, {})
    assert (loaded.providers.email, loaded.quiet_hours, loaded.key_file) == ("outbox", None, demo / "var" / "key")
    assert {one.if_late for one in loaded.campaigns.values()} == {"send"}


def test_a_copy_that_cannot_be_made_harmless_is_refused(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = _copied(tmp_path / "checkout")
    config = source / "config.yaml"
    braced = re.sub(
        r"providers:\n(?:  .*\n)*",
        "providers: {email: smtp, sms: outbox, smtp: {host: mail.example.org}}\n",
        config.read_text("utf-8"),
    )
    config.write_text(braced, "utf-8")
    monkeypatch.setattr(starter_content, "_CHECKOUT", source)
    with pytest.raises(Exception, match="line of its own") as raised:
        make_demo(demo, NIGHT)
    assert getattr(raised.value, "line", None)


def _copied(folder: Path) -> Path:
    for name, content in starter_content.list_starter_files(starter_content.find_starter_folder(), TODAY):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder
