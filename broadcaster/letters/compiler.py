"""The way from a letter to its skeletons: trace for each recipient, compile once for each skeleton."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import cast

from broadcaster.domain.channels import Channel
from broadcaster.domain.dialling import dialled
from broadcaster.domain.languages import direction
from broadcaster.letters.contained import contained
from broadcaster.letters.email import compile_email, compile_page, compile_sms
from broadcaster.letters.errors import NoticeImpossibleError, PartMissingError, SkeletonUnknownError, TraceError
from broadcaster.letters.fast_trace import Quick
from broadcaster.letters.fields import GREETING, fields_used, with_greeting
from broadcaster.letters.fragments import Links, filled
from broadcaster.letters.frames import Frames, Setting, notice_page
from broadcaster.letters.impersonal import run_for_nobody
from broadcaster.letters.letter import PREHEADER, Letter, Surroundings
from broadcaster.letters.mime import Sender
from broadcaster.letters.paper import for_paper, on_paper
from broadcaster.letters.parsed import shown
from broadcaster.letters.sentinels import Marks
from broadcaster.letters.skeleton import EmailSkeleton, SmsSkeleton
from broadcaster.letters.source import Slot, Source
from broadcaster.letters.tracing import Program, Run, scope_of

KEPT = 512
"""Sources of skeletons kept for `email` and `sms`; a letter with more is compiled as it goes."""

NEEDS = {Channel.EMAIL: ("subject", "body"), Channel.SMS: ("sms",)}
"""The parts that each channel sends, and a letter for it must have."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What one recipient adds to a letter: which skeleton it takes, and the values that fill its gaps."""

    skeleton: bytes
    values: tuple[str, ...]


class _Language:
    """One language of the letter, made ready when it is first asked for."""

    def __init__(self, letter: Letter, language: str, surroundings: Surroundings, marks: Marks) -> None:
        self.program = Program(letter, language, surroundings, marks)
        self.setting = Setting(letter, language, surroundings, marks)
        self.greets = GREETING in fields_used(letter, language)
        self.quick: dict[Channel, tuple[bytes, Quick]] = {}
        self.keys: dict[tuple[object, ...], bytes] = {}
        self.frames: dict[bool, Frames] = {}
        known = scope_of(surroundings)
        numbers = (
            line.get("number", "") for line in cast("Mapping[str, Mapping[str, str]]", known["helplines"]).values()
        )
        self.telephones = {number: digits for number in numbers if (digits := dialled(number))}
        basis = [letter.digest, language, known]
        self.basis = hashlib.sha256(json.dumps(basis, sort_keys=True).encode()).hexdigest()


class Compiler:
    """One letter in one broadcast's surroundings: traces recipients and compiles each skeleton once."""

    def __init__(
        self,
        letter: Letter,
        surroundings: Callable[[str], Surroundings],
        allowed_hosts: Collection[str] | None = None,
    ) -> None:
        """`allowed_hosts` are the hosts that the letter may link to; None lets every link be."""
        self.letter = letter
        self._surroundings = surroundings
        self._hosts = None if allowed_hosts is None else frozenset(allowed_hosts)
        self._marks = Marks(letter.digest)
        self._languages: dict[str, _Language] = {}
        self._notices: dict[str, _Language] = {}
        self._sources: OrderedDict[bytes, Source] = OrderedDict()

    def trace(self, language: str, fields: Mapping[str, str], channel: Channel) -> Trace:
        """Run the letter for one recipient.

        Raises TraceError with every problem of the parts that the channel sends; LetterTooSlowError for a letter
        that runs wild; PartMissingError when it lacks a part.
        """
        with contained(self.letter.path(language)):
            ready = self._ready(language, channel)
            if fields and ready.greets:
                fields = with_greeting(fields)
            if fields and channel in ready.quick:
                key, quick = ready.quick[channel]
                values = quick.values(fields)
                if values is not None:
                    if key not in self._sources:
                        self._keep(key, quick.source)
                    return Trace(key, values)
            return self._trace(ready, language, fields, channel)

    def slow_trace(self, language: str, fields: Mapping[str, str], channel: Channel) -> Trace:
        """The same as `trace`, always by running the whole letter. They must agree; the tests hold them to it."""
        with contained(self.letter.path(language)):
            ready = self._ready(language, channel)
            return self._trace(ready, language, with_greeting(fields) if fields and ready.greets else fields, channel)

    def is_quick(self, language: str, channel: Channel) -> bool:
        """Whether further recipients are traced without running the letter: it does not branch, and one was traced."""
        return language in self._languages and channel in self._languages[language].quick

    def email(self, key: bytes, sender: Sender) -> EmailSkeleton:
        """The compiled email of a traced skeleton.

        Raises SkeletonUnknownError when it was not traced lately; SlotLostError, SlotInLinkError, ImageError and the
        others of `letters.errors` when the letter or its frame cannot be made into an email.
        """
        source = self.source(key)
        ready = self._languages[source.language]
        has_logo = sender.logo is not None
        with contained(self.letter.path(source.language)):
            if has_logo not in ready.frames:
                ready.frames[has_logo] = Frames(ready.setting, has_logo=has_logo)
            return compile_email(key, source, ready.frames[has_logo], sender, self._hosts)

    def sms(self, key: bytes) -> SmsSkeleton:
        """The compiled text message of a traced skeleton. SkeletonUnknownError when it was not traced lately."""
        source = self.source(key)
        with contained(self.letter.path(source.language)):
            return compile_sms(key, source)

    def notice(self, language: str, logo: bytes | None = None) -> str:
        """The letter as a printed notice, a whole HTML document: for everybody, so that nothing of a person is in it.

        Raises NoticeImpossibleError with every place that needs one person, PartMissingError where the letter has no
        body in this language, LetterTooSlowError, and what `email` raises.
        """
        with contained(self.letter.path(language)):
            ready = self._notices.get(language)
            if ready is None:
                around = on_paper(self._around(language))
                ready = self._notices[language] = _Language(self.letter, language, around, self._marks)
            if "body" not in self.letter.parts(language):
                raise self._lacks(("body",), language)
            run = run_for_nobody(ready.program)
            if problems := [problem for part, problem in run.problems if part in (None, "body")]:
                raise NoticeImpossibleError(tuple(dict.fromkeys(problems)))
            slots = {number: Slot(captured.text, -1) for number, captured in enumerate(run.captured)}
            source = Source(language, direction(language), self._marks, {"body": run.parts["body"]}, slots)
            pieces = compile_page(source, lambda body: notice_page(ready.setting, body, logo), self._hosts)
            return for_paper(filled(pieces, source.direction, (), Links()), source.direction)

    def source(self, key: bytes) -> Source:
        """What a traced skeleton is made from. SkeletonUnknownError when it was not traced lately."""
        if key not in self._sources:
            raise SkeletonUnknownError("this skeleton was not traced lately")
        return self._sources[key]

    def _keep(self, key: bytes, source: Source) -> None:
        self._sources[key] = source
        if len(self._sources) > KEPT:
            self._sources.popitem(last=False)

    def _ready(self, language: str, channel: Channel) -> _Language:
        ready = self._languages.get(language)
        if ready is None:
            ready = _Language(self.letter, language, self._around(language), self._marks)
            self._languages[language] = ready
        if not self.letter.parts(language).issuperset(NEEDS[channel]):
            raise self._lacks(NEEDS[channel], language)
        return ready

    def _around(self, language: str) -> Surroundings:
        if language not in self.letter.languages:
            raise PartMissingError(f"the letter {self.letter.name} is not written in {language}")
        return self._surroundings(language)

    def _lacks(self, parts: tuple[str, ...], language: str) -> PartMissingError:
        missing = ", ".join(part for part in parts if part not in self.letter.parts(language))
        return PartMissingError(
            f"the letter {self.letter.name} has no {missing} in {language}", file=shown(self.letter.path(language))
        )

    def _trace(self, ready: _Language, language: str, fields: Mapping[str, str], channel: Channel) -> Trace:
        run = ready.program.run(fields)
        needed = NEEDS[channel]
        if channel is Channel.EMAIL and PREHEADER in self.letter.parts(language):
            needed = (*needed, PREHEADER)
        problems = [problem for part, problem in run.problems if part is None or part in needed]
        if problems:
            raise TraceError(tuple(dict.fromkeys(problems)))
        slots, values = slots_of(run, needed)
        parts = tuple(run.parts[part] for part in needed)
        fingerprint = (channel, parts, tuple(slots.items()))
        key = ready.keys.get(fingerprint)
        if key is None:
            content = [ready.basis, channel, parts, [[number, *slot] for number, slot in slots.items()]]
            key = hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).digest()[:16]
            if len(ready.keys) < KEPT:
                ready.keys[fingerprint] = key
        if key not in self._sources:
            text = dict(zip(needed, parts, strict=True))
            source = Source(language, direction(language), self._marks, text, slots, ready.telephones)
            self._keep(key, source)
        if fields and ready.program.straight and channel not in ready.quick:
            ready.quick[channel] = (key, Quick(ready.program, run, self._sources[key]))
        return Trace(key, values)


def slots_of(run: Run, needed: tuple[str, ...]) -> tuple[dict[int, Slot], tuple[str, ...]]:
    """What stands in each gap of these parts, and the recipient's values; one that is printed twice is kept once."""
    values: list[str] = []
    places: dict[str, int] = {}
    slots: dict[int, Slot] = {}
    for number, captured in enumerate(run.captured):
        if captured.part is not None and captured.part not in needed:
            continue
        site = captured.site
        if site.fixed:
            slots[number] = Slot(captured.text, -1)
            continue
        place = places.get(site.pure) if site.pure is not None else None
        if place is None:
            place = len(values)
            values.append(captured.text)
            if site.pure is not None:
                places[site.pure] = place
        slots[number] = Slot("", place)
    return slots, tuple(values)
