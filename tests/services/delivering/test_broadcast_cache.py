"""Which broadcasts a process sends, and what it does about one that it cannot read."""

from pathlib import Path

import pytest

from broadcaster.domain.states import BroadcastState
from broadcaster.ledger.database import tables
from broadcaster.services.delivering import broadcast_cache, broadcast_context
from broadcaster.services.delivering.broadcast_cache import BroadcastCache
from broadcaster.services.sending import control
from tests.services.sent import Sent, released


def _sending(sent: Sent, cache: BroadcastCache) -> list[str]:
    with sent.project.ledger.reading() as conn:
        return [context.broadcast.id for context in cache.list_sending(conn)]


def test_a_broadcast_that_cannot_be_read_is_halted_and_keeps_nobody_from_sending(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with released(tmp_path / "p", 1) as sent:
        cache = BroadcastCache(sent.project)
        with sent.project.ledger.writing() as conn:
            conn.execute(tables.skeletons.update().values(blob=b"no skeleton"))
        assert _sending(sent, cache) == []
        halted = sent.fresh()
        assert halted.state is BroadcastState.PAUSED
        assert f"[{halted.halt_code}]" in caplog.text
        sent.send()
        assert sent.toy.had == []


def test_each_broadcast_is_read_once_while_it_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    load = broadcast_context.load_broadcast_context

    def counted(project: object, broadcast_id: str, links: object) -> object:
        read.append(broadcast_id)
        return load(project, broadcast_id, links)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(broadcast_cache, "load_broadcast_context", counted)
    with released(tmp_path / "p", 1) as sent:
        cache, id_ = BroadcastCache(sent.project), sent.broadcast.id
        assert _sending(sent, cache) == _sending(sent, cache) == [id_]
        assert read == [id_]
        control.pause(sent.project, sent.fresh())
        assert _sending(sent, cache) == []
        control.resume(sent.project, sent.fresh())
        assert _sending(sent, cache) == [id_]
        assert read == [id_, id_], "what is not sent is not kept"


def test_one_broadcast_alone(tmp_path: Path) -> None:
    with released(tmp_path / "p", 1) as sent:
        assert _sending(sent, BroadcastCache(sent.project, sent.broadcast.id)) == [sent.broadcast.id]
        assert _sending(sent, BroadcastCache(sent.project, "another")) == []
