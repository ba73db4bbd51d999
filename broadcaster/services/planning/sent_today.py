"""Whether people on the same audiences were written to today already: a second letter in a day should be meant."""

from collections.abc import Iterator, Mapping
from typing import Any

from broadcaster.config import CampaignSettings
from broadcaster.domain.local_time import walltime
from broadcaster.domain.problems import Problem
from broadcaster.domain.states import BroadcastState
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.planning import approvals
from broadcaster.services.project.project import ProjectView


def check_sent_today(project: ProjectView, campaign: CampaignSettings) -> Iterator[Problem]:
    """A warning for each broadcast that went, since midnight, to one of the campaign's audiences."""
    midnight = project.midnight()
    with project.ledger.reading() as conn:
        today = [one for one in broadcasts.list_recent(conn) if one.released_at >= midnight]
        kept = [(one, approvals.get(conn, one.approval)) for one in today if one.state is not BroadcastState.CANCELLED]
    for broadcast, approval in kept:
        shared = sorted(set(campaign.audiences) & _signed_audiences(approval.inputs if approval else {}))
        if shared:
            at = walltime.local(broadcast.released_at, project.zone)
            yield Problem.warning(
                "sent-today",
                f"{broadcast.campaign} was already sent today, at {at:%H:%M}, to {', '.join(shared)}",
                "Make sure that a second letter in one day is meant.",
                file="config.yaml",
                line=project.settings.line(("campaigns", campaign.name)),
            )


def _signed_audiences(inputs: Mapping[str, Any]) -> set[str]:
    """The audiences of what was signed."""
    return {name for name, _ in inputs.get("audiences", ())}
