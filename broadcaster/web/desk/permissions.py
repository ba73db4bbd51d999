"""What a route says of itself: which deed it is. One that says nothing is answered to nobody."""

from collections.abc import Mapping
from types import MappingProxyType

from broadcaster.services.access.permissions import Deed

KEY = "deed"

OPEN: Mapping[str, object] = MappingProxyType({KEY: None})
"""For everybody: signing in, and what its page is made of."""


def needs(deed: Deed) -> Mapping[str, object]:
    """`opt` of a route for those who may do this."""
    return {KEY: deed}
