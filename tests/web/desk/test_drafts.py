"""Letters are made in threads of their own: whatever they hold, those who must act are answered."""

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from broadcaster.services.previewing import draft_preview
from tests.projects import CAMPAIGN, ENGLISH, LETTER
from tests.web.browsing import Answer
from tests.web.conftest import House
from tests.web.desk.broadcasts.test_broadcast_pages import going, only
from tests.web.desk.conftest import As

TRY = f"/desk/letters/{LETTER}/en/try"
DRAFTS = max(6, min(32, (os.cpu_count() or 1) + 4))
"""As many as a loop has threads by itself."""


def test_a_cancel_is_answered_while_six_drafts_are_in_work(
    house: House, enter: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    going(house.folder)
    broadcast = only(house)
    over, begun, look = threading.Event(), threading.Semaphore(0), draft_preview.preview_draft

    def slow(*given: object) -> draft_preview.DraftPreview:
        begun.release()
        assert over.wait(120)
        return look(*given)  # type: ignore[arg-type]  # whatever it was given

    monkeypatch.setattr(draft_preview, "preview_draft", slow)
    writers = [enter("author"), enter("admin")]
    tokens = [writer.csrf for writer in writers]
    approver = enter("approver")
    with ThreadPoolExecutor(DRAFTS) as crowd:
        drafts: list[Future[Answer]] = [
            crowd.submit(writers[n % 2].post, TRY, csrf=tokens[n % 2], text=ENGLISH) for n in range(DRAFTS)
        ]
        try:
            for _ in writers:
                assert begun.acquire(timeout=60)
            assert approver.get("/desk").status == 200
            assert approver.post(f"{broadcast}/pause").status == 200
            assert approver.post(f"{broadcast}/cancel", name=CAMPAIGN).status == 200
            assert approver.at.endswith("said=cancelled")
            assert not over.is_set()
        finally:
            over.set()
    answers = [one.result().status for one in drafts]
    assert answers.count(200) >= 2
    assert set(answers) <= {200, 503}


def test_of_what_somebody_types_only_the_newest_is_looked_at(
    house: House, enter: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    over, seen, look = threading.Event(), list[str](), draft_preview.preview_draft

    def slow(project: object, letter: str, language: str, text: str) -> draft_preview.DraftPreview:
        seen.append(text)
        assert over.wait(120)
        return look(project, letter, language, text)  # type: ignore[arg-type]  # whatever it was given

    monkeypatch.setattr(draft_preview, "preview_draft", slow)
    author = enter("author")
    token = author.csrf
    with ThreadPoolExecutor(5) as typing:
        try:
            first = typing.submit(author.post, TRY, csrf=token, text=f"{ENGLISH} 0")
            while not seen:
                over.wait(0.01)
            others = [typing.submit(author.post, TRY, csrf=token, text=f"{ENGLISH} {n}") for n in range(1, 5)]
            while sum(one.done() for one in others) < 3:
                over.wait(0.01)
            assert [one.result().status for one in others if one.done()] == [503] * 3
        finally:
            over.set()
        assert first.result().status == 200
        assert sorted(one.result().status for one in others) == [200, 503, 503, 503]
    assert len(seen) == 2
