"""Handing batches over: recheck, attempt, fill, provider, receipt.

The engine calls these from several threads. `claim` commits the attempts before anything touches a socket; no
transaction is open while a provider is talked to.
"""

import random
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from broadcaster.domain import retry
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.messages import Outgoing
from broadcaster.domain.receipts import Outcome, Receipt
from broadcaster.domain.states import DeliveryState
from broadcaster.engine import Pacing
from broadcaster.ledger import broadcasts, claims
from broadcaster.ledger.claims import Claimed, Due, Settled, Wanted
from broadcaster.providers.base import Provider, Session
from broadcaster.providers.reasons import explain
from broadcaster.services.insist import insist
from broadcaster.services.links import LinkMaker
from broadcaster.services.project import Project, now
from broadcaster.services.running import Running, load_running

PROVIDER_TROUBLE = frozenset({"connect", "tls", "greeting", "ehlo", "auth"})
"""Phases before any recipient is named: what fails there says nothing about a recipient and uses up no try."""

PATIENCE = timedelta(seconds=5)
"""A send waits this long for what is due soon; what is due later is named, and goes when it is run again."""

TROUBLE_WAIT = timedelta(seconds=30)
"""How long a provider that cannot be reached is left alone."""


SUSPICIOUS = 10
"""Messages that make a batch large enough to tell: when all of them are refused, the fault is hardly the people's."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Deliveries of one broadcast and one provider, their attempts written down."""

    broadcast_id: str
    provider: Provider
    claimed: Sequence[Claimed]

    def __len__(self) -> int:
        return len(self.claimed)


class Deliverer:
    """Claims and delivers for one project on behalf of one runner (a living process)."""

    def __init__(
        self, project: Project, runner: str, pacing: Pacing, only: str | None = None, patience: timedelta = PATIENCE
    ) -> None:
        """`only` limits it to one broadcast; what is due later than `patience` from now is not waited for."""
        self._project = project
        self._runner = runner
        self._pacing = pacing
        self._only = only
        self._patience = patience
        self._links = LinkMaker(project.settings.public_url, project.keyring)
        self._running: dict[str, Running] = {}
        self._lock = threading.Lock()
        self._mine = threading.local()
        self._back_at: dict[str, datetime] = {}
        self.trouble: dict[str, Receipt] = {}

    def claim(self, provider: Provider, limit: int) -> Batch | None:
        """The next batch for this provider that may go now, at most `limit` deliveries; None when nothing may."""
        moment = now()
        tried: set[str] = set()
        while (wanted := self._next(provider, limit, moment, tried)) is not None:
            tried.add(wanted.broadcast)
            with self._project.ledger.writing() as conn:
                claimed = claims.claim(conn, self._runner, wanted, moment)
            if claimed:
                return Batch(wanted.broadcast, provider, claimed)
        return None

    def _next(self, provider: Provider, limit: int, moment: datetime, tried: Collection[str]) -> Wanted | None:
        """What to claim next for this provider, from a broadcast that was not tried yet, if the provider has room.

        One transaction for all that is read: beginning and ending one costs as much as the reading.
        """
        with self._project.ledger.reading() as conn:
            for running in self._mine_of(broadcasts.sending(conn)):
                open_zones = running.open_zones(moment)
                wanted = Wanted(running.broadcast.id, provider.channel, provider.name, open_zones, limit)
                if not open_zones or wanted.broadcast in tried or not claims.any_due(conn, wanted, moment):
                    continue
                # Only then ask for room: what the pace grants and nobody uses is lost.
                room = self._room(provider.name, limit, moment)
                return replace(wanted, limit=room) if room else None
        return None

    def deliver(self, batch: Batch) -> None:
        """Fill a batch, hand it over, and write down what became of it."""
        filled = self._fill(batch)
        messages = [message for message in filled if not isinstance(message, BroadcasterError)]
        receipts = self._session(batch.provider).send(messages) if messages else []
        answers, moment = iter(receipts), now()
        tried = self._tried(batch, receipts)
        settled = [
            _not_made(one, message)
            if isinstance(message, BroadcasterError)
            else _settle(one, next(answers), tried.get(one.seq), moment)
            for one, message in zip(batch.claimed, filled, strict=True)
        ]
        self._record(batch, settled, moment)

    def _fill(self, batch: Batch) -> list[Outgoing | BroadcasterError]:
        running = self._load(batch.broadcast_id)
        return running.filler.fill(batch.claimed, running.handover(now()))

    def _tried(self, batch: Batch, receipts: Sequence[Receipt]) -> Mapping[int, retry.Tried]:
        """How often the deliveries that are put off were put off before; most batches have none and ask nothing."""
        later = {one.delivery_id for one in receipts if one.outcome is Outcome.LATER and not _is_trouble(one)}
        if not later:
            return {}
        seqs = [one.seq for one in batch.claimed if one.id in later]
        with self._project.ledger.reading() as conn:
            before = claims.put_off(conn, seqs, PROVIDER_TROUBLE)
        return {seq: retry.Tried(times + 1, since) for seq, (times, since) in before.items()}

    def idle(self, provider: Provider) -> float | None:
        """Seconds until something may be due for this provider, None when nothing more can go."""
        moment = now()
        with self._project.ledger.reading() as conn:
            waiting = [
                (running, claims.next_due(conn, running.broadcast.id))
                for running in self._mine_of(broadcasts.sending(conn))
            ]
        dues = [
            at
            for running, pending in waiting
            for at in self._dues(running, [due for due in pending if _for(due, provider)], moment)
        ]
        return max(0.0, (min(dues) - moment).total_seconds()) if dues else None

    def leave(self) -> None:
        """Close the sessions that the calling thread kept."""
        for session in vars(self._mine).values():
            session.close()
        vars(self._mine).clear()

    def _mine_of(self, ids: Sequence[str]) -> list[Running]:
        return [self._load(id_) for id_ in ids if self._only in (None, id_)]

    def _load(self, broadcast_id: str) -> Running:
        with self._lock:
            known = self._running.get(broadcast_id)
            if known is None:
                known = self._running[broadcast_id] = load_running(self._project, broadcast_id, self._links)
            return known

    def _room(self, provider: str, limit: int, moment: datetime) -> int:
        """How many messages this provider may be given right now; 0 when it is left alone or its pace is used up."""
        if moment < self._back_at.get(provider, moment):
            return 0
        size = self._pacing.largest(provider, limit)
        wait = self._pacing.take(provider, size)
        if wait:
            self._back_at[provider] = moment + timedelta(seconds=wait)
        return 0 if wait else size

    def _session(self, provider: Provider) -> Session:
        """The calling lane's own session, for its connections belong to one thread."""
        sessions = vars(self._mine)
        key = f"{provider.name}-{provider.channel}"
        if key not in sessions:
            sessions[key] = provider.open()
        session: Session = sessions[key]
        return session

    def _record(self, batch: Batch, settled: Sequence[Settled], moment: datetime) -> None:
        receipts = [one.receipt for one in settled]
        halt = _reason_to_halt(receipts)

        def write() -> None:
            with self._project.ledger.writing() as conn:
                claims.record(conn, batch.broadcast_id, settled, moment)
                if halt is not None:
                    broadcasts.halt(conn, batch.broadcast_id, *halt)

        insist(write)
        trouble = next((receipt for receipt in receipts if _is_trouble(receipt)), None)
        if trouble is not None:
            self.trouble[batch.provider.name] = trouble
            self._back_at[batch.provider.name] = moment + TROUBLE_WAIT

    def _dues(self, running: Running, pending: Sequence[Due], moment: datetime) -> Iterator[datetime]:
        """When something of a broadcast may go: for each provider and zone the first instant, if it is near."""
        open_zones = set(running.open_zones(moment))
        for due in pending:
            at = max(due.earliest, self._back_at.get(due.provider, due.earliest))
            if due.zone in open_zones and at - moment <= self._patience:
                yield at


def _settle(one: Claimed, receipt: Receipt, tried: retry.Tried | None, moment: datetime) -> Settled:
    if _is_trouble(receipt):
        verdict = retry.Verdict(DeliveryState.QUEUED, receipt.code, moment + TROUBLE_WAIT)
    else:
        # Jitter only spreads tries over time; nobody gains by guessing it.
        verdict = retry.settle(receipt, tried or retry.Tried(1, moment), moment, random.random())  # noqa: S311
    return Settled(one.seq, one.attempt, receipt, verdict)


def _not_made(one: Claimed, error: BroadcasterError) -> Settled:
    """A message that could not be made was handed to nobody; a person has to look at it."""
    receipt = Receipt(one.id, Outcome.UNTRIED, error.code, "fill")
    return Settled(one.seq, one.attempt, receipt, retry.Verdict(DeliveryState.HELD, error.code))


def _reason_to_halt(receipts: Sequence[Receipt]) -> tuple[str, str] | None:
    """Code and plain words when no more messages of this broadcast should be handed over; None to go on."""
    halted = next((receipt for receipt in receipts if receipt.outcome is Outcome.HALTED), None)
    if halted is not None:
        why = explain(halted.code)
        return halted.code, f"{why.why} {why.remedy}"
    if len(receipts) >= SUSPICIOUS and all(receipt.outcome is Outcome.REFUSED for receipt in receipts):
        why = explain(receipts[0].code)
        return "all-refused", (
            f"All {len(receipts)} messages of a batch were refused, so the rest is kept back. {why.why} {why.remedy} "
            "The refused ones are not sent again by themselves."
        )
    return None


def _for(due: Due, provider: Provider) -> bool:
    return (due.provider, due.channel) == (provider.name, provider.channel)


def _is_trouble(receipt: Receipt) -> bool:
    return receipt.outcome is Outcome.LATER and receipt.phase in PROVIDER_TROUBLE
