"""Pages made of templates: each with its words, its language, and the headers under which nothing in it can run."""

import base64
import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from litestar.datastructures import State

from broadcaster.config import Settings
from broadcaster.services.composing.recipient_page_texts import recipient_page_texts
from broadcaster.web.common import public_texts

WEB_FOLDER = Path(__file__).parents[1]

WebRequest = Request[Any, Any, State]
"""A request, as all our handlers get it."""

_STYLE = (WEB_FOLDER / "static" / "door.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode("ascii")

PAGE_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The content security policy of our own pages: the one style sheet that is in them, and forms to ourselves."""

LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox "
    "allow-top-navigation-to-custom-protocols"
)
"""That of a letter, whose styles stand in its tags: it loads nothing, runs nothing, submits nothing, and as a sandboxed
document it is of no origin, so that even what got through would reach nothing of ours.
"""


class PageRenderer:
    """Renders the templates of `html/` for one organisation. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(WEB_FOLDER / "html"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._settings = settings
        self._languages = public_texts.languages_with(recipient_page_texts(settings).values())

    def language(self, request: WebRequest, message: str = "") -> str:
        """The language in which to answer a request; `message` is that of the message that led here."""
        home = self._settings.organisation.language
        return public_texts.language_for(
            self._languages,
            request.headers.get("accept-language", ""),
            request.query_params.get("lang", ""),
            home,
            message,
        )

    def page(
        self, request: WebRequest, template: str, status: int = 200, message: str = "", **values: Any
    ) -> Response[bytes]:
        """A page of ours, from `html/<template>.html`."""
        text = self.text(template, self.language(request, message), **values)
        return html_answer(text, PAGE_POLICY, status)

    def text(self, template: str, language: str, **values: Any) -> str:
        """What a template says in a language."""
        own = self._settings.organisation
        return self._environment.get_template(f"{template}.html").render(
            language=language,
            direction=public_texts.direction(language),
            words=public_texts.texts_in_language(language),
            languages=public_texts.named_languages(self._languages),
            organisation=own.name.best_for(language, own.language),
            home=own.language,
            style=_STYLE,
            **values,
        )


def html_answer(text: str, policy: str, status: int = 200) -> Response[bytes]:
    """An HTML answer under a content security policy."""
    headers = {"content-security-policy": policy, "vary": "accept-language"}
    return Response(text.encode(), status_code=status, media_type="text/html", headers=headers)


def plain_answer(text: str, status: int) -> Response[bytes]:
    """A short answer for programs."""
    return Response(text.encode(), status_code=status, media_type="text/plain")
