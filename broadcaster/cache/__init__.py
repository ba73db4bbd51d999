"""The cache: files outside the ledger that only save time and may be deleted at any time."""

from broadcaster.cache.errors import CacheNotClearedError
from broadcaster.cache.row_cache import CachedRows, RowCache

__all__ = ["CacheNotClearedError", "CachedRows", "RowCache"]
