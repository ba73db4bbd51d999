"""The forms of the settings. What would end approvals is asked about before it is saved; whoever saves after somebody
else is shown both; and a form that cannot be comes back with everything that was typed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.config import HelplineUse
from broadcaster.domain.errors import BroadcasterError
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.services.access.permissions import Permission
from broadcaster.services.administration import settings_editing
from broadcaster.services.administration.letters_using import LetterUsing
from broadcaster.services.administration.setting_entries import HELPLINES, KINDS, EntryKind
from broadcaster.services.administration.setting_fields import (
    Fields,
    InvalidSettingError,
    filled_fields,
    state_token,
    text_by_language,
)
from broadcaster.services.administration.settings_editing import (
    ApprovalsWouldEndError,
    SettingChangedMeanwhileError,
    SettingForm,
    SettingInUseError,
)
from broadcaster.services.writing import letter_catalogue, letter_languages
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.route_permissions import requires
from broadcaster.web.desk.settings.words import FIELD_ERRORS, FIELD_WORDS

CHANGE = requires(Permission.CHANGE_SETTINGS)
_OWN_FIELDS = frozenset({"csrf", "seen", "agreed", "do"})
"""Fields of a form that are no setting."""


@dataclass(frozen=True, slots=True)
class FormState:
    """What a form shows beside its fields. `theirs` is what somebody else saved meanwhile."""

    seen: str
    wrong: dict[str, str] = field(default_factory=dict)
    theirs: dict[str, str] | None = None
    error: BroadcasterError | None = None
    letters: Sequence[LetterUsing] = ()


Answer = Response[Any]


@get("/settings/{block:str}/new", opt=CHANGE, sync_to_thread=True)
def show_new_entry(block: FromPath[str], visit: NamedDependency[Visit]) -> Answer:
    """An empty form."""
    kind = _kind_of(block)
    return _entry_page(visit, kind, "", {}, FormState(""))


@post("/settings/{block:str}/new", opt=CHANGE, status_code=200, sync_to_thread=True)
def post_entry(block: FromPath[str], visit: NamedDependency[Visit]) -> Answer:
    """Write it into config.yaml."""
    kind = _kind_of(block)

    def save(form: SettingForm) -> None:
        settings_editing.add_entry(visit.project, kind, form, visit.actor(Permission.CHANGE_SETTINGS))

    return _try_to_save(visit, save, lambda typed, state: _entry_page(visit, kind, "", typed, state))


@get("/settings/{block:str}/{key:str}/change", opt=CHANGE, sync_to_thread=True)
def show_entry(block: FromPath[str], key: FromPath[str], visit: NamedDependency[Visit]) -> Answer:
    """What it says now."""
    kind, fields = _known_entry(visit, block, key)
    return _entry_page(visit, kind, key, fields, FormState(state_token(fields)))


@post("/settings/{block:str}/{key:str}/change", opt=CHANGE, status_code=200, sync_to_thread=True)
def post_entry_change(block: FromPath[str], key: FromPath[str], visit: NamedDependency[Visit]) -> Answer:
    """Write it into config.yaml."""
    kind, _ = _known_entry(visit, block, key)

    def save(form: SettingForm) -> None:
        settings_editing.change_entry(visit.project, kind, key, form, visit.actor(Permission.CHANGE_SETTINGS))

    return _try_to_save(visit, save, lambda typed, state: _entry_page(visit, kind, key, typed, state))


@post("/settings/{block:str}/{key:str}/remove", opt=CHANGE, status_code=200, sync_to_thread=True)
def post_entry_removal(block: FromPath[str], key: FromPath[str], visit: NamedDependency[Visit]) -> Answer:
    """Take it out of config.yaml, where no letter needs it."""
    kind, fields = _known_entry(visit, block, key)

    def save(form: SettingForm) -> None:
        settings_editing.remove_entry(visit.project, kind, key, form, visit.actor(Permission.CHANGE_SETTINGS))

    return _try_to_save(visit, save, lambda _, state: _entry_page(visit, kind, key, fields, state), "setting-removed")


@post("/settings/{block:str}/{key:str}/checked", opt=CHANGE, sync_to_thread=True)
def post_helpline_checked(block: FromPath[str], key: FromPath[str], visit: NamedDependency[Visit]) -> Answer:
    """Note that somebody rang the number today."""
    if _known_entry(visit, block, key)[0] is not HELPLINES:
        raise NotFoundException
    settings_editing.mark_helpline_checked(visit.project, key, visit.actor(Permission.CHANGE_SETTINGS))
    return visit.redirect_to("settings", said="helpline-checked")


@get("/settings/quiet-hours", opt=CHANGE, sync_to_thread=True)
def show_quiet_hours(visit: NamedDependency[Visit]) -> Answer:
    """When they begin and end now."""
    fields = settings_editing.quiet_hours_fields(visit.view.settings)
    return _quiet_hours_page(visit, fields, FormState(state_token(fields)))


@post("/settings/quiet-hours", opt=CHANGE, status_code=200, sync_to_thread=True)
def post_quiet_hours(visit: NamedDependency[Visit]) -> Answer:
    """Write them into config.yaml."""

    def save(form: SettingForm) -> None:
        settings_editing.change_quiet_hours(visit.project, form, visit.actor(Permission.CHANGE_SETTINGS))

    return _try_to_save(visit, save, lambda typed, state: _quiet_hours_page(visit, typed, state))


ROUTES = (
    show_new_entry,
    post_entry,
    show_entry,
    post_entry_change,
    post_entry_removal,
    post_helpline_checked,
    show_quiet_hours,
    post_quiet_hours,
)


def _kind_of(block: str) -> EntryKind:
    try:
        return KINDS[block]
    except KeyError:
        raise NotFoundException from None


def _known_entry(visit: Visit, block: str, key: str) -> tuple[EntryKind, dict[str, str]]:
    """A kind of setting, and the fields of one that is there."""
    kind = _kind_of(block)
    fields = kind.fields_of(visit.view.settings, key)
    if fields is None:
        raise NotFoundException
    return kind, fields


def _typed_fields(visit: Visit) -> dict[str, str]:
    """The fields of a setting as they came. Boxes that were ticked are one field, as `setting_entries` has them."""
    return {name: " ".join(visit.fields(name)) for name in visit.form if name not in _OWN_FIELDS}


def _try_to_save(
    visit: Visit,
    save: Callable[[SettingForm], None],
    show_form: Callable[[dict[str, str], FormState], Answer],
    done: str = "setting-saved",
) -> Answer:
    """Save what was typed; else the form again, or the question whether approvals may end."""
    typed = _typed_fields(visit)
    form = SettingForm(typed, visit.field("seen"), frozenset(visit.field("agreed").split()))
    if visit.field("do") == "back":
        return show_form(typed, FormState(form.seen))
    try:
        save(form)
    except ApprovalsWouldEndError as error:
        return _question_page(visit, typed, error.voided)
    except BroadcasterError as error:
        return show_form(typed, _state_after(error, form.seen))
    return visit.redirect_to("settings", said=done)


def _state_after(error: BroadcasterError, seen: str) -> FormState:
    """What the form says once it was not saved."""
    if isinstance(error, InvalidSettingError):
        return FormState(seen, wrong=error.fields)
    if isinstance(error, SettingChangedMeanwhileError):
        # Saved once more, it takes the place of what is shown now.
        return FormState(state_token(error.fields), theirs=error.fields)
    if isinstance(error, SettingInUseError):
        return FormState(seen, letters=error.letters)
    return FormState(seen, error=error)


def _question_page(visit: Visit, typed: Fields, voided: Sequence[Approval]) -> Answer:
    seen = [one.campaign for one in voided if visit.can_see(*visit.view.settings.campaigns[one.campaign].audiences)]
    return visit.page(
        "settings-confirm",
        409,
        typed=typed,
        seen=visit.field("seen"),
        agreed=" ".join(one.id for one in voided),
        campaigns=list(dict.fromkeys(seen)),
        count=len({one.campaign for one in voided}),
        approved=any(one.decided_by for one in voided),
        where=visit.request.url.path,
    )


def _form_status(state: FormState) -> int:
    if state.theirs is not None or state.letters or state.error:
        return 409
    return 422 if state.wrong else 200


def _form_page(visit: Visit, template: str, fields: Fields, state: FormState, **values: Any) -> Answer:
    theirs = state.theirs
    differing = (
        []
        if theirs is None
        else sorted(name for name in {*filled_fields(fields), *theirs} if fields.get(name, "") != theirs.get(name, ""))
    )
    return visit.page(
        template,
        _form_status(state),
        fields=fields,
        state=state,
        wrong={name: FIELD_ERRORS[code] for name, code in state.wrong.items()},
        differing=[(FIELD_WORDS[name.partition(".")[0]], name.partition(".")[2], name) for name in differing],
        field_words=FIELD_WORDS,
        **values,
    )


def _entry_page(visit: Visit, kind: EntryKind, key: str, fields: Fields, state: FormState) -> Answer:
    people = {who: person.name for who, person in visit.view.settings.people.items()}
    owner = fields.get("owner", "")
    if owner and owner not in people:
        people[owner] = owner
    return _form_page(
        visit,
        f"settings-{kind.noun}",
        fields,
        state,
        key=key,
        languages_of_texts=_languages(visit, kind, fields),
        owners=people,
        uses=list(HelplineUse),
    )


def _quiet_hours_page(visit: Visit, fields: Fields, state: FormState) -> Answer:
    return _form_page(visit, "settings-quiet-hours", fields, state)


def _languages(visit: Visit, kind: EntryKind, fields: Fields) -> list[str]:
    """The languages in which a text may be needed: the organisation's, those of letters, and those that are there."""
    own = visit.view.settings.organisation.language
    written = {
        language
        for letter in letter_catalogue.list_letters(visit.view)
        for language in letter_languages.list_languages(visit.view, letter)
    }
    typed = {language for name in kind.texts for language in text_by_language(name, fields)}
    return [own, *sorted((written | typed) - {own})]
