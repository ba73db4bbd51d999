"""SendGrid's signed events: what is believed, what is not, and what they tell."""

import base64
import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sendgrid.helpers.eventwebhook import EventWebhook  # type: ignore[import-untyped]

from broadcaster.domain.delivery.reports import AddressReport, Report, ReportedEvent
from broadcaster.providers.base import HookRefusedError, HookRequest
from broadcaster.providers.reasons import Reason, explain_code
from broadcaster.providers.sendgrid import SendGridHook, WebhookKeyError
from broadcaster.providers.sendgrid.hook import MAX_AGE_SECONDS, MAX_BODY_OCTETS
from tests.standins.sendgridevents import SIGNATURE, TIMESTAMP, Event, Signer, body_of, event

SIGNER = Signer()
HOOK = SendGridHook(SIGNER.public_key)


def request(body: bytes, headers: dict[str, str] | None = None, moment: float | None = None) -> HookRequest:
    found = SIGNER.headers(body, moment) if headers is None else headers
    return HookRequest(
        "https://letters.example.org/hooks/sendgrid", "", {name.lower(): value for name, value in found.items()}, body
    )


def told(*events: Event) -> list[Report]:
    found = HOOK.read(request(body_of(events)))
    assert all(isinstance(one, Report) for one in found)
    return [one for one in found if isinstance(one, Report)]


def refused(one: HookRequest) -> int:
    with pytest.raises(HookRefusedError) as caught:
        HOOK.read(one)
    assert "person" not in str(caught.value)
    return caught.value.status


@pytest.mark.parametrize(
    ("one", "happened", "code", "strikes"),
    [
        (event("processed", "d-1"), ReportedEvent.TAKEN, "", 0),
        (event("deferred", "d-1", attempt="5", response="400 try again"), ReportedEvent.PUT_OFF, "try-later", 0),
        (event("delivered", "d-1", response="250 OK"), ReportedEvent.DELIVERED, "", 0),
        (event("bounce", "d-1", type="bounce", status="5.1.1"), ReportedEvent.BOUNCED, "address-unknown", 1),
        (event("bounce", "d-1", status="5.0.0"), ReportedEvent.BOUNCED, "address-unknown", 1),
        (event("bounce", "d-1", type="blocked", status="4.0.0"), ReportedEvent.BOUNCED, "not-reached", 3),
        (event("bounce", "d-1", type="blocked"), ReportedEvent.BOUNCED, "not-reached", 3),
        (event("bounce", "d-1", type="bounce", status="5.2.2"), ReportedEvent.BOUNCED, "mailbox-full", 3),
        (
            event("bounce", "d-1", type="blocked", bounce_classification="Reputation"),
            ReportedEvent.BOUNCED,
            "blocked",
            0,
        ),
        (event("dropped", "d-1", reason="Bounced Address"), ReportedEvent.DROPPED, "provider-suppressed", 0),
        (event("dropped", "d-1", reason="Unsubscribed Address"), ReportedEvent.DROPPED, "unsubscribed", 1),
        (event("dropped", "d-1", reason="Spam Reporting Address"), ReportedEvent.DROPPED, "marked-unwanted", 1),
        (event("dropped", "d-1", reason="Invalid"), ReportedEvent.DROPPED, "address-malformed", 3),
        (event("dropped", "d-1", reason="Spam Content"), ReportedEvent.DROPPED, "message-refused", 0),
        (
            event("dropped", "d-1", reason="Recipient List over Package Quota"),
            ReportedEvent.DROPPED,
            "allowance-used-up",
            0,
        ),
        (event("dropped", "d-1", reason="whatever is new"), ReportedEvent.DROPPED, "message-refused", 0),
        (event("spamreport", "d-1"), ReportedEvent.COMPLAINED, "marked-unwanted", 1),
        (event("unsubscribe", "d-1"), ReportedEvent.UNSUBSCRIBED, "unsubscribed", 1),
        (event("group_unsubscribe", "d-1", asm_group_id=1), ReportedEvent.UNSUBSCRIBED, "unsubscribed", 1),
    ],
)
def test_what_events_tell(one: Event, happened: ReportedEvent, code: str, strikes: int) -> None:
    (found,) = told(one)
    assert (found.happened, found.code, found.strikes) == (happened, code, strikes)
    assert (found.attempt_id, found.key) == ("d-1", one["sg_event_id"])
    assert found.at == datetime.fromtimestamp(one["timestamp"], UTC)
    assert found.reference == one["sg_message_id"]
    assert not code or (Reason(code) and explain_code(code).remedy)


_BLOCKLISTED = "550 5.7.1 192.0.2.9 is listed at blocklist.example"


@pytest.mark.parametrize(
    ("more", "code", "strikes"),
    [
        # A bounce that SendGrid could not classify is read as the same answer in a bounce by mail.
        ({"type": "bounce", "status": "5.7.1", "reason": _BLOCKLISTED}, "blocked", 0),
        ({"type": "bounce", "status": "5.7.26", "reason": "550 5.7.26 DMARC failed"}, "blocked", 0),
        ({"type": "bounce", "status": "5.7.1", "bounce_classification": "Unclassified"}, "blocked", 0),
        ({"type": "bounce", "status": "5.2.1", "reason": "550 5.2.1 receiving mail at a rate that"}, "try-later", 0),
        ({"type": "bounce", "reason": "552 mailbox is full"}, "mailbox-full", 3),
        ({"type": "bounce", "status": "5.1.1", "reason": _BLOCKLISTED}, "blocked", 0),
        ({"type": "bounce", "status": "5.0.0", "reason": "550 who knows"}, "address-refused", 3),
        ({"type": "bounce", "status": "5.0.0", "reason": "550 no such user"}, "address-unknown", 1),
        (
            {"type": "bounce", "status": "5.4.1", "reason": "550 5.4.1 Recipient address rejected: Access denied"},
            "address-unknown",
            1,
        ),
        ({"type": "bounce", "status": "5.1.1", "bounce_classification": "Invalid Address"}, "address-unknown", 1),
        ({"type": "bounce", "status": "5.1.1", "bounce_classification": "Reputation"}, "blocked", 0),
        ({"type": "blocked", "status": "5.7.1"}, "blocked", 0),
        ({"type": "blocked", "status": "5.7.1", "bounce_classification": "Unclassified"}, "blocked", 0),
        ({"type": "blocked", "reason": "421 4.7.0 too many connections, try again later"}, "try-later", 0),
        ({"type": "blocked", "status": "5.1.1", "reason": "550 5.1.1 no such user"}, "not-reached", 3),
    ],
)
def test_the_milder_of_the_answer_and_sendgrids_word_counts(more: dict[str, str], code: str, strikes: int) -> None:
    (found,) = told(event("bounce", "d-1", **more))
    assert (found.happened, found.code, found.strikes) == (ReportedEvent.BOUNCED, code, strikes)


LOST = {"sg_message_id": "", "type": "bounce", "status": "5.1.1", "email": "person7@example.net"}


def test_a_bounce_without_a_message_is_told_with_its_address() -> None:
    lost = {name: value for name, value in event("bounce", "", **LOST).items() if name != "attempt_id"}
    (found,) = HOOK.read(request(body_of([lost])))
    assert isinstance(found, AddressReport)
    assert (found.address, found.report.attempt_id, found.report.code) == ("person7@example.net", "", "address-unknown")
    for other in (
        lost | {"sg_message_id": "x"},
        lost | {"attempt_id": ""},
        lost | {"email": ""},
        lost | {"event": "open"},
    ):
        assert HOOK.read(request(body_of([other]))) == []


@pytest.mark.parametrize(
    "one",
    [
        event("open", "d-1"),
        event("click", "d-1", url="https://example.org"),
        event("group_resubscribe", "d-1"),
        event("invented-later", "d-1"),
        event("delivered", ""),
        event("deferred", "", attempt="5"),
        event("delivered", "d-1", sg_event_id=None),
        event("delivered", "d-1", sg_event_id=["x"]),
        event("delivered", "d-1", attempt_id={"a": 1}),
        event("delivered", "d-1", timestamp="soon"),
        event("delivered", "d-1", timestamp=True),
        event("delivered", "d-1", timestamp=10**30),
        event("delivered", "d-1", timestamp=-1),
        {"event": None},
        {},
    ],
)
def test_what_is_not_ours_or_nothing_to_us_is_passed_over(one: Event) -> None:
    assert [found.key for found in told(one, event("delivered", "d-2", 2))] == ["delivered-2"]


def test_no_address_is_kept() -> None:
    (found,) = told(event("bounce", "d-1", type="bounce", status="5.1.1", reason="550 <person1@example.net> person1?"))
    assert found.detail == "5.1.1 550 <address> <address>?"


def test_no_name_is_kept() -> None:
    reason = "550 5.1.1 User Amina Example not listed in Domino Directory CN=Amina Example/OU=Mosque"
    (found,) = told(event("bounce", "d-1", type="bounce", status="5.1.1", reason=reason))
    assert found.detail == "5.1.1 550 5.1.1 User … not listed in Domino Directory …"


@pytest.mark.parametrize("odd", ["\\ud83d", "\\u0000", "\\u202e", "\\ud83d\\ude00", "x" * 200])
def test_whatever_is_told_can_be_stored(odd: str) -> None:
    one = event("bounce", "d-1", type="bounce", status="5.1.1", reason="550 no ODD user", email="ODD@example.net")
    body = json.dumps([one | {"sg_event_id": "ODD", "sg_message_id": "ODD"}]).replace("ODD", odd).encode()
    (found,) = HOOK.read(request(body))
    assert isinstance(found, Report)
    for text in (found.key, found.reference, found.detail):
        assert text.encode().isascii() or "…" in text
        assert text.isprintable()
        assert len(text) <= 300
    assert found.key
    (other,) = HOOK.read(request(json.dumps([one | {"sg_event_id": "other" * 50}]).encode()))
    assert isinstance(other, Report)
    assert other.key != found.key
    assert not HOOK.read(request(json.dumps([one | {"attempt_id": "ODD"}]).replace("ODD", odd).encode()))


def test_the_official_helper_and_we_agree() -> None:
    body = body_of([event("delivered", "d-1")])
    headers = SIGNER.headers(body)
    official = EventWebhook(SIGNER.public_key)
    assert official.verify_signature(body.decode(), headers[SIGNATURE], headers[TIMESTAMP])
    assert len(HOOK.read(request(body, headers))) == 1


def _forged() -> dict[str, HookRequest]:
    body = body_of([event("delivered", "d-1"), event("spamreport", "d-2", 2)])
    good = SIGNER.headers(body)
    changed = body.replace(b"delivered", b"spamreport", 1)
    shorter = {**good, TIMESTAMP: good[TIMESTAMP][:-1]}
    later = {**good, TIMESTAMP: str(int(good[TIMESTAMP]) + 1)}
    raw = base64.b64decode(good[SIGNATURE])
    return {
        "another body": request(changed, good),
        "another key": request(body, Signer().headers(body)),
        "another moment": request(body, later),
        "no signature": request(body, {TIMESTAMP: good[TIMESTAMP]}),
        "no moment": request(body, {SIGNATURE: good[SIGNATURE]}),
        "nothing": request(body, {}),
        "empty signature": request(body, {**good, SIGNATURE: ""}),
        "half a signature": request(body, {**good, SIGNATURE: base64.b64encode(raw[:30]).decode()}),
        "not base64": request(body, {**good, SIGNATURE: good[SIGNATURE][:-3]}),
        "not even letters": request(body, {**good, SIGNATURE: "ключ\x00"}),
        "zeros": request(body, {**good, SIGNATURE: base64.b64encode(bytes(70)).decode()}),
        "truncated": request(body[:-20], good),
        "white space gone": request(body.rstrip(), good),
        "digits moved into the body": request(good[TIMESTAMP][-1:].encode() + body, shorter),
        "not UTF-8": request(b"\xff" + body, SIGNER.headers(b"\xff" + body)),
        "UTF-16": request(body.decode().encode("utf-16"), good),
        "moment with more": request(body, {**good, TIMESTAMP: good[TIMESTAMP] + " "}),
        "moment in words": request(body, {**good, TIMESTAMP: "now"}),
    }  # fmt: skip


@pytest.mark.parametrize("name", _forged())
def test_what_is_not_signed_is_not_believed(name: str) -> None:
    assert refused(_forged()[name]) == 403


@pytest.mark.parametrize(
    ("age", "good"), [(0, True), (20 * 3600, True), (-300, True), (MAX_AGE_SECONDS + 60, False), (-1200, False)]
)
def test_what_is_stale_is_not_believed(age: float, good: bool) -> None:
    body = body_of([event("delivered", "d-1")])
    one = request(body, moment=time.time() - age)
    if good:
        assert len(HOOK.read(one)) == 1
    else:
        assert refused(one) == 403


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[", b"[" * 200_000, b'"x"', b"1e999"])
def test_what_is_signed_and_no_events_is_refused(body: bytes) -> None:
    assert refused(request(body)) in (400, 403)


def test_what_is_larger_than_it_ever_is_is_not_even_looked_at() -> None:
    assert refused(request(b"[" + b" " * MAX_BODY_OCTETS + b"]")) == 413


def test_an_empty_list_and_strange_members_are_nothing() -> None:
    for body in (b"[]", b'[1, null, "x", [], {}]'):
        assert HOOK.read(request(body)) == []


@given(st.binary(max_size=200), st.text(max_size=100), st.text(max_size=20))
@settings(max_examples=150, deadline=None)
def test_nothing_else_is_raised(body: bytes, signature: str, moment: str) -> None:
    with pytest.raises(HookRefusedError):
        HOOK.read(request(body, {SIGNATURE: signature, TIMESTAMP: moment}))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    ["event", "sg_event_id", "attempt_id", "timestamp", "reason", "status", "type", "email", "response"]
)


@given(st.lists(st.dictionaries(names, json_values, max_size=9), max_size=4))
@settings(max_examples=150, deadline=None)
def test_strange_events_raise_nothing(events: list[Event]) -> None:
    body = json.dumps(events).encode()
    for found in HOOK.read(request(body)):
        assert isinstance(found, Report)


@pytest.mark.parametrize("key", ["", "x", "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE", "ключ", "-----END PUBLIC KEY-----"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(WebhookKeyError):
        SendGridHook(key)


def test_the_answer_says_nothing() -> None:
    assert HOOK.answer("whatever") == ("text/plain", b"")
