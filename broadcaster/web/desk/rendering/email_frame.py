"""Emails shown inside a page of the desk: served apart, under a policy by which nothing in them runs or loads."""

import re
from typing import Any

from litestar import Response

from broadcaster.web.common.pages import LETTER_POLICY, html_answer

_FRAME = (
    LETTER_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'").partition("; sandbox")[0] + "; sandbox"
)
"""The door's policy for letters, for our own pages to frame, and with no way out: links lead nowhere."""

_STYLE = re.compile(r"<style\b[^>]*>.*?</style>", re.IGNORECASE | re.DOTALL)
_DARK = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)")
_LINK = re.compile(r"(<a\b[^>]*?)\shref=(?:\"[^\"]*\"|'[^']*')", re.IGNORECASE)


def email_frame_answer(page: str, *, dark: bool = False) -> Response[Any]:
    """A letter for a frame, as a mail program shows it by day, or by night whatever the reader's own screen does.

    Its links keep their look and lose their goal, so that nobody unsubscribes a person by looking at their letter.
    """
    night = "(min-width: 0)" if dark else "(max-width: 0)"
    shown = _STYLE.sub(lambda style: _DARK.sub(night, style[0]), page)
    answer = html_answer(_LINK.sub(r'\1 href="#"', shown), _FRAME)
    answer.headers["x-frame-options"] = "SAMEORIGIN"
    return answer
