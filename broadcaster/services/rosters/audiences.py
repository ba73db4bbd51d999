"""The audiences of a project: their names, one of them opened, and its recipients."""

from collections.abc import Callable, Iterator

from broadcaster.audiences.description.audience import Audience, list_audience_names, load_audience
from broadcaster.audiences.model.defaults import Defaults
from broadcaster.audiences.model.recipient import Recipient
from broadcaster.audiences.rosters.roster_reader import read_roster
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.problems import Problem
from broadcaster.domain.unexpected_error import unforeseen_error
from broadcaster.services.project.project import ProjectView


def list_audiences(project: ProjectView) -> list[str]:
    """The names of all audiences, sorted."""
    return list_audience_names(project.audiences)


def open_audience(project: ProjectView, name: str, *, roster_needed: bool = True) -> Audience:
    """The audience of this name, with the organisation's defaults. Raises ProblemsFoundError with all its problems."""
    own = project.settings.organisation
    defaults = Defaults(own.language, own.timezone, own.region)
    try:
        return load_audience(project.audiences, name, defaults, roster_needed=roster_needed)
    except BroadcasterError:
        raise
    except Exception as error:  # whatever it is, it is this audience's, and no other is to suffer from it
        raise ProblemsFoundError((unforeseen_error(error, f"audiences/{name}.yaml").as_problem(),)) from error


def get_title(project: ProjectView, name: str) -> str:
    """What people call an audience: its title; its name where the description cannot be read."""
    try:
        return open_audience(project, name, roster_needed=False).title
    except BroadcasterError:
        return name


def read_recipients(project: ProjectView, audience: Audience, report: Callable[[Problem], None]) -> Iterator[Recipient]:
    """The usable rows of an audience's roster, in order; what is wrong with the others is reported."""
    with project.cache.opened() as seen:
        for found in read_roster(
            audience, mark_key=project.keyring.mark_key, seen=seen, identity=project.settings.age_identity
        ):
            if isinstance(found, Recipient):
                yield found
            else:
                report(found)
