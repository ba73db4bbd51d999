"""What is asked of SendGrid: held against its published description, its limits, and what must not be in it."""

import json
import logging
import logging.config
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from email.headerregistry import HeaderRegistry
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_schema_validator import OAS31Validator
from sendgrid.helpers.mail import Email, From, Mail, Personalization, To  # type: ignore[import-untyped]

from broadcaster.domain.delivery.outgoing_messages import MergeTemplate, OutgoingMerge
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.providers.sendgrid.batching import RequestParcel, split_into_parcels
from broadcaster.providers.sendgrid.payload import MAX_SUBSTITUTED_OCTETS, MailRequestWriter, tag_fragments
from tests.providers.people import TAGS, TEMPLATE, merge
from tests.providers.sendgridtrial import Serve, agree, people, provider, send
from tests.providers.stages import content
from tests.standins.sendgrid import digest
from tests.standins.sendgridmail import complaints, merged

LOGO = replace(TEMPLATE, key="logo", logo=b"\x89PNG\r\n\x1a\n...", logo_id="logo@letter.invalid", logo_kind="image/png")


def packed(batch: Sequence[OutgoingMerge], batch_size: int | None = None) -> list[RequestParcel]:
    return list(split_into_parcels(MailRequestWriter(batch[0].template), list(enumerate(batch)), batch_size))


def mails(batch: Sequence[OutgoingMerge], batch_size: int | None = None) -> list[dict[str, Any]]:
    return [json.loads(parcel.mail().encode("utf-8")) for parcel in packed(batch, batch_size)]


@pytest.fixture
def described() -> Iterator[OAS31Validator]:
    """The published description of the request, if it is on this machine."""
    folder = os.environ.get("BROADCASTER_OPENAPI")
    if not folder:
        pytest.skip("BROADCASTER_OPENAPI names no folder with the published descriptions")
    document = json.loads((Path(folder) / "sendgrid_mail_v3.json").read_text("utf-8"))
    body = document["components"]["requestBodies"]
    ((_, one),) = [(name, body) for name, body in body.items() if "personalizations" in json.dumps(body)]
    schema = {**one["content"]["application/json"]["schema"], "components": document["components"]}
    yield OAS31Validator(schema)


@pytest.mark.parametrize("template", [TEMPLATE, LOGO, replace(TEMPLATE, key="no-reply", reply_to=None)])
def test_requests_hold_against_the_published_description(described: OAS31Validator, template: MergeTemplate) -> None:
    batch = [merge(number, template=template) for number in range(5)] + [merge(6, f"x {TAGS[0]}", template=template)]
    found = mails(batch)
    assert len(found) == 2
    for mail in found:
        assert [error.message for error in described.iter_errors(mail)] == []
    broken = {**found[0], "personalizations": [{"subject": 1}]}
    assert list(described.iter_errors(broken)), "the description would not see anything"


def test_nothing_but_an_opaque_id_names_the_message() -> None:
    (mail,) = mails([merge(1, template=LOGO)])
    assert set(mail) == {
        *("personalizations", "from", "reply_to", "headers", "content", "attachments"),
        *("tracking_settings", "mail_settings"),
    }
    assert mail["personalizations"][0]["custom_args"] == {"attempt_id": "delivery1-1"}
    assert len(mail["personalizations"][0]["to"]) == 1
    assert {name: setting["enable"] for name, setting in mail["tracking_settings"].items()} == dict.fromkeys(
        ("click_tracking", "open_tracking", "subscription_tracking", "ganalytics"), False
    )
    assert mail["tracking_settings"]["click_tracking"]["enable_text"] is False
    assert mail["attachments"][0]["content_id"] == "logo@letter.invalid"
    assert (mail["attachments"][0]["filename"], mail["attachments"][0]["disposition"]) == ("logo.png", "inline")


def test_it_is_what_the_official_helper_would_have_written() -> None:
    (mail,) = mails([merge(1), merge(2)])
    helper = Mail(From(mail["from"]["email"], mail["from"]["name"]))
    for person in mail["personalizations"]:
        one = Personalization()
        one.add_to(To(person["to"][0]["email"], person["to"][0]["name"]))
        one.subject = person["subject"]
        helper.add_personalization(one)
    helper.reply_to = Email(mail["reply_to"]["email"])
    theirs = helper.get()
    assert theirs["from"] == mail["from"]
    assert theirs["reply_to"] == mail["reply_to"]
    ours = [{"to": person["to"], "subject": person["subject"]} for person in mail["personalizations"]]
    # the helper turns their order round
    assert sorted(theirs["personalizations"], key=str) == sorted(ours, key=str)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Amina Khan", "Amina Khan"),
        ("أمينة", "أمينة"),
        ("Khan, Amina", '"Khan, Amina"'),
        ('Amina "Mina" Khan; x', '"Amina \\"Mina\\" Khan; x"'),
        ("Amina\r\nBcc: x@y.example", '"Amina  Bcc: x@y.example"'),
        ("<script>", '"<script>"'),
        ("Dr. Amina O'Neill-Khan", '"Dr. Amina O\'Neill-Khan"'),
        ("Amina O'Neill-Khan", "Amina O'Neill-Khan"),
        ("Amina (Sister)", '"Amina (Sister)"'),
        ("Amina: home", '"Amina: home"'),
        ("amina@home", '"amina@home"'),
        ("Amina [x]", '"Amina [x]"'),
        ("=?utf-8?q?Bcc=3A?=", '"=?utf-8?q?Bcc=3A?="'),
        ("Zoë د. آمنة", '"Zoë د. آمنة"'),
    ],
)
def test_names(name: str, written: str) -> None:
    (mail,) = mails([replace(merge(1), to_name=name)])
    assert mail["personalizations"][0]["to"] == [{"email": "person1@example.net", "name": written}]
    (mail,) = mails([replace(merge(1), to_name="")])
    assert mail["personalizations"][0]["to"] == [{"email": "person1@example.net"}]


@given(st.text())
def test_whatever_somebody_is_called_is_one_name(name: str) -> None:
    (mail,) = mails([replace(merge(1), to_name=name, template=replace(TEMPLATE, from_name=name))])
    assert not list(complaints(mail, ()))
    written = mail["personalizations"][0]["to"][0].get("name", "")
    assert mail["from"]["name"] == written
    if name.isprintable():
        (read,) = HeaderRegistry()("to", f"{written} <x@example.net>").addresses  # type: ignore[attr-defined]
        assert read.display_name.split() == name.split()


HALF = len(TAGS[0]) // 2
FRAGMENTS = ["Amina", " ", "x", *TAGS, TAGS[0][:HALF], TAGS[0][HALF:], TAGS[1][3:], TAGS[2][:-1], "Q", "&lt;", "خ"]


@given(st.lists(st.lists(st.sampled_from(FRAGMENTS), max_size=5).map("".join), min_size=4, max_size=4), st.integers(0))
@settings(max_examples=400, deadline=None)
def test_who_knows_the_tags_still_changes_nothing(texts: list[str], seed: int) -> None:
    """Values made of tags and of pieces of them: filled there or here, in any order, it is the letter itself."""
    message = replace(merge(1), subject=texts[3] or "x", substitutions=tuple(texts[:3]))
    (mail,) = mails([message])
    (person,) = mail["personalizations"]
    pairs = list(person.get("substitutions", {}).items())
    random.Random(seed).shuffle(pairs)
    for order in ("given", "reversed", "sorted"):
        made = merged(mail, {**person, "substitutions": dict(pairs)}, order)
        assert digest(made.subject, made.text, made.html, made.headers) == content(message)


def test_signs_of_tags() -> None:
    assert tag_fragments(()) == ()
    assert tag_fragments(("<a>", "<b>")) == ("<a>", "<b>")
    first, second = tag_fragments(TAGS)
    assert first + second == TAGS[0][:-1]


def test_a_letter_without_gaps() -> None:
    plain = replace(TEMPLATE, key="plain", text="All is well.", html="<p>All is well.</p>", tags=())
    batch = [replace(merge(number, template=plain), substitutions=()) for number in range(3)]
    (mail,) = mails(batch)
    assert [person["substitutions"] for person in mail["personalizations"]] == [{}] * 3


@pytest.mark.parametrize("text", ["x" * 9_000, "خ" * 3_000, "😀" * 1_200, '"' * 5_000])
def test_values_that_are_too_much_go_whole(serve_sendgrid: Serve, text: str) -> None:
    batch = [merge(0), merge(1, text), merge(2)]
    assert [len(parcel) for parcel in packed(batch)] == [1, 2]
    assert not list(complaints(mails(batch)[0], ()))
    assert {receipt.outcome for receipt in send(serve_sendgrid(), batch)} == {Outcome.ACCEPTED}


@given(st.lists(st.text(max_size=4000), min_size=3, max_size=3))
@settings(max_examples=100, deadline=None)
def test_no_recipient_has_more_than_is_taken(texts: list[str]) -> None:
    (mail,) = mails([replace(merge(1), substitutions=tuple(texts))])
    pairs = mail["personalizations"][0].get("substitutions", {})
    assert sum(len(tag.encode()) + len(value.encode("utf-8", "surrogatepass")) for tag, value in pairs.items()) <= (
        MAX_SUBSTITUTED_OCTETS
    )


def test_nobody_stands_twice_in_one_request(serve_sendgrid: Serve) -> None:
    batch = [merge(number, to=f"Person{number % 4}@example.net") for number in range(10)]
    batch += [merge(20, to="PERSON1@EXAMPLE.NET")]
    assert [len(parcel) for parcel in packed(batch)] == [4, 4, 2, 1]
    assert {receipt.outcome for receipt in send(serve_sendgrid(), batch)} == {Outcome.ACCEPTED}


@pytest.mark.parametrize(
    ("size", "sizes"), [(None, [1000, 1000, 300]), (1000, [1000, 1000, 300]), (900, [900, 900, 500])]
)
def test_requests_have_no_more_recipients_than_they_may(size: int | None, sizes: list[int]) -> None:
    assert [len(parcel) for parcel in packed(people(2300), size)] == sizes


def test_a_letter_that_fills_a_request_goes_to_fewer_at_once(serve_sendgrid: Serve) -> None:
    large = replace(TEMPLATE, key="large", logo=b"x" * 22_000_000, logo_id="l", logo_kind="image/png")
    assert 0 < MailRequestWriter(large).room < 100
    batch = [merge(number, template=large) for number in range(100)]
    assert max(map(len, packed(batch))) == MailRequestWriter(large).room
    larger = replace(large, key="larger", logo=b"x" * 23_000_000)
    with provider(serve_sendgrid()).open() as session:
        receipts = session.send([merge(1, template=larger)])
    assert [(one.outcome, one.code) for one in receipts] == [(Outcome.REFUSED, "message-too-large")]


def test_a_batch_of_several_letters_is_one_request_each(serve_sendgrid: Serve) -> None:
    server = serve_sendgrid()
    other = replace(TEMPLATE, key="other", html=TEMPLATE.html.replace("well", "good"))
    batch = [merge(number, template=(TEMPLATE, other)[number % 2]) for number in range(10)]
    receipts = send(server, batch)
    assert {receipt.outcome for receipt in receipts} == {Outcome.ACCEPTED}
    assert len(server.requests) == 2
    agree(batch, receipts, server.taken)


def test_a_request_shows_itself_to_nobody() -> None:
    data = packed([merge(1, "Canary Quill")])[0].mail().encode("utf-8")
    assert data.count(b"Canary") == 2
    for shown in (str(data), repr(data), f"{data}", f"{data!r}", f"{data:>5}", str([data])):
        assert "Canary" not in shown


@pytest.fixture
def logs_as_before() -> Iterator[None]:
    """Whatever a test configures, the next one finds its loggers as they were."""
    loggers = [logging.getLogger(name) for name in ("", "python_http_client", "python_http_client.client")]
    before = [(logger, logger.level, logger.handlers[:], logger.filters[:]) for logger in loggers]
    yield
    for logger, level, handlers, filters in before:
        logger.setLevel(level)
        logger.handlers[:], logger.filters[:] = handlers, filters


@pytest.mark.usefixtures("logs_as_before")
def test_nothing_is_logged_whatever_is_configured(serve_sendgrid: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """python_http_client writes recipients, letters and the key at DEBUG: not in our process."""
    server = serve_sendgrid()
    with provider(server).open() as session:
        session.send([merge(1)])
        logging.config.dictConfig(
            {
                "version": 1,
                "disable_existing_loggers": False,
                "root": {"level": "DEBUG"},
                "loggers": {"python_http_client": {"level": "DEBUG"}, "python_http_client.client": {"level": "DEBUG"}},
            }
        )
        caplog.set_level(logging.DEBUG)
        logging.getLogger().addHandler(caplog.handler)
        session.send([merge(2, "Canary Quill")])
        server.plan = replace(server.plan, key="x")
        session.send([merge(3, "Canary Quill")])
    assert len(server.requests) == 3
    said = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("python_http"))
    assert said == ""
    assert "Canary" not in caplog.text
