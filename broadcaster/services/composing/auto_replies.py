"""Automatic replies to text messages: short, in the language of the sender, and each with an emergency number.

The sender may be in danger and believe that somebody will come. So every reply says whom to call in an emergency;
the replies to HELP and to any other text begin with that. Only STOP, START and HELP are understood.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from broadcaster.config import HelplineUse, Settings
from broadcaster.domain.contact.dialling import EMERGENCY_NUMBERS
from broadcaster.domain.language.language_tags import primary_language, writing_direction
from broadcaster.letters.text.bidi import value_marker
from broadcaster.letters.text.sms_encoding import GSM_7, UCS_2, count_segments, replace_forcing_characters

MAX_HELP_SEGMENTS = {GSM_7: 2, UCS_2: 3}
"""The segments of the reply to HELP, within which helplines are added. UCS-2 gets one more, for its segments hold half
as much, and readers of Arabic need the numbers no less."""


class AutoReply(StrEnum):
    """The kinds of reply. `still-off` answers START where texts were stopped by more than the person's STOP."""

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
"""The end of a sentence, in languages that use no full stop."""

EMERGENCY_HELPLINE = "police-emergency"
"""The name of the helpline in config.yaml whose number is the emergency number, if there is one."""

_EMERGENCY_NUMBER_BY_REGION = {"GB": "999"}
_DEFAULT_EMERGENCY_NUMBER = "112"
"""It reaches the emergency services from any mobile telephone (3GPP TS 22.101, section 10.1)."""

_SHORT_NUMBER = re.compile("[0-9]{2,4}")


@dataclass(frozen=True, slots=True)
class ReplySignature:
    """The organisation, the emergency number and the other helplines (name, number), in one language."""

    organisation: str
    emergency: str
    helplines: tuple[tuple[str, str], ...] = ()


def reply_signature(settings: Settings, today: date, language: str) -> ReplySignature:
    """The signature of this project's replies in a language (a tag), without helplines that have expired."""
    emergency = emergency_number(settings)
    # `check` asks for texts in the languages of letters only; whoever asks for help gets an answer in any language.
    languages = (language, _reply_language(language), settings.organisation.language)
    helplines = tuple(
        (helpline.name.best_for(*languages).text, helpline.number)
        for helpline in settings.helplines.values()
        if helpline.number != emergency and (helpline.expires is None or today < helpline.expires)
    )
    return ReplySignature(settings.organisation.name.best_for(*languages).text, emergency, helplines)


def emergency_number(settings: Settings) -> str:
    """The emergency number in every reply.

    It is the number of the helpline `police-emergency`, else of the first that is `for` emergencies, else of the first
    with an emergency number of some country, else 999 in the United Kingdom and 112 elsewhere.
    """
    helplines = settings.helplines
    if EMERGENCY_HELPLINE in helplines and _SHORT_NUMBER.fullmatch(helplines[EMERGENCY_HELPLINE].number):
        return helplines[EMERGENCY_HELPLINE].number
    for helpline in helplines.values():
        if HelplineUse.EMERGENCY in helpline.uses and _SHORT_NUMBER.fullmatch(helpline.number):
            return helpline.number
    for helpline in helplines.values():
        if helpline.number in EMERGENCY_NUMBERS:
            return helpline.number
    return _EMERGENCY_NUMBER_BY_REGION.get(settings.organisation.region, _DEFAULT_EMERGENCY_NUMBER)


def auto_reply_text(signature: ReplySignature, reply: AutoReply, language: str) -> str:
    """The text of a reply in a language (a tag), in English where we do not have it in that language."""
    known = _reply_language(language)
    if reply is not AutoReply.HELP:
        return _fill_reply(signature, reply, known, "")
    mark_value = value_marker(writing_direction(known))
    lines = ""
    for name, number in signature.helplines:
        longer = f"{lines}{mark_value(name)} {mark_value(number)}{_SENTENCE_ENDS.get(known, '. ')}"
        cost = count_segments(_fill_reply(signature, reply, known, longer))
        if cost.segments <= MAX_HELP_SEGMENTS[cost.encoding]:
            lines = longer
    return _fill_reply(signature, reply, known, lines)


def _reply_language(language: str) -> str:
    """The language of the reply to somebody who reads this one."""
    primary = primary_language(language)
    return primary if primary in AUTO_REPLY_TEXTS else "en"


def _fill_reply(signature: ReplySignature, reply: AutoReply, language: str, lines: str) -> str:
    # Names and numbers that run against the direction of the text are marked. Of the text's own words only STOP and
    # START do, which read the same wherever they stand.
    organisation = value_marker(writing_direction(language))(signature.organisation)
    danger = EMERGENCY_SENTENCES[language].format(number=signature.emergency)
    text = AUTO_REPLY_TEXTS[language][reply].format(us=organisation, danger=danger, lines=lines)
    # One typographic apostrophe in the organisation's name would halve what a segment holds.
    plain = replace_forcing_characters(text)
    return plain if count_segments(plain).encoding == GSM_7 else text
