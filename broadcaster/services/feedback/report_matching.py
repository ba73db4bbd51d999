"""Reports that name an address and no delivery: which delivery they are about, if there is no doubt."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from broadcaster.audiences.addresses.typed_address import read_address
from broadcaster.domain.delivery.reports import AddressReport, Report
from broadcaster.domain.errors import BroadcasterError
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger.delivery import deliveries
from broadcaster.services.project.project import ProjectView

_log = logging.getLogger(__name__)


def match_reports(project: ProjectView, provider: str, told: Sequence[AddressReport]) -> list[Report]:
    """Those that are about one delivery for certain: the only one to that address that this provider took and of which
    nothing was heard. The others are counted in the log and dropped, for nobody could say later what they were about.
    """
    found = [report for one in told if (report := _match_report(project, provider, one))]
    if len(found) < len(told):
        _log.warning("%d reports of %s name no message and fit none or several.", len(told) - len(found), provider)
    return found


def _match_report(project: ProjectView, provider: str, one: AddressReport) -> Report | None:
    try:
        channel, address = read_address(one.address, project.settings.organisation.region)
    except BroadcasterError:
        return None
    blind = blind_address_index(project.keyring, channel, address)
    with project.ledger.reading() as conn:
        still_open = deliveries.list_unreported_to(conn, provider, blind)
    return replace(one.report, attempt_id=still_open[0]) if len(still_open) == 1 else None
