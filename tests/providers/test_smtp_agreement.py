"""Whatever a mail server does, our receipts and its ledger agree."""

import dataclasses
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcaster.providers.smtp import Smtp
from tests.providers.mailtrial import ONE_BY_ONE, PIPELINING, agree, route
from tests.providers.people import email
from tests.standins.smtp import Fault, Plan, StandIn

_FAULTS = st.builds(
    Fault,
    phase=st.sampled_from(["connect", "greeting", "ehlo", "mail", "rcpt", "data", "body", "dot", "taken", "rset"]),
    action=st.sampled_from(["drop", "reset", "garbage", "reply", "reply", "reply"]),
    reply=st.sampled_from(
        [
            "421 4.3.2 bye",
            "450 4.2.0 later",
            "550 5.1.1 unknown",
            "554 5.7.1 no",
            "250 2.0.0 ok",
            "503 5.5.1 not now",
            "501 what?",
            "354 go",
            "200",
            "599 ?",
        ]
    ),
    after=st.integers(0, 30),
    times=st.integers(1, 4),
).filter(lambda fault: fault.action != "reply" or _honest(fault))


def _honest(fault: Fault) -> bool:
    """A server that says one thing and writes down another can be believed by nobody."""
    says_taken, says_not = fault.reply.startswith("2"), fault.reply[0] in "45"
    return not (says_taken and fault.phase in {"body", "dot"}) and not (says_not and fault.phase == "taken")


_PLANS = st.builds(
    Plan,
    extensions=st.sampled_from([PIPELINING, ONE_BY_ONE, (*PIPELINING, "OPEN-WITHOUT-RCPT")]),
    faults=st.lists(_FAULTS, max_size=5).map(tuple),
    early_after_dot=st.sampled_from(["", "", "503 not so fast"]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=_PLANS, count=st.integers(0, 40), connections=st.integers(1, 4), most=st.sampled_from([None, None, 1, 3]))
def test_whatever_happens_receipts_and_ledger_agree(
    tmp_path: Path, plan: Plan, count: int, connections: int, most: int | None
) -> None:
    ledger = tmp_path / "ledger.jsonl"
    ledger.unlink(missing_ok=True)
    with StandIn(plan, tmp_path) as server:
        there = dataclasses.replace(route(server, connections), messages_per_connection=most)
        with Smtp(there).open() as session:
            batch = [email(number) for number in range(count)]
            receipts = session.send(batch)
        agree(batch, receipts, server.taken)
