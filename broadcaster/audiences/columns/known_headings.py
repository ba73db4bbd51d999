"""Headings that lists have in the languages our communities keep them in, and the column each means."""

import re
import unicodedata
from functools import lru_cache

FIRST, MIDDLE, LAST = "first", "middle", "last"
"""Parts of a name, which are joined in the order in which they stand."""

_HEADINGS_BY_COLUMN: dict[str, str] = {
    # English; Arabic; Urdu; Bengali; Somali; Welsh; Polish
    "name": "name, full name, fullname, display name, contact name, recipient, recipient name, "
    "member name, participant name, resident name, customer name, client name, "
    "الاسم, الاسم الكامل, اسم, الاسم بالكامل, "
    "نام, پورا نام, مکمل نام, "
    "নাম, পুরো নাম, পূর্ণ নাম, সম্পূর্ণ নাম, "
    "magac, magaca, magaca oo buuxa, magaca buuxa, "
    "enw, enw llawn, "
    "imię i nazwisko, imie i nazwisko, nazwisko i imię, pełne imię i nazwisko",
    FIRST: "first name, firstname, forename, forenames, given name, given names, christian name, "
    "الاسم الأول, الاسم الاول, پہلا نام, প্রথম নাম, নামের প্রথম অংশ, magaca koowaad, magaca hore, enw cyntaf, "
    "imię, imie, pierwsze imię",
    MIDDLE: "middle name, middle names, additional name, "
    "الاسم الأوسط, اسم الأب, درمیانی نام, মধ্য নাম, magaca dhexe, magaca labaad, enw canol, drugie imię",
    LAST: "last name, lastname, surname, family name, "
    "اسم العائلة, الاسم الأخير, اللقب, خاندانی نام, آخری نام, শেষ নাম, পদবি, পদবী, বংশের নাম, "
    "magaca dambe, magaca awoowe, magaca qoyska, cyfenw, enw olaf, nazwisko",
    "email": "email, e-mail, email address, e-mail address, email id, e mail, emailaddress, "
    "primary email, e-mail 1 - value, "
    "البريد الإلكتروني, البريد الالكتروني, بريد إلكتروني, عنوان البريد الإلكتروني, الإيميل, ايميل, "
    "ای میل, ای میل ایڈریس, ای میل پتہ, برقی پتہ, "
    "ইমেইল, ই-মেইল, ইমেল, ই-মেল, ইমেইল ঠিকানা, ইমেল ঠিকানা, "
    "iimayl, iimeel, iimaylka, emailka, ciwaanka emailka, "
    "e-bost, ebost, cyfeiriad e-bost, cyfeiriad ebost, "
    "adres e-mail, adres email, adres poczty elektronicznej, poczta elektroniczna",
    "phone": "phone, phone number, phone no, telephone, telephone number, telephone no, tel, tel no, tel number, "
    "mobile, mobile no, mobile number, mobile phone, mobile phone number, mobile telephone, cell, cell phone, "
    "cellphone, cell number, sms, sms number, contact number, contact no, whatsapp, whatsapp number, phone 1 - value, "
    "primary phone, "
    "الهاتف, هاتف, رقم الهاتف, الجوال, جوال, رقم الجوال, موبايل, الموبايل, رقم الموبايل, المحمول, الهاتف المحمول, "
    "رقم التليفون, "
    "فون, فون نمبر, موبائل, موبائل نمبر, ٹیلی فون, ٹیلی فون نمبر, رابطہ نمبر, "
    "ফোন, ফোন নম্বর, ফোন নাম্বার, মোবাইল, মোবাইল নম্বর, মোবাইল নাম্বার, টেলিফোন, টেলিফোন নম্বর, "
    "telefoon, telefoonka, telefon, taleefan, taleefanka, lambarka telefoonka, lambarka taleefanka, mobil, moobil, "
    "mobilka, lambarka mobilka, "
    "ffôn, ffon, rhif ffôn, rhif ffon, ffôn symudol, ffon symudol, rhif symudol, rhif ffôn symudol, symudol, teleffon, "
    "numer telefonu, nr telefonu, nr tel, komórka, telefon komórkowy, numer komórkowy",
    "language": "language, preferred language, lang, first language, spoken language, language preference, "
    "communication language, mother tongue, "
    "اللغة, اللغة المفضلة, لغة, زبان, پسندیدہ زبان, مادری زبان, ভাষা, পছন্দের ভাষা, মাতৃভাষা, "
    "luqad, luqadda, luuqad, luqadda la door biday, luqadda la doorbiday, iaith, dewis iaith, iaith ddewisol, "
    "język, jezyk, preferowany język",
    "channel": "channel, preferred channel, contact method, preferred contact method, contact by, contact preference, "
    "how to contact, preferred contact, communication preference, "
    "طريقة التواصل, وسيلة الاتصال, رابطے کا طریقہ, যোগাযোগের মাধ্যম, qaabka xiriirka, habka xiriirka, dull cysylltu, "
    "sposób kontaktu, preferowany kontakt",
    "timezone": "timezone, time zone, tz, المنطقة الزمنية, ٹائم زون, সময় অঞ্চল, সময় অঞ্চল, aagga waqtiga, cylchfa amser, "
    "strefa czasowa",
}

# Letters of Arabic script that keyboards of different countries write differently.
_EQUIVALENT_LETTERS = str.maketrans(
    {"ٱ": "ا", "ي": "ی", "ى": "ی", "ك": "ک", "ه": "ہ", "ة": "ہ", "ھ": "ہ", "ۃ": "ہ", "ł": "l"}
)

MOBILE_WORDS = frozenset(
    {"mobile", "cell", "cell phone", "cellular", "iphone", "mobil", "جوال", "موبايل", "موبائل", "মোবাইল"}
)
"""Labels of a contact's mobile numbers."""

_TOTALS = (
    "total, totals, grand total, sum, subtotal, count, "
    "المجموع, الإجمالي, مجموع, کل, মোট, wadarta, cyfanswm, suma, razem"
)


def heading_meaning(heading: str) -> str:
    """The column, or the part of a name, that a heading is known to mean; "" for one that is not known."""
    return _columns_by_heading().get(_normalise_heading(heading), "")


def headings_meaning(column: str) -> frozenset[str]:
    """The headings that mean a column, in lower case."""
    return frozenset(word.strip().casefold() for word in _HEADINGS_BY_COLUMN[column].split(","))


def is_total(cell: str) -> bool:
    """Whether a cell is the label of a row that adds up the others: `Total`, `Total: 60`."""
    return _normalise_heading(re.sub(r"[\d\s:=]+$", "", cell)) in _total_labels()


@lru_cache(maxsize=1)
def _columns_by_heading() -> dict[str, str]:
    return {
        _normalise_heading(word): column for column, words in _HEADINGS_BY_COLUMN.items() for word in words.split(",")
    }


@lru_cache(maxsize=1)
def _total_labels() -> frozenset[str]:
    return frozenset(map(_normalise_heading, _TOTALS.split(",")))


def _normalise_heading(text: str) -> str:
    """Letters and digits alone, without accents and vowel signs: by this, headings are compared."""
    apart = unicodedata.normalize("NFKD", text.casefold()).translate(_EQUIVALENT_LETTERS)
    return "".join(letter for letter in apart if letter.isalnum())
