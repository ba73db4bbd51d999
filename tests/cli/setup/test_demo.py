"""The demo: the whole way of a letter, whatever stands in the environment."""

from pathlib import Path

import pytest

from tests.commandline import process, runner


def test_the_demo_has_its_own_key_and_says_where_to_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = process(tmp_path, "demo", environ={"BROADCASTER_KEY": "not a key"})
    assert said.code == 0, said.err
    home = tmp_path / "var" / "demo"
    run = runner(home, monkeypatch, capsys)
    status = run("status", "--json").json["broadcasts"]
    files = [path for path in (home / "var" / "outbox").rglob("*.*") if path.suffix in (".eml", ".json")]
    assert sum(one["deliveries"]["accepted"] for one in status) == len(files) > 0
    lines = said.out.splitlines()
    for one in status:
        assert f"{one['campaign']}: all {one['deliveries']['accepted']} sent" in lines
    assert any("outbox/email/*.eml" in line for line in lines)
    assert "broadcaster -C " in lines[-1]
    urgent, other = run("replies", "--json").json["replies"]
    assert (urgent["urgent"], other["urgent"]) == (True, False)
    assert urgent["campaign"]
    assert run("replies", "--open", urgent["id"], "--by", "amina", "--json").json["replies"][0]["name"]
