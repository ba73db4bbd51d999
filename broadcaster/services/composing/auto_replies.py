"""What is answered to a text that somebody sends us: short, in their language, and never without an emergency number.

Whoever writes to us may be in danger and take us for somebody who will come. So every answer says whom to call, those
that say nothing else begin with it, and none depends on what was written beyond STOP, START and HELP.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from broadcaster.config import HelplineUse, Settings
from broadcaster.domain.contact.dialling import EMERGENCY_NUMBERS
from broadcaster.domain.language.language_tags import writing_direction
from broadcaster.letters.text.bidi import value_marker
from broadcaster.letters.text.sms_encoding import GSM_7, UCS_2, count_segments, replace_forcing_characters

MAX_HELP_SEGMENTS = {GSM_7: 2, UCS_2: 3}
"""Helplines are told of as long as the answer to HELP has no more segments than this. What has letters beyond GSM-7
holds half as much in each, and whoever reads Arabic needs the numbers no less."""


class AutoReply(StrEnum):
    """What a person is told. `still-off`: they wrote START, and their texts were stopped by more than their STOP."""

    STOPPED = "stopped"
    STARTED = "started"
    STILL_OFF = "still-off"
    HELP = "help"
    OTHER = "other"


AUTO_REPLY_TEXTS: Mapping[str, Mapping[AutoReply, str]] = {
    "en": {
        AutoReply.STOPPED: "{us}: you will get no more texts from us. To get them again, text START. {danger}",
        AutoReply.STARTED: "{us}: you will get our texts again. To stop them, text STOP. {danger}",
        AutoReply.STILL_OFF: (
            "{us}: texts to this number stay off. To change that, use the link in a letter of ours or contact us in "
            "another way. {danger}"
        ),
        AutoReply.HELP: (
            "{danger} This is {us}. We send letters from this number and do not answer texts here. {lines}To get no "
            "more texts, reply STOP."
        ),
        AutoReply.OTHER: (
            "{danger} This number is not monitored, please do not wait for an answer. {us}. To get no more texts, "
            "reply STOP."
        ),
    },
    # Sample translations, from here on: to be checked by native speakers before use.
    "ar": {
        AutoReply.STOPPED: "{us}: لن تصلكم رسائل نصية منا بعد الآن. لتلقيها من جديد أرسلوا START. {danger}",
        AutoReply.STARTED: "{us}: ستصلكم رسائلنا النصية من جديد. لإيقافها أرسلوا STOP. {danger}",
        AutoReply.STILL_OFF: (
            "{us}: تبقى الرسائل النصية إلى هذا الرقم متوقفة. لتغيير ذلك استخدموا الرابط في إحدى رسائلنا أو تواصلوا "
            "معنا بطريقة أخرى. {danger}"
        ),
        AutoReply.HELP: "{danger} هنا {us}. نرسل من هذا الرقم ولا نرد عليه. {lines}لإيقاف الرسائل أرسلوا STOP.",
        AutoReply.OTHER: "{danger} هذا الرقم غير مراقب فلا تنتظروا ردا. {us}. لإيقاف الرسائل أرسلوا STOP.",
    },
    "ur": {
        AutoReply.STOPPED: "{us}: اب ہماری طرف سے کوئی ٹیکسٹ نہیں آئے گا۔ دوبارہ چاہیں تو START بھیجیں۔ {danger}",
        AutoReply.STARTED: "{us}: آپ کو ہمارے ٹیکسٹ دوبارہ ملیں گے۔ بند کرنے کے لیے STOP بھیجیں۔ {danger}",
        AutoReply.STILL_OFF: (
            "{us}: اس نمبر پر ٹیکسٹ بند رہیں گے۔ بدلنے کے لیے ہمارے کسی خط کا لنک استعمال کریں یا کسی اور طریقے سے "
            "رابطہ کریں۔ {danger}"
        ),
        AutoReply.HELP: "{danger} یہ {us} ہے۔ اس نمبر سے صرف پیغام بھیجے جاتے ہیں۔ {lines}بند کرنے کے لیے STOP بھیجیں۔",
        AutoReply.OTHER: (
            "{danger} یہ نمبر نہیں دیکھا جاتا، جواب کا انتظار نہ کریں۔ {us}۔ بند کرنے کے لیے STOP بھیجیں۔"
        ),
    },
    "bn": {
        AutoReply.STOPPED: "{us}: আমাদের কাছ থেকে আর টেক্সট পাবেন না। আবার পেতে START লিখে পাঠান। {danger}",
        AutoReply.STARTED: "{us}: আবার আমাদের টেক্সট পাবেন। বন্ধ করতে STOP লিখে পাঠান। {danger}",
        AutoReply.STILL_OFF: (
            "{us}: এই নম্বরে টেক্সট বন্ধই থাকছে। বদলাতে আমাদের চিঠির লিংক ব্যবহার করুন বা অন্যভাবে যোগাযোগ করুন। {danger}"
        ),
        AutoReply.HELP: "{danger} আমরা {us}। এই নম্বর থেকে শুধু খবর পাঠানো হয়। {lines}বন্ধ করতে STOP লিখে পাঠান।",
        AutoReply.OTHER: ("{danger} এই নম্বর দেখা হয় না, উত্তরের অপেক্ষা করবেন না। {us}। বন্ধ করতে STOP লিখুন।"),
    },
    "so": {
        AutoReply.STOPPED: "{us}: fariimo dambe nagama heli doontid. Si aad mar kale u hesho, soo dir START. {danger}",
        AutoReply.STARTED: "{us}: fariimahayaga mar kale ayaad heli doontaa. Si aad u joojiso, soo dir STOP. {danger}",
        AutoReply.STILL_OFF: (
            "{us}: fariimaha lambarkan weli way xiran yihiin. Si aad u beddesho, isticmaal linkiga warqaddeenna ama si "
            "kale noola soo xiriir. {danger}"
        ),
        AutoReply.HELP: (
            "{danger} Waa {us}. Lambarkan fariimo ayaan ka dirnaa, kamana jawaabno. {lines}Si aad u joojiso fariimaha, "
            "soo dir STOP."
        ),
        AutoReply.OTHER: (
            "{danger} Lambarkan lama eego, jawaab ha sugin. {us}. Si aad u joojiso fariimaha, soo dir STOP."
        ),
    },
}

EMERGENCY_SENTENCES: Mapping[str, str] = {
    "en": "In an emergency call {number}.",
    "ar": "في الطوارئ اتصلوا بالرقم {number}.",
    "ur": "ہنگامی صورت میں {number} پر فون کریں۔",
    "bn": "জরুরি অবস্থায় {number} নম্বরে ফোন করুন।",
    "so": "Xaalad degdeg ah wac {number}.",
}

_SENTENCE_ENDS = {"ur": "۔ ", "bn": "। "}
"""What ends a sentence, where it is no full stop."""

EMERGENCY_HELPLINE = "police-emergency"
"""The helpline of config.yaml that gives the emergency number, if there is one of that name."""

_EMERGENCY_NUMBER_BY_REGION = {"GB": "999"}
_DEFAULT_EMERGENCY_NUMBER = "112"
"""It reaches the emergency services from any mobile telephone (3GPP TS 22.101, section 10.1)."""

_SHORT_NUMBER = re.compile("[0-9]{2,4}")


@dataclass(frozen=True, slots=True)
class ReplySignature:
    """Who answers in one language: the organisation, the emergency number, and the other helplines (name, number)."""

    us: str
    emergency: str
    helplines: tuple[tuple[str, str], ...] = ()


def reply_signature(settings: Settings, today: date, language: str) -> ReplySignature:
    """Who answers for this project somebody who reads this language (a tag). Helplines that have expired are not given;
    an emergency number always is.

    It is the number of the helpline `police-emergency`, else of the first that is `for` emergencies, else of the first
    one that is an emergency number somewhere, else 999 in the United Kingdom and 112 elsewhere.
    """
    emergency = emergency_number(settings)
    # `check` sees to it that texts are there in the languages of letters; whoever asks for help gets an answer in any.
    spoken = (language, _reply_language(language), settings.organisation.language)
    others = tuple(
        (line.name.best_for(*spoken).text, line.number)
        for line in settings.helplines.values()
        if line.number != emergency and (line.expires is None or today < line.expires)
    )
    return ReplySignature(settings.organisation.name.best_for(*spoken).text, emergency, others)


def emergency_number(settings: Settings) -> str:
    """The number that every answer gives."""
    lines = settings.helplines
    if EMERGENCY_HELPLINE in lines and _SHORT_NUMBER.fullmatch(lines[EMERGENCY_HELPLINE].number):
        return lines[EMERGENCY_HELPLINE].number
    said = (line.number for line in lines.values() if HelplineUse.EMERGENCY in line.uses)
    if (number := next(filter(_SHORT_NUMBER.fullmatch, said), None)) is not None:
        return number
    known = (line.number for line in lines.values() if line.number in EMERGENCY_NUMBERS)
    return next(known, _EMERGENCY_NUMBER_BY_REGION.get(settings.organisation.region, _DEFAULT_EMERGENCY_NUMBER))


def auto_reply_text(voice: ReplySignature, what: AutoReply, language: str) -> str:
    """The words of an answer, in a language (a tag) where we have it, else in English."""
    spoken = _reply_language(language)
    if what is not AutoReply.HELP:
        return _fill_reply(voice, what, spoken, "")
    lines = ""
    for name, number in voice.helplines:
        alone = value_marker(writing_direction(spoken))
        more = f"{lines}{alone(name)} {alone(number)}{_SENTENCE_ENDS.get(spoken, '. ')}"
        cost = count_segments(_fill_reply(voice, what, spoken, more))
        if cost.segments <= MAX_HELP_SEGMENTS[cost.encoding]:
            lines = more
    return _fill_reply(voice, what, spoken, lines)


def _reply_language(language: str) -> str:
    """The language that we answer in."""
    plain = language.partition("-")[0].lower()
    return plain if plain in AUTO_REPLY_TEXTS else "en"


def _fill_reply(voice: ReplySignature, what: AutoReply, spoken: str, lines: str) -> str:
    # Names and numbers that run against the text are marked; of its own words only STOP and START do, which read the
    # same wherever they stand.
    us = value_marker(writing_direction(spoken))(voice.us)
    text = AUTO_REPLY_TEXTS[spoken][what].format(
        us=us, danger=EMERGENCY_SENTENCES[spoken].format(number=voice.emergency), lines=lines
    )
    # One typographic apostrophe in the organisation's name would halve what a segment holds.
    plain = replace_forcing_characters(text)
    return plain if count_segments(plain).encoding == GSM_7 else text
