"""The layouts that a letter's body is set in, made once per language: the body's place is a sentinel in them."""

import re
from base64 import b64encode
from types import CodeType
from typing import ClassVar

import css_inline
import mjml
from jinja2 import DictLoader

from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.languages import direction
from broadcaster.letters.contained import place_of
from broadcaster.letters.errors import FrameError, LinkMissingError
from broadcaster.letters.fragments import html_text
from broadcaster.letters.isolates import isolate
from broadcaster.letters.letter import Letter, Surroundings
from broadcaster.letters.limits import Meter
from broadcaster.letters.load import FRAMES, NOTICE
from broadcaster.letters.parsed import show, shown
from broadcaster.letters.plaintext import tidy
from broadcaster.letters.sandbox import LetterEnvironment, Site
from broadcaster.letters.sentinels import Marks
from broadcaster.letters.tracing import scope_of
from broadcaster.letters.values import RefusedError, Rendered, refuse

LOGO_ID = "logo@letter.invalid"
"""The Content-ID of the logo (RFC 2392); its domain is a reserved one, for it is looked up nowhere."""

_HTML, _TEXT = FRAMES
_IMAGES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif"}

_KEPT = 64
"""So many files of frames are kept as code."""

_BODY = re.compile(r"<body\b[^>]*>")
_DETECTION = re.compile(r"<meta\b[^>]*\bname=[\"']?format-detection\b[^>]*>", re.IGNORECASE)

_SERIALISER = css_inline.CSSInliner(inline_style_tags=False, keep_style_tags=True, load_remote_stylesheets=False)
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)


class _Print:
    """The printer of a frame: values are escaped for HTML as they are printed, links and the body are sentinels."""

    def __init__(self, marks: Marks, *, escape: bool, has_links: bool) -> None:
        self._marks = marks
        self._escape = escape
        self._has_links = has_links

    def value(self, value: object, site: Site) -> str:
        if type(value) not in (str, int):
            refuse(value)
        text = str(value)
        if not text.strip():
            raise RefusedError(f"{show(site.node)} is empty")
        return html_text(text) if self._escape else text

    def link(self, name: str, site: Site) -> str:
        if not self._has_links:
            raise LinkMissingError(f"there is no page for links.{name}", file=shown(site.path), line=site.line)
        return self._marks.link(name)

    def begin(self, part: str) -> str:
        raise RefusedError(f"a frame has no block {part}")

    def fail(self, error: Exception) -> None:
        raise error

    def end(self) -> str:
        return ""


class _FrameEnvironment(LetterEnvironment):
    """The code of a frame is kept: each letter, language and look sets it anew, and only its values differ.

    Not so for letters: what they print is compiled a second time, bound to their own environment.
    """

    _kept: ClassVar[dict[tuple[str | None, str, int], tuple[CodeType, list[Site]]]] = {}

    def compile(  # type: ignore[override]  # as Jinja's loaders call it
        self, source: str, name: str | None = None, filename: str | None = None
    ) -> CodeType:
        before = len(self.sites)  # the code holds the numbers of its sites
        known = self._kept.get((name, source, before))
        if known is None:
            code = super().compile(source, name, filename)
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[name, source, before] = code, self.sites[before:]
            return code
        code, sites = known
        self.sites += sites
        return code


class Setting:
    """What every frame of one language of a letter has in common."""

    def __init__(self, letter: Letter, language: str, surroundings: Surroundings, marks: Marks) -> None:
        self.marks = marks
        self.direction = direction(language)
        self._sources = letter.sources
        self._links = surroundings.links
        words = letter.words.get(language) or letter.words.get(language.partition("-")[0]) or {}
        known = scope_of(surroundings)
        self._scope = {
            **{name: known[name] for name in ("organisation", "signatory", "links")},
            "language": language,
            "direction": self.direction,
            "title": letter.title,
            "words": dict(words),
            "content": Rendered(marks.content),
        }

    def written(self, path: str, logo: str, *, escape: bool) -> str:
        """A frame with a sentinel for the body. FrameError where it cannot be written."""
        if path not in self._sources:
            raise FrameError("this frame does not exist", file=shown(path))
        environment = _FrameEnvironment(DictLoader(dict(self._sources)), {**self._scope, "logo": logo})
        environment.meter = Meter()
        environment.printer = _Print(self.marks, escape=escape, has_links=self._links)
        try:
            template = environment.get_template(path)
            frame = "".join(template.root_render_func(template.new_context({})))
        except BroadcasterError:
            raise
        except Exception as error:
            file, line = place_of(error.__traceback__)
            raise FrameError(f"the frame stops here: {error}", file=file or shown(path), line=line) from error
        if frame.count(self.marks.content) != 1:
            raise FrameError("a frame must print {{ content }} once", file=shown(path))
        return frame


class Frames:
    """The HTML and the plain text frame of an email. Raises FrameError when one cannot be used."""

    def __init__(self, setting: Setting, *, has_logo: bool) -> None:
        self._content = setting.marks.content
        logo = f"cid:{LOGO_ID}" if has_logo else ""
        document = _SERIALISER.inline(_document(setting.written(_HTML, logo, escape=True)))
        self.outline = isolate(document, setting.direction, setting.marks, {}, whole=True)
        """The HTML frame as MJML made it, with the body's sentinel."""
        self._text = setting.written(_TEXT, logo, escape=False)

    def html(self, body: str, preheader: str = "") -> str:
        """The whole document around this body, with its style rules written into its tags, begun by a hidden
        preheader."""
        document = _INLINER.inline(self.outline.replace(self._content, body))
        return _BODY.sub(lambda tag: f"{tag[0]}{preheader}", document, count=1) if preheader else document

    def text(self, body: str) -> str:
        """The plain text around this body."""
        return tidy(self._text.replace(self._content, body))


def notice_page(setting: Setting, body: str, logo: bytes | None) -> str:
    """The printed notice around this body. FrameError when its frame cannot be used."""
    source = "" if logo is None else data_url(logo)
    outline = _SERIALISER.inline(setting.written(NOTICE, source, escape=True))
    outline = isolate(outline, setting.direction, setting.marks, {}, whole=True)
    return _SERIALISER.inline(outline.replace(setting.marks.content, body))


def data_url(logo: bytes) -> str:
    """The logo as an address that holds it (RFC 2397). FrameError when it is no image that we know."""
    return f"data:image/{image_kind(logo)};base64,{b64encode(logo).decode('ascii')}"


def image_kind(logo: bytes) -> str:
    """png, jpeg or gif. FrameError when it is none of them."""
    for magic, kind in _IMAGES.items():
        if logo.startswith(magic):
            return kind
    raise FrameError("the logo is not a PNG, JPEG or GIF", remedy="Save it as PNG.")


def _document(source: str) -> str:
    if "<mj-include" in source:
        raise FrameError("<mj-include> is refused", remedy="Use {% include %}.", file=shown(_HTML))
    try:
        # `fonts` lists those that MJML would fetch from elsewhere: none.
        # A telephone finds numbers and addresses by itself, and no frame may switch that off: people are to ring them.
        return _DETECTION.sub("", mjml.mjml2html(source.strip(), fonts={}))
    except ValueError as error:
        raise FrameError(f"this is not MJML: {error}", file=shown(_HTML)) from error
