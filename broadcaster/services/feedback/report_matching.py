"""Report matching: finds the delivery of a report that names only an address."""

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
    """The reports that match exactly one delivery: to that address, taken by this provider, and not reported on yet.

    The others are counted in the log and dropped, for they could not be matched later either.
    """
    matched = [report for one in told if (report := _match_report(project, provider, one))]
    if len(matched) < len(told):
        _log.warning("%d reports of %s name no message and fit none or several.", len(told) - len(matched), provider)
    return matched


def _match_report(project: ProjectView, provider: str, one: AddressReport) -> Report | None:
    try:
        channel, address = read_address(one.address, project.settings.organisation.region)
    except BroadcasterError:
        return None
    blind = blind_address_index(project.keyring, channel, address)
    with project.ledger.reading() as conn:
        unreported = deliveries.list_unreported_to(conn, provider, blind)
    return replace(one.report, attempt_id=unreported[0]) if len(unreported) == 1 else None
