"""What people and processes do to a project, and the one place of this folder that calls services.

Each command opens the project anew and closes it again, as a process does. What is refused with an error of ours is an
answer: `Refused` has its code. Everything else that is raised goes through.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from broadcaster.bootstrap.ledger_only import load_project_settings, open_view
from broadcaster.bootstrap.wiring import check_project_folder, open_project, registered_runner
from broadcaster.config import Settings
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import BroadcasterError
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.services.access.permissions import Actor, Permission, command_line_actor
from broadcaster.services.administration import audit_log
from broadcaster.services.approving import calling_off, occurrence_fates, review
from broadcaster.services.approving import decisions as eyes
from broadcaster.services.delivering import dispatch
from broadcaster.services.planning import plan as planning
from broadcaster.services.planning.submission_terms import SubmissionTerms
from broadcaster.services.previewing import preview
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.recipients import erasure as erasing
from broadcaster.services.recipients import suppression_list as suppressing
from broadcaster.services.replies import inbox
from broadcaster.services.reporting import agenda, broadcast_status, delivery_record, timeline
from broadcaster.services.rosters import audiences, counting
from broadcaster.services.sending import control as controlling
from broadcaster.services.sending import housekeeping, retry_refused, unsure
from broadcaster.services.sending.send_command import SendCommand, release_campaign
from broadcaster.services.writing import letter_catalogue, letter_texts
from tests.model.deaths import Death
from tests.model.post import Post

AUTHOR, APPROVER, ADMIN = "amina", "david", "wenmei"


@dataclass(frozen=True)
class Refused:
    """An answer: it was not done, and why."""

    code: str


class Office:
    """A project folder, with the provider that carries its emails.

    One process is kept open for what comes one after another, config.yaml being read anew each time, as `serve` does;
    one for what comes in between; and one for who only looks.
    """

    def __init__(self, folder: Path, post: Post) -> None:
        self.folder = folder
        self.post = post
        self.trouble: list[str] = []
        """What went wrong in rounds of `serve`, where it is logged and the process goes on."""
        self._kept: list[tuple[Project, ExitStack]] = []
        self._looking: tuple[ProjectView, ExitStack] | None = None
        self._busy = 0
        self._read: dict[bytes, Settings] = {}

    @contextmanager
    def open(self) -> Iterator[Project]:
        """The project; after a death it is opened anew."""
        at, self._busy = self._busy, self._busy + 1
        try:
            if len(self._kept) <= at:
                self._kept.append(self._process())
            project = self._kept[at][0]
            yield replace(project, settings=self.settings())
        except Death:
            self.close()
            raise
        finally:
            self._busy = at

    @contextmanager
    def view(self) -> Iterator[ProjectView]:
        """The project for who only looks."""
        if self._looking is None:
            stack = ExitStack()
            self._looking = stack.enter_context(open_view(self.folder, {})), stack
        yield replace(self._looking[0], settings=self.settings())

    def settings(self) -> Settings:
        """What config.yaml says now."""
        text = (self.folder / "config.yaml").read_bytes()
        if text not in self._read:
            self._read[text] = load_project_settings(self.folder, {})
        return self._read[text]

    def close(self) -> None:
        """End all that was kept open."""
        while self._kept:
            self._kept.pop()[1].close()
        if self._looking is not None:
            self._looking[1].close()
            self._looking = None

    def _process(self) -> tuple[Project, ExitStack]:
        stack = ExitStack()
        project = stack.enter_context(open_project(self.folder, {}))
        return replace(project, providers={Channel.EMAIL: self.post, Channel.SMS: self.post}), stack


def _by(project: Project, name: str, deed: Permission) -> Actor:
    return command_line_actor(project.settings, name, deed)


Answer = Refused | None


def _answered(command: Callable[[], object]) -> Answer:
    try:
        command()
    except BroadcasterError as error:
        return Refused(error.code)
    return None


def submit(office: Office, campaign: str, *, at_once: bool) -> Answer:
    def command() -> None:
        with office.open() as project:
            by = _by(project, AUTHOR, Permission.SUBMIT)
            eyes.submit(project, project.campaign(campaign), by, SubmissionTerms(at_once=at_once))

    return _answered(command)


def approve(office: Office, campaign: str, digest: str) -> Answer:
    def command() -> None:
        with office.open() as project:
            by = _by(project, APPROVER, Permission.APPROVE)
            eyes.approve(project, project.campaign(campaign), by, digest)

    return _answered(command)


def reject(office: Office, campaign: str) -> Answer:
    def command() -> None:
        with office.open() as project:
            eyes.reject(project, project.campaign(campaign), _by(project, APPROVER, Permission.REJECT), "not like this")

    return _answered(command)


def call_off(office: Office, campaign: str) -> Answer:
    def command() -> None:
        with office.open() as project:
            calling_off.call_off_approval(project, campaign, _by(project, APPROVER, Permission.CALL_OFF))

    return _answered(command)


def send(office: Office, campaign: str) -> Answer:
    """The command `send`: release what is due, then deliver until nothing more can go now."""

    def command() -> None:
        with office.open() as project, registered_runner(project) as runner:
            word = SendCommand(_by(project, APPROVER, Permission.SEND), runner.id)
            broadcast = release_campaign(project, project.campaign(campaign), word)
            unsure.reconcile(project, broadcast)
            dispatch.send_broadcast(project, runner.id, broadcast.id, dispatch.RunOptions())

    return _answered(command)


def serve(office: Office) -> Answer:
    """A `serve` that starts, lives through one round of everything that it does again and again, and ends."""

    def command() -> None:
        with office.open() as project, registered_runner(project) as runner:
            try:
                housekeeping.release_and_find_next(project, runner.id)
            except Exception as error:  # `serve` logs it, and looks again two seconds later
                office.trouble.append(type(error).__name__)
            housekeeping.tidy(project)
            for one in reversed(broadcast_status.list_broadcast_statuses(project)):
                dispatch.send_broadcast(project, runner.id, one.broadcast.id, dispatch.RunOptions())

    return _answered(command)


def control(office: Office, deed: str, broadcast: str) -> Answer:
    """Pause, resume or cancel a broadcast; settle what of it is unsure; send once more what was turned down."""

    def command() -> None:
        with office.open() as project:
            found = broadcast_status.find_broadcast(project, broadcast)
            _CONTROLS[deed](project, found)

    return _answered(command)


def _lines_put_back(project: Project, broadcast: Broadcast) -> None:
    retry_refused.requeue_refused_deliveries(project, broadcast, _by(project, APPROVER, Permission.CONTROL))


_CONTROLS: Mapping[str, Callable[[Project, Broadcast], object]] = {
    "pause": controlling.pause,
    "resume": controlling.resume,
    "cancel": controlling.cancel,
    "reconcile": unsure.reconcile,
    "hold": unsure.hold_unsure,
    "resend": unsure.resend,
    "again": _lines_put_back,
}
CONTROLS = tuple(_CONTROLS)


def suppress(office: Office, address: str) -> Answer:
    def command() -> None:
        with office.open() as project:
            suppressing.suppress(project, address, "asked at the meeting", _by(project, APPROVER, Permission.SUPPRESS))

    return _answered(command)


def lift(office: Office, address: str) -> Answer:
    def command() -> None:
        with office.open() as project:
            suppressing.lift(project, address, "asked at the meeting", _by(project, ADMIN, Permission.LIFT))

    return _answered(command)


def erase(office: Office, address: str) -> Answer:
    def command() -> None:
        with office.open() as project:
            erasing.erase_person(project, "all", address, "asked at the meeting", _by(project, ADMIN, Permission.ERASE))

    return _answered(command)


@dataclass(frozen=True)
class Told:
    """What staff are told of an occurrence, or of a rule; `listed` where it stands among what is not settled yet."""

    fate: str
    reason: str
    alarm: bool
    listed: bool


Key = tuple[str, datetime | None]


def accounts(office: Office, wanted: Collection[Key]) -> dict[Key, Told]:
    """What becomes of these, and of all that is not settled."""
    with office.view() as view:
        found = occurrence_fates.list_fates(view)
        told = {(one.campaign, one.wall): _told(one, listed=True) for one in found.accounts}
        for campaign, wall in wanted:
            if (campaign, wall) not in told:
                told[campaign, wall] = _told(occurrence_fates.find_occurrence_fate(view, campaign, wall), listed=False)
    return told


def _told(one: occurrence_fates.OccurrenceFate, *, listed: bool) -> Told:
    return Told(one.fate.value, str(one.reason), one.is_alarm, listed)


Look = Callable[[ProjectView], object]


def looks(office: Office) -> dict[str, Callable[[], Answer]]:
    """All ways to look, by what they are called. `campaign` and `letter` looks go through all there are."""

    def one(look: Look) -> Callable[[], Answer]:
        def command() -> None:
            with office.view() as project:
                look(project)

        return lambda: _answered(command)

    found = {name: one(look) for name, look in _LOOKS.items()}
    found["check"] = lambda: _answered(lambda: check_project_folder(office.folder))
    for name in _campaigns(office):
        for what, look in _OF_CAMPAIGN.items():
            found[f"{what} {name}"] = one(lambda project, look=look, name=name: look(project, name))  # type: ignore[misc]
    return found


LOOKS = ("status", "agenda", "check", "unsure", "record", "audit", "inbox", "letters", "audiences", "suppressed")
LOOKS_OF_CAMPAIGN = ("plan", "review", "preview")


def _campaigns(office: Office) -> list[str]:
    try:
        with office.view() as project:
            return list(project.settings.campaigns)
    except BroadcasterError:
        return []


def _status(project: ProjectView) -> None:
    for one in broadcast_status.list_broadcast_statuses(project):
        one.as_json()
    occurrence_fates.list_fates(project)


def _of_each_broadcast(look: Callable[[ProjectView, Broadcast], object]) -> Look:
    def all_of_them(project: ProjectView) -> None:
        for one in broadcast_status.list_broadcast_statuses(project):
            look(project, one.broadcast)

    return all_of_them


def _record(project: ProjectView, broadcast: Broadcast) -> None:
    delivery_record.list_deliveries(project, broadcast, delivery_record.DeliveryFilter())
    timeline.broadcast_timeline(project, broadcast)
    retry_refused.count_refused(project, broadcast)


def _audiences(project: ProjectView) -> None:
    for name in audiences.list_audiences(project):
        counting.count_audience(project, name)


def _letters(project: ProjectView) -> None:
    letter_texts.list_titles(project)
    for name in letter_catalogue.list_letters(project):
        letter_catalogue.check_letter(project, name)


_LOOKS: Mapping[str, Look] = {
    "status": _status,
    "agenda": lambda project: [agenda.agenda_for(project, who) for who in (AUTHOR, APPROVER)],
    "unsure": _of_each_broadcast(unsure.list_unsure_deliveries),
    "record": _of_each_broadcast(_record),
    "audit": lambda project: audit_log.list_entries(project, ADMIN, audit_log.AuditLogFilter(), None, 50),
    "inbox": lambda project: inbox.list_readable_replies(project, ADMIN, seen=False),
    "letters": _letters,
    "audiences": _audiences,
    "suppressed": suppressing.list_suppressions,
}


def _preview(project: ProjectView, name: str) -> None:
    chosen = project.campaign(name)
    messages = preview.letter_for_audience(project, chosen.letter, chosen.audiences[0], name)
    preview.make_preview(messages, preview.find_recipient(messages, None))


_OF_CAMPAIGN: Mapping[str, Callable[[ProjectView, str], object]] = {
    "plan": lambda project, name: planning.plan_submitted_or_next(project, project.campaign(name)),
    "review": lambda project, name: review.review_campaign(project, project.campaign(name)),
    "preview": _preview,
}
