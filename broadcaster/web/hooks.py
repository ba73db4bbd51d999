"""The providers' way in: what they report is verified, stored, and acknowledged; somebody else applies it afterwards.

Whatever cannot be stored is answered with 503, and what comes twice is known by its key. SendGrid sends it again for a
day. Twilio does so for some seconds at best: what it has given up is fetched (`services/replies/poll_inbound`,
`services/feedback/poll_status`).
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.domain.delivery.reports import AddressReport, InboundText, Report
from broadcaster.ledger.database.errors import LedgerError
from broadcaster.providers.base import HookRefusedError, HookRequest
from broadcaster.services.feedback import provider_reports
from broadcaster.services.project.project import Project
from broadcaster.web.common import request_body
from broadcaster.web.common.limited_log import LimitedLog
from broadcaster.web.common.pages import WebRequest, plain_answer
from broadcaster.web.common.worker_threads import BusyError, Workers

MAX_HOOK_BYTES = 2 * 1024 * 1024
"""Bytes of one request. SendGrid closes a batch of events at 768 KB; Twilio's forms are far smaller."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HookContext:
    """What the hooks work with. `stored` is called after each request that left something to be applied."""

    project: Project
    workers: Workers
    stored: Callable[[], None]
    log: LimitedLog = field(default_factory=lambda: LimitedLog(_log))

    def take(self, provider: str, request: HookRequest) -> tuple[str, bytes]:
        """Verify and store; content type and body of the answer. Raises HookRefusedError, LedgerError."""
        from broadcaster.services.feedback.report_matching import match_reports

        hooked = self.project.hooks[provider]
        told = hooked.read(request)
        reports = [one for one in told if isinstance(one, Report)]
        reports += match_reports(self.project, provider, [one for one in told if isinstance(one, AddressReport)])
        if reports:
            provider_reports.receive(self.project, provider, reports)
            self.stored()
        return hooked.answer(self._answered(provider, [one for one in told if isinstance(one, InboundText)]))

    def _answered(self, provider: str, texts: Sequence[InboundText]) -> str:
        from broadcaster.services.replies import inbound_texts

        answers = [inbound_texts.receive(self.project, provider, text) for text in texts]
        return next(filter(None, answers), "")


@post(["/hooks/{provider:str}", "/hooks/{provider:str}/{rest:path}"], status_code=200)
async def receive_hook(
    request: WebRequest, provider: FromPath[str], hooks: NamedDependency[HookContext]
) -> Response[bytes]:
    """`POST /hooks/<provider>[/<rest>]`."""
    if provider not in hooks.project.hooks:
        raise NotFoundException
    told = HookRequest(
        url=_url(request, hooks.project.settings.public_url or ""),
        path=request.scope["path"].partition(f"/hooks/{provider}")[2].strip("/"),
        headers=_headers(request),
        body=await request_body.read_body(request, MAX_HOOK_BYTES),
    )
    try:
        kind, answer = await hooks.workers.run(lambda: hooks.take(provider, told))
    except HookRefusedError as error:
        hooks.log.warning(f"A request to the hook of {provider} was refused: {error.message} [{error.code}]")
        return plain_answer("refused", error.status)
    except LedgerError as error:
        hooks.log.warning(f"What {provider} reports cannot be stored now: {error.message} [{error.code}]")
        raise BusyError from None
    return Response(answer, status_code=200, media_type=kind)


def _url(request: WebRequest, public_url: str) -> str:
    """The address as the provider knows it, which is what it signs. Host and X-Forwarded-* may say anything."""
    query = request.scope["query_string"]
    raw = request.scope["raw_path"] + (b"?" + query if query else b"")
    return public_url + raw.decode("latin-1")


def _headers(request: WebRequest) -> dict[str, str]:
    """The headers by lower-case name; one that comes twice is both of them, and so no valid signature."""
    joined: dict[str, str] = {}
    for name, value in request.scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        joined[key] = f"{joined[key]}, {text}" if key in joined else text
    return joined
