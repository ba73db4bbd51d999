"""Who of an audience gets nothing: by reason, and row by row for those who may see people."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from broadcaster.audiences.rosters.row_display import ShownFlaw, ShownRow, show_rows
from broadcaster.domain import paging
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.exclusion_reasons import ExclusionReason
from broadcaster.domain.paging import ListPage
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger.recipients import suppressions
from broadcaster.services.project.project import ProjectView
from broadcaster.services.rosters.audiences import open_audience
from broadcaster.services.rosters.counting import AudienceCount

AUDIENCE_EXCLUSIONS = (
    ExclusionReason.ROW_UNUSABLE,
    ExclusionReason.NOT_SELECTED,
    ExclusionReason.OPTED_OUT,
    ExclusionReason.SUPPRESSED,
)
"""Reasons that follow from the audience alone, in the order of pages: what can be mended comes first."""


@dataclass(frozen=True, slots=True)
class ExcludedRow:
    """A row that gets nothing, and whose it is. `barred` is why an address of theirs must not be written to, None where
    that is not the reason.
    """

    row: int
    name: str = field(repr=False)
    addresses: tuple[str, ...] = field(repr=False)
    faults: tuple[ShownFlaw, ...]
    barred: SuppressionReason | None


def count_excluded(look: AudienceCount) -> dict[str, int]:
    """How many rows get nothing, by reason; a reason that nobody has is not in it."""
    return {reason: len(look.rows[reason]) for reason in AUDIENCE_EXCLUSIONS if look.rows.get(reason)}


def list_excluded(project: ProjectView, look: AudienceCount, reason: str, number: int) -> ListPage[ExcludedRow]:
    """A page of the rows with this reason, as `paging.page_of_list`.

    Raises ProblemsFoundError for an audience that is not described rightly, and what opening a roster raises.
    """
    wanted = paging.page_of_list(look.rows.get(reason, ()), number)
    audience = open_audience(project, look.audience)
    found = show_rows(audience, wanted.lines, identity=project.settings.age_identity)
    barred = _suppressed_rows(project, found) if reason == ExclusionReason.SUPPRESSED else {}
    return ListPage(tuple(_excluded_row(one, barred.get(one.row)) for one in found), wanted.number, wanted.pages)


def _excluded_row(one: ShownRow, barred: SuppressionReason | None) -> ExcludedRow:
    addresses = tuple(address for column in ("email", "phone") if (address := one.values.get(column)))
    return ExcludedRow(one.row, one.values.get("name", ""), addresses, one.faults, barred)


def _suppressed_rows(project: ProjectView, found: list[ShownRow]) -> Mapping[int, SuppressionReason]:
    blinds = {
        blind_address_index(project.keyring, channel, address): one.row
        for one in found
        for channel, column in ((Channel.EMAIL, "email"), (Channel.SMS, "phone"))
        if (address := one.values.get(column))
    }
    with project.ledger.reading() as conn:
        known = suppressions.find_suppressed(conn, blinds)
    return {blinds[blind]: reason for blind, reason in known.items()}
