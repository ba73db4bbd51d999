"""Generated letters, plain and hostile recipients: the four promises hold, and a broken compiler breaks them."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.text.cleaning import clean_text
from broadcaster.letters.compiling.compiler import Compiler
from broadcaster.letters.filling.serialisation import dump_skeleton, load_skeleton
from broadcaster.letters.filling.skeleton import EmailSkeleton, Envelope
from tests.letters import equivalence
from tests.letters.generated import HOSTILE, Written, alphabetic, fields, hostile, letters, straight_letters
from tests.letters.writing import ENVELOPE, LINKS, SENDER, compiler, load

slow = settings(
    max_examples=5_000 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def made(written: Written) -> Compiler:
    with tempfile.TemporaryDirectory() as folder:
        return compiler(load(Path(folder), written.files))


@pytest.mark.timeout(3600)
@slow
@given(letters(), st.lists(fields(hostile), min_size=1, max_size=3))
def test_source_is_jinjas_own(written: Written, people: list[dict[str, str]]) -> None:
    ready = made(written)
    for person in people:
        for channel in Channel:
            equivalence.source_holds(ready, written.language, person, channel)


@pytest.mark.timeout(3600)
@slow
@given(straight_letters(), st.lists(fields(hostile), min_size=3, max_size=6))
def test_quick_and_whole_runs_agree(written: Written, people: list[dict[str, str]]) -> None:
    ready = made(written)
    for person in people:
        for channel in Channel:
            trace = equivalence.source_holds(ready, written.language, person, channel)
            assert ready.is_fast_traced(written.language, channel)
            assert len({ready.trace(written.language, each, channel).skeleton for each in people}) == 1, trace


@pytest.mark.timeout(3600)
@slow
@given(letters(), st.lists(fields(alphabetic), min_size=1, max_size=3))
def test_markup_is_that_of_jinjas_rendering(written: Written, people: list[dict[str, str]]) -> None:
    ready = made(written)
    for person in people:
        equivalence.markup_holds(ready, written.language, person)


@pytest.mark.timeout(3600)
@slow
@given(letters(), st.lists(fields(hostile), min_size=1, max_size=3), st.sampled_from(HOSTILE).map(clean_text))
def test_structure_and_mime_hold_for_hostile_values(written: Written, people: list[dict[str, str]], name: str) -> None:
    ready = made(written)
    for person in people:
        trace = ready.trace(written.language, person, Channel.EMAIL)
        skeleton = ready.email(trace.skeleton, SENDER)
        equivalence.structure_holds(skeleton, trace.values)
        envelope = Envelope(name, ENVELOPE.to_address, ENVELOPE.message_id, ENVELOPE.date)
        raw = equivalence.mime_holds(skeleton, trace.values, envelope)
        stored = load_skeleton(dump_skeleton(skeleton))
        assert isinstance(stored, EmailSkeleton)
        assert stored == skeleton
        assert stored.fill(trace.values, envelope, LINKS) == raw
