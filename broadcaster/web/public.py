"""The recipients' way in: reading a letter, checking that it is genuine, and saying no.

A GET changes nothing, for mail scanners open every link. What is answered to a choice is the same whether the token in
the link is known or not, in words and, as far as waiting can make it so, in time.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.preferences import Preference
from broadcaster.ledger.database.errors import LedgerError
from broadcaster.services.composing.links import split_link_ending
from broadcaster.services.project.project import Project
from broadcaster.services.recipients import preferences
from broadcaster.web.common import request_body
from broadcaster.web.common.limited_log import LimitedLog
from broadcaster.web.common.pages import LETTER_POLICY, PageRenderer, WebRequest, html_answer, plain_answer
from broadcaster.web.common.public_texts import texts_in_language
from broadcaster.web.common.rate_limit import LinkRateLimiter
from broadcaster.web.common.worker_threads import BusyError, Workers

T = TypeVar("T")

MAX_FORM_BYTES = 16 * 1024
"""Bytes of a form of ours, or of a mail provider's one-click request."""

MAX_TOKEN_LENGTH = 64
"""Characters of a link's last part that are worth a look into the ledger."""

MIN_ANSWER_SECONDS = 0.25
"""Seconds before a choice is answered: by then it is written down, so that the time does not tell whether it was."""

_PREFERENCES = {one.value: one for one in Preference}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DoorContext:
    """What the door works with."""

    project: Project
    pages: PageRenderer
    workers: Workers
    turns: LinkRateLimiter
    log: LimitedLog = field(default_factory=lambda: LimitedLog(_log))


@get("/")
async def show_home(request: WebRequest, door: NamedDependency[DoorContext]) -> Response[bytes]:
    """Who this is."""
    return door.pages.page(request, "home")


@get("/robots.txt")
async def show_robots() -> Response[bytes]:
    """Nothing here is for search engines (RFC 9309)."""
    return plain_answer("User-agent: *\nDisallow: /\n", 200)


@get("/u/{token:str}")
async def show_preference_form(
    request: WebRequest, token: FromPath[str], door: NamedDependency[DoorContext]
) -> Response[bytes]:
    """The form; it is the same for whatever token."""
    return door.pages.page(request, "choose", message=split_link_ending(token)[1], note="")


@post("/u/{token:str}", status_code=200)
async def post_preference(
    request: WebRequest, token: FromPath[str], door: NamedDependency[DoorContext]
) -> Response[bytes]:
    """The choice of somebody who pressed the button, or whose mail program did (RFC 8058: no cookies, no redirects)."""
    began = time.monotonic()
    token, language = split_link_ending(token)
    body = await request_body.read_body(request, MAX_FORM_BYTES)
    preference = _preference(request_body.parse_form(request.headers.get("content-type", ""), body))
    if preference is None:
        return _form_with_reason(request, door, language, "text", 400)
    # Whoever says no is always heard; changing one's mind ten times a minute is nobody's wish.
    if preference is not Preference.NONE and not door.turns.take(token[:MAX_TOKEN_LENGTH]):
        return _form_with_reason(request, door, language, "often", 429)
    await _run_in_thread(door, partial(preferences.choose, door.project, token[:MAX_TOKEN_LENGTH], preference))
    await asyncio.sleep(began + MIN_ANSWER_SECONDS - time.monotonic())
    return door.pages.page(request, "chosen", message=language, choice=preference.value)


@get("/w/{token:str}")
async def show_letter(request: WebRequest, token: FromPath[str], door: NamedDependency[DoorContext]) -> Response[bytes]:
    """One person's letter, from the same compiled letter as their message."""
    from broadcaster.services.recipients import web_letter

    found = await _run_in_thread(door, partial(web_letter.open_web_letter, door.project, token[:MAX_TOKEN_LENGTH]))
    if found is None:
        return door.pages.page(request, "gone", 404)
    if found.channel is Channel.SMS:
        return door.pages.page(request, "textmessage", message=found.language, letter=found)
    content = found.content
    if found.links.unsubscribe not in content:
        foot = door.pages.text("foot", door.pages.language(request, found.language), letter=found)
        content = content.replace("</body>", foot + "</body>", 1)
    return html_answer(content, LETTER_POLICY)


@get("/c/{token:str}")
async def show_verification(
    request: WebRequest, token: FromPath[str], door: NamedDependency[DoorContext]
) -> Response[bytes]:
    """Whether a message with this link is from us."""
    from broadcaster.services.recipients import verification

    language = partial(door.pages.language, request)
    sent = await _run_in_thread(
        door, partial(verification.verify_message, door.project, token[:MAX_TOKEN_LENGTH], language)
    )
    message = sent.language if sent else ""
    return door.pages.page(
        request,
        "check",
        200 if sent else 404,
        message,
        sent=sent,
        numbers=verification.list_helplines(door.project, language(message)),
        public_url=door.project.settings.public_url or "",
    )


async def _run_in_thread(door: DoorContext, work: Callable[[], T]) -> T:
    """Call `work` in a thread. Raises BusyError when the ledger cannot be read or written now."""
    try:
        return await door.workers.run(work)
    except LedgerError as error:
        door.log.warning(f"Somebody at the door has to come again: {error.message} [{error.code}]")
        raise BusyError from None


def _preference(fields: Mapping[str, str]) -> Preference | None:
    """What a form asks for; None when that cannot be told."""
    if fields.get("List-Unsubscribe", "").strip().casefold() == "one-click":
        return Preference.NONE
    return _PREFERENCES.get(fields.get("choice", ""))


def _form_with_reason(request: WebRequest, door: DoorContext, language: str, why: str, status: int) -> Response[bytes]:
    """The form once more, with the reason why nothing was changed."""
    note = texts_in_language(door.pages.language(request, language))["unclear"][why]
    return door.pages.page(request, "choose", status, language, note=note)
