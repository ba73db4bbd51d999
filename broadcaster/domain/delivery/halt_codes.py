"""Why a broadcast was halted, as far as its code tells."""

_OF_MAIL = "mail-"
"""Prefix of the names of halt rules about returned mail."""


def is_about_returned_mail(halt_code: str) -> bool:
    """Whether a halt, or what was noted of a broadcast that is over, is about mail that came back."""
    return halt_code.startswith(_OF_MAIL)
