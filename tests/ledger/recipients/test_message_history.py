"""What one address was sent."""

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger import Ledger
from broadcaster.ledger.recipients import message_history
from tests.ledger.stage import KEYRING, NOW, WALL, Stage, address


def test_each_message_is_told_with_its_state_and_when_it_was_tried(ledger: Ledger) -> None:
    with Stage.set(ledger, 2) as stage:
        (claimed,) = stage.claim(1)
        stage.record([claimed])
        blinds = [KEYRING.blind(Channel.EMAIL, address(number)) for number in range(3)]
        with ledger.reading() as conn:
            told = [message_history.list_messages_to_address(conn, Channel.EMAIL, blind) for blind in blinds]
            assert message_history.list_messages_to_address(conn, Channel.SMS, blinds[0]) == []
    (first,), (second,), none = told
    assert none == []
    assert (first.broadcast, first.campaign, first.wall) == (stage.broadcast, "reassurance", WALL)
    assert (first.state, first.tried_at) == (DeliveryState.ACCEPTED, NOW)
    assert (second.state, second.tried_at) == (DeliveryState.QUEUED, None)
