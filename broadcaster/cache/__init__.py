"""What is kept only to be quicker: outside the ledger, in files that may be deleted at any time."""

from broadcaster.cache.errors import CacheNotClearedError
from broadcaster.cache.row_cache import CachedRows, RowCache

__all__ = ["CacheNotClearedError", "CachedRows", "RowCache"]
