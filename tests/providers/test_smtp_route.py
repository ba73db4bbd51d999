"""Where a password may travel."""

import pytest

from broadcaster.providers.smtp import InsecureRouteError, Security, SignIn, SmtpRoute

DESK = SignIn("desk", "a secret for tests")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.0.0.9", "::1", "[::1]"])
def test_a_password_may_stay_on_this_machine(host: str) -> None:
    assert SmtpRoute(host, 25, Security.PLAIN, DESK).sign_in == DESK


@pytest.mark.parametrize("host", ["mail.example.org", "192.0.2.1", "localhost.example.org", "127.0.0.1.example.org"])
def test_a_password_never_crosses_the_network_in_the_clear(host: str) -> None:
    with pytest.raises(InsecureRouteError) as caught:
        SmtpRoute(host, 25, Security.PLAIN, DESK)
    assert caught.value.code == "smtp-password-unencrypted"
    assert SmtpRoute(host, 587, Security.STARTTLS, DESK).sign_in == DESK
    assert SmtpRoute(host, 25, Security.PLAIN).sign_in is None


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(SmtpRoute("mail.example.org", 587, sign_in=DESK))
