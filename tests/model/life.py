"""The life of one project: each step is a command in a process of its own, and what must hold is looked at after it.

Some processes die in the middle; in some another command comes in between two of their transactions.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from broadcaster.domain.local_time import walltime
from tests.model import actions, facts
from tests.model.actions import Answer, Office, Refused
from tests.model.deaths import COMMITTED, Death, Moment, Reaper
from tests.model.history import APPROVED, SUBMITTED, History
from tests.model.post import Post
from tests.model.world import AUDIENCES, POISON, START, ZONE, World, address
from tests.survival.clocks import Clock

BETWEEN = ("call-off", "look", "send", "serve", "pause", "cancel", "suppress", "submit", "approve")
"""What another process may do between two transactions of a command."""

Between = tuple[str, int]
"""Such a thing, and after how many transactions."""

Deed = tuple[str, str]
"""What a step may do to approvals and broadcasts, and of which campaign; "" is any."""


class Life:
    """One project from its making on; `end` it. `forgiven` are checks that do not count, for looking behind a fault."""

    def __init__(self, forgiven: Collection[str] = ()) -> None:
        self.counted: Counter[str] = Counter()
        self._place = tempfile.TemporaryDirectory(prefix="model")
        self.folder = Path(self._place.name) / "project"
        self._patch = pytest.MonkeyPatch()
        self._clock = Clock()
        self._clock.install(self._patch)
        self.reaper = Reaper()
        self.post = Post(self.reaper, self.now)
        self._watching = self.reaper.watching()
        self._watching.__enter__()
        self.world = World.make(self.folder)
        self.office = Office(self.folder, self.post)
        self.history = History(self.world, forgiven)
        self.moment = START
        self.facts = facts.read(self.folder)

    def close(self) -> None:
        self.office.close()
        self._watching.__exit__(None, None, None)
        self._patch.undo()
        self._place.cleanup()

    # Time

    def now(self) -> datetime:
        return self.moment

    def set_clock(self, moment: datetime) -> None:
        self.moment = moment

    def later(self, **span: int) -> None:
        self.moment += timedelta(**span)

    def to_the_next_time(self) -> None:
        """Until just after what is planned next."""
        dues = [walltime.instant(one.wall, ZONE) for one in self.facts.occurrences.values() if one.state == "planned"]
        ahead = [due for due in dues if due > self.moment]
        if ahead:
            self.moment = min(ahead) + timedelta(seconds=5)

    # One step

    def step(
        self,
        command: Callable[[], Answer],
        *deeds: Deed,
        death: Moment | None = None,
        between: Between | None = None,
        campaign: str = "",
    ) -> Answer:
        """Do it; see that what came of it is what may come of it. A death is answered as a refusal with that code.

        `campaign` is the one that it is about: what its own letter does to it is no fault of others.
        """
        self.counted["steps"] += 1
        self._clock.set(self.moment)
        barred, done = set(self.world.barred), list(deeds)
        if between is None:
            self.reaper.arm(death)
        else:
            self.reaper.arm(Moment(COMMITTED, between[1]), lambda: done.extend(self._in_between(between[0], campaign)))
        try:
            answer = command()
        except Death:
            answer = Refused("died")
        except Exception as error:
            answer = Refused("unforeseen")
            if not self._is_poisoned(campaign):
                self.history.fault("unforeseen", f"{deeds}: {type(error).__name__}: {str(error)[:200]}")
        finally:
            self.counted["deaths"] += self.reaper.revive()
        self._learn(done, barred)
        self.moment = self._clock.reading()  # time goes on, so that what comes later is stamped later
        return answer

    def _learn(self, deeds: Collection[Deed], barred: set[int]) -> None:
        self.facts = facts.read(self.folder)
        self.history.note(self.facts, deeds, self.now())
        self.history.check_rows(self.facts)
        self.history.check_messages(self.facts, self.post.taken, barred)

    def _is_poisoned(self, campaign: str) -> bool:
        """Whether it is this campaign's own letter that makes our code fail: nobody else's command may fail by it."""
        block = self.world.campaigns.get(campaign)
        return block is not None and self.world.letters[str(block["letter"])] == POISON

    def _in_between(self, what: str, campaign: str) -> list[Deed]:
        """What another process does meanwhile; the deeds that it may do."""
        latest = self.latest()
        if what == "look":
            for look in actions.looks(self.office).values():
                look()
        elif what == "suppress":
            actions.suppress(self.office, address(0))
            self.world.barred.add(0)
            self.history.barred(0)
        elif what in ("pause", "cancel") and latest:
            actions.control(self.office, what, latest)
        elif what == "call-off":
            actions.call_off(self.office, campaign)
        elif what == "send":
            actions.send(self.office, campaign)
        elif what == "serve":
            actions.serve(self.office)
        elif what == "submit":
            actions.submit(self.office, campaign, at_once=True)
        elif what == "approve":
            for row in facts.read(self.folder).approvals.values():
                if row.campaign == campaign and row.state == SUBMITTED:
                    actions.approve(self.office, campaign, row.digest)
        return [(what, "" if what == "serve" else campaign)]

    def latest(self, back: int = 0) -> str:
        """The id of the newest broadcast, or of one before it; "" where there is none."""
        found = list(self.facts.broadcasts)
        return found[-1 - min(back, len(found) - 1)] if found else ""

    def check_accounts(self) -> None:
        """Everything approved is accounted for, by what staff are told."""
        if all(one.state != APPROVED for one in self.history.asked.values()):
            return
        self._clock.set(self.moment)
        with self.reaper.asleep():
            told = actions.accounts(self.office, self.history.approved())
        self.history.check_accounts(self.facts, told, self.now())

    # What people say

    def submit(self, campaign: str, *, at_once: bool, death: Moment | None = None) -> None:
        if campaign in self.world.campaigns:
            command = partial(actions.submit, self.office, campaign, at_once=at_once)
            self.step(command, ("submit", campaign), death=death, campaign=campaign)

    def approve(self, campaign: str, death: Moment | None = None) -> None:
        waiting = [one for one in self.history.asked.values() if (one.campaign, one.state) == (campaign, SUBMITTED)]
        if waiting and campaign in self.world.campaigns:
            command = partial(actions.approve, self.office, campaign, waiting[-1].digest)
            self.step(command, ("approve", campaign), death=death, campaign=campaign)

    def have_approved(self, campaign: str, *, at_once: bool) -> None:
        """Submitted by one and approved by another, as it mostly goes."""
        self.submit(campaign, at_once=at_once)
        self.approve(campaign)

    def reject(self, campaign: str, death: Moment | None = None) -> None:
        if campaign in self.world.campaigns:
            self.step(partial(actions.reject, self.office, campaign), ("reject", campaign), death=death)

    def call_off(self, campaign: str, death: Moment | None = None) -> None:
        alive = self.history.alive(self.facts, campaign)
        answer = self.step(partial(actions.call_off, self.office, campaign), ("call-off", campaign), death=death)
        if answer == Refused("nothing-to-call-off"):
            for one in alive:
                one.refused = True
        elif answer is None and all(one.state in (SUBMITTED, APPROVED) for one in alive):
            self.history.fault("not-called-off", f"{campaign} was called off, and nothing of it ended")

    # What processes do

    def send(self, campaign: str, death: Moment | None = None, between: Between | None = None) -> None:
        if campaign in self.world.campaigns:
            command = partial(actions.send, self.office, campaign)
            self.step(command, ("send", campaign), death=death, between=between, campaign=campaign)

    def serve(self, death: Moment | None = None, between: Between | None = None, other: str = "") -> None:
        """A round of `serve`; `other` is the campaign that what comes in between is about."""
        heard = not self.post.answers
        answer = self.step(
            partial(actions.serve, self.office), ("serve", ""), death=death, between=between, campaign=other
        )
        if answer is None and between is None and heard:
            self.history.check_round(self.facts, self.now())

    # What is done to broadcasts and people

    def control(self, deed: str, broadcast: str, death: Moment | None = None) -> None:
        if not broadcast:
            return
        if deed == "resend" and broadcast in self.history.out:
            theirs = (one for one in self.facts.deliveries.values() if one.broadcast == broadcast)
            self.history.out[broadcast].resent |= {one.id for one in theirs if one.state in ("unsure", "held")}
        self.step(partial(actions.control, self.office, deed, broadcast), (deed, ""), death=death)

    def suppress(self, number: int, death: Moment | None = None) -> None:
        answer = self.step(partial(actions.suppress, self.office, address(number)), ("suppress", ""), death=death)
        self._bar(number, answer)

    def erase(self, number: int, death: Moment | None = None) -> None:
        before = {audience: self.world.roster_digest(audience) for audience in AUDIENCES}
        answer = self.step(partial(actions.erase, self.office, address(number)), ("erase", ""), death=death)
        # By a clock that was set back the erasure may seem older than what was submitted before it.
        unclear = answer == Refused("died") or self.moment < (self.history.latest or self.moment)
        for audience in AUDIENCES:
            gone = self.world.read_roster_again(audience)
            self.history.erased(audience, gone, before[audience], unclear=unclear)
        self._bar(number, answer)

    def _bar(self, number: int, answer: Answer) -> None:
        self.history.barred(number)
        (self.world.barred if answer is None else self.world.perhaps_barred).add(number)

    def lift(self, number: int) -> None:
        if self.step(partial(actions.lift, self.office, address(number)), ("lift", "")) is None:
            self.world.barred.discard(number)
            self.world.perhaps_barred.discard(number)

    # Looking

    def look(self, what: str, campaign: str = "") -> None:
        """Look, and see that nothing changed by it and that nothing was asked to be written."""
        name = f"{what} {campaign}" if what in actions.LOOKS_OF_CAMPAIGN else what
        found = actions.looks(self.office).get(name)
        if found is None:
            return
        before, writes = facts.dump(self.folder), self.reaper.commits
        self.step(found, campaign=campaign if name != what else "")
        after = facts.dump(self.folder)
        changed = sorted(table for table in after if before.get(table) != after[table])
        if changed:
            self.history.fault("look-changes", f"{name} changed {', '.join(changed)}")
        if self.reaper.commits > writes:
            self.history.fault("look-writes", f"{name} opened {self.reaper.commits - writes} writing transactions")
