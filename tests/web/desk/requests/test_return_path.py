"""Where the desk sends people back to: whatever stands in `next`, a browser stays at the desk."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.web.desk.requests.return_path import safe_return_path

HOMES = ("/desk", "/letters/desk")

SIGNS = r"/ // /// \ /\ %2f %5c %2e%2e %2E. .. . @ : :80 ? # ?next= x=1&y=2"
WORDS = "desk /desk /letters/desk campaigns evil.example //evil.example https: http:// javascript: é \u3002 \uff0f"
PIECES = st.sampled_from([*SIGNS.split(), *WORDS.split(), "\t", "\n", "\r", "\0", " ", "\x7f"])
ANYTHING = st.text(max_size=20) | st.lists(PIECES, max_size=8).map("".join)


def followed(location: str) -> str | None:
    """The path that a browser asks our host for (WHATWG URL Standard, 4.4); None where it goes to another one."""
    plain = re.sub("[\t\n\r]", "", location.strip("".join(map(chr, range(0x21))))).replace("\\", "/")
    if plain.startswith("//") or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", plain):
        return None
    path: list[str] = []
    for step in re.split(r"[?#]", plain)[0].split("/"):
        if unquote(step) == "..":
            path = path[:-1]
        elif unquote(step) != ".":
            path.append(step)
    return "/".join(path)


@given(st.sampled_from(HOMES), ANYTHING)
def test_a_browser_stays_at_the_desk(home: str, wanted: str) -> None:
    for asked in (wanted, home + wanted, f"{home}/{wanted}", f"//{wanted}{home}", f"///{home}"):
        where = safe_return_path(home, asked)
        path = followed(where)
        assert path is not None
        assert path == home or path.startswith(f"{home}/")
        assert where in (home, asked)
        assert where.isascii() and where.isprintable()


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize(
    "below", ["", "/campaigns/spring-2026", "/letters/new?title=A%20day&x=//y", "/audit?by=amina@"]
)
def test_a_page_of_the_desk_is_kept(home: str, below: str) -> None:
    assert safe_return_path(home, home + below) == home + below


ELSEWHERE = r"///desk //desk ////desk/x /\desk /desk/%5c..%5cu /deskx https:/desk desk /desk/%2e%2e/u /desk/./../u"


@pytest.mark.parametrize(
    "wanted",
    [
        *ELSEWHERE.split(),
        "",
        "/\t/desk",
        "/desk\n/..//evil.example",
        "https://evil.example/desk",
        "javascript:alert(1)",
    ],
)
def test_everything_else_leads_to_the_first_page(wanted: str) -> None:
    assert safe_return_path("/desk", wanted) == "/desk"
