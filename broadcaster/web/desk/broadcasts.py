"""Broadcasts: how far each has come, each delivery, and what can be done about it."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

ROUTES: Sequence[HTTPRouteHandler] = ()
