"""An audience made at the desk: what is written, what is refused, what is never overwritten."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.text.cleaning import clean_text
from broadcaster.ledger.audit_log import audit
from broadcaster.services.access.permissions import Actor, NotAllowedError, Permission, command_line_actor
from broadcaster.services.project.project import Project
from broadcaster.services.rosters import counting, creating, deleting
from broadcaster.services.rosters.audiences import open_audience
from broadcaster.services.rosters.creating import (
    ARTICLE_6,
    ARTICLE_9,
    NO_ARTICLE_9,
    AudienceNotWrittenError,
    InvalidAudienceError,
    NewAudience,
)
from broadcaster.services.setup import project_check
from tests.projects import AUDIENCE
from tests.services.stage import CONFIG, edit

NEW = NewAudience(
    "Youth clubs", "To tell clubs what happens.", "public-task", "explicit-consent", "Asked: at the fair."
)


def make(project: Project, new: NewAudience = NEW, who: str = "amina") -> str:
    return creating.create_audience(project, new, command_line_actor(project.settings, who, Permission.KEEP_AUDIENCE))


def keeper(project: Project) -> Actor:
    return command_line_actor(project.settings, "amina", Permission.KEEP_AUDIENCE)


def limited(folder: Path, *audiences: str) -> None:
    """Let amina work with these audiences only."""
    edit(folder, CONFIG, "  amina:\n", f"  amina:\n    audiences: [{', '.join(audiences)}]\n")


def files(folder: Path) -> set[str]:
    return {path.name for path in (folder / "audiences").iterdir()}


def test_what_is_made_is_an_audience_with_nobody_on_it(folder: Path) -> None:
    with open_project(folder) as project:
        assert make(project) == "youth-clubs"
        made = open_audience(project, "youth-clubs")
        look = counting.count_audience(project, "youth-clubs")
        problems = [one.code for one in project_check.check_project(project) if one.file and "youth-clubs" in one.file]
        with project.ledger.reading() as conn:
            last = audit.list_recent(conn, 1)[0].entry
    said = made.description
    assert (said.title, said.purpose, said.consent) == (NEW.title, NEW.purpose, NEW.consent)
    assert said.lawful_basis.article_6 == ARTICLE_6["public-task"]
    assert said.lawful_basis.article_9 == ARTICLE_9["explicit-consent"]
    assert (look.usable, look.problems, problems) == (0, [], ["audience-empty"])
    assert (last.by, last.action, last.subject) == ("amina", "make-audience", "youth-clubs")
    assert made.roster.stat().st_mode & 0o077 == 0
    assert files(folder) == {f"{AUDIENCE}.yaml", f"{AUDIENCE}.csv", "youth-clubs.yaml", "youth-clubs.csv"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    st.text(min_size=1, max_size=40).filter(clean_text),
    st.text(min_size=1, max_size=80).filter(clean_text),
    st.sampled_from(["", "a: b # c", '"', "{{ x }}", "'&*", "- no", "\\u0041\\", "line\u2028break\x85here"]),
)
def test_whatever_is_typed_is_read_again_as_that(folder: Path, title: str, purpose: str, consent: str) -> None:
    with open_project(folder) as project:
        try:
            name = make(project, NewAudience(title, purpose, "consent", NO_ARTICLE_9, consent))
        finally:
            assert not [one for one in files(folder) if one.endswith(".tmp")]
        said = open_audience(project, name).description
    assert (said.title, said.purpose, said.consent) == (
        clean_text(title),
        clean_text(purpose),
        clean_text(consent) or None,
    )
    assert said.lawful_basis.article_9 is None


@pytest.mark.parametrize(
    "changes",
    [
        {"title": " "},
        {"purpose": "\u200b"},
        {"article_6": "because"},
        {"article_9": ""},
        {"title": "x" * 501},
    ],
)
def test_what_cannot_be_is_refused_and_writes_nothing(folder: Path, changes: dict[str, str]) -> None:
    before = files(folder)
    with open_project(folder) as project, pytest.raises(BroadcasterError):
        make(project, replace(NEW, **changes))
    assert files(folder) == before


def test_nothing_that_is_there_is_overwritten(folder: Path) -> None:
    leftover = folder / "audiences" / "youth-clubs.csv.age"
    leftover.write_bytes(b"somebody's")
    with open_project(folder) as project:
        assert make(project) == "youth-clubs-2"
        assert make(project, replace(NEW, purpose="To ask them.")) == "youth-clubs-3"
        assert make(project, replace(NEW, title="New")) == "new-2"
        assert make(project, replace(NEW, title="شبكة")) == "audience"
    assert leftover.read_bytes() == b"somebody's"


def test_half_of_one_is_never_left(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, link = files(folder), os.link

    def full(old: Path, new: Path, **options: bool) -> None:
        if new.suffix == ".yaml":
            raise OSError(28, "No space left on device")
        link(old, new, **options)

    monkeypatch.setattr(os, "link", full)
    with open_project(folder) as project:
        with pytest.raises(AudienceNotWrittenError, match="No space"):
            make(project)
        with project.ledger.reading() as conn:
            assert not [one for one in audit.list_recent(conn) if one.entry.action == "make-audience"]
    assert files(folder) == before


def test_nobody_makes_what_they_would_not_see(folder: Path) -> None:
    limited(folder, AUDIENCE)
    before = files(folder)
    with open_project(folder) as project:
        assert creating.list_creatable_audiences(project, "amina") == ()
        with pytest.raises(NotAllowedError) as raised:
            make(project)
        with pytest.raises(NotAllowedError):
            creating.refuse_unable_to_create(project, "amina")
        assert creating.list_creatable_audiences(project, "wenmei") is None
        creating.refuse_unable_to_create(project, "wenmei")
    assert "add its name to this person" in raised.value.remedy
    assert files(folder) == before


def test_one_that_was_given_to_them_beforehand_they_make(folder: Path) -> None:
    limited(folder, AUDIENCE, "youth-clubs")
    with open_project(folder) as project:
        assert creating.list_creatable_audiences(project, "amina") == ("youth-clubs",)
        creating.refuse_unable_to_create(project, "amina")
        assert make(project) == "youth-clubs"
        with pytest.raises(NotAllowedError):
            make(project, replace(NEW, purpose="To ask them."))


def test_what_cannot_be_made_is_our_error(folder: Path) -> None:
    with open_project(folder) as project, pytest.raises(InvalidAudienceError) as raised:
        make(project, replace(NEW, title=""))
    assert raised.value.remedy


def test_the_same_sent_twice_is_one_audience_until_somebody_is_on_it(folder: Path) -> None:
    with open_project(folder) as project:
        assert [make(project), make(project)] == ["youth-clubs"] * 2
        assert make(project, who="wenmei") == "youth-clubs-2"
        roster = folder / "audiences" / "youth-clubs.csv"
        roster.write_text("name,email\nAda Quill,ada@example.org\n", "utf-8")
        assert make(project) == "youth-clubs-3"


def test_an_audience_that_nobody_is_on_is_deleted_and_the_log_says_so(folder: Path) -> None:
    before = files(folder)
    with open_project(folder) as project:
        name = make(project)
        assert deleting.is_deletable(project, name)
        deleting.delete_audience(project, name, keeper(project))
        assert files(folder) == before
        with project.ledger.reading() as conn:
            entry = audit.latest_entry(conn, name, "delete-audience")
        assert entry is not None
        assert entry.entry.by == "amina"
        assert make(project) == name


@pytest.mark.parametrize(
    "roster", ["name,email\nAda Quill,ada@example.org\n", "name,email\nAda Quill,no-address\n", "no heading\n"]
)
def test_an_audience_with_people_or_mistakes_is_not_deleted(folder: Path, roster: str) -> None:
    with open_project(folder) as project:
        name = make(project)
        (folder / "audiences" / f"{name}.csv").write_text(roster, "utf-8")
        before = files(folder)
        assert not deleting.is_deletable(project, name)
        with pytest.raises(BroadcasterError):
            deleting.delete_audience(project, name, keeper(project))
    assert files(folder) == before


def test_an_audience_that_a_campaign_writes_to_is_not_deleted(folder: Path) -> None:
    roster = folder / "audiences" / f"{AUDIENCE}.csv"
    roster.write_text("name,email\n", "utf-8")
    with open_project(folder) as project, pytest.raises(deleting.AudienceInUseError, match="campaign"):
        deleting.delete_audience(project, AUDIENCE, keeper(project))
    assert roster.exists()
