"""Writing at the desk: looked at without being saved, told when somebody else was quicker, compared and put back."""

import re

from tests.projects import LETTER
from tests.web import stage
from tests.web.conftest import House
from tests.web.desk.conftest import As

EDIT = f"/desk/letters/{LETTER}/en/edit"


def digest(page: str) -> str:
    found = re.search(r'name="digest" value="(\w+)"', page)
    assert found is not None
    return found[1]


def test_looking_saves_nothing_and_shows_what_is_wrong(house: House, enter: As) -> None:
    author = enter("author")
    before = stage.ledger(house.folder)["audit"]
    wrong = stage.ENGLISH.replace("recipient.borough", "recipient.borough.upper()")
    shown = author.post(f"/desk/letters/{LETTER}/en/try", text=wrong)
    assert shown.status == 200
    assert "problems" in shown.text
    fine = author.post(f"/desk/letters/{LETTER}/en/try", text=stage.ENGLISH.replace("all is well", "all is quiet"))
    assert "problems" not in fine.text
    assert "all is quiet" in fine.text
    frame = author.post(f"/desk/letters/{LETTER}/en/frame", text=stage.ENGLISH.replace("all is well", "all is quiet"))
    assert "all is quiet" in frame.text
    assert frame.headers["x-frame-options"] == "SAMEORIGIN"
    assert "sandbox" in frame.headers["content-security-policy"]
    assert "all is quiet" not in (house.folder / "templates" / LETTER / "en.md").read_text("utf-8")
    assert stage.ledger(house.folder)["audit"] == before


def test_who_is_second_is_told_and_decides(house: House, enter: As) -> None:
    first, second = enter("author"), enter("admin")
    began = digest(first.get(EDIT).text)
    mine, theirs = stage.ENGLISH + "\nmine", stage.ENGLISH + "\ntheirs"
    assert second.post(EDIT, do="save", digest=began, text=theirs).status == 200
    refused = first.post(EDIT, do="save", digest=began, text=mine)
    assert refused.status == 409
    assert "wenmei" in refused.text
    assert re.search(r"<ins>.*mine", refused.text)
    assert re.search(r"<del>.*theirs", refused.text)
    assert first.post(EDIT, do="save", digest=digest(refused.text), text=mine).status == 200
    assert (house.folder / "templates" / LETTER / "en.md").read_text("utf-8").endswith("mine\n")
    shown = first.get(f"/desk/letters/{LETTER}/en/revisions").text
    assert "wenmei" in shown
    older = re.search(r"edit\?revision=(\d+)", shown)
    assert older is not None
    assert "theirs" in first.get(f"{EDIT}?revision={older[1]}").text
