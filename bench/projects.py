"""Project folders for benchmarks: invented people by the thousand, and a letter of four kilobytes with nine slots."""

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]

_SENTENCE = (
    "We have no information of any planned act, and officers are at the places where people gather; please go on with "
    "your daily life, look after one another, and tell us what worries you. "
)

_BODY = """\
Dear {{ recipient.name }},

%(text)s

You told us that you live in {{ recipient.borough }}, near {{ recipient.street }}, and that {{ recipient.venue }} is
where people meet. Your contact is {{ recipient.contact }}, on {{ recipient.desk }}.

%(branch)s

%(text)s

- Reference {{ recipient.reference }}
- Ward {{ recipient.ward }}
- Team {{ recipient.team }}

%(text)s
"""

_BRANCH = """\
{% if recipient.team == "North" %}The northern team visits on **Monday**.{% elif recipient.team == "South" %}The
southern team visits on **Tuesday**.{% else %}Ask {{ recipient.contact }} when the team visits.{% endif %}
"""

LETTERS = {"plain": "", "branching": _BRANCH}
"""What stands in the middle of the letter; the second one is traced for each person."""

_CONFIG = """\
organisation: {{name: Bench Police, timezone: Europe/London, region: GB, language: en}}
public_url: https://letters.example.org
providers:
  email: {email}
  sms: outbox
  smtp: {{host: 127.0.0.1, port: {port}, starttls: never, connections: 5}}
pace: {{smtp: 1000000/s}}
signatories: {{bench: {{name: Alex Bench, role: Inspector, email: alex@bench.example}}}}
people: {{amina: {{name: Amina, role: author}}, david: {{name: David, role: approver}}}}
campaigns:
  bench: {{letter: bench, audience: bench, channel: email, when: 2100-01-01 09:00}}
"""

_AUDIENCE = """\
name: Bench
purpose: measuring
lawful_basis: {article_6: nobody real is on it}
roster: bench.csv
"""

_LETTER = "title: Bench\nkind: public-task\nsignatory: bench\nfallback: en\n"


def make_project(folder: Path, people: int, letter: str, port: int | None, *, logo: bool = False) -> Path:
    """A project that sends one email to each of `people` invented people, to the mail server on `port` of loopback,
    or into the outbox when there is none.

    Without `logo` the starter frame's picture is left out: as base64 it would be a third of what is sent.
    """
    shutil.copytree(ROOT / "templates" / "_frames", folder / "templates" / "_frames")
    if not logo:
        (folder / "templates" / "_frames" / "logo.png").unlink()
    (folder / "templates" / "bench").mkdir()
    (folder / "templates" / "bench" / "letter.yaml").write_text(_LETTER)
    body = _BODY % {"text": _SENTENCE * 7, "branch": LETTERS[letter]}
    subject = "{% block subject %}For {{ recipient.name }}{% endblock %}"
    (folder / "templates" / "bench" / "en.md").write_text(f"{subject}\n{{% block body %}}\n{body}{{% endblock %}}\n")
    (folder / "audiences").mkdir()
    (folder / "audiences" / "bench.yaml").write_text(_AUDIENCE)
    email = "outbox" if port is None else "smtp"
    (folder / "config.yaml").write_text(_CONFIG.format(email=email, port=port or 25))
    with (folder / "audiences" / "bench.csv").open("w") as roster:
        roster.write(
            "name,email,phone,language,channel,timezone,borough,street,venue,contact,desk,reference,ward,team\n"
        )
        for number in range(people):
            team = ("North", "South", "West")[number % 3]
            roster.write(
                f"Person {number},person{number}@example.org,,en,email,,Borough {number % 3942},Street {number % 97},"
                f"Hall {number % 11},Contact {number % 7},Desk {number % 5},R{number:07},Ward {number % 19},{team}\n"
            )
    return folder


_TEXTS = """\
organisation: {{name: Bench Police, timezone: Europe/London, region: GB, language: en}}
public_url: https://letters.example.org
providers:
  sms: twilio
  twilio:
    account_sid_env: TWILIO_ACCOUNT_SID
    auth_token_env: TWILIO_AUTH_TOKEN
    url: {url}
    ca_file: {authority}
pace: {{twilio: 1000000/s}}
signatories: {{bench: {{name: Alex Bench, role: Inspector, email: alex@bench.example, sms_sender: Example}}}}
people: {{amina: {{name: Amina, role: author}}, david: {{name: David, role: approver}}}}
campaigns:
  bench: {{letter: bench, audience: bench, channel: sms, when: 2100-01-01 09:00}}
"""

_TEXT = """\
{% block sms %}{{ organisation.name }}: {{ recipient.name }}, there is no threat to {{ recipient.borough }}. Read on:
{{ links.web }}{% endblock %}
"""

MOBILES = 60_000_000
"""First of the national numbers that the roster's people have; the sink dials none of them."""


def make_text_project(folder: Path, people: int, url: str, authority: Path) -> Path:
    """A project that sends one text to each of `people` invented people, to what answers like Twilio at `url`."""
    shutil.copytree(ROOT / "templates" / "_frames", folder / "templates" / "_frames")
    (folder / "templates" / "bench").mkdir()
    (folder / "templates" / "bench" / "letter.yaml").write_text(_LETTER)
    (folder / "templates" / "bench" / "en.md").write_text(_TEXT)
    (folder / "audiences").mkdir()
    (folder / "audiences" / "bench.yaml").write_text(_AUDIENCE)
    (folder / "config.yaml").write_text(_TEXTS.format(url=url, authority=authority))
    with (folder / "audiences" / "bench.csv").open("w") as roster:
        roster.write("name,email,phone,language,channel,timezone,borough\n")
        for number in range(people):
            roster.write(f"Person {number},,+4479{MOBILES + number:08},en,sms,,Borough {number % 3942}\n")
    return folder
