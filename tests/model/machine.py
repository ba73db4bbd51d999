"""The machine: what people, processes and accidents may do to a project, in any order. `life` says what must hold."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.model import actions
from tests.model.deaths import COMMIT, COMMITTED, OFFERED, SEAMS, STATEMENT, TAKEN, Moment
from tests.model.ending import run_to_the_end
from tests.model.life import BETWEEN, Between, Life
from tests.model.post import ANSWERS
from tests.model.world import (
    AUDIENCES,
    AUTUMN,
    BROKEN,
    CAMPAIGNS,
    CRONS,
    LETTER_OF,
    POISON,
    RENAMED,
    SPRING,
    WHENS,
)

MOST = {STATEMENT: 70, COMMIT: 12, COMMITTED: 12, OFFERED: 4, TAKEN: 4}
"""About as often as a send to a few people passes each seam."""

campaigns = st.sampled_from(CAMPAIGNS)
names = st.sampled_from((*CAMPAIGNS, RENAMED))
people = st.sampled_from(range(4))
moments = st.sampled_from(SEAMS).flatmap(lambda seam: st.builds(Moment, st.just(seam), st.integers(1, MOST[seam])))
early = st.builds(Moment, st.sampled_from((STATEMENT, COMMIT, COMMITTED)), st.integers(1, 12))
betweens = st.tuples(st.sampled_from(BETWEEN), st.integers(1, 12))


class Model(RuleBasedStateMachine):
    """One project, from its making to its end."""

    forgiven: ClassVar[Collection[str]] = frozenset()
    counted: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.life = Life(self.forgiven)

    def teardown(self) -> None:
        try:
            if not self.life.history.faulty:
                run_to_the_end(self.life)
        finally:
            self.counted.update(self.life.counted)
            self.life.close()

    @initialize(
        approved=st.lists(st.tuples(campaigns, st.booleans()), max_size=2, unique_by=lambda pair: pair[0]),
    )
    def begin(self, approved: list[tuple[str, bool]]) -> None:
        """Most stories begin with something approved."""
        for campaign, at_once in approved:
            self.life.have_approved(campaign, at_once=at_once)

    @invariant()
    def accounted_for(self) -> None:
        self.life.check_accounts()

    # What people do to files

    @rule(name=campaigns, version=st.sampled_from(("1", "2", BROKEN, POISON)))
    def edit_letter(self, name: str, version: str) -> None:
        self.life.world.write_letter(LETTER_OF[name], version)

    @rule(audience=st.sampled_from(AUDIENCES), number=people, more=st.sampled_from(("", "Other")))
    def edit_roster(self, audience: str, number: int, more: str) -> None:
        """Add somebody, or change their row."""
        self.life.world.put_on_roster(audience, (number, more))

    @rule(audience=st.sampled_from(AUDIENCES), number=people)
    def take_off_roster(self, audience: str, number: int) -> None:
        self.life.world.take_off_roster(audience, number)

    @rule(audience=st.sampled_from(AUDIENCES))
    def spoil_roster(self, audience: str) -> None:
        self.life.world.spoil_roster(audience)

    @rule(name=names, when=st.sampled_from(WHENS), cron=st.sampled_from(CRONS))
    def move(self, name: str, when: str, cron: str) -> None:
        self.life.world.move(name, when, cron)

    @rule(name=campaigns)
    def take_out(self, name: str) -> None:
        self.life.world.take_out(name)

    @precondition(lambda self: self.life.world.away)
    @rule()
    def put_back(self) -> None:
        self.life.world.put_back(next(iter(self.life.world.away)))

    @rule(name=campaigns)
    def rename(self, name: str) -> None:
        self.life.world.rename(name)

    # What people say

    @rule(campaign=names, at_once=st.booleans())
    def submit(self, campaign: str, at_once: bool) -> None:
        self.life.submit(campaign, at_once=at_once)

    @rule(campaign=names)
    def approve(self, campaign: str) -> None:
        self.life.approve(campaign)

    @rule(campaign=campaigns, at_once=st.booleans())
    def have_approved(self, campaign: str, at_once: bool) -> None:
        self.life.have_approved(campaign, at_once=at_once)

    @rule(campaign=names)
    def reject(self, campaign: str) -> None:
        self.life.reject(campaign)

    @rule(campaign=names)
    def call_off(self, campaign: str) -> None:
        self.life.call_off(campaign)

    @rule(
        what=st.sampled_from(("submit", "submit --now", "approve", "reject", "call-off")),
        campaign=campaigns,
        death=early,
    )
    def die_deciding(self, what: str, campaign: str, death: Moment) -> None:
        if what.startswith("submit"):
            self.life.submit(campaign, at_once=what.endswith("now"), death=death)
        elif what == "approve":
            self.life.approve(campaign, death)
        elif what == "reject":
            self.life.reject(campaign, death)
        else:
            self.life.call_off(campaign, death)

    # Time

    @rule(minutes=st.sampled_from((1, 10, 31, 60, 360, 1440)))
    def later(self, minutes: int) -> None:
        self.life.later(minutes=minutes)

    @rule(minutes=st.sampled_from((1, 10, 60, 180)))
    def set_back(self, minutes: int) -> None:
        self.life.later(minutes=-minutes)

    @rule()
    def to_the_next_time(self) -> None:
        self.life.to_the_next_time()

    @rule(moment=st.sampled_from((SPRING, AUTUMN)))
    def to_the_clock_change(self, moment: datetime) -> None:
        if moment > self.life.moment:
            self.life.set_clock(moment)

    # What processes do

    @rule(campaign=names)
    def send(self, campaign: str) -> None:
        self.life.send(campaign)

    @rule(campaign=names, death=moments)
    def die_sending(self, campaign: str, death: Moment) -> None:
        self.life.send(campaign, death)

    @rule(campaign=names, between=betweens)
    def send_while(self, campaign: str, between: Between) -> None:
        self.life.send(campaign, between=between)

    @rule()
    def serve(self) -> None:
        self.life.serve()

    @rule(death=moments)
    def die_serving(self, death: Moment) -> None:
        self.life.serve(death)

    @rule(between=betweens, other=campaigns)
    def serve_while(self, between: Between, other: str) -> None:
        self.life.serve(between=between, other=other)

    @rule(answers=st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=4))
    def let_provider_answer(self, answers: list[str]) -> None:
        self.life.post.let_answer(answers)

    @rule(proves=st.booleans())
    def let_provider_prove(self, proves: bool) -> None:
        self.life.post.proves = proves

    # What is done to broadcasts and people

    @precondition(lambda self: self.life.facts.broadcasts)
    @rule(deed=st.sampled_from(actions.CONTROLS), back=st.integers(0, 1), death=st.none() | early)
    def control(self, deed: str, back: int, death: Moment | None) -> None:
        self.life.control(deed, self.life.latest(back), death)

    @rule(number=people, death=st.none() | early)
    def suppress(self, number: int, death: Moment | None) -> None:
        self.life.suppress(number, death)

    @precondition(lambda self: self.life.world.barred)
    @rule(number=people)
    def lift(self, number: int) -> None:
        self.life.lift(number)

    @rule(number=people, death=st.none() | early)
    def erase(self, number: int, death: Moment | None) -> None:
        self.life.erase(number, death)

    # Looking

    @rule(what=st.sampled_from((*actions.LOOKS, *actions.LOOKS_OF_CAMPAIGN)), campaign=campaigns)
    def look(self, what: str, campaign: str) -> None:
        self.life.look(what, campaign)
