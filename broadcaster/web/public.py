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

from broadcaster.domain.channels import Channel
from broadcaster.domain.preferences import Preference
from broadcaster.ledger.errors import LedgerError
from broadcaster.services.composing.links import spoken_in
from broadcaster.services.project.project import Project
from broadcaster.services.recipients import preferences, verification, web_letter
from broadcaster.web import request_body
from broadcaster.web.limitedlog import LimitedLog
from broadcaster.web.pages import LETTER, Asked, Pages, html, plain
from broadcaster.web.public_texts import words_of
from broadcaster.web.rate_limit import Turns
from broadcaster.web.worker_threads import BusyError, Workers

T = TypeVar("T")

LARGEST = 16 * 1024
"""Bytes of a form of ours, or of a mail provider's one-click request."""

LONGEST_TOKEN = 64
"""Characters of a link's last part that are worth a look into the ledger."""

NO_SOONER = 0.25
"""Seconds before a choice is answered: by then it is written down, so that the time does not tell whether it was."""

_CHOICES = {one.value: one for one in Preference}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Door:
    """What the door works with."""

    project: Project
    pages: Pages
    workers: Workers
    turns: Turns
    log: LimitedLog = field(default_factory=lambda: LimitedLog(_log))


@get("/")
async def home(request: Asked, door: NamedDependency[Door]) -> Response[bytes]:
    """Who this is."""
    return door.pages.page(request, "home")


@get("/robots.txt")
async def robots() -> Response[bytes]:
    """Nothing here is for search engines (RFC 9309)."""
    return plain("User-agent: *\nDisallow: /\n", 200)


@get("/u/{token:str}")
async def choose(request: Asked, token: FromPath[str], door: NamedDependency[Door]) -> Response[bytes]:
    """The form; it is the same for whatever token."""
    return door.pages.page(request, "choose", message=spoken_in(token)[1], note="")


@post("/u/{token:str}", status_code=200)
async def chosen(request: Asked, token: FromPath[str], door: NamedDependency[Door]) -> Response[bytes]:
    """The choice of somebody who pressed the button, or whose mail program did (RFC 8058: no cookies, no redirects)."""
    began = time.monotonic()
    token, language = spoken_in(token)
    body = await request_body.read(request, LARGEST)
    preference = _preference(request_body.form(request.headers.get("content-type", ""), body))
    if preference is None:
        return _unclear(request, door, language, "text", 400)
    # Whoever says no is always heard; changing one's mind ten times a minute is nobody's wish.
    if preference is not Preference.NONE and not door.turns.take(token[:LONGEST_TOKEN]):
        return _unclear(request, door, language, "often", 429)
    await _do(door, partial(preferences.choose, door.project, token[:LONGEST_TOKEN], preference))
    await asyncio.sleep(began + NO_SOONER - time.monotonic())
    return door.pages.page(request, "chosen", message=language, choice=preference.value)


@get("/w/{token:str}")
async def letter(request: Asked, token: FromPath[str], door: NamedDependency[Door]) -> Response[bytes]:
    """One person's letter, from the same compiled letter as their message."""
    found = await _do(door, partial(web_letter.webletter, door.project, token[:LONGEST_TOKEN]))
    if found is None:
        return door.pages.page(request, "gone", 404)
    if found.channel is Channel.SMS:
        return door.pages.page(request, "textmessage", message=found.language, letter=found)
    content = found.content
    if found.links.unsubscribe not in content:
        foot = door.pages.text("foot", door.pages.language(request, found.language), letter=found)
        content = content.replace("</body>", foot + "</body>", 1)
    return html(content, LETTER)


@get("/c/{token:str}")
async def check(request: Asked, token: FromPath[str], door: NamedDependency[Door]) -> Response[bytes]:
    """Whether a message with this link is from us."""
    language = partial(door.pages.language, request)
    sent = await _do(door, partial(verification.genuine, door.project, token[:LONGEST_TOKEN], language))
    message = sent.language if sent else ""
    return door.pages.page(
        request,
        "check",
        200 if sent else 404,
        message,
        sent=sent,
        numbers=verification.numbers(door.project, language(message)),
        public_url=door.project.settings.public_url or "",
    )


async def _do(door: Door, work: Callable[[], T]) -> T:
    """Call `work` in a thread. Raises BusyError when the ledger cannot be read or written now."""
    try:
        return await door.workers.do(work)
    except LedgerError as error:
        door.log.warning(f"Somebody at the door has to come again: {error.message} [{error.code}]")
        raise BusyError from None


def _preference(fields: Mapping[str, str]) -> Preference | None:
    """What a form asks for; None when that cannot be told."""
    if fields.get("List-Unsubscribe", "").strip().casefold() == "one-click":
        return Preference.NONE
    return _CHOICES.get(fields.get("choice", ""))


def _unclear(request: Asked, door: Door, language: str, why: str, status: int) -> Response[bytes]:
    """The form once more, with the reason why nothing was changed."""
    note = words_of(door.pages.language(request, language))["unclear"][why]
    return door.pages.page(request, "choose", status, language, note=note)
