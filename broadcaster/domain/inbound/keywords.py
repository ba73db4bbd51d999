"""What a text that somebody sends us asks for: STOP, START, HELP, in the languages of the letters. Pure tables.

The rule: the whole text must be such a word or phrase, said once or several times, with nothing around it but
punctuation, emoji and words of politeness. "STOP.", "Stop please!" and "stop stop stop" are opt-outs, "We have got to
STOP this bill" and "stop him" are not.

Both mistakes do harm. Who is stopped by mistake misses a letter that was to keep them safe; who is not stopped although
they asked is written to against their will. Both are told at once what happened, and can put it right with one word:
a confirmation says how to start again, any other answer how to stop. So the rule stays narrow enough that nothing
somebody tells us (or cries out) is swallowed as a command, and wide enough for how people really type one. Whatever it
does not know is put before a person, who can suppress by hand.

Sources of the English words: Twilio's standard opt-out, opt-in and help words. The others are samples, to be checked by
native speakers.
"""

from collections.abc import Mapping

from broadcaster.domain.delivery.reports import Keyword
from broadcaster.domain.text.folding import fold_phrase, fold_words

STOP: Mapping[str, tuple[str, ...]] = {
    "en": (
        *("stop", "stopall", "stop all", "unsubscribe", "unsub", "end", "quit", "cancel", "revoke"),
        *("optout", "opt out", "opt me out", "unsubscribe me", "remove me", "take me off", "take me off your list"),
        *("stop texting", "stop texting me", "stop texts", "stop messages", "stop messaging me", "stop text"),
        *("stop sending messages", "stop sending me messages", "stop sending texts", "stop sending me texts"),
        *("no more texts", "no more messages", "do not text me", "dont text me", "don't text me", "arret", "stopp"),
    ),
    "ar": (
        *("قف", "توقف", "توقفوا", "أوقف", "أوقفوا", "إيقاف", "وقف", "ستوب", "كفى", "إلغاء", "ألغ", "إلغاء الاشتراك"),
        *("ألغ الاشتراك", "ألغوا الاشتراك", "إيقاف الرسائل", "أوقفوا الرسائل", "أوقف الرسائل", "لا ترسلوا", "انسحاب"),
    ),
    "ur": (
        *("بند", "بند کرو", "بند کریں", "بند کر دیں", "بند کردیں", "روکو", "روکیں", "روک دیں", "ختم", "ختم کریں"),
        *("منسوخ", "منسوخ کریں", "اسٹاپ", "سٹاپ", "ان سبسکرائب", "پیغام بند کریں", "میسج بند کریں"),
        *("band karo", "band karein", "band karen", "band kar dein", "roko", "rokein"),
    ),
    "bn": (
        *("বন্ধ", "বন্ধ করুন", "বন্ধ করো", "বন্ধ কর", "থামুন", "থামান", "থামাও", "স্টপ", "বাতিল", "বাতিল করুন"),
        *("আনসাবস্ক্রাইব", "মেসেজ বন্ধ করুন", "আর পাঠাবেন না", "bondho", "bondho korun", "bondho koro", "thamun", "batil"),
    ),
    "so": (
        *("jooji", "joojiya", "joojin", "iga jooji", "iga saar", "ka bax", "jooji fariimaha", "jooji farriimaha"),
        *("fariimaha jooji", "ha ii soo dirin", "ha ii soo dirina"),
    ),
}

START: Mapping[str, tuple[str, ...]] = {
    "en": (
        *(
            "start",
            "unstop",
            "yes",
            "subscribe",
            "resubscribe",
            "subscribe me",
            "resume",
            "continue",
            "optin",
            "opt in",
        ),
        *("opt me in", "start again", "start texts", "start texting me", "start messages"),
    ),
    "ar": ("ابدأ", "ابدؤوا", "بدء", "نعم", "اشترك", "اشتراك", "استئناف", "ستارت"),
    "ur": (
        *("شروع", "شروع کرو", "شروع کریں", "دوبارہ شروع کریں", "ہاں", "جی ہاں", "جی", "سٹارٹ", "اسٹارٹ"),
        *("shuru", "shuru karo", "shuru karein", "haan", "ji haan"),
    ),
    "bn": (
        *("শুরু", "শুরু করুন", "আবার শুরু করুন", "চালু", "চালু করুন", "হ্যাঁ", "হ্যা", "স্টার্ট"),
        *("shuru korun", "chalu", "chalu korun"),
    ),
    "so": ("bilow", "bilaw", "biloow", "dib u bilow", "haa"),
}

HELP: Mapping[str, tuple[str, ...]] = {
    "en": (
        *("help", "info", "information", "helpline", "who is this", "who are you", "whos this", "who's this"),
        *("what is this", "whats this", "what's this", "aide"),
    ),
    "ar": ("مساعدة", "معلومات", "هلب", "من أنتم", "من أنت", "من هذا", "من معي"),
    "ur": ("مدد", "معلومات", "ہیلپ", "آپ کون ہیں", "یہ کون ہے", "کون", "madad", "maloomat", "aap kaun hain"),
    "bn": ("সাহায্য", "তথ্য", "হেল্প", "আপনি কে", "আপনারা কে", "কে", "sahajjo", "tothyo", "apni ke"),
    "so": ("caawimo", "caawin", "macluumaad", "waa kuma", "yaad tihiin", "kumaad tahay"),
}

POLITE: Mapping[str, tuple[str, ...]] = {
    "en": (
        *("please", "pls", "plz", "plse", "kindly", "thanks", "thank you", "thankyou", "thx", "ty", "ta", "cheers"),
        *("hi", "hello", "hey", "sir", "madam", "now"),
    ),
    "ar": (
        *("من فضلك", "من فضلكم", "لو سمحت", "لو سمحتم", "رجاء", "رجاءً", "الرجاء", "أرجوكم", "شكرا", "شكراً", "شكرًا"),
        *("مرحبا", "السلام عليكم", "الآن"),
    ),
    "ur": ("براہ کرم", "براہ مہربانی", "مہربانی", "پلیز", "شکریہ", "السلام علیکم", "ابھی", "meherbani", "shukria"),
    "bn": ("দয়া করে", "অনুগ্রহ করে", "প্লিজ", "ধন্যবাদ", "এখন", "এখনই", "doya kore", "dhonnobad"),
    "so": ("fadlan", "mahadsanid", "waad mahadsan tahay", "asalaamu calaykum", "hadda"),
}
"""Words that may stand before and behind a keyword, and mean nothing more than that a person typed it."""

_KEYWORD_BY_PHRASE = {
    fold_phrase(said): keyword
    for keyword, table in ((Keyword.STOP, STOP), (Keyword.START, START), (Keyword.HELP, HELP))
    for spoken in table.values()
    for said in spoken
}
_POLITE = frozenset(fold_words(said) for spoken in POLITE.values() for said in spoken)
_LONGEST_POLITE = max(len(said) for said in _POLITE)
_LONGEST_KEYWORD = max(len(said.split()) for said in _KEYWORD_BY_PHRASE)


def read_keyword(text: str) -> Keyword:
    """What the text asks for; OTHER for everything that is not wholly one of the known words."""
    said = strip_politeness(text)
    return _KEYWORD_BY_PHRASE.get(" ".join(said), Keyword.OTHER)


def strip_politeness(text: str) -> tuple[str, ...]:
    """The words of a text without the polite ones around them, said once where they are said several times."""
    said = _without_repetition(fold_words(text))
    while cut := _count_polite_words(said, front=True):
        said = said[cut:]
    while cut := _count_polite_words(said, front=False):
        said = said[:-cut]
    return _without_repetition(said)


def _without_repetition(said: tuple[str, ...]) -> tuple[str, ...]:
    """What is said over and over, once. What is longer than a keyword with politeness is not looked at for it."""
    for size in range(1, min(len(said) // 2, _LONGEST_KEYWORD + _LONGEST_POLITE) + 1):
        if said == said[:size] * (len(said) // size):
            return said[:size]
    return said


def _count_polite_words(said: tuple[str, ...], *, front: bool) -> int:
    """How many words of politeness stand at one end; none when nothing else would be left."""
    for size in range(min(_LONGEST_POLITE, len(said) - 1), 0, -1):
        if (said[:size] if front else said[-size:]) in _POLITE:
            return size
    return 0
