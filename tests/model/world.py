"""A small project with three campaigns, and what people do to its files: the model's own idea of what stands there.

`once` has one time, `each` recurs and is approved each time, `rule` recurs and is approved until a date. Two of them
share an audience. Each has a letter of its own, whose subject says which letter it is, in which version.
"""

import csv
import shutil
from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.local_time import walltime
from tests import projects

ZONE = "Europe/London"
START = datetime(2027, 3, 26, 20, 3, 20, tzinfo=UTC)
"""An evening on which London has UTC's time; the clocks go forward in the night to the 28th."""

SPRING, AUTUMN = datetime(2027, 3, 28, 0, 50, tzinfo=UTC), datetime(2027, 10, 31, 0, 20, tzinfo=UTC)
"""Shortly before London's clocks change."""

ONCE, EACH, RULE, RENAMED = "once", "each", "rule", "renamed"
CAMPAIGNS = (ONCE, EACH, RULE)
AUDIENCES = ("neighbours", "visitors")
LETTER_OF = {ONCE: "once-letter", EACH: "each-letter", RULE: "rule-letter"}

WHENS = ("2027-03-27 09:00", "2027-03-28 01:30", "2027-03-29 12:00", "2027-10-31 01:30")
CRONS = ("30 1 * * *", "0 9 * * *")

BROKEN, POISON = "broken", "poison"
"""A letter with a mistake that is found and told; one that makes our own code fail in a way that nobody foresaw."""

Row = tuple[int, str]
"""A person by number, and what else stands on the row."""


def blocks() -> dict[str, dict[str, Any]]:
    """What config.yaml says of the campaigns to begin with."""
    return {
        ONCE: {"letter": LETTER_OF[ONCE], "audience": "neighbours", "channel": "email", "when": WHENS[0]},
        EACH: {
            "letter": LETTER_OF[EACH],
            "audience": "neighbours",
            "channel": "email",
            "every": {"cron": CRONS[0], "until": "2028-12-31"},
            "if_unsure": "resend",
        },
        RULE: {
            "letter": LETTER_OF[RULE],
            "audience": "visitors",
            "channel": "email",
            "every": {"cron": CRONS[1], "until": "2028-12-31"},
            "approval": {"until": "2027-12-31", "at_most": "4"},
            "if_late": "skip",
        },
    }


ROSTERS: dict[str, list[Row]] = {"neighbours": [(0, ""), (1, "")], "visitors": [(1, ""), (2, "")]}

_MADE: list[TemporaryDirectory[str]] = []
"""The project that every new one is a copy of, for making one takes a second."""


def address(number: int) -> str:
    return f"person{number}@example.org"


@dataclass(frozen=True)
class Signed:
    """What a submission was for, apart from its time: what an approval must still find, or be void.

    `rows` is None where a rule is approved, whoever is on the roster.
    """

    letter: str
    block: str
    rows: tuple[Row, ...] | None


@dataclass
class World:
    """The project's files as the model knows them."""

    folder: Path
    campaigns: dict[str, dict[str, Any]] = field(default_factory=blocks)
    away: dict[str, dict[str, Any]] = field(default_factory=dict)
    letters: dict[str, str] = field(default_factory=lambda: dict.fromkeys(LETTER_OF.values(), "1"))
    sound: dict[str, str] = field(default_factory=lambda: dict.fromkeys(LETTER_OF.values(), "1"))
    rosters: dict[str, list[Row]] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    barred: set[int] = field(default_factory=set)
    perhaps_barred: set[int] = field(default_factory=set)
    """Those whose barring was begun and not brought to its end."""

    @classmethod
    def make(cls, folder: Path) -> "World":
        """A new project in `folder`, with an empty ledger."""
        if not _MADE:
            _MADE.append(TemporaryDirectory(prefix="model"))
            made = cls(Path(_MADE[0].name) / "project")
            made._make()
            with open_project(made.folder, {}):
                pass
        shutil.copytree(Path(_MADE[0].name) / "project", folder)
        world = cls(folder)
        world.rosters = {name: list(rows) for name, rows in ROSTERS.items()}
        return world

    def _make(self) -> None:
        folder, world = self.folder, self
        projects.make_project(folder, 0, campaigns={projects.CAMPAIGN: None, **world.campaigns})
        for name in world.letters:
            world.write_letter(name, "1")
        for name, rows in ROSTERS.items():
            world.write_roster(name, rows)
            described = folder / "audiences" / f"{projects.AUDIENCE}.yaml"
            text = described.read_text().replace(f"{projects.AUDIENCE}.csv", f"{name}.csv")
            (folder / "audiences" / f"{name}.yaml").write_text(text)

    def write_config(self) -> None:
        projects.write_settings(self.folder, campaigns={projects.CAMPAIGN: None, **self.campaigns})

    def take_out(self, name: str) -> None:
        """One is left, for config.yaml has to have something to say."""
        if name not in self.campaigns or len(self.campaigns) == 1:
            return
        self.away[name] = self.campaigns.pop(name)
        self.write_config()

    def put_back(self, name: str) -> None:
        self.campaigns[name] = self.away.pop(name)
        self.write_config()

    def rename(self, name: str) -> None:
        """The same campaign under another name, and none under its own."""
        if name not in self.campaigns or RENAMED in self.campaigns:
            return
        self.campaigns = {RENAMED if one == name else one: block for one, block in self.campaigns.items()}
        self.away[name] = deepcopy(self.campaigns[RENAMED])  # no two blocks share one, or YAML has aliases
        self.write_config()

    def move(self, name: str, when: str, cron: str) -> None:
        """Another time, or another rule of times."""
        if (block := self.campaigns.get(name)) is None:
            return
        changes = {"when": when} if "when" in block else {"every": block["every"] | {"cron": cron}}
        self.campaigns[name] = block | changes
        self.write_config()

    def write_letter(self, name: str, version: str) -> None:
        self.letters[name] = version
        if version not in (BROKEN, POISON):
            self.sound[name] = version
        said = {BROKEN: "{{ recipient.nothing }}", POISON: "{{ " + "9" * 5_000 + " }}"}.get(version, "all is well.")
        text = (
            f"{{% block subject %}}{name} {version}{{% endblock %}}\n"
            f"{{% block body %}}\nDear {{{{ recipient.name }}}},\n\n{said}\n{{% endblock %}}\n"
        )
        place = self.folder / "templates" / name
        if not place.exists():
            place.mkdir()
            declared = {"title": f"The {name}", "kind": "public-task", "signatory": "officer", "fallback": "en"}
            projects.write_yaml(place / "letter.yaml", declared)
        (place / "en.md").write_text(text, encoding="utf-8")

    def write_roster(self, name: str, rows: list[Row]) -> None:
        self.unreadable.discard(name)
        self.rosters[name] = rows
        path = self.folder / "audiences" / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(["name", "email", "borough"])
            out.writerows([f"Person {number}", address(number), more or "Ashmere"] for number, more in rows)

    def put_on_roster(self, name: str, row: Row) -> None:
        self.write_roster(name, [*(one for one in self.rosters[name] if one[0] != row[0]), row])

    def take_off_roster(self, name: str, number: int) -> None:
        self.write_roster(name, [one for one in self.rosters[name] if one[0] != number])

    def spoil_roster(self, name: str) -> None:
        """A file that is no roster."""
        self.unreadable.add(name)
        (self.folder / "audiences" / f"{name}.csv").write_text("nothing,of,use\n1,2,3\n")

    def read_roster_again(self, name: str) -> list[Row]:
        """What an erasure left of it; answers with the rows that are gone."""
        if name in self.unreadable:
            return []
        with (self.folder / "audiences" / f"{name}.csv").open(encoding="utf-8") as file:
            left = {row["email"] for row in csv.DictReader(file)}
        gone = [row for row in self.rosters[name] if address(row[0]) not in left]
        self.rosters[name] = [row for row in self.rosters[name] if address(row[0]) in left]
        return gone

    def roster_digest(self, name: str) -> str:
        return sha256((self.folder / "audiences" / f"{name}.csv").read_bytes()).hexdigest()

    def letter_digest(self, name: str) -> str:
        return sha256((self.folder / "templates" / name / "en.md").read_bytes()).hexdigest()

    def block_of(self, campaign: str) -> dict[str, Any]:
        """What config.yaml says of a campaign, or said of it last."""
        return self.campaigns.get(campaign) or self.away.get(campaign) or self.campaigns[RENAMED]

    def is_broken(self, campaign: str) -> bool:
        """Whether letter or roster of a campaign cannot be used."""
        block = self.block_of(campaign)
        return self.letters[str(block["letter"])] in (BROKEN, POISON) or str(block["audience"]) in self.unreadable

    def signed(self, campaign: str, *, rule: bool) -> Signed | None:
        """What would be signed of a campaign as it stands; None where nothing can be."""
        if campaign not in self.campaigns:
            return None
        block = self.campaigns[campaign]
        letter, audience = str(block["letter"]), str(block["audience"])
        if self.is_broken(campaign):
            return None
        terms = {
            key: value for key, value in block.items() if key != "when" and (rule or key not in ("every", "approval"))
        }
        rows = None if rule else tuple(sorted(self.rosters[audience]))
        return Signed(self.letters[letter], repr(sorted(terms.items())), rows)

    def has_time(self, campaign: str, wall: datetime) -> bool:
        """Whether config.yaml has this time of a campaign as it stands."""
        block = self.campaigns.get(campaign)
        if block is None:
            return False
        if "when" in block:
            return walltime.parse(str(block["when"])) == wall
        minute, hour, *_ = str(block["every"]["cron"]).split()
        return (wall.hour, wall.minute) == (int(hour), int(minute))

    def rule_times(self, campaign: str, after: datetime, until: datetime) -> list[datetime]:
        """The wall times of a recurring campaign whose instants lie in (after, until]."""
        minute, hour, *_ = str(self.campaigns[campaign]["every"]["cron"]).split()
        day = walltime.local(after, ZONE).replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
        found = []
        while (due := walltime.instant(day, ZONE)) <= until:
            if due > after:
                found.append(day)
            day += timedelta(days=1)
        return found


def same_but_for_erased(signed: Signed, present: Signed | None, erased: Mapping[Row, int]) -> bool:
    """Whether what was signed still stands: whoever is missing was erased since, and nobody is new."""
    if present is None or (signed.letter, signed.block) != (present.letter, present.block):
        return False
    if signed.rows is None or present.rows is None:
        return signed.rows is present.rows
    then, present_rows = Counter(signed.rows), Counter(present.rows)
    return present_rows <= then and then - present_rows <= Counter(erased)
