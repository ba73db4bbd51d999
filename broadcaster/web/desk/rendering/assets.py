"""Style sheet and scripts, shipped with the pages. Each address holds a digest of what is
there, so what it answers never changes.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.web.desk.routing.route_permissions import OPEN_TO_ALL

_FOLDER = Path(__file__).parents[2] / "static" / "desk"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FILES: Mapping[str, bytes] = MappingProxyType(
    {file.name: file.read_bytes() for file in sorted(_FOLDER.iterdir()) if file.suffix in _TYPES}
)


def asset_path(name: str) -> str:
    """The path of an asset below the desk: `static/<digest>/desk.css`."""
    return f"static/{hashlib.sha256(_FILES[name]).hexdigest()[:12]}/{name}"


@get("/static/{stamp:str}/{name:str}", opt=OPEN_TO_ALL)
async def show_asset(stamp: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """One of them, to be kept for a year."""
    del stamp
    if name not in _FILES:
        raise NotFoundException
    return Response(
        _FILES[name],
        media_type=_TYPES[Path(name).suffix],
        headers={"cache-control": "public, max-age=31536000, immutable"},
    )
