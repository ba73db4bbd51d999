"""Addresses and numbers as people write them into cells: with a name around them, two at once, with a program's traces.

What can be read one way only is read. Else the flaw that is raised has the likely reading, which somebody may accept.
"""

import re
from collections.abc import Callable
from urllib.parse import unquote

import phonenumbers
from phonenumbers.phonemetadata import PhoneMetadata

from broadcaster.audiences.addresses import phones
from broadcaster.audiences.model.row_errors import Flaw, FlawError
from broadcaster.domain.contact.addresses import canonical_address
from broadcaster.domain.problems import Severity

_PLAIN_EMAIL = re.compile(r"[^\s<>()\[\]:;,|/\"]+")
_ANGLE = re.compile(r"[^<>@]*<\s*([^<>\s]+@[^<>\s]+)\s*>")
_BEHIND_ANGLE = re.compile(r"(?<=>)\s*[;,|/]?\s*")
_MAILTO = re.compile(r"mailto:([^?\s]+)(?:\?.*)?", re.IGNORECASE)
_REMARK_AFTER = re.compile(r"([^\s@()]+@[^\s@()]+)\s*[(\[–-]\s*[^@]*")
_EMAIL_SEPARATOR = re.compile(r"\s*(?::::|[;,|/&\n]|\s(?:or|and)\s|\s)\s*", re.IGNORECASE)

_PLAIN_NUMBER = re.compile(r"'?[+(]?[\d\s().\-\u2010-\u2015]*")
_DECIMAL_TRACE = re.compile(r"('?\+?\d{6,})[.,]0{1,2}")
_SHORTENED_NUMBER = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
_NUMBER = re.compile(r"\+?\(?\d[\d\s().\-\u2010-\u2015]{4,}\d")
_NUMBER_SEPARATOR = re.compile(r"\s*(?::::|[;,|/&\n]|\s(?:or|and)\s)\s*", re.IGNORECASE)
_EXTENSION = re.compile(r"\d[\s,;]*(?:ext|extn|extension|x|#)[.:\s]*\d", re.IGNORECASE)
_FILLING = re.compile(r"[\s().\-\u2010-\u2015']")

_KEEP_ONE_REMEDY = "Keep the one that this person reads; a row of its own makes another one somebody else's."


def bare_email(text: str) -> str:
    """The address without `mailto:`, or out of `Name <address>`; any other text as it is."""
    if match := _ANGLE.fullmatch(text):
        return match[1]
    if match := _MAILTO.fullmatch(text):
        return unquote(match[1])
    return text


def split_emails(text: str) -> list[str]:
    """The addresses of a cell that may hold several, each bare."""
    if text.count("@") < 2:
        return [bare_email(text)]
    parts = _BEHIND_ANGLE.split(text) if ">" in text else _EMAIL_SEPARATOR.split(text)
    return [bare_email(part) for part in parts if "@" in part]


def read_email_cell(text: str, read: Callable[[str], str]) -> str:
    """The one address in a cell, read by `read`. Raises `FlawError`."""
    if _PLAIN_EMAIL.fullmatch(text):
        return read(text)
    found = split_emails(text)
    if len(found) > 1:
        good = [read(one) for one in found]
        if len({canonical_address(one) for one in good}) == 1:
            return good[0]
        message = f"{len(good)} addresses stand in this cell"
        raise FlawError(
            Flaw("email-several", "email", message, _KEEP_ONE_REMEDY, likely=good[0], reading="as the first of them")
        )
    if match := _REMARK_AFTER.fullmatch(text):
        message = "there is a remark behind the address"
        raise FlawError(
            Flaw(
                "email-remark",
                "email",
                message,
                "Put the remark into a column of its own.",
                likely=read(match[1]),
                reading="as the address alone",
            )
        )
    return read(found[0] if found else text)


def read_phone_cell(text: str, region: str) -> str:
    """The one number in a cell, in E.164. Raises `FlawError`; a number whose first zero is lost raises a warning."""
    if match := _DECIMAL_TRACE.fullmatch(text):
        text = match[1]
    if not _PLAIN_NUMBER.fullmatch(text):
        return _read_phone_among_words(text, region)
    number = phones.read_number(text, region)
    if text[0] != "+" and _lost_its_zero(_FILLING.sub("", text), number):
        message = "the first 0 of this number is missing, as a spreadsheet leaves it out"
        remedy = "It is read with it. If it is a number of another country, write that country's code before it."
        raise FlawError(
            Flaw(
                "phone-zero-lost", "phone", message, remedy, Severity.WARNING, likely=number, reading="with its first 0"
            )
        )
    return number


def plain_number(text: str) -> str:
    """The number that a cell holds and nothing else, without a program's traces; "" where there is anything else."""
    if match := _DECIMAL_TRACE.fullmatch(text):
        return match[1]
    return text if _PLAIN_NUMBER.fullmatch(text) else ""


def split_numbers(text: str) -> list[str]:
    """The numbers of a cell that may hold several, or words beside one."""
    if number := plain_number(text):
        return [number]
    return [match[0] for part in _NUMBER_SEPARATOR.split(text) for match in _NUMBER.finditer(part)]


def _read_phone_among_words(text: str, region: str) -> str:
    if _SHORTENED_NUMBER.fullmatch(text):
        message, remedy = (
            "the spreadsheet has shortened this number, and its last digits are lost",
            ("Take the number from where it came from: format the column as text, type it again, and save."),
        )
        raise FlawError(Flaw("phone-invalid", "phone", message, remedy))
    if _EXTENSION.search(text):
        message = "this number has an extension, to which no text can be sent"
        raise FlawError(Flaw("phone-invalid", "phone", message, "Write a mobile number, or leave the cell empty."))
    good = [number for one in split_numbers(text) if (number := _read_number_or_none(one, region))]
    if not good:
        return phones.read_number(text, region)
    if len(set(good)) > 1:
        message = f"{len(good)} numbers stand in this cell"
        remedy = "Keep one, the one for texts."
        likely = next((one for one in good if phones.kind_not_for_texts(one) is None), good[0])
        reading = "as the first mobile number"
        raise FlawError(Flaw("phone-several", "phone", message, remedy, likely=likely, reading=reading))
    if any(letter.isalpha() for letter in text):
        message = "there is a remark beside the number"
        remedy = "Put the remark into a column of its own."
        raise FlawError(Flaw("phone-remark", "phone", message, remedy, likely=good[0], reading="as the number alone"))
    return good[0] if len(split_numbers(text)) == len(good) else phones.read_number(text, region)


def _read_number_or_none(text: str, region: str) -> str | None:
    try:
        return phones.read_number(text, region)
    except FlawError:
        return None


def _lost_its_zero(digits: str, number: str) -> bool:
    """Whether these digits are those of a number (E.164) at home, which begins with a 0 there."""
    if not digits.isdecimal() or digits[0] == "0" or not number.endswith(digits):
        return False
    code = number[1 : -len(digits)]
    if not code:
        return False
    metadata = PhoneMetadata.metadata_for_region(phonenumbers.region_code_for_country_code(int(code)), None)
    return metadata is not None and str(metadata.national_prefix) == "0"
