"""Whether a text sounds as if somebody were in danger. It sorts what staff read, and nothing else.

Nobody is answered differently for it: whatever we answer names the emergency number, and whoever these words miss has
read it too. So they may be wide, and need not be complete. A false alarm costs a glance, a missed one is read a little
later. Samples in the languages other than English: to be checked by native speakers.
"""

from collections.abc import Mapping

from broadcaster.domain.inbound.keywords import strip_politeness
from broadcaster.domain.text.folding import fold_phrase

CRY_WORDS = (
    *("help", "sos", "mayday", "emergency", "999", "112", "911", "ambulance", "police", "danger", "scared", "dying"),
    *("مساعدة", "النجدة", "نجدة", "طوارئ", "مدد", "ایمرجنسی", "پولیس", "ہنگامی صورت", "সাহায্য", "জরুরি", "পুলিশ"),
    *("caawimo", "caawin", "gurmad", "degdeg", "booliis", "madad", "sahajjo"),
)
"""Texts that are, as a whole, a cry. "HELP" is also a keyword and is answered as one; who meant it as a cry is read
first."""

PHRASES: Mapping[str, tuple[str, ...]] = {
    "en": (
        *("help me", "help us", "help him", "help her", "help them", "need help", "needs help", "send help", "save me"),
        *("save us", "kill", "kills", "killing", "killed", "want to die", "wants to die", "going to die", "dying"),
        *("end my life", "end it all", "take my life", "take my own life", "no reason to live", "don't want to live"),
        *("dont want to live", "do not want to live", "self harm", "hurt myself", "hurt me", "hurting me", "hurt us"),
        *("scared", "in danger", "not safe", "unsafe", "knife", "knives", "gun", "guns", "weapon", "bomb", "acid"),
        *("on fire", "fire", "petrol", "outside my house", "outside my door", "outside our house", "at my door"),
        *("at the door", "at our door", "breaking in", "broke in", "break in", "in my house", "following me"),
        *("follows me", "being followed", "beat me", "beats me", "beaten", "beating", "hit me", "hits me", "punched"),
        *("is an emergency", "it's an emergency", "its an emergency", "call the police", "send police", "trapped"),
        *("unconscious", "can't breathe", "cant breathe", "overdose", "urgent", "urgently", "hurry", "sos", "raped"),
        *("rape", "is missing", "they are here", "he is here", "they're here", "hiding", "ambulance"),
    ),
    "ur": (
        *("مدد کرو", "مدد کریں", "مدد چاہیے", "مدد کی ضرورت", "میری مدد", "ہماری مدد", "ڈر", "ڈر لگ رہا", "بم", "آگ"),
        *("مار دیں گے", "دروازے پر", "گھر کے باہر", "مرنا چاہتا", "مرنا چاہتی", "خون بہہ"),
        *(
            "bachao",
            "madad karo",
            "madad karein",
            "madad chahiye",
            "khudkushi",
            "dhamki",
            "hamla",
            "dar lag",
            "maar rahe",
        ),
        *("maar denge", "chaku", "bandooq"),
    ),
    "ar": ("على الباب", "أمام البيت", "في بيتي", "خارج بيتي", "أمام بيتي", "نار", "أموت", "أن أموت"),
    "bn": ("দরজার সামনে", "বাড়ির বাইরে", "মরতে চাই", "খুন", "খুন করবে", "bachan", "bachao", "sahajjo korun", "khun", "bhoy"),
    "so": (
        *("i caawi", "na caawi", "i caawiya", "na caawiya", "i badbaadi", "na badbaadi", "is dil", "i dilayaan", "dil"),
        *("baqay", "mindi", "qori", "bam", "dab", "dhiig", "albaabka", "guriga dibaddiisa", "ambalaas", "garaacay"),
    ),
}
"""Whole words that stand somewhere in a text."""

STEMS: Mapping[str, tuple[str, ...]] = {
    "en": (
        *("suicid", "attack", "assault", "threat", "afraid", "frighten", "terrif", "kidnap", "hostage", "murder"),
        *("stab", "bleed", "abus", "stalk", "violen"),
    ),
    "so": ("weerar", "hanjab", "cabsi", "cabsa", "baqan", "khatar", "isdil", "dilay", "kufsi", "afduub", "qarax"),
}
"""How words begin, in languages that put what belongs to a word behind it."""

ROOTS: Mapping[str, tuple[str, ...]] = {
    "ar": (
        *("ساعدوني", "ساعدني", "ساعدونا", "أنقذ", "النجدة", "نجدة", "انتحار", "انتحر", "قتل", "تهديد", "يهدد", "هجوم"),
        *("هاجم", "اعتداء", "اعتدى", "ضرب", "سكين", "سلاح", "مسدس", "قنبلة", "حريق", "خطر", "خائف", "أخاف", "مرعوب"),
        *("نزيف", "ينزف", "إسعاف", "طعن", "خطف", "اغتصاب", "تحرش", "محاصر", "الموت"),
    ),
    "ur": (
        *("بچاؤ", "خودکشی", "قتل", "مار ڈال", "مار رہ", "دھمکی", "دھمکا", "حملہ", "خوفزدہ", "چاقو", "بندوق", "پستول"),
        *("خطرہ", "خطرے", "ایمبولینس", "اغوا", "تیزاب", "زخمی"),
    ),
    "bn": (
        *("বাঁচান", "বাঁচাও", "সাহায্য করুন", "সাহায্য চাই", "সাহায্য দরকার", "আত্মহত্যা", "হত্যা", "মেরে ফেল"),
        *("মারছে", "মারধর", "হুমকি", "হামলা", "আক্রমণ", "আক্রান্ত", "ভয়", "ছুরি", "বন্দুক", "বোমা", "আগুন", "বিপদ"),
        *("অ্যাম্বুলেন্স", "রক্ত", "অপহরণ", "ধর্ষণ", "এসিড"),
    ),
}
"""What stands anywhere in a word: these languages put something before a word too, or many endings behind it."""


def _every_language(table: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple({fold_phrase(said): None for spoken in table.values() for said in spoken})


_FOLDED_CRIES = frozenset(fold_phrase(said) for said in CRY_WORDS)
_STARTS = (
    *(f" {said} " for said in _every_language(PHRASES)),
    *(f" {said}" for said in _every_language(STEMS)),
    *_every_language(ROOTS),
)


def is_urgent(text: str) -> bool:
    """Whether staff should read this first."""
    if " ".join(strip_politeness(text)) in _FOLDED_CRIES:
        return True
    said = f" {fold_phrase(text)} "
    return any(sign in said for sign in _STARTS)
