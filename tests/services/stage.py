"""A project with everything in it that is signed: two languages, an include, a helpline, people on both channels."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.project.project import Project
from tests.projects import AUDIENCE, CAMPAIGN, LETTER, make_project, person, write_yaml

CONFIG = "config.yaml"
LETTER_YAML = f"templates/{LETTER}/letter.yaml"
EN, AR = f"templates/{LETTER}/en.md", f"templates/{LETTER}/ar.md"
CLOSE = "templates/_shared/close.md"
AUDIENCE_YAML, ROSTER = f"audiences/{AUDIENCE}.yaml", f"audiences/{AUDIENCE}.csv"

DECLARED = {
    "title": "A greeting",
    "kind": "public-task",
    "signatory": "officer",
    "helplines": ["report"],
    "fallback": "en",
}

ENGLISH = """\
{% block subject %}News for {{ recipient.name }}{% endblock %}
{% block body %}
Dear {{ recipient.name }},

all is well in {{ recipient.borough }}. Call {{ helplines['report'].number }} if not.

{% include '_shared/close.md' %}
{% endblock %}
{% block sms %}{{ organisation.name }}: all is well, {{ recipient.name }}. {{ links.web }}{% endblock %}
"""

ARABIC = """\
{% block subject %}أخبار لكم {{ recipient.name }}{% endblock %}
{% block body %}
إلى {{ recipient.name }}،

كل شيء بخير في {{ recipient.borough }}. اتصلوا بالرقم {{ helplines['report'].number }}.

{% include '_shared/close.md' %}
{% endblock %}
{% block sms %}كل شيء بخير، {{ recipient.name }}. {{ links.web }}{% endblock %}
"""

PEOPLE = (
    person(1, name="Ada Quill"),
    person(2, name="Bilal Noor", phone="+447700900111", language="ar", channel="email", borough="Brackwell"),
    person(3, name="Cora Vane", email="", phone="+447700900222"),
    person(4, name="Dua Rahim", phone="+447700900333", language="ar", channel="sms", borough="Colverton"),
    person(5, name="Eli Stern", timezone="Europe/Paris"),
    person(6, name="Fay Lund", borough="Brackwell"),
)


def found(folder: Path) -> Path:
    """Make the project in `folder`, with its key and its empty ledger; its campaign's time is five minutes past."""
    make_project(
        folder,
        people=PEOPLE,
        letter={"en": ENGLISH, "ar": ARABIC},
        helplines={
            "report": {
                "name": "Police",
                "for": ["doubt"],
                "number": "101",
                "says": "To report something",
                "verified": "2020-01-01",
                "expires": "2090-01-01",
            }
        },
        campaigns={CAMPAIGN: {"when": wall(timedelta(minutes=-5)), "grace": "1h"}},
    )
    write_yaml(folder / LETTER_YAML, DECLARED)
    write(folder, {CLOSE: "Yours, {{ signatory.name }}\n"})
    with open_project(folder):
        pass
    return folder


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files below the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def edit(folder: Path, name: str, old: str, new: str) -> None:
    """Replace a text that must be there, once."""
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text, f"{old!r} does not stand in {name}"
    path.write_text(text.replace(old, new, 1), "utf-8")


def write_for_everybody(folder: Path) -> None:
    """Write the English letter for everybody, so that a notice can be made of it."""
    greeting = "{% if recipient %}Dear {{ recipient.name }}{% else %}Dear neighbours{% endif %}"
    edit(folder, EN, "Dear {{ recipient.name }}", greeting)
    edit(folder, EN, " in {{ recipient.borough }}", "{% if recipient %} in {{ recipient.borough }}{% endif %}")


def add(folder: Path, name: str, text: str) -> None:
    """Write a text at the end of a file."""
    path = folder / name
    path.write_text(path.read_text("utf-8") + text, "utf-8")


def wall(ahead: timedelta, zone: str = "Europe/London") -> str:
    """The wall clock so much ahead of now, as config.yaml writes it."""
    return f"{datetime.now(ZoneInfo(zone)) + ahead:%Y-%m-%d %H:%M}"


def timed(folder: Path) -> Path:
    """Set the campaign's time anew: a project that is copied late in a long run of tests must not be overdue."""
    path = folder / CONFIG
    text = path.read_text("utf-8")
    before, _, rest = text.partition("when: ")
    path.write_text(f"{before}when: {wall(timedelta(minutes=-5))}\n{rest.partition(chr(10))[2]}", "utf-8")
    return folder


def outbox(folder: Path) -> list[Path]:
    """Every message that left."""
    return sorted(path for path in (folder / "var" / "outbox").rglob("*.*") if path.is_file())


def sql(folder: Path, statement: str, *values: object) -> list[tuple[object, ...]]:
    """Do to the ledger what somebody with the database file can do."""
    with sqlite3.connect(folder / "var" / "broadcaster.db") as connection:
        return connection.execute(statement, values).fetchall()


def cached(project: Project) -> list[dict[str, str]]:
    """What the cache of checked rows holds of people: what normalising changed in each row, opened."""
    found: list[dict[str, str]] = []
    with closing(sqlite3.connect(project.settings.cache_folder / "rows.db")) as conn:
        for audience, mark, sealed in conn.execute("SELECT audience, mark, sealed FROM rows"):
            context = b"roster:" + audience.encode() + b":" + mark
            found.append(json.loads(project.keyring.open(sealed, context)) if sealed else {})
    return found
