"""Random walks: whatever is done in whatever order, nobody is lost, counted wrongly, or moved out of a final state."""

import itertools

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.domain.delivery.reports import STATE_RANK, Report, ReportedEvent
from broadcaster.domain.states import OPEN_STATES, BroadcastState, DeliveryState
from broadcaster.ledger import Ledger, Runner
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.database import tables
from broadcaster.ledger.delivery import claims, deliveries, unsure_deliveries
from broadcaster.ledger.delivery.claims import Claimed, ClaimRequest
from broadcaster.ledger.feedback import report_application, reports
from broadcaster.ledger.recipients import preferences
from tests.ledger.stage import KEYRING, NOW, SENT, Stage, address, new_deliveries, settled

_ROWS = tables.deliveries
_RUNNERS = 2
_numbers = itertools.count()


class Walk(RuleBasedStateMachine):
    """Two runners send one broadcast while people pause, resume, cancel, settle and opt out, runners die, and the
    provider reports on what it had, at any time.
    """

    ledger: Ledger

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage.set(self.ledger, 12)
        self.people = 12
        self.runners = [Runner.register(self.ledger) for _ in range(_RUNNERS)]
        self.flying: list[list[Claimed]] = [[] for _ in range(_RUNNERS)]
        self.handed: dict[int, int] = {}
        self.proved: set[int] = set()
        self.before: dict[int, DeliveryState] = {}

    @rule(who=st.integers(0, _RUNNERS - 1), limit=st.integers(1, 5))
    def claim(self, who: int, limit: int) -> None:
        wanted = ClaimRequest(self.stage.broadcast, Channel.EMAIL, "smtp", [0], limit)
        with self.ledger.writing() as conn:
            claimed = claims.claim_deliveries(conn, self.runners[who].id, wanted, NOW)
        for one in claimed:
            # A number is handed out once: whoever has it is the only one.
            assert one.attempt == self.handed.get(one.seq, 0) + 1
            assert one.seq not in self.proved, "sent again after the provider had reported on it"
            self.handed[one.seq] = one.attempt
        self.flying[who] += claimed

    @rule(who=st.integers(0, _RUNNERS - 1), count=st.integers(1, 6), outcome=st.sampled_from(sorted(SENT)))
    def record(self, who: int, count: int, outcome: Outcome) -> None:
        batch, self.flying[who] = self.flying[who][:count], self.flying[who][count:]
        with self.ledger.writing() as conn:
            done = claims.record_results(conn, self.stage.broadcast, [settled(one, outcome) for one in batch], NOW)
        # What somebody else tries by now is not for an earlier attempt to settle.
        assert {one.seq for one in batch if one.attempt != self.handed[one.seq]} <= set(done.superseded)

    @rule(who=st.integers(0, _RUNNERS - 1), knows=st.booleans())
    def die(self, who: int, knows: bool) -> None:
        """The runner's proof is gone; sometimes what it was sending is heard of later all the same."""
        self.runners[who].close()
        self.runners[who] = Runner.register(self.ledger)
        if not knows:
            self.flying[who] = []
        with self.ledger.writing() as conn:
            claims.recover(conn, NOW)

    @rule(which=st.integers(0, 11), happened=st.sampled_from(ReportedEvent), earlier=st.booleans())
    def report(self, which: int, happened: ReportedEvent, earlier: bool) -> None:
        if not self.handed:
            return
        seq = sorted(self.handed)[which % len(self.handed)]
        attempt = 1 if earlier else self.handed[seq]
        with self.ledger.writing() as conn:
            delivery_id = conn.execute(select(_ROWS.c.id).where(_ROWS.c.seq == seq)).scalar_one()
            told = Report(f"{next(_numbers)}", f"{delivery_id}-{attempt}", happened, NOW, code="said")
            reports.store_new(conn, "smtp", [told, told])
            waiting = reports.list_waiting(conn, 0, 10)
            applied = report_application.apply_reports(conn, waiting, NOW)
            reports.mark_applied(conn, [one.seq for one in waiting], NOW)
        assert (len(waiting), applied.unmatched) == (1, 0)
        self.proved.add(seq)

    @rule(pair=st.sampled_from([("SENDING", "PAUSED"), ("PAUSED", "SENDING")]))
    def pause_or_resume(self, pair: tuple[str, str]) -> None:
        before, after = BroadcastState[pair[0]], BroadcastState[pair[1]]
        with self.ledger.writing() as conn:
            broadcasts.set_state(conn, self.stage.broadcast, {before}, after)

    @rule(limit=st.integers(1, 20), really=st.integers(0, 5))
    def cancel(self, limit: int, really: int) -> None:
        going = {BroadcastState.SENDING, BroadcastState.PAUSED}
        with self.ledger.writing() as conn:
            if really == 0 and broadcasts.set_state(conn, self.stage.broadcast, going, BroadcastState.CANCELLED):
                unsure_deliveries.skip_queued(conn, self.stage.broadcast, "cancelled", limit)

    @rule(number=st.integers(0, 14))
    def opt_out(self, number: int) -> None:
        with self.ledger.writing() as conn:
            preferences.save(conn, KEYRING.blind(Channel.EMAIL, address(number)), "none", "door")

    @rule(numbers=st.lists(st.integers(0, 20), max_size=4, unique=True))
    def insert(self, numbers: list[int]) -> None:
        with self.ledger.writing() as conn:
            found = broadcasts.get(conn, self.stage.broadcast)
            assert found is not None
            if found.state is BroadcastState.SENDING:
                self.people += deliveries.insert(conn, self.stage.broadcast, new_deliveries(numbers))

    @rule(state=st.sampled_from([DeliveryState.HELD, DeliveryState.QUEUED, DeliveryState.ACCEPTED]), all_=st.booleans())
    def settle(self, state: DeliveryState, all_: bool) -> None:
        with self.ledger.writing() as conn:
            ids = [one.id for one in unsure_deliveries.list_unsure(conn, self.stage.broadcast)]
            unsure_deliveries.settle(conn, self.stage.broadcast, None if all_ else ids[:1], state)

    @invariant()
    def nobody_is_lost_and_counters_are_right(self) -> None:
        assert sum(self.stage.states().values()) == self.people  # `states` compares the counters with the rows

    @invariant()
    def nothing_moves_backwards(self) -> None:
        with self.ledger.reading() as conn:
            seq = broadcasts.seq_of(conn, self.stage.broadcast)
            query = select(_ROWS.c.seq, _ROWS.c.state).where(_ROWS.c.broadcast == seq)
            now = {row.seq: DeliveryState(row.state) for row in conn.execute(query)}
        for number, was in self.before.items():
            if was in STATE_RANK:
                assert STATE_RANK.get(now[number], 0) >= STATE_RANK[was]
            if was is DeliveryState.SKIPPED:
                assert now[number] is was or number in self.proved
        assert all(now[number] in STATE_RANK for number in self.proved)
        self.before = now

    @invariant()
    def every_attempt_belongs_to_a_delivery_that_counts_it(self) -> None:
        with self.ledger.reading() as conn:
            seq = broadcasts.seq_of(conn, self.stage.broadcast)
            query = (
                select(tables.deliveries.c.attempts, func.count(tables.attempts.c.n), func.max(tables.attempts.c.n))
                .outerjoin(tables.attempts, tables.attempts.c.delivery == tables.deliveries.c.seq)
                .where(tables.deliveries.c.broadcast == seq)
                .group_by(tables.deliveries.c.seq, tables.deliveries.c.attempts)
            )
            for counted, there, highest in conn.execute(query):
                assert (there, highest or 0) == (counted, counted)

    @invariant()
    def a_broadcast_is_finished_when_nothing_is_left_and_not_before(self) -> None:
        state, states = self.stage.state(), self.stage.states()
        if state is BroadcastState.FINISHED:
            assert not OPEN_STATES & states.keys()
        elif state is not BroadcastState.CANCELLED:
            assert OPEN_STATES & states.keys()

    def teardown(self) -> None:
        for runner in (*self.runners, self.stage.runner):
            runner.close()
        with self.ledger.writing() as conn:
            claims.recover(conn, NOW)
            for table in reversed(tables.metadata.sorted_tables):
                if table.name != "meta":
                    conn.execute(table.delete())


def test_no_walk_loses_or_miscounts_anybody(ledger: Ledger, backend: str) -> None:
    class Here(Walk):
        pass

    Here.ledger = ledger
    examples = 30 if backend == "sqlite" else 12
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
