"""How long a roster takes: first check, unchanged again, beside the bare libraries, in one run.

    python bench/roster.py [rows]          (100,000 unless given)

Every row has its own address, nearly half of them a number as well: UK drama numbers in the ways people write them, and
the North American 555-01xx once those are used up. CPU seconds are what counts; the wall clock stands beside them.
"""

import csv
import gc
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import phonenumbers
from email_validator import validate_email

from broadcaster.audiences.description.audience import Audience, load_audience
from broadcaster.audiences.model.defaults import Defaults
from broadcaster.audiences.model.recipient import Recipient
from broadcaster.audiences.rosters.fingerprints import RosterFingerprint
from broadcaster.audiences.rosters.roster_reader import read_roster
from broadcaster.cache import RowCache
from broadcaster.keys import Keyring

KEY = b"bench" * 8
UK_DRAMA = ["+44 7700 900", "01632 960", "020 7946 0", "0808 157 0", *(f"011{town} 496 0" for town in range(3, 9))]
UK_DRAMA += [f"01{town}1 496 0" for town in range(2, 7)]
FIRST_NAMES = ["Amina", "José", "Oluwaseun", "যূথিকা", "Miriam", "محمد", "Wei", "Siân"]


def numbers() -> Iterator[str]:
    """Numbers that nobody has, each once, then none."""
    for start in UK_DRAMA:
        yield from (f"{start}{number:03d}" for number in range(1000))
    areas = [code for code in range(201, 990) if phonenumbers.is_valid_number(phonenumbers.parse(f"+1{code}5550100"))]
    for area in areas:
        yield from (f"+1 {area} 555 01{number:02d}" for number in range(100))


def write(folder: Path, count: int) -> Audience:
    (folder / "bench.yaml").write_text("name: Bench\npurpose: Measuring\nlawful_basis: {article_6: none needed}\n")
    phones = numbers()
    with (folder / "bench.csv").open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["name", "email", "phone", "language", "channel", "timezone", "borough"])
        for i in range(count):
            phone = next(phones, "") if i % 2 else ""
            name = f"{FIRST_NAMES[i % 8]} Example {i}"
            address = f"person.{i}@{('mail', 'post', 'www')[i % 3]}{i % 900}.example.org"
            rows.writerow(
                [name, address, phone, ("en", "ar", "bn", "")[i % 4], "", "Europe/London", f"Borough {i % 33}"]
            )
    return load_audience(folder, "bench", Defaults("en", "Europe/London", "GB"))


def timed(what: str, work: Callable[[], object]) -> float:
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{what:<52} {cpu:7.2f} s CPU {wall:7.2f} s wall   {result}")
    return cpu


def check(audience: Audience, cache: RowCache) -> str:
    mark, kept, reported = RosterFingerprint(KEY), 0, 0
    with cache.opened() as seen:
        for found in read_roster(audience, mark_key=KEY, seen=seen):
            if isinstance(found, Recipient):
                mark.add(found.mark)
                kept += 1
            else:
                reported += 1
    return f"{kept:,} kept, {reported:,} problems, mark {mark.hex()[:8]}"


def bare_libraries(path: Path) -> str:
    emails = numbers = 0
    with path.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            validate_email(row["email"], check_deliverability=False, test_environment=True)
            emails += 1
            if row["phone"]:
                number = phonenumbers.parse(row["phone"], "GB")
                phonenumbers.is_valid_number(number)
                phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
                numbers += 1
    return f"{emails:,} addresses, {numbers:,} numbers"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        audience = write(folder, count)
        cache = RowCache(folder / "cache", Keyring(b"k" * 32))
        print(f"{count:,} rows")
        first = timed("first check", lambda: check(audience, cache))
        again = timed("unchanged, again", lambda: check(audience, cache))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        bare = timed("email-validator and phonenumbers alone", lambda: bare_libraries(audience.roster))
        print(
            f"first check {first / bare:.2f} of the bare libraries, again {again / bare:.2f}; peak memory {peak:.0f} MB"
        )


if __name__ == "__main__":
    main()
