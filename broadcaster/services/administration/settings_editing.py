"""Settings of config.yaml changed at the desk: helplines, signatories and quiet hours.

Each change is made under the lock of config.yaml, on the file as it is then. It is refused where the form showed
something else than stands there now, and where approvals would no longer hold that nobody was told of.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from broadcaster.config import Settings, load_settings, settings_of_text
from broadcaster.config.yaml_files.editing import YamlEditor, quote_yaml
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.text.slugs import free_slug
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.services.access.permissions import Actor, Permission, refuse_without_permission
from broadcaster.services.administration import entry_writing
from broadcaster.services.administration.letters_using import LetterUsing
from broadcaster.services.administration.setting_entries import HELPLINES, EntryKind
from broadcaster.services.administration.setting_fields import (
    FieldChecker,
    Fields,
    filled_fields,
    state_token,
)
from broadcaster.services.administration.voided_approvals import list_voided_approvals
from broadcaster.services.project.config_file import editing_config, save_config
from broadcaster.services.project.project import Project

QUIET_HOURS = "quiet_hours"


@dataclass(frozen=True, slots=True)
class SettingForm:
    """A form that came in. `seen` is the `state_token` of what it showed before anything was typed; `agreed` are the
    ids of approvals that may end by what it says.
    """

    fields: Fields
    seen: str = ""
    agreed: frozenset[str] = frozenset()


class SettingChangedMeanwhileError(BroadcasterError):
    """Somebody changed the same setting since the form was opened; `fields` is what it says now."""

    code = "setting-changed-meanwhile"
    default_remedy = "Compare both, and save what is to hold."

    def __init__(self, fields: Fields) -> None:
        super().__init__("Somebody else has changed this setting.")
        self.fields = dict(fields)


class SettingGoneError(BroadcasterError):
    """Somebody took the setting out meanwhile."""

    code = "setting-gone"
    default_remedy = "Add it anew if it is still needed."


class SettingInUseError(BroadcasterError):
    """Letters need the entry, so it stays. `letters` are those."""

    code = "setting-in-use"
    default_remedy = "Change these letters first."

    def __init__(self, letters: list[LetterUsing]) -> None:
        super().__init__(f"{len(letters)} letters need this.")
        self.letters = letters


class ApprovalsWouldEndError(BroadcasterError):
    """Approvals would no longer hold, and whoever saves has not agreed to that. `voided` are those."""

    code = "approvals-would-end"
    default_remedy = "Save it in spite of that, or leave it as it is."

    def __init__(self, voided: list[Approval]) -> None:
        super().__init__(f"{len(voided)} approvals would no longer hold.")
        self.voided = voided


def add_entry(project: Project, kind: EntryKind, form: SettingForm, by: Actor) -> str:
    """Write a new entry into config.yaml; its key, which is made of its name.

    Raises InvalidSettingError, ApprovalsWouldEndError, NotAllowedError and what `config_file.save_config` raises.
    """
    fields = form.fields
    kind.check(project.settings, fields)
    key = ""

    def write(text: YamlEditor, settings: Settings) -> str:
        nonlocal key
        name = fields.get("name") or next(
            typed for field, typed in sorted(fields.items()) if typed and field.startswith("name.")
        )
        english = fields.get("name.en") or name
        key = free_slug(english, kind.noun, lambda one: kind.fields_of(settings, one) is not None)
        entry_writing.add_entry(text, kind.block, key, kind.yaml_of(fields))
        return key

    _save(project, f"add-{kind.noun}", by, form.agreed, write)
    return key


def change_entry(project: Project, kind: EntryKind, key: str, form: SettingForm, by: Actor) -> None:
    """Change an entry. Raises SettingChangedMeanwhileError, SettingGoneError, and what `add_entry` raises."""
    kind.check(project.settings, form.fields)

    def write(text: YamlEditor, settings: Settings) -> str:
        was = _entry_seen(settings, kind, key, form.seen)
        entry_writing.rewrite_entry(text, kind.block, key, kind.yaml_of(was), kind.yaml_of(form.fields))
        return key

    _save(project, f"change-{kind.noun}", by, form.agreed, write)


def remove_entry(project: Project, kind: EntryKind, key: str, form: SettingForm, by: Actor) -> None:
    """Take out an entry that no letter needs. Raises SettingInUseError, and what `change_entry` raises."""

    def write(text: YamlEditor, settings: Settings) -> str:
        _entry_seen(settings, kind, key, form.seen)
        if letters := kind.letters_using(project, key):
            raise SettingInUseError(letters)
        text.replace((kind.block, key))
        return key

    _save(project, f"remove-{kind.noun}", by, form.agreed, write)


def mark_helpline_checked(project: Project, key: str, by: Actor) -> None:
    """Note that somebody rang this number today. No approval ends by it. Raises as `change_entry` does."""

    def write(text: YamlEditor, settings: Settings) -> str:
        was = HELPLINES.fields_of(settings, key)
        if was is None:
            raise SettingGoneError("This helpline was taken out.")
        now = {**was, "verified": project.wall_now().date().isoformat()}
        entry_writing.rewrite_entry(text, HELPLINES.block, key, HELPLINES.yaml_of(was), HELPLINES.yaml_of(now))
        return key

    _save(project, "check-helpline", by, (), write)


def quiet_hours_fields(settings: Settings) -> dict[str, str]:
    """The organisation's quiet hours as a form shows them; {} where there are none."""
    hours = settings.quiet_hours
    return {} if hours is None else {"start": f"{hours.start:%H:%M}", "end": f"{hours.end:%H:%M}"}


def change_quiet_hours(project: Project, form: SettingForm, by: Actor) -> None:
    """Let the organisation's quiet hours begin and end at other times. Raises as `change_entry` does."""
    fields = form.fields
    found = FieldChecker(fields)
    found.time("start")
    found.time("end")
    found.refuse_wrong()

    def write(text: YamlEditor, settings: Settings) -> str:
        was = quiet_hours_fields(settings)
        if state_token(was) != form.seen:
            raise SettingChangedMeanwhileError(was)
        said = {name: quote_yaml(fields[name]) for name in ("start", "end")}
        if not text.has(QUIET_HOURS):
            text.add(QUIET_HOURS, *(f"{name}: {value}" for name, value in said.items()))
        elif text.in_braces(QUIET_HOURS):
            comment = text.comment(QUIET_HOURS)
            inside = ", ".join(f"{name}: {value}" for name, value in said.items())
            text.replace((QUIET_HOURS,), f"{QUIET_HOURS}: {{{inside}}}{'  ' if comment else ''}{comment}")
        else:
            for name, value in said.items():
                if fields[name] != was.get(name):
                    text.replace((QUIET_HOURS, name), f"{name}: {value}")
        return QUIET_HOURS

    _save(project, "change-quiet-hours", by, form.agreed, write)


def _save(
    project: Project,
    action: str,
    by: Actor,
    agreed: Collection[str],
    write: Callable[[YamlEditor, Settings], str],
) -> None:
    """Let `write` change config.yaml, which names what it changed, and save it whole or not at all."""
    with editing_config(project) as text:
        settings = load_settings(project.root, {})
        refuse_without_permission(settings, by.name, Permission.CHANGE_SETTINGS)
        subject = write(text, settings)
        after = settings_of_text(text.edited_text(), project.root)
        voided = list_voided_approvals(replace(project, settings=settings), after)
        if not {one.id for one in voided} <= set(agreed):
            raise ApprovalsWouldEndError(voided)
        with project.ledger.writing() as conn:
            audit.record(conn, by, action, subject, ended_approvals=len(voided))
            save_config(project, text)


def _entry_seen(settings: Settings, kind: EntryKind, key: str, seen: str) -> dict[str, str]:
    """The entry as it stands now, if that is what the form showed."""
    was = kind.fields_of(settings, key)
    if was is None:
        raise SettingGoneError("It was taken out meanwhile.")
    if state_token(was) != seen:
        raise SettingChangedMeanwhileError(filled_fields(was))
    return was
