"""The blocks of `config.yaml`: which keys each has, what they may say, and what holds when they are silent."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from broadcaster.config.field_types import addresses, multilingual_text, scalars
from broadcaster.config.schema import INTERNAL_NAME_KEY, Section, written_as
from broadcaster.domain.contact.channels import Channel, ChannelChoice
from broadcaster.domain.language.multilingual_text import MultilingualText
from broadcaster.domain.local_time.quiet_hours import QuietHours


class Role(StrEnum):
    """What a person may do here; `services.people` holds what each role carries."""

    AUTHOR = "author"
    APPROVER = "approver"
    VIEWER = "viewer"
    ADMIN = "admin"


class IfLate(StrEnum):
    """What becomes of an occurrence that is found after its grace time."""

    ASK = "ask"
    SEND = "send"
    SKIP = "skip"


class IfUnsure(StrEnum):
    """What becomes of a delivery that may or may not have been taken, once the provider has been asked."""

    HOLD = "hold"
    RESEND = "resend"


class StartTls(StrEnum):
    """How an SMTP connection becomes private: by STARTTLS, from the first byte, or not (this machine only)."""

    REQUIRED = "required"
    IMPLICIT = "implicit"
    NEVER = "never"


def _audience_names(audience: Any) -> Any:
    """`audience` is a name or a list of them."""
    if isinstance(audience, str):
        return (audience,)
    if isinstance(audience, list) and len(set(map(str, audience))) < len(audience):
        raise scalars.wrong_value("an audience is named twice", "Name each audience once.")
    return tuple(audience) if isinstance(audience, list) else audience


def _without_repetition(said: Any) -> Any:
    """One word or a list of them; whoever names one twice means it once."""
    if isinstance(said, str):
        return (said,)
    return tuple(dict.fromkeys(said)) if isinstance(said, list) and all(isinstance(one, str) for one in said) else said


class Organisation(Section):
    """Who writes. `timezone` is the one in which wall times are meant; `region` reads telephone numbers without +."""

    name: multilingual_text.MultilingualLine
    timezone: scalars.TimeZone
    region: scalars.Region
    language: scalars.Language

    @property
    def own_name(self) -> str:
        """What it is called in its own language."""
        return self.name.best_for(self.language).text


class SmtpSettings(Section):
    """A mail server. Credentials are named, not held: `username_env` and `password_env` are variables.

    `return_path` is the address that bounces go to, a plus and a token being put before its @; `bounces` the Maildir
    where they arrive, if they do on this machine; `connections` how many are kept open at once, and
    `messages_per_connection` how many messages one of them carries, if not as many as its server is known to handle at
    once; `ca_file` a PEM file of authorities to trust instead of the system's.
    """

    host: addresses.Host
    port: scalars.Port = 587
    starttls: StartTls = StartTls.REQUIRED
    username_env: scalars.VariableName | None = None
    password_env: scalars.VariableName | None = None
    return_path: addresses.Email | None = None
    bounces: scalars.FilePath | None = None
    connections: Annotated[int, scalars.number_between(1, 50)] = 4
    messages_per_connection: Annotated[int, scalars.number_between(1, 100_000)] | None = None
    ca_file: scalars.FilePath | None = None

    @model_validator(mode="before")
    @classmethod
    def _port_of_implicit_tls(cls, block: Any) -> Any:
        """TLS from the first byte is spoken on a port of its own (RFC 8314 section 3.3)."""
        if isinstance(block, dict) and "port" not in block and block.get("starttls") == StartTls.IMPLICIT:
            return {**block, "port": "465"}
        return block


class SendGridSettings(Section):
    """The SendGrid account; `host` is where its API is reached, if not at SendGrid's own address.

    `batch_size` is how many recipients one request carries, if not as many as the engine hands out at once: a request
    whose answer is lost leaves all of them in doubt.
    `webhook_key` is the public key with which SendGrid signs its events; without it none are taken. `timeout` is how
    long an answer is waited for; `ca_file` a PEM file of authorities to trust instead of the system's.
    """

    api_key_env: scalars.VariableName
    host: addresses.Url | None = None
    batch_size: Annotated[int, scalars.number_between(1, 1000)] | None = None
    webhook_key: scalars.Line | None = None
    timeout: scalars.Duration = timedelta(seconds=30)
    ca_file: scalars.FilePath | None = None


class TwilioSettings(Section):
    """The Twilio account; `url` is where its API is reached, if not at Twilio's own address.

    Texts go through the Messaging Service where one is named, and otherwise from the signatory's `sms_sender`.
    `connections` is how many requests are under way at once, `timeout` how long an answer is waited for; `ca_file` a
    PEM file of authorities to trust instead of the system's. `replies` says whether people can answer what they get,
    and somebody reads it; where it says nothing, they can answer a Messaging Service, and any number.
    """

    account_sid_env: scalars.VariableName
    auth_token_env: scalars.VariableName
    messaging_service_sid: scalars.Line | None = None
    replies: scalars.Flag | None = None
    url: addresses.Url | None = None
    connections: Annotated[int, scalars.number_between(1, 100)] = 20
    timeout: scalars.Duration = timedelta(seconds=15)
    ca_file: scalars.FilePath | None = None


class ProviderSettings(Section):
    """Which provider carries each channel, and what those that need it must know."""

    email: Literal["outbox", "smtp", "sendgrid"] = "outbox"
    sms: Literal["outbox", "twilio"] = "outbox"
    smtp: SmtpSettings | None = None
    sendgrid: SendGridSettings | None = None
    twilio: TwilioSettings | None = None


class PaceLimits(Section):
    """How fast each provider may be used; what is not said keeps its default."""

    smtp: scalars.PaceText = scalars.PaceSettings(50, 1)
    sendgrid: scalars.PaceText = scalars.PaceSettings(600, 60)
    twilio: scalars.PaceText = scalars.PaceSettings(10, 1)


class Prices(Section):
    """What the providers bill us, as far as it is to be reckoned with before something is sent."""

    sms_segment: scalars.Price | None = None


class QuietHoursSettings(Section):
    """`quiet_hours`, here and in an audience; both ends are wall times where the recipient lives."""

    start: scalars.TimeOfDay
    end: scalars.TimeOfDay

    @property
    def hours(self) -> QuietHours:
        """The same as a rule."""
        return QuietHours(self.start, self.end)


class Signatory(Section):
    """Whose name stands below a letter. `email` is both sender and reply address."""

    name: scalars.Line
    role: multilingual_text.MultilingualLine
    email: addresses.Email
    sms_sender: addresses.SmsSender | None = None


class HelplineUse(StrEnum):
    """What a helpline is for: danger to life, asking whether a letter is genuine, or help and advice."""

    EMERGENCY = "emergency"
    DOUBT = "doubt"
    SUPPORT = "support"


class Helpline(Section):
    """A number that letters give to people. `expires` is the first day on which it must not be given any more. `uses`
    says for what; one that does not say is for support. In the file `name` may be called `names`.
    """

    name: Annotated[multilingual_text.MultilingualLine, Field(validation_alias=AliasChoices("name", "names"))]
    number: scalars.Line
    says: multilingual_text.MultilingualLine
    uses: Annotated[tuple[HelplineUse, ...], BeforeValidator(_without_repetition), written_as("for")] = (
        HelplineUse.SUPPORT,
    )
    verified: scalars.CalendarDate | None = None
    expires: scalars.CalendarDate | None = None
    owner: scalars.Line | None = None

    @model_validator(mode="before")
    @classmethod
    def _called_once(cls, block: Any) -> Any:
        if isinstance(block, dict) and {"name", "names"} <= block.keys():
            raise scalars.wrong_value("`name` and `names` are one key, and both stand here", "Keep one of them.")
        return block


class Person(Section):
    """Somebody who works with this project; with `audiences`, only with those.

    `tell` says by which channels they are told of alarms and of what waits for them, at `email` and `phone`.
    """

    name: scalars.Line
    role: Role
    audiences: tuple[scalars.Name, ...] | None = None
    email: Annotated[addresses.Email | None, Field(repr=False)] = None
    phone: Annotated[addresses.Phone | None, Field(repr=False)] = None
    tell: Annotated[tuple[Channel, ...], BeforeValidator(_without_repetition)] = ()


class RecurrenceRule(Section):
    """A recurring time: a cron rule, which the clock reads, and the last day on which it may fire."""

    cron: scalars.Line
    until: scalars.CalendarDate | None = None


class ApprovalRule(Section):
    """Each occurrence is approved, or all of them `until` a day as long as `at_most` so many get it."""

    each: scalars.Flag = True
    until: scalars.CalendarDate | None = None
    at_most: Annotated[int, scalars.number_between(1, 100_000_000)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _until_instead_of_each(cls, rule: Any) -> Any:
        """Who writes `until` and `at_most` has thereby said that not each is approved."""
        if isinstance(rule, dict) and "each" not in rule and ("until" in rule or "at_most" in rule):
            return {**rule, "each": "false"}
        return rule


class CampaignSettings(Section):
    """Letter + audience + channel + when. In the file exactly one of `when` and `every` is there.

    `when` is a wall time in the organisation's zone, naive; it is None, as `every` is, for what goes out as soon as it
    is approved. Someone on two of the `audiences` gets it by the first. `title` is what people call it, None where it
    has no other name than its key.
    """

    name: Annotated[str, Field(alias=INTERNAL_NAME_KEY)]
    title: multilingual_text.MultilingualLine | None = None
    letter: scalars.Name
    audiences: Annotated[
        tuple[scalars.Name, ...], BeforeValidator(_audience_names), Field(alias="audience", min_length=1)
    ]
    channel: ChannelChoice = ChannelChoice.PREFERRED
    when: scalars.WallTime = None
    every: RecurrenceRule | None = None
    approval: ApprovalRule = ApprovalRule()
    if_late: IfLate = IfLate.ASK
    grace: scalars.Duration = timedelta(minutes=30)
    if_unsure: IfUnsure = IfUnsure.HOLD

    @classmethod
    def of_letter(cls, letter: str, audiences: tuple[str, ...] = ()) -> "CampaignSettings":
        """A letter as if a campaign sent it that is called like it; only for looking at it."""
        title = MultilingualText.of(letter)
        return cls.model_construct(
            name=letter, title=title, letter=letter, audiences=audiences, channel=ChannelChoice.BOTH
        )

    @property
    def goes_out_once(self) -> bool:
        """Whether it is one letter at one time, and over when that has gone out."""
        return self.every is None

    @property
    def as_soon_as_approved(self) -> bool:
        """Whether it has no time of its own."""
        return self.when is None and self.every is None


class ApprovalSettings(Section):
    """Whether approving on the command line stays possible once the desk has sign-in; None says nothing."""

    cli: Literal["allow", "off"] | None = None


class LinkSettings(Section):
    """Hosts that letters may link to, besides that of `public_url`."""

    allow: tuple[addresses.Host, ...] = ()
