"""What was asked for so far, and what must be so because of it: the model's own accounting, made of its history alone.

Each check has a name, so that a fault can be told from another.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from broadcaster.domain.local_time import walltime
from tests.model.actions import Key, Told
from tests.model.facts import ApprovalRow, BroadcastRow, Facts, OccurrenceRow
from tests.model.post import Post, Taken
from tests.model.world import Row, Signed, World, address, same_but_for_erased

SUBMITTED, APPROVED, REJECTED, VOID = "submitted", "approved", "rejected", "void"
PLANNED, WAITING, RELEASED, SKIPPED = "planned", "waiting", "released", "skipped"
GOES_OUT, WAITS, ON_ITS_WAY, UNKNOWN = "goes-out", "waits", "on-its-way", "unknown"
_SAID_OF = {
    "releasing": ON_ITS_WAY,
    "sending": ON_ITS_WAY,
    "paused": ON_ITS_WAY,
    "finished": "out",
    "cancelled": "cancelled",
}
CHANGED, CALLED_OFF, ANEW = "changed-since", "called off by", "submitted anew"
A_STEP = timedelta(minutes=1)
"""How long a step may take. The services' clock goes on meanwhile; `now` is when the step began."""

GRACE = timedelta(minutes=30)


class FaultError(AssertionError):
    """Something that must hold does not; `check` is the name of what."""

    def __init__(self, check: str, text: str) -> None:
        super().__init__(f"{check}: {text}")
        self.check = check


@dataclass
class Asked:
    """One submission, and what became of it as far as the model knows."""

    id: str
    campaign: str
    wall: datetime | None
    at_once: bool
    digest: str
    signed: Signed
    letter_file: str
    roster_file: str
    """Digests of the two files, which are looked at before anybody reads what is in them; "" where a rule is asked for,
    whoever is on the roster."""
    state: str = SUBMITTED
    erased: Counter[Row] = field(default_factory=Counter)
    approved_at: datetime | None = None
    was_approved: bool = False
    ended: str = ""
    """Why nothing of it may go out from then on: it was called off, or turned down."""
    unclear: bool = False
    """Somebody died while they erased one of its people, and whether it still stands is left open."""
    before: frozenset[str] = frozenset()
    """The broadcasts that there were of it when it ended."""
    refused: bool = False
    """Somebody wanted to call it off and heard that there was nothing to call off."""

    @property
    def name(self) -> str:
        return f"{self.campaign} of {walltime.key(self.wall) if self.wall else 'its rule'}"


@dataclass
class Out:
    """A broadcast when it was first seen whole: who was on the roster, who has been barred or erased since."""

    rows: list[Row]
    exempt: set[int] = field(default_factory=set)
    cancelled: bool = False
    resent: set[str] = field(default_factory=set)
    """Deliveries that somebody, or the campaign, had sent once more: they may have arrived twice."""


class History:
    """All that was asked for, and the checks."""

    def __init__(self, world: World, forgiven: Collection[str] = ()) -> None:
        self.world = world
        self.forgiven = forgiven
        self.asked: dict[str, Asked] = {}
        self.out: dict[str, Out] = {}
        self.seen = 0
        self.faulty = False
        self.latest: datetime | None = None

    def fault(self, check: str, text: str) -> None:
        if check not in self.forgiven:
            self.faulty = True
            raise FaultError(check, text)

    # What happened

    def note(self, facts: Facts, deeds: Collection[tuple[str, str]], now: datetime) -> None:
        """Learn from the ledger what a step did, and see that it was one of its `deeds` (what, of which campaign)."""
        for row in facts.approvals.values():
            known = self.asked.get(row.id)
            if known is None:
                self._begin(row, deeds)
            elif known.state != row.state:
                self._move(known, row, deeds, now)
        for one in facts.broadcasts.values():
            if one.state == "releasing":
                continue
            if one.id not in self.out:
                self._went_out(one, deeds)
            self.out[one.id].cancelled |= one.state == "cancelled"
        self.latest = max(now, self.latest or now)

    def _begin(self, row: ApprovalRow, deeds: Collection[tuple[str, str]]) -> None:
        if ("submit", row.campaign) not in deeds or row.state != SUBMITTED:
            self.fault("approval-from-nowhere", f"{row.campaign} is {row.state} after {deeds}")
        signed = self.world.signed(row.campaign, rule=row.wall is None)
        if signed is None:
            self.fault("submitted-unsound", f"{row.campaign} was submitted with a letter or roster that cannot be used")
            signed = Signed("", "", None)
        block = self.world.block_of(row.campaign)
        files = (
            self.world.letter_digest(str(block["letter"])),
            self.world.roster_digest(str(block["audience"])) if row.wall else "",
        )
        self.asked[row.id] = Asked(row.id, row.campaign, row.wall, row.at_once, row.digest, signed, *files)

    def _move(self, known: Asked, row: ApprovalRow, deeds: Collection[tuple[str, str]], now: datetime) -> None:
        what = {deed for deed, campaign in deeds if campaign in (known.campaign, "")}
        change, fine = (known.state, row.state), False
        if change == (SUBMITTED, APPROVED):
            fine = "approve" in what
            if not self.stands(known):
                self.fault("approved-changed", f"{known.name} was approved although it had been changed")
            known.was_approved, known.approved_at = True, now
        elif change == (SUBMITTED, REJECTED):
            fine = "reject" in what
            self._end(known, "rejected")
        elif row.state == VOID and row.note.startswith(CALLED_OFF):
            fine = "call-off" in what
            self._end(known, "called off")
        elif row.state == VOID and row.note.startswith(CHANGED):
            fine = bool(what & {"approve", "send", "serve"})
            if self.stands(known) and self._has_its_time(known) and not known.unclear:
                self.fault("void-unchanged", f"{known.name} was made void, and nothing of it had changed")
            known.ended = known.ended or "changed"
        elif change == (SUBMITTED, VOID) and row.note == ANEW:
            fine = "submit" in what
            known.ended = "submitted anew"
        if not fine:
            self.fault("approval-moved", f"{known.name} went from {change[0]} to {change[1]} ({row.note}) by {deeds}")
        known.state = row.state

    def _end(self, known: Asked, why: str) -> None:
        known.ended = why
        known.before = frozenset(self.out)

    def _went_out(self, one: BroadcastRow, deeds: Collection[tuple[str, str]]) -> None:
        asked, campaign = self.asked[one.approval], one.occurrence.campaign
        what = {deed for deed, named in deeds if named in (campaign, "")}
        if not what & {"send", "serve"}:
            self.fault("released-by-nobody", f"{asked.name} was released by {deeds}")
        if campaign in self.world.campaigns:
            rows = list(self.world.rosters[str(self.world.campaigns[campaign]["audience"])])
        else:
            rows = []
            self.fault("released-away", f"{asked.name} was released, and is not in config.yaml")
        if not asked.was_approved:
            self.fault("released-unapproved", f"{asked.name} was released and never approved")
        if asked.ended and one.id not in asked.before:
            self.fault("ended-goes-out", f"{asked.name} was released after it was {asked.ended}")
        if asked.refused:
            self.fault(
                "uncallable-goes-out", f"{asked.name} could not be called off, since nothing was there, and went"
            )
        if not self.stands(asked):
            self.fault("released-changed", f"{asked.name} was released with something that was changed since")
        if asked.wall is not None and asked.wall != one.occurrence.wall:
            self.fault("released-other-time", f"{asked.name} was released for {one.occurrence.wall}")
        if asked.wall is None and not self.world.has_time(campaign, one.occurrence.wall):
            self.fault("released-beside-the-rule", f"{asked.name} was released for {one.occurrence.wall}")
        exempt = self.world.barred | self.world.perhaps_barred
        self.out[one.id] = Out(rows, {number for number, _ in rows if number in exempt})

    def stands(self, asked: Asked) -> bool:
        """Whether what was signed is what would go out, its time aside."""
        return same_but_for_erased(
            asked.signed, self.world.signed(asked.campaign, rule=asked.wall is None), asked.erased
        )

    def _has_its_time(self, asked: Asked) -> bool:
        return asked.at_once or asked.wall is None or self.world.has_time(asked.campaign, asked.wall)

    def erased(self, audience: str, rows: Iterable[Row], before: str, *, unclear: bool) -> None:
        """These rows were taken out of a roster, whose file's digest was `before`, for their people were erased."""
        gone = list(rows)
        for asked in self.asked.values():
            if self.world.block_of(asked.campaign)["audience"] == audience:
                asked.erased.update(gone)
                asked.unclear |= unclear and bool(gone)
                if asked.roster_file == before:
                    asked.roster_file = self.world.roster_digest(audience)
        for out in self.out.values():
            out.exempt |= {number for number, _ in gone}

    def barred(self, number: int) -> None:
        for out in self.out.values():
            out.exempt.add(number)

    def alive(self, facts: Facts, campaign: str) -> list[Asked]:
        """What of a campaign is submitted or approved, was not submitted again since, and has not begun."""
        return [
            one
            for one in self.newest().values()
            if one.campaign == campaign
            and one.state in (SUBMITTED, APPROVED)
            and not (one.wall and (row := facts.occurrences.get((campaign, one.wall))) and facts.broadcast_of(row))
        ]

    def newest(self) -> dict[Key, Asked]:
        """The last submission for each occurrence and each rule: what was asked for before it counts no more."""
        return {(one.campaign, one.wall): one for one in self.asked.values()}

    def approved(self) -> list[Key]:
        return [key for key, one in self.newest().items() if one.state == APPROVED]

    # What must be so

    def check_rows(self, facts: Facts) -> None:
        """What the ledger's rows say of each other."""
        if facts.miscounted:
            self.fault("counters", facts.miscounted)
        for campaign in {one.campaign for one in facts.occurrences.values()}:
            block = self.world.block_of(campaign)
            if "when" in block and len(facts.broadcasts_of(campaign)) > 1:
                self.fault("once-twice", f"{campaign} has one time and was released more than once")
        for one in facts.occurrences.values():
            if (one.state == RELEASED) != (facts.broadcast_of(one) is not None):
                self.fault(
                    "released-mismatch", f"{one.campaign} of {one.wall} is {one.state}, its broadcast says otherwise"
                )

    def check_messages(self, facts: Facts, taken: Sequence[Taken], barred: set[int]) -> None:
        """What the provider was given since the last look; `barred` are those who were barred before the step."""
        for one in taken[self.seen :]:
            row = facts.deliveries.get(one.delivery_id)
            if row is None:
                self.fault("message-of-nothing", f"{one.subject} went to {one.to}, and no delivery is known of it")
                continue
            broadcast = facts.broadcasts[row.broadcast]
            asked = self.asked[broadcast.approval]
            if one.to in {address(number) for number in barred}:
                self.fault("barred-written-to", f"{one.to} was written to after they were barred")
            letter = f"{self.world_letter(asked)} {asked.signed.letter}"
            if one.subject != letter:
                self.fault("other-letter", f"{asked.name}: {one.subject!r} went out, {letter!r} was approved")
            if asked.signed.rows is not None and one.to not in {address(number) for number, _ in asked.signed.rows}:
                self.fault("stranger", f"{asked.name} went to {one.to}, who was not on the roster that was approved")
            if one.at < broadcast.occurrence.due and not asked.at_once:
                self.fault("too-early", f"{asked.name} went out at {one.at}")
        self.seen = len(taken)
        self._check_twice(facts, taken)

    def _check_twice(self, facts: Facts, taken: Sequence[Taken]) -> None:
        got: Counter[tuple[str, str]] = Counter()
        for one in taken:
            row = facts.deliveries.get(one.delivery_id)
            if row is None:
                continue
            got[row.broadcast, one.to] += 1
            allowed = 1 + (one.delivery_id in self.out[row.broadcast].resent)
            if got[row.broadcast, one.to] > allowed:
                self.fault("twice", f"{one.to} got {one.subject} {got[row.broadcast, one.to]} times")

    def world_letter(self, asked: Asked) -> str:
        block = self.world.block_of(asked.campaign)
        return str(block["letter"])

    def check_accounts(self, facts: Facts, told: Mapping[Key, Told], now: datetime) -> None:
        """Everything approved is accounted for, and what staff are told is so."""
        for key, asked in self.newest().items():
            if asked.state != APPROVED:
                continue
            one = told[key]
            if one.fate == UNKNOWN:
                self.fault("unknown", f"{asked.name} is approved, and nobody can say what becomes of it")
            if one.fate in (GOES_OUT, WAITS, ON_ITS_WAY) and not one.listed:
                self.fault("unlisted", f"{asked.name} {one.fate}, and is not listed")
            if asked.campaign not in self.world.campaigns:
                self._account_away(asked, one, facts)
            elif asked.wall is None:
                self._account_rule(asked, one, told, now)
            else:
                self._account(asked, one, facts, now)

    def _account_away(self, asked: Asked, told: Told, facts: Facts) -> None:
        row = facts.occurrences.get((asked.campaign, asked.wall)) if asked.wall else None
        if row is not None and facts.broadcast_of(row) is not None:
            return
        if (told.fate, told.reason, told.alarm) != (WAITS, "campaign-missing", True) and told.fate != ON_ITS_WAY:
            self.fault("away", f"{asked.name} is approved and not in config.yaml; said is {told}")

    def _account_rule(self, asked: Asked, told: Told, all_told: Mapping[Key, Told], now: datetime) -> None:
        if not self.stands(asked):
            if told.fate != WAITS and not self.world.is_broken(asked.campaign) and not self._is_shown(asked, all_told):
                self.fault("rule-changed", f"{asked.name} was changed after its approval; said is {told}")
            return
        following = self.world.rule_times(asked.campaign, now, now + timedelta(days=2))[0]
        shown = all_told.get((asked.campaign, following))
        if shown is None or shown.fate not in (GOES_OUT, WAITS, ON_ITS_WAY):
            self.fault("rule-unlisted", f"{asked.name} is approved; of {following} is said {shown}")

    def _is_shown(self, asked: Asked, told: Mapping[Key, Told]) -> bool:
        """Whether any of a rule's times says that something has to be done."""
        return any(key[0] == asked.campaign and one.fate == WAITS for key, one in told.items())

    def _account(self, asked: Asked, told: Told, facts: Facts, now: datetime) -> None:
        assert asked.wall is not None
        row = facts.occurrences.get((asked.campaign, asked.wall))
        broadcast = facts.broadcast_of(row) if row is not None else None
        if broadcast is not None and broadcast.state == "releasing" and told.fate != ON_ITS_WAY:
            broadcast = None  # whoever made it is gone: it is told of as if nothing had begun
        if broadcast is not None:
            if told.fate != _SAID_OF[broadcast.state]:
                self.fault("broadcast-mistold", f"{asked.name} is {broadcast.state}; said is {told}")
        elif row is None:
            self.fault("no-occurrence", f"{asked.name} is approved and planned nowhere")
        elif told.fate == SKIPPED:
            self._account_skipped(asked, row, told.reason, facts, now)
        elif told.fate == GOES_OUT:
            if not self._has_its_time(asked) or not self.stands(asked):
                self.fault("goes-out-falsely", f"{asked.name} was changed or moved since, and is said to go out")
        elif told.fate == WAITS:
            self._account_waiting(asked, row, told.reason, now)
        elif told.fate == "replaced":
            if self._last_of(asked.campaign) is asked:
                self.fault("replaced-by-nothing", f"{asked.name} is said to be replaced")
        elif told.fate != ON_ITS_WAY:
            self.fault("mistold", f"{asked.name} is approved; said is {told}")

    def _account_waiting(self, asked: Asked, row: OccurrenceRow, reason: str, now: datetime) -> None:
        """What it is said to wait for is so."""
        late = max(now, self.latest or now) - row.due + A_STEP
        so = {
            "": False,
            "time-moved": not self._has_its_time(asked),
            "changed-since-approval": asked.unclear or not self._has_its_files(asked) or not self.stands(asked),
            "late": late > GRACE,
            "no-sender": late > timedelta(minutes=10),
            **dict.fromkeys(("to-submit", "not-submitted", "to-decide", "not-approved", "rejected"), False),
            **dict.fromkeys(("campaign-missing", "called-off", "approval-invalid"), False),
        }
        if not so.get(reason, True):
            self.fault(f"waits-falsely-{reason}", f"{asked.name} is approved; it is said to wait for {reason!r}")

    def _has_its_files(self, asked: Asked) -> bool:
        """Whether the files are to the byte what they were."""
        block = self.world.block_of(asked.campaign)
        return asked.letter_file == self.world.letter_digest(str(block["letter"])) and asked.roster_file in (
            "",
            self.world.roster_digest(str(block["audience"])),
        )

    def _last_of(self, campaign: str) -> Asked:
        return [one for one in self.asked.values() if one.campaign == campaign][-1]

    def _account_skipped(self, asked: Asked, row: OccurrenceRow, reason: str, facts: Facts, now: datetime) -> None:
        others = [one for one in facts.broadcasts_of(asked.campaign) if one.occurrence.seq != row.seq]
        newer = [
            one
            for one in facts.occurrences.values()
            if one.campaign == asked.campaign and one.wall > row.wall and one.due <= max(now, self.latest or now)
        ]
        fine = {
            "late": "if_late" in self.world.campaigns[asked.campaign],
            "overtaken": any(facts.broadcast_of(one) or self._was_approved(one) for one in newer),
            "sent-before": bool(others),
            "sent-at-another-time": bool(others),
        }
        if not fine.get(reason, False):
            self.fault("skipped-falsely", f"{asked.name} was approved and is skipped as {reason!r}, which is not so")

    def _was_approved(self, row: OccurrenceRow) -> bool:
        return any(
            one.was_approved and one.campaign == row.campaign and one.wall in (row.wall, None)
            for one in self.asked.values()
        )

    def check_round(self, facts: Facts, now: datetime) -> None:
        """After a whole round of `serve`, in which nobody died: nothing was left behind without a word."""
        for one in facts.broadcasts.values():
            if one.state == "releasing":
                self.fault("half-made-stays", f"{one.occurrence.campaign} of {one.occurrence.wall} is still half made")
        for row in facts.deliveries.values():
            if row.state == "sending":
                self.fault("sending-stays", f"a message of {row.broadcast} is still with the provider")
            if row.state == "queued" and row.due <= now and facts.broadcasts[row.broadcast].state == "sending":
                self.fault("queued-stays", "a message is due, its broadcast is being sent, and nobody sent it")
        for asked in self.asked.values():
            if asked.state == APPROVED and asked.campaign in self.world.campaigns:
                self._check_due(asked, facts, now)

    def _check_due(self, asked: Asked, facts: Facts, now: datetime) -> None:
        if asked.wall is not None:
            walls = [asked.wall] if self._has_its_time(asked) else []
        elif asked.approved_at is None or not self.stands(asked):
            walls = []
        else:
            walls = self.world.rule_times(asked.campaign, asked.approved_at, now)
        poison = self.world.letters[str(self.world.campaigns[asked.campaign]["letter"])] == "poison"
        for wall in walls:
            row = facts.occurrences.get((asked.campaign, wall))
            if row is None:
                self.fault("unwritten", f"{asked.name}: {wall} came, and is not in the ledger")
            elif row.state == PLANNED and row.due <= now:
                check = "poison-unsaid" if poison else "left-behind"
                self.fault(check, f"{asked.name}: {wall} came, a round of serve was made, and it stands as planned")

    # At the end

    def check_end(self, facts: Facts, post: Post) -> None:
        """Everything was run to its end: each person who was to get a broadcast has it, or was turned down."""
        answered = [*post.taken, *post.refused]
        got = Counter((row.broadcast, one.to) for one in answered if (row := facts.deliveries.get(one.delivery_id)))
        for broadcast_id, out in self.out.items():
            broadcast = facts.broadcasts[broadcast_id]
            if broadcast.state not in ("finished", "cancelled"):
                self.fault("never-ends", f"{broadcast.occurrence.campaign} is {broadcast.state} for ever")
            if out.cancelled:
                continue
            for number, _ in out.rows:
                if number not in out.exempt and not got[broadcast_id, address(number)]:
                    self.fault("missed", f"person {number} never got {broadcast.occurrence.campaign}")

    def check_all_out(self, facts: Facts) -> None:
        """What was approved, still stands and has its time has gone out, or was left out as its campaign says."""
        for asked in self.newest().values():
            if asked.state != APPROVED or asked.wall is None or not self.stands(asked) or not self._has_its_time(asked):
                continue
            row = facts.occurrences.get((asked.campaign, asked.wall))
            if row is None or row.state not in (RELEASED, SKIPPED):
                self.fault("never-goes", f"{asked.name} is approved and stands, and nothing brings it out: {row}")
