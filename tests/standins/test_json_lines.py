"""A stand-in's file can be read while it is written."""

from pathlib import Path

from tests.standins.json_lines import JsonLines, read_json_lines


def test_a_line_that_is_half_written_is_not_read_yet(tmp_path: Path) -> None:
    ledger = JsonLines(tmp_path / "taken.jsonl")
    ledger.write({"to": "person1@example.org"}, {"to": "person2@example.org"})
    ledger.close()
    with ledger.path.open("a") as file:
        file.write('{"to": "person3@exa')
    assert read_json_lines(ledger.path) == [{"to": "person1@example.org"}, {"to": "person2@example.org"}]
