"""The layouts that a letter's body is set in, made once per language: the body's place is a sentinel in them."""

import css_inline
import mjml
from jinja2 import DictLoader

from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.languages import direction
from broadcaster.letters.errors import FrameError, LinkMissingError
from broadcaster.letters.letter import Letter, Surroundings
from broadcaster.letters.load import FRAMES
from broadcaster.letters.marks import Marks
from broadcaster.letters.meter import Meter
from broadcaster.letters.parsed import show, shown
from broadcaster.letters.pieces import html_text
from broadcaster.letters.plaintext import tidy
from broadcaster.letters.run import place_of, scope_of
from broadcaster.letters.sandbox import LetterEnvironment, Site
from broadcaster.letters.values import RefusedError, Rendered, refuse

LOGO_ID = "logo@letter.invalid"
"""The Content-ID of the logo (RFC 2392); its domain is a reserved one, for it is looked up nowhere."""

_HTML, _TEXT = FRAMES
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


class Frames:
    """The HTML and the plain text frame of one language. Raises FrameError when one cannot be used."""

    def __init__(self, letter: Letter, language: str, surroundings: Surroundings, marks: Marks, has_logo: bool) -> None:
        self._marks = marks
        self._sources = letter.sources
        self._links = surroundings.links
        words = letter.words.get(language) or letter.words.get(language.partition("-")[0]) or {}
        known = scope_of(surroundings)
        self._scope = {
            **{name: known[name] for name in ("organisation", "signatory", "links")},
            "language": language,
            "direction": direction(language),
            "title": letter.title,
            "words": dict(words),
            "logo": f"cid:{LOGO_ID}" if has_logo else "",
            "content": Rendered(marks.content),
        }
        #: The HTML frame as MJML made it, with the body's sentinel.
        self.outline = self._document(self._written(_HTML, escape=True))
        self._text = self._written(_TEXT, escape=False)
        for path, frame in ((_HTML, self.outline), (_TEXT, self._text)):
            if frame.count(marks.content) != 1:
                raise FrameError("a frame must print {{ content }} once", file=shown(path))

    def html(self, body: str) -> str:
        """The whole document around this body, with its style rules written into its tags."""
        return _INLINER.inline(self.outline.replace(self._marks.content, body))

    def text(self, body: str) -> str:
        """The plain text around this body."""
        return tidy(self._text.replace(self._marks.content, body))

    def _written(self, path: str, *, escape: bool) -> str:
        environment = LetterEnvironment(DictLoader(dict(self._sources)), self._scope)
        environment.meter = Meter()
        environment.printer = _Print(self._marks, escape=escape, has_links=self._links)
        try:
            template = environment.get_template(path)
            return "".join(template.root_render_func(template.new_context({})))
        except BroadcasterError:
            raise
        except Exception as error:
            file, line = place_of(error.__traceback__)
            raise FrameError(f"the frame stops here: {error}", file=file or shown(path), line=line) from error

    def _document(self, source: str) -> str:
        if "<mj-include" in source:
            raise FrameError("<mj-include> is refused", remedy="Use {% include %}.", file=shown(_HTML))
        try:
            # `fonts` lists those that MJML would fetch from elsewhere: none.
            return mjml.mjml2html(source.strip(), fonts={})
        except ValueError as error:
            raise FrameError(f"this is not MJML: {error}", file=shown(_HTML)) from error
