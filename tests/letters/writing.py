"""Letters for tests: written into a real folder, loaded and compiled as any other."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from broadcaster.letters.compiling.compiler import Compiler
from broadcaster.letters.filling.mime import EmailSender
from broadcaster.letters.filling.skeleton import Envelope
from broadcaster.letters.model.letter import Letter, TemplateContext
from broadcaster.letters.reading.loader import load_letter
from broadcaster.letters.rendering.fragments import Links

STARTER = Path(__file__).parents[2] / "templates"

DECLARATION = "title: A test letter\nkind: campaign\nsignatory: team\nfallback: en\n"

FRAMES = {
    "_frames/email.mjml": """\
<mjml lang="{{ language }}" dir="{{ direction }}"><mj-head><mj-title>{{ title }}</mj-title>
<mj-attributes><mj-all font-family="Arial, sans-serif" /></mj-attributes>
<mj-style>.letter p { margin: 0 } .letter a { color: #123456 } .letter td { padding: 1px }</mj-style></mj-head>
<mj-body><mj-section><mj-column>{% if logo %}<mj-image src="{{ logo }}" alt="" width="9px" />{% endif %}
<mj-text css-class="letter">{{ content }}</mj-text>
<mj-text>{{ words.why }} {{ organisation.name }}
{% if links.unsubscribe %}<a href="{{ links.unsubscribe }}">{{ words.stop }}</a>{% endif %}</mj-text>
</mj-column></mj-section></mj-body></mjml>""",
    "_frames/email.txt": """\
{{ content }}

--
{{ words.why }} {{ organisation.name }}
{% if links.unsubscribe %}{{ words.stop }}: {{ links.unsubscribe }}{% endif %}
""",
    "_frames/words.yaml": "en: {why: You asked for it., stop: Stop}\nar: {why: طلبتم ذلك., stop: إيقاف}\n",
}

SURROUNDINGS = TemplateContext(
    organisation={"name": "Eastmarch Police"},
    signatory={"name": "Ada Lowe", "role": "Inspector", "email": "ada@eastmarch.example"},
    campaign={"name": "reassurance", "date": "1 December 2026"},
    helplines={
        "police": {"name": "Police", "number": "101", "says": "Not urgent"},
        "care": {"name": "Care & Co", "number": "020 7946 0000", "says": "Day and night"},
    },
)

SENDER = EmailSender("Eastmarch Police", "news@eastmarch.example", "ada@eastmarch.example", "a1b2.lists.example")
LINKS = Links(
    web="https://letters.example.org/w/Qk3ZpJb1xR7sT9vW2yA4cE",
    check="https://letters.example.org/c/Qk3ZpJb1xR7sT9vW2yA4cE",
    unsubscribe="https://letters.example.org/u/Qk3ZpJb1xR7sT9vW2yA4cE",
)
ENVELOPE = Envelope(
    "Amina Khan", "amina@example.org", "k3x9@eastmarch.example", datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
)


def write(root: Path, files: Mapping[str, str]) -> Path:
    """A project folder with these files below templates/; the frames and letter.yaml of `letter` are there already."""
    templates = root / "templates"
    for path, text in {"letter/letter.yaml": DECLARATION, **FRAMES, **files}.items():
        target = templates / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return templates


def load(root: Path, files: Mapping[str, str]) -> Letter:
    return load_letter(write(root, files), "letter")


def compiler(letter: Letter, context: TemplateContext = SURROUNDINGS) -> Compiler:
    return Compiler(letter, lambda _: context)


def blocks(body: str = "Hello.", subject: str = "News", sms: str | None = "Hi", top: str = "") -> str:
    """The text of a language file."""
    last = "" if sms is None else f"{{% block sms %}}{sms}{{% endblock %}}"
    return f"{top}{{% block subject %}}{subject}{{% endblock %}}\n{{% block body %}}\n{body}\n{{% endblock %}}\n{last}"
