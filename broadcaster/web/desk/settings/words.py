"""What a field of a setting is called, and what is said beside one that is wrong."""

from collections.abc import Mapping
from types import MappingProxyType

from broadcaster.web.desk.rendering.flash_messages import N_

FIELD_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "name": N_("Name"),
        "number": N_("Number"),
        "uses": N_("What is it for?"),
        "says": N_("What it is for, as letters say it"),
        "verified": N_("Checked on"),
        "expires": N_("Expires on"),
        "owner": N_("Who looks after it"),
        "role": N_("Role"),
        "email": N_("Email address"),
        "sms_sender": N_("Sender of text messages"),
        "start": N_("From"),
        "end": N_("Until"),
    }
)
"""By the name of the field; behind it may stand a language."""

FIELD_ERRORS: Mapping[str, str] = MappingProxyType(
    {
        "missing": N_("Write something here."),
        "line": N_("Write one line of at most 500 characters."),
        "either": N_("Write one text for all languages, or one for each. Empty this field or the others."),
        "home": N_(
            "This is the organisation’s language, in which the pages for recipients name the helpline. Write it here."
        ),
        "number": N_("Write a number that people can ring."),
        "choice": N_("Choose at least one."),
        "date": N_("Choose a day."),
        "time": N_("Write hours and minutes, such as 21:00."),
        "email": N_("Write an email address such as name@example.org."),
        "sender": N_(
            "Write at most 11 letters a to z and digits, one of them a letter, or a number such as +447700900123."
        ),
    }
)
"""By the code of `InvalidSettingError.fields`."""
