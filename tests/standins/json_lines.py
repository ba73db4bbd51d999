"""What a stand-in has taken, as lines of JSON in a file that another process may read meanwhile."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class JsonLines:
    """An append-only file of JSON documents, one on each line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, *documents: Mapping[str, object]) -> None:
        """Append one line for each document, all with one call: after a kill they are all there or none is."""
        os.write(self._file, "".join(json.dumps(one) + "\n" for one in documents).encode())

    def close(self) -> None:
        os.close(self._file)


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """The documents written so far.

    A write of more than a page is seen piece by piece, so the text after the last line end is not a line yet.
    """
    whole, _, _ = path.read_text().rpartition("\n")
    return [json.loads(line) for line in whole.splitlines()]
