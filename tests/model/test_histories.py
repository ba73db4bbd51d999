"""Histories that led to a fault once, each as short as it was found, and some that came close."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.model.deaths import COMMITTED, STATEMENT, TAKEN, Moment
from tests.model.ending import run_to_the_end
from tests.model.life import Life
from tests.model.world import CRONS, EACH, LETTER_OF, ONCE, POISON, RULE, WHENS

History = Callable[[Life], object]


def _looked_at_while_half_made(life: Life) -> None:
    """Killed while it releases; then somebody only looks."""
    life.have_approved(ONCE, at_once=True)
    life.serve(Moment(COMMITTED, 4))
    life.look("status", ONCE)
    life.serve()


def _killed_at_a_statement_of_the_release(life: Life) -> None:
    life.have_approved(ONCE, at_once=True)
    life.send(ONCE, Moment(STATEMENT, 30))
    life.look("agenda", ONCE)
    life.send(ONCE)


def _submitted_again_as_written(life: Life) -> None:
    """Approved to go at once; before it starts an author submits the campaign for its own time."""
    life.have_approved(ONCE, at_once=True)
    life.submit(ONCE, at_once=False)


def _next_of_a_rule_submitted_again(life: Life) -> None:
    life.have_approved(EACH, at_once=True)
    life.submit(EACH, at_once=False)


def _a_letter_nobody_can_read(life: Life) -> None:
    """It stops its own campaign and no other, and the pages that list it go on."""
    life.have_approved(ONCE, at_once=True)
    life.have_approved(RULE, at_once=True)
    life.world.write_letter(LETTER_OF[ONCE], POISON)
    life.later(minutes=1)
    life.serve()
    for look in ("letters", "check", "status", "agenda"):
        life.look(look, ONCE)


def _taken_out_of_config(life: Life) -> None:
    life.have_approved(ONCE, at_once=False)
    life.have_approved(RULE, at_once=False)
    life.world.take_out(ONCE)
    life.check_accounts()
    life.world.rename(RULE)


def _its_time_moved(life: Life) -> None:
    life.have_approved(ONCE, at_once=False)
    life.have_approved(EACH, at_once=False)
    life.world.move(ONCE, WHENS[2], CRONS[0])
    life.check_accounts()
    life.world.move(EACH, WHENS[0], CRONS[1])


def _submitted_to_go_at_once_and_not_approved(life: Life) -> None:
    """What was approved for its own time still goes then, and is shown."""
    life.have_approved(ONCE, at_once=False)
    life.submit(ONCE, at_once=True)


def _called_off_while_its_time_is_moved_away(life: Life) -> None:
    """Whoever calls it off then and hears that nothing is approved must not see it go out."""
    life.have_approved(ONCE, at_once=False)
    life.world.move(ONCE, WHENS[2], CRONS[0])
    life.look("status", ONCE)
    life.call_off(ONCE)
    life.world.move(ONCE, WHENS[0], CRONS[0])
    life.to_the_next_time()
    life.serve()


def _in_doubt_and_sent_once_more(life: Life) -> None:
    life.have_approved(ONCE, at_once=True)
    life.post.proves = False
    life.serve(Moment(TAKEN, 1))
    life.look("unsure", ONCE)
    life.control("resend", life.latest())


def _nobody_served_when_a_rule_first_came(life: Life) -> None:
    """Approved in the evening; the first `serve` is started five minutes after its time in the morning."""
    life.have_approved(RULE, at_once=False)
    life.set_clock(datetime(2027, 3, 27, 9, 5, tzinfo=UTC))
    life.serve()


HISTORIES: tuple[History, ...] = (
    _looked_at_while_half_made,
    _killed_at_a_statement_of_the_release,
    _submitted_again_as_written,
    _next_of_a_rule_submitted_again,
    _a_letter_nobody_can_read,
    _taken_out_of_config,
    _its_time_moved,
    _submitted_to_go_at_once_and_not_approved,
    _called_off_while_its_time_is_moved_away,
    _in_doubt_and_sent_once_more,
    _nobody_served_when_a_rule_first_came,
)


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.__name__.strip("_"))
def test_a_history(history: History) -> None:
    life = Life()
    try:
        history(life)
        life.check_accounts()
        run_to_the_end(life)
    finally:
        life.close()
