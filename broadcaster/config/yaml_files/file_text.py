"""The text of a file that people write: UTF-8, of a sane size, without control characters, or one clear problem."""

import re
from pathlib import Path

from broadcaster.domain.problems import Problem

MAX_BYTES = 1_000_000
"""The largest config.yaml we can imagine has a few hundred lines; more is a wrong file under the right name."""

# What YAML 1.2 section 5.1 calls printable, turned round. Surrogates cannot come out of UTF-8.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_file_text(path: Path, file: str) -> tuple[str, Problem | None]:
    """The text of the file, or why it cannot be had. `file` is the name to use in the problem."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        return "", _unreadable_problem(error, file)
    if len(raw) > MAX_BYTES:
        message = f"this file is larger than {MAX_BYTES:,} bytes"
        return "", Problem.error("file-too-large", message, "Check that it is the right file.", file=file)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        remedy = "Save the file as UTF-8 (in the editor: Save As, Encoding: UTF-8)."
        line = raw.count(b"\n", 0, error.start) + 1
        return "", Problem.error("not-utf-8", "this file is not UTF-8 text", remedy, file=file, line=line)
    if bad := _UNPRINTABLE.search(text):
        message = f"an invisible control character (U+{ord(bad[0]):04X}) stands here"
        remedy = "Delete it; typing the line anew is the surest way."
        line = text.count("\n", 0, bad.start()) + 1
        return "", Problem.error("control-character", message, remedy, file=file, line=line)
    return text, None


def _unreadable_problem(error: OSError | ValueError, file: str) -> Problem:
    if isinstance(error, FileNotFoundError):
        remedy = "Create it, or mend the name where it is used."
        return Problem.error("file-missing", "this file does not exist", remedy, file=file)
    if isinstance(error, IsADirectoryError):
        message, remedy = "this is a folder, not a file", "Put a file in its place."
    elif isinstance(error, PermissionError):
        message, remedy = "this file may not be read", "Give the account that runs broadcaster read access to it."
    else:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "its name cannot be used"
        message, remedy = f"this file cannot be read: {reason}", "Look at the disk and at the file's name."
    return Problem.error("file-unreadable", message, remedy, file=file)
