"""Defaults of rows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defaults:
    """Language tag, IANA timezone, and the region (ISO 3166-1) by which telephone numbers without + are read.

    The organisation's, unless an audience has its own.
    """

    language: str
    timezone: str
    region: str
