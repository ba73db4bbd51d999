"""The preview is the message: made by the same compiled letter, byte for byte what is delivered."""

import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.errors import BroadcasterError
from broadcaster.services.previewing import preview as previews
from broadcaster.services.rosters.roster_rows import RecipientNotFoundError
from tests.commandline import Run
from tests.projects import AUDIENCE, CAMPAIGN, LETTER
from tests.services.approving.test_decisions import approved
from tests.services.stage import AR, ARABIC, CONFIG, EN, ROSTER, edit, outbox

OWN = (
    (rb"(?m)^Message-ID: <[^>]*>", b"Message-ID: <>"),
    (rb"(?m)^Date: .*$", b"Date: "),
    (rb"letters\.example\.org/([wcu])/[\w-]{22}", rb"letters.example.org/\1/"),
)
"""What only a delivered message has: its id, its date, and the tokens of its links."""


def without_own(data: bytes) -> bytes:
    for pattern, replacement in OWN:
        data, number = re.subn(pattern, replacement, data)
        assert number
    return data


def shown(folder: Path, who: str | None = None, language: str | None = None) -> previews.Preview:
    with open_project(folder) as project:
        messages = previews.letter_for_audience(project, LETTER, AUDIENCE, CAMPAIGN)
        return previews.make_preview(messages, previews.find_recipient(messages, who), language)


def test_every_delivered_email_is_its_preview(folder: Path, run: Run) -> None:
    approved(run)
    before = {who: shown(folder, who) for who in ("person1@example.org", "person2@example.org", "person5@example.org")}
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    sent = {_to(path.read_bytes()): path.read_bytes() for path in outbox(folder) if path.suffix == ".eml"}
    for who, preview in before.items():
        assert preview.eml is not None
        assert without_own(preview.eml) == without_own(sent[who])


def test_every_delivered_text_is_its_preview(folder: Path, run: Run) -> None:
    approved(run)
    before = {who: shown(folder, who) for who in ("+447700900222", "+447700900333")}
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    sent = "".join(path.read_text("utf-8") for path in outbox(folder) if path.suffix == ".json")
    for preview in before.values():
        assert preview.sms is not None
        body = re.sub(r"/w/.*", "/w/", preview.sms.body)
        assert body in sent
        assert f'"segments": {preview.sms.segments}' in sent
        assert f'"encoding": "{preview.sms.encoding}"' in sent


def _to(data: bytes) -> str:
    return str(message_from_bytes(data, policy=policy.SMTP)["To"].addresses[0].addr_spec)


@pytest.mark.parametrize(
    ("who", "name"),
    [
        (None, "Ada Quill"),
        ("2", "Ada Quill"),
        ("4", "Cora Vane"),
        ("PERSON5@example.org", "Eli Stern"),
        ("+447700900222", "Cora Vane"),
        ("07700 900222", "Cora Vane"),
        ("(07700) 900-333", "Dua Rahim"),
    ],
)
def test_people_are_found_by_row_and_by_any_spelling_of_their_address(folder: Path, who: str | None, name: str) -> None:
    with open_project(folder) as project:
        assert previews.find_recipient(previews.letter_for_audience(project, LETTER, AUDIENCE, None), who).name == name


@pytest.mark.parametrize("who", ["1", "99", "0", "-1", "²", "nobody@example.org", "Ada", "", "\x00", "٢"])
def test_nobody_else_is_found(folder: Path, who: str) -> None:
    with open_project(folder) as project:
        messages = previews.letter_for_audience(project, LETTER, AUDIENCE, None)
        with pytest.raises(RecipientNotFoundError) as told:
            previews.find_recipient(messages, who)
        assert who not in told.value.message or not who


def test_a_row_that_cannot_be_used_is_not_shown(folder: Path) -> None:
    edit(folder, ROSTER, "person1@example.org", "person1@")
    with open_project(folder) as project:
        messages = previews.letter_for_audience(project, LETTER, AUDIENCE, None)
        with pytest.raises(RecipientNotFoundError):
            previews.find_recipient(messages, "2")
        assert previews.find_recipient(messages, None).name == "Bilal Noor"


def test_another_language_is_shown_on_request(folder: Path) -> None:
    own = shown(folder, "3")
    assert (own.language, own.direction) == ("ar", "rtl")
    assert shown(folder, "2", "ar").direction == "rtl"
    assert "Dear Bilal Noor" in (shown(folder, "3", "en").text or "")
    with pytest.raises(BroadcasterError, match="not written in fr") as told:
        shown(folder, "2", "fr")
    assert "ar, en" in told.value.remedy


def test_a_letter_of_one_channel_has_one_half(folder: Path) -> None:
    for path in (EN, AR):
        text = (folder / path).read_text("utf-8")
        (folder / path).write_text(text.partition("{% block sms %}")[0], "utf-8")
    assert shown(folder).sms is None
    assert shown(folder).as_json()["sms_segments"] is None
    for path, text in ((EN, "All is well."), (AR, ARABIC.rpartition("sms %}")[2].partition("{%")[0])):
        (folder / path).write_text(f"{{% block sms %}}{text}{{% endblock %}}", "utf-8")
    only = shown(folder)
    assert (only.subject, only.html, only.text, only.eml) == (None, None, None, None)
    assert only.sms is not None


def test_without_pages_there_are_no_links(folder: Path) -> None:
    edit(folder, CONFIG, "public_url: https://letters.example.org\n", "")
    for path in (EN, AR):
        edit(folder, path, " {{ links.web }}", "")
    only = shown(folder)
    assert only.html is not None
    assert "letters.example.org" not in only.html
    assert only.eml is not None
    assert b"List-Unsubscribe" not in only.eml
