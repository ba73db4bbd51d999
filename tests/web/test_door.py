"""The door: reading, checking and saying no, by clients that are not ours."""

from tests.web import stage
from tests.web.conftest import House


def test_one_click_from_the_raw_message_is_heard(house: House) -> None:
    message = stage.emails(house.folder)[0]
    answer = house.client.post(stage.one_click(message), b"List-Unsubscribe=One-Click")
    assert answer.status == 200
    with house.project.ledger.reading() as conn:
        chosen = conn.exec_driver_sql("SELECT preference, source FROM consent").all()
    assert [tuple(row) for row in chosen] == [("none", "door")]


def test_looking_a_hundred_times_changes_nothing(house: House) -> None:
    links = stage.every_link(house.folder)
    assert len(links) >= 12
    before = stage.ledger(house.folder)
    for _ in range(100):
        for path in links:
            assert house.client.get(path).status == 200, path
    assert stage.ledger(house.folder) == before
