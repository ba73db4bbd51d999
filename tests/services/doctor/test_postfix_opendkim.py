"""`doctor` and a real Postfix with a real opendkim, set up rightly and wrongly:

scripts/test -m long tests/services/doctor
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from tests.commandline import process
from tests.projects import make_project
from tests.services.doctor.letterpost import AUTHOR, key, published
from tests.standins import opendkim, postfix
from tests.standins.nameserver import NameServer
from tests.standins.opendkim import OpenDkim
from tests.standins.postfix import Postfix, roomy
from tests.standins.smtp import Plan, StandIn

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not postfix.can_run(), reason="needs Postfix, and root to run it"),
    pytest.mark.skipif(not opendkim.can_run(), reason="needs opendkim, and root to run it"),
]

BOTH = "SignHeaders *,+list-unsubscribe,+list-unsubscribe-post"
OURS, RELAYS = f"bounces@{AUTHOR}", "bounces@relay.example"

Came = Callable[..., Path]


@pytest.fixture
def came(tmp_path: Path) -> Iterator[Came]:
    """Sends doctor's test message by Postfix and what signs for it; the message as it came."""

    def run(settings: Sequence[str] | None, return_path: str, domain: str = AUTHOR, d: str = "") -> Path:
        with roomy() as place, StandIn(Plan(), tmp_path) as far:
            if settings is None:
                return carried(place, far, return_path, "")
            with OpenDkim(place / "dkim", key()[0], settings, domain, d) as signer:
                return carried(place, far, return_path, signer.socket)

    def carried(place: Path, far: StandIn, return_path: str, milter: str) -> Path:
        with Postfix(place, far, milter=milter) as server, NameServer(published(key()[1])) as names:
            relay = {"host": "127.0.0.1", "port": str(server.port), "starttls": "never", "return_path": return_path}
            folder = make_project(place / "project", providers={"email": "smtp", "smtp": relay})
            words = ("--resolver", names.address, "--send-to", "inbox@letters.example", "--by", "amina", "--json")
            said = process(folder, "doctor", *words)
            assert {one["code"] for one in said.json["findings"]} >= {"pipelining", "dsn", "test-sent"}, said.out
            [message] = server.mail(1, maildir=server.inbox)
        file = tmp_path / "came.eml"
        file.write_bytes(message)
        return file

    yield run


def bad(file: Path, texts: Mapping[str, Sequence[str]]) -> set[str]:
    with NameServer(texts) as names:
        said = process(file.parent, "doctor", str(file), "--resolver", names.address, "--json")
    levels = {one["code"]: one["level"] for one in said.json["findings"]}
    assert said.code == ("error" in levels.values())
    # Postfix gives it to a mailbox of its own here, where nothing is encrypted.
    return {code for code, level in levels.items() if level != "good"} - {"arrived-unencrypted"}


def test_set_up_rightly(came: Came) -> None:
    message = came([BOTH], OURS)
    assert bad(message, published(key()[1])) == set()
    assert bad(message, published(key()[1], key=None)) == {"dkim-broken", "one-click-unsigned", "dmarc-fails"}
    another = published(key(which="another")[1])
    assert bad(message, another) == {"dkim-broken", "one-click-unsigned", "dmarc-fails"}
    assert bad(message, published(key()[1], dmarc=None, spf=None)) == {"dmarc-missing", "spf-missing"}


def test_as_opendkim_signs_by_itself(came: Came) -> None:
    assert bad(came([], OURS), published(key()[1])) == {"one-click-unsigned"}


def test_nothing_signed(came: Came) -> None:
    assert bad(came(None, OURS), published(key()[1])) == {"dkim-missing", "one-click-unsigned", "dmarc-fails"}


def test_not_for_our_domain(came: Came) -> None:
    """opendkim signs for the domains that it is told of, and passes the others on."""
    found = bad(came([BOTH], OURS, domain="relay.example"), published(key()[1]))
    assert found == {"dkim-missing", "one-click-unsigned", "dmarc-fails"}


def test_signed_by_the_relay_for_itself(came: Came) -> None:
    texts = published(key()[1]) | {"s1._domainkey.relay.example": [f"v=DKIM1; p={key()[1]}"]}
    texts["relay.example"] = ["v=spf1 -all"]
    assert bad(came([BOTH], RELAYS, d="relay.example"), texts) == {"dmarc-fails", "return-path-not-aligned"}
