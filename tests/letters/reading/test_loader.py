"""Loading: every problem of a letter's files at once, each with its place, and nothing from outside the folder."""

from pathlib import Path

import pytest

from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.letters.model.errors import SkeletonFormatError
from broadcaster.letters.model.letter import Letter, LetterKind
from broadcaster.letters.reading.loader import letter_names, load_letter
from tests.letters.writing import DECLARATION, FRAMES, STARTER, blocks, load, write

MACRO = "{% macro m() %}{{ recipient.a }}{% endmacro %}"


def problems(root: Path, files: dict[str, str], name: str = "letter") -> list[tuple[str, str | None, int | None]]:
    with pytest.raises(ProblemsFoundError) as caught:
        load_letter(write(root, files), name)
    return [(problem.code, problem.file, problem.line) for problem in caught.value.problems]


@pytest.mark.parametrize("name", letter_names(STARTER))
def test_starter_letters_load_and_thaw_as_they_were_frozen(name: str) -> None:
    letter = load_letter(STARTER, name)
    assert set(letter.languages) == {"en", "ar", "ur", "bn", "so"}
    thawed = Letter.thaw(letter.freeze())
    assert thawed == letter
    assert thawed.digest == letter.digest


def test_what_letter_yaml_says(tmp_path: Path) -> None:
    declared = DECLARATION + "helplines: [police]\nnever_say: [no, 09:00]\nmust_say: {en: ['#WeStandTogether']}\n"
    letter = load(tmp_path, {"letter/letter.yaml": declared, "letter/en.md": blocks(), "letter/cy.md": blocks()} | cy())
    assert (letter.title, letter.kind, letter.signatory) == ("A test letter", LetterKind.CAMPAIGN, "team")
    assert letter.helplines == ("police",)
    assert letter.never_say == ("no", "09:00")
    assert letter.must_say == {"en": ("#WeStandTogether",), "cy": ()}
    assert letter.parts("en") == {"subject", "body", "sms"}


def cy() -> dict[str, str]:
    return {"_frames/words.yaml": FRAMES["_frames/words.yaml"] + "cy: {why: pam, stop: stop}\n"}


def test_must_say_as_a_list_is_for_every_language(tmp_path: Path) -> None:
    declared = DECLARATION + "must_say: ['#WeStandTogether']\n"
    letter = load(tmp_path, {"letter/letter.yaml": declared, "letter/en.md": blocks(), "letter/ar.md": blocks()})
    assert letter.must_say == {"en": ("#WeStandTogether",), "ar": ("#WeStandTogether",)}


@pytest.mark.parametrize(
    ("wanted", "served"), [("ar", "ar"), ("AR", "ar"), ("ar-EG", "ar"), ("en-GB", "en"), ("fr", "en"), ("", "en")]
)
def test_the_language_that_serves_best(tmp_path: Path, wanted: str, served: str) -> None:
    letter = load(tmp_path, {"letter/en.md": blocks(), "letter/ar.md": blocks()})
    assert letter.language_for(wanted) == served


@pytest.mark.parametrize(
    "path",
    [
        "letter/en.md",
        "_shared/x.md",
        "_frames/email.mjml",
        "_frames/email.txt",
        "_frames/words.yaml",
        "letter/letter.yaml",
    ],
)
def test_an_edit_anywhere_changes_the_digest(tmp_path: Path, path: str) -> None:
    files = {"letter/en.md": blocks("{% include '_shared/x.md' %}"), "_shared/x.md": "one"}
    before = load(tmp_path, files)
    target = tmp_path / "templates" / path
    text = target.read_text()
    target.write_text(text.replace("one", "two") if path == "_shared/x.md" else text.replace("e", "e ", 1) + "\n")
    target.write_text(text + ("# a remark\n" if path.endswith("yaml") else "\n"))
    assert load_letter(tmp_path / "templates", "letter").digest != before.digest


def test_line_ends_and_a_mark_at_the_beginning_do_not_count(tmp_path: Path) -> None:
    first = load(tmp_path / "a", {"letter/en.md": blocks()})
    templates = write(tmp_path / "b", {})
    (templates / "letter" / "en.md").write_bytes(b"\xef\xbb\xbf" + blocks().replace("\n", "\r\n").encode())
    assert load_letter(templates, "letter").digest == first.digest


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    files = {
        "letter/letter.yaml": "titel: x\nkind: campain\nfallback: fr\n",
        "letter/en.md": "{% block subject %}{{ nobody }}{% endblock %}\n{% block body %}\n{% if x %}{% endblock %}",
        "letter/ar.md": "{% block sms %}{{ recipient.name|safe }}{% endblock %}\n"
        "{% block body %}{% include '_shared/no.md' %}\n{% endblock %}",
        "letter/english.md": "x",
        "_frames/email.txt": "{{ recipient.name }}{{ content }}",
    }
    found = problems(tmp_path, files)
    yaml, ar = "templates/letter/letter.yaml", "templates/letter/ar.md"
    assert ("unknown-key", yaml, 1) in found
    assert ("missing-key", yaml, None) in found
    assert ("bad-value", yaml, 2) in found
    assert ("syntax", "templates/letter/en.md", 3) in found
    assert ("not-allowed", ar, 1) in found
    assert ("file-missing", ar, 2) in found
    assert ("missing-part", ar, None) in found
    assert ("not-a-language", "templates/letter/english.md", None) in found
    assert ("undefined-name", "templates/_frames/email.txt", 1) in found


def test_the_nearest_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFoundError) as caught:
        load(tmp_path, {"letter/letter.yaml": DECLARATION + "helpline: [a]\n", "letter/en.md": blocks()})
    (problem,) = caught.value.problems
    assert "Did you mean helplines?" in problem.remedy


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("{% block body %}x{% endblock %}", "missing-part"),
        ("{% block subject %}x{% endblock %}", "missing-part"),
        ("nothing", "missing-part"),
        (blocks() + "{% block sms %}again{% endblock %}", "block-twice"),
        ("{% if links.web %}" + blocks() + "{% endif %}", "misplaced-part"),
        (blocks() + "forgotten words", "outside-parts"),
        (blocks("{% block sms %}x{% endblock %}", sms=None), "misplaced-part"),
        (blocks("{{ undefined_thing }}"), "undefined-name"),
        (blocks("{{ m() }}", top="{% from '_shared/m.md' import m %}"), "needs-context"),
        (blocks("{{ organisation.nam }}"), "undefined-name"),
        (blocks("{{ helplines['police'].phone }}"), "undefined-name"),
        (blocks("{{ links.home }}"), "undefined-name"),
        (blocks("{% filter upper %}x{% endfilter %}"), "not-allowed"),
        (blocks("{% set x %}y{% endset %}"), "not-allowed"),
        (blocks("{% autoescape true %}y{% endautoescape %}"), "not-allowed"),
        (blocks("{% trans %}y{% endtrans %}"), "not-allowed"),
        (blocks("{% do x %}"), "not-allowed"),
        (blocks("{{ recipient.a|e }}"), "not-allowed"),
        (blocks("{{ recipient.a ** 2 }}"), "not-allowed"),
        (blocks("{% macro m() %}{% endmacro %}{{ m()|upper }}"), "not-allowed"),
        (blocks("{% macro m() %}{% endmacro %}{% if m() is defined %}{% endif %}"), "not-allowed"),
        (blocks("{% include '_shared/x.md' ignore missing %}"), "not-allowed"),
        (blocks("{% include '_shared/x.md' without context %}"), "not-allowed"),
        (blocks("{% include ['_shared/x.md', '_shared/y.md'] %}"), "not-allowed"),
        (blocks("{% for x in [1] recursive %}{% endfor %}"), "not-allowed"),
        (blocks("{% set x = links.web %}"), "not-allowed"),
        (blocks("{{ links.web|upper }}"), "not-allowed"),
        (blocks("{{ links.web ~ 'x' }}"), "not-allowed"),
        (blocks("{{ links.web or 'x' }}"), "not-allowed"),
        (blocks("{{ links['we' ~ 'b'] }}"), "not-allowed"),
        (blocks("{% macro m(x) %}{{ x }}{% endmacro %}{{ m(links.web) }}"), "not-allowed"),
        (blocks("{{ links }}"), "not-allowed"),
        (blocks("{% set loop = 1 %}"), "reserved-name"),
        (blocks("{% for organisation in [1] %}{% endfor %}"), "reserved-name"),
        (blocks("{% macro m(recipient) %}{% endmacro %}"), "reserved-name"),
        (blocks("{% with links = 1 %}{% endwith %}"), "reserved-name"),
        (blocks("{% import '_shared/x.md' as helplines %}"), "reserved-name"),
        (blocks("{{ 99999999999999999999 }}"), "letter-too-large"),
        (blocks("x" * 300_000), "letter-too-large"),
        (blocks("\u202eevil"), "control-character"),
    ],
)
def test_what_is_refused(tmp_path: Path, source: str, code: str) -> None:
    found = problems(
        tmp_path, {"letter/en.md": source, "_shared/x.md": "x", "_shared/y.md": "y", "_shared/m.md": MACRO}
    )
    assert code in [each for each, _, _ in found]
    assert all(file and file.startswith("templates/") for _, file, _ in found)


def test_links_may_be_tested_and_printed(tmp_path: Path) -> None:
    load(tmp_path, {"letter/en.md": blocks("{% if links.web and not links.check %}{{ links['web'] }}{% endif %}")})


def test_a_part_that_only_one_language_lacks_is_told(tmp_path: Path) -> None:
    found = problems(tmp_path, {"letter/en.md": blocks(), "letter/ar.md": blocks(sms=None)})
    assert found == [("missing-part", "templates/letter/ar.md", None)]


def test_a_language_without_words_in_the_frames_is_told(tmp_path: Path) -> None:
    found = problems(tmp_path, {"letter/en.md": blocks(), "letter/cy.md": blocks()})
    assert found == [("missing-words", "templates/_frames/words.yaml", None)]


def test_a_file_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    templates = write(tmp_path, {})
    (templates / "letter" / "en.md").write_bytes(b"one\ntwo \xff\n")
    with pytest.raises(ProblemsFoundError) as caught:
        load_letter(templates, "letter")
    assert ("not-utf-8", 2) in [(problem.code, problem.line) for problem in caught.value.problems]


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../letter",
        "letter/../letter",
        "/etc",
        "letter\0",
        "lettеr",
        "ﬁle",
        "letter ",
        "_shared",
        "a" * 200,
        "none",
    ],
)
def test_names_that_are_no_letter_are_refused(tmp_path: Path, name: str) -> None:
    assert problems(tmp_path, {"letter/en.md": blocks()}, name) == [("unknown-letter", None, None)]


def test_a_symbolic_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("secret")
    templates = write(tmp_path / "project", {"letter/en.md": blocks("{% include '_shared/x.md' %}")})
    (templates / "_shared").mkdir()
    (templates / "_shared" / "x.md").symlink_to(secret)
    (templates / "linked").symlink_to(tmp_path)
    with pytest.raises(ProblemsFoundError) as caught:
        load_letter(templates, "letter")
    assert [problem.code for problem in caught.value.problems] == ["file-name"]
    with pytest.raises(ProblemsFoundError):
        load_letter(templates, "linked")


def test_a_missing_frame_is_told(tmp_path: Path) -> None:
    templates = write(tmp_path, {"letter/en.md": blocks()})
    (templates / "_frames" / "email.mjml").unlink()
    with pytest.raises(ProblemsFoundError) as caught:
        load_letter(templates, "letter")
    assert [problem.file for problem in caught.value.problems] == ["templates/_frames/email.mjml"]


@pytest.mark.parametrize(
    "frozen", [b"", b"{}", b"[]", b"null", b'{"format": 99}', b"\xff", b'{"format": 1, "kind": "x"}']
)
def test_what_is_no_frozen_letter_is_refused(frozen: bytes) -> None:
    with pytest.raises(SkeletonFormatError):
        Letter.thaw(frozen)
