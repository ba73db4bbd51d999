"""Where a send is killed: at every statement and answer of its first moments, at early and late bytes, at each seam."""

import random
from collections.abc import Iterable, Iterator, Sequence

from tests.survival.sender import Point

# What happens before anybody is written to: start, recovery, release. A kill here leaves everything to be done again.
RELEASE = ("registered", "rows-begin", "rows-written", "recover-begins", "recover-written")

ROUND = (
    "claim-begins",
    "claim-written",
    "claim-committed",
    "filled",
    "handed-over",
    "record-begins",
    "record-written",
    "record-committed",
)
"""What happens once with each batch."""

EVIDENCE = ("settle-written", "file-written", "file-named", "synced")
"""What happens only with the outbox."""


def release_points() -> list[Point]:
    """Until the release is committed."""
    seams = [Point(seam, at) for seam in RELEASE for at in (1, 2, 3) if seam.startswith("rows") or at == 1]
    statements = [Point("statement", at) for at in range(1, 61)]
    commits = [Point(seam, at) for seam in ("commit-begins", "commit-done") for at in range(1, 10)]
    return [*seams, *statements, *commits]


def half_made_points() -> list[Point]:
    """Twenty moments, most of them between the first row of a release and the word that lets it go."""
    return [
        *(Point("rows-begin", at) for at in (1, 2)),
        *(Point("rows-written", at) for at in (1, 2)),
        *(Point("commit-begins", at) for at in range(1, 9)),
        *(Point("commit-done", at) for at in range(1, 9)),
    ]


def sending_points() -> list[Point]:
    """While it is being sent."""
    return [
        *(Point(seam, at) for seam in ROUND for at in (1, 2, 3, 4)),
        *(Point("statement", at) for at in range(1, 61)),
        *(Point("byte", at) for at in _geometric(1, 150_000, 60)),
        *(Point("heard", at) for at in range(1, 31)),
        *(Point("answer", at) for at in range(1, 121, 3)),
        *(Point(seam, at) for seam in ("commit-begins", "commit-done") for at in range(1, 13)),
        *(Point("recover-written", 1) for _ in range(3)),
    ]


def request_points() -> list[Point]:
    """While it is being sent by requests over HTTP, each the word of many or of one."""
    return [
        *(Point(seam, at) for seam in ROUND for at in range(1, 9)),
        *(Point(seam, at) for seam in ("asked", "answered") for at in range(1, 26)),
        *(Point("statement", at) for at in range(1, 91, 2)),
        *(Point("byte", at) for at in _geometric(1, 400_000, 80)),
        *(Point(seam, at) for seam in ("commit-begins", "commit-done") for at in range(1, 31)),
        *(Point("recover-written", 1) for _ in range(3)),
    ]


def text_points() -> list[Point]:
    """While it is being sent by one request for each text, many under way at once."""
    return [
        *(Point(seam, at) for seam in ROUND for at in range(1, 9)),
        *(Point("asked", at) for at in range(1, 301, 3)),
        *(Point("answered", at) for at in range(1, 301, 3)),
        *(Point("statement", at) for at in range(1, 91, 3)),
        *(Point(seam, at) for seam in ("commit-begins", "commit-done") for at in range(1, 16)),
        *(Point("recover-written", 1) for _ in range(3)),
    ]


def outbox_points() -> list[Point]:
    """While it is being sent to the outbox, where there is evidence for everything."""
    return [
        *(Point(seam, at) for seam in (*ROUND, *EVIDENCE) for at in (1, 2, 40)),
        *(Point("file-named", at) for at in range(3, 33, 3)),
        *(Point("synced", at) for at in range(2, 60, 5)),
        *(Point("statement", at) for at in range(1, 60, 3)),
        *(Point("commit-begins", at) for at in range(1, 9)),
    ]


def mixed(points: Iterable[Point], seed: int) -> list[Point]:
    """The same in an order that is the same each time and puts each kind everywhere in the send."""
    shuffled = list(points)
    random.Random(seed).shuffle(shuffled)
    return shuffled


def some(points: Sequence[Point], count: int) -> list[Point]:
    """Evenly spread over the list."""
    return [points[at * len(points) // count] for at in range(min(count, len(points)))]


def _geometric(first: int, last: int, count: int) -> Iterator[int]:
    for step in range(count):
        yield round(first * (last / first) ** (step / (count - 1)))
