"""A project folder, opened: the settings, the ledger and the tools that the services work with."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from broadcaster.cache import RowCache
from broadcaster.config import CampaignSettings, Settings
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.local_time import walltime
from broadcaster.domain.problems import Problem
from broadcaster.keys import Keyring
from broadcaster.ledger import Ledger, LedgerReader
from broadcaster.providers.base import Provider, WebhookProvider
from broadcaster.services.project.quarantined_reports import QuarantinedReports
from broadcaster.services.project.sessions_last_seen import SessionsLastSeen

CronWallTimes = Callable[[str, datetime, datetime], Iterator[datetime]]
"""Walks a cron rule: (rule, after, until) → its wall times in (after, until]; raises BroadcasterError on a bad rule."""


LOGO_FILE = "_frames/logo.png"
"""Below `templates/`: the organisation's logo, shown inline at the head of every email where the file exists."""


class UnknownCampaignError(BroadcasterError):
    """No campaign of this name is in config.yaml."""

    code = "campaign-unknown"


@dataclass(frozen=True, slots=True)
class ProjectView:
    """A project for those who look: nothing can be written to its ledger, and nothing sent.

    `cache` has the rows of rosters that were found good; `walls` walks cron rules (the clock lends it); `drafts` is a
    folder to read letters from instead of the project's own, for looking at one that is not saved; `last_seen` is when
    this process saw each session last; `config_problems` is what is wrong with config.yaml as it stands now, where
    `settings` are what it said before.
    """

    settings: Settings
    ledger: LedgerReader
    keyring: Keyring
    cache: RowCache
    walls: CronWallTimes
    drafts: Path | None = None
    last_seen: SessionsLastSeen = field(default_factory=SessionsLastSeen)
    config_problems: tuple[Problem, ...] = ()

    @property
    def root(self) -> Path:
        return self.settings.root

    @property
    def templates(self) -> Path:
        return self.drafts or self.root / "templates"

    @property
    def audiences(self) -> Path:
        return self.root / "audiences"

    @property
    def zone(self) -> str:
        """The organisation's timezone, in which wall times are meant."""
        return self.settings.organisation.timezone

    def campaign(self, name: str) -> CampaignSettings:
        """The campaign of this name; UnknownCampaignError lists what there is."""
        try:
            return self.settings.campaigns[name]
        except KeyError:
            known = ", ".join(sorted(self.settings.campaigns)) or "none yet"
            raise UnknownCampaignError(
                f"There is no campaign called {name!r}.",
                remedy=f"config.yaml has these campaigns: {known}.",
                file="config.yaml",
            ) from None

    def wall_now(self) -> datetime:
        """What the clock on the organisation's wall shows."""
        return walltime.local(now(), self.zone)

    def midnight(self) -> datetime:
        """The instant at which the organisation's present day began."""
        today = datetime.now(ZoneInfo(self.zone)).date()
        return walltime.instant(datetime.combine(today, time()), self.zone)


@dataclass(frozen=True, slots=True)
class Project(ProjectView):
    """A project for commands: its ledger can be written to, and what has providers can send.

    `providers` holds the one that carries each channel; `hooks` are the providers that report back over HTTP, by name:
    those that config.yaml describes, whichever carries a channel now; `aside` is what this process passes over of their
    reports.
    """

    ledger: Ledger
    providers: Mapping[Channel, Provider] = field(default_factory=dict)
    hooks: Mapping[str, WebhookProvider] = field(default_factory=dict)
    aside: QuarantinedReports = field(default_factory=QuarantinedReports)


def now() -> datetime:
    """The present instant, UTC."""
    return datetime.now(UTC)
