"""Devices from which somebody has signed in before."""

import pytest

from broadcaster.services.access import known_devices
from broadcaster.services.project.project import Project


def test_a_device_is_known_for_whoever_signed_in_from_it(project: Project) -> None:
    keyring = project.keyring
    cookie = known_devices.make_device_cookie(keyring, "", "amina")
    both = known_devices.make_device_cookie(keyring, cookie, "david")
    word = known_devices.find_known_device(keyring, cookie, "amina")
    assert word
    assert (
        known_devices.find_known_device(keyring, both, "amina")
        == known_devices.find_known_device(keyring, both, "david")
        == word
    )
    assert known_devices.find_known_device(keyring, cookie, "david") == ""
    assert "amina" not in both
    for _ in range(9):
        both = known_devices.make_device_cookie(keyring, both, "david")
    assert both.count(".") == 2
    for number in range(20):
        both = known_devices.make_device_cookie(keyring, both, f"person{number}")
    assert len(both) < 400
    assert known_devices.find_known_device(keyring, both, "amina") == ""


@pytest.mark.parametrize("cookie", ["", ".", "x", "x.y", "x..", "é.é", "." * 900, "x." + "y" * 900, "\0"])
def test_a_made_up_device_is_not_known(project: Project, cookie: str) -> None:
    assert known_devices.find_known_device(project.keyring, cookie, "amina") == ""
    made = known_devices.make_device_cookie(project.keyring, cookie, "amina")
    assert known_devices.find_known_device(project.keyring, made, "amina")
