"""A letter as a web page, filled from the same skeleton and values as one delivery."""

from dataclasses import dataclass

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.language.language_tags import Direction
from broadcaster.ledger.broadcasting import skeletons
from broadcaster.ledger.delivery import deliveries
from broadcaster.letters.filling.serialisation import load_skeleton
from broadcaster.letters.filling.skeleton import SmsSkeleton
from broadcaster.letters.rendering.fragments import Links
from broadcaster.services.composing.links import LinkMaker, delivery_id_of_token
from broadcaster.services.project.project import ProjectView


@dataclass(frozen=True, slots=True)
class WebLetter:
    """One person's letter. `content` is a whole HTML document for an email, and the bare text for a text message."""

    channel: Channel
    content: str
    language: str
    direction: Direction
    links: Links


def open_web_letter(project: ProjectView, token: str) -> WebLetter | None:
    """The letter that this token was made for; None when there is none, or its person was erased."""
    delivery_id = delivery_id_of_token(project.keyring, "web", token)
    if delivery_id is None:
        return None
    with project.ledger.reading() as conn:
        delivery = deliveries.get(conn, delivery_id)
        if delivery is None:
            return None
        blob = skeletons.get(conn, delivery.broadcast, delivery.skeleton)
    payload = delivery.payload(project.keyring)
    if not payload.address:
        return None
    skeleton = load_skeleton(blob)
    maker = LinkMaker(project.settings.public_url, project.keyring)
    (links,) = maker.mint([delivery.id], [skeleton.language])
    if isinstance(skeleton, SmsSkeleton):
        content = skeleton.fill(payload.values, links).body
    else:
        content = skeleton.page(payload.values, links)
    return WebLetter(delivery.channel, content, skeleton.language, skeleton.direction, links)
