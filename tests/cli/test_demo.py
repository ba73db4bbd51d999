"""The demo: the whole way of a letter, whatever stands in the environment."""

import json
from pathlib import Path

from tests.commandline import process


def test_the_demo_has_its_own_key_and_says_where_to_look(tmp_path: Path) -> None:
    said = process(tmp_path, "demo", environ={"BROADCASTER_KEY": "not a key"})
    assert said.code == 0, said.err
    home = tmp_path / "var" / "demo"
    status = json.loads(process(home, "status", "--json").out)["broadcasts"]
    files = [path for path in (home / "var" / "outbox").rglob("*.*") if path.suffix in (".eml", ".json")]
    assert sum(one["deliveries"]["accepted"] for one in status) == len(files) > 0
    lines = said.out.splitlines()
    for one in status:
        assert f"{one['campaign']}: all {one['deliveries']['accepted']} sent" in lines
    assert any("outbox/email/*.eml" in line for line in lines)
    assert "broadcaster -C " in lines[-1]
    urgent, other = json.loads(process(home, "replies", "--json").out)["replies"]
    assert (urgent["urgent"], other["urgent"]) == (True, False)
    assert urgent["campaign"]
    assert json.loads(process(home, "replies", "--open", urgent["id"], "--by", "amina", "--json").out)["replies"][0][
        "name"
    ]
