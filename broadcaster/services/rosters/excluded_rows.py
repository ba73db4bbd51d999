"""Who of an audience gets nothing: by reason, and row by row for those who may see people."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from broadcaster.audiences import Fault, ShownRow, show_rows
from broadcaster.domain import paging
from broadcaster.domain.channels import Channel
from broadcaster.domain.paging import Page
from broadcaster.domain.preferences import OPTED_OUT
from broadcaster.domain.suppression import SuppressionReason
from broadcaster.keys.address_index import blind_of
from broadcaster.ledger import suppressions
from broadcaster.services.project.project import ProjectView
from broadcaster.services.rosters.audiences import open_audience
from broadcaster.services.rosters.counting import UNUSABLE, Look

REASONS = (UNUSABLE, "not-selected", OPTED_OUT, "suppressed")
"""Those that an audience has by itself; a letter and a campaign may have more. What can be mended comes first."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that gets nothing, and whose it is. `barred` is why an address of theirs must not be written to, None where
    that is not the reason.
    """

    row: int
    name: str = field(repr=False)
    addresses: tuple[str, ...] = field(repr=False)
    faults: tuple[Fault, ...]
    barred: SuppressionReason | None


def counts(look: Look) -> dict[str, int]:
    """How many rows get nothing, by reason; a reason that nobody has is not in it."""
    return {reason: len(look.rows[reason]) for reason in REASONS if look.rows.get(reason)}


def page(project: ProjectView, look: Look, reason: str, number: int) -> Page[LeftOut]:
    """A page of the rows with this reason, as `paging.page`.

    Raises ProblemsFoundError for an audience that is not described rightly, and what opening a roster raises.
    """
    wanted = paging.page(look.rows.get(reason, ()), number)
    audience = open_audience(project, look.audience)
    found = show_rows(audience, wanted.lines, identity=project.settings.age_identity)
    barred = _barred(project, found) if reason == "suppressed" else {}
    return Page(tuple(_line(one, barred.get(one.row)) for one in found), wanted.number, wanted.pages)


def _line(one: ShownRow, barred: SuppressionReason | None) -> LeftOut:
    addresses = tuple(address for column in ("email", "phone") if (address := one.values.get(column)))
    return LeftOut(one.row, one.values.get("name", ""), addresses, one.faults, barred)


def _barred(project: ProjectView, found: list[ShownRow]) -> Mapping[int, SuppressionReason]:
    blinds = {
        blind_of(project.keyring, channel, address): one.row
        for one in found
        for channel, column in ((Channel.EMAIL, "email"), (Channel.SMS, "phone"))
        if (address := one.values.get(column))
    }
    with project.ledger.reading() as conn:
        known = suppressions.among(conn, blinds)
    return {blinds[blind]: reason for blind, reason in known.items()}
