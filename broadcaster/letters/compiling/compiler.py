"""The compiler of one letter: traces each recipient, and compiles each skeleton once."""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import cast

from cachetools import LRUCache

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.dialling import dialled_number
from broadcaster.domain.language.language_tags import writing_direction
from broadcaster.letters.compiling.skeleton_compiler import compile_email, compile_html_page, compile_sms
from broadcaster.letters.filling.mime import EmailSender
from broadcaster.letters.filling.skeleton import EmailSkeleton, SmsSkeleton
from broadcaster.letters.model.errors import NoticeImpossibleError, PartMissingError, SkeletonUnknownError, TraceError
from broadcaster.letters.model.letter import PREHEADER, Letter, TemplateContext
from broadcaster.letters.printing.print_layout import context_for_print, page_for_print
from broadcaster.letters.reading.recipient_fields import GREETING, fields_used, with_greeting
from broadcaster.letters.rendering.fragments import Links, fill_fragments
from broadcaster.letters.rendering.frames import EmailFrames, FrameContext, notice_page
from broadcaster.letters.templating.error_containment import containing_errors
from broadcaster.letters.templating.syntax_tree import display_path
from broadcaster.letters.tracer.fast_trace import FastTrace
from broadcaster.letters.tracer.letter_program import LetterProgram, LetterRun, template_scope
from broadcaster.letters.tracer.notice_run import run_for_nobody
from broadcaster.letters.tracer.sentinels import Sentinels
from broadcaster.letters.tracer.skeleton_source import SkeletonSource, Slot

MOST_KEPT_SOURCES = 512
"""Sources of skeletons kept for `email` and `sms`; a letter with more is compiled as it goes."""

REQUIRED_PARTS = {Channel.EMAIL: ("subject", "body"), Channel.SMS: ("sms",)}
"""The parts that each channel sends. A letter must have them."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A letter run for one recipient: the key of its skeleton, and the values for the skeleton's gaps."""

    skeleton: bytes
    values: tuple[str, ...]


class _ReadyLanguage:
    """One language of the letter: its program, frames and fast traces. Made at its first use."""

    def __init__(self, letter: Letter, language: str, context: TemplateContext, sentinels: Sentinels) -> None:
        self.program = LetterProgram(letter, language, context, sentinels)
        self.frame_context = FrameContext(letter, language, context, sentinels)
        self.prints_greeting = GREETING in fields_used(letter, language)
        self.fast_traces: dict[Channel, tuple[bytes, FastTrace]] = {}
        self.keys: dict[tuple[object, ...], bytes] = {}
        self.frames: dict[bool, EmailFrames] = {}
        known = template_scope(context)
        numbers = (
            line.get("number", "") for line in cast("Mapping[str, Mapping[str, str]]", known["helplines"]).values()
        )
        self.telephones = {number: digits for number in numbers if (digits := dialled_number(number))}
        basis = [letter.digest, language, known]
        self.basis = hashlib.sha256(json.dumps(basis, sort_keys=True).encode()).hexdigest()


class Compiler:
    """One letter in the context of one broadcast: traces recipients and compiles each skeleton once."""

    def __init__(
        self,
        letter: Letter,
        context: Callable[[str], TemplateContext],
        allowed_hosts: Collection[str] | None = None,
    ) -> None:
        """`context` gives the fixed values by language. `allowed_hosts` may be linked to; None allows every host."""
        self.letter = letter
        self._surroundings = context
        self._hosts = None if allowed_hosts is None else frozenset(allowed_hosts)
        self._sentinels = Sentinels(letter.digest)
        self._languages: dict[str, _ReadyLanguage] = {}
        self._notices: dict[str, _ReadyLanguage] = {}
        self._sources: LRUCache[bytes, SkeletonSource] = LRUCache(MOST_KEPT_SOURCES)

    def trace(self, language: str, fields: Mapping[str, str], channel: Channel) -> Trace:
        """Run the letter for one recipient.

        Raises TraceError with every problem of the parts that the channel sends, LetterTooSlowError when the run takes
        too many steps, and PartMissingError when the letter lacks a part.
        """
        with containing_errors(self.letter.path(language)):
            ready = self._ready(language, channel)
            if fields and ready.prints_greeting:
                fields = with_greeting(fields)
            if fields and channel in ready.fast_traces:
                key, quick = ready.fast_traces[channel]
                values = quick.values(fields)
                if values is not None:
                    if key not in self._sources:
                        self._sources[key] = quick.source
                    return Trace(key, values)
            return self._trace(ready, language, fields, channel)

    def full_trace(self, language: str, fields: Mapping[str, str], channel: Channel) -> Trace:
        """`trace` without fast traces: the whole letter runs. Both give the same result, which tests compare."""
        with containing_errors(self.letter.path(language)):
            ready = self._ready(language, channel)
            return self._trace(
                ready, language, with_greeting(fields) if fields and ready.prints_greeting else fields, channel
            )

    def is_fast_traced(self, language: str, channel: Channel) -> bool:
        """Whether further recipients are traced fast: the letter does not branch, and one recipient was traced."""
        return language in self._languages and channel in self._languages[language].fast_traces

    def email(self, key: bytes, sender: EmailSender) -> EmailSkeleton:
        """The compiled email of a traced skeleton.

        Raises SkeletonUnknownError when it is no longer cached, and any error of `letters.model.errors` when the letter
        or its frame cannot become an email.
        """
        source = self.source(key)
        ready = self._languages[source.language]
        has_logo = sender.logo is not None
        with containing_errors(self.letter.path(source.language)):
            if has_logo not in ready.frames:
                ready.frames[has_logo] = EmailFrames(ready.frame_context, has_logo=has_logo)
            return compile_email(key, source, ready.frames[has_logo], sender, self._hosts)

    def sms(self, key: bytes) -> SmsSkeleton:
        """The compiled text message of a traced skeleton. Raises SkeletonUnknownError when it is no longer cached."""
        source = self.source(key)
        with containing_errors(self.letter.path(source.language)):
            return compile_sms(key, source)

    def notice(self, language: str, logo: bytes | None = None) -> str:
        """The letter as a printed notice: a whole HTML document without personal values.

        Raises NoticeImpossibleError with every place that needs a recipient, PartMissingError when the letter has no
        body in this language, LetterTooSlowError, and what `email` raises.
        """
        with containing_errors(self.letter.path(language)):
            ready = self._notices.get(language)
            if ready is None:
                around = context_for_print(self._context_for(language))
                ready = self._notices[language] = _ReadyLanguage(self.letter, language, around, self._sentinels)
            if "body" not in self.letter.parts(language):
                raise self._missing_part_error(("body",), language)
            run = run_for_nobody(ready.program)
            if problems := [problem for part, problem in run.problems if part in (None, "body")]:
                raise NoticeImpossibleError(tuple(dict.fromkeys(problems)))
            slots = {number: Slot(captured.text, -1) for number, captured in enumerate(run.captured)}
            source = SkeletonSource(
                language, writing_direction(language), self._sentinels, {"body": run.parts["body"]}, slots
            )
            fragments = compile_html_page(
                source, lambda body: notice_page(ready.frame_context, body, logo), self._hosts
            )
            return page_for_print(fill_fragments(fragments, source.direction, (), Links()), source.direction)

    def source(self, key: bytes) -> SkeletonSource:
        """What a traced skeleton is made from. SkeletonUnknownError when it was not traced lately."""
        if key not in self._sources:
            raise SkeletonUnknownError("this skeleton was not traced lately")
        return self._sources[key]

    def _ready(self, language: str, channel: Channel) -> _ReadyLanguage:
        ready = self._languages.get(language)
        if ready is None:
            ready = _ReadyLanguage(self.letter, language, self._context_for(language), self._sentinels)
            self._languages[language] = ready
        if not self.letter.parts(language).issuperset(REQUIRED_PARTS[channel]):
            raise self._missing_part_error(REQUIRED_PARTS[channel], language)
        return ready

    def _context_for(self, language: str) -> TemplateContext:
        if language not in self.letter.languages:
            raise PartMissingError(f"the letter {self.letter.name} is not written in {language}")
        return self._surroundings(language)

    def _missing_part_error(self, parts: tuple[str, ...], language: str) -> PartMissingError:
        missing = ", ".join(part for part in parts if part not in self.letter.parts(language))
        return PartMissingError(
            f"the letter {self.letter.name} has no {missing} in {language}",
            file=display_path(self.letter.path(language)),
        )

    def _trace(self, ready: _ReadyLanguage, language: str, fields: Mapping[str, str], channel: Channel) -> Trace:
        run = ready.program.run(fields)
        needed = REQUIRED_PARTS[channel]
        if channel is Channel.EMAIL and PREHEADER in self.letter.parts(language):
            needed = (*needed, PREHEADER)
        problems = [problem for part, problem in run.problems if part is None or part in needed]
        if problems:
            raise TraceError(tuple(dict.fromkeys(problems)))
        slots, values = slots_and_values(run, needed)
        parts = tuple(run.parts[part] for part in needed)
        fingerprint = (channel, parts, tuple(slots.items()))
        key = ready.keys.get(fingerprint)
        if key is None:
            content = [ready.basis, channel, parts, [[number, *slot] for number, slot in slots.items()]]
            key = hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).digest()[:16]
            if len(ready.keys) < MOST_KEPT_SOURCES:
                ready.keys[fingerprint] = key
        if key not in self._sources:
            text = dict(zip(needed, parts, strict=True))
            source = SkeletonSource(
                language, writing_direction(language), self._sentinels, text, slots, ready.telephones
            )
            self._sources[key] = source
        if fields and ready.program.has_single_skeleton and channel not in ready.fast_traces:
            ready.fast_traces[channel] = (key, FastTrace(ready.program, run, self._sources[key]))
        return Trace(key, values)


def slots_and_values(run: LetterRun, needed: tuple[str, ...]) -> tuple[dict[int, Slot], tuple[str, ...]]:
    """The slot of each gap in these parts, and the recipient's values. A value that is printed twice is stored once."""
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
