"""Reading a letter's folder, and everything wrong with it at once."""

from pathlib import Path

from broadcaster.letters.letter import Letter


def load_letter(templates: Path, name: str) -> Letter:
    """Read `templates/<name>/`, what it includes and the frames.

    Raises ProblemsFoundError with every problem of all its files, each with file and line.
    """
    raise NotImplementedError
