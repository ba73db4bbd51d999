"""What Twilio reports and passes on, and what only says that it is Twilio."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.delivery.reports import InboundText, Keyword, Report, ReportedEvent
from broadcaster.providers.base import HookRefusedError, HookRequest
from broadcaster.providers.reasons import Reason
from broadcaster.providers.twilio import Twilio, TwilioAccount
from broadcaster.providers.twilio.codes import REPORT_ERRORS
from broadcaster.providers.twilio.statuses import STATUSES
from broadcaster.services.feedback.auto_halt import CARRIER_BLOCK_REASONS, SENDER_FAULT_REASONS
from tests.standins.twilio import SID, TOKEN
from tests.standins.twiliohooks import FORM, Hook

HOOK = Hook("https://letters.example.org/hooks/twilio")
TWILIO = Twilio(TwilioAccount(SID, TOKEN))
ATTEMPT = "a2b3c4d5e6f7g2h3i4j5k6l7m2-1"
SMS = "SM" + "0a" * 16
SOMEBODY = "+447700900123"


def report(request: HookRequest) -> Report:
    [found] = TWILIO.read(request)
    assert isinstance(found, Report)
    return found


def text(request: HookRequest) -> InboundText:
    [found] = TWILIO.read(request)
    assert isinstance(found, InboundText)
    return found


def refusal(request: HookRequest) -> int:
    with pytest.raises(HookRefusedError) as caught:
        TWILIO.read(request)
    assert SOMEBODY not in str(caught.value)
    return caught.value.status


@pytest.mark.parametrize(
    ("status", "happened"),
    [
        ("queued", ReportedEvent.TAKEN),
        ("accepted", ReportedEvent.TAKEN),
        ("scheduled", ReportedEvent.TAKEN),
        ("sending", ReportedEvent.TAKEN),
        ("sent", ReportedEvent.TAKEN),
        ("delivered", ReportedEvent.DELIVERED),
        ("read", ReportedEvent.DELIVERED),
        ("undelivered", ReportedEvent.BOUNCED),
        ("failed", ReportedEvent.DROPPED),
        ("canceled", ReportedEvent.DROPPED),
    ],
)
def test_statuses(status: str, happened: ReportedEvent) -> None:
    found = report(HOOK.status(ATTEMPT, SMS, status, To=SOMEBODY))
    assert (found.happened, found.attempt_id, found.reference) == (happened, ATTEMPT, SMS)
    assert abs(found.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert bool(found.code) == (happened in {ReportedEvent.BOUNCED, ReportedEvent.DROPPED})


@pytest.mark.parametrize("status", ["receiving", "received", "", "something-newer"])
def test_what_says_nothing_of_our_text_is_no_report(status: str) -> None:
    assert TWILIO.read(HOOK.status(ATTEMPT, SMS, status)) == []


@pytest.mark.parametrize(
    ("code", "reason", "strikes"),
    [
        ("21211", "address-malformed", 1),
        ("21610", "opted-out-at-provider", 1),
        ("21614", "not-a-mobile", 1),
        ("21635", "not-a-mobile", 1),
        ("30006", "not-a-mobile", 1),
        ("30005", "address-unknown", 2),
        ("30003", "phone-unreachable", 3),
        ("30008", "fate-unknown", 0),
        ("30004", "carrier-blocked", 0),
        ("30007", "carrier-filtered", 0),
        ("30036", "expired-at-provider", 0),
        ("30034", "sender-not-registered", 0),
        ("31999", "not-delivered", 0),
        ("", "not-delivered", 0),
        ("many", "not-delivered", 0),
        ("9" * 400, "not-delivered", 0),
    ],
)
def test_failures(code: str, reason: str, strikes: int) -> None:
    words = f"No way to {SOMEBODY}, nor 07700 900123"
    found = report(HOOK.status(ATTEMPT, SMS, "undelivered", ErrorCode=code, To=SOMEBODY, ErrorMessage=words))
    assert (found.code, found.strikes) == (reason, strikes)
    assert "900123" not in found.detail


def test_reports_name_what_a_broadcast_is_judged_by() -> None:
    assert {fate.reason for code, fate in REPORT_ERRORS.items() if code in {30004, 30007}} == CARRIER_BLOCK_REASONS
    assert {REPORT_ERRORS[code].reason for code in (30002, 30034, 30042, 63038)} <= SENDER_FAULT_REASONS
    assert all(isinstance(fate.reason, Reason) for fate in REPORT_ERRORS.values())


def test_a_repeated_report_has_the_same_key_and_another_status_another() -> None:
    first = report(HOOK.status(ATTEMPT, SMS, "delivered"))
    assert report(HOOK.status(ATTEMPT, SMS, "delivered", RawDlrDoneDate="2612010905")).key == first.key
    assert report(HOOK.status(ATTEMPT, SMS, "sent")).key != first.key
    assert report(HOOK.status(ATTEMPT, "SM" + "0b" * 16, "delivered")).key != first.key
    assert len({f"{SMS}:{status}" for status in STATUSES}) == len(STATUSES)


# Texts that people send


def test_an_inbound_text() -> None:
    found = text(HOOK.inbound(SMS, SOMEBODY, "  Is it true?\n\u0633\u0644\u0627\u0645 & =% +"))
    assert found.body == "  Is it true?\n\u0633\u0644\u0627\u0645 & =% +"
    assert (found.key, found.sender, found.recipient, found.handled) == (SMS, SOMEBODY, "+447700900999", None)


@pytest.mark.parametrize("word", ["STOP", "START", "HELP"])
def test_what_twilio_has_handled_itself(word: str) -> None:
    assert text(HOOK.inbound(SMS, SOMEBODY, word.lower(), OptOutType=word)).handled is Keyword(word.lower())


def test_an_empty_text_and_a_long_one() -> None:
    assert text(HOOK.inbound(SMS, SOMEBODY, "")).body == ""
    assert len(text(HOOK.inbound(SMS, SOMEBODY, "x" * 50_000)).body) == 4000


@pytest.mark.parametrize("sender", ["", "60006", "Vodafone", "whatsapp:+447700900123", "x" * 40])
def test_what_a_sender_says_who_cannot_be_answered_is_read_too(sender: str) -> None:
    found = text(HOOK.inbound(SMS, sender, "STOP"))
    assert (found.sender, found.body) == (sender, "STOP")
    assert text(HOOK.inbound(SMS, "x" * 5_000, "STOP")).sender == "x" * 40


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_text_is_read_as_it_was_sent(body: str) -> None:
    assert text(HOOK.inbound(SMS, SOMEBODY, body)).body == body


@pytest.mark.parametrize("words", ["Call 999 & stay in <safe> places", "\u0633\u0644\u0627\u0645", ""])
def test_answers_are_twiml(words: str) -> None:
    kind, body = TWILIO.answer(words)
    assert kind.startswith("text/xml")
    assert (b"<Message>" in body, b"<Message" in body) == (bool(words),) * 2
    assert body.startswith(b'<?xml version="1.0" encoding="UTF-8"?><Response')
    assert b"<safe>" not in body


# Signatures


@pytest.mark.parametrize(
    "pairs",
    [
        [("MessageSid", SMS), ("MessageStatus", "sent"), ("Blank", ""), ("A b", "c&d=e+f %")],
        [("MessageSid", SMS), ("MessageStatus", "sent"), ("MediaUrl", "b"), ("MediaUrl", "a"), ("MediaUrl", "b")],
        [("MessageStatus", "sent"), ("MessageSid", SMS), ("zz", "\u0633\u0644\u0627\u0645 \U0001f44b")],
    ],
    ids=["blank", "doubled", "other scripts"],
)
def test_signed_forms_are_taken(pairs: list[tuple[str, str]]) -> None:
    assert report(HOOK.signed(f"status/{ATTEMPT}", pairs)).happened is ReportedEvent.TAKEN


def test_a_port_may_be_in_the_address_or_not() -> None:
    request = Hook("https://letters.example.org:443/hooks/twilio").status(ATTEMPT, SMS, "sent")
    assert report(replace(request, url=request.url.replace(":443", ""))).reference == SMS


def signed_by_hand(url: str, body: str, kind: str) -> HookRequest:
    """What signs the address alone."""
    signature = base64.b64encode(hmac.new(TOKEN.encode(), url.encode(), hashlib.sha1).digest()).decode()
    return HookRequest(url, f"status/{ATTEMPT}", {"content-type": kind, "x-twilio-signature": signature}, body.encode())


def test_a_json_body_is_signed_by_its_hash() -> None:
    body = json.dumps({"MessageSid": SMS, "MessageStatus": "delivered"})
    url = f"{HOOK.base}/status/{ATTEMPT}?bodySHA256={hashlib.sha256(body.encode()).hexdigest()}"
    request = signed_by_hand(url, body, "application/json")
    assert report(request).happened is ReportedEvent.DELIVERED
    assert refusal(replace(request, body=body.replace("delivered", "failed").encode())) == 403
    assert refusal(replace(request, headers={**request.headers, "content-type": FORM})) in {400, 403}


def test_a_json_body_without_its_hash_is_not_believed() -> None:
    body = json.dumps({"MessageSid": SMS, "MessageStatus": "delivered"})
    assert refusal(signed_by_hand(f"{HOOK.base}/status/{ATTEMPT}", body, "application/json")) == 403
    # an empty JSON text must not pass as a form without parameters
    assert refusal(signed_by_hand(f"{HOOK.base}/status/{ATTEMPT}", '""', "application/json")) == 400


def test_a_hash_in_the_address_does_not_make_a_form_pass_unsigned() -> None:
    body = f"MessageSid={SMS}&MessageStatus=delivered"
    url = f"{HOOK.base}/status/{ATTEMPT}?bodySHA256={hashlib.sha256(body.encode()).hexdigest()}"
    assert refusal(signed_by_hand(url, body, FORM)) == 403


GENUINE = HOOK.status(ATTEMPT, SMS, "delivered", To=SOMEBODY)


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": FORM},
        {"content-type": FORM, "x-twilio-signature": ""},
        {"content-type": FORM, "x-twilio-signature": "x" * 28},
        {"content-type": FORM, "x-twilio-signature": "\u00e9" * 28},
        {"content-type": FORM, "x-twilio-signature": GENUINE.headers["x-twilio-signature"].swapcase()},
        {"content-type": FORM, "x-twilio-signature": GENUINE.headers["x-twilio-signature"] + "="},
        {"content-type": FORM, "x-twilio-signature": GENUINE.headers["x-twilio-signature"][:-1]},
    ],
)
def test_forged_headers(headers: dict[str, str]) -> None:
    assert refusal(replace(GENUINE, headers=headers)) == 403


@pytest.mark.parametrize(
    "change",
    [
        {"body": GENUINE.body.replace(b"delivered", b"failed")},
        {"body": GENUINE.body[:-1]},
        {"body": GENUINE.body + b"&More=1"},
        {"body": b""},
        {"url": GENUINE.url.replace("letters.", "others.")},
        {"url": GENUINE.url.replace("https:", "http:")},
        {"url": GENUINE.url + "?x=1"},
        {"url": "https://letters.example.org:notaport/hooks"},
        {"url": "https://[broken"},
    ],
)
def test_what_was_changed_on_the_way(change: dict[str, str]) -> None:
    assert refusal(replace(GENUINE, **change)) == 403  # type: ignore[arg-type]  # one field each


def test_another_token_and_another_delivery() -> None:
    assert refusal(Hook(HOOK.base, "another").status(ATTEMPT, SMS, "delivered")) == 403
    # the address of another delivery under a genuine signature: the door makes url and path of one request
    other = GENUINE.url.replace("a2b3", "b2b3")
    assert refusal(replace(GENUINE, url=other, path=other.partition("/twilio/")[2])) == 403


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe=1", b"MessageSid=%ff%fe", b"no pairs here", b"&&&", b"x" * 70_000, b"MessageSid=" + b"a" * 70_000],
)
def test_what_cannot_be_read_is_refused(body: bytes) -> None:
    assert refusal(replace(GENUINE, body=body)) == 400


@pytest.mark.parametrize("body", [b"[]", b"7", b"{", b"\xff", b"[" * 5000, b'{"a": 1}'])
def test_json_that_is_none_is_refused(body: bytes) -> None:
    assert refusal(replace(GENUINE, body=body, headers={**GENUINE.headers, "content-type": "application/json"})) >= 400


@pytest.mark.parametrize(
    "path",
    [
        "",
        "status",
        "status/",
        "status/short-1",
        f"status/{ATTEMPT}/more",
        f"status/{ATTEMPT.upper()}",
        f"status/{ATTEMPT[:-1]}0",
        f"status/{ATTEMPT}%0A",
        f"status/{quote('../' + ATTEMPT)}",
        "inbound/",
        "events",
    ],
)
def test_other_addresses_are_not_there(path: str) -> None:
    assert refusal(HOOK.signed(path, [("MessageSid", SMS), ("MessageStatus", "sent")])) == 404


@pytest.mark.parametrize("sid", ["", "SM1", "SM" + "Z" * 32, SMS + "\n", "x" * 500])
def test_a_message_is_named_by_a_sid(sid: str) -> None:
    assert refusal(HOOK.status(ATTEMPT, sid, "sent")) == 400


@given(st.binary(max_size=200), st.sampled_from([FORM, "application/json", "text/plain", ""]))
def test_no_body_makes_it_stumble(body: bytes, kind: str) -> None:
    request = replace(GENUINE, body=body, headers={**GENUINE.headers, "content-type": kind})
    with pytest.raises(HookRefusedError):
        TWILIO.read(request)


@pytest.mark.parametrize(
    ("status", "said", "segments"),
    [
        ("delivered", "3", 3),
        ("sent", "0", 0),
        ("undelivered", "2", 2),
        ("failed", "2", 0),
        ("delivered", "9999", 0),
        ("sent", "100", 100),
        ("sent", "101", 0),
    ],
)
def test_the_segments_of_a_report_are_what_a_text_is_billed_as(status: str, said: str, segments: int) -> None:
    assert report(HOOK.status(ATTEMPT, SMS, status, NumSegments=said)).segments == segments
    assert report(HOOK.status(ATTEMPT, SMS, status)).segments == 0
