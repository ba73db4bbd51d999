"""Why a broadcast was halted, as far as its code tells."""

_OF_MAIL = "mail-"
"""How the names of brakes begin that say why mail came back."""


def is_about_returned_mail(halt_code: str) -> bool:
    """Whether a halt, or what was noted of a broadcast that is over, is about mail that came back."""
    return halt_code.startswith(_OF_MAIL)
