"""Helplines, signatories and quiet hours changed at the desk: what config.yaml says then, and what is refused."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from broadcaster.bootstrap.ledger_only import load_project_settings
from broadcaster.bootstrap.wiring import open_project
from broadcaster.config.yaml_files.editing import EditedMeanwhileError
from broadcaster.ledger.audit_log import audit_search
from broadcaster.ledger.audit_log.audit_search import AuditFilter
from broadcaster.services.access.permissions import Actor, NotAllowedError, Permission, command_line_actor
from broadcaster.services.administration import settings_editing, voided_approvals
from broadcaster.services.administration.setting_entries import HELPLINES, SIGNATORIES, EntryKind
from broadcaster.services.administration.setting_fields import InvalidSettingError, state_token
from broadcaster.services.administration.settings_editing import (
    ApprovalsWouldEndError,
    SettingChangedMeanwhileError,
    SettingForm,
    SettingGoneError,
    SettingInUseError,
    add_entry,
    change_entry,
    change_quiet_hours,
    mark_helpline_checked,
    remove_entry,
)
from broadcaster.services.approving import decisions
from broadcaster.services.planning.plan import plan_campaign
from broadcaster.services.planning.submission_terms import SubmissionTerms
from broadcaster.services.project.project import Project
from tests.projects import CAMPAIGN, LETTER, make_project, write_yaml

BLOCKS = """\
signatories:
  officer:   # since May
    name: Robin Hartwell
    role: Inspector
    email: officer@ashmere.example  # read by all of them
    sms_sender: Ashmere
  other: {name: Sam Reed, role: Constable, email: sam@ashmere.example}  # on call

# Ring each before you renew it.
helplines:
  # For reports.
  report:
    names:
      en: Reports    # as on the poster
      ar: بلاغات
    number: "101"    # free of charge
    for: [doubt, support]
    says:
      en: To report something
      ar: للإبلاغ
    verified: 2026-11-01   # by Amina
    expires: 2026-12-01
    owner: amina
  advice: {name: Advice, number: "0800 456 1226", says: For advice}  # all day

  # The end of the helplines.
"""
BY = Actor("wenmei", "admin", "", "")
ADVICE = {"name": "Advice", "number": "0800 456 1226", "uses": "support", "says": "For advice"}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    folder = make_project(
        tmp_path / "project",
        campaigns={CAMPAIGN: {"when": "2090-01-02 09:00", "title": "Hello to all"}},
        quiet_hours={"start": "21:00", "end": "08:00"},
    )
    path = folder / "config.yaml"
    text, count = re.subn(r"(?m)^signatories:.*\n(?:(?: .*)?\n)*", lambda _: BLOCKS, path.read_text("utf-8"))
    assert count == 1
    path.write_text(text, "utf-8")
    with open_project(folder) as project:
        yield project


def now(project: Project) -> Project:
    return replace(project, settings=load_project_settings(project.root))


def text(project: Project) -> str:
    return (project.root / "config.yaml").read_text("utf-8")


def actor(project: Project, who: str, deed: Permission = Permission.LOOK) -> Actor:
    return command_line_actor(load_project_settings(project.root), who, deed)


def fields_of(project: Project, kind: EntryKind, key: str) -> dict[str, str]:
    found = kind.fields_of(load_project_settings(project.root), key)
    assert found is not None
    return found


def form(project: Project, kind: EntryKind, key: str, **changes: str) -> SettingForm:
    """What somebody sends who opened the form just now; `name__ar` is the field `name.ar`."""
    was = fields_of(project, kind, key)
    return SettingForm(was | {name.replace("__", "."): one for name, one in changes.items()}, state_token(was))


def submit(project: Project) -> str:
    campaign = now(project).campaign(CAMPAIGN)
    return decisions.submit(now(project), campaign, actor(project, "amina"), SubmissionTerms()).approval_id


def test_only_what_was_changed_is_another_line(project: Project) -> None:
    before, admin = text(project), actor(project, "wenmei")
    changes = {"number": "102", "name__ar": "", "name__ur": "رپورٹ", "says__en": "To report", "owner": ""}
    change_entry(project, HELPLINES, "report", form(project, HELPLINES, "report", **changes), admin)
    assert text(project) == before.replace('number: "101"    # free', 'number: "102"  # free').replace(
        "      ar: بلاغات\n", '      ur: "رپورٹ"\n'
    ).replace("en: To report something", 'en: "To report"').replace("    owner: amina\n", "")
    said = load_project_settings(project.root).helplines["report"]
    assert [(one.language, one.text) for one in said.name.texts] == [("en", "Reports"), ("ur", "رپورٹ")]


def test_an_entry_within_braces_stays_in_them(project: Project) -> None:
    admin = actor(project, "wenmei")
    change_entry(project, HELPLINES, "advice", form(project, HELPLINES, "advice", expires="2027-01-31"), admin)
    change_entry(project, SIGNATORIES, "other", form(project, SIGNATORIES, "other", name='Sam "S" Reed'), admin)
    said = load_project_settings(project.root)
    assert said.helplines["advice"].expires == date(2027, 1, 31)
    assert said.signatories["other"].name == 'Sam "S" Reed'
    assert re.search(r"(?m)^  advice: \{.*\}  # all day$", text(project))
    assert re.search(r"(?m)^  other: \{.*\}  # on call$", text(project))


def test_one_text_becomes_one_for_each_language_and_back(project: Project) -> None:
    admin = actor(project, "wenmei")
    each = form(project, SIGNATORIES, "officer", role="", role__en="Inspector", role__ar="مفتش")
    change_entry(project, SIGNATORIES, "officer", each, admin)
    assert '    role:\n      en: "Inspector"\n      ar: "مفتش"\n' in text(project)
    one = form(project, HELPLINES, "report", name="Reports", name__en="", name__ar="")
    change_entry(project, HELPLINES, "report", one, admin)
    assert '  report:\n    name: "Reports"\n    number: "101"' in text(project)


def test_a_new_one_stands_below_the_others_and_is_called_like_its_name(project: Project) -> None:
    admin = actor(project, "wenmei")
    fields = {"name.ar": "نصيحة", "name.en": "Advice", "number": "116 123", "uses": "support", "says": "Any time: #1"}
    assert add_entry(project, HELPLINES, SettingForm(fields), admin) == "advice-2"
    assert fields_of(project, HELPLINES, "advice-2") == fields | {"verified": "", "expires": "", "owner": ""}
    assert text(project).index("advice-2:") > text(project).index("advice: {")
    people = SettingForm({"name": "Robin Ó Néill", "role": "Constable", "email": "robin@ashmere.example"})
    assert add_entry(project, SIGNATORIES, people, admin) == "robin-o-neill"


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"name": ""}, {"name": "missing"}),
        ({"name.en": "Advice"}, {"name": "either"}),
        ({"number": "a\nb"}, {"number": "line"}),
        ({"number": "none"}, {"number": "number"}),
        ({"says": "x" * 501}, {"says": "line"}),
        ({"verified": "1 May"}, {"verified": "date"}),
        ({"expires": "2027-02-30"}, {"expires": "date"}),
        ({"uses": ""}, {"uses": "choice"}),
        ({"uses": "owners"}, {"uses": "choice"}),
        ({"name": "", "name.ar": "نصيحة", "uses": "doubt"}, {"name.en": "home"}),
    ],
)
def test_a_helpline_that_cannot_be_is_refused_by_its_fields(
    project: Project, changes: dict[str, str], wrong: dict[str, str]
) -> None:
    before = text(project)
    with pytest.raises(InvalidSettingError) as raised:
        add_entry(project, HELPLINES, SettingForm(ADVICE | changes), actor(project, "wenmei"))
    assert raised.value.fields == wrong
    assert text(project) == before


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"email": "nobody"}, {"email": "email"}),
        ({"email": ""}, {"email": "email"}),
        ({"sms_sender": "far too long a name"}, {"sms_sender": "sender"}),
        ({"role": " "}, {"role": "line"}),
    ],
)
def test_a_signatory_that_cannot_be_is_refused(
    project: Project, changes: dict[str, str], wrong: dict[str, str]
) -> None:
    with pytest.raises(InvalidSettingError) as raised:
        change_entry(project, SIGNATORIES, "officer", form(project, SIGNATORIES, "officer", **changes), BY)
    assert raised.value.fields == wrong


def test_only_administrators_change_settings(project: Project) -> None:
    before = text(project)
    for who in ("amina", "david", "priya"):
        with pytest.raises(NotAllowedError):
            mark_helpline_checked(project, "report", actor(project, who))
        with pytest.raises(NotAllowedError):
            add_entry(project, HELPLINES, SettingForm(ADVICE), actor(project, who))
    assert text(project) == before


def test_a_number_that_was_rung_today_says_so_and_ends_no_approval(project: Project) -> None:
    submit(project)
    before = text(project)
    mark_helpline_checked(project, "report", BY)
    today = project.wall_now().date().isoformat()
    assert text(project) == before.replace("verified: 2026-11-01   # by", f"verified: {today}  # by")
    mark_helpline_checked(project, "advice", BY)
    assert fields_of(project, HELPLINES, "advice")["verified"] == today
    with pytest.raises(SettingGoneError):
        mark_helpline_checked(project, "nothing", BY)


def test_what_ends_an_approval_is_saved_only_by_whoever_agreed(project: Project) -> None:
    approval, before = submit(project), text(project)
    wanted = form(project, HELPLINES, "report", number="102")
    with pytest.raises(ApprovalsWouldEndError) as raised:
        change_entry(project, HELPLINES, "report", wanted, BY)
    assert [one.id for one in raised.value.voided] == [approval]
    assert text(project) == before
    assert list((project.root).glob("config.yaml*")) == [project.root / "config.yaml"]
    change_entry(project, HELPLINES, "report", replace(wanted, agreed=frozenset({approval})), BY)
    assert text(project) != before
    # It ended by this, so that another change ends nothing.
    change_entry(project, HELPLINES, "report", form(project, HELPLINES, "report", number="103"), BY)


@pytest.mark.parametrize(
    ("kind", "key", "change", "ends"),
    [
        (HELPLINES, "report", {"number": "102"}, True),
        (HELPLINES, "report", {"expires": "2099-01-01", "owner": "david"}, False),
        (HELPLINES, "report", {"name__ur": "رپورٹ"}, False),
        (HELPLINES, "report", {"uses": "support"}, False),
        (SIGNATORIES, "officer", {"sms_sender": "Police"}, True),
        (SIGNATORIES, "other", {"name": "Sam Wood"}, False),
    ],
)
def test_what_is_said_to_end_is_what_is_signed(
    project: Project, kind: EntryKind, key: str, change: dict[str, str], ends: bool
) -> None:
    submit(project)
    wanted = form(project, kind, key, **change)
    signed = plan_campaign(now(project), now(project).campaign(CAMPAIGN)).digest
    said = False
    try:
        change_entry(project, kind, key, wanted, BY)
    except ApprovalsWouldEndError as error:
        said = True
        change_entry(project, kind, key, replace(wanted, agreed=frozenset(one.id for one in error.voided)), BY)
    changed = plan_campaign(now(project), now(project).campaign(CAMPAIGN)).digest != signed
    assert (said, changed) == (ends, ends)


def test_two_at_once_the_later_is_told_what_it_says_now(project: Project) -> None:
    mine = form(project, HELPLINES, "report", number="102")
    change_entry(project, HELPLINES, "report", form(project, HELPLINES, "report", number="103"), BY)
    before = text(project)
    with pytest.raises(SettingChangedMeanwhileError) as raised:
        change_entry(project, HELPLINES, "report", mine, BY)
    assert raised.value.fields["number"] == "103"
    assert text(project) == before
    with pytest.raises(SettingChangedMeanwhileError):
        remove_entry(project, HELPLINES, "report", mine, BY)
    remove_entry(project, HELPLINES, "report", form(project, HELPLINES, "report"), BY)
    with pytest.raises(SettingGoneError):
        change_entry(project, HELPLINES, "report", mine, BY)


def test_what_letters_need_stays(project: Project) -> None:
    with pytest.raises(SettingInUseError) as raised:
        remove_entry(project, SIGNATORIES, "officer", form(project, SIGNATORIES, "officer"), BY)
    assert [(one.name, one.title) for one in raised.value.letters] == [(LETTER, "A greeting")]
    declared = {"title": "A greeting", "kind": "public-task", "signatory": "officer", "fallback": "en"}
    folder = project.root / "templates" / LETTER
    write_yaml(folder / "letter.yaml", declared | {"helplines": ["report"]})
    for key, words in (("report", ""), ("advice", "{{ helplines['advice'].number }}")):
        page = (folder / "en.md").read_text("utf-8")
        (folder / "en.md").write_text(page.replace("all is well in **", f"{words} all is well in **"), "utf-8")
        with pytest.raises(SettingInUseError):
            remove_entry(project, HELPLINES, key, form(project, HELPLINES, key), BY)
    # One that cannot be read may need it, too.
    (folder / "letter.yaml").write_text("title: [\nhelplines: [report]\nsignatory: other\n", "utf-8")
    for kind, key in ((HELPLINES, "report"), (SIGNATORIES, "other")):
        with pytest.raises(SettingInUseError):
            remove_entry(project, kind, key, form(project, kind, key), BY)
    (folder / "letter.yaml").unlink()
    with pytest.raises(SettingInUseError):
        remove_entry(project, HELPLINES, "advice", form(project, HELPLINES, "advice"), BY)


def test_one_that_nobody_needs_goes_and_nothing_else(project: Project) -> None:
    before = text(project)
    remove_entry(project, SIGNATORIES, "other", form(project, SIGNATORIES, "other"), BY)
    assert text(project) == re.sub(r"  other: .*\n", "", before)


@pytest.mark.parametrize(
    "written",
    [
        "quiet_hours: {start: '21:00', end: '08:00'}  # by law",
        "quiet_hours:\n  start: '21:00' # late\n  end: '08:00'",
        "",
    ],
)
def test_quiet_hours_begin_and_end_at_other_times(project: Project, written: str) -> None:
    path = project.root / "config.yaml"
    replaced = re.sub(r"(?m)^quiet_hours:\n(?:  .*\n)*", f"{written}\n", text(project))
    path.write_text(replaced, "utf-8")
    was = settings_editing.quiet_hours_fields(load_project_settings(project.root))
    wanted = SettingForm({"start": "22:00", "end": "07:30"}, state_token(was))
    change_quiet_hours(project, wanted, BY)
    said = load_project_settings(project.root)
    assert settings_editing.quiet_hours_fields(said) == {"start": "22:00", "end": "07:30"}
    assert ("# by law" in text(project)) == ("# by law" in written)
    with pytest.raises(SettingChangedMeanwhileError):
        change_quiet_hours(project, wanted, BY)
    with pytest.raises(InvalidSettingError):
        change_quiet_hours(project, replace(wanted, fields={"start": "25:00", "end": ""}), BY)


def test_quiet_hours_end_approvals_and_say_which(project: Project) -> None:
    approval = submit(project)
    was = settings_editing.quiet_hours_fields(project.settings)
    with pytest.raises(ApprovalsWouldEndError) as raised:
        change_quiet_hours(project, SettingForm({"start": "22:00", "end": "08:00"}, state_token(was)), BY)
    assert [one.id for one in raised.value.voided] == [approval]
    same = SettingForm({"start": "21:00", "end": "08:00"}, state_token(was))
    change_quiet_hours(project, same, BY)
    assert voided_approvals.list_voided_approvals(now(project), now(project).settings) == []


def test_an_edit_by_hand_meanwhile_stays(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    path = project.root / "config.yaml"
    by_hand = text(project) + "# by hand\n"
    plain = voided_approvals.list_voided_approvals

    def slow(view: Project, settings: object) -> list[object]:
        path.write_text(by_hand, "utf-8")
        return list(plain(view, settings))  # type: ignore[arg-type]

    monkeypatch.setattr(settings_editing, "list_voided_approvals", slow)
    with pytest.raises(EditedMeanwhileError):
        mark_helpline_checked(project, "report", BY)
    assert text(project) == by_hand


def test_each_change_stands_in_the_audit_log(project: Project) -> None:
    submit(project)
    mark_helpline_checked(project, "report", BY)
    wanted = form(project, SIGNATORIES, "other", name="Sam Wood")
    change_entry(project, SIGNATORIES, "other", wanted, BY)
    remove_entry(project, SIGNATORIES, "other", form(project, SIGNATORIES, "other"), BY)
    with project.ledger.reading() as conn:
        found = audit_search.list_entries(conn, AuditFilter(), None, 3)
    assert [(one.entry.action, one.entry.subject) for one in found] == [
        ("remove-signatory", "other"),
        ("change-signatory", "other"),
        ("check-helpline", "report"),
    ]
    assert all("Sam" not in str(one.entry.detail) for one in found)
