"""Who works here: taken in, changed, taken out; links, and signing out everywhere."""

import re

from tests.projects import AUDIENCE, CAMPAIGN
from tests.web.conftest import House
from tests.web.desk.browser import Browser
from tests.web.desk.conftest import As

PASSWORD = "marmalade tugboat seventeen"


def test_a_link_is_shown_once_to_an_admin_and_works(house: House, enter: As) -> None:
    admin = enter("admin")
    answer = admin.post("/desk/people/david/invite")
    link = re.search(r"https://letters\.example\.org(/desk/in/[\w-]+)", answer.text)
    assert link
    assert link[1] not in admin.get("/desk/people").text
    assert Browser(house.client).post(link[1], password=PASSWORD, again=PASSWORD).status == 200


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


def test_who_works_with_some_audiences_signs_out_nobody_who_works_with_more(house: House, enter: As) -> None:
    other, config = enter("author"), house.folder / "config.yaml"
    text = config.read_text("utf-8")
    config.write_text(text.replace("  wenmei:\n", f"  wenmei:\n    audiences: [{AUDIENCE}]\n"), "utf-8")
    admin = enter("admin")
    assert admin.post("/desk/people/amina/sign-out").status == 403
    assert "Amina" in other.get("/desk/people").text
    assert admin.post("/desk/people/wenmei/sign-out").status == 200


def test_somebody_is_added_gets_a_link_and_works(house: House, enter: As) -> None:
    admin = enter("admin")
    assert 'name="key"' in admin.get("/desk/people/new").text
    answer = admin.post("/desk/people/new", name="Robin Ó Néill", key="Robin", role="author", scope="all")
    assert (answer.status, admin.at) == (200, "/desk/people/robin/change?said=person-added")
    assert "Robin Ó Néill" in answer.text
    link = re.search(r"https://letters\.example\.org(/desk/in/[\w-]+)", admin.post("/desk/people/robin/invite").text)
    assert link
    robin = Browser(house.client)
    robin.post(link[1], password=PASSWORD, again=PASSWORD)
    assert "Write to people" in robin.get("/desk/campaigns").text


def test_a_form_that_cannot_be_comes_back_with_what_was_typed(house: House, enter: As) -> None:
    answer = enter("admin").post(
        "/desk/people/new", name="Robin", key="no blanks", role="viewer", scope="some", audience=AUDIENCE
    )
    assert answer.status == 422
    assert 'value="no blanks"' in answer.text
    assert re.search(r'value="viewer" required checked', answer.text)
    assert re.search(rf'value="{AUDIENCE}" checked', answer.text)


def test_whoever_is_narrowed_or_taken_out_is_out_at_once(house: House, enter: As) -> None:
    admin, david, priya = enter("admin"), enter("david"), enter("priya")
    answer = admin.post("/desk/people/david/change", name="David", role="viewer", scope="some", audience=AUDIENCE)
    assert admin.at == "/desk/people?said=person-changed", answer.text
    assert 'type="password"' in david.get("/desk").text
    assert 'type="password"' not in priya.get("/desk").text
    admin.post("/desk/people/priya/remove")
    assert 'type="password"' in priya.get("/desk").text
    assert admin.get("/desk/people/priya/change").status == 404


def test_an_admin_changes_no_rights_of_their_own(house: House, enter: As) -> None:
    admin = enter("admin")
    assert 'name="role"' not in admin.get("/desk/people/wenmei/change").text
    admin.post("/desk/people/wenmei/change", name="Wen", role="viewer", scope="some", audience=AUDIENCE)
    assert admin.get("/desk/people/new").status == 200
    assert admin.post("/desk/people/wenmei/remove").status == 409


def test_an_admin_of_some_audiences_gives_no_more_than_that(house: House, enter: As) -> None:
    config = house.folder / "config.yaml"
    limited = config.read_text("utf-8").replace("  wenmei:\n", f"  wenmei:\n    audiences: [{AUDIENCE}]\n")
    config.write_text(limited, "utf-8")
    admin = enter("admin")
    assert 'value="all"' not in admin.get("/desk/people/new").text
    assert re.findall(r"/people/(\w+)/change", admin.get("/desk/people").text) == ["wenmei"]
    assert admin.get("/desk/people/david/change").status == 403
    for scope in ({"scope": "all"}, {"scope": "some", "audience": "elsewhere"}):
        answer = admin.post("/desk/people/new", name="Robin", key="robin", role="author", **scope)
        assert answer.status == 422, scope
    for path in ("/desk/people/david/change", "/desk/people/david/remove", "/desk/people/david/invite"):
        answer = admin.post(path, name="David", role="viewer", scope="some", audience=AUDIENCE)
        assert answer.status == 403, path
    assert config.read_text("utf-8") == limited


def test_pages_stand_when_an_author_is_gone(house: House, enter: As) -> None:
    admin = enter("admin")
    before = admin.get("/desk/people/amina/change").text
    assert "has not gone out yet" not in before
    for who in ("amina", "david"):
        admin.post(f"/desk/people/{who}/remove")
    assert "Nothing can go out just now" in admin.get("/desk/people").text
    for page in ("/desk", "/desk/campaigns", f"/desk/campaigns/{CAMPAIGN}", "/desk/broadcasts", "/desk/audit"):
        assert admin.get(page).status == 200, page


def test_a_link_without_a_public_address_says_so(house: House, enter: As) -> None:
    assert "public_url" not in enter("admin").post("/desk/people/david/invite").text
    config = house.folder / "config.yaml"
    config.write_text(config.read_text("utf-8").replace("public_url: https://letters.example.org\n", ""), "utf-8")
    text = enter("admin").post("/desk/people/david/invite").text
    assert re.search(r">http://127\.0\.0\.1:\d+/desk/in/[\w-]+<", text)
    assert "config.yaml has no public_url" in text
