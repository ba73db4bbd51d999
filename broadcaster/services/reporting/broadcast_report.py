"""The report of a broadcast, to keep on file: what was said, who approved it, when it went out, and to how many.

Nobody who was written to stands in it. Who got what is in the record (`delivery_record`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.language.language_tags import Direction
from broadcaster.ledger.broadcasting import delivery_counters, skeletons
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.planning import approvals
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.letters.filling.serialisation import load_skeleton
from broadcaster.letters.filling.skeleton import SmsSkeleton
from broadcaster.letters.printing import notice_pdf
from broadcaster.letters.rendering.fragments import masked_text
from broadcaster.services.project.project import ProjectView
from broadcaster.services.reporting.handover_curve import HandoverCurve, handover_curve
from broadcaster.services.reporting.progress import DeliveryCounts, summarise_states
from broadcaster.services.reporting.timeline import Timeline, broadcast_timeline


@dataclass(frozen=True, slots=True)
class ReportedText:
    """One text that was frozen at the release, with a mark in the place of personal words.

    `subject` is "" for a text message. `others` counts the further versions that the letter's conditions made.
    """

    channel: Channel
    language: str
    direction: Direction
    subject: str
    text: str
    others: int = 0


@dataclass(frozen=True, slots=True)
class BroadcastReport:
    """All of it. `states` counts messages by state, `curve` is None while too few have gone out."""

    broadcast: Broadcast
    approval: Approval | None
    timeline: Timeline
    states: Mapping[str, int]
    counts: DeliveryCounts
    curve: HandoverCurve | None
    texts: tuple[ReportedText, ...]


def broadcast_report(view: ProjectView, broadcast: Broadcast) -> BroadcastReport:
    """The report of a broadcast as it stands now."""
    with view.ledger.reading() as conn:
        approval = approvals.get(conn, broadcast.approval)
        states = {state.value: n for state, n in delivery_counters.count_by_state(conn, broadcast.id).items() if n}
        stored = skeletons.list_all(conn, broadcast.id)
    return BroadcastReport(
        broadcast,
        approval,
        broadcast_timeline(view, broadcast),
        states,
        summarise_states(states),
        handover_curve(view, broadcast),
        tuple(_reported_texts(one.blob for one in stored)),
    )


def render_report(page: str) -> bytes:
    """The report as PDF, of its whole HTML page. Needs the extra `print`; raises its errors."""
    return notice_pdf.render_pdf(page)


def _reported_texts(blobs: Iterable[bytes]) -> Iterator[ReportedText]:
    """The first version of each text, by language and channel."""
    versions: dict[tuple[str, Channel], dict[tuple[str, str], ReportedText]] = {}
    for blob in blobs:
        text = _reported_text(blob)
        of_language = versions.setdefault((text.language, text.channel), {})
        of_language.setdefault((text.subject, text.text), text)
    for _, of_language in sorted(versions.items()):
        first, *others = of_language.values()
        yield replace(first, others=len(others))


def _reported_text(blob: bytes) -> ReportedText:
    skeleton = load_skeleton(blob)
    if isinstance(skeleton, SmsSkeleton):
        channel, subject, text = Channel.SMS, "", masked_text(skeleton.fragments)
    else:
        channel = Channel.EMAIL
        subject, text = masked_text(skeleton.subject_fragments), masked_text(skeleton.text_fragments)
    return ReportedText(channel, skeleton.language, skeleton.direction, subject, text)
