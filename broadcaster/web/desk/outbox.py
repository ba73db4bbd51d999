"""What the outbox kept instead of sending it."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

ROUTES: Sequence[HTTPRouteHandler] = ()
