"""What it costs to fill one message, beside the standard library's way: Jinja, then EmailMessage.

    .venv/bin/python bench/fill.py [--messages 2000] [--repeats 7]

Both make subject, plain text, HTML and MIME of the same letter (4 KB, nine slots) for the same people, in this one
process, one after the other; the figure is the median of several repeats, in microseconds of CPU per message.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from jinja2 import Environment

from broadcaster.domain.contact.channels import Channel
from broadcaster.letters.compiling.compiler import Compiler
from broadcaster.letters.filling.mime import EmailSender
from broadcaster.letters.filling.skeleton import EmailSkeleton, Envelope
from broadcaster.letters.model.letter import TemplateContext
from broadcaster.letters.reading.loader import load_letter
from broadcaster.letters.rendering.fragments import Links

TEMPLATES = Path(__file__).parents[1] / "templates"

PARAGRAPH = (
    "We are writing to everybody in the neighbourhood to say what has happened, what is being done about it, and what "
    "each of us can do. Officers are visiting schools and places of worship every day of this week, and you can speak "
    "to one of them whenever you like. Nobody has to be at home alone with a worry: ring us, or ask a neighbour.\n\n"
)

BODY = (
    "Dear {{ recipient.name }},\n\n"
    + PARAGRAPH * 4
    + "## Your officers in {{ recipient.borough }}\n\n"
    + "**{{ recipient.officer }}** is at {{ recipient.place }} on {{ recipient.day }}, from {{ recipient.hour }}.\n\n"
    + "- Ring {{ recipient.phone }}\n- Write to the team of {{ recipient.ward }}\n\n"
    + PARAGRAPH * 6
    + "Yours, and with thanks to all in {{ recipient.borough }}"
)
SUBJECT = "{{ recipient.borough }}: how things stand"
BRANCH = "{% if recipient.borough == 'Ashmere' %}Tea is on the table.{% else %}Children are welcome.{% endif %}"

SURROUNDINGS = TemplateContext(
    organisation={"name": "Eastmarch Police"},
    signatory={"name": "Ada Lowe", "role": "Inspector", "email": "ada@eastmarch.example"},
    campaign={"name": "update", "date": "1 December 2026"},
    helplines={},
)
SENDER = EmailSender(
    "Eastmarch Police", "news@eastmarch.example", "ada@eastmarch.example", "k3.lists.eastmarch.example"
)
BOROUGHS = ("Ashmere", "Colverton", "Dunmarsh", "Fenwick")


def people(count: int, *, ascii_only: bool) -> list[dict[str, str]]:
    """Invented people, each with own values."""
    first = ("Amina", "Rhys", "Maud", "Joel") if ascii_only else ("آمنة", "Zoë", "ফারহানা", "Łukasz")
    return [
        {
            "name": f"{first[at % 4]} {'Khan' if ascii_only else 'خان'} {at:05d}",
            "borough": BOROUGHS[at % 4],
            "officer": f"Sergeant {at % 97} Moss",
            "place": f"Lantern Street {at % 311}",
            "day": "Tuesday",
            "hour": f"{at % 9 + 9} o'clock",
            "phone": f"07700 900{at % 1000:03d}",
            "ward": f"Ward {at % 13}",
        }
        for at in range(count)
    ]


def links(at: int) -> Links:
    token = f"{at:022d}"
    return Links(*(f"https://letters.example.org/{page}/{token}" for page in "wcu"))


def compiled(body: str) -> Compiler:
    with tempfile.TemporaryDirectory() as folder:
        templates = Path(folder) / "templates"
        (templates / "letter").mkdir(parents=True)
        (templates / "_frames").mkdir()
        for file in ("email.mjml", "email.txt", "words.yaml"):
            (templates / "_frames" / file).write_bytes((TEMPLATES / "_frames" / file).read_bytes())
        (templates / "letter" / "letter.yaml").write_text("title: B\nkind: public-task\nsignatory: a\nfallback: en\n")
        (templates / "letter" / "en.md").write_text(
            f"{{% block subject %}}{SUBJECT}{{% endblock %}}{{% block body %}}{body}{{% endblock %}}"
        )
        return Compiler(load_letter(templates, "letter"), lambda _: SURROUNDINGS)


class Ours:
    """The compiled letter: trace, then fill."""

    def __init__(self, body: str) -> None:
        self.compiler = compiled(body)
        self.skeletons: dict[bytes, EmailSkeleton] = {}

    def skeleton(self, key: bytes) -> EmailSkeleton:
        if key not in self.skeletons:
            self.skeletons[key] = self.compiler.email(key, SENDER)
        return self.skeletons[key]


class Peer:
    """Jinja renders HTML and text made of the same markup, and EmailMessage makes the MIME."""

    def __init__(self, skeleton: EmailSkeleton, columns: list[str]) -> None:
        environment = Environment(autoescape=True)
        marks = [f"{{{{ {column} }}}}" for column in columns]
        own = Links(*(f"{{{{ links.{name} }}}}" for name in ("web", "check", "unsubscribe")))
        self.columns = columns
        self.html = environment.from_string(skeleton.html(marks, own).replace("&#39;", "'"))
        self.text = Environment(autoescape=False).from_string(skeleton.text(marks, own))  # noqa: S701 - plain text
        self.subject = Environment(autoescape=False).from_string(skeleton.subject(marks, own))  # noqa: S701 - a header

    def message(self, person: dict[str, str], at: int, instant: datetime) -> bytes:
        mine = links(at)
        scope = {**person, "links": mine}
        message = EmailMessage()
        message["From"] = "Eastmarch Police <news@eastmarch.example>"
        message["Reply-To"] = "ada@eastmarch.example"
        message["To"] = f"person{at}@example.org"
        message["Date"] = format_datetime(instant)
        message["Message-ID"] = f"<m{at}@eastmarch.example>"
        message["Subject"] = self.subject.render(scope)
        message["List-Unsubscribe"] = f"<{mine.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(self.text.render(scope))
        message.add_alternative(self.html.render(scope), subtype="html")
        return message.as_bytes()


def cost(run: Callable[[], object], messages: int, repeats: int) -> float:
    """The median CPU time of one message, in microseconds."""
    times = []
    run()
    for _ in range(repeats):
        start = time.process_time()
        run()
        times.append((time.process_time() - start) / messages * 1e6)
    return statistics.median(times)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    count, repeats = options.messages, options.repeats
    instant = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    all_links = [links(at) for at in range(count)]
    rows: list[tuple[str, float]] = []

    for name, ascii_only in (("ASCII names", True), ("Arabic, Bengali, Polish names", False)):
        roster = people(count, ascii_only=ascii_only)
        ours = Ours(BODY)
        traces = [ours.compiler.trace("en", person, Channel.EMAIL) for person in roster]
        skeleton = ours.skeleton(traces[0].skeleton)
        envelopes = [
            Envelope(p["name"], f"person{at}@example.org", f"m{at}@eastmarch.example", instant)
            for at, p in enumerate(roster)
        ]
        size = len(skeleton.fill(traces[0].values, envelopes[0], all_links[0]))

        def fill(traces=traces, skeleton=skeleton, envelopes=envelopes) -> None:  # type: ignore[no-untyped-def]  # binds the loop's values
            for trace, envelope, mine in zip(traces, envelopes, all_links, strict=True):
                skeleton.fill(trace.values, envelope, mine)

        rows.append((f"fill: subject, text, HTML, MIME; {name} ({size:,} bytes)", cost(fill, count, repeats)))

    roster = people(count, ascii_only=True)
    straight, branching = Ours(BODY), Ours(BODY + "\n\n" + BRANCH)
    for name, run in (
        ("trace, a letter that does not branch", straight.compiler.trace),
        ("trace, the same letter run whole", straight.compiler.full_trace),
        ("trace, a letter that branches", branching.compiler.trace),
    ):

        def trace_all(run=run) -> None:  # type: ignore[no-untyped-def]  # binds the loop's value
            for person in roster:
                run("en", person, Channel.EMAIL)

        rows.append((name, cost(trace_all, count, repeats)))

    trace = straight.compiler.trace("en", roster[0], Channel.EMAIL)
    compile_one = cost(lambda: [straight.compiler.email(trace.skeleton, SENDER) for _ in range(20)], 20, repeats)
    rows.append(("compile one skeleton (Markdown, MJML, CSS)", compile_one))

    columns = ["borough", "name", "officer", "place", "day", "hour", "phone", "ward"]
    peer = Peer(straight.skeleton(trace.skeleton), columns)
    few = max(50, count // 10)

    def by_peer() -> None:
        for at in range(few):
            peer.message(roster[at], at, instant)

    rows.append(("peer: Jinja strings + EmailMessage", cost(by_peer, few, repeats)))
    width = max(len(name) for name, _ in rows)
    sys.stdout.write(f"CPU per message, median of {repeats} × {count:,}\n")
    for name, microseconds in rows:
        sys.stdout.write(f"  {name:<{width}}  {microseconds:10.1f} µs\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
