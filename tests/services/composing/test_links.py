"""Links hold a token that leads to the delivery, only for the page that it was minted for, and nothing else."""

import pytest

from broadcaster.keys import Keyring, new_ids
from broadcaster.letters.rendering.fragments import Links
from broadcaster.services.composing.links import (
    LINK_PATHS,
    LinkMaker,
    delivery_id_of_token,
    sample_links,
    split_link_ending,
)

URL = "https://letters.example.org/"
KEYRING = Keyring(bytes(32))
LANGUAGES = ("en", "ar-EG", "x-own")


def minted() -> tuple[list[str], list[Links]]:
    ids = new_ids(len(LANGUAGES))
    return ids, LinkMaker(URL, KEYRING).mint(ids, LANGUAGES)


def test_each_link_leads_to_its_delivery_by_its_own_page_only() -> None:
    for delivery_id, links in zip(*minted(), strict=True):
        for purpose, path in LINK_PATHS.items():
            before, _, ending = getattr(links, purpose).rpartition("/")
            token, _ = split_link_ending(ending)
            assert before == f"https://letters.example.org/{path}"
            assert delivery_id not in token
            assert delivery_id_of_token(KEYRING, purpose, token) == delivery_id
            others = [delivery_id_of_token(KEYRING, other, token) for other in LINK_PATHS if other != purpose]
            assert delivery_id not in (*others, delivery_id_of_token(Keyring(bytes([1] * 32)), purpose, token))


def test_an_unsubscribe_link_alone_names_the_language() -> None:
    _, links = minted()
    assert [split_link_ending(one.unsubscribe.rpartition("/")[2])[1] for one in links] == ["en", "ar", ""]
    assert not [one for one in links if "." in (one.web + one.check).replace("letters.example.org", "")]


@pytest.mark.parametrize("ending", ["token", "token.", "token.e", "token.english", "token.EN", "token.en.ar"])
def test_no_other_ending_is_a_language(ending: str) -> None:
    assert split_link_ending(ending) == ("token", "")


def test_samples_are_as_long_as_real_links() -> None:
    _, real = minted()
    for language, links in zip(LANGUAGES, real, strict=True):
        sample = sample_links(URL, language)
        for purpose in LINK_PATHS:
            assert len(getattr(sample, purpose)) == len(getattr(links, purpose))


def test_without_pages_there_are_no_links() -> None:
    assert LinkMaker(None, KEYRING).mint(new_ids(2), ["en", "ar"]) == [Links(), Links()]
    assert sample_links(None) == Links()
