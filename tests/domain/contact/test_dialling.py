"""Numbers as they are dialled."""

import pytest

from broadcaster.domain.contact.dialling import dialled_number


@pytest.mark.parametrize(
    ("number", "dialled_as"),
    [
        *(("999", "999"), ("0800 456 1226", "08004561226"), ("(020) 7946-0000", "02079460000")),
        *(("+44 (0)20 7946 0000", "+442079460000"), ("+44 20 7946 0000", "+442079460000"), ("٩٩٩", "999")),
        *(("0800 HELPLINE", ""), ("101 or 999", ""), ("", ""), ("+", ""), ("020\u00a07946 0000", "02079460000")),
    ],
)
def test_what_is_dialled(number: str, dialled_as: str) -> None:
    assert dialled_number(number) == dialled_as
