"""Small project folders for tests: one letter, one audience of invented people, one campaign, a key.

    folder = make_project(tmp_path / "project", people=3, quiet_hours={"start": "21:00", "end": "08:00"})
    approve(folder)                      # amina submits the campaign for this very minute, david approves it
    with open_project(folder) as project, running(project) as runner: ...

People: amina (author), david (approver), priya (viewer), wenmei (admin).
"""

import csv
import shutil
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.keys import Keyring
from broadcaster.ledger import Ledger
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.approving import decisions as eyes
from broadcaster.services.delivering import dispatch
from broadcaster.services.planning.submission_terms import SubmissionTerms
from broadcaster.services.sending.send_command import SendCommand, release_campaign

CAMPAIGN, LETTER, AUDIENCE = "hello", "greeting", "neighbours"

COLUMNS = ("name", "email", "phone", "language", "channel", "timezone", "borough")

ENGLISH = """\
{% block subject %}News for {{ recipient.name }}{% endblock %}
{% block body %}
Dear {{ recipient.name }},

all is well in **{{ recipient.borough }}**.
{% endblock %}
{% block sms %}{{ recipient.name }}: all is well in {{ recipient.borough }}.{% endblock %}
"""

_FRESH = TemporaryDirectory(prefix="fresh-project-")
_FRAMES = Path(__file__).parents[1] / "templates" / "_frames"

Rows = Sequence[Mapping[str, str]]


def person(number: int, **changes: str) -> dict[str, str]:
    """The row of an invented person; the same number is always the same person."""
    return {"name": f"Person {number}", "email": f"person{number}@example.org", "borough": "Ashmere"} | changes


def settings(**changes: Any) -> dict[str, Any]:
    """What config.yaml holds: `changes` go into it block by block; a key whose value is None is taken out.

    Nobody has quiet hours and the campaign lies in the past, so that tests work at any hour of any day.
    """
    plain: dict[str, Any] = {
        "organisation": {"name": "Ashmere Police", "timezone": "Europe/London", "region": "GB", "language": "en"},
        "public_url": "https://letters.example.org",
        "providers": {"email": "outbox", "sms": "outbox"},
        "pace": {"smtp": "100000/s"},
        "signatories": {
            "officer": {
                "name": "Robin Hartwell",
                "role": "Inspector",
                "email": "officer@ashmere.example",
                "sms_sender": "Ashmere",
            }
        },
        "people": {
            "amina": {"name": "Amina Okafor-Reid", "role": "author"},
            "david": {"name": "David Lindqvist", "role": "approver"},
            "priya": {"name": "Priya Raman", "role": "viewer"},
            "wenmei": {"name": "Wen-Mei Calloway", "role": "admin"},
        },
        "campaigns": {
            CAMPAIGN: {"letter": LETTER, "audience": AUDIENCE, "channel": "preferred", "when": "2026-01-05 09:00"}
        },
    }
    return _merged(plain, changes)


def make_project(folder: Path, people: int | Rows = 3, letter: Mapping[str, str] | None = None, **changes: Any) -> Path:
    """Make `folder` a project and return it.

    `people` is how many (see `person`), or their rows; `letter` holds its text by language; `changes` go into
    config.yaml as in `settings`, say `campaigns={"hello": {"if_unsure": "resend"}}`. All projects of a process have
    one key. Where config.yaml names no database, the empty ledger is there.
    """
    shutil.copytree(_FRAMES, folder / "templates" / "_frames")
    (folder / "templates" / LETTER).mkdir()
    declared = {"title": "A greeting", "kind": "public-task", "signatory": "officer", "fallback": "en"}
    write_yaml(folder / "templates" / LETTER / "letter.yaml", declared)
    for language, text in (letter or {"en": ENGLISH}).items():
        (folder / "templates" / LETTER / f"{language}.md").write_text(text, encoding="utf-8")
    (folder / "audiences").mkdir()
    write_audience(folder)
    write_roster(folder, [person(number) for number in range(people)] if isinstance(people, int) else people)
    write_yaml(folder / "config.yaml", settings(**changes))
    own = changes.get("database") is None
    shutil.copytree(_fresh(), folder / "var", ignore=None if own else shutil.ignore_patterns("broadcaster.db"))
    return folder


@cache
def _fresh() -> Path:
    """A key and the empty ledger that it opens, made once for each process: migrating takes longer than most tests."""
    folder = Path(_FRESH.name)
    with Ledger.open(f"sqlite:///{folder}/broadcaster.db", Keyring.create(folder / "key")):
        pass
    return folder


def write_audience(folder: Path, **changes: Any) -> None:
    """The audience's description."""
    plain = {
        "name": "Neighbours",
        "purpose": "to try things out",
        "lawful_basis": {"article_6": "6(1)(e), a task in the public interest"},
        "roster": f"{AUDIENCE}.csv",
    }
    write_yaml(folder / "audiences" / f"{AUDIENCE}.yaml", _merged(plain, changes))


def write_roster(folder: Path, rows: Rows) -> None:
    """The audience's people; every column that a row has is there."""
    columns = list(dict.fromkeys([*COLUMNS, *(column for row in rows for column in row)]))
    with (folder / "audiences" / f"{AUDIENCE}.csv").open("w", encoding="utf-8", newline="") as file:
        roster = csv.DictWriter(file, columns, restval="")
        roster.writeheader()
        roster.writerows(rows)


def write_settings(folder: Path, **changes: Any) -> None:
    """config.yaml, written anew; what `make_project` was given has to be given again."""
    write_yaml(folder / "config.yaml", settings(**changes))


def write_yaml(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")


def approve(folder: Path, campaign: str = CAMPAIGN, *, at_once: bool = True) -> str:
    """Amina submits a campaign, by default for this minute, and david approves it; the digest."""
    with open_project(folder) as project:
        chosen = project.campaign(campaign)
        terms = SubmissionTerms(at_once=at_once)
        submitted = eyes.submit(
            project, chosen, command_line_actor(project.settings, "amina", Permission.SUBMIT), terms
        )
        digest = submitted.plan.digest
        eyes.approve(project, chosen, command_line_actor(project.settings, "david", Permission.APPROVE), digest)
    return digest


def send_all(folder: Path) -> None:
    """Amina sends the campaign within this process, all that may go."""
    with open_project(folder) as project, registered_runner(project) as runner:
        word = SendCommand(command_line_actor(project.settings, "amina", Permission.SEND), runner.id)
        broadcast = release_campaign(project, project.campaign(CAMPAIGN), word)
        dispatch.send_broadcast(project, runner.id, broadcast.id, dispatch.RunOptions())


def _merged(plain: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(plain)
    for key, value in changes.items():
        old = merged.pop(key, None)
        if value is None:
            continue
        merged[key] = _merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged
