"""Letters: the list, one letter in all its languages, the editor, what it said before."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

ROUTES: Sequence[HTTPRouteHandler] = ()
