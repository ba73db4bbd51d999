"""Audiences that are made at the desk: a description and a roster without anybody on it, whole or not at all.

What the description says can be changed in its file afterwards; nothing at the desk overwrites one that is there.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from broadcaster.audiences.columns.column_names import STANDARD_COLUMNS
from broadcaster.audiences.description.audience import load_audience
from broadcaster.audiences.model.defaults import Defaults
from broadcaster.config import Settings
from broadcaster.config.yaml_files.editing import quote_yaml
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.text.cleaning import clean_text
from broadcaster.domain.text.slugs import free_slug, slug_candidates
from broadcaster.files.locks import file_lock
from broadcaster.files.whole_files import create_file
from broadcaster.ledger.audit_log import audit
from broadcaster.services.access.permissions import Actor, NotAllowedError, can_see
from broadcaster.services.project.project import Project, ProjectView

"""Names that pages of the desk have."""

ARTICLE_6: Mapping[str, str] = MappingProxyType(
    {
        "public-task": "6(1)(e), a task in the public interest",
        "consent": "6(1)(a), consent",
        "legitimate-interests": "6(1)(f), legitimate interests",
        "legal-obligation": "6(1)(c), a legal obligation",
        "vital-interests": "6(1)(d), vital interests",
        "contract": "6(1)(b), a contract",
    }
)
"""By what right people are written to (UK GDPR, Article 6), as a description says it."""

ARTICLE_9: Mapping[str, str] = MappingProxyType(
    {
        "explicit-consent": "9(2)(a), explicit consent",
        "substantial-public-interest": "9(2)(g), substantial public interest",
        "not-for-profit": "9(2)(d), a not-for-profit body writing to its members and regular contacts",
        "made-public": "9(2)(e), made public by the person",
        "vital-interests": "9(2)(c), vital interests",
    }
)
"""The further right that is needed where being on the list tells of a faith, an origin, health or the like."""


NO_ARTICLE_9 = "none"

_EMPTY_ROSTER = ",".join(STANDARD_COLUMNS) + "\n"


class InvalidAudienceError(BroadcasterError):
    """An audience as described cannot be."""

    code = "audience-impossible"


class AudienceNotWrittenError(BroadcasterError):
    """The files of an audience could not be put into its folder, where nothing of it is left."""

    code = "audience-not-written"
    default_remedy = "Look at the free space of the disk and at who may write to the audiences folder, then try again."


@dataclass(frozen=True, slots=True)
class NewAudience:
    """What somebody wants to make: `title` becomes its name too; `article_6` and `article_9` are keys of those above,
    the latter NONE where the list says nothing of the kind.
    """

    title: str
    purpose: str
    article_6: str
    article_9: str
    consent: str


def create_audience(project: Project, new: NewAudience, by: Actor) -> str:
    """Write the description and an empty roster; the audience's name.

    An audience waits for its list: somebody who sends the same once more before anybody is on it, as with the
    browser's Back, gets the name of that one, and no second audience.

    Raises NotAllowedError for somebody who would not see what they made; AudienceImpossibleError and ProblemsFoundError
    for what the description would have wrong; NotWrittenError. Then nothing is written.
    """
    title = _checked_title(new)
    with creation_lock(project):
        if waiting := _find_waiting_audience(project, title, new, by):
            return waiting
        name = free_slug(title, "audience", lambda name: _is_name_taken(project, name))
        _refuse_unseen_audience(project.settings, by.name, name)
        text = _description_yaml(name, title, new)
        _check_description(project, name, text)
        with project.ledger.writing() as conn:
            audit.record(conn, by, "make-audience", name)
            # Within the transaction: what the log says was made was made.
            _write_audience(project.audiences, name, text)
    return name


def list_creatable_audiences(project: ProjectView, who: str) -> tuple[str, ...] | None:
    """The names of audiences that this person may make: None for any. Somebody who works with some audiences only may
    make those of them that are not there yet.
    """
    theirs = project.settings.people[who].audiences
    return None if theirs is None else tuple(name for name in theirs if not _is_name_taken(project, name))


def refuse_unable_to_create(project: ProjectView, who: str) -> None:
    """Raise NotAllowedError for somebody who may make none at all, before they have filled in a form."""
    if list_creatable_audiences(project, who) == ():
        raise _unseen_audience_error(who)


def _checked_title(new: NewAudience) -> str:
    """The title as it is written."""
    title = clean_text(new.title)
    for field, text in (("title", title), ("purpose", clean_text(new.purpose))):
        if not text:
            raise InvalidAudienceError("The audience needs a name, and a purpose.", remedy="Fill in both.", field=field)
    if new.article_6 not in ARTICLE_6:
        raise InvalidAudienceError(
            "There is no such lawful basis.", remedy="Choose one of those there are.", field="article_6"
        )
    if new.article_9 not in {NO_ARTICLE_9, *ARTICLE_9}:
        raise InvalidAudienceError(
            "There is no such condition of Article 9.", remedy="Choose one, or “No”.", field="article_9"
        )
    return title


def _refuse_unseen_audience(settings: Settings, who: str, name: str) -> None:
    if not can_see(settings, who, [name]):
        raise _unseen_audience_error(who)


def _unseen_audience_error(who: str) -> NotAllowedError:
    return NotAllowedError(
        f"{who} works with some audiences only, and would not see this one.",
        remedy="Ask somebody who works with all of them to make it, or to add its name to this person in config.yaml "
        "first; then give it that name here.",
    )


def _find_waiting_audience(project: ProjectView, title: str, new: NewAudience, by: Actor) -> str:
    """The audience that this person made of the same words, and that nobody is on yet; "" for none."""
    for name in takewhile(lambda name: _is_name_taken(project, name), slug_candidates(title, "audience")):
        try:
            found = [(project.audiences / f"{name}{ending}").read_text("utf-8") for ending in (".yaml", ".csv")]
        except (OSError, UnicodeError):
            continue
        if found == [_description_yaml(name, title, new), _EMPTY_ROSTER]:
            with project.ledger.reading() as conn:
                made = audit.latest_entry(conn, name, "make-audience")
            if made is not None and made.entry.by == by.name:
                return name
    return ""


def _is_name_taken(project: ProjectView, name: str) -> bool:
    """Whether anything is called so: a roster that lies there without a description is somebody's, and stays."""
    return any((project.audiences / f"{name}{ending}").exists() for ending in (".yaml", ".csv", ".csv.age"))


def _description_yaml(name: str, title: str, new: NewAudience) -> str:
    return "".join(f"{line}\n" for line in _description_lines(name, title, new))


def _description_lines(name: str, title: str, new: NewAudience) -> Iterator[str]:
    yield f"name: {quote_yaml(title)}"
    yield f"purpose: {quote_yaml(clean_text(new.purpose))}"
    yield "lawful_basis:"
    yield f"  article_6: {quote_yaml(ARTICLE_6[new.article_6])}"
    if new.article_9 in ARTICLE_9:
        yield f"  article_9: {quote_yaml(ARTICLE_9[new.article_9])}"
    yield f"roster: {name}.csv"
    if consent := clean_text(new.consent):
        yield f"consent: {quote_yaml(consent)}"


def _check_description(project: ProjectView, name: str, text: str) -> None:
    """Read the description as it will be read, where nobody sees it."""
    own = project.settings.organisation
    with TemporaryDirectory() as folder:
        aside = Path(folder) / project.audiences.name
        aside.mkdir()
        (aside / f"{name}.yaml").write_text(text, "utf-8")
        load_audience(aside, name, Defaults(own.language, own.timezone, own.region), roster_needed=False)


def _write_audience(folder: Path, name: str, text: str) -> None:
    """Write the roster first: nobody knows of it without the description. Neither replaces a file."""
    roster = folder / f"{name}.csv"
    folder.mkdir(exist_ok=True)
    create_file(roster, _EMPTY_ROSTER.encode())
    try:
        create_file(folder / f"{name}.yaml", text.encode(), 0o644)
    except OSError as error:
        roster.unlink()
        raise AudienceNotWrittenError(f"The audience cannot be written: {error.strerror}.") from None


def creation_lock(project: ProjectView) -> AbstractContextManager[None]:
    """Only one audience is made or deleted at a time at the desk."""
    return file_lock(project.root / "var" / "audiences.lock")
