"""Whether texts can go to the number of a row: a number that exists is not enough."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from broadcaster.audiences import phones, readings
from broadcaster.audiences.defaults import Defaults
from broadcaster.audiences.flaws import Flaw
from broadcaster.domain.problems import Level

NOT_FOR_TEXTS = "phone-not-mobile"

_REMEDY = "Write a mobile number with its country code, such as +44 7700 900123."
_WITHOUT = "Nothing needs doing if email is enough; a text needs a mobile number with its country code."


def looked_over(flaws: list[Flaw], typed: str, values: Mapping[str, str], defaults: Defaults) -> Iterator[Flaw]:
    """The flaws of a row, with what its number may be instead, and one more if no text can go to it.

    `typed` is what stands in the cell, `values` what the row comes to. Somebody with an email address is still written
    to, so that is a warning.
    """
    language = values.get("language") or defaults.language
    wrong = [flaw.column for flaw in flaws if flaw.level is Level.ERROR]
    for flaw in flaws:
        if flaw.code == "phone-invalid":
            yield replace(flaw, message=flaw.message + readings.perhaps(typed, defaults.region, language))
        else:
            yield flaw
    if not typed or "phone" in wrong:
        return
    if (what := phones.not_for_texts(values["phone"])) is None:
        return
    message = f"this is {what}, to which no text can be sent{readings.perhaps(typed, defaults.region, language)}"
    if values.get("email") and "email" not in wrong:
        message += "; only the email address is used"
        yield Flaw(NOT_FOR_TEXTS, "phone", message, _WITHOUT, Level.WARNING)
    else:
        yield Flaw(NOT_FOR_TEXTS, "phone", message, _REMEDY)
