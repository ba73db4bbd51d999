"""Deleting an audience that nobody is on: what was made by mistake, or in two steps of which one is left over."""

from broadcaster.audiences.description.audience import Audience
from broadcaster.domain.errors import BroadcasterError
from broadcaster.ledger.audit_log import audit
from broadcaster.services.access.permissions import Actor
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.rosters.audiences import open_audience
from broadcaster.services.rosters.counting import count_audience
from broadcaster.services.rosters.creating import creation_lock


class AudienceInUseError(BroadcasterError):
    """People are on the audience, its files have mistakes, or a campaign writes to it."""

    code = "audience-in-use"


def is_deletable(project: ProjectView, name: str) -> bool:
    """Whether nobody is on it, nothing is wrong with its files, and no campaign writes to it."""
    try:
        _refuse_used(project, name)
    except BroadcasterError:
        return False
    return True


def delete_audience(project: Project, name: str, by: Actor) -> None:
    """Delete its description and its empty roster. What the audit log says of it stays.

    Raises AudienceInUseError, and ProblemsFoundError where its description has mistakes.
    """
    with creation_lock(project):
        audience = _refuse_used(project, name)
        empty = audience.roster.read_bytes()
        with project.ledger.writing() as conn:
            audit.record(conn, by, "delete-audience", name)
            # Within the transaction, and the description first: without it nobody writes to anybody on the roster.
            (project.audiences / f"{name}.yaml").unlink()
        if audience.roster.read_bytes() == empty:  # else people were taken in just now, and they are somebody's
            audience.roster.unlink()


def _refuse_used(project: ProjectView, name: str) -> Audience:
    campaigns = [one for one in project.settings.campaigns.values() if name in one.audiences]
    if campaigns:
        raise AudienceInUseError(
            "A campaign writes to this audience.", remedy="Take the campaign out or choose another audience for it."
        )
    audience = open_audience(project, name)
    found = count_audience(project, name)
    if found.usable or found.errors:
        raise AudienceInUseError(
            "There are people on this audience, or its list has mistakes.",
            remedy="Only an empty audience is deleted here. Take in a list without anybody on it first.",
        )
    return audience
