"""Texts by language: each reader gets their own, a missing one stops the letter, and each is part of what is signed."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest
import yaml

from broadcaster.bootstrap.ledger_only import load_project_settings
from broadcaster.bootstrap.wiring import open_project
from broadcaster.letters.reading.config_text_use import TEXTS_PER_LANGUAGE
from broadcaster.letters.reading.loader import load_letter
from broadcaster.services.composing.campaign_inputs import load_campaign_inputs
from broadcaster.services.composing.language_coverage import find_missing_texts
from broadcaster.services.planning import submitted_files
from broadcaster.services.planning.digest import describe_differences
from broadcaster.services.planning.plan import plan_campaign
from broadcaster.services.previewing.preview import letter_for_audience, make_preview
from broadcaster.services.previewing.printed_notice import notice_html
from broadcaster.services.writing import letter_catalogue
from tests.commandline import Run
from tests.projects import AUDIENCE, CAMPAIGN, LETTER, write_yaml
from tests.services.approving.test_decisions import approved
from tests.services.stage import AR, ARABIC, CONFIG, EN, ENGLISH, edit, outbox, write

PRINTED = "{{ signatory.role }} {{ helplines['report'].name }} {{ helplines['report'].says }} {{ campaign.title }}"
TEXTS = {
    ("organisation", "name"): {"en": "Ashmere Police", "ar": "شرطة آشمير"},
    ("signatories", "officer", "role"): {"en": "Inspector", "ar": "مفتش"},
    ("helplines", "report", "name"): {"en": "Front desk", "ar": "مكتب الاستقبال"},
    ("helplines", "report", "says"): {"en": "To report something", "ar": "للإبلاغ عن أمر"},
    ("campaigns", CAMPAIGN, "title"): {"en": "Open doors", "ar": "أبواب مفتوحة"},
}
PLACES = list(TEXTS)
EACH = [(place, language) for place in PLACES for language in ("en", "ar")]


def say(folder: Path, place: tuple[str, ...], text: object) -> None:
    """Write this text into config.yaml; None takes the key out."""
    held = yaml.load((folder / CONFIG).read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 - it makes texts only
    inside = held
    for step in place[:-1]:
        inside = inside[step]
    inside.pop(place[-1], None)
    if text is not None:
        inside[place[-1]] = text
    write_yaml(folder / CONFIG, held)


@pytest.fixture
def spoken(folder: Path) -> Path:
    """The project with every text in English and Arabic, all of which both languages of its letter print."""
    for place, text in TEXTS.items():
        say(folder, place, text)
    write(folder, {EN: ENGLISH.replace("Call", f"{PRINTED}. Call"), AR: ARABIC.replace("اتصلوا", f"{PRINTED}. اتصلوا")})
    edit(folder, AR, "{% block sms %}", "{% block sms %}{{ organisation.name }}: ")
    return folder


def words(language: str, *places: tuple[str, ...]) -> list[str]:
    return [TEXTS[place][language] for place in places or PLACES]


def test_every_text_that_may_differ_is_looked_at() -> None:
    roots = {"signatories": "signatory", "campaigns": "campaign"}
    tried = {(roots.get(place[0], place[0]), place[-1]) for place in PLACES}
    assert tried == {(root, name) for root, names in TEXTS_PER_LANGUAGE.items() for name in names}


def test_each_reader_gets_their_own(spoken: Path, run: Run) -> None:
    approved(run)
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    mails = {
        str(mail["to"]): mail
        for path in outbox(spoken)
        if path.suffix == ".eml"
        for mail in [message_from_bytes(path.read_bytes(), policy=policy.default)]
    }
    english = next(mail for to, mail in mails.items() if "person1@" in to)
    arabic = next(mail for to, mail in mails.items() if "person2@" in to)
    assert english["list-id"] == arabic["list-id"]
    for mail, mine, others in ((english, "en", "ar"), (arabic, "ar", "en")):
        name = str(mail["from"].addresses[0].display_name)
        assert name == f"Robin Hartwell, {TEXTS['organisation', 'name'][mine]}"
        for kind in ("plain", "html"):
            part = mail.get_body((kind,))
            assert part is not None
            text = str(part.get_content())
            assert all(word in text for word in words(mine))
            assert not any(word in text for word in words(others))
    texts = "".join(path.read_text("utf-8") for path in outbox(spoken) if path.suffix != ".eml")
    assert all(TEXTS["organisation", "name"][language] in texts for language in ("en", "ar"))


@pytest.mark.parametrize(("mine", "others"), [("en", "ar"), ("ar", "en")])
def test_previews_and_notices_say_the_same(spoken: Path, mine: str, others: str) -> None:
    edit(
        spoken,
        EN,
        "Dear {{ recipient.name }}",
        "{% if recipient %}Dear {{ recipient.name }}{% else %}Dear all{% endif %}",
    )
    for path in (EN, AR):
        text = (spoken / path).read_text("utf-8")
        for column in ("name", "borough"):
            held = f"{{{{ recipient.{column} }}}}"
            text = text.replace(held, f"{{% if recipient.{column} %}}{held}{{% endif %}}")
        (spoken / path).write_text(text, "utf-8")
    with open_project(spoken) as project:
        messages = letter_for_audience(project, LETTER, AUDIENCE, CAMPAIGN)
        shown = make_preview(messages, next(iter(messages.walk())).recipient, mine)
        notice = notice_html(messages, mine)
    for page in (shown.html, shown.page, shown.text, notice):
        assert page is not None
        assert all(word in page for word in words(mine))
        assert not any(word in page for word in words(others))


@pytest.mark.parametrize(("place", "language"), EACH)
def test_a_missing_one_stops_the_letter_with_its_line(
    spoken: Path, run: Run, place: tuple[str, ...], language: str
) -> None:
    other = "ar" if language == "en" else "en"
    say(spoken, ("organisation", "language"), other)
    say(spoken, place, {other: TEXTS[place][other]})
    line = load_project_settings(spoken).line(place)
    assert line
    checked = run("check", "--json")
    found = [one for one in checked.json["problems"] if one["code"] == "not-in-language"]
    assert [(one["level"], one["file"], one["line"]) for one in found] == [("error", "config.yaml", line)]
    assert ".".join(place) in found[0]["message"]
    assert f"{language}: …" in found[0]["remedy"]
    for command in (("plan", CAMPAIGN), ("submit", CAMPAIGN, "--by", "amina")):
        said = run(*command)
        assert said.code == 1
        assert "(not-in-language)" in said.err
    with open_project(spoken) as project:
        shown = letter_catalogue.check_letter(project, LETTER)
    codes = [one.code for one in shown.problems]
    assert codes == ([] if place[0] == "campaigns" else ["not-in-language"])


def test_a_letter_that_no_campaign_sends_is_looked_at_too(spoken: Path, run: Run) -> None:
    held = yaml.safe_load((spoken / CONFIG).read_text("utf-8"))
    write_yaml(spoken / CONFIG, {**held, "campaigns": {}})
    assert not [one for one in run("check", "--json").json["problems"] if one["level"] == "error"]
    say(spoken, ("signatories", "officer", "role"), {"en": "Inspector"})
    found = [one["code"] for one in run("check", "--json").json["problems"] if one["level"] == "error"]
    assert found == ["not-in-language"]


def test_one_that_is_gone_at_release_is_not_replaced(spoken: Path, run: Run) -> None:
    approved(run)
    say(spoken, ("helplines", "report", "name"), {"en": "Front desk"})
    said = run("send", CAMPAIGN, "--by", "david")
    assert said.code
    assert "not-in-language" in said.out + said.err
    assert not outbox(spoken)


def test_an_unused_language_needs_nothing(folder: Path) -> None:
    """A letter that prints none of them needs the organisation's name for its emails and no more."""
    say(folder, ("signatories", "officer", "role"), {"en": "Inspector"})
    say(folder, ("helplines", "report", "says"), {"so": "Soo sheeg"})
    letter = load_letter(folder / "templates", LETTER)
    assert not list(find_missing_texts(load_project_settings(folder), letter))
    say(folder, ("organisation", "name"), {"en": "Ashmere Police"})
    (problem,) = find_missing_texts(load_project_settings(folder), letter)
    assert "organisation.name has no text in Arabic" in problem.message
    assert not list(find_missing_texts(load_project_settings(folder), letter, ["en"]))


def test_the_pages_behind_a_letter_use_names_too(folder: Path) -> None:
    """Nothing prints the helpline's name, but the check page shows it in Arabic."""
    say(folder, ("helplines", "report", "name"), {"en": "Front desk"})
    letter = load_letter(folder / "templates", LETTER)
    (problem,) = find_missing_texts(load_project_settings(folder), letter)
    assert "helplines.report.name" in problem.message
    assert "recipients' pages" in problem.message
    say(folder, ("helplines", "report", "for"), ["support"])
    assert not list(find_missing_texts(load_project_settings(folder), letter))
    say(folder, ("helplines", "report", "for"), ["doubt"])
    say(folder, ("public_url",), None)
    assert not list(find_missing_texts(load_project_settings(folder), letter))


def test_answers_to_texts_use_names_too(folder: Path) -> None:
    say(folder, ("helplines", "report", "for"), ["support"])
    say(folder, ("helplines", "report", "name"), {"en": "Front desk"})
    letter = load_letter(folder / "templates", LETTER)
    assert not list(find_missing_texts(load_project_settings(folder), letter))
    say(folder, ("providers", "sms"), "twilio")
    say(folder, ("providers", "twilio"), {"account_sid_env": "A", "auth_token_env": "B"})
    (problem,) = find_missing_texts(load_project_settings(folder), letter)
    assert "answers to texts" in problem.message
    say(folder, ("helplines", "report", "number"), "999")
    assert not list(find_missing_texts(load_project_settings(folder), letter))


def test_what_the_letter_prints_is_named_before_all_else(spoken: Path) -> None:
    say(spoken, ("organisation", "name"), {"en": "Ashmere Police"})
    (problem,) = find_missing_texts(load_project_settings(spoken), load_letter(spoken / "templates", LETTER))
    assert f"{AR} prints it (line " in problem.message


def test_a_campaign_without_a_title_may_be_asked_for_it(folder: Path, run: Run) -> None:
    titled = "{% if campaign.title %}{{ campaign.title }}. {% endif %}all is well"
    edit(folder, EN, "all is well", titled)
    assert run("plan", CAMPAIGN).code == 0
    edit(folder, EN, titled, "{{ campaign.title }} all is well")
    said = run("plan", CAMPAIGN)
    assert said.code == 1
    assert "campaign.title is empty" in said.out


def test_a_letter_alone_is_shown_with_a_title(spoken: Path) -> None:
    with open_project(spoken) as project:
        messages = letter_for_audience(project, LETTER, AUDIENCE, None)
        assert messages.template_context("ar").campaign["title"] == LETTER


# What is signed.


def signed(folder: Path) -> tuple[str, object]:
    """The digest of the plan, and that of what config.yaml says, of what is submitted."""
    with open_project(folder) as project:
        campaign = project.campaign(CAMPAIGN)
        files = submitted_files.stamp_submitted_files(
            project, campaign, load_campaign_inputs(project, campaign, project.wall_now().date()), at_once=False
        )
        return plan_campaign(project, campaign).digest, files[submitted_files.SETTINGS]


@pytest.mark.parametrize(("place", "language"), EACH)
def test_each_text_in_each_language_is_signed(spoken: Path, run: Run, place: tuple[str, ...], language: str) -> None:
    before = signed(spoken)
    approved(run)
    say(spoken, place, TEXTS[place] | {language: "Another / آخر"})
    after = signed(spoken)
    assert all(one != other for one, other in zip(before, after, strict=True))
    said = run("send", CAMPAIGN, "--by", "david")
    assert said.code
    assert "changed" in said.out + said.err
    assert not outbox(spoken)


@pytest.mark.parametrize("place", PLACES)
def test_a_language_of_no_letter_voids_nothing(spoken: Path, run: Run, place: tuple[str, ...]) -> None:
    before = signed(spoken)
    approved(run)
    say(spoken, place, TEXTS[place] | {"so": "Mid kale", "pl": "Inny"})
    assert signed(spoken) == before
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    assert outbox(spoken)


@pytest.mark.parametrize("place", PLACES)
def test_one_text_written_out_for_each_language_is_the_same(spoken: Path, place: tuple[str, ...]) -> None:
    say(spoken, place, "One text")
    before = signed(spoken)
    say(spoken, place, {"ar": "One text", "en": "One text"})
    assert signed(spoken) == before


@pytest.mark.parametrize("place", PLACES)
def test_what_changed_is_said_in_words(spoken: Path, place: tuple[str, ...]) -> None:
    with open_project(spoken) as project:
        before = plan_campaign(project, project.campaign(CAMPAIGN)).inputs
    say(spoken, place, TEXTS[place] | {"ar": "آخر"})
    with open_project(spoken) as project:
        after = plan_campaign(project, project.campaign(CAMPAIGN)).inputs
    assert describe_differences(before, after) == [
        "its title" if place[0] == "campaigns" else "who signs it or its helplines"
    ]


def test_plain_texts_are_signed_as_before(folder: Path) -> None:
    """What was approved before texts could differ by language stays approved."""
    with open_project(folder) as project:
        inputs = plan_campaign(project, project.campaign(CAMPAIGN)).inputs
    assert "title" not in inputs
    assert inputs["values"] == {
        "organisation": {"name": "Ashmere Police"},
        "signatory": {"name": "Robin Hartwell", "role": "Inspector", "email": "officer@ashmere.example"},
        "helplines": {"report": {"name": "Police", "number": "101", "says": "To report something"}},
        "links": True,
    }


@pytest.mark.parametrize("text", ["Another", {"en": "Ashmere Police", "ar": "شرطة"}])
def test_what_was_submitted_before_languages_were_kept_is_compared(folder: Path, text: object) -> None:
    with open_project(folder) as project:
        campaign = project.campaign(CAMPAIGN)
        kept = dict(
            submitted_files.stamp_submitted_files(
                project, campaign, load_campaign_inputs(project, campaign, project.wall_now().date()), at_once=False
            )
        )
        del kept[submitted_files.LANGUAGES]
        settings_digest = submitted_files._settings_digest
        assert settings_digest(project, campaign, kept, as_rule=False) == kept[submitted_files.SETTINGS]
    say(folder, ("organisation", "name"), text)
    with open_project(folder) as project:
        assert settings_digest(project, campaign, kept, as_rule=False) != kept[submitted_files.SETTINGS]
