#!/bin/sh
# flufl.bounce 6.0.0 reports the recipient of a message that was refused for the sender's sake as permanently failed: a
# DSN (RFC 3464) with Status 5.7.1 and "your IP address is on our blocklist" is read like one with 5.1.1 "no such user".
# By RFC 3463 5.7.1 is "delivery not authorized, message refused": nothing about the address. Whoever drops addresses by
# `all_failures` loses a whole list to one listing of its server. Seen with flufl.bounce 6.0.0 and Python 3.11.
# Exit 0: it still does so. Exit 1: it tells them apart now, and may serve where the reason of a bounce is asked for.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check flufl.bounce==6.0.0
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from email import message_from_string
from importlib.metadata import version

from flufl.bounce import all_failures


def bounce(status: str, answer: str) -> str:
    """A report as RFC 3464 has it, of one recipient."""
    return f"""From: MAILER-DAEMON@relay.example
To: list-bounces@letters.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; ada@people.example
Action: failed
Status: {status}
Diagnostic-Code: smtp; {answer}

--b--
"""


dead = all_failures(message_from_string(bounce("5.1.1", "550 5.1.1 no such user")))
ours = all_failures(message_from_string(bounce("5.7.1", "550 5.7.1 your IP address is on our blocklist")))
print(f"flufl.bounce {version('flufl.bounce')}: 5.1.1 gives {dead}, 5.7.1 gives {ours}")
sys.exit(0 if dead == ours == (set(), {b"ada@people.example"}) else 1)
PYTHON
