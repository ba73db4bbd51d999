"""The settings of a valid config.yaml. Everything here is frozen and holds no secret."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr

from broadcaster.config import sections
from broadcaster.config.field_types import addresses, scalars
from broadcaster.config.field_types.database_url import parse_database_url
from broadcaster.config.schema import INTERNAL_NAME_KEY, Section
from broadcaster.config.yaml_files.document import PathStep, YamlDocument
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.local_time.quiet_hours import QuietHours
from broadcaster.domain.problems import Problem

V = TypeVar("V")


class SecretMissingError(BroadcasterError):
    """A credential that config.yaml refers to is not in the environment."""

    code = "secret-missing"
    default_remedy = "Set the variable in the environment that starts broadcaster; never write it into config.yaml."


def _freeze_mapping(mapping: dict[str, V]) -> Mapping[str, V]:
    return MappingProxyType(mapping)


def _with_key_as_name(campaigns: Any) -> Any:
    """Each campaign learns the key it stands under."""
    if not isinstance(campaigns, dict):
        return campaigns
    return {
        key: {**block, INTERNAL_NAME_KEY: key} if isinstance(block, dict) else block for key, block in campaigns.items()
    }


_FROZEN = AfterValidator(_freeze_mapping)
_NONE: Any = Field(default_factory=dict)


class Settings(Section):
    """The whole of `config.yaml`, with paths made absolute and defaults filled in.

    `listen` is where `serve` answers those who come by `public_url`; without it, it does not.
    It holds the names of secrets only; `secret` asks the environment for one when it is needed. `database` is a
    SQLAlchemy URL; `age_identity` is the file with the key of rosters that are encrypted.
    """

    organisation: sections.Organisation
    public_url: addresses.Url | None = None
    listen: scalars.ListenText = None
    database: Annotated[str, BeforeValidator(parse_database_url), Field(repr=False)] = "sqlite:///var/broadcaster.db"
    key_file: scalars.FilePath = Path("var/key")
    age_identity: scalars.FilePath = Path("var/age-identity.txt")
    providers: sections.ProviderSettings = sections.ProviderSettings()
    paces: Annotated[sections.PaceLimits, Field(alias="pace")] = sections.PaceLimits()
    prices: sections.Prices = sections.Prices()
    quiet: Annotated[sections.QuietHoursSettings | None, Field(alias="quiet_hours")] = None
    signatories: Annotated[Mapping[scalars.Name, sections.Signatory], AfterValidator(_freeze_mapping)] = Field(
        default_factory=dict
    )
    helplines: Annotated[Mapping[scalars.Name, sections.Helpline], AfterValidator(_freeze_mapping)] = Field(
        default_factory=dict
    )
    people: Annotated[Mapping[scalars.Name, sections.Person], AfterValidator(_freeze_mapping)] = Field(
        default_factory=dict
    )
    campaigns: Annotated[
        Mapping[scalars.Name, sections.CampaignSettings],
        BeforeValidator(_with_key_as_name),
        AfterValidator(_freeze_mapping),
    ] = Field(default_factory=dict)
    approvals: sections.ApprovalSettings = sections.ApprovalSettings()
    links: sections.LinkSettings = sections.LinkSettings()

    _root: Path = PrivateAttr(default=Path())
    _document: YamlDocument = PrivateAttr(default_factory=lambda: YamlDocument("config.yaml", {}, {}))
    _environ: Mapping[str, str] = PrivateAttr(default_factory=dict)
    _warnings: tuple[Problem, ...] = PrivateAttr(default=())

    def bind(self, document: YamlDocument, root: Path, environ: Mapping[str, str], warnings: Iterable[Problem]) -> None:
        """Tell the settings where they come from; only `load_settings` does, once."""
        self._document, self._root, self._environ = document, root, environ
        self._warnings = tuple(warnings)

    @property
    def root(self) -> Path:
        """The project folder, absolute."""
        return self._root

    @property
    def outbox_folder(self) -> Path:
        """Where the outbox provider writes."""
        return self._root / "var" / "outbox"

    @property
    def cache_folder(self) -> Path:
        """Where files lie that only make things quicker, and may be deleted at any time."""
        return self._root / "var" / "cache"

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is allowed and yet worth a second look."""
        return self._warnings

    @property
    def quiet_hours(self) -> QuietHours | None:
        """When nobody is written to, on each recipient's own wall clock; an audience may say otherwise."""
        return self.quiet.hours if self.quiet else None

    @property
    def pace(self) -> Mapping[str, scalars.PaceSettings]:
        """The pace of each provider that has one, by its name."""
        return {"smtp": self.paces.smtp, "sendgrid": self.paces.sendgrid, "twilio": self.paces.twilio}

    @property
    def allowed_link_hosts(self) -> frozenset[str]:
        """The hosts that letters may link to: that of `public_url`, and those that `links: {allow: …}` names."""
        own = urlsplit(self.public_url).hostname if self.public_url else None
        return frozenset(self.links.allow) | ({own} if own else frozenset())

    def line(self, path: tuple[PathStep, ...]) -> int | None:
        """The line of config.yaml on which this key stands: `("campaigns", "reassurance", "when")`."""
        return self._document.line(path)

    def secret(self, variable: str) -> str:
        """The credential in an environment variable that config.yaml names. Raises `SecretMissingError`."""
        value = self._environ.get(variable, "")
        if not value:
            raise SecretMissingError(f"The environment variable {variable} is not set.", file=self._document.file)
        return value
