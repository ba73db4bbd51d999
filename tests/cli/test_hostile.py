"""Letters and rosters written by somebody who means harm: refused in words, or taken as the text that they are."""

import csv
import json
import unicodedata
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.commandline import Run
from tests.projects import CAMPAIGN, person, write_roster
from tests.services.approving.test_decisions import approved
from tests.services.stage import CONFIG, EN, ROSTER, edit, outbox, write

BODY = "{% block subject %}News{% endblock %}{% block body %}"
SMS = "{% endblock %}{% block sms %}News{% endblock %}"

LETTERS = {
    "a python object": "{{ ''.__class__.__mro__ }}",
    "an attribute by filter": "{{ recipient|attr('__class__') }}",
    "an item with underscores": "{{ recipient['__class__'] }}",
    "a method": "{{ recipient.name.upper() }}",
    "a method of a mapping": "{{ recipient.items() }}",
    "a format": "{{ '%s'|format(recipient) }}",
    "a format method": "{{ '{0.__class__}'.format(recipient) }}",
    "a huge text": "{{ 'a' * 1000000000 }}",
    "a huge power": "{{ 9 ** 999999999 }}",
    "a long join": "{% for a in range(1000000) %}{{ a }}{% endfor %}",
    "nested loops": "{% for a in recipient.name %}" * 8 + "x" + "{% endfor %}" * 8,
    "growing text": "{% set n = namespace(a='x') %}{% for a in '"
    + "a" * 40
    + "' %}{% set n.a = n.a ~ n.a %}{% endfor %}",
    "an endless macro": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "itself": "{% include 'greeting/en.md' %}",
    "the settings": "{% include '../config.yaml' %}",
    "the settings by another way": "{% include '_shared/../../config.yaml' %}",
    "a file of the system": "{% include '/etc/passwd' %}",
    "a file by a value": "{% include recipient.name %}",
    "a frame": "{% include '_frames/email.mjml' %}",
    "an import": "{% import 'os' as os %}{{ os.environ }}",
    "raw markup": "{{ recipient.name|safe }}",
    "escaping off": "{% autoescape false %}{{ recipient.name }}{% endautoescape %}",
    "a block that is not closed": "{% if recipient.name %}",
    "an expression that is not closed": "{{ recipient.name",
    "a stray end": "{% endblock %}{% endblock %}",
    "deep nesting": "{% if recipient.name %}" * 2000 + "{% endif %}" * 2000,
    "deep brackets": "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
    "a host by a value": "[here](https://{{ recipient.name }}.example.org/)",
    "a link by a value": "[here]({{ recipient.name }})",
    "a remote picture": "![x](https://letters.example.org/x.png)",
    "the environment": "{{ self.__init__.__globals__ }}",
    "the context": "{{ self._TemplateReference__context }}",
    "lipsum": "{{ lipsum.__globals__ }}",
    "cycler": "{{ cycler.__init__ }}",
    "a debug tag": "{% debug %}",
    "a nul": "a\x00b",
    "an empty value": "Dear {{ recipient.phone }},",
    "an unknown column": "Dear {{ recipient.surname }},",
    "a division by nothing": "{{ 1 / 0 }}",
    "an unknown filter": "{{ recipient.name|shout }}",
}


@pytest.mark.parametrize("name", LETTERS)
def test_a_hostile_letter_is_refused(folder: Path, run: Run, name: str) -> None:
    write(folder, {EN: BODY + LETTERS[name] + SMS})
    for words in (("submit", CAMPAIGN, "--by", "amina"), ("check",)):
        said = run(*words)
        assert said.code == 1, said.out
        assert "templates/greeting" in said.out + said.err
        assert "Traceback" not in said.err
        assert "(unforeseen)" not in said.err
        assert "root:" not in said.out + said.err
    assert outbox(folder) == []


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"x" * 3_000_000, b"{% block subject %}" * 3])
def test_a_file_that_is_no_letter_is_refused(folder: Path, run: Run, content: bytes) -> None:
    (folder / EN).write_bytes(content)
    said = run("plan", CAMPAIGN)
    assert (said.code, said.out) == (1, "")
    assert "(unforeseen)" not in said.err


@pytest.mark.parametrize("name", ["templates/greeting/en.md", "audiences/neighbours.csv"])
def test_a_link_out_of_the_folder_is_not_followed(folder: Path, run: Run, tmp_path: Path, name: str) -> None:
    outside = tmp_path / Path(name).name
    (folder / name).rename(outside)
    (folder / name).symlink_to(outside)
    said = run("plan", CAMPAIGN)
    assert said.code == 1, said.out
    assert "(unforeseen)" not in said.err


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("letter: greeting", "letter: ../greeting"),
        ("letter: greeting", "letter: /etc"),
        ("letter: greeting", "letter: _frames"),
        ("audience: neighbours", "audience: ../audiences/neighbours"),
        ("audience: neighbours", "audience: [neighbours, ..]"),
        ("  hello:", "  ../hello:"),
    ],
)
def test_a_name_that_leaves_the_folder_is_refused(folder: Path, run: Run, old: str, new: str) -> None:
    edit(folder, CONFIG, old, new)
    said = run("plan", CAMPAIGN)
    assert (said.code, said.out) == (1, "")
    assert "config.yaml" in said.err


VALUES = {
    "markup": "<script>alert('x')</script> & <b>\"bold\"</b>",
    "markdown": "**bold** [link](https://evil.example) `code` # head ![x](y) | a |",
    "jinja": "{{ recipient.email }} {% raw %} {# no #}",
    "an encoded word": "=?utf-8?q?x=0ABcc:_evil@example.org?=",
    "mjml": "</mj-text><mj-raw>x</mj-raw>",
    "emoji": "Ana 👩🏽‍🚒🇬🇧 Ruiz",
    "right to left": "محمد بن عبد الله",
    "a mixture": "Ali (علي) O'Neil-Smith, Jr.",
    "combining": "Zoë Z̈ô",
    "a header": "Bcc: evil@example.org",
    "an address": '"x" <evil@example.org>, y@example.org',
    "quoted-printable": "=41=0D=0A.=2E",
    "a dot": ".",
    "percent": "%s %(name)s %00 {0}",
    "a formula": '=HYPERLINK("https://evil.example")',
    "a rich tag": "[red]x[/red] :smile:",
}

CLEANED = {
    "line ends": ("Ana\r\nBcc: evil@example.org\r\n\r\nRuiz", "Ana Bcc: evil@example.org Ruiz"),
    "bidi controls": ("Ana \u202eziuR\u202c \u2066x\u2069", "Ana ziuR x"),
    "control characters": ("A\x07na\x1b[31m R\x1auiz", None),
    "zero width": ("Ana\u200bRuiz\ufeff", None),
}

NO_NAMES = frozenset(
    {"markdown", "jinja", "an encoded word", "a header", "an address", "a dot", "a formula", "line ends"}
)
"""What is refused as a name before any letter is made of it; these come by another column that is printed as well."""


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 (the parser passes them)
        self.tags.append(tag)


def plain(text: str) -> str:
    """Without the isolates that keep right-to-left and left-to-right words apart."""
    return "".join(char for char in text if char not in "\u200e\u200f\u2066\u2067\u2068\u2069")


def sent(folder: Path, to: str) -> EmailMessage:
    (data,) = (
        path.read_bytes() for path in outbox(folder) if path.suffix == ".eml" and to.encode() in path.read_bytes()
    )
    message = message_from_bytes(data, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


def trap(folder: Path, run: Run, value: str, borough: str = "Ashmere", column: str = "name") -> EmailMessage:
    """Send the letter to somebody with this in a column that it prints for a name, and to a plain person whose letter
    theirs is compared with.
    """
    mine = {"name": "Ann B.", column: value}
    write_roster(folder, [person(1, name="Ann"), person(2, borough=borough, phone="+447700900111", **mine)])
    for _ in range((folder / EN).read_text("utf-8").count("recipient.name") if column != "name" else 0):
        edit(folder, EN, "recipient.name", f"recipient.{column}")
    edit(folder, CONFIG, "channel: preferred", "channel: both")
    approved(run)
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    return sent(folder, "person2@example.org")


def holds(folder: Path, message: EmailMessage, value: str) -> None:
    """The value stands whole and harmless in every part of the message, as the plain person's does in theirs."""
    other = sent(folder, "person1@example.org")
    assert plain(str(message["Subject"])) == f"News for {value}"
    assert sorted(message.keys()) == sorted(other.keys())
    assert [address.addr_spec for address in message["To"].addresses] == ["person2@example.org"]
    assert "Bcc" not in message
    assert f"Dear {value}," in plain(part(message, "plain"))
    mine, theirs = _Text(), _Text()
    mine.feed(part(message, "html"))
    theirs.feed(part(other, "html"))
    assert mine.tags == theirs.tags
    assert f"Dear {value}," in plain(" ".join(mine.text.split()))
    (text,) = (json.loads(path.read_text("utf-8")) for path in outbox(folder) if path.suffix == ".json")
    assert f"all is well, {value}." in plain(text["body"])


@pytest.mark.parametrize("name", VALUES)
def test_a_hostile_value_arrives_whole_and_harmless(folder: Path, run: Run, name: str) -> None:
    column = "greeting" if name in NO_NAMES else "name"
    holds(folder, trap(folder, run, VALUES[name], column=column), VALUES[name])


@pytest.mark.parametrize("name", sorted(NO_NAMES))
def test_it_is_refused_as_a_name_where_it_can_be_none(folder: Path, run: Run, name: str) -> None:
    value = VALUES[name] if name in VALUES else CLEANED[name][0]
    write_roster(folder, [person(1, name="Ann"), person(2, name=value)])
    said = run("plan", CAMPAIGN)
    assert said.code == 1
    assert f"{ROSTER}:3" in said.out
    assert "(name-is-none)" in said.out or "(name-ruined)" in said.out


@pytest.mark.parametrize("name", CLEANED)
def test_what_nobody_sees_is_cleaned_away(folder: Path, run: Run, name: str) -> None:
    value, cleaned = CLEANED[name]
    message = trap(folder, run, value, column="greeting" if name in NO_NAMES else "name")
    whole = str(message) + part(message, "plain")
    assert not any(unicodedata.category(char) == "Cc" and char not in "\r\n\t" for char in whole)
    assert "\u202e" not in whole
    if cleaned is not None:
        holds(folder, message, cleaned)
    assert "Bcc" not in message


def test_ten_thousand_characters_arrive_whole(folder: Path, run: Run) -> None:
    borough = "Ashmere <&> " * 833
    message = trap(folder, run, "Ann B.", borough.strip())
    assert plain(part(message, "plain")).count("Ashmere <&>") == 833
    text = _Text()
    text.feed(part(message, "html"))
    assert text.text.count("Ashmere <&>") == 833


def test_a_name_of_ten_thousand_characters_is_told_by_row(folder: Path, run: Run) -> None:
    write_roster(folder, [person(1), person(2, name="x" * 10_001), person(3, name="y" * 9_999)])
    said = run("plan", CAMPAIGN)
    assert said.code == 1
    assert f"{ROSTER}:3" in said.out
    assert "(cell-too-long)" in said.out
    assert f"{ROSTER}:4" in said.out
    assert "(subject-too-long)" in said.out
    assert "yyyy" not in said.out + said.err


ROWS = {
    "no header": b"ada@example.org,Ada\n",
    "another header": b"nom,adresse\nAda,ada@example.org\n",
    "the same column twice": b"name,email,email\nAda,a@example.org,b@example.org\n",
    "an empty file": b"",
    "only a header": b"name,email\n",
    "binary": bytes(range(256)),
    "utf-16": "name,email\nAda,ada@example.org\n".encode("utf-16"),
    "an open quote": b'name,email\n"Ada,ada@example.org\n',
    "one endless line": b"name,email\n" + b"x" * 2_000_000,
    "a nul": b"name,email\nA\x00da,ada@example.org\n",
    "windows letters": "name,email,borough\nZoë,zoe@example.org,Ashmere\n".encode("cp1252"),
    "a reserved column": b"name,email,__class__\nAda,ada@example.org,x\n",
}


@pytest.mark.parametrize("name", ROWS)
def test_a_malformed_roster_is_told_in_words(folder: Path, run: Run, name: str) -> None:
    (folder / ROSTER).write_bytes(ROWS[name])
    said = run("submit", CAMPAIGN, "--by", "amina")
    assert said.code == 1
    assert "(unforeseen)" not in said.err
    assert "Traceback" not in said.err
    assert "ada@" not in said.err
    checked = run("check", "--json")
    assert any(problem["file"] in (ROSTER, "audiences/neighbours.yaml", CONFIG) for problem in checked.json["problems"])


def test_semicolons_and_a_byte_order_mark_are_read(folder: Path, run: Run) -> None:
    with (folder / ROSTER).open(encoding="utf-8", newline="") as file:
        lines = [";".join(row) for row in csv.reader(file)]
    (folder / ROSTER).write_text("\ufeff" + "\r\n".join(lines) + "\r\n", "utf-8")
    assert run("plan", CAMPAIGN, "--json").json["recipients"] == 6
