"""One request of somebody at the desk: who they are, what they may do, and how they are answered."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from litestar import Response
from litestar.datastructures import FormMultiDict
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from broadcaster.config import CampaignSettings, Person
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.language.multilingual_text import MultilingualText, TextInLanguage
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.recipients.unseen_replies import UnseenReplies
from broadcaster.services.access.permissions import Actor, Permission, can_see, desk_actor, has_permission
from broadcaster.services.project.project import Project, ProjectView, UnknownCampaignError
from broadcaster.services.replies import inbox
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.rosters import audiences
from broadcaster.services.writing import letter_texts
from broadcaster.web.common.limited_log import LimitedLog
from broadcaster.web.common.pages import WebRequest
from broadcaster.web.common.rate_limit import LinkRateLimiter
from broadcaster.web.common.worker_threads import NoWaitWorkers, OnePerPersonWorkers, Workers
from broadcaster.web.desk.rendering import assets, labels, templates
from broadcaster.web.desk.rendering.field_errors import FieldErrors
from broadcaster.web.desk.rendering.flash_messages import FLASH_MESSAGES
from broadcaster.web.desk.rendering.localisation import LANGUAGES, DeskLocale
from broadcaster.web.desk.requests.cookies import session_bound_cookie, visitor_cookie
from broadcaster.web.desk.routing.handler_threads import HandlerThreads

_log = logging.getLogger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD"})
"""Methods of requests that only look."""


@dataclass(frozen=True, slots=True)
class PasswordThreads:
    """Threads for passwords, each of which takes a tenth of a second and 64 MiB: those of strangers, of devices from
    which somebody has signed in before, and of links that are good once. Whoever floods the desk with tries keeps out
    neither those who are in nor those of another kind. `uses` counts those of each link.
    """

    strangers: NoWaitWorkers
    known: NoWaitWorkers
    links: NoWaitWorkers
    uses: LinkRateLimiter


@dataclass(frozen=True, slots=True)
class DeskContext:
    """What the desk works with. `current` is the project with config.yaml as it stands now; in `drafts` letters are
    made, which takes long if somebody means it to. All other handlers run in `threads`. `log` tells of a ledger that
    cannot be used.
    """

    current: Callable[[], Project]
    workers: Workers
    drafts: OnePerPersonWorkers
    passwords: PasswordThreads
    threads: HandlerThreads
    log: LimitedLog = field(default_factory=lambda: LimitedLog(_log))


@dataclass(frozen=True, slots=True)
class Visit:
    """One request. `who` is the key of a person in config.yaml, or "" before they have signed in; `csrf` goes into
    every form; `form` is what came with this one.
    """

    request: WebRequest
    desk: DeskContext
    opened: Project
    who: str
    csrf: str
    form: FormMultiDict

    @property
    def view(self) -> ProjectView:
        """The project, to look at."""
        return self.opened

    @property
    def project(self) -> Project:
        """The project, to change something. Raises TypeError in a request that only looks."""
        if self.request.method in SAFE_METHODS:
            raise TypeError("a request that only looks asked for a project that can be written to")
        return self.opened

    @property
    def person(self) -> Person:
        """The person, as config.yaml has them now."""
        return self.view.settings.people[self.who]

    @property
    def locale(self) -> DeskLocale:
        """How to speak to them."""
        return DeskLocale(language_of_request(self.request), self.view.zone)

    @property
    def live(self) -> bool:
        """Whether htmx asks, and wants a part of a page only."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def waiting(self) -> UnseenReplies:
        """The replies that are theirs to read and that wait for somebody; none where that cannot be known just now, for
        the page that says so has a menu too.
        """
        try:
            return inbox.count_unseen(self.view, self.who)
        except BroadcasterError:
            return UnseenReplies(0, 0)

    def has_permission(self, deed: str) -> bool:
        """Whether their role has this permission, by its name in `Permission`, in any case. For templates."""
        return has_permission(self.view.settings, self.who, Permission[deed.upper()])

    def actor(self, deed: Permission, *audiences: str) -> Actor:
        """They, doing this. Raises NotAllowedError."""
        return desk_actor(self.view.settings, self.who, deed, audiences)

    def can_see(self, *audiences: str) -> bool:
        """Whether they work with all of these audiences."""
        return can_see(self.view.settings, self.who, audiences)

    def audience(self, name: str) -> str:
        """The name of an audience that is theirs to see; for any other it looks as if there were none."""
        if name not in audiences.list_audiences(self.view) or not self.can_see(name):
            raise NotFoundException
        return name

    def campaign(self, name: str) -> CampaignSettings:
        """A campaign that is theirs to see, as `audience`."""
        try:
            found = self.view.campaign(name)
        except UnknownCampaignError:
            raise NotFoundException from None
        if not self.can_see(*found.audiences):
            raise NotFoundException
        return found

    def broadcast(self, broadcast_id: str) -> Broadcast:
        """A broadcast that is theirs to see, as `audience`."""
        found = broadcast_status.get_broadcast(self.view, broadcast_id)
        if found is None or not self.can_see(*broadcast_status.audiences_of_broadcast(self.view, found)):
            raise NotFoundException
        return found

    def field(self, name: str, default: str = "") -> str:
        """A field of the form that came, without blanks around it; line ends are those of the web (CRLF) no more."""
        value = self.form.get(name, default)
        return value.replace("\r\n", "\n").strip() if isinstance(value, str) else default

    def fields(self, name: str) -> list[str]:
        """All fields of this name, in the order of the form."""
        return [value.strip() for value in self.form.getall(name, []) if isinstance(value, str)]

    def asked(self, name: str, default: str = "") -> str:
        """A field of the address that was asked for."""
        return self.request.query_params.get(name, default).strip()

    def url(self, *steps: str, **fields: str) -> str:
        """The address of a page of the desk: url("letters", name) is /desk/letters/<name>."""
        return page_address(self.view, *steps, **fields)

    def page(self, template: str, status: int = 200, **values: Any) -> Response[bytes]:
        """A page, or a part of one, from `html/desk/<template>.html`."""
        answer = templates.render_page(template, self.locale, status, **self.context(), **values)
        if newcomer := self.request.state.get("visitor"):
            answer.set_cookie(session_bound_cookie(self.view, visitor_cookie(self.view), newcomer))
        return answer

    def part(self, template: str, **values: Any) -> str:
        """What a template says, for an event."""
        return templates.render_text(template, self.locale, **self.context(), **values)

    def context(self) -> dict[str, Any]:
        """What every template knows."""
        return {
            "visit": self,
            "url": self.url,
            "asset": lambda name: f"{desk_path(self.view)}/{assets.asset_path(name)}",
            "languages": LANGUAGES,
            "organisation": self.in_their_language(self.view.settings.organisation.name),
            "in_their_language": self.in_their_language,
            "titled": self.titled,
            "copy_address": self.copy_address,
            "letter_title": lambda letter: letter_texts.get_title(self.view, letter),
            "audience_titles": lambda names: [audiences.get_title(self.view, name) for name in names],
            "zone": self.view.zone,
            "words": labels,
            "room": self.request.scope["path"].removeprefix("/desk").strip("/").partition("/")[0],
            "field_errors": FieldErrors(),
            "said": FLASH_MESSAGES.get(self.asked("said")),
        }

    def in_their_language(self, text: MultilingualText) -> TextInLanguage:
        """A text of config.yaml in this person's language, else in the organisation's, else in one that is there."""
        return text.best_for(self.locale.language, self.view.settings.organisation.language)

    def titled(self, campaign: str) -> TextInLanguage:
        """What a campaign is called: its title, else that of its letter; its name where it was taken out."""
        known = self.view.settings.campaigns.get(campaign)
        if known is None:
            return self.in_their_language(MultilingualText.of(campaign))
        return self.in_their_language(
            known.title or MultilingualText.of(letter_texts.get_title(self.view, known.letter))
        )

    def copy_address(self, campaign: CampaignSettings) -> str:
        """Where a new campaign begins with this one's letter, audiences and channel."""
        audiences = [("audience", name) for name in campaign.audiences]
        fields = [("letter", campaign.letter), *audiences, ("channel", campaign.channel.value)]
        return f"{self.url('campaigns', 'new')}?{urlencode(fields)}"

    def staff_name(self, who: str) -> str:
        """The name of somebody who works here, or worked: then it is their key in config.yaml."""
        known = self.view.settings.people.get(who)
        return known.name if known else who

    def redirect_to(self, *steps: str, said: str = "", **fields: str) -> Response[Any]:
        """Send them on to a page, where a note of `said` tells that what they did is done."""
        if said:
            fields["said"] = said
        where = self.url(*steps, **fields)
        if self.live:
            return Response(b"", status_code=204, headers={"hx-redirect": where})
        return Redirect(where, status_code=303)


def desk_path(project: ProjectView) -> str:
    """The path at which the desk begins, below that of `public_url`."""
    return urlsplit(project.settings.public_url or "").path.rstrip("/") + "/desk"


def page_address(project: ProjectView, *steps: str, **fields: str) -> str:
    """The address of a page."""
    path = "/".join((desk_path(project), *(quote(step, safe="") for step in steps)))
    return f"{path}?{urlencode(fields)}" if fields else path


def language_of_request(request: WebRequest) -> str:
    """The language that somebody chose, or else the first of their browser's that the desk speaks."""
    chosen = request.cookies.get("desk_language", "")
    if chosen in LANGUAGES:
        return chosen
    for one in request.headers.get("accept-language", "").split(","):
        tag = one.partition(";")[0].strip().partition("-")[0].lower()
        if tag in LANGUAGES:
            return tag
    return "en"


def parse_wall_time(text: str) -> datetime | None:
    """What a field for day and time holds (HTML's `datetime-local`: 2026-12-01T09:00); None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=None, second=0, microsecond=0)
