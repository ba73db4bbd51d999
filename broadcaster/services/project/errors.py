"""Errors that keep a project from being opened."""

from broadcaster.domain.errors import BroadcasterError


class NotAProjectError(BroadcasterError):
    """The folder holds no broadcaster project."""

    code = "not-a-project"
    default_remedy = "Make one with `broadcaster init`, or name its folder: broadcaster -C DIR ..."


class ProviderMissingError(BroadcasterError):
    """config.yaml chooses a provider that cannot be used."""

    code = "provider-missing"
    default_remedy = "Set `providers: {email: outbox}` or `smtp` with its block, and `sms: outbox`, in config.yaml."
