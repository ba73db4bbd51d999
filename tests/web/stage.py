"""A project in three languages and two channels whose letter went into the outbox, and the links in its messages."""

import json
import re
import sqlite3
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.ledger.database.tables import attempts, deliveries
from broadcaster.ledger.recipients import suppressions
from broadcaster.ledger.recipients.suppressions import NewSuppression
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.project.project import Project
from broadcaster.services.recipients import suppression_list
from broadcaster.services.sending.send_command import SendCommand, release_campaign
from tests.projects import CAMPAIGN, approve, make_project, person, send_all

PUBLIC = "https://letters.example.org"

ENGLISH = """\
{% block subject %}News for {{ recipient.name }} from {{ organisation.name }}{% endblock %}
{% block body %}
Dear {{ recipient.name }},

all is well in **{{ recipient.borough }}**. [Is this from us?]({{ links.check }})
{% endblock %}
{% block sms %}{{ recipient.name }}: all is well. {{ links.web }} Stop: {{ links.unsubscribe }}{% endblock %}
"""

ARABIC = """\
{% block subject %}أخبار لكم {{ recipient.name }}{% endblock %}
{% block body %}
إلى {{ recipient.name }}،

كل شيء بخير في {{ recipient.borough }}.
{% endblock %}
{% block sms %}كل شيء بخير، {{ recipient.name }}. {{ links.web }}{% endblock %}
"""

PEOPLE = [
    person(1, name="Ada Quill", phone="+447700900101"),
    person(2, name="Bilal Noor", phone="+447700900102", language="ar", borough="Brackwell"),
    person(3, name='<b>Cora</b> & "Vane" <script>alert(1)</script>', borough="cid:logo@letter.invalid"),
    person(4, name="Dua Rahim", email="", phone="+447700900104"),
]

HELPLINES = {
    "report": {
        "name": "Police, not an emergency",
        "number": "101",
        "says": "To report",
        "for": ["doubt", "support"],
        "expires": "2090-01-01",
    },
    "old": {"name": "Gone", "number": "0800 000 0000", "says": "Not any more", "expires": "2020-01-01"},
}


def found(folder: Path, *, send: bool = True, **changes: Any) -> Path:
    """Make the project, approve its campaign and, unless told otherwise, send it into the outbox; `changes` go into
    config.yaml.
    """
    make_project(
        folder,
        people=PEOPLE,
        letter={"en": ENGLISH, "ar": ARABIC},
        helplines=changes.pop("helplines", HELPLINES),
        campaigns={CAMPAIGN: {"channel": "both"}, **changes.pop("campaigns", {})},
        **changes,
    )
    approve(folder)
    if send:
        send_all(folder)
    return folder


OF_US = "550 5.7.1 your IP is on our blocklist"


def struck_off(project: Project, *addresses: str) -> None:
    """As an earlier version did it: struck off when what was sent to them came back for a reason of ours."""
    with project.ledger.writing() as conn:
        for found in (suppression_list.identify_address(project, address) for address in addresses):
            theirs = deliveries.c.blind == found.blind
            conn.execute(update(deliveries).where(theirs).values(state="bounced"))
            its = attempts.c.delivery.in_(select(deliveries.c.seq).where(theirs))
            conn.execute(update(attempts).where(its).values(detail=OF_US))
            new = NewSuppression(found.channel, found.blind, found.address, SuppressionReason.BOUNCED, "outbox")
            suppressions.add(conn, new)


def release(folder: Path) -> str:
    """Release the campaign and send nothing of it; the broadcast's id."""
    with open_project(folder) as project, registered_runner(project) as runner:
        person = command_line_actor(project.settings, "amina", Permission.SEND)
        return release_campaign(project, project.campaign(CAMPAIGN), SendCommand(person, runner.id, "")).id


def emails(folder: Path) -> list[EmailMessage]:
    """The emails in the outbox, parsed by the standard library, ordered by recipient."""
    files = (folder / "var" / "outbox" / "email").glob("*.eml")
    parsed = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    return sorted(parsed, key=lambda message: str(message["to"]))


def texts(folder: Path) -> list[dict[str, str]]:
    """The texts in the outbox, ordered by recipient."""
    files = (folder / "var" / "outbox" / "sms").glob("*.json")
    return sorted((json.loads(file.read_text("utf-8")) for file in files), key=lambda text: text["to"])


def paths(text: str) -> list[str]:
    """The paths below `public_url` that a text links to."""
    return re.findall(rf"{re.escape(PUBLIC)}(/[wcu]/[A-Za-z0-9_-]+(?:\.[a-z]{{2}})?)", text)


def one_click(message: EmailMessage) -> str:
    """The path that the raw message's List-Unsubscribe names."""
    (path,) = paths(str(message["list-unsubscribe"]))
    assert message["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    return path


def every_link(folder: Path) -> list[str]:
    """Every path that any message links to, in headers, text and HTML."""
    found: list[str] = []
    for message in emails(folder):
        bodies = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
        found += [path for text in (str(message["list-unsubscribe"]), *bodies) for path in paths(text)]
    for text in texts(folder):
        found += paths(text["body"])
    return sorted(set(found))


def ledger(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with sqlite3.connect(folder / "var" / "broadcaster.db") as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(connection.execute(f'SELECT * FROM "{name}"'), key=repr) for name in names}  # noqa: S608
