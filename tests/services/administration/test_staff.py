"""People taken in, changed and taken out at the desk: what config.yaml says afterwards, and what is refused."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from broadcaster.bootstrap.ledger_only import load_project_settings
from broadcaster.bootstrap.wiring import open_project
from broadcaster.config import load_settings
from broadcaster.domain.errors import BroadcasterError
from broadcaster.ledger.audit_log import audit
from broadcaster.services.access import invitations, sessions, staff_entries
from broadcaster.services.access.invitations import LinkGoneError, LinkPurpose
from broadcaster.services.access.permissions import Actor, NotAllowedError, Permission, UnknownPersonError, desk_actor
from broadcaster.services.access.sessions import SignInRefusedError
from broadcaster.services.access.staff_entries import StaffEntry
from broadcaster.services.administration import staff
from broadcaster.services.administration.staff import InvalidPersonError, LastAdministratorError, OwnRightsError
from broadcaster.services.approving import decisions
from broadcaster.services.project.project import Project
from tests.projects import AUDIENCE, CAMPAIGN, make_project

BY = Actor("tests", "", "", "")
PASSWORD = "marmalade tugboat seventeen"
PEOPLE = """\
people:
  # Who writes.
  amina: {name: Amina Okafor-Reid, role: author}  # since March
  david:
    name: David Lindqvist
    role: approver # he asked for it
    # Until the summer:
    audiences:
    - neighbours
  priya: {name: Priya Raman, role: viewer}

  wenmei: {name: Wen-Mei Calloway, role: admin}
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    folder = make_project(tmp_path / "project", campaigns={CAMPAIGN: {"when": "2090-01-02 09:00"}})
    write_people(folder, PEOPLE)
    with open_project(folder) as project:
        yield project


def write_people(folder: Path, people: str) -> None:
    """Put other people into config.yaml."""
    path = folder / "config.yaml"
    replaced, count = re.subn(r"(?m)^people:.*\n(?:(?: .*)?\n)*", lambda _: people, path.read_text("utf-8"))
    assert count == 1
    path.write_text(replaced, "utf-8")


def admin(project: Project, who: str = "wenmei") -> Actor:
    return desk_actor(load_project_settings(project.root), who, Permission.LOOK_AFTER_PEOPLE)


def now(project: Project) -> Project:
    """The project as the next request has it."""
    return replace(project, settings=load_project_settings(project.root))


def text(project: Project) -> str:
    return (project.root / "config.yaml").read_text("utf-8")


def part(project: Project, who: str) -> StaffEntry:
    one = load_project_settings(project.root).people[who]
    return StaffEntry(one.name, one.role, one.audiences)


def test_somebody_new_is_written_below_the_others(project: Project) -> None:
    before = text(project)
    staff.add_person(project, "robin", StaffEntry("  Robin   Ó Néill ", "author", (AUDIENCE,)), admin(project))
    line = f"  robin: {{name: Robin Ó Néill, role: author, audiences: [{AUDIENCE}]}}\n"
    assert text(project).replace(line, "") == before
    assert part(project, "robin") == StaffEntry("Robin Ó Néill", "author", (AUDIENCE,))


@pytest.mark.parametrize("name", ['"Quoted" O\'Neil', "Comma, Jr.", "Colon: yes", "# hash", "{x}", "no", "- x", "😀"])
def test_any_name_comes_back_as_it_was_typed(project: Project, name: str) -> None:
    staff.add_person(project, "robin", StaffEntry(name, "viewer", None), admin(project))
    assert part(project, "robin") == StaffEntry(name, "viewer", None)
    staff.change_person(project, "david", StaffEntry(name, "approver", None), admin(project))
    assert part(project, "david").name == name


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        ("Robin", {}),
        ("robin o", {}),
        ("", {}),
        ("amina", {}),
        ("robin", {"name": " "}),
        ("robin", {"name": "a\u202eb"}),
        ("robin", {"name": "a\nb\x00"}),
        ("robin", {"role": "owner"}),
        ("robin", {"audiences": ()}),
        ("robin", {"audiences": ("nowhere",)}),
    ],
)
def test_what_cannot_be_is_refused_and_the_file_untouched(
    project: Project, key: str, changed: dict[str, object]
) -> None:
    before = text(project)
    with pytest.raises(InvalidPersonError):
        staff.add_person(project, key, replace(StaffEntry("Robin", "author", None), **changed), admin(project))  # type: ignore[arg-type]
    assert text(project) == before


def test_only_what_is_changed_changes(project: Project) -> None:
    before = text(project)
    staff.change_person(project, "amina", StaffEntry("Amina Okafor-Reid", "approver", (AUDIENCE,)), admin(project))
    assert text(project) == before.replace(
        "role: author}  # since", f"role: approver, audiences: [{AUDIENCE}]}}  # since"
    )
    staff.change_person(project, "amina", StaffEntry("Amina Okafor-Reid", "author", None), admin(project))
    assert text(project) == before
    staff.change_person(project, "david", StaffEntry("David Lindqvist", "approver", None), admin(project))
    open_to_all = before.replace("    audiences:\n    - neighbours\n", "")
    assert text(project) == open_to_all
    staff.change_person(project, "david", StaffEntry("David Lindqvist", "approver", (AUDIENCE,)), admin(project))
    assert part(project, "david").audiences == (AUDIENCE,)
    assert "role: approver  # he asked for it\n    audiences: [neighbours]\n    # Until" in text(project)


def test_whoever_is_taken_out_is_gone_and_the_others_stay_as_they_are(project: Project) -> None:
    before = text(project)
    staff.remove_person(project, "david", admin(project))
    start, end = before.index("  david:"), before.index("  priya:")
    assert text(project) == before[:start] + before[end:]
    assert set(load_project_settings(project.root).people) == {"amina", "priya", "wenmei"}


def test_sessions_end_with_the_rights(project: Project) -> None:
    def enter(who: str) -> str:
        return invitations.sign_in_with_link(
            project, invitations.create_invitation(project, who, BY, LinkPurpose.ENTER)
        )

    amina, david, priya = enter("amina"), enter("david"), enter("priya")
    staff.change_person(project, "priya", StaffEntry("Priya Raman", "author", None), admin(project))  # more than before
    staff.change_person(project, "david", StaffEntry("David Lindqvist", "viewer", (AUDIENCE,)), admin(project))
    assert [sessions.find_signed_in_person(now(project), one) for one in (amina, david, priya)] == [
        "amina",
        None,
        "priya",
    ]
    staff.change_person(project, "amina", StaffEntry("Amina Okafor-Reid", "author", (AUDIENCE,)), admin(project))
    assert sessions.find_signed_in_person(now(project), amina) is None


def test_nothing_opens_the_door_again_for_a_key_that_was_taken_out(project: Project) -> None:
    old = invitations.choose_password(project, invitations.create_invitation(project, "amina", BY), PASSWORD)
    link = invitations.create_invitation(project, "amina", BY)
    staff.remove_person(project, "amina", admin(project))
    staff.add_person(now(project), "amina", StaffEntry("Another Amina", "author", None), admin(project))
    assert sessions.find_signed_in_person(now(project), old) is None
    with pytest.raises(LinkGoneError):
        invitations.find_invitation(now(project), link)
    with pytest.raises(SignInRefusedError):
        sessions.sign_in(now(project), "amina", PASSWORD)


@pytest.mark.parametrize("end", ["taken out", "no administrator", "of fewer audiences"])
def test_a_link_outlasts_nobodys_right_to_make_it(project: Project, end: str) -> None:
    """Whoever makes a link may have kept it, and could come in with it as somebody else."""
    staff.change_person(project, "david", StaffEntry("David Lindqvist", "admin", None), admin(project))
    link = invitations.create_invitation(now(project), "amina", admin(project, "david"))
    other = invitations.create_invitation(now(project), "priya", admin(project))
    if end == "taken out":
        staff.remove_person(now(project), "david", admin(project))
    elif end == "no administrator":
        staff.change_person(now(project), "david", StaffEntry("David Lindqvist", "approver", None), admin(project))
    else:
        staff.change_person(now(project), "david", StaffEntry("David Lindqvist", "admin", (AUDIENCE,)), admin(project))
    with pytest.raises(LinkGoneError):
        invitations.find_invitation(now(project), link)
    assert invitations.find_invitation(now(project), other).person == "priya"


def test_a_link_leads_to_no_more_audiences_than_its_maker_has(project: Project) -> None:
    staff.change_person(project, "david", StaffEntry("David Lindqvist", "admin", (AUDIENCE,)), admin(project))
    staff.change_person(now(project), "amina", StaffEntry("Amina Okafor-Reid", "author", (AUDIENCE,)), admin(project))
    link = invitations.create_invitation(now(project), "amina", admin(project, "david"))
    staff.change_person(now(project), "amina", StaffEntry("Amina Okafor-Reid", "approver", (AUDIENCE,)), admin(project))
    assert invitations.find_invitation(now(project), link).person == "amina"
    staff.change_person(now(project), "amina", StaffEntry("Amina Okafor-Reid", "approver", None), admin(project))
    with pytest.raises(LinkGoneError):
        invitations.find_invitation(now(project), link)


def test_a_password_left_by_somebody_taken_out_by_hand_is_nobodys(project: Project) -> None:
    invitations.choose_password(project, invitations.create_invitation(project, "amina", BY), PASSWORD)
    write_people(project.root, "people:\n  wenmei: {name: Wen-Mei Calloway, role: admin}\n")
    staff.add_person(now(project), "amina", StaffEntry("Another Amina", "author", None), admin(project))
    with pytest.raises(SignInRefusedError):
        sessions.sign_in(now(project), "amina", PASSWORD)


def test_nobody_takes_their_own_rights(project: Project) -> None:
    by, before = admin(project), text(project)
    with pytest.raises(OwnRightsError):
        staff.remove_person(project, "wenmei", by)
    for own in (StaffEntry("Wen-Mei Calloway", "author", None), StaffEntry("Wen-Mei Calloway", "admin", (AUDIENCE,))):
        with pytest.raises(OwnRightsError):
            staff.change_person(project, "wenmei", own, by)
    assert text(project) == before
    staff.change_person(project, "wenmei", StaffEntry("Wen-Mei C", "admin", None), by)
    assert part(project, "wenmei").name == "Wen-Mei C"


def test_an_administrator_of_some_audiences_stays_within_them(project: Project) -> None:
    write_people(
        project.root,
        "people:\n  wenmei: {name: Wen-Mei Calloway, role: admin}\n  amina: {name: Amina, role: author}\n"
        f"  near: {{name: Near, role: admin, audiences: [{AUDIENCE}]}}\n"
        f"  david: {{name: David, role: approver, audiences: [{AUDIENCE}]}}\n",
    )
    by, before = admin(project, "near"), text(project)
    refused: list[Callable[[], None]] = [
        lambda: staff.add_person(project, "robin", StaffEntry("Robin", "author", None), by),
        lambda: staff.change_person(project, "david", StaffEntry("David", "approver", None), by),
        lambda: staff.change_person(project, "amina", StaffEntry("Amina", "author", (AUDIENCE,)), by),
        lambda: staff.remove_person(project, "amina", by),
        lambda: staff.remove_person(project, "wenmei", by),
    ]
    for deed in refused:
        with pytest.raises(NotAllowedError):
            deed()
    assert text(project) == before
    staff.change_person(project, "david", StaffEntry("David", "viewer", (AUDIENCE,)), by)
    staff.add_person(project, "robin", StaffEntry("Robin", "admin", (AUDIENCE,)), by)
    assert part(project, "robin") == StaffEntry("Robin", "admin", (AUDIENCE,))


def test_two_administrators_cannot_take_one_anothers_rights_at_once(project: Project) -> None:
    staff.add_person(project, "robin", StaffEntry("Robin", "admin", None), admin(project))
    pairs = [("wenmei", "robin"), ("robin", "wenmei")]
    actors = [(admin(project, who), other) for who, other in pairs]  # both were administrators when they asked
    start, outcomes = threading.Barrier(2), list[str]()

    def take_out(by: Actor, other: str) -> None:
        start.wait()
        try:
            staff.remove_person(project, other, by)
            outcomes.append("done")
        except BroadcasterError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=take_out, args=pair) for pair in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "person-unknown"]
    assert sum(one.role == "admin" for one in load_project_settings(project.root).people.values()) == 1


def test_the_last_who_looks_after_all_stays(project: Project) -> None:
    # As if config.yaml had no rule about oneself: the guard holds by itself.
    settings = load_project_settings(project.root)
    parts = {who: StaffEntry(one.name, one.role, one.audiences) for who, one in settings.people.items()}
    for after in (
        {**parts, "wenmei": StaffEntry("W", "admin", (AUDIENCE,))},
        {**parts, "wenmei": StaffEntry("W", "viewer", None)},
    ):
        with pytest.raises(LastAdministratorError):
            staff.refuse_losing_last_administrator(settings, after)
    staff.refuse_losing_last_administrator(
        settings, {**parts, "david": StaffEntry("D", "admin", None), "wenmei": StaffEntry("W", "viewer", None)}
    )


def test_whoever_is_gone_is_said(project: Project) -> None:
    staff.remove_person(project, "amina", admin(project))
    with pytest.raises(UnknownPersonError):
        staff.remove_person(project, "amina", admin(project))
    with pytest.raises(UnknownPersonError):
        staff.change_person(project, "amina", StaffEntry("A", "author", None), admin(project))


def test_what_they_left_is_told_and_stays(project: Project) -> None:
    decisions.submit(project, project.campaign(CAMPAIGN), desk_actor(project.settings, "amina", Permission.SUBMIT))
    assert [one.campaign for one in staff.list_unfinished_approvals(project, "amina", "wenmei")] == [CAMPAIGN]
    assert staff.list_unfinished_approvals(project, "priya", "wenmei") == []
    assert staff.list_unfinished_approvals(project, "amina", "david") != []
    staff.remove_person(project, "amina", admin(project))
    again = now(project)
    assert [one.submitted_by for one in staff.list_unfinished_approvals(again, "amina", "wenmei")] == ["amina"]


def test_it_takes_two(project: Project) -> None:
    assert staff.has_author_and_approver(project.settings)
    write_people(project.root, "people:\n  wenmei: {name: W, role: admin}\n  david: {name: D, role: viewer}\n")
    assert not staff.has_author_and_approver(load_settings(project.root, {}))


def test_it_is_on_the_record_without_anybodys_name(project: Project) -> None:
    staff.add_person(project, "robin", StaffEntry("Robin Ó Néill", "author", (AUDIENCE,)), admin(project))
    staff.change_person(now(project), "robin", StaffEntry("Robin Ó Néill", "approver", None), admin(project))
    staff.remove_person(now(project), "robin", admin(project))
    with project.ledger.reading() as conn:
        entries = [one.entry for one in audit.list_recent(conn, 3)]
    assert [(one.action, one.by, one.subject) for one in entries] == [
        ("remove-person", "wenmei", "robin"),
        ("change-person", "wenmei", "robin"),
        ("add-person", "wenmei", "robin"),
    ]
    assert entries[1].detail == {"role": "approver", "audiences": "all", "was": "author"}
    assert not any("Ó" in str(one.detail) for one in entries)


def test_a_file_that_cannot_be_changed_leaves_everything_as_it_was(project: Project) -> None:
    session = invitations.sign_in_with_link(
        project, invitations.create_invitation(project, "amina", BY, LinkPurpose.ENTER)
    )
    write_people(
        project.root,
        "people: {wenmei: {name: W, role: admin}, amina: {name: Amina, role: author}}\n",
    )
    with pytest.raises(BroadcasterError, match="line of its own"):
        staff.remove_person(project, "amina", admin(project))
    assert sessions.find_signed_in_person(now(project), session) == "amina"


def test_how_somebody_is_told_is_written_in_either_form_and_taken_out_again(project: Project) -> None:
    for who in ("priya", "david", "robin"):
        if who == "robin":
            staff.add_person(project, who, StaffEntry("Robin", "author", None), admin(project))
        was = staff_entries.staff_entry_of(now(project).settings.people[who])
        told = replace(was, email="x@example.org", phone="07700 900142", tell=("sms", "email"))
        before = (project.root / "config.yaml").read_text("utf-8").split()
        staff.change_person(now(project), who, told, admin(project))
        found = now(project).settings.people[who]
        assert (found.email, found.phone, found.tell) == ("x@example.org", "07700 900142", ("email", "sms"))
        staff.change_person(now(project), who, replace(told, phone="", tell=("email",)), admin(project))
        found = now(project).settings.people[who]
        assert (found.email, found.phone, found.tell) == ("x@example.org", None, ("email",))
        staff.change_person(now(project), who, was, admin(project))
        assert (project.root / "config.yaml").read_text("utf-8").split() == before


def test_an_empty_list_in_the_file_is_filled_and_not_written_twice(project: Project) -> None:
    write_people(
        project.root, PEOPLE.replace("approver # he asked for it", "approver\n    email: d@example.org\n    tell: []")
    )
    part = replace(staff_entries.staff_entry_of(now(project).settings.people["david"]), tell=("email",))
    staff.change_person(now(project), "david", part, admin(project))
    assert now(project).settings.people["david"].tell == ("email",)


@pytest.mark.parametrize(
    "contact",
    [
        {"tell": ("email",)},
        {"tell": ("sms",), "email": "x@example.org"},
        {"tell": ("fax",), "email": "x@example.org"},
        {"email": "nowhere"},
        {"email": "07700 900142"},
        {"phone": "x@example.org"},
        {"phone": "0000 000000"},
    ],
)
def test_nobody_is_to_be_told_at_an_address_that_is_none(project: Project, contact: dict[str, Any]) -> None:
    with pytest.raises(InvalidPersonError) as refused:
        staff.add_person(project, "robin", StaffEntry("Robin", "author", None, **contact), admin(project))
    assert not any(str(value) in refused.value.message for value in contact.values() if value)


def test_the_record_has_no_address_of_staff(project: Project) -> None:
    part = StaffEntry("Robin", "author", None, email="canary@example.org", phone="07700 900142", tell=("email", "sms"))
    staff.add_person(project, "robin", part, admin(project))
    with project.ledger.reading() as conn:
        (entry,) = [one.entry for one in audit.list_recent(conn, 1)]
    assert entry.detail == {"role": "author", "audiences": "all", "tell": ["email", "sms"]}
