"""Reading files below `templates/`, and nothing outside of it."""

import re
from pathlib import Path

from broadcaster.domain.problems import Problem
from broadcaster.letters.templating.syntax_tree import did_you_mean, display_path

MAX_BYTES = 200_000
"""A letter of four pages has ten thousand bytes."""

_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}"
_PATH = re.compile(rf"{_NAME}(?:/{_NAME}){{0,5}}", re.ASCII)
_LETTER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", re.ASCII)
_NAME_REMEDY = "Use letters, digits, - and _ in names, and only files below templates/."

# C0 controls but tab and line ends, and the bidirectional controls: nobody sees them, and they turn text around.
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def is_letter_name(name: str) -> bool:
    """Whether this can be the name of a letter: one plain folder name."""
    return _LETTER.fullmatch(name) is not None


def letter_missing_problem(templates: Path, name: str) -> Problem:
    """That there is no letter of this name, and which there are."""
    known = letter_names(templates)
    return Problem.error(
        "unknown-letter",
        f"there is no letter {name[:100]!r} in templates/",
        f"Letters are folders in templates/: {', '.join(known) or 'there are none yet'}."
        f"{did_you_mean(name[:100], known)}",
    )


def letter_names(templates: Path) -> list[str]:
    """The letters of a project, by name."""
    try:
        folders = sorted(path.name for path in templates.iterdir() if path.is_dir())
    except OSError:
        return []
    return [folder for folder in folders if is_letter_name(folder)]


def read_file(templates: Path, path: str, said_in: tuple[str, int] | None = None) -> str | Problem:
    """The text of `templates/<path>` with \\n line ends, or what is wrong with it.

    `said_in` is the file and line that name it, if another file does. A name that leaves the folder, by itself or
    through a symbolic link, is refused.
    """
    text = read_as_written(templates, path, said_in)
    if isinstance(text, str) and (bad := _HIDDEN.search(text)):
        return Problem.error(
            "control-character",
            f"an invisible control character (U+{ord(bad[0]):04X}) stands here",
            "Delete it; typing the line anew is the surest way. Text of both directions is set right by itself.",
            file=display_path(path),
            line=text.count("\n", 0, bad.start()) + 1,
        )
    return text


def read_as_written(templates: Path, path: str, said_in: tuple[str, int] | None = None) -> str | Problem:
    """The same with whatever invisible characters are in it, for an editor in which they can be deleted."""
    target = find_file(templates, path, said_in)
    if isinstance(target, Problem):
        return target
    try:
        with target.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        file, line = said_in or (display_path(path), None)
        return _unreadable(path, error, file, line)
    return _decoded_text(raw, display_path(path))


def find_file(templates: Path, path: str, said_in: tuple[str, int] | None = None) -> Path | Problem:
    """Where `templates/<path>` is or would be, or that this name leaves the folder."""
    file, line = said_in or (display_path(path), None)
    if not _PATH.fullmatch(path) or ".." in path:
        return Problem.error(
            "file-name", f"{path[:100]!r} is no name of a file in templates/", _NAME_REMEDY, file=file, line=line
        )
    target = templates / path
    try:
        if not target.resolve().is_relative_to(templates.resolve()):
            return Problem.error(
                "file-name", f"{path} leads out of templates/", "Copy the file into templates/.", file=file, line=line
            )
    except (OSError, RuntimeError, ValueError) as error:
        return _unreadable(path, error, file, line)
    return target


def _unreadable(path: str, error: Exception, file: str, line: int | None) -> Problem:
    if isinstance(error, FileNotFoundError):
        remedy = "Create it, or mend the name where it is used."
        return Problem.error("file-missing", f"templates/{path} does not exist", remedy, file=file, line=line)
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "its name cannot be used"
    return Problem.error(
        "file-unreadable",
        f"templates/{path} cannot be read: {reason}",
        "Look at its permissions.",
        file=file,
        line=line,
    )


def _decoded_text(raw: bytes, file: str) -> str | Problem:
    if len(raw) > MAX_BYTES:
        return Problem.error(
            "letter-too-large",
            f"this file is larger than {MAX_BYTES:,} bytes",
            "Check that it is the right file.",
            file=file,
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Problem.error(
            "not-utf-8",
            "this file is not UTF-8 text",
            "Save the file as UTF-8 (in the editor: Save As, Encoding: UTF-8).",
            file=file,
            line=raw.count(b"\n", 0, error.start) + 1,
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")
