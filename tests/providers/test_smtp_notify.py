"""What a mail server is told so that its bounces name our attempt (RFC 3461), and one that did not offer it is not."""

import pytest

from tests.providers.mailtrial import ONE_BY_ONE, PIPELINING, Serve, send


@pytest.mark.parametrize("extensions", [PIPELINING, ONE_BY_ONE])
def test_a_server_that_offers_dsn_is_told(serve: Serve, extensions: tuple[str, ...]) -> None:
    server = serve(extensions=extensions)
    send(server, count=20, connections=2)
    told = {(taken.envid, taken.notify) for taken in server.taken}
    assert told == {(f"attempt{number}", "FAILURE") for number in range(20)}


@pytest.mark.parametrize("extensions", [PIPELINING, ONE_BY_ONE])
def test_a_server_that_does_not_is_not(serve: Serve, extensions: tuple[str, ...]) -> None:
    """The stand-in answers 555 to parameters that it did not offer, as real servers do."""
    server = serve(extensions=tuple(offer for offer in extensions if offer != "DSN"))
    send(server, count=20, connections=2)
    assert {(taken.envid, taken.notify) for taken in server.taken} == {("", "")}
    assert len(server.taken) == 20
