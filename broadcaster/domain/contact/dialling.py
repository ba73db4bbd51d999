"""Telephone numbers as a telephone dials them."""

import re

EMERGENCY_NUMBERS = frozenset({"999", "112", "911", "000"})

_TRUNK = re.compile(r"\(0\)")


def dialled_number(number: str) -> str:
    """The number for a `tel:` link (RFC 3966): its digits, and a + in front; "" where it has letters or is no number.

    The (0) of +44 (0)20 is only dialled at home, and goes.
    """
    number = number.strip()
    if any(char.isalpha() for char in number):
        return ""
    plus = "+" if number.startswith("+") else ""
    digits = "".join(str(int(char)) for char in (_TRUNK.sub("", number) if plus else number) if char.isdecimal())
    return f"{plus}{digits}" if digits else ""
