"""Recipients' pages and the desk say the texts of config.yaml in the reader's language, and say which one it is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.projects import CAMPAIGN
from tests.web import stage
from tests.web.conftest import House, opened
from tests.web.desk.conftest import come_in

US = {"en": "Ashmere Police", "ar": "شرطة آشمير", "so": "Booliska Ashmere"}
ROLE = {"en": "Inspector", "ar": "مفتش"}
DESK = {"en": "Front desk", "ar": "مكتب الاستقبال", "so": "Miiska hore"}
TITLE = {"en": "Open doors", "ar": "أبواب مفتوحة"}


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with texts in English and Arabic, and those of its pages in Somali too; nobody changes it."""
    lines = {"report": {"names": DESK, "number": "101", "says": "To report", "for": ["doubt", "support"]}}
    return stage.found(
        tmp_path_factory.mktemp("spoken") / "project",
        organisation={"name": US},
        signatories={"officer": {"role": ROLE}},
        helplines=lines,
        campaigns={CAMPAIGN: {"channel": "both", "title": TITLE}},
    )


@pytest.fixture(scope="module")
def house(spoken: Path) -> Iterator[House]:
    """The project, answering."""
    with opened(spoken) as house:
        yield house


def check_page(house: House, person: str) -> str:
    """The path of the check page of this person's email."""
    mine = next(one for one in stage.emails(house.folder) if person in str(one["to"]))
    body = mine.get_body(("plain",))
    assert body is not None
    return next(path for path in stage.paths(str(body.get_content())) if path.startswith("/c/"))


@pytest.mark.parametrize(
    ("query", "role"), [("", "ar"), ("?lang=en", "en"), ("?lang=so", "ar")], ids=["letter", "chosen", "not approved"]
)
def test_the_check_page_is_in_the_readers_language(house: House, query: str, role: str) -> None:
    page = house.client.get(check_page(house, "person2@") + query, "en").text
    mine = query.rpartition("=")[2] or "ar"
    assert f'<html lang="{mine}"' in page
    assert f'<bdi lang="{mine}">{US[mine]}</bdi>' in page
    assert f'<bdi lang="{mine}">{DESK[mine]}</bdi>' in page
    assert f"– {US[mine]}</title>" in page
    # The role as it was approved and sent: there is none in Somali.
    assert f'<bdi lang="{role}">{ROLE[role]}</bdi>' in page
    others = {*US.values(), *DESK.values(), *ROLE.values()} - {US[mine], DESK[mine], ROLE[role]}
    assert not [text for text in others if text in page]


def test_pages_come_in_languages_that_have_all_their_words(house: House) -> None:
    """Bengali and Urdu pages there are, but nobody has said in them what we are called."""
    page = house.client.get("/", "bn").text
    assert '<html lang="en"' in page
    assert {tag for tag in ("en", "ar", "so", "ur", "bn") if f"?lang={tag}" in page} <= {"en", "ar", "so"}
    assert '<html lang="so"' in house.client.get("/", "so").text
    assert '<html lang="en"' in house.client.get("/?lang=ur", "en").text


def test_plain_texts_are_those_of_every_page(tmp_path: Path) -> None:
    with opened(stage.found(tmp_path / "project", send=False)) as plain:
        for tag in ("en", "ar", "so", "ur", "bn"):
            page = plain.client.get("/", tag).text
            assert f'<html lang="{tag}"' in page
            assert '<bdi lang="en">Ashmere Police</bdi>' in page


def test_web_letters_are_in_their_own_language(house: House) -> None:
    text = next(one for one in stage.texts(house.folder) if "كل شيء" in one["body"])
    path = next(path for path in stage.paths(text["body"]) if path.startswith("/w/"))
    page = house.client.get(path, "en").text
    assert US["ar"] in page
    assert US["en"] not in page


@pytest.mark.parametrize("mine", ["en", "ar"])
def test_staff_read_them_in_their_language(house: House, mine: str) -> None:
    browser = come_in(house, "author")
    other = "ar" if mine == "en" else "en"
    for path, texts in (
        ("", (US,)),
        ("/campaigns", (US, TITLE)),
        (f"/campaigns/{CAMPAIGN}", (US, TITLE)),
        ("/letters/new", (US, ROLE, DESK)),
        ("/letters/greeting", (US, TITLE)),
        ("/broadcasts", (US, TITLE)),
    ):
        page = browser.get(f"/desk{path}", **{"accept-language": mine}).text
        assert all(text[mine] in page for text in texts), path
        assert not [text[other] for text in texts if text[other] in page], path


def test_the_editor_names_a_helpline_for_its_reader_and_shows_what_the_letter_will_say(house: House) -> None:
    page = come_in(house, "author").get("/desk/letters/greeting/en/edit", **{"accept-language": "ar"}).text
    assert re.search(rf"<bdi>[^<]*{DESK['ar']}", page)
    assert re.search(rf'<small class="soft" dir="auto">{DESK["en"]}</small>', page)
