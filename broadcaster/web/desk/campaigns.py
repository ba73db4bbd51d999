"""Campaigns: letter, audience, channel, when; reviewed, submitted, approved, called off."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

ROUTES: Sequence[HTTPRouteHandler] = ()
