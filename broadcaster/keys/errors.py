"""Errors of keys and seals. No message holds a byte of a key."""

from broadcaster.domain.errors import BroadcasterError


class KeyMissingError(BroadcasterError):
    """There is neither a key file nor a `BROADCASTER_KEY`."""

    code = "key-missing"
    default_remedy = (
        "Put the project's own key back from its backup, or set BROADCASTER_KEY. Only a project that has sent nothing "
        "yet can do with a new one: `broadcaster init` makes it."
    )


class KeyMalformedError(BroadcasterError):
    """What was read is not 32 bytes as base64."""

    code = "key-malformed"
    default_remedy = "A key is one line of 44 base64 characters. Put the key back from its backup."


class KeyUnprotectedError(BroadcasterError):
    """Others on this machine may read the key file."""

    code = "key-unprotected"


class KeyExistsError(BroadcasterError):
    """A new key would overwrite one that is there; whatever that one sealed would be lost."""

    code = "key-exists"
    default_remedy = "Keep the key that is there. To start afresh, use another folder."


class KeyMismatchError(BroadcasterError):
    """The ledger was made with another key."""

    code = "key-mismatch"
    default_remedy = (
        "Use the key that this ledger was made with (its backup, or the right BROADCASTER_KEY), or name another "
        "`database` in config.yaml. Nothing was changed."
    )


class SealBrokenError(BroadcasterError):
    """A sealed value was altered, moved to another place, or sealed with another key."""

    code = "seal-broken"
    default_remedy = "Restore the ledger from its last backup; someone or something altered what is stored."
