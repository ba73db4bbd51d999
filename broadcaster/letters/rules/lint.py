"""Rules for what a letter says, over its finished parts: the words themselves, their length, their cost.

Everything here is pure and takes plain values, so that it serves `check`, `plan` and the desk alike. Whoever calls it
fills a letter for sample recipients first; no message repeats what stands in a part beyond phrases, links and hashtags.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from broadcaster.domain.language.language_tags import writing_direction
from broadcaster.domain.problems import Problem
from broadcaster.letters.rules.links import bare_links, check_links, without_links
from broadcaster.letters.rules.opt_out import check_opt_out
from broadcaster.letters.rules.phrases import contains_phrase, fold_text
from broadcaster.letters.text import sms_encoding

LONGEST_SUBJECT = 90
"""Characters of a subject. Longer ones are cut by every mail program, and often the part that matters goes."""

MOST_SEGMENTS = 3
"""Segments of a text message: each is paid for, and more of them arrive apart or not at all."""

LONG_HASHTAG = 10
"""Letters from which on a hashtag in one case is taken for more than one word."""

FEW_FORCING = 0.25
"""The share of a text's letters up to which it counts as GSM-7 with strays, and not as a text in another script."""

_HASHTAG = re.compile(r"(?<![\w&/])#(\w+)")
_EMPTY_GREETING = re.compile(r"^[^\S\n]*dear\s*[,،]|[^\S\n][,،]|^[,،]", re.IGNORECASE | re.MULTILINE)
_NAMED = 5


@dataclass(frozen=True, slots=True)
class FilledSample:
    """One language of a letter, filled for somebody. A part that the letter lacks is None.

    `file` is the letter's source, relative to the project folder; `text` is the body's plain text; `links` are the
    body's links as (text, target); `sms_line` is where the text message begins in `file`.
    """

    language: str
    file: str
    subject: str | None = None
    text: str | None = None
    sms: str | None = None
    links: tuple[tuple[str, str], ...] = ()
    sms_line: int | None = None
    preheader: str | None = None


@dataclass(frozen=True, slots=True)
class LintRules:
    """What is asked of a letter: phrases by letter.yaml (must_say by language), whole host names by config.yaml.

    `opt_out_links` are links of which each text message must hold one, for nobody can reply to it; None where people
    can.
    """

    never_say: tuple[str, ...] = ()
    must_say: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    allowed_hosts: frozenset[str] = frozenset()
    opt_out_links: tuple[str, ...] | None = None


def lint(sample: FilledSample, rules: LintRules) -> tuple[Problem, ...]:
    """Everything found in one sample, each finding once, in the order of the rules."""
    found = (
        *_never_say(sample, rules.never_say),
        *_must_say(sample, rules.must_say),
        *_links(sample, rules.allowed_hosts),
        *_subject(sample),
        *_sms(sample),
        *_opt_out(sample, rules.opt_out_links),
        *_hashtags(sample),
        *_greetings(sample),
    )
    return tuple(dict.fromkeys(found))


def _parts(sample: FilledSample) -> Iterator[tuple[str, str]]:
    named = (
        ("subject", sample.subject),
        ("preheader", sample.preheader),
        ("body", sample.text),
        ("text message", sample.sms),
    )
    return ((name, text) for name, text in named if text is not None)


def _never_say(sample: FilledSample, phrases: tuple[str, ...]) -> Iterator[Problem]:
    for part, text in _parts(sample):
        folded = fold_text(text)
        for phrase in phrases:
            if contains_phrase(folded, phrase, whole=True):
                yield Problem.error(
                    "never-say",
                    f"the {part} says '{phrase}', which this letter must never say",
                    "Say it in another way; the phrases stand under `never_say` in letter.yaml.",
                    file=sample.file,
                )


def _must_say(sample: FilledSample, by_language: Mapping[str, tuple[str, ...]]) -> Iterator[Problem]:
    phrases = by_language.get(sample.language, by_language.get(sample.language.partition("-")[0], ()))
    # Whoever gets the email reads subject and body, whoever gets the text message only that: nobody may miss it.
    email = None if sample.text is None else f"{sample.subject or ''}\n{sample.text}"
    for channel, text in (("email", email), ("text message", sample.sms)):
        if text is None:
            continue
        folded = fold_text(text)
        for phrase in phrases:
            if not contains_phrase(folded, phrase, whole=False):
                yield Problem.error(
                    "must-say",
                    f"the {channel} does not say '{phrase}'",
                    "Add it, or change what letter.yaml asks for under `must_say` for this language.",
                    file=sample.file,
                )


def _links(sample: FilledSample, allowed_hosts: frozenset[str]) -> Iterator[Problem]:
    shown = {target for _, target in sample.links}
    bare = (link for _, text in _parts(sample) for link in bare_links(text) if link not in shown)
    return check_links(sample.file, (*sample.links, *((link, link) for link in bare)), allowed_hosts)


def _subject(sample: FilledSample) -> Iterator[Problem]:
    subject = sample.subject or ""
    if len(subject) > LONGEST_SUBJECT:
        yield Problem.error(
            "subject-too-long",
            f"the subject has {len(subject)} characters, more than {LONGEST_SUBJECT}",
            "Shorten it; what matters comes first.",
            file=sample.file,
        )
    if re.search("[!！]", subject) or _shouts(subject):
        yield Problem.warning(
            "subject-shouts",
            "the subject shouts, with an exclamation mark or in capitals",
            "Write it calmly: it is read in fear, and filters take shouting for spam.",
            file=sample.file,
        )


def _shouts(subject: str) -> bool:
    words = re.findall(r"[^\W\d_]+", _HASHTAG.sub(" ", subject))
    loud = [word for word in words if word.isupper() and len(word) > 1]
    # One short word in capitals is a name such as MAMA or NHS.
    return any(len(word) > 4 for word in loud) or (len(loud) > 1 and len(loud) * 2 > len(words))


def _sms(sample: FilledSample) -> Iterator[Problem]:
    if not sample.sms:
        return
    counted = sms_encoding.count_segments(sample.sms)
    if counted.segments > MOST_SEGMENTS:
        yield Problem.error(
            "sms-too-long",
            f"the text message takes {counted.segments} segments ({counted.encoding}), more than {MOST_SEGMENTS}",
            "Shorten it, or leave what is optional to the letter on the web.",
            file=sample.file,
        )
    forcing = sms_encoding.characters_forcing_ucs2(sample.sms)
    strays = sum(len(each.positions) for each in forcing if each.plain is None)
    letters = sum(char.isalpha() for char in without_links(sample.sms))
    if not forcing or strays > letters * FEW_FORCING:
        return
    kept = sms_encoding.replace_forcing_characters(sample.sms)
    gone = {each.char for each in forcing if each.plain is None}
    if writing_direction(sample.language) == "ltr":
        gone |= set(sms_encoding.DIRECTION_MARKS)  # they go with what they are put around
    plain = sms_encoding.count_segments("".join(char for char in kept if char not in gone))
    if plain.encoding == sms_encoding.UCS_2:
        return  # what is left to force it is not the author's
    yield Problem.warning(
        "sms-needs-ucs-2",
        f"the text message goes as UCS-2, as {counted.segments} segment{'s' * (counted.segments != 1)} instead of "
        f"{plain.segments}, because of {_character_names(forcing)}",
        "Put plain characters in their place where the message allows it.",
        file=sample.file,
    )


def _opt_out(sample: FilledSample, links: tuple[str, ...] | None) -> Iterator[Problem]:
    if sample.sms is not None and links is not None:
        yield from check_opt_out(sample.sms, links, sample.file, sample.sms_line)


def _character_names(forcing: tuple[sms_encoding.ForcingCharacter, ...]) -> str:
    """The characters by name. Letters of other scripts are only counted: listed one by one they could be a name."""
    listed: list[sms_encoding.ForcingCharacter] = []
    scripts: dict[str, int] = {}
    for each in forcing:
        if _of_other_script(each):
            script = each.name.partition(" ")[0].capitalize()
            scripts[script] = scripts.get(script, 0) + len(each.positions)
        else:
            listed.append(each)
    names = [
        f"{each.name} (instead: {each.plain!r})" if each.plain is not None else each.name for each in listed[:_NAMED]
    ]
    names += [f"{count} {script} letter{'s' * (count != 1)}" for script, count in scripts.items()]
    if len(listed) > _NAMED:
        names.append(f"{len(listed) - _NAMED} more")
    return ", ".join(names)


def _of_other_script(forcing: sms_encoding.ForcingCharacter) -> bool:
    # Vowel signs are marks and belong to the letters beside them.
    is_letter = unicodedata.category(forcing.char)[0] in "LM"
    return is_letter and not forcing.name.startswith(("LATIN", "COMBINING"))


def _hashtags(sample: FilledSample) -> Iterator[Problem]:
    for _, text in _parts(sample):
        for tag in _HASHTAG.findall(without_links(text)):
            word = tag.rstrip("0123456789")
            if len(word) > LONG_HASHTAG and word in (word.lower(), word.upper()) and _is_latin(word):
                yield Problem.warning(
                    "hashtag-one-case",
                    f"#{tag} is read out as one word by screen readers",
                    "Begin each of its words with a capital letter, as in #WeStandTogether.",
                    file=sample.file,
                )


def _is_latin(text: str) -> bool:
    return all(unicodedata.name(char, "").startswith("LATIN") for char in text)


def _greetings(sample: FilledSample) -> Iterator[Problem]:
    for part, text in _parts(sample):
        if _EMPTY_GREETING.search(text):
            yield Problem.warning(
                "empty-greeting",
                f"the {part} has a comma with nothing before it, as in 'Dear ,'",
                "Put what may be missing into an {% if %}, with words for those who have none.",
                file=sample.file,
            )
