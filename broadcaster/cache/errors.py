"""Errors of the cache, raised only where something must be deleted from it."""

from broadcaster.domain.errors import BroadcasterError


class CacheNotClearedError(BroadcasterError):
    """The cache with personal data can be neither emptied nor deleted."""

    code = "cache-not-cleared"
    default_remedy = "Delete the folder var/cache yourself, which may be done at any time, then run the command again."
