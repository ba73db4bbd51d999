"""Providers and hooks made from config.yaml; credentials come from the environment."""

from contextlib import suppress
from typing import TYPE_CHECKING

from broadcaster.config import SecretMissingError, Settings, StartTls
from broadcaster.domain.contact.addresses import is_e164
from broadcaster.domain.contact.channels import Channel
from broadcaster.providers.missing_provider import MissingProvider
from broadcaster.providers.outbox import Outbox
from broadcaster.services.project.errors import ProviderMissingError

if TYPE_CHECKING:
    from broadcaster.providers.base import Provider, WebhookProvider
    from broadcaster.providers.sendgrid import SendGridAccount
    from broadcaster.providers.smtp import SmtpRoute
    from broadcaster.providers.twilio import TwilioAccount


def settings_needing_restart(settings: Settings) -> tuple[object, ...]:
    """The settings that a process reads at its start only: storage, providers and hooks."""
    where = (settings.database, settings.key_file)
    return (*where, settings.providers, settings.paces, settings.public_url, settings.listen)


def make_providers(settings: Settings) -> dict[Channel, "Provider"]:
    """The provider of each channel, as config.yaml chooses."""
    return {channel: make(settings) for channel, make in _MAKERS.items()}


def make_available_providers(settings: Settings) -> dict[Channel, "Provider"]:
    """As `make_providers`, with a `MissingProvider` in place of one without credentials."""
    names = {Channel.EMAIL: settings.providers.email, Channel.SMS: settings.providers.sms}
    found: dict[Channel, Provider] = {}
    for channel, make in _MAKERS.items():
        try:
            found[channel] = make(settings)
        except SecretMissingError as error:
            found[channel] = MissingProvider(names[channel], channel, error)
    return found


def _make_email_provider(settings: Settings) -> "Provider":
    if settings.providers.email == "outbox":
        return Outbox(settings.outbox_folder, Channel.EMAIL)
    if settings.providers.email == "smtp" and settings.providers.smtp is not None:
        from broadcaster.providers.smtp import Smtp

        return Smtp(smtp_route(settings))
    if settings.providers.email == "sendgrid" and settings.providers.sendgrid is not None:
        from broadcaster.providers.sendgrid import SendGrid

        return SendGrid(sendgrid_account(settings))
    raise ProviderMissingError(f"Sending email by {settings.providers.email} is not possible yet.")


def _make_sms_provider(settings: Settings) -> "Provider":
    if settings.providers.sms == "outbox":
        return Outbox(settings.outbox_folder, Channel.SMS)
    if settings.providers.sms == "twilio" and settings.providers.twilio is not None:
        from broadcaster.providers.twilio import Twilio

        return Twilio(twilio_account(settings))
    raise ProviderMissingError(f"Sending texts by {settings.providers.sms} is not possible yet.")


_MAKERS = {Channel.EMAIL: _make_email_provider, Channel.SMS: _make_sms_provider}


def make_hooks(settings: Settings) -> dict[str, "WebhookProvider"]:
    """Providers that report over HTTP, by name, if config.yaml has what verifies their requests.

    They include providers that carry no channel now, for these still report on earlier messages.
    """
    found: dict[str, WebhookProvider] = {}
    sendgrid = settings.providers.sendgrid
    if sendgrid is not None and sendgrid.webhook_key:
        from broadcaster.providers.sendgrid import SendGridHook

        found["sendgrid"] = SendGridHook(sendgrid.webhook_key)
    if settings.providers.twilio is not None:
        from broadcaster.providers.twilio import Twilio

        # Without the token no request of Twilio's can be verified. Sending by Twilio reports the missing token itself.
        with suppress(SecretMissingError):
            found["twilio"] = Twilio(twilio_account(settings))
    return found


def sendgrid_account(settings: Settings) -> "SendGridAccount":
    """The SendGrid account of config.yaml, with its key from the environment."""
    sendgrid = settings.providers.sendgrid
    if sendgrid is None:
        raise ProviderMissingError("config.yaml says nothing about the SendGrid account.")
    from broadcaster.providers.sendgrid import HOST, SendGridTimeouts
    from broadcaster.providers.sendgrid import SendGridAccount as Account

    return Account(
        settings.secret(sendgrid.api_key_env),
        sendgrid.host or HOST,
        sendgrid.batch_size,
        sendgrid.ca_file,
        SendGridTimeouts(answer=sendgrid.timeout.total_seconds()),
    )


def twilio_account(settings: Settings) -> "TwilioAccount":
    """The Twilio account of config.yaml, with its credentials from the environment."""
    twilio = settings.providers.twilio
    if twilio is None:
        raise ProviderMissingError("config.yaml says nothing about the Twilio account.")
    from broadcaster.providers.twilio import TwilioAccount, TwilioEndpoint

    return TwilioAccount(
        settings.secret(twilio.account_sid_env),
        settings.secret(twilio.auth_token_env),
        twilio.messaging_service_sid,
        f"{settings.public_url}/hooks/twilio" if settings.public_url else None,
        TwilioEndpoint(
            twilio.url or TwilioEndpoint().url,
            twilio.connections,
            twilio.timeout.total_seconds(),
            twilio.ca_file,
        ),
        tuple(one.sms_sender for one in settings.signatories.values() if one.sms_sender and is_e164(one.sms_sender)),
    )


def smtp_route(settings: Settings) -> "SmtpRoute":
    """The mail server of config.yaml, with its credentials from the environment."""
    smtp = settings.providers.smtp
    if smtp is None:
        raise ProviderMissingError("config.yaml says nothing about the mail server.")
    from broadcaster.providers.smtp import Security, SignIn, SmtpRoute

    security = {
        StartTls.REQUIRED: Security.STARTTLS,
        StartTls.IMPLICIT: Security.IMPLICIT,
        StartTls.NEVER: Security.PLAIN,
    }
    sign_in = None
    if smtp.username_env and smtp.password_env:
        sign_in = SignIn(settings.secret(smtp.username_env), settings.secret(smtp.password_env))
    return SmtpRoute(
        smtp.host,
        smtp.port,
        security[smtp.starttls],
        sign_in,
        smtp.ca_file,
        smtp.connections,
        messages_per_connection=smtp.messages_per_connection,
    )
