"""The machine: what people, processes and accidents may do in any order, and what must hold after each step.

A step is one command in one process. Some die in the middle; in some another command comes in between two of their
transactions. In the end everything is run to its end, and the provider's ledger is compared with what was asked for.
"""

import tempfile
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from broadcaster.domain import walltime
from tests.model import actions, facts
from tests.model.actions import Answer, Office, Onlooker, Refused
from tests.model.deaths import COMMIT, COMMITTED, OFFERED, SEAMS, STATEMENT, TAKEN, Death, Moment, Reaper
from tests.model.history import APPROVED, SUBMITTED, History
from tests.model.post import ANSWERS, Post
from tests.model.world import (
    AUDIENCES,
    AUTUMN,
    BROKEN,
    CAMPAIGNS,
    CRONS,
    POISON,
    RENAMED,
    SPRING,
    START,
    WHENS,
    ZONE,
    World,
    address,
)
from tests.survival.clocks import Clock

NAMES = (*CAMPAIGNS, RENAMED)
PEOPLE = range(4)
MOST = {STATEMENT: 70, COMMIT: 12, COMMITTED: 12, OFFERED: 4, TAKEN: 4}
"""About as often as a send to a few people passes each seam."""

campaigns = st.sampled_from(CAMPAIGNS)
names = st.sampled_from(NAMES)
moments = st.sampled_from(SEAMS).flatmap(lambda seam: st.builds(Moment, st.just(seam), st.integers(1, MOST[seam])))
early = st.builds(Moment, st.sampled_from((STATEMENT, COMMIT, COMMITTED)), st.integers(1, 12))
people = st.sampled_from(PEOPLE)
between = st.tuples(
    st.sampled_from(("call-off", "look", "send", "serve", "pause", "cancel", "suppress", "submit", "approve")),
    st.integers(1, 12),
)


class Model(RuleBasedStateMachine):
    """One project, from its making to its end."""

    forgiven: ClassVar[Collection[str]] = frozenset()
    steps: ClassVar[int] = 0
    died: ClassVar[int] = 0
    went_out: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.TemporaryDirectory(prefix="model")
        self.folder = Path(self.place.name) / "project"
        self.patch = pytest.MonkeyPatch()
        self.clock = Clock()
        self.clock.install(self.patch)
        self.reaper = Reaper()
        self.post = Post(self.reaper, self.now)
        self.watching = self.reaper.watching()
        self.watching.__enter__()
        self.world = World.make(self.folder)
        self.office = Office(self.folder, self.post)
        self.onlooker = Onlooker(self.office, self.folder.with_name("beside"))
        self.history = History(self.world, self.forgiven)
        self.moment = START
        self.set_clock(START)
        self.facts = facts.read(self.folder)

    def set_clock(self, moment: datetime) -> None:
        self.moment = moment
        self.clock.set(moment)

    def now(self) -> datetime:
        return self.moment

    def teardown(self) -> None:
        try:
            type(self).died += self.reaper.deaths
            type(self).went_out += len(self.history.out)
            if not self.history.faulty:
                self.run_to_the_end()
        finally:
            self.onlooker.close()
            self.office.close()
            self.watching.__exit__(None, None, None)
            self.patch.undo()
            self.place.cleanup()

    # One step

    def step(
        self,
        command: Callable[[], Answer],
        *deeds: tuple[str, str],
        death: Moment | None = None,
        meanwhile: tuple[str, int] | None = None,
        campaign: str = "",
    ) -> Answer:
        """Do it; see that what came of it is what may come of it. A death is answered as a refusal with that code."""
        type(self).steps += 1
        self.set_clock(self.moment)
        barred, done = set(self.world.barred), list(deeds)
        if meanwhile is not None:
            what, at = meanwhile
            self.reaper.arm(Moment(COMMITTED, at), lambda: done.extend(self._in_between(what, campaign)))
        else:
            self.reaper.arm(death)
        try:
            answer = command()
        except Death:
            answer = Refused("died")
        except Exception as error:
            answer = Refused(f"unforeseen {type(error).__name__}")
            if not self._is_poisoned(campaign):
                self.history.fault("unforeseen", f"{deeds}: {type(error).__name__}: {str(error)[:200]}")
        finally:
            self.reaper.revive()
        self.learn(done, barred)
        return answer

    def learn(self, deeds: Collection[tuple[str, str]], barred: set[int]) -> None:
        self.facts = facts.read(self.folder)
        self.history.note(self.facts, deeds, self.now())
        self.history.check_rows(self.facts)
        self.history.check_messages(self.facts, self.post.taken, barred)

    def _is_poisoned(self, campaign: str) -> bool:
        """Whether this campaign's letter makes our code fail; "" is for all of them."""
        letters = [str(block["letter"]) for name, block in self.world.campaigns.items() if campaign in ("", name)]
        return any(self.world.letters[letter] == POISON for letter in letters)

    def _in_between(self, what: str, campaign: str) -> list[tuple[str, str]]:
        """What another process does between two transactions of a command; the deeds that it may do."""
        latest = self._latest()
        if what == "look":
            self._all_looks()
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

    def _all_looks(self) -> None:
        for look in actions.looks(self.office).values():
            look()

    def _latest(self, at: int = 0) -> str:
        found = list(self.facts.broadcasts)
        return found[-1 - at] if len(found) > at else ""

    @invariant()
    def accounted_for(self) -> None:
        """Everything approved: by what staff are shown, in a copy, so that looking does not change what follows."""
        if all(one.state != APPROVED for one in self.history.asked.values()):
            return
        with self.reaper.asleep():
            shown = self.onlooker.coming()
        self.history.check_accounts(self.facts, shown, self.now())

    @initialize(
        approved=st.lists(st.tuples(campaigns, st.booleans()), max_size=2, unique_by=lambda pair: pair[0]),
    )
    def begin(self, approved: list[tuple[str, bool]]) -> None:
        """Most stories begin with something approved."""
        for campaign, at_once in approved:
            self._submit(campaign, at_once=at_once)
            self._approve(campaign)

    # What people do to files

    @rule(name=st.sampled_from(CAMPAIGNS), version=st.sampled_from(("1", "2", BROKEN, POISON)))
    def edit_letter(self, name: str, version: str) -> None:
        self.world.write_letter(f"{name}-letter", version)

    @rule(audience=st.sampled_from(AUDIENCES), number=people, more=st.sampled_from(("", "Other")))
    def edit_roster(self, audience: str, number: int, more: str) -> None:
        """Add somebody, or change their row."""
        rows = [row for row in self.world.rosters[audience] if row[0] != number]
        self.world.write_roster(audience, [*rows, (number, more)])

    @rule(audience=st.sampled_from(AUDIENCES), number=people)
    def take_off_roster(self, audience: str, number: int) -> None:
        self.world.write_roster(audience, [row for row in self.world.rosters[audience] if row[0] != number])

    @rule(audience=st.sampled_from(AUDIENCES))
    def spoil_roster(self, audience: str) -> None:
        self.world.spoil_roster(audience)

    @rule(name=names, when=st.sampled_from(WHENS), cron=st.sampled_from(CRONS))
    def move(self, name: str, when: str, cron: str) -> None:
        if name in self.world.campaigns:
            self.world.move(name, when if "when" in self.world.campaigns[name] else cron)

    @rule(name=campaigns)
    def take_out(self, name: str) -> None:
        if name in self.world.campaigns and len(self.world.campaigns) > 1:
            self.world.take_out(name)

    @precondition(lambda self: self.world.away)
    @rule()
    def put_back(self) -> None:
        self.world.put_back(next(iter(self.world.away)))

    @rule(name=campaigns)
    def rename(self, name: str) -> None:
        if name in self.world.campaigns and RENAMED not in self.world.campaigns:
            self.world.rename(name)

    # What people say

    @rule(campaign=names, at_once=st.booleans())
    def submit(self, campaign: str, at_once: bool) -> None:
        if campaign in self.world.campaigns:
            self._submit(campaign, at_once=at_once)

    def _submit(self, campaign: str, *, at_once: bool, death: Moment | None = None) -> Answer:
        command = lambda: actions.submit(self.office, campaign, at_once=at_once)  # noqa: E731 (named for the step)
        return self.step(command, ("submit", campaign), death=death, campaign=campaign)

    @rule(campaign=names)
    def approve(self, campaign: str) -> None:
        self._approve(campaign)

    def _approve(self, campaign: str, death: Moment | None = None) -> None:
        waiting = [one for one in self.history.asked.values() if (one.campaign, one.state) == (campaign, SUBMITTED)]
        if waiting and campaign in self.world.campaigns:
            command = lambda: actions.approve(self.office, campaign, waiting[-1].digest)  # noqa: E731
            self.step(command, ("approve", campaign), death=death, campaign=campaign)

    @rule(campaign=campaigns, at_once=st.booleans())
    def have_approved(self, campaign: str, at_once: bool) -> None:
        """Submitted by one and approved by another, as it mostly goes."""
        if campaign in self.world.campaigns:
            self._submit(campaign, at_once=at_once)
            self._approve(campaign)

    @rule(campaign=names)
    def reject(self, campaign: str) -> None:
        if campaign in self.world.campaigns:
            self._reject(campaign)

    def _reject(self, campaign: str, death: Moment | None = None) -> None:
        self.step(lambda: actions.reject(self.office, campaign), ("reject", campaign), death=death)

    @rule(campaign=names)
    def call_off(self, campaign: str) -> None:
        if campaign in self.world.campaigns:
            self._call_off(campaign)

    def _call_off(self, campaign: str, death: Moment | None = None) -> None:
        alive = self.history.alive(self.facts, campaign)
        answer = self.step(lambda: actions.call_off(self.office, campaign), ("call-off", campaign), death=death)
        if answer == Refused("nothing-to-call-off"):
            for one in alive:
                one.refused = True
        elif answer is None and alive and all(one.state in (SUBMITTED, APPROVED) for one in alive):
            self.history.fault("not-called-off", f"{campaign} was called off, and nothing of it ended")

    # Time

    @rule(minutes=st.sampled_from((1, 10, 31, 60, 360, 1440)))
    def later(self, minutes: int) -> None:
        self.set_clock(self.moment + timedelta(minutes=minutes))

    @rule(minutes=st.sampled_from((1, 10, 60, 180)))
    def clock_back(self, minutes: int) -> None:
        self.set_clock(self.moment - timedelta(minutes=minutes))

    @rule()
    def to_the_next_time(self) -> None:
        """Until just after what is planned next."""
        ahead = [
            walltime.instant(one.wall, ZONE)
            for one in self.facts.occurrences.values()
            if one.state == "planned" and walltime.instant(one.wall, ZONE) > self.moment
        ]
        if ahead:
            self.set_clock(min(ahead) + timedelta(seconds=5))

    @rule(moment=st.sampled_from((SPRING, AUTUMN)))
    def to_the_clock_change(self, moment: datetime) -> None:
        if moment > self.moment:
            self.set_clock(moment)

    # What processes do

    @rule(campaign=names)
    def send(self, campaign: str) -> None:
        self._send(campaign)

    @rule(campaign=names, death=moments)
    def die_sending(self, campaign: str, death: Moment) -> None:
        self._send(campaign, death)

    @rule(campaign=names, meanwhile=between)
    def send_while(self, campaign: str, meanwhile: tuple[str, int]) -> None:
        self._send(campaign, meanwhile=meanwhile)

    def _send(self, campaign: str, death: Moment | None = None, meanwhile: tuple[str, int] | None = None) -> None:
        if campaign in self.world.campaigns:
            command = lambda: actions.send(self.office, campaign)  # noqa: E731
            self.step(command, ("send", campaign), death=death, meanwhile=meanwhile, campaign=campaign)

    @rule()
    def serve(self) -> None:
        self._serve()

    @rule(death=moments)
    def die_serving(self, death: Moment) -> None:
        self._serve(death)

    @rule(meanwhile=between, other=campaigns)
    def serve_while(self, meanwhile: tuple[str, int], other: str) -> None:
        self._serve(meanwhile=meanwhile, other=other)

    def _serve(self, death: Moment | None = None, meanwhile: tuple[str, int] | None = None, other: str = "") -> None:
        halting = bool(self.post.answers)
        command = lambda: actions.serve(self.office)  # noqa: E731
        answer = self.step(command, ("serve", ""), death=death, meanwhile=meanwhile, campaign=other)
        if answer is None and meanwhile is None and not halting:
            self.history.check_round(self.facts, self.now())

    @rule(
        what=st.sampled_from(("submit", "submit --now", "approve", "reject", "call-off")), name=campaigns, death=early
    )
    def die_deciding(self, what: str, name: str, death: Moment) -> None:
        if name not in self.world.campaigns:
            return
        if what.startswith("submit"):
            self._submit(name, at_once=what.endswith("now"), death=death)
        else:
            {"approve": self._approve, "reject": self._reject, "call-off": self._call_off}[what](name, death)

    @rule(answers=st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=4))
    def let_provider_answer(self, answers: list[str]) -> None:
        self.post.answers.clear()
        self.post.answers.extend(answers)

    @rule(proves=st.booleans())
    def let_provider_prove(self, proves: bool) -> None:
        self.post.proves = proves

    # What is done to broadcasts and people

    @precondition(lambda self: self.facts.broadcasts)
    @rule(deed=st.sampled_from(actions.CONTROLS), at=st.integers(0, 1), death=st.none() | early)
    def control(self, deed: str, at: int, death: Moment | None) -> None:
        broadcast = self._latest(at) or self._latest()
        if deed == "resend" and broadcast in self.history.out:
            doubtful = (one for one in self.facts.deliveries.values() if one.broadcast == broadcast)
            self.history.out[broadcast].resent |= {one.id for one in doubtful if one.state in ("unsure", "held")}
        self.step(lambda: actions.control(self.office, deed, broadcast), (deed, ""), death=death)

    @rule(number=people, death=st.none() | early)
    def suppress(self, number: int, death: Moment | None) -> None:
        answer = self.step(lambda: actions.suppress(self.office, address(number)), ("suppress", ""), death=death)
        self.history.barred(number)
        if answer is None:
            self.world.barred.add(number)

    @precondition(lambda self: self.world.barred)
    @rule(number=people)
    def lift(self, number: int) -> None:
        self.step(lambda: actions.lift(self.office, address(number)), ("lift", ""))
        self.world.barred.discard(number)

    @rule(number=people, death=st.none() | early)
    def erase(self, number: int, death: Moment | None) -> None:
        answer = self.step(lambda: actions.erase(self.office, address(number)), ("erase", ""), death=death)
        for audience in AUDIENCES:
            gone = self.world.read_roster_again(audience)
            self.history.erased(audience, gone, died=answer == Refused("died"))
        self.history.barred(number)
        if answer is None:
            self.world.barred.add(number)

    # Looking

    @rule(what=st.sampled_from((*actions.LOOKS, *actions.LOOKS_OF_CAMPAIGN)), campaign=campaigns)
    def look(self, what: str, campaign: str) -> None:
        name = f"{what} {campaign}" if what in actions.LOOKS_OF_CAMPAIGN else what
        found = actions.looks(self.office).get(name)
        if found is None:
            return
        before = facts.dump(self.folder)
        writes = self.reaper.commits
        self.step(found, campaign=campaign if what in actions.LOOKS_OF_CAMPAIGN else "")
        after = facts.dump(self.folder)
        changed = sorted(table for table in after if before.get(table) != after[table])
        if changed:
            self.history.fault("look-changes", f"{name} changed {', '.join(changed)}")
        if self.reaper.commits > writes:
            self.history.fault("look-writes", f"{name} opened {self.reaper.commits - writes} writing transactions")

    # The end

    def run_to_the_end(self) -> None:
        """What a person would do to have everything go out, and then: who has what?"""
        self.post.answers.clear()
        self.post.proves = True
        for letter, version in self.world.letters.items():
            if version in (BROKEN, POISON):
                self.world.write_letter(letter, self.world.sound[letter])
        for audience in set(self.world.unreadable):
            self.world.write_roster(audience, self.world.rosters[audience])
        for name in list(self.world.away):
            self.world.put_back(name)
        for _ in range(3):
            self._live_through()
            self._give_what_is_waited_for()
        self._settle()
        self.accounted_for()
        self.history.check_end(self.facts, self.post)
        for asked in self.history.asked.values():
            row = self.facts.occurrences.get((asked.campaign, asked.wall)) if asked.wall else None
            if asked.state == APPROVED and row is not None and row.state in ("planned", "waiting"):
                self.history.fault("never-goes", f"{asked.name} is approved, and nothing brings it out ({row.reason})")

    def _live_through(self) -> None:
        """Serve now, and at each time that is approved, within three days of now."""
        self._serve()
        dues = {
            walltime.instant(one.wall, ZONE)
            for one in self.history.asked.values()
            if one.state == APPROVED and one.wall is not None
        }
        for due in sorted(dues):
            if due > self.moment:
                self.set_clock(due + timedelta(seconds=5))
                self._serve()

    def _give_what_is_waited_for(self) -> None:
        for one in list(self.facts.broadcasts.values()):
            if one.state == "paused":
                self.step(lambda one=one: actions.control(self.office, "resume", one.id), ("resume", ""))  # type: ignore[misc]
        for asked in list(self.history.asked.values()):
            if asked.campaign not in self.world.campaigns or not asked.was_approved:
                continue
            row = self.facts.occurrences.get((asked.campaign, asked.wall)) if asked.wall else None
            if asked.ended == "changed" and not self.history.alive(self.facts, asked.campaign):
                self._submit(asked.campaign, at_once=True)
                self._approve(asked.campaign)
            elif asked.state == APPROVED and row is not None and row.state == "waiting":
                command = lambda asked=asked: actions.send(self.office, asked.campaign)  # type: ignore[misc]  # noqa: E731
                self.step(command, ("send", asked.campaign), campaign=asked.campaign)
        self._serve()

    def _settle(self) -> None:
        """Hours later everything that was put off is due, and what is unsure is asked after."""
        for _ in range(30):
            states = {one.state for one in self.facts.deliveries.values()}
            if not states & {"queued", "sending", "unsure", "held"}:
                break
            self.set_clock(self.moment + timedelta(hours=3))
            for broadcast in list(self.facts.broadcasts.values()):
                held = [
                    one
                    for one in self.facts.deliveries.values()
                    if one.broadcast == broadcast.id and one.state in ("held", "unsure")
                ]
                if any(one.state == "held" for one in held):
                    self.history.out[broadcast.id].resent |= {one.id for one in held}
                    command = lambda broadcast=broadcast: actions.control(self.office, "resend", broadcast.id)  # type: ignore[misc]  # noqa: E731
                    self.step(command, ("resend", ""))
            self._serve()
