from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcaster.config.yaml_files.document import YamlDocument, read_yaml, survey_yaml
from broadcaster.domain.errors import ProblemsFoundError


def look(folder: Path, text: str | bytes, **options: list[tuple[str]]) -> YamlDocument:
    path = folder / "x.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return survey_yaml(path, folder, may_be_empty=options.get("may_be_empty", []))


def test_every_scalar_is_what_stands_there(tmp_path: Path) -> None:
    text = """
time: 09:00
number: 999
octal: 0123
phone: +447700900123
word: no
tag: "#WeStandTogether"
bare: say #WeStandTogether
day: 2026-12-01
wall: 2026-12-01 09:00
empty: ""
nothing: ~
list: [yes, 1.0, null]
long: >-
  one
  two
"""
    assert look(tmp_path, text.replace("say #", "say#")).data == {
        "time": "09:00",
        "number": "999",
        "octal": "0123",
        "phone": "+447700900123",
        "word": "no",
        "tag": "#WeStandTogether",
        "bare": "say#WeStandTogether",
        "day": "2026-12-01",
        "wall": "2026-12-01 09:00",
        "empty": "",
        "nothing": "~",
        "list": ["yes", "1.0", "null"],
        "long": "one two",
    }


@pytest.mark.parametrize("text", [f"%YAML {'9' * 5_000}.1\n---\na: b\n", 'a: "\\UFFFFFFFF"\n', 'a: "\\UFFFFFFFF'])
def test_numbers_that_no_yaml_has_are_a_problem(tmp_path: Path, text: str) -> None:
    assert [problem.code for problem in look(tmp_path, text).problems] == ["yaml-syntax"]


def test_everything_knows_its_line(tmp_path: Path) -> None:
    document = look(tmp_path, "a: 1\nb:\n  c:\n    - x\n    - {d: y}\n")
    assert [document.line(path) for path in [("a",), ("b", "c"), ("b", "c", 1), ("b", "c", 1, "d")]] == [1, 3, 5, 5]
    assert document.line(("b", "z")) is None
    assert document.nearest_line(("b", "c", 7, "q")) == 3
    assert document.file == "x.yaml"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", "duplicate-key", 3),
        ("a:\nb: 1\n", "empty-value", 1),
        ("b: 1\na:", "empty-value", 2),
        ("a:\n  - x\n  -\n", "empty-value", 3),
        ("a:\n  - #WeStandTogether\n", "empty-value", 2),
        ("a: [x, , y]\n", "yaml-syntax", 1),
        ("a: &x 1\nb: 1\n", "yaml-alias", 1),
        ("a: 1\nb: *x\n", "yaml-alias", 2),
        ("a: !!python/object/apply:os.system [ls]\n", "yaml-tag", 1),
        ("a: ! x\n", "yaml-tag", 1),
        ("a: 1\n---\nb: 2\n", "yaml-documents", 2),
        ("- a\n- b\n", "yaml-top", 1),
        ("hello\n", "yaml-top", 1),
        ("a:\n\tb: 1\n", "yaml-syntax", 2),
        ("a: b: c\n", "yaml-syntax", 1),
        ('a: "x\nb: 1\n', "yaml-syntax", 1),
        ("a: {b: 1\n", "yaml-syntax", 1),
        ("a: @x\n", "yaml-syntax", 1),
        ("a: 1\n b: 2\n", "yaml-syntax", 2),
        ("? [x]\n: y\n", "yaml-key", 1),
        ("a: " + "[" * 30 + "x" + "]" * 30 + "\n", "yaml-depth", 1),
        (b"a: caf\xe9\n", "not-utf-8", 1),
        ("a: 1\nb: x\x00y\n", "control-character", 2),
        ("a: " + "x" * 1_000_001, "file-too-large", None),
        ("a: x".encode("utf-16"), "not-utf-8", 1),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_what_to_do(
    tmp_path: Path, text: str | bytes, code: str, line: int | None
) -> None:
    problems = look(tmp_path, text).problems
    assert (problems[0].code, problems[0].line) == (code, line)
    assert problems[0].remedy
    with pytest.raises(ProblemsFoundError):
        read_yaml(tmp_path / "x.yaml", tmp_path)


@pytest.mark.parametrize("text", ["a:\n\tb: 1\n", "a: 1\n\tb: 2\n", "\ta: 1\n"])
def test_a_tab_is_called_a_tab(tmp_path: Path, text: str) -> None:
    (problem,) = look(tmp_path, text).problems
    assert "tab" in problem.message
    assert "spaces" in problem.remedy


def test_a_value_that_became_a_comment_is_explained(tmp_path: Path) -> None:
    (problem,) = look(tmp_path, "must_say: #WeStandTogether\n").problems
    assert "comment" in problem.message
    assert "quotes" in problem.remedy


def test_a_billion_laughs_end_at_the_first(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(9)
    )
    document = look(tmp_path, bomb)
    assert len(document.problems) > 20
    assert document.data["a"] == ["x", "x"]
    assert document.data["j"] == []


def test_several_things_are_told_together_and_the_rest_is_read(tmp_path: Path) -> None:
    document = look(tmp_path, "a: 1\na: 2\nb:\nc: [x]\nd: *y\n")
    assert [(problem.code, problem.line) for problem in document.problems] == [
        ("duplicate-key", 2),
        ("empty-value", 3),
        ("yaml-alias", 5),
    ]
    assert document.data == {"a": "1", "c": ["x"]}


def test_what_may_be_empty_counts_as_absent(tmp_path: Path) -> None:
    document = look(tmp_path, "people:\nb: x\n", may_be_empty=[("people",)])
    assert (document.problems, document.data) == ((), {"b": "x"})


def test_an_empty_file_is_an_empty_document(tmp_path: Path) -> None:
    assert look(tmp_path, "# nothing yet\n").data == {}
    assert look(tmp_path, b"\xef\xbb\xbfa: x\r\n").data == {"a": "x"}


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name, code in (("gone.yaml", "file-missing"), ("folder", "file-unreadable"), ("a\0b", "file-unreadable")):
        (problem,) = survey_yaml(tmp_path / name, tmp_path).problems
        assert problem.code == code
        assert problem.remedy


YAML_TEXT = st.text("ab:- \n\t[]{}\"'#&*!|>?%@,~\\0é\u2028", max_size=60) | st.text(max_size=40)


@given(YAML_TEXT)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_data_or_problems(tmp_path: Path, text: str) -> None:
    document = look(tmp_path, text.encode("utf-8", "surrogatepass"))
    assert isinstance(document.data, dict)
    assert all(problem.remedy and (problem.line or 1) >= 1 for problem in document.problems)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.text("ab 0:#-'\"\n", max_size=12), max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_quoted_text_comes_out_as_it_went_in(tmp_path: Path, data: dict[str, str]) -> None:
    quoted = {key: '"' + value.replace('"', '\\"').replace("\n", "\\n") + '"' for key, value in data.items()}
    text = "".join(f"{key}: {value}\n" for key, value in quoted.items())
    assert look(tmp_path, text).data == data


def test_what_one_reader_changes_no_other_sees(tmp_path: Path) -> None:
    """The reading of a text is kept."""
    text = "people: {amina: {name: Amina, roles: [author]}}\n"
    first = look(tmp_path, text)
    changed = first.data["people"]
    assert isinstance(changed, dict)
    changed["amina"]["roles"].append("admin")  # type: ignore[index,call-overload,union-attr]
    changed["eve"] = "Eve"
    assert look(tmp_path, text).data == {"people": {"amina": {"name": "Amina", "roles": ["author"]}}}
