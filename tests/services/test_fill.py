"""How a broadcast's messages are addressed."""

import pytest

from broadcaster.services.fill import Route

ROUTE = Route("bounces@mail.example.org", verp=True, sms_sender="Ashmere", message_host="letters.example.org")


def test_a_bounce_names_its_delivery_and_nobody() -> None:
    assert ROUTE.envelope_sender("abc234") == "bounces+abc234@mail.example.org"


def test_without_a_return_path_bounces_go_to_the_signatory() -> None:
    route = Route("officer@ashmere.example", verp=False, sms_sender="", message_host="ashmere.example")
    assert route.envelope_sender("abc234") == "officer@ashmere.example"


def test_a_message_id_is_stable_and_opaque() -> None:
    assert ROUTE.message_id("abc234") == ROUTE.message_id("abc234") == "abc234@letters.example.org"


@pytest.mark.parametrize("verp", [True, False])
def test_a_route_survives_being_kept(verp: bool) -> None:
    route = Route("a@example.org", verp, "Ashmere", "example.org")
    assert Route(**route.as_json()) == route  # type: ignore[arg-type]  # what JSON gives back
