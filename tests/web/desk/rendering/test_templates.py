"""What a page may print: words and numbers, and nothing in the form that Python has for it."""

from datetime import time

import pytest

from broadcaster.domain.local_time.quiet_hours import QuietHours
from broadcaster.web.desk.rendering import templates
from broadcaster.web.desk.rendering.localisation import DeskLocale


@pytest.mark.parametrize("value", [QuietHours(time(21), time(8)), time(21), None, True, [1], {"a": 1}, object()])
def test_what_has_no_words_for_people_is_refused(value: object) -> None:
    shown = templates._environment(DeskLocale("en", "UTC")).from_string("<dd>{{ value }}</dd>")
    with pytest.raises(TypeError, match="as it is"):
        shown.render(value=value)
    assert shown.render(value="21:00 & 8") == "<dd>21:00 &amp; 8</dd>"
    assert shown.render(value=3) == "<dd>3</dd>"
