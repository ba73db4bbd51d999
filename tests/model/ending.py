"""The end of every life: a person does what is waited for, everything is run to its end, and ledgers are compared."""

from datetime import timedelta

from broadcaster.domain.local_time import walltime
from tests.model.history import APPROVED
from tests.model.life import Life
from tests.model.world import BROKEN, POISON, ZONE


def run_to_the_end(life: Life) -> None:
    """Everything that was approved and not called off goes out, and everybody on its roster has it once."""
    _mend(life)
    for _ in range(3):
        _live_through(life)
        _give_what_is_waited_for(life)
    _settle(life)
    life.check_accounts()
    life.history.check_end(life.facts, life.post)
    life.history.check_all_out(life.facts)
    life.counted["broadcasts"] += len(life.history.out)


def _mend(life: Life) -> None:
    """Letters, rosters and campaigns as they were when they could last be used."""
    life.post.answers.clear()
    life.post.proves = True
    world = life.world
    for letter, version in world.letters.items():
        if version in (BROKEN, POISON):
            world.write_letter(letter, world.sound[letter])
    for audience in set(world.unreadable):
        world.write_roster(audience, world.rosters[audience])
    for name in list(world.away):
        world.put_back(name)


def _live_through(life: Life) -> None:
    """Serve now, and at each time that is approved."""
    life.serve()
    approved = [one.wall for one in life.history.asked.values() if one.state == APPROVED and one.wall is not None]
    for due in sorted({walltime.instant(wall, ZONE) for wall in approved}):
        if due > life.moment:
            life.set_clock(due + timedelta(seconds=5))
            life.serve()


def _give_what_is_waited_for(life: Life) -> None:
    for one in list(life.facts.broadcasts.values()):
        if one.state == "paused":
            life.control("resume", one.id)
    for asked in list(life.history.asked.values()):
        row = life.facts.occurrences.get((asked.campaign, asked.wall)) if asked.wall else None
        if asked.was_approved and asked.ended == "changed" and not life.history.alive(life.facts, asked.campaign):
            life.have_approved(asked.campaign, at_once=True)
        elif asked.state == APPROVED and row is not None and row.state == "waiting":
            life.send(asked.campaign)
    life.serve()


def _settle(life: Life) -> None:
    """Hours later everything that was put off is due, and what is unsure is asked after."""
    for _ in range(30):
        states = {one.state for one in life.facts.deliveries.values()}
        if not states & {"queued", "sending", "unsure", "held"}:
            return
        life.later(hours=3)
        held = {one.broadcast for one in life.facts.deliveries.values() if one.state == "held"}
        for broadcast in held:
            life.control("resend", broadcast)
        life.serve()
