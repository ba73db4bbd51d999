"""The starter letters as one invented person gets them."""

from dataclasses import replace

from broadcaster.domain.contact.channels import Channel
from broadcaster.letters.compiling.compiler import Compiler
from broadcaster.letters.filling.skeleton import EmailSkeleton, SmsSkeleton
from broadcaster.letters.reading.loader import load_letter
from tests.letters.writing import SENDER, STARTER, SURROUNDINGS

HELPLINES = {
    "police-emergency": {"name": "Police emergency", "number": "999", "says": "In danger"},
    "police-non-emergency": {"name": "Police", "number": "101", "says": "Not urgent"},
    "tell-mama": {"name": "Tell MAMA", "number": "0800 456 1226", "says": "Support"},
}
PERSON = {"name": "Amina Khan", "borough": "Ashmere"}


def starter(name: str, language: str) -> tuple[EmailSkeleton, tuple[str, ...], SmsSkeleton, tuple[str, ...]]:
    """A starter letter's email and text message, each with this person's values."""
    around = replace(SURROUNDINGS, helplines=HELPLINES)
    ready = Compiler(load_letter(STARTER, name), lambda _: around)
    email, text = (ready.trace(language, PERSON, channel) for channel in (Channel.EMAIL, Channel.SMS))
    return ready.email(email.skeleton, SENDER), email.values, ready.sms(text.skeleton), text.values
