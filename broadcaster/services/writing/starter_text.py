"""The text that a new letter begins with: whole and ready to look at, but for the words that only its author has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from broadcaster.letters.model.letter import LetterKind


@dataclass(frozen=True, slots=True)
class StarterWords:
    """The few words of a first text. `yours` stands in the place of the author's, as subject too; a printed notice
    greets everybody.
    """

    greeting: str
    greeting_to_all: str
    yours: str
    numbers: str
    stop: str


STARTER_WORDS: Mapping[str, StarterWords] = MappingProxyType(
    {
        "en": StarterWords(
            "Dear {{ recipient.name }},",
            "Dear neighbours,",
            "Write here what people should know",
            "Numbers to keep",
            "No more texts?",
        ),
        "ar": StarterWords(
            "تحية طيبة إلى {{ recipient.name }}،",
            "تحية طيبة إلى جيراننا،",
            "اكتبوا هنا ما ينبغي أن يعرفه الناس",
            "أرقام للاحتفاظ بها",
            "لإيقاف الرسائل:",
        ),
        "ur": StarterWords(
            "آداب {{ recipient.name }}،",
            "آداب، عزیز ہمسایو،",
            "یہاں لکھیے کہ لوگوں کو کیا معلوم ہونا چاہیے",
            "یاد رکھنے کے نمبر",
            "پیغامات روکنے کے لیے:",
        ),
        "bn": StarterWords(
            "প্রিয় {{ recipient.name }},",
            "প্রিয় প্রতিবেশী,",
            "মানুষের যা জানা দরকার তা এখানে লিখুন",
            "হাতের কাছে রাখার নম্বর",
            "বার্তা বন্ধ করতে:",
        ),
        "so": StarterWords(
            "Salaan sare {{ recipient.name }},",
            "Salaan sare deriskayaga,",
            "Halkan ku qor waxa ay dadku tahay inay ogaadaan",
            "Lambarro la kaydsado",
            "Si aad u joojiso:",
        ),
    }
)
"""By language; samples, as the starter letters are: each text is read by somebody whose language it is."""


def starter_words(language: str) -> StarterWords:
    """Those of a language, or the English ones where we have none: its author translates them."""
    return STARTER_WORDS.get(language.partition("-")[0].lower(), STARTER_WORDS["en"])


def starter_text(shared: Path, kind: LetterKind, helplines: Sequence[str], language: str) -> str:
    """The text, in Markdown and Jinja. What letters share (`shared` is their folder) is included where it is there."""
    mine = starter_words(language)
    numbers = [f"- {{{{ helplines['{key}'].name }}}}: **{{{{ helplines['{key}'].number }}}}**" for key in helplines]
    greeting = f"{{% if recipient %}}{mine.greeting}{{% else %}}{mine.greeting_to_all}{{% endif %}}"
    body = [greeting, f"{mine.yours}."]
    if numbers:
        body += [f"## {mine.numbers}", "\n".join(numbers)]
    body += [_include_tag(name) for name in (f"genuine.{language}.md",) if (shared / name).is_file()]
    signed = (shared / "signature.md").is_file()
    body.append(_include_tag("signature.md") if signed else "**{{ signatory.name }}**\\\n{{ signatory.role }}")
    stop = f"{{% if links.unsubscribe %}} {mine.stop} {{{{ links.unsubscribe }}}}{{% endif %}}"
    read = "{% if links.web %} {{ links.web }}{% endif %}"
    way = stop if kind is LetterKind.CAMPAIGN else read
    return "\n".join(
        (
            f"{{% block subject %}}{mine.yours}{{% endblock %}}",
            "",
            "{% block body %}",
            "\n\n".join(body),
            "{% endblock %}",
            "",
            f"{{% block sms %}}{{{{ organisation.name }}}}: {mine.yours}.{way}{{% endblock %}}",
            "",
        )
    )


def _include_tag(name: str) -> str:
    return f"{{% include '_shared/{name}' %}}"
