"""What can be wrong with a cache, for those who must be told: whoever only looks never is."""

from broadcaster.domain.errors import BroadcasterError


class CacheNotClearedError(BroadcasterError):
    """What is cached of people can neither be emptied nor deleted."""

    code = "cache-not-cleared"
    default_remedy = "Delete the folder var/cache yourself, which may be done at any time, then run the command again."
