"""What a route says of itself: which deed it is. One that says nothing is answered to nobody."""

from collections.abc import Mapping
from types import MappingProxyType

from broadcaster.services.access.permissions import Permission

PERMISSION_KEY = "deed"

OPEN_TO_ALL: Mapping[str, object] = MappingProxyType({PERMISSION_KEY: None})
"""For everybody: signing in, and what its page is made of."""


def requires(deed: Permission) -> Mapping[str, object]:
    """`opt` of a route for those who may do this."""
    return {PERMISSION_KEY: deed}
