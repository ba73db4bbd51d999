"""How people are told of what needs them: who sets it, who sees it, and what Home says when it failed."""

from broadcaster.config import load_settings
from broadcaster.domain.notifications import Notification, NotificationMatter, NotificationResult
from broadcaster.ledger.staff import notifications
from broadcaster.services.project.project import now
from tests.web.conftest import House
from tests.web.desk.conftest import As

CONTACT = {"email": "david@example.org", "phone": "07700 900143"}


def test_an_admin_says_how_somebody_is_told(house: House, enter: As) -> None:
    admin = enter("admin")
    assert "Nobody would be told of an alarm" in admin.get("/desk/people").text
    answer = admin.post(
        "/desk/people/david/change", name="David", role="approver", scope="all", tell="email", **CONTACT
    )
    assert admin.at == "/desk/people?said=person-changed", answer.text
    david = load_settings(house.folder, {}).people["david"]
    assert (david.email, david.phone, david.tell) == ("david@example.org", "07700 900143", ("email",))
    page = admin.get("/desk/people").text
    assert "Nobody would be told of an alarm" not in page
    assert "david@example.org" not in page
    form = admin.get("/desk/people/david/change").text
    assert 'value="david@example.org"' in form
    assert 'value="email" checked' in form
    assert 'value="sms" checked' not in form


def test_everybody_sees_how_they_are_told_and_nobody_elses_address(house: House, enter: As) -> None:
    enter("admin").post("/desk/people/david/change", name="David", role="approver", scope="all", tell="sms", **CONTACT)
    mine = enter("david").get("/desk/people").text
    assert "How you are told" in mine
    assert "07700 900143" in mine
    for who in ("viewer", "author"):
        page = enter(who).get("/desk/people").text
        assert "07700 900143" not in page
        assert "ask an administrator" in page


def test_an_admin_changes_how_they_are_told_themselves_and_nobody_else_may(house: House, enter: As) -> None:
    admin = enter("admin")
    admin.post("/desk/people/wenmei/change", name="Wen-Mei", tell="email", email="wenmei@example.org", phone="")
    assert load_settings(house.folder, {}).people["wenmei"].tell == ("email",)
    for who in ("david", "amina", "priya"):
        answer = enter(who).post(f"/desk/people/{who}/change", name=who, tell="email", email="x@example.org", phone="")
        assert answer.status == 403
    assert "x@example.org" not in (house.folder / "config.yaml").read_text("utf-8")


def test_an_address_that_is_none_comes_back_with_what_was_typed(house: House, enter: As) -> None:
    admin = enter("admin")
    answer = admin.post(
        "/desk/people/david/change", name="D", role="approver", scope="all", tell="sms", email="", phone="0000 000000"
    )
    assert answer.status == 422
    assert "This is no telephone number that could be written to." in answer.text
    assert 'value="0000 000000"' in answer.text


def test_home_says_who_could_not_be_told(house: House, enter: As) -> None:
    assert "told of what needs them" not in enter("viewer").get("/desk").text
    failed = Notification(NotificationMatter.HALT, "b1", "david", urgent=True)
    with house.project.ledger.writing() as conn:
        notifications.record_attempt(conn, failed, None, now())
        notifications.record_result(conn, failed, NotificationResult.FAILED, "cannot-connect")
    page = enter("viewer").get("/desk").text
    assert "could not be told of what needs them. Tell them." in page
    assert "The provider could not be reached." in page
    assert "All is as it should be" not in page
    with house.project.ledger.writing() as conn:
        notifications.record_result(conn, failed, NotificationResult.TOLD)
    assert "told of what needs them" not in enter("viewer").get("/desk").text
