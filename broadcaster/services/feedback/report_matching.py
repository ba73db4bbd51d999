"""Reports that name an address and no delivery: which delivery they are about, if there is no doubt."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from broadcaster.audiences import read_address
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.reports import Addressed, Report
from broadcaster.keys.address_index import blind_of
from broadcaster.ledger import deliveries
from broadcaster.services.project.project import ProjectView

_log = logging.getLogger(__name__)


def placed(project: ProjectView, provider: str, told: Sequence[Addressed]) -> list[Report]:
    """Those that are about one delivery for certain: the only one to that address that this provider took and of which
    nothing was heard. The others are counted in the log and dropped, for nobody could say later what they were about.
    """
    found = [report for one in told if (report := _placed(project, provider, one))]
    if len(found) < len(told):
        _log.warning("%d reports of %s name no message and fit none or several.", len(told) - len(found), provider)
    return found


def _placed(project: ProjectView, provider: str, one: Addressed) -> Report | None:
    try:
        channel, address = read_address(one.address, project.settings.organisation.region)
    except BroadcasterError:
        return None
    blind = blind_of(project.keyring, channel, address)
    with project.ledger.reading() as conn:
        still_open = deliveries.still_open(conn, provider, blind)
    return replace(one.report, attempt_id=still_open[0]) if len(still_open) == 1 else None
