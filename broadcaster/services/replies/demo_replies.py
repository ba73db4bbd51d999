"""Two invented replies for the demo, one of them urgent."""

from collections.abc import Iterator

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.reports import InboundText, Keyword
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger.delivery import delivery_search
from broadcaster.ledger.delivery.delivery_search import DeliverySelection
from broadcaster.services.project.project import Project, now
from broadcaster.services.replies import inbound_texts
from broadcaster.services.reporting import broadcast_status

DEMO_TEXTS = (
    "Thank you. Is there step-free access to the meeting on Thursday?",
    "Someone is outside our door with a knife. We are inside.",
)
"""In English, for they come from numbers that were sent an English text."""

_MAX_DELIVERIES = 500


def create_demo_replies(project: Project) -> None:
    """Receive a reply from two numbers that were sent a text. They get no answer, for the demo sends to a folder."""
    recipient = project.settings.organisation.own_name
    for number, (sender, text) in enumerate(zip(_texted_numbers(project), DEMO_TEXTS, strict=False)):
        told = InboundText(f"demo-{number}", sender, recipient, text, now(), handled=Keyword.OTHER)
        inbound_texts.receive(project, project.providers[Channel.SMS].name, told)


def _texted_numbers(project: Project) -> Iterator[str]:
    """Numbers that were sent an English text, each once, newest broadcasts first."""
    known = set[str]()
    for one in broadcast_status.list_broadcast_statuses(project):
        with project.ledger.reading() as conn:
            sent = delivery_search.list_page(
                conn, one.broadcast.id, DeliverySelection(DeliveryState.ACCEPTED), 0, _MAX_DELIVERIES
            )
        for delivery in sent:
            if delivery.channel is not Channel.SMS or delivery.language != "en":
                continue
            address = delivery.payload(project.keyring).address
            if address not in known:
                known.add(address)
                yield address
