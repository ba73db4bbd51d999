"""The frames around a letter's body, written once per language with a sentinel in the body's place."""

import re
from base64 import b64encode
from threading import Lock
from types import CodeType
from typing import ClassVar

import css_inline
import mjml
from cachetools import LRUCache
from jinja2 import DictLoader

from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.language.language_tags import writing_direction
from broadcaster.letters.model.errors import FrameError, LinkMissingError
from broadcaster.letters.model.letter import Letter, TemplateContext
from broadcaster.letters.reading.loader import EMAIL_FRAMES, NOTICE_FRAME
from broadcaster.letters.rendering.fragments import escape_html
from broadcaster.letters.rendering.html_isolation import isolate_html_runs
from broadcaster.letters.rendering.plain_text import tidy_whitespace
from broadcaster.letters.templating.error_containment import template_position
from broadcaster.letters.templating.limits import UsageMeter
from broadcaster.letters.templating.sandbox import LetterEnvironment, PrintSite
from broadcaster.letters.templating.syntax_tree import display_expression, display_path
from broadcaster.letters.templating.template_values import RenderedText, ValueRefusedError, refuse_value
from broadcaster.letters.tracer.letter_program import template_scope
from broadcaster.letters.tracer.sentinels import Sentinels

LOGO_ID = "logo@letter.invalid"
"""The Content-ID of the logo (RFC 2392). Its domain is reserved and is never looked up."""

_HTML, _TEXT = EMAIL_FRAMES
_IMAGE_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif"}

_MAX_CACHED_FRAMES = 64
"""Files of frames whose code is cached."""

_BODY = re.compile(r"<body\b[^>]*>")
_FORMAT_DETECTION = re.compile(r"<meta\b[^>]*\bname=[\"']?format-detection\b[^>]*>", re.IGNORECASE)

_SERIALISER = css_inline.CSSInliner(inline_style_tags=False, keep_style_tags=True, load_remote_stylesheets=False)
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)


class _FramePrinter:
    """The printer of a frame: escapes values for HTML, and prints sentinels for links."""

    def __init__(self, sentinels: Sentinels, *, escape: bool, has_links: bool) -> None:
        self._sentinels = sentinels
        self._escape = escape
        self._has_links = has_links

    def value(self, value: object, site: PrintSite) -> str:
        if type(value) not in (str, int):
            refuse_value(value)
        text = str(value)
        if not text.strip():
            raise ValueRefusedError(f"{display_expression(site.node)} is empty")
        return escape_html(text) if self._escape else text

    def link(self, name: str, site: PrintSite) -> str:
        if not self._has_links:
            raise LinkMissingError(f"there is no page for links.{name}", file=display_path(site.path), line=site.line)
        return self._sentinels.link(name)

    def begin(self, part: str) -> str:
        raise ValueRefusedError(f"a frame has no block {part}")

    def fail(self, error: Exception) -> None:
        raise error

    def end(self) -> str:
        return ""


class _FrameEnvironment(LetterEnvironment):
    """Runs a frame and caches its code: each letter and language sets the same frame, and only its values differ.

    A letter's code cannot be cached so: its print sites are bound to the environment that compiled it.
    """

    _code: ClassVar[LRUCache[tuple[str | None, str, int], tuple[CodeType, list[PrintSite]]]] = LRUCache(
        _MAX_CACHED_FRAMES
    )
    _lock = Lock()

    def compile(  # type: ignore[override]  # as Jinja's loaders call it
        self, source: str, name: str | None = None, filename: str | None = None
    ) -> CodeType:
        first_site = len(self.sites)  # the code holds the numbers of its sites
        key = (name, source, first_site)
        with self._lock:
            cached = self._code.get(key)
        if cached is None:
            code = super().compile(source, name, filename)
            with self._lock:
                self._code[key] = code, self.sites[first_site:]
            return code
        code, sites = cached
        self.sites += sites
        return code


class FrameContext:
    """The values that all frames of one language of a letter can print."""

    def __init__(self, letter: Letter, language: str, context: TemplateContext, sentinels: Sentinels) -> None:
        self.sentinels = sentinels
        self.direction = writing_direction(language)
        self._sources = letter.sources
        self._links = context.links
        words = letter.words.get(language) or letter.words.get(language.partition("-")[0]) or {}
        scope = template_scope(context)
        self._scope = {
            **{name: scope[name] for name in ("organisation", "signatory", "links")},
            "language": language,
            "direction": self.direction,
            "title": letter.title,
            "words": dict(words),
            "content": RenderedText(sentinels.content),
        }

    def written(self, path: str, logo: str, *, escape: bool) -> str:
        """A frame's text with a sentinel for the body. Raises FrameError."""
        if path not in self._sources:
            raise FrameError("this frame does not exist", file=display_path(path))
        environment = _FrameEnvironment(DictLoader(dict(self._sources)), {**self._scope, "logo": logo})
        environment.meter = UsageMeter()
        environment.printer = _FramePrinter(self.sentinels, escape=escape, has_links=self._links)
        try:
            template = environment.get_template(path)
            frame = "".join(template.root_render_func(template.new_context({})))
        except BroadcasterError:
            raise
        except Exception as error:
            file, line = template_position(error.__traceback__)
            raise FrameError(f"the frame stops here: {error}", file=file or display_path(path), line=line) from error
        if frame.count(self.sentinels.content) != 1:
            raise FrameError("a frame must print {{ content }} once", file=display_path(path))
        return frame


class EmailFrames:
    """The HTML and the plain text frame of an email. Raises FrameError."""

    def __init__(self, frame_context: FrameContext, *, has_logo: bool) -> None:
        self._content = frame_context.sentinels.content
        logo = f"cid:{LOGO_ID}" if has_logo else ""
        document = _SERIALISER.inline(_mjml_to_html(frame_context.written(_HTML, logo, escape=True)))
        self.outline = isolate_html_runs(document, frame_context.direction, frame_context.sentinels, {}, whole=True)
        """The HTML frame as MJML made it, with the body's sentinel."""
        self._text = frame_context.written(_TEXT, logo, escape=False)

    def html(self, body: str, preheader: str = "") -> str:
        """The whole document around this body, styles inlined, with the hidden preheader at its start."""
        document = _INLINER.inline(self.outline.replace(self._content, body))
        return _BODY.sub(lambda tag: f"{tag[0]}{preheader}", document, count=1) if preheader else document

    def text(self, body: str) -> str:
        """The plain text around this body."""
        return tidy_whitespace(self._text.replace(self._content, body))


def notice_page(frame_context: FrameContext, body: str, logo: bytes | None) -> str:
    """The printed notice around this body. Raises FrameError."""
    source = "" if logo is None else data_url(logo)
    outline = _SERIALISER.inline(frame_context.written(NOTICE_FRAME, source, escape=True))
    outline = isolate_html_runs(outline, frame_context.direction, frame_context.sentinels, {}, whole=True)
    return _SERIALISER.inline(outline.replace(frame_context.sentinels.content, body))


def data_url(logo: bytes) -> str:
    """The logo as a data: URL (RFC 2397). Raises FrameError for an unknown image format."""
    return f"data:image/{image_kind(logo)};base64,{b64encode(logo).decode('ascii')}"


def image_kind(logo: bytes) -> str:
    """The image format: png, jpeg or gif. Raises FrameError for any other."""
    for magic, kind in _IMAGE_SIGNATURES.items():
        if logo.startswith(magic):
            return kind
    raise FrameError("the logo is not a PNG, JPEG or GIF", remedy="Save it as PNG.")


def _mjml_to_html(source: str) -> str:
    if "<mj-include" in source:
        raise FrameError("<mj-include> is refused", remedy="Use {% include %}.", file=display_path(_HTML))
    try:
        # `fonts` are those that MJML would fetch: none. Telephones detect numbers and addresses unless a `meta` tag
        # forbids it. The tag is removed, for people are to ring helplines.
        return _FORMAT_DETECTION.sub("", mjml.mjml2html(source.strip(), fonts={}))
    except ValueError as error:
        raise FrameError(f"this is not MJML: {error}", file=display_path(_HTML)) from error
