"""Settings at the desk: what each role sees, what is saved, asked about first, and refused with what was typed."""

import re
from html import unescape
from pathlib import Path

import pytest

from broadcaster.bootstrap.ledger_only import load_project_settings
from tests.projects import AUDIENCE, CAMPAIGN, make_project, write_yaml
from tests.projects import settings as project_settings
from tests.services.stage import sql
from tests.web.browsing import Answer
from tests.web.conftest import House
from tests.web.desk.browser import submit_from_page
from tests.web.desk.conftest import As

REPORT = {"name": {"en": "Reports", "ar": "بلاغات"}, "number": "101", "says": "To report something", "for": ["support"]}
HELPLINE = "/desk/settings/helplines/report/change"
ROLES = ("viewer", "author", "approver")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_project(
        tmp_path / "project",
        campaigns={CAMPAIGN: {"when": "2090-01-02 09:00", "title": "Hello to all"}},
        helplines={"report": REPORT | {"expires": "2026-01-31", "owner": "amina"}},
        quiet_hours={"start": "21:00", "end": "08:00"},
    )


def form_of(page: str) -> dict[str, str]:
    """The fields of the large form on a page, as a browser would send them back."""
    form = max(re.findall(r"(?s)<form.*?</form>", page), key=len)
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        said = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if said.get("name") not in (None, "csrf") and (said.get("type") != "checkbox" or " checked" in tag):
            found[said["name"]] = unescape(said.get("value", ""))
    for name, options in re.findall(r'(?s)<select[^>]* name="([^"]*)".*?>(.*?)</select>', form):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = unescape(chosen[1]) if chosen else ""
    return found


def words(answer: Answer) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_everybody_sees_the_settings_and_no_secret(house: House, enter: As) -> None:
    shown = enter("viewer").get("/desk/settings")
    assert shown.status == 200
    said = words(shown)
    for expected in ("Reports", "101", "overdue", "Amina Okafor-Reid", "Robin Hartwell", "21:00 to 08:00"):
        assert expected in said
    assert said.count("Messages go to a folder (outbox)") == 2
    assert "I have checked this number today" not in said
    assert "/change" not in shown.text


def test_real_sending_is_said_without_host_or_variable(house: House, enter: As) -> None:
    smtp = {"host": "mail.example.org", "username_env": "SMTP_USER", "password_env": "SMTP_PASSWORD"}
    changed = project_settings(providers={"email": "smtp", "smtp": smtp}, listen="127.0.0.1:8089")
    write_yaml(house.folder / "config.yaml", changed)
    shown = enter("admin").get("/desk/settings")
    assert "Real sending SMTP ; at most 100,000 messages a second" in words(shown)
    assert not re.search("mail.example.org|SMTP_USER|SMTP_PASSWORD", shown.text)
    assert "Texts go to the outbox: nobody gets them. Email is sent." in words(shown)


def test_every_page_says_that_nothing_is_sent_for_real(house: House, enter: As) -> None:
    admin = enter("admin")
    for path in ("/desk", "/desk/letters", "/desk/campaigns", f"/desk/audiences/{AUDIENCE}", "/desk/settings"):
        assert "Email and texts go to the outbox: nobody gets them." in words(admin.get(path)), path


def test_one_press_says_that_a_number_was_checked(house: House, enter: As) -> None:
    admin = enter("admin")
    answer = admin.post("/desk/settings/helplines/report/checked")
    assert "Noted: the number was checked today." in words(answer)
    today = house.project.wall_now().date()
    assert load_project_settings(house.folder).helplines["report"].verified == today
    assert "I have checked this number today" not in words(answer)
    assert sql(house.folder, "SELECT by, subject FROM audit WHERE action = 'check-helpline'") == [("wenmei", "report")]
    assert "checked the number of a helpline" in words(admin.get("/desk/audit"))


@pytest.mark.parametrize("role", ROLES)
def test_others_change_nothing(house: House, enter: As, role: str) -> None:
    before, browser = (house.folder / "config.yaml").read_bytes(), enter(role)
    for path in (HELPLINE, "/desk/settings/quiet-hours", "/desk/settings/signatories/new"):
        assert browser.get(path).status == 403
    for path in (HELPLINE, "/desk/settings/helplines/report/checked", "/desk/settings/helplines/report/remove"):
        assert browser.post(path, seen="").status == 403
    assert (house.folder / "config.yaml").read_bytes() == before


def test_a_form_sent_back_untouched_changes_no_byte(house: House, enter: As) -> None:
    admin, config = enter("admin"), house.folder / "config.yaml"
    before = config.read_bytes()
    for path in (HELPLINE, "/desk/settings/signatories/officer/change", "/desk/settings/quiet-hours"):
        answer = admin.post(path, **form_of(admin.get(path).text))
        assert "Saved. It holds from now on." in words(answer), path
    assert config.read_bytes() == before


def test_approvals_that_would_end_are_named_before_anything_is_saved(house: House, enter: As) -> None:
    submit_from_page(enter("author"), f"/desk/campaigns/{CAMPAIGN}")
    admin, config = enter("admin"), house.folder / "config.yaml"
    before = config.read_bytes()
    typed = form_of(admin.get(HELPLINE).text) | {"number": "0800 111", "name.ar": "“بلاغات” & <more>"}
    asked = admin.post(HELPLINE, **typed)
    assert asked.status == 409
    assert "1 campaign will have to be submitted and approved again: Hello to all" in words(asked)
    assert config.read_bytes() == before
    again = form_of(asked.text)
    back = admin.post(HELPLINE, **again, do="back")
    assert form_of(back.text) == typed
    assert config.read_bytes() == before
    assert "Saved. It holds from now on." in words(admin.post(HELPLINE, **again))
    said = load_project_settings(house.folder).helplines["report"]
    assert (said.number, said.name.text_in("ar")) == ("0800 111", "“بلاغات” & <more>")
    # And it ends: the author is told to submit it again.
    assert "submitted again" in words(enter("author").get(f"/desk/campaigns/{CAMPAIGN}"))


def test_who_saves_later_sees_both_and_loses_nothing(house: House, enter: As) -> None:
    first, second = enter("admin"), enter("admin")
    opened = form_of(second.get(HELPLINE).text)
    first.post(HELPLINE, **(form_of(first.get(HELPLINE).text) | {"number": "102", "owner": "david"}))
    told = second.post(HELPLINE, **(opened | {"number": "103"}))
    assert told.status == 409
    assert "Number: theirs: 102 ; yours: 103" in words(told)
    assert load_project_settings(house.folder).helplines["report"].number == "102"
    kept = form_of(told.text)
    assert {name: kept[name] for name in ("number", "owner")} == {"number": "103", "owner": "amina"}
    assert "Saved." in words(second.post(HELPLINE, **(kept | {"owner": "david"})))
    said = load_project_settings(house.folder).helplines["report"]
    assert (said.number, said.owner) == ("103", "david")


def test_wrong_input_is_told_beside_its_field_and_nothing_typed_is_lost(house: House, enter: As) -> None:
    admin = enter("admin")
    typed = form_of(admin.get(HELPLINE).text) | {"number": "ask us", "name": "Both", "expires": "never"}
    answer = admin.post(HELPLINE, **typed)
    assert answer.status == 422
    for field, said in (("number", "Write a number that people can ring."), ("expires", "Choose a day.")):
        assert re.search(rf'id="e-{field}">{said}</p>\s*<input id="f-{field}"[^>]* aria-invalid="true"', answer.text)
    assert "Error: " in answer.text.partition("</title>")[0]
    assert form_of(answer.text) == typed
    quiet = admin.post("/desk/settings/quiet-hours", start="9", end="08:00")
    assert (quiet.status, form_of(quiet.text)["start"]) == (422, "9")


def test_a_signatory_is_added_changed_and_taken_out_unless_letters_need_it(house: House, enter: As) -> None:
    admin = enter("admin")
    blank = form_of(admin.get("/desk/settings/signatories/new").text)
    added = {"name": "Noor Hadley", "role.en": "Sergeant", "role": "", "email": "noor@ashmere.example"}
    assert "Noor Hadley" in words(admin.post("/desk/settings/signatories/new", **(blank | added)))
    page = admin.get("/desk/settings/signatories/noor-hadley/change").text
    gone = admin.post("/desk/settings/signatories/noor-hadley/remove", seen=form_of(page)["seen"])
    assert "Taken out." in words(gone)
    assert "Noor Hadley" not in words(gone)
    officer = "/desk/settings/signatories/officer"
    kept = admin.post(f"{officer}/remove", seen=form_of(admin.get(f"{officer}/change").text)["seen"])
    assert kept.status == 409
    assert "It stays, for letters need it: A greeting" in words(kept)
    assert "officer" in load_project_settings(house.folder).signatories


def test_quiet_hours_are_changed(house: House, enter: As) -> None:
    admin = enter("admin")
    typed = form_of(admin.get("/desk/settings/quiet-hours").text) | {"start": "22:30"}
    assert "22:30 to 08:00" in words(admin.post("/desk/settings/quiet-hours", **typed))


def test_what_is_not_there_is_not_found(house: House, enter: As) -> None:
    admin = enter("admin")
    for path in ("people/new", "helplines/nothing/change", "quiet-hours/new", "signatories/nobody/change"):
        assert admin.get(f"/desk/settings/{path}").status == 404
    for path in ("helplines/nothing", "signatories/officer"):
        assert admin.post(f"/desk/settings/{path}/checked").status == 404


def test_titles_of_other_audiences_are_not_shown(house: House, enter: As) -> None:
    submit_from_page(enter("author"), f"/desk/campaigns/{CAMPAIGN}")
    config = house.folder / "config.yaml"
    text = config.read_text("utf-8")
    config.write_text(text.replace("  wenmei:\n", "  wenmei:\n    audiences: [elsewhere]\n"), "utf-8")
    admin = enter("admin")
    asked = admin.post(HELPLINE, **(form_of(admin.get(HELPLINE).text) | {"number": "0800 111"}))
    assert asked.status == 409
    assert "others, of audiences that you do not work with" in words(asked)
    assert "Hello to all" not in words(asked)
