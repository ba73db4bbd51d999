"""The providers that the contract suite runs over. A new provider adds one entry to STAGES."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.outgoing_messages import Outgoing, OutgoingEmail, OutgoingMerge
from broadcaster.providers.base import Provider
from broadcaster.providers.outbox import Outbox
from broadcaster.providers.sendgrid import SendGrid, SendGridAccount
from broadcaster.providers.sendgrid import SendGridTimeouts as SendGridPatience
from broadcaster.providers.smtp import Security, SignIn, Smtp, SmtpRoute, SmtpTimeouts
from broadcaster.providers.twilio import Twilio, TwilioAccount, TwilioEndpoint
from tests.providers.people import email, fingerprint, merge, sms
from tests.providers.toy import Toy, ToyAccount
from tests.standins.sendgrid import KEY, SendGridPlan, SendGridStandIn, digest
from tests.standins.smtp import Fault, Plan, StandIn
from tests.standins.toy import KEY as KEY_OF_TOY
from tests.standins.toy import ToyStandIn
from tests.standins.twilio import SERVICE, SID, TOKEN, TwilioPlan, TwilioStandIn

PATIENT = SmtpTimeouts(connect=30.0, greeting=30.0, command=30.0, data=30.0, body=30.0, final_dot=30.0)


@dataclass(frozen=True)
class Stage:
    """A provider and the other side of it. `taken` counts what the other side has, by content.

    `turned_down` is how many of the hostile texts of the suite the other side may turn down.
    """

    provider: Provider
    taken: Callable[[], Counter[str]]
    break_down: Callable[[], None]
    mend: Callable[[], None]
    turned_down: int = 1

    def message(self, number: int, text: str = "Peace be with you.") -> Outgoing:
        if self.provider.channel is Channel.SMS:
            return sms(number, text)
        if self.provider.merges:
            return merge(number, text)
        return email(number, text.encode() + b"\r\n")


def content(message: Outgoing) -> str:
    """What `Stage.taken` counts for this message."""
    if isinstance(message, OutgoingEmail):
        return fingerprint(message.data)
    if isinstance(message, OutgoingMerge):
        return _merged(message)
    return _sms_content(
        {
            key: getattr(message, "sender" if key == "from" else key)
            for key in ("to", "from", "body", "segments", "encoding")
        }
    )


def _merged(message: OutgoingMerge) -> str:
    """The message with each tag of the template replaced once, whatever the values hold."""
    template = message.template
    filling = dict(zip(template.tags, message.substitutions, strict=True))
    text, html = (
        "".join(filling.get(piece, piece) for piece in re.split(f"({'|'.join(template.tags)})", whole))
        for whole in (template.text, template.html)
    )
    return digest(message.subject, text, html, {**template.headers, **message.headers})


def _sms_content(document: dict[str, object]) -> str:
    return fingerprint(json.dumps(document, sort_keys=True).encode())


@contextmanager
def outbox(channel: Channel, folder: Path) -> Iterator[Stage]:
    box = folder / "outbox"

    def taken() -> Counter[str]:
        if channel is Channel.EMAIL:
            return Counter(fingerprint(file.read_bytes()) for file in box.glob("email/*"))
        return Counter(_sms_content(json.loads(file.read_text())) for file in box.glob("sms/*"))

    def break_down() -> None:
        if box.exists():
            box.rename(folder / "aside")
        box.write_text("a file where a folder should be")

    def mend() -> None:
        box.unlink()
        if (folder / "aside").exists():
            (folder / "aside").rename(box)

    yield Stage(Outbox(box, channel), taken, break_down, mend)


@contextmanager
def smtp(plan: Plan, folder: Path) -> Iterator[Stage]:
    with StandIn(plan, folder) as server:
        sign_in = SignIn(*plan.account) if plan.account else None
        route = SmtpRoute(
            "localhost",
            server.port,
            Security(plan.security),
            sign_in,
            server.ca_file,
            connections=3,
            patience=PATIENT,
        )

        def break_down() -> None:
            server.plan = replace(plan, faults=(Fault("mail", "reply", "550 5.7.1 not from you"),))

        def mend() -> None:
            server.plan = plan

        yield Stage(Smtp(route), lambda: Counter(taken.sha256 for taken in server.taken), break_down, mend)


@contextmanager
def sendgrid(plan: SendGridPlan, batch_size: int | None, folder: Path) -> Iterator[Stage]:
    with SendGridStandIn(plan, folder) as server:
        patience = SendGridPatience(connect=30.0, request=30.0, answer=30.0)
        account = SendGridAccount(KEY, server.url, batch_size, server.ca_file, patience)

        def break_down() -> None:
            server.plan = replace(plan, key="another key")

        def mend() -> None:
            server.plan = plan

        yield Stage(SendGrid(account), lambda: Counter(taken.digest for taken in server.taken), break_down, mend)


@contextmanager
def twilio(service: str | None, folder: Path) -> Iterator[Stage]:
    plan = TwilioPlan()
    with TwilioStandIn(plan, folder) as server:
        line = TwilioEndpoint(server.url, connections=3, timeout=30.0, ca_file=server.ca_file)

        def taken() -> Counter[str]:
            # what a text costs is not told to Twilio, and a messaging service chooses the sender itself
            known = {"segments": 1, "encoding": "GSM-7"}
            return Counter(
                _sms_content({**known, "to": one["to"], "body": one["body"], "from": one["from"] or "Example"})
                for one in server.taken
            )

        def break_down() -> None:
            server.plan = replace(plan, token="another token")

        def mend() -> None:
            server.plan = plan

        account = TwilioAccount(SID, TOKEN, service, None, line)
        yield Stage(Twilio(account), taken, break_down, mend, turned_down=2)


@contextmanager
def toy(folder: Path) -> Iterator[Stage]:
    del folder
    with ToyStandIn() as gateway:

        def taken() -> Counter[str]:
            return Counter(_sms_content(_as_sent(text)) for text in gateway.taken)

        def break_down() -> None:
            gateway.key = "another key"

        def mend() -> None:
            gateway.key = KEY_OF_TOY

        yield Stage(Toy(ToyAccount("127.0.0.1", gateway.port, KEY_OF_TOY, 5.0)), taken, break_down, mend)


def _as_sent(text: dict[str, object]) -> dict[str, object]:
    """The gateway is not told of segments and encoding; each message of the suite has the same."""
    return {name: text[name] for name in ("to", "from", "body")} | {"segments": 1, "encoding": "GSM-7"}


_OLD = ("SIZE 1000000",)
_ACCOUNT = ("desk", "a password for tests")

STAGES: dict[str, Callable[[Path], AbstractContextManager[Stage]]] = {
    "outbox-email": partial(outbox, Channel.EMAIL),
    "outbox-sms": partial(outbox, Channel.SMS),
    "sendgrid": partial(sendgrid, SendGridPlan(), None),
    "sendgrid-small": partial(sendgrid, SendGridPlan(order="reversed"), 3),
    "smtp-plain": partial(smtp, Plan()),
    "smtp-one-by-one": partial(smtp, Plan(extensions=_OLD)),
    "smtp-starttls": partial(smtp, Plan(security="starttls", account=_ACCOUNT)),
    "smtp-implicit": partial(smtp, Plan(security="implicit", account=_ACCOUNT)),
    "toy": toy,
    "twilio-sender": partial(twilio, None),
    "twilio-service": partial(twilio, SERVICE),
}
