"""Where somebody is sent back to who asked for a page: a path of the desk, and nowhere else."""

import re
from urllib.parse import unquote

_PATH = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*")
"""What may stand in path and query (RFC 3986, section 3.3 and 3.4): no control character, which browsers drop before
they read an address, and no backslash, which they take for a slash.
"""


def safe_return_path(home: str, wanted: str) -> str:
    """`wanted` where it is `home`, the path of the desk, or a page below it; `home` for anything else.

    A browser takes what begins with two slashes for another host, whatever number of them there are, and leaves folders
    by `..`, also when the dots are percent-encoded (WHATWG URL Standard).
    """
    path, _, _ = wanted.partition("?")
    below = path == home or path.startswith(f"{home}/")
    climbs = {".", ".."} & set(re.split(r"[/\\]", unquote(path)))
    return wanted if below and not climbs and _PATH.fullmatch(wanted) else home
