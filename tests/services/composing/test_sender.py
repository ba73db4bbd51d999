"""Who messages are from: the signatory, with nothing in it that tells what a campaign is about."""

from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.keys import Keyring
from broadcaster.services.composing import sender as senders
from broadcaster.services.composing.messages import CampaignMessages
from broadcaster.services.previewing.preview import letter_for_audience
from broadcaster.services.project.project import LOGO_FILE
from tests.projects import AUDIENCE, CAMPAIGN, LETTER
from tests.services.stage import CONFIG, edit


def messages(folder: Path, campaign: str | None = CAMPAIGN) -> CampaignMessages:
    with open_project(folder) as project:
        return letter_for_audience(project, LETTER, AUDIENCE, campaign)


def test_from_the_signatory(folder: Path) -> None:
    sender = senders.campaign_sender(messages(folder), "en")
    assert sender.from_name == "Robin Hartwell, Ashmere Police"
    assert sender.from_address == sender.reply_to == "officer@ashmere.example"
    assert sender.logo is not None
    assert sender.logo.startswith(b"\x89PNG")


def test_the_list_id_is_the_same_each_time_and_says_nothing(folder: Path) -> None:
    first, again = (senders.campaign_sender(messages(folder), "en").list_id for _ in range(2))
    assert first == again
    assert first.endswith(".letters.example.org")
    for word in (CAMPAIGN, LETTER, AUDIENCE):
        assert word not in first
    with open_project(folder) as project:
        made = messages(folder)
        other = senders.signatory_sender(project, "another", made.signatory, "en").list_id
    assert other != first


def test_another_key_makes_another_list_id(folder: Path) -> None:
    first = senders.campaign_sender(messages(folder), "en").list_id
    (folder / "var/key").unlink()
    (folder / "var/broadcaster.db").unlink()
    Keyring.create(folder / "var/key")
    assert senders.campaign_sender(messages(folder), "en").list_id != first


@pytest.mark.parametrize(
    ("public_url", "host"),
    [("https://pages.example.org:8443/x", "pages.example.org"), (None, "ashmere.example")],
)
def test_ids_belong_to_the_pages_or_else_to_the_sender(folder: Path, public_url: str | None, host: str) -> None:
    old = "public_url: https://letters.example.org\n"
    edit(folder, CONFIG, old, f"public_url: {public_url}\n" if public_url else "")
    route = senders.campaign_route(messages(folder))
    assert (route.message_host, route.verp, route.return_path) == (host, False, "officer@ashmere.example")


def test_a_return_path_of_its_own_is_varied_by_delivery(folder: Path) -> None:
    block = "providers:\n  smtp: {host: localhost, return_path: bounces@mail.example.org}\n"
    edit(folder, CONFIG, "providers:\n", block)
    route = senders.campaign_route(messages(folder))
    assert (route.verp, route.return_path) == (True, "bounces@mail.example.org")


def test_without_a_logo(folder: Path) -> None:
    (folder / "templates" / LOGO_FILE).unlink()
    assert senders.campaign_sender(messages(folder), "en").logo is None
