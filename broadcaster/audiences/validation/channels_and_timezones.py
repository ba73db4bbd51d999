"""Channels and timezones as people write them into cells: Text, E-mail, London."""

import re
from functools import lru_cache
from zoneinfo import available_timezones

from broadcaster.audiences.model.row_errors import Flaw, FlawError
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.local_time import walltime

_CHANNEL_WORDS = {
    Channel.EMAIL: "email, e-mail, e mail, by email, by e-mail, "
    "البريد الإلكتروني, ایمیل, ای میل, ইমেইল, iimayl, e-bost, ebost",
    Channel.SMS: "sms, text, texts, text message, text messages, by text, txt, "
    "رسالة نصية, ٹیکسٹ, ایس ایم ایس, "
    "এসএমএস, neges destun, tecst, wiadomość sms",
}


_PLACEHOLDERS = frozenset(
    {
        "n/a",
        "n.a.",
        "n/k",
        "none",
        "null",
        "nil",
        "unknown",
        "not known",
        "not given",
        "not provided",
        "-",
        "--",
        "–",
        "—",
    }
    | {
        "-",
        "--",
        "–",
        "—",
        "tbc",
        "tba",
        "no email",
        "no e-mail",
        "no email address",
        "no phone",
        "no mobile",
        "no number",
    }
    | {"لا يوجد", "غير معروف", "نامعلوم", "نہیں ہے", "নেই", "অজানা", "dim", "brak", "ma jiro"}
)

_REFUSALS = frozenset(
    {"none", "no", "neither", "nothing", "never", "stop", "do not contact", "don't contact", "no contact"}
    | {"opt out", "opted out", "opt-out", "unsubscribed", "unsubscribe"}
)

_SALUTATION = re.compile(r"(?:dear|hello|hi)\s+\S", re.IGNORECASE)


def is_placeholder(text: str) -> bool:
    """Whether this is what people write into a cell for which there is nothing: `n/a`, `none`, `-`."""
    return " ".join(text.casefold().split()) in _PLACEHOLDERS


def begins_with_salutation(text: str) -> bool:
    """Whether a greeting has its own `Dear` before the name, as lists for letters have."""
    return _SALUTATION.match(text) is not None


def read_channel(text: str) -> str:
    """The channel that a cell stands for. Raises `FlawError`."""
    found = _channels_by_word().get(" ".join(text.casefold().split()))
    if found is None and " ".join(text.casefold().split()) in _REFUSALS:
        message = "this may be somebody's no"
        remedy = "If it is, take the row out and note it:  broadcaster suppress add.  If not, write email or sms."
        raise FlawError(Flaw("channel-unknown", "channel", message, remedy))
    if found is None:
        remedy = "Write email or sms, or leave it empty."
        raise FlawError(Flaw("channel-unknown", "channel", "this is not a channel", remedy))
    return found


def read_timezone(text: str) -> str:
    """The timezone that a cell stands for: its name (IANA), or that of its city where one only is called so.

    Raises `FlawError`.
    """
    try:
        walltime.zone(text)
    except walltime.UnknownTimezoneError:
        found = _timezones_by_city().get("_".join(text.casefold().split()), ())
        if len(found) == 1:
            return found[0]
        remedy = "Write a name such as Europe/London or Asia/Dhaka, or leave it empty."
        raise FlawError(Flaw("timezone-unknown", "timezone", "this is not a timezone", remedy)) from None
    return text


@lru_cache(maxsize=1)
def _channels_by_word() -> dict[str, str]:
    return {word.strip(): channel.value for channel, words in _CHANNEL_WORDS.items() for word in words.split(",")}


@lru_cache(maxsize=1)
def _timezones_by_city() -> dict[str, tuple[str, ...]]:
    """Timezones by their city, and by their whole name, in lower case. Those of an ocean or a country are no cities."""
    found: dict[str, tuple[str, ...]] = {}
    for name in sorted(available_timezones()):
        area, slash, city = name.partition("/")
        if slash and area not in {"Etc", "posix", "right", "SystemV"}:
            for key in {city.rpartition("/")[2].casefold(), name.casefold()}:
                found[key] = (*found.get(key, ()), name)
    return found
