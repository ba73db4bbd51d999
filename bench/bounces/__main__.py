"""How bounces and answers of real servers are read: one table for each of four public corpora.

    .venv/bin/python -m bench.bounces [--sisimai FOLDER] [--flufl FOLDER] [--zone-mta FOLDER] [--bounceparser FOLDER]

A corpus is fetched once from its registry (pip, npm, Debian's sources), unless its folder is named. What is true of
each message is in `truth/`, by the rule in `truth/README.md`. Exit 1 where an address would be struck off wrongly,
where more than 3 % of the dead ones are missed, or where a corpus could not be had.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from bench.bounces.corpora import BOUNCE_PARSER, FLUFL, SISIMAI, UnreachableError, answers, messages
from bench.bounces.reader import read_line, read_message
from bench.bounces.truth import ALLOWED, KINDS, of_answer, table

MOST_MISSED = 0.03
THIRD = 3

Read = tuple[str, str, str, int]  # name, truth, what was read, how many of it strike the address off


def main() -> int:
    """Print the tables; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.bounces", description="How real bounces are read.")
    for name in ("sisimai", "flufl", "zone-mta", "bounceparser"):
        parser.add_argument(f"--{name}", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    bad = lacking = 0
    for corpus, folder in ((SISIMAI, given.sisimai), (FLUFL, given.flufl), (BOUNCE_PARSER, given.bounceparser)):
        try:
            found = messages(corpus, folder)
        except UnreachableError as error:
            lacking += 1
            print(f"\n{corpus.name}: not measured. {error}")
            print(f"Give it by hand: --{corpus.name} FOLDER. It is {corpus.what}")
            continue
        truth = table(corpus.name)
        bad += _report(corpus.name, [(name, truth[name], *read_message(data)) for name, data in found.items()])
    try:
        listed = answers(given.zone_mta)
    except UnreachableError as error:
        lacking += 1
        print(f"\nzone-mta: not measured. {error}")
    else:
        bad += _report("zone-mta", [(one, of_answer(one, kind), *read_line(one)) for one, kind in listed])
    if lacking:
        print(f"\n{lacking} of four were not measured.")
    return 1 if bad or lacking else 0


def _report(name: str, read: list[Read]) -> int:
    """Print one corpus's table and what is wrong in it; how many things are more than may be."""
    cells = Counter((truth, f"{found} (3)" if strikes == THIRD else found) for _, truth, found, strikes in read)
    columns = sorted({column for _, column in cells})
    print(f"\n{name}: {len(read)} read")
    print(f"{'truth':>12}", *(f"{one:>13}" for one in columns))
    for kind in KINDS:
        if any(truth == kind for truth, _ in cells):
            print(f"{kind:>12}", *(f"{cells[kind, one] or '-':>13}" for one in columns))
    wrong = [one for one in read if one[3] not in ALLOWED[one[1]]]
    dead = [one for one in read if one[1] == "dead"]
    missed = [one for one in dead if one[2] != "dead"]
    share = f"{len(missed)} of {len(dead)} ({_share(missed, dead):.1%})"
    print(f"wrong strike-offs: {len(wrong)}; dead addresses missed: {share}")
    _list("struck off wrongly", wrong)
    _list("missed", missed)
    return len(wrong) + (_share(missed, dead) > MOST_MISSED)


def _share(some: list[Read], whole: list[Read]) -> float:
    return len(some) / len(whole) if whole else 0.0


def _list(what: str, which: Iterable[Read]) -> None:
    for name, truth, found, strikes in which:
        print(f"  {what}: {name[:100]} is {truth}, read as {found}, strikes {strikes}")


if __name__ == "__main__":
    sys.exit(main())
