"""One message as one person would get it, in every shape it can take."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

ROUTES: Sequence[HTTPRouteHandler] = ()
