"""Pages of the desk, made of `html/desk/`."""

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined
from litestar import Response

from broadcaster.domain.problems import merge_problems
from broadcaster.web.common.pages import WEB_FOLDER, html_answer
from broadcaster.web.desk.rendering.localisation import DeskLocale

DESK_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The content security policy of the desk: its own files and nothing else, and no script or style within a page."""


def render_page(template: str, speech: DeskLocale, status: int = 200, **values: Any) -> Response[bytes]:
    """The page made of `html/desk/<template>.html`."""
    return html_answer(render_text(template, speech, **values), DESK_POLICY, status)


def render_text(template: str, speech: DeskLocale, **values: Any) -> str:
    """What a template says."""
    return _environment(speech).get_template(f"{template}.html").render(speech=speech, **values)


@cache
def _environment(speech: DeskLocale) -> Environment:
    made = Environment(
        loader=FileSystemLoader(WEB_FOLDER / "html" / "desk"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        finalize=_printable,
        auto_reload=False,
    )
    made.install_gettext_translations(speech.translations, newstyle=True)  # type: ignore[attr-defined]
    made.filters |= {
        "moment": speech.moment,
        "wall": speech.wall,
        "clock": speech.clock,
        "day": speech.day,
        "language_name": speech.language_name,
        "number": speech.number,
        "money": speech.money,
        "together": merge_problems,
        "lasting": speech.lasting,
    }
    return made


def _printable(value: object) -> object:
    """A value as a page may print it: words and numbers. Anything else has no form that is meant for people.

    Raises TypeError.
    """
    if isinstance(value, str | int | float | Undefined) and not isinstance(value, bool):
        return value
    raise TypeError(f"a page prints a {type(value).__name__} as it is")
