"""Links, and signing out everywhere."""

import re

from tests.web.conftest import House
from tests.web.desk.browser import Browser
from tests.web.desk.conftest import As


def test_a_link_is_shown_once_to_an_admin_and_works(house: House, enter: As) -> None:
    admin = enter("admin")
    answer = admin.post("/desk/people/david/invite")
    link = re.search(r"https://letters\.example\.org(/desk/in/[\w-]+)", answer.text)
    assert link
    assert link[1] not in admin.get("/desk/people").text
    password = "marmalade tugboat seventeen"
    assert Browser(house.client).post(link[1], password=password, again=password).status == 200


def test_others_make_no_link(house: House, enter: As) -> None:
    for role in ("viewer", "author", "approver"):
        answer = enter(role).post("/desk/people/david/invite")
        assert (answer.status, "/desk/in/" in answer.text) == (403, False)


def test_everybody_ends_their_own_sessions_and_nobody_elses(house: House, enter: As) -> None:
    here, there, other = enter("author"), enter("author"), enter("approver")
    assert other.post("/desk/people/amina/sign-out").status == 403
    assert "Amina" in there.get("/desk/people").text
    here.post("/desk/people/amina/sign-out")
    assert 'type="password"' in there.get("/desk").text
    assert 'type="password"' not in other.get("/desk").text
