"""Audiences: who they are in numbers, their rosters with what is wrong in them, who is left out and why."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

ROUTES: Sequence[HTTPRouteHandler] = ()
