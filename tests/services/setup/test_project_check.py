"""`check` finds everything at once: one project with all the mistakes that people make, each told with its place."""

from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import check_project_folder
from broadcaster.services.project.errors import NotAProjectError
from tests.commandline import Run
from tests.projects import AUDIENCE, write_yaml
from tests.services.stage import CONFIG, DECLARED, EN, ROSTER, edit, wall, write

CAMPAIGNS = """\
  unknown-letter: {letter: greting, audience: neighbours, when: "2090-01-01 09:00"}
  unknown-audience: {letter: greeting, audience: neighbors, when: "2090-01-02 09:00"}
  out-of-the-folder: {letter: good, audience: [neighbours, leaving], when: "2090-01-03 09:00"}
  never: {letter: good, audience: neighbours, every: {cron: "0 9 30 2 *"}}
  over: {letter: good, audience: neighbours, every: {cron: "0 9 * * mon", until: 2020-01-01}}
  past: {letter: good, audience: neighbours, when: "2020-01-01 09:00"}
  loud: {letter: loud, audience: neighbours, channel: both, when: "2090-02-01 09:00"}
  soon: {letter: good, audience: neighbours, when: "SOON"}
  soon-after: {letter: good, audience: others, when: "AFTER"}
  hole: {letter: hole, audience: neighbours, when: "2090-03-01 09:00"}
  unsigned: {letter: unsigned, audience: neighbours, when: "2090-05-01 09:00"}
  hostile: {letter: hostile, audience: neighbours, when: "2090-04-01 09:00"}
"""

GOOD = """\
{% block subject %}Hello {{ recipient.name }}{% endblock %}
{% block body %}Dear {{ recipient.name }}, all is well.{% endblock %}
{% block sms %}All is well.{% endblock %}
"""

LOUD = f"""\
{{% block subject %}}{"A subject that goes on and on " * 4}{{% endblock %}}
{{% block body %}}Dear {{{{ recipient.name }}}}, see https://evil.example/ and [this](https://evil.example/here).

Call 0808 157 0123, and do not panic about it. #weallstandtogether
{{% endblock %}}
{{% block sms %}}{"All is well and will be well. " * 20}{{% endblock %}}
"""

HOLE = """\
{% block subject %}Hello{% endblock %}
{% block body %}
Dear {{ recipient.name }}, see you in {{ recipient.borough }},
at {{ recipient.place }}.
{% endblock %}
{% block sms %}Hello{% endblock %}
"""

HOSTILE = """\
{% block subject %}{{ ().__class__ }}{% endblock %}
{% block body %}
{% include '../../config.yaml' %}
{% for x in range(10) %}{{ x }}{% endfor %}
{{ 'a' * 9999999999 }}
{{ unknown }}
{% endblock %}
{% block sms %}{{ recipient.name|safe }}{% endblock %}
"""

OTHERS = """\
name,email,phone,language,channel,timezone,borough
Ada Quill,PERSON1@example.org,,en,,,Ashmere
,nameless@example.org,,en,,,Ashmere
Hal Voss,hal@example,,en,,,Ashmere
Ivy Marsh,,07700 9001,en,,,Ashmere
Jon Kemp,jon@example.org,,klingon,,,Ashmere
Kay Dorn,kay@example.org,,en,post,,Ashmere
Lou Berg,lou@example.org,,en,,Mars/Base,Ashmere
Mia Falk,,,en,,,Ashmere
Ned Ruiz,ned@example.org,,en,,,Ashmere,one,too,many
Ola Hurst,ned2@example.org
"""

LETTERS: dict[str, tuple[str, dict[str, object]]] = {
    "good": (GOOD, {"helplines": ["old"]}),
    "loud": (LOUD, {"never_say": ["do not panic"], "must_say": {"en": ["carry on"]}}),
    "alone": (LOUD, {"never_say": ["do not panic"]}),
    "hole": (HOLE, {}),
    "hostile": (HOSTILE, {}),
    "unsigned": (GOOD, {"helplines": ["nobody"], "signatory": "nobody"}),
    "mistyped": (GOOD, {"titel": "x", "kind": "circular"}),
    "homeless": (GOOD, {"fallback": "ar"}),
}

WANTED = {
    # config.yaml: the line on which the words stand
    ("unknown-letter", "error", CONFIG, "unknown-letter: {letter"),
    ("audience-unknown", "error", CONFIG, "unknown-audience: {letter"),
    ("cron-never-fires", "error", CONFIG, "never: {letter"),
    ("never-fires", "error", CONFIG, "over: {letter"),
    ("when-is-past", "warning", CONFIG, "past: {letter"),
    ("close-together", "warning", CONFIG, "soon-after: {letter"),
    # letters
    ("missing-language", "error", "templates/homeless/letter.yaml", None),
    ("missing-language", "warning", "templates/loud", None),
    ("helpline-written-out", "warning", "templates/loud/en.md", "Call 0808"),
    ("hashtag-one-case", "warning", "templates/loud/en.md", None),
    ("never-say", "error", "templates/loud/en.md", None),
    ("must-say", "error", "templates/loud/en.md", None),
    ("link-host", "error", "templates/loud/en.md", None),
    ("subject-too-long", "error", "templates/loud/en.md", None),
    ("sms-too-long", "error", "templates/loud/en.md", None),
    ("link-host", "error", "templates/alone/en.md", None),
    ("sms-too-long", "error", "templates/alone/en.md", None),
    ("helpline-expired", "error", "templates/good/letter.yaml", None),
    ("helpline-missing", "error", "templates/unsigned/letter.yaml", None),
    ("signatory-unknown", "error", "templates/unsigned/letter.yaml", None),
    ("unknown-key", "error", "templates/mistyped/letter.yaml", "titel"),
    ("bad-value", "error", "templates/mistyped/letter.yaml", "circular"),
    ("not-allowed", "error", "templates/hostile/en.md", "__class__"),
    ("file-name", "error", "templates/hostile/en.md", "include"),
    ("not-allowed", "error", "templates/hostile/en.md", "9999999999"),
    ("undefined-name", "error", "templates/hostile/en.md", "unknown"),
    ("not-allowed", "error", "templates/hostile/en.md", "|safe"),
    ("yaml-syntax", "error", "templates/torn/letter.yaml", "title"),
    # what a letter needs and a person lacks
    ("undefined-value", "error", ROSTER, "Ada Quill"),
    ("undefined-value", "error", ROSTER, "Fay Lund"),
    # audiences
    ("unknown-key", "error", "audiences/mistyped.yaml", "purpouse"),
    ("missing-key", "error", "audiences/mistyped.yaml", None),
    ("roster-name", "error", "audiences/leaving.yaml", "roster"),
    ("where", "error", "audiences/choosy.yaml", "where"),
    ("name-missing", "error", "audiences/others.csv", "nameless@"),
    ("email-invalid", "error", "audiences/others.csv", "hal@example"),
    ("phone-invalid", "error", "audiences/others.csv", "Ivy Marsh"),
    ("language-unknown", "error", "audiences/others.csv", "klingon"),
    ("channel-unknown", "error", "audiences/others.csv", "post"),
    ("timezone-unknown", "error", "audiences/others.csv", "Mars/Base"),
    ("address-missing", "error", "audiences/others.csv", "Mia Falk"),
    ("row-too-long", "error", "audiences/others.csv", "Ned Ruiz"),
    ("row-too-short", "error", "audiences/others.csv", "Ola Hurst"),
    ("row-quote", "error", "audiences/torn.csv", '"Pip'),
    ("not-utf-8", "error", "audiences/garbled.yaml", None),
}


def described(**more: str) -> dict[str, object]:
    return {"name": "Others", "purpose": "To write", "lawful_basis": {"article_6": "consent"}, **more}


@pytest.fixture
def wrong(folder: Path) -> Path:
    """The project with everything wrong."""
    old = "  old: {name: Old, number: 0808 157 0123, says: To ask, verified: 2020-01-01, expires: 2021-01-01}\n"
    edit(folder, CONFIG, "helplines:\n", f"helplines:\n{old}")
    soon, after = (wall(timedelta(days=20, minutes=minutes)) for minutes in (0, 40))
    edit(folder, CONFIG, "campaigns:\n", "campaigns:\n" + CAMPAIGNS.replace("SOON", soon).replace("AFTER", after))
    for name, (text, declared) in LETTERS.items():
        write(folder, {f"templates/{name}/en.md": text})
        write_yaml(folder / f"templates/{name}/letter.yaml", {**DECLARED, "helplines": [], **declared})
    write(
        folder,
        {
            "templates/torn/en.md": GOOD,
            "templates/torn/letter.yaml": "kind: public-task\ntitle: 'torn\n",
            "audiences/others.csv": OTHERS,
            "audiences/torn.csv": 'name,email\nPia,pia@example.org\n"Pip,pip@example.org\n',
            "audiences/mistyped.yaml": "name: Others\npurpouse: To write\nlawful_basis: {article_6: consent}\n",
        },
    )
    write_yaml(folder / "audiences/others.yaml", described())
    write_yaml(folder / "audiences/torn.yaml", described())
    write_yaml(folder / "audiences/leaving.yaml", described(roster="../../etc/passwd"))
    write_yaml(folder / "audiences/choosy.yaml", described(roster="others.csv", where="recipient.borough ="))
    (folder / "audiences/garbled.yaml").write_bytes(b"name: \xff\xfe\n")
    return folder


def line_of(folder: Path, file: str, words: str | None) -> int | None:
    if words is None:
        return None
    lines = (folder / file).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if words in line)


def test_everything_at_once(wrong: Path) -> None:
    found = {(problem.code, problem.level.value, problem.file, problem.line) for problem in check_project_folder(wrong)}
    placed = {(code, level, file, line_of(wrong, file, words)) for code, level, file, words in WANTED}
    somewhere = {(code, level, file) for code, level, file, _ in found}
    missing = {want for want in placed if want not in found and (want[3] is not None or want[:3] not in somewhere)}
    assert missing == set()


def codes(folder: Path) -> set[tuple[str, str | None]]:
    return {(problem.code, problem.file) for problem in check_project_folder(folder)}


LETTER_AND_ROSTER = {("undefined-name", EN), ("email-invalid", ROSTER)}


@pytest.fixture
def mistaken(folder: Path) -> Path:
    """A project with a mistake in its letter and one in its roster."""
    edit(folder, EN, "recipient.borough", "recipent.borough")
    edit(folder, ROSTER, "person1@example.org", "person1@example")
    return folder


def test_a_plain_mistake_in_letter_and_roster(mistaken: Path) -> None:
    assert codes(mistaken) >= LETTER_AND_ROSTER


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("campaigns:", "campains:", "unknown-key"),
        ("channel: preferred", "channel: pigeon", "wrong-value"),
        ("channel: preferred", "channel: preferred\n    chanel: sms", "unknown-key"),
        ("number: '101'", "number:", "empty-value"),
        ("email: officer@ashmere.example", "email: nowhere", "wrong-value"),
        ("role: viewer", "role: watcher", "wrong-value"),
        ("smtp: 100000/s", "smtp: fast", "wrong-value"),
        ("email: outbox", "email: pigeon", "wrong-value"),
        ("email: outbox", "email: smtp", "provider-missing"),
        ("pace:", "quiet_hours: {start: '25:00', end: '08:00'}\npace:", "wrong-value"),
        ("public_url: https://letters.example.org", "public_url: letters", "wrong-value"),
        ("public_url: https://letters.example.org", "public_url: https://a.example\npublic_url: x", "duplicate-key"),
    ],
)
def test_letters_and_rosters_are_checked_while_config_is_wrong_elsewhere(
    mistaken: Path, old: str, new: str, code: str
) -> None:
    edit(mistaken, CONFIG, old, new)
    found = codes(mistaken)
    assert (code, CONFIG) in found
    assert found >= LETTER_AND_ROSTER


@pytest.mark.parametrize("old", ["number: '101'", "email: officer@ashmere.example"])
def test_what_config_has_and_cannot_be_read_is_not_missed_elsewhere(folder: Path, old: str) -> None:
    edit(folder, CONFIG, old, old.partition(":")[0] + ": [")
    assert {code for code, file in codes(folder) if file != CONFIG} == set()
    edit(folder, CONFIG, ": [", ": []")
    assert {file for _, file in codes(folder)} == {CONFIG}


@pytest.mark.parametrize("text", ["organisation: {name: x\n", "- a\n- list\n", "\x00", "", "organisation: {}\n"])
def test_letters_are_checked_while_nothing_of_config_can_be_read(mistaken: Path, text: str) -> None:
    (mistaken / CONFIG).write_text(text, "utf-8")
    found = codes(mistaken)
    assert any(file == CONFIG for _, file in found)
    assert ("undefined-name", EN) in found


def test_all_is_checked_while_the_key_is_missing(mistaken: Path) -> None:
    (mistaken / "var/key").unlink()
    assert codes(mistaken) >= {("key-missing", None), *LETTER_AND_ROSTER}


def test_all_is_checked_while_the_ledger_is_none(mistaken: Path) -> None:
    (mistaken / "var/broadcaster.db").write_bytes(b"this is no database, and it is longer than a header is")
    assert codes(mistaken) >= {("ledger-foreign", None), *LETTER_AND_ROSTER}


@pytest.mark.parametrize("provider", ["smtp: {host: localhost}", "sendgrid: {api_key_env: KEY}"])
def test_email_to_people_needs_pages_to_unsubscribe(folder: Path, provider: str) -> None:
    edit(folder, CONFIG, "email: outbox", f"email: {provider.partition(':')[0]}\n  {provider}")
    assert ("public-url-missing", CONFIG) not in codes(folder)
    edit(folder, CONFIG, "public_url: https://letters.example.org\n", "")
    assert ("public-url-missing", CONFIG) in codes(folder)


def test_a_logo_that_is_no_picture(folder: Path) -> None:
    (folder / "templates/_frames/logo.png").write_text("not a picture", "utf-8")
    assert "frame-broken" in {code for code, _ in codes(folder)}


def test_an_address_on_two_audiences_counts_as_the_same_person(folder: Path) -> None:
    write(folder, {"audiences/others.csv": "name,email\nAda Quill,Person1@example.org\n"})
    write_yaml(folder / "audiences/others.yaml", described())
    soon, after = (wall(timedelta(days=20, minutes=minutes)) for minutes in (0, 40))
    other = f'  other: {{letter: greeting, audience: others, when: "{after}"}}\n'
    edit(
        folder,
        CONFIG,
        "campaigns:\n",
        f'campaigns:\n  one: {{letter: greeting, audience: neighbours, when: "{soon}"}}\n',
    )
    edit(folder, CONFIG, "campaigns:\n", f"campaigns:\n{other}")
    (warning,) = (problem for problem in check_project_folder(folder) if problem.code == "close-together")
    assert "1 address of others" in warning.message
    edit(folder, "audiences/others.csv", "Person1@", "person77@")
    assert ("close-together", CONFIG) not in codes(folder)


def test_one_letter_too_long_for_everybody_is_said_once(folder: Path) -> None:
    edit(folder, EN, "all is well, ", "all is well, " * 60)
    found = [problem for problem in check_project_folder(folder) if problem.code == "sms-too-long"]
    assert [problem.file for problem in found] == [EN]


def test_one_person_with_a_long_name_is_named_by_row(folder: Path) -> None:
    edit(folder, ROSTER, "Fay Lund", "Fay " * 40)
    found = [problem for problem in check_project_folder(folder) if problem.code == "subject-too-long"]
    assert [(problem.file, problem.line) for problem in found] == [(ROSTER, 7)]
    assert "Fay" not in found[0].message


def test_json_has_exactly_these_keys(wrong: Path, run: Run) -> None:
    said = run("check", "--json")
    assert (said.code, said.err) == (1, "")
    assert said.json.keys() == {"problems"}
    for problem in said.json["problems"]:
        assert list(problem) == ["code", "level", "file", "line", "message", "remedy"]
        assert problem["level"] in ("error", "warning")
        assert problem["message"]
        assert problem["remedy"]


def test_warnings_alone_end_well(folder: Path, run: Run) -> None:
    said = run("check", "--json")
    assert said.code == 0
    assert {problem["level"] for problem in said.json["problems"]} == {"warning"}
    assert run("check").out.endswith("0 errors, 2 warnings.\n")


def test_a_folder_without_a_project(tmp_path: Path) -> None:
    with pytest.raises(NotAProjectError):
        check_project_folder(tmp_path)


def test_it_warns_where_nobody_who_decides_is_told_of_alarms(folder: Path, run: Run) -> None:
    def found() -> list[tuple[str, str]]:
        listed = run("check", "--json").json["problems"]
        return [(one["code"], one["level"]) for one in listed if one["line"] and one["code"] != "when-is-past"]

    assert found() == [("nobody-told", "warning")]
    edit(folder, CONFIG, "role: author", "role: author\n    email: amina@example.org\n    tell: email")
    assert found() == [("nobody-told", "warning")]
    edit(folder, CONFIG, "role: approver", "role: approver\n    phone: 07700 900142\n    tell: sms")
    assert found() == []


def test_an_address_of_staff_that_cannot_be_one_is_an_error_and_is_not_repeated(folder: Path, run: Run) -> None:
    edit(folder, CONFIG, "role: approver", "role: approver\n    phone: 0000 000000\n    tell: sms")
    listed = run("check", "--json").json["problems"]
    (found,) = [one for one in listed if one["level"] == "error"]
    assert found["code"] == "address-unreadable"
    assert found["file"] == CONFIG
    assert "0000" not in run("check").out


def test_an_audience_whose_file_has_an_impossible_name_is_told(folder: Path) -> None:
    """A file that no command reads would hide its people: they would get nothing, and nobody would know."""
    described = (folder / "audiences" / f"{AUDIENCE}.yaml").read_text("utf-8")
    (folder / "audiences" / "my list.yaml").write_text(described, "utf-8")
    (problem,) = (one for one in check_project_folder(folder) if one.code == "audience-name")
    assert problem.file == "audiences/my list.yaml"
    assert "my list" not in problem.remedy
