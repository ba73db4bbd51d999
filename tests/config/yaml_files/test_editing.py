from pathlib import Path

import pytest

from broadcaster.config.yaml_files.editing import NotChangeableError, YamlEditor

TEXT = """\
# Why we write.
a:
  one: 1      # the first
  "two": 2

  block:
    deep: x

    deeper: y
  # the end of a
b: {one: 1, two: 2}
c: |
  several
  lines
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file.yaml"
    path.write_text(TEXT, "utf-8")
    return path


def test_only_the_key_and_what_belongs_to_it_change(file: Path) -> None:
    file.chmod(0o640)
    text = YamlEditor(file, file.parent)
    text.set(("a", "one"), "uno")
    text.set(("a", "two"), "2")
    text.replace(("a", "block"), "block: none", "more: here")
    text.replace(("c",), "# c is gone")
    text.replace(("nosuch",), "never")
    assert file.read_text("utf-8") == TEXT
    text.save()
    assert file.read_text("utf-8") == TEXT.replace("one: 1      # the first", "one: uno", 1).replace(
        "  block:\n    deep: x\n\n    deeper: y\n", "  block: none\n  more: here\n"
    ).replace("c: |\n  several\n  lines\n", "# c is gone\n")
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["file.yaml"]


def test_what_is_right_already_keeps_its_comment(file: Path) -> None:
    text = YamlEditor(file, file.parent)
    text.set(("a", "one"), "1")
    text.save()
    assert file.read_text("utf-8") == TEXT


def test_a_key_within_braces_is_refused_with_its_line(file: Path) -> None:
    text = YamlEditor(file, file.parent)
    with pytest.raises(NotChangeableError) as raised:
        text.set(("b", "two"), "3")
    assert (raised.value.file, raised.value.line) == ("file.yaml", 11)


def test_several_changes_at_one_place_are_all_kept_in_their_order(file: Path) -> None:
    text = YamlEditor(file, file.parent)
    text.add(("a", "block"), "deepest: z")
    text.add("a", "three: 3")
    text.add("a", "four: 4")
    text.replace(("a", "two"))
    text.replace(("a", "one"), "one: uno")
    after = text.edited_text()
    assert file.read_text("utf-8") == TEXT
    text.save()
    assert file.read_text("utf-8") == after
    assert after == TEXT.replace("one: 1      # the first", "one: uno", 1).replace('  "two": 2\n', "").replace(
        "    deeper: y\n  # the end of a\n", "    deeper: y\n    deepest: z\n  # the end of a\n  three: 3\n  four: 4\n"
    )


def test_nothing_is_added_within_braces(file: Path) -> None:
    with pytest.raises(NotChangeableError):
        YamlEditor(file, file.parent).add("b", "three: 3")
