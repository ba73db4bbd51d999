"""One run of a letter for one recipient: Jinja writes, and every value that it prints is set aside."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from jinja2 import DictLoader, Template, TemplateRuntimeError, UndefinedError, nodes
from jinja2.runtime import Undefined

from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.problems import Problem
from broadcaster.domain.text_cleaning import clean, is_clean
from broadcaster.letters.analysis import RECIPIENT, column_of, is_straight, tainted_names
from broadcaster.letters.contained import place_of
from broadcaster.letters.errors import LetterTooLargeError, LetterTooSlowError
from broadcaster.letters.letter import Letter, Surroundings
from broadcaster.letters.limits import MAX_PART, MAX_STRING, Meter
from broadcaster.letters.parsed import show, shown
from broadcaster.letters.parsing import used_by
from broadcaster.letters.rules.link_placement import LINKS
from broadcaster.letters.sandbox import LetterEnvironment, Site
from broadcaster.letters.sentinels import Marks
from broadcaster.letters.values import Nobody, RefusedError

_GUARD = "Fill it in, or put what is optional into an {% if %}."
_NO_SUCH = "Correct the name in the letter, or add the column to the roster; or put what is optional into an {% if %}."
_FIX_EXPRESSION = "Write it more simply: letters print columns, decide with {% if %} and repeat with {% for %}."


@dataclass(frozen=True, slots=True)
class Captured:
    """One value that was printed, and where. `part` is None outside of all parts."""

    site: Site
    text: str
    part: str | None


@dataclass(slots=True)
class Run:
    """What one run left: the text of each part with sentinels, the values in their order, and what was wrong."""

    parts: dict[str, str] = field(default_factory=dict)
    captured: list[Captured] = field(default_factory=list)
    problems: list[tuple[str | None, Problem]] = field(default_factory=list)


class _PartMark(str):
    """Stands in the stream of written text where a part begins or ends."""

    __slots__ = ()


class Capture:
    """The printer of a run: sets values aside and writes sentinels."""

    def __init__(self, marks: Marks, run: Run, path: str, has_links: bool) -> None:
        self._marks = marks
        self._path = path
        self._run = run
        self._has_links = has_links
        self._part: str | None = None

    def value(self, value: object, site: Site) -> str:
        text = value if type(value) is str else str(value) if type(value) in (int, float) else ""
        if not text or text.isspace() or not is_clean(text):
            self._refuse(value, site)
        elif len(text) > MAX_STRING:
            raise LetterTooLargeError(
                f"{show(site.node)} has {len(text):,} characters", file=shown(site.path), line=site.line
            )
        self._run.captured.append(Captured(site, text, self._part))
        return self._marks.value(len(self._run.captured) - 1)

    def _refuse(self, value: object, site: Site) -> None:
        name = show(site.node)
        if isinstance(value, Undefined):
            self.note("undefined-value", _undefined(site), _NO_SUCH if column_of(site.node) else _GUARD, site)
        elif type(value) is str and value.strip():
            self.note("hidden-character", f"{name} holds a line break or an invisible character", "Take it out.", site)
        elif value is None or type(value) is str:
            self.note("empty-value", f"{name} is empty", _GUARD, site)
        else:
            kind = "true or false" if type(value) is bool else "a list, a mapping or a macro"
            self.note(
                "not-text", f"{name} is {kind}, not a text", "Print one of its items, or use it in an {% if %}.", site
            )

    def note(self, code: str, message: str, remedy: str, site: Site) -> None:
        """Something is wrong with what is printed at this place."""
        self.found(Problem.error(code, message, remedy, file=shown(site.path), line=site.line))

    def found(self, problem: Problem) -> None:
        """A problem of the part that is being written."""
        self._run.problems.append((self._part, problem))

    def link(self, name: str, site: Site) -> str:
        if not self._has_links:
            remedy = "Set `public_url` in config.yaml, or put the link into an {% if links.web %}."
            self.note("link-missing", f"there is no page for links.{name} to lead to", remedy, site)
        return self._marks.link(name)

    def begin(self, part: str) -> str:
        self._part = part
        return _PartMark(part)

    def end(self) -> str:
        self._part = None
        return _PartMark("")

    def fail(self, error: Exception) -> None:
        self.found(problem_of(error, self._path))


class Program:
    """One language of a letter in its surroundings, ready to run for one recipient after another."""

    def __init__(self, letter: Letter, language: str, surroundings: Surroundings, marks: Marks) -> None:
        templates = used_by(letter.sources, letter.path(language))
        tainted = tainted_names(templates)
        self.straight = is_straight(templates, tainted)
        self.marks = marks
        self._has_links = surroundings.links
        self.path = letter.path(language)
        self._environment = LetterEnvironment(DictLoader(dict(letter.sources)), scope_of(surroundings), tainted)
        self._lock = threading.Lock()
        self._template: Template | None = None

    def run(self, fields: Mapping[str, str]) -> Run:
        """Write every part for a recipient.

        Raises LetterTooSlowError; everything else that goes wrong stands in the run.
        """
        run = Run()
        return self.run_as(dict(fields), Capture(self.marks, run, self.path, self._has_links), run)

    def run_as(self, recipient: dict[str, str] | Nobody, capture: Capture, run: Run) -> Run:
        """Write every part into `run` by this capture of it. Raises LetterTooSlowError."""
        with self._lock:
            self._environment.meter = Meter()
            self._environment.printer = capture
            self._environment.for_nobody = isinstance(recipient, Nobody)
            try:
                self._write(self._root(), recipient, run)
            except Exception as error:  # a letter can raise anything; each becomes a problem with its line
                capture.fail(error)
        return run

    def evaluate(self, template: Template, fields: Mapping[str, str]) -> list[str] | None:
        """The values that a template made by `expressions` prints; None if one is missing or cannot be worked out."""
        fields = dict(fields)
        run = Run()
        with self._lock:
            self._environment.meter = Meter()
            self._environment.printer = Capture(self.marks, run, self.path, self._has_links)
            try:
                for _ in template.root_render_func(template.new_context({RECIPIENT: fields})):
                    pass
            except Exception:  # whatever it is, the whole run will tell, with its line
                return None
        return None if run.problems else [captured.text for captured in run.captured]

    def expressions(self, sites: list[Site]) -> Template:
        """A template that prints these sites' expressions and nothing else."""
        tree = nodes.Template([nodes.Output([site.node for site in sites], lineno=1)], lineno=1)
        tree.set_environment(self._environment)
        source = self._environment._generate(tree, self.path, None)  # Jinja has no public way from a tree to code
        code = self._environment._compile(source, "<expressions>")  # as above
        return Template.from_code(self._environment, code, self._environment.make_globals(None))

    def _root(self) -> Template:
        if self._template is None:
            self._template = self._environment.get_template(self.path)
        return self._template

    def _write(self, template: Template, recipient: dict[str, str] | Nobody, run: Run) -> None:
        written: list[str] | None = None
        part = ""
        for piece in template.root_render_func(template.new_context({RECIPIENT: recipient})):
            if type(piece) is not _PartMark:
                if written is not None:
                    written.append(piece)
            elif piece:
                part, written = str(piece), []
            elif written is not None:
                run.parts[part] = text = "".join(written)
                written = None
                if len(text) > MAX_PART:
                    raise LetterTooLargeError(f"the part {part} has more than {MAX_PART:,} characters")


def scope_of(surroundings: Surroundings) -> dict[str, object]:
    """The fixed values as plain mappings of cleaned texts."""
    plain = {
        name: {key: clean(value) for key, value in getattr(surroundings, name).items()}
        for name in ("organisation", "signatory", "campaign")
    }
    helplines = {
        name: {key: clean(value) for key, value in line.items()} for name, line in surroundings.helplines.items()
    }
    # Tested in an {% if %} only: what is printed is a gap.
    links = dict.fromkeys(LINKS, "there" if surroundings.links else "")
    return {**plain, "helplines": helplines, "links": links}


def problem_of(error: Exception, path: str) -> Problem:
    """What stopped a run of this file, with its place. Raises what is wrong with the letter for everybody.

    A text that grows too large is this recipient's problem, for it may come from what stands in a column.
    """
    file, line = place_of(error.__traceback__)
    file = file or shown(path)
    if isinstance(error, LetterTooLargeError):
        return Problem.error(error.code, error.message, error.remedy, file=error.file or file, line=error.line or line)
    if isinstance(error, BroadcasterError):
        error.file, error.line = error.file or file, error.line or line
        raise error
    if isinstance(error, (RecursionError, MemoryError)):
        raise LetterTooSlowError("the letter calls itself without end", file=file, line=line) from error
    code, message, remedy = "letter-broken", "this cannot be worked out", _FIX_EXPRESSION
    if isinstance(error, UndefinedError):
        # Jinja's own words name the key that was looked for, which may be what a recipient's column holds.
        code, message, remedy = "undefined-value", "something that is used here does not exist", _GUARD
    elif isinstance(error, (RefusedError, TemplateRuntimeError)):
        code, message = "not-allowed", str(error)
    elif isinstance(error, ZeroDivisionError):
        message = "this divides by zero"
    elif isinstance(error, TypeError) and str(error).startswith("macro "):
        message = str(error)  # Jinja's own words on a macro's arguments
    return Problem.error(code, message, remedy, file=file, line=line)


def _undefined(site: Site) -> str:
    column = column_of(site.node)
    if column is not None:
        return f"the recipient has no column {column}"
    return f"{show(site.node)} is undefined"
