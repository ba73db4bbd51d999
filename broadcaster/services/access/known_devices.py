"""Devices from which somebody has signed in before: their tries are counted apart, so that nobody who guesses at a name
locks its owner out.

A device has a cookie of our making: a random word, and for each person who signed in from there a mark that only our
key can make of both. It names nobody, and lets nobody in.
"""

import hmac
import secrets

from broadcaster.keys import Keyring

_MOST_PEOPLE = 5
"""Who share one device, the last of them: it may stand in a common room."""

_LONGEST_COOKIE = 500


def make_device_cookie(keyring: Keyring, cookie: str, person: str) -> str:
    """The cookie of a device from which this person has just signed in; `cookie` is the one that it had, or ""."""
    device, marks = _read_cookie(cookie)
    device = device or secrets.token_urlsafe(18)
    mine = _person_mark(keyring, device, person)
    return ".".join([device, mine, *(mark for mark in marks if mark != mine)][: 1 + _MOST_PEOPLE])


def find_known_device(keyring: Keyring, cookie: str, person: str) -> str:
    """The word of the device with this cookie, if this person has signed in from there; "" otherwise."""
    device, marks = _read_cookie(cookie)
    mine = _person_mark(keyring, device, person).encode()
    found = [hmac.compare_digest(mark.encode("utf-8", "replace"), mine) for mark in marks]
    return device if any(found) else ""


def _read_cookie(cookie: str) -> tuple[str, list[str]]:
    device, *marks = cookie[:_LONGEST_COOKIE].split(".")
    return device, marks[:_MOST_PEOPLE]


def _person_mark(keyring: Keyring, device: str, person: str) -> str:
    return keyring.sign(f"device\0{device}\0{person}".encode())[:43]
