"""One language of a letter as a program: Jinja runs it for a recipient, and each printed value is captured."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from jinja2 import DictLoader, Template, TemplateRuntimeError, UndefinedError, nodes
from jinja2.runtime import Undefined

from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.problems import Problem
from broadcaster.domain.text.cleaning import clean_text, is_clean
from broadcaster.letters.model.errors import LetterTooLargeError, LetterTooSlowError
from broadcaster.letters.model.letter import Letter, TemplateContext
from broadcaster.letters.templating.error_containment import template_position
from broadcaster.letters.templating.limits import MAX_PART, MAX_STRING, UsageMeter
from broadcaster.letters.templating.link_placement import LINK_NAMES
from broadcaster.letters.templating.parser import parse_with_includes
from broadcaster.letters.templating.sandbox import LetterEnvironment, PrintSite
from broadcaster.letters.templating.static_analysis import RECIPIENT, column_of, has_single_skeleton, tainted_names
from broadcaster.letters.templating.syntax_tree import display_expression, display_path
from broadcaster.letters.templating.template_values import Nobody, ValueRefusedError
from broadcaster.letters.tracer.sentinels import Sentinels

_OPTIONAL_REMEDY = "Fill it in, or put what is optional into an {% if %}."
_UNKNOWN_COLUMN_REMEDY = (
    "Correct the name in the letter, or add the column to the roster; or put what is optional into an {% if %}."
)
_FIX_EXPRESSION = "Write it more simply: letters print columns, decide with {% if %} and repeat with {% for %}."


@dataclass(frozen=True, slots=True)
class CapturedValue:
    """A printed value and its print site. `part` is None outside all parts."""

    site: PrintSite
    text: str
    part: str | None


@dataclass(slots=True)
class LetterRun:
    """The result of one run: each part's text with sentinels, the captured values in order, and problems by part."""

    parts: dict[str, str] = field(default_factory=dict)
    captured: list[CapturedValue] = field(default_factory=list)
    problems: list[tuple[str | None, Problem]] = field(default_factory=list)


class _PartBoundary(str):
    """A marker in the stream of written text: a part begins here (its name) or ends (empty)."""

    __slots__ = ()


class CapturingPrinter:
    """The printer of a run: captures values and writes sentinels in their place."""

    def __init__(self, sentinels: Sentinels, run: LetterRun, path: str, has_links: bool) -> None:
        self._sentinels = sentinels
        self._path = path
        self._run = run
        self._has_links = has_links
        self._part: str | None = None

    def value(self, value: object, site: PrintSite) -> str:
        text = value if type(value) is str else str(value) if type(value) in (int, float) else ""
        if not text or text.isspace() or not is_clean(text):
            self._refuse(value, site)
        elif len(text) > MAX_STRING:
            raise LetterTooLargeError(
                f"{display_expression(site.node)} has {len(text):,} characters",
                file=display_path(site.path),
                line=site.line,
            )
        self._run.captured.append(CapturedValue(site, text, self._part))
        return self._sentinels.value(len(self._run.captured) - 1)

    def _refuse(self, value: object, site: PrintSite) -> None:
        name = display_expression(site.node)
        if isinstance(value, Undefined):
            self.note(
                "undefined-value",
                _undefined_message(site),
                _UNKNOWN_COLUMN_REMEDY if column_of(site.node) else _OPTIONAL_REMEDY,
                site,
            )
        elif type(value) is str and value.strip():
            self.note("hidden-character", f"{name} holds a line break or an invisible character", "Take it out.", site)
        elif value is None or type(value) is str:
            self.note("empty-value", f"{name} is empty", _OPTIONAL_REMEDY, site)
        else:
            kind = "true or false" if type(value) is bool else "a list, a mapping or a macro"
            self.note(
                "not-text", f"{name} is {kind}, not a text", "Print one of its items, or use it in an {% if %}.", site
            )

    def note(self, code: str, message: str, remedy: str, site: PrintSite) -> None:
        """Note a problem at this print site."""
        self.add_problem(Problem.error(code, message, remedy, file=display_path(site.path), line=site.line))

    def add_problem(self, problem: Problem) -> None:
        """Note a problem of the part that is being written."""
        self._run.problems.append((self._part, problem))

    def link(self, name: str, site: PrintSite) -> str:
        if not self._has_links:
            remedy = "Set `public_url` in config.yaml, or put the link into an {% if links.web %}."
            self.note("link-missing", f"there is no page for links.{name} to lead to", remedy, site)
        return self._sentinels.link(name)

    def begin(self, part: str) -> str:
        self._part = part
        return _PartBoundary(part)

    def end(self) -> str:
        self._part = None
        return _PartBoundary("")

    def fail(self, error: Exception) -> None:
        self.add_problem(problem_of_run(error, self._path))


class LetterProgram:
    """One language of a letter in its context, ready to run. A lock admits one recipient at a time."""

    def __init__(self, letter: Letter, language: str, context: TemplateContext, sentinels: Sentinels) -> None:
        templates = parse_with_includes(letter.sources, letter.path(language))
        tainted = tainted_names(templates)
        self.has_single_skeleton = has_single_skeleton(templates, tainted)
        self.sentinels = sentinels
        self._has_links = context.links
        self.path = letter.path(language)
        self._environment = LetterEnvironment(DictLoader(dict(letter.sources)), template_scope(context), tainted)
        self._lock = threading.Lock()
        self._template: Template | None = None

    def run(self, fields: Mapping[str, str]) -> LetterRun:
        """Run every part for a recipient. Raises LetterTooSlowError; other errors are noted in the run."""
        run = LetterRun()
        return self.run_with_printer(
            dict(fields), CapturingPrinter(self.sentinels, run, self.path, self._has_links), run
        )

    def run_with_printer(
        self, recipient: dict[str, str] | Nobody, printer: CapturingPrinter, run: LetterRun
    ) -> LetterRun:
        """Run every part into `run` with this printer. Raises LetterTooSlowError."""
        with self._lock:
            self._environment.meter = UsageMeter()
            self._environment.printer = printer
            self._environment.for_nobody = isinstance(recipient, Nobody)
            try:
                self._write(self._root(), recipient, run)
            except Exception as error:  # a letter can raise anything; each becomes a problem with its line
                printer.fail(error)
        return run

    def evaluate(self, template: Template, fields: Mapping[str, str]) -> list[str] | None:
        """The values that a template of `expressions` prints; None when one is missing or its evaluation fails."""
        fields = dict(fields)
        run = LetterRun()
        with self._lock:
            self._environment.meter = UsageMeter()
            self._environment.printer = CapturingPrinter(self.sentinels, run, self.path, self._has_links)
            try:
                for _ in template.root_render_func(template.new_context({RECIPIENT: fields})):
                    pass
            except Exception:  # the whole run that follows names the error and its line
                return None
        return None if run.problems else [captured.text for captured in run.captured]

    def expressions(self, sites: list[PrintSite]) -> Template:
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

    def _write(self, template: Template, recipient: dict[str, str] | Nobody, run: LetterRun) -> None:
        written: list[str] | None = None
        part = ""
        for piece in template.root_render_func(template.new_context({RECIPIENT: recipient})):
            if type(piece) is not _PartBoundary:
                if written is not None:
                    written.append(piece)
            elif piece:
                part, written = str(piece), []
            elif written is not None:
                run.parts[part] = text = "".join(written)
                written = None
                if len(text) > MAX_PART:
                    raise LetterTooLargeError(f"the part {part} has more than {MAX_PART:,} characters")


def template_scope(context: TemplateContext) -> dict[str, object]:
    """The fixed values as plain mappings of cleaned texts, by the names that letters use."""
    plain = {
        name: {key: clean_text(value) for key, value in getattr(context, name).items()}
        for name in ("organisation", "signatory", "campaign")
    }
    helplines = {
        name: {key: clean_text(value) for key, value in line.items()} for name, line in context.helplines.items()
    }
    # Tested in an {% if %} only: what is printed is a gap.
    links = dict.fromkeys(LINK_NAMES, "there" if context.links else "")
    return {**plain, "helplines": helplines, "links": links}


def problem_of_run(error: Exception, path: str) -> Problem:
    """The error that stopped a run of this file, as a problem with its place. Raises errors that concern every run.

    LetterTooLargeError is a problem of this recipient only, for a long value may be the cause.
    """
    file, line = template_position(error.__traceback__)
    file = file or display_path(path)
    if isinstance(error, LetterTooLargeError):
        return Problem.error(error.code, error.message, error.remedy, file=error.file or file, line=error.line or line)
    if isinstance(error, BroadcasterError):
        error.file, error.line = error.file or file, error.line or line
        raise error
    if isinstance(error, (RecursionError, MemoryError)):
        raise LetterTooSlowError("the letter calls itself without end", file=file, line=line) from error
    code, message, remedy = "letter-broken", "this cannot be worked out", _FIX_EXPRESSION
    if isinstance(error, UndefinedError):
        # Jinja's message names the missing key, which may be a recipient's value.
        code, message, remedy = "undefined-value", "something that is used here does not exist", _OPTIONAL_REMEDY
    elif isinstance(error, (ValueRefusedError, TemplateRuntimeError)):
        code, message = "not-allowed", str(error)
    elif isinstance(error, ZeroDivisionError):
        message = "this divides by zero"
    elif isinstance(error, TypeError) and str(error).startswith("macro "):
        message = str(error)  # Jinja's own words on a macro's arguments
    return Problem.error(code, message, remedy, file=file, line=line)


def _undefined_message(site: PrintSite) -> str:
    column = column_of(site.node)
    if column is not None:
        return f"the recipient has no column {column}"
    return f"{display_expression(site.node)} is undefined"
