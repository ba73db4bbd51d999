"""Who is told of what, when and how often, and that nothing personal stands in it."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.config import load_settings
from broadcaster.domain.delivery.outgoing_messages import OutgoingEmail
from broadcaster.domain.local_time import walltime
from broadcaster.ledger.staff import notifications
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.approving import decisions
from broadcaster.services.approving.errors import ChangedSinceSubmissionError
from broadcaster.services.notifications.pending import pending_notifications
from broadcaster.services.notifications.send import send_notifications
from broadcaster.services.planning import schedule
from broadcaster.services.project.project import now
from broadcaster.services.replies import inbound_texts
from broadcaster.services.reporting.broadcast_status import find_broadcast
from broadcaster.services.sending import control
from tests.projects import AUDIENCE, CAMPAIGN, LETTER
from tests.services import stage
from tests.services.stage import add, edit, outbox
from tests.services.telling import ADMIN, APPROVER, AUTHOR, Office, make_office, office

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DECIDING = [ADMIN, APPROVER]
EVERYBODY = [ADMIN, AUTHOR, APPROVER]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_office(tmp_path / "project")


@pytest.fixture
def desk(folder: Path) -> Iterator[Office]:
    with office(folder) as opened:
        yield opened


def test_a_submission_is_told_once_to_those_who_may_decide_and_not_to_its_author(desk: Office) -> None:
    assert desk.tell() == []
    desk.submit()
    assert desk.tell() == DECIDING
    assert "It waits for you to approve or reject it." in desk.emails()[0]
    assert desk.texts()[0].startswith("Ashmere Police: A letter was submitted.")
    assert [desk.tell(after) for after in (MINUTE, 5 * MINUTE, 50 * MINUTE)] == [[], [], []]


def test_an_admin_who_submits_is_not_asked_to_decide(desk: Office) -> None:
    by = command_line_actor(desk.project.settings, "wenmei", Permission.SUBMIT)
    decisions.submit(desk.project, desk.project.campaign(CAMPAIGN), by)
    assert desk.tell() == [APPROVER]


def test_an_author_is_told_what_became_of_it(desk: Office) -> None:
    desk.submit()
    desk.decide(why="the second line is wrong")
    assert desk.tell() == [AUTHOR]
    assert "was rejected" in desk.emails()[0]
    assert "second line" not in desk.emails()[0]
    desk.decide(desk.submit())
    assert desk.tell(5 * MINUTE) == [AUTHOR]
    assert "What you submitted was approved." in desk.emails()[0]
    assert [desk.tell(after) for after in (2 * HOUR, 30 * HOUR)] == [[], []]


def test_what_was_rejected_is_told_though_its_time_is_gone(desk: Office) -> None:
    desk.submit(at_once=True)
    desk.decide(why="not now")
    with desk.project.ledger.writing() as conn:
        conn.exec_driver_sql("UPDATE occurrences SET state = 'skipped'")
    assert desk.tell() == [AUTHOR]


def test_an_author_is_told_that_it_must_be_submitted_again(desk: Office, folder: Path) -> None:
    digest = desk.submit()
    add(folder, f"templates/{LETTER}/en.md", "\n")
    edit(folder, f"templates/{LETTER}/en.md", "all is well in", "all is very well in")
    with pytest.raises(ChangedSinceSubmissionError):
        desk.decide(digest)
    assert desk.tell() == [AUTHOR]
    assert "Submit it again" in desk.emails()[0]


def test_a_halt_is_told_to_all_who_can_act_and_again_until_it_is_dealt_with(desk: Office) -> None:
    broadcast_id = desk.halt()
    assert desk.tell() == EVERYBODY
    assert "A broadcast was halted." in desk.texts()[0]
    asked = (1, 14, 15, 16, 74, 75, 76, 314, 315, 316, 554, 555)
    assert [minutes for minutes in asked if desk.tell(minutes * MINUTE)] == [15, 75, 315, 555]
    assert "Reminder: Alarm" in desk.emails()[0]
    broadcast = find_broadcast(desk.project, broadcast_id)
    control.resume(desk.project, broadcast)
    assert desk.tell(20 * HOUR) == []
    desk.halt_again(broadcast_id)
    assert desk.tell(20 * HOUR + MINUTE) == EVERYBODY


def test_an_urgent_reply_is_told_until_somebody_has_seen_it(desk: Office) -> None:
    desk.reply("thank you")
    assert desk.tell() == []
    reply_id = desk.reply()
    assert desk.tell() == EVERYBODY
    assert "Somebody may be in danger" in desk.texts()[0]
    assert desk.tell(16 * MINUTE) == EVERYBODY
    inbound_texts.mark_seen(
        desk.project, [reply_id], command_line_actor(desk.project.settings, "david", Permission.LOOK_AT_REPLY)
    )
    assert desk.tell(3 * HOUR) == []


def test_what_was_approved_and_waits_is_told(desk: Office, folder: Path) -> None:
    desk.decide(desk.submit())
    desk.tell()
    edit(folder, f"templates/{LETTER}/en.md", "all is well in", "all is very well in")
    assert desk.tell(5 * MINUTE) == EVERYBODY
    assert "An approved letter needs somebody before it can go out." in desk.emails()[0]
    assert desk.tell(10 * MINUTE) == []


def test_an_approved_letter_whose_campaign_is_gone_is_an_alarm(desk: Office, folder: Path) -> None:
    desk.decide(desk.submit())
    desk.tell()
    path = folder / "config.yaml"
    text = path.read_text("utf-8")
    path.write_text(text[: text.index("campaigns:")], "utf-8")
    with office(folder) as without:
        assert [without.tell(after) for after in (5 * MINUTE, 20 * MINUTE)] == [EVERYBODY, EVERYBODY]
        assert "An approved letter may not go out as it was meant." in without.texts()[0]
    path.write_text(text, "utf-8")
    assert desk.tell(60 * MINUTE) == []


def test_an_approved_campaign_that_cannot_be_looked_through_is_an_alarm(
    desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.decide(desk.submit())
    desk.tell()
    monkeypatch.setattr(schedule, "_schedule_changes", _stumbling)
    assert desk.tell(5 * MINUTE) == EVERYBODY
    assert "An approved letter may not go out as it was meant." in desk.texts()[0]
    monkeypatch.undo()
    assert desk.tell(60 * MINUTE) == []


def _stumbling(*_: object) -> None:
    raise ValueError("somebody@example.org")


def test_what_is_due_and_nobody_approved_is_still_to_be_decided(tmp_path: Path) -> None:
    with office(make_office(tmp_path / "project", stage.wall(timedelta(minutes=10)))) as desk:
        desk.submit()
        assert desk.tell() == DECIDING
        assert desk.tell(30 * MINUTE) == []
        assert desk.tell(90 * MINUTE) == DECIDING


def test_several_in_a_short_time_go_into_one_message(desk: Office) -> None:
    desk.halt()
    desk.reply()
    desk.reply("help")
    assert desk.tell() == EVERYBODY
    (text,) = desk.texts()
    assert "A broadcast was halted." in text
    assert "2 urgent replies came in." in text
    desk.reply("fire")
    desk.reply("they are at the door")
    assert [desk.tell(after) for after in (MINUTE, 2 * MINUTE)] == [[], []]
    assert desk.tell(3 * MINUTE) == EVERYBODY
    assert "2 urgent replies" in desk.texts()[0]


def test_in_quiet_hours_alarms_are_told_and_what_waits_is_not_unless_in_a_crisis(tmp_path: Path) -> None:
    quiet = {"start": "00:05", "end": "00:00"}
    with office(make_office(tmp_path / "project", quiet_hours=quiet)) as desk:
        today = desk.project.wall_now().date()

        def at(day: date, shown: time) -> timedelta:
            return walltime.instant(datetime.combine(day, shown), desk.project.zone) - now()

        desk.submit()
        noon, midnight = at(today, time(12)), at(today + timedelta(days=1), time(0, 2))
        assert desk.tell(noon) == []
        desk.reply()
        assert desk.tell(noon) == EVERYBODY
        assert desk.tell(midnight) == EVERYBODY
        assert "A letter was submitted." in desk.texts()[0]
    with office(make_office(tmp_path / "crisis", quiet_hours=quiet)) as desk:
        desk.submit(crisis="letters were found")
        assert desk.tell(noon) == DECIDING


def test_only_those_who_work_with_the_audience_are_told(desk: Office, folder: Path) -> None:
    desk.submit()
    path = folder / "config.yaml"
    path.write_text(path.read_text("utf-8").replace("role: approver", "role: approver\n    audiences: [elsewhere]"))
    with office(folder) as narrowed:
        assert narrowed.tell() == [ADMIN]
        assert narrowed.tell(2 * HOUR) == [ADMIN]
        narrowed.reply()
        assert narrowed.tell(3 * HOUR) == [ADMIN, AUTHOR]


def test_nothing_personal_is_in_the_bytes(desk: Office) -> None:
    desk.submit()
    desk.decide(why="Canary Street is wrong")
    desk.halt()
    desk.reply("knife at 12 Canary Street")
    assert desk.tell() == EVERYBODY
    personal = ("person1", "Person 1", "Canary", "Street", "knife", "7700900222", "secret.recipient", "Carriers")
    names = (CAMPAIGN, LETTER, AUDIENCE, "A greeting", "Neighbours", "Okafor", "Lindqvist", "News for")
    for message in (*desk.email.had, *desk.sms.had):
        said = message.data.decode() if isinstance(message, OutgoingEmail) else str(message)
        assert not [one for one in (*personal, *names) if one in said]
        assert "https://letters.example.org/desk" in said
        assert said.count("@example.org") == (1 if isinstance(message, OutgoingEmail) else 0)


def test_an_email_says_that_a_machine_wrote_it(desk: Office) -> None:
    desk.submit()
    desk.tell()
    (message,) = desk.email.had
    assert isinstance(message, OutgoingEmail)
    parsed = message_from_bytes(message.data, policy=policy.default)
    assert parsed["auto-submitted"] == "auto-generated"
    assert (parsed["from"].addresses[0].addr_spec, parsed["to"]) == ("officer@ashmere.example", APPROVER)
    assert parsed["list-unsubscribe"] is None
    assert message.data.endswith(b"\r\n")
    assert b"\n" not in message.data.replace(b"\r\n", b"")


def test_an_organisation_that_speaks_arabic_is_told_in_arabic(tmp_path: Path) -> None:
    with office(make_office(tmp_path / "project", organisation={"language": "ar"})) as desk:
        desk.halt()
        desk.tell()
        assert "أوقف النظام إرسالا" in desk.texts()[0]
        assert "أوقف النظام إرسالا" in desk.emails()[0]


def test_where_nobody_is_to_be_told_nothing_is_written(folder: Path) -> None:
    path = folder / "config.yaml"
    path.write_text("\n".join(line for line in path.read_text("utf-8").splitlines() if "tell" not in line))
    path.write_text(path.read_text("utf-8").replace("    - email\n", "").replace("    - sms\n", ""))
    assert not any(one.tell for one in load_settings(folder, {}).people.values())
    with office(folder) as desk:
        desk.reply()
        assert desk.tell() == []
        with desk.project.ledger.reading() as conn:
            assert notifications.list_all(conn) == {}


def test_a_look_at_what_is_pending_changes_nothing(desk: Office) -> None:
    desk.submit()
    pending = [pending_notifications(desk.project, now()) for _ in range(2)]
    assert [set(one.due) for one in pending] == [{"david", "wenmei"}] * 2
    assert desk.tell() == DECIDING


def test_the_outbox_takes_it_as_it_takes_letters(desk: Office, folder: Path) -> None:
    desk.submit()
    with open_project(folder) as project:
        assert send_notifications(project, now()) == 2
    assert sorted(path.suffix for path in outbox(folder)) == [".eml", ".json"]
