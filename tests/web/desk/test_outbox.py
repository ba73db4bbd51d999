"""What the outbox kept, page by page."""

import re

import pytest

from broadcaster.services import outboxed
from tests.web.conftest import House
from tests.web.desk.conftest import As


def test_every_message_stands_on_one_page(house: House, enter: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outboxed, "SHOWN", 2)
    browser, seen, path = enter("author"), list[str](), "/desk/outbox"
    for _ in range(20):
        text = browser.get(path).text
        seen += re.findall(r'href="/desk/outbox/([a-z2-7]{26})"', text)
        older = re.search(r'href="(/desk/outbox\?before=[a-z2-7]{26})"', text)
        if older is None:
            break
        path = older[1]
    kept = [file.stem for channel in ("email", "sms") for file in (house.folder / "var/outbox" / channel).iterdir()]
    assert sorted(seen) == sorted(kept)
    assert len(kept) > 4


def test_an_email_is_framed_where_nothing_runs(house: House, enter: As) -> None:
    delivery = next((house.folder / "var" / "outbox" / "email").glob("*.eml")).stem
    answer = enter("author").get(f"/desk/outbox/{delivery}/frame")
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy
    assert policy.endswith("; sandbox")
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert "cid:" not in answer.text or "cid:logo@letter.invalid" in answer.text


def test_viewers_do_not_look_into_it(house: House, enter: As) -> None:
    assert enter("viewer").get("/desk/outbox").status == 403
