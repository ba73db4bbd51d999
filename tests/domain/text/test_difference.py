"""What changed between two texts: nothing is lost of either, and a reworded line is read word by word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.text.difference import CONTEXT_LINES, ChangeKind, DifferencePiece, compare_texts

SAME, REMOVED, ADDED, CHANGED, GAP = (
    ChangeKind.SAME,
    ChangeKind.REMOVED,
    ChangeKind.ADDED,
    ChangeKind.CHANGED,
    ChangeKind.GAP,
)

LINES = st.lists(st.text(st.sampled_from("ab ,é"), max_size=6).map(str.strip) | st.just("one two three"), max_size=12)


def side(before: str, after: str, gone: ChangeKind) -> list[str]:
    """The lines of one of both texts, as the difference has them: without what is `gone` in it."""
    return [
        "".join(piece.text for piece in line.pieces if piece.what is not gone)
        for line in compare_texts(before, after)
        if line.what is not gone
    ]


@given(LINES, LINES)
def test_each_text_can_be_read_from_it(before: list[str], after: list[str]) -> None:
    old, new = "\n".join(before), "\n".join(after)
    if (
        len(before) <= CONTEXT_LINES and len(after) <= CONTEXT_LINES and old.splitlines() != new.splitlines()
    ):  # none is left out
        assert side(old, new, ADDED) == old.splitlines()
        assert side(old, new, REMOVED) == new.splitlines()
    if old.splitlines() == new.splitlines():
        assert compare_texts(old, new) == []


def test_a_reworded_line_shows_its_words() -> None:
    (line,) = compare_texts("The desk is open on Monday.", "The desk is closed on Monday evening.")
    assert line.what is CHANGED
    assert line.pieces == (
        DifferencePiece(SAME, "The desk is "),
        DifferencePiece(REMOVED, "open"),
        DifferencePiece(ADDED, "closed"),
        DifferencePiece(SAME, " on Monday"),
        DifferencePiece(ADDED, " evening"),
        DifferencePiece(SAME, "."),
    )


def test_words_reworded_next_to_each_other_are_read_at_a_stretch() -> None:
    (line,) = compare_texts("we met old friends in the park", "we met new people in the park")
    assert [one.text for one in line.pieces] == ["we met ", "old friends", "new people", " in the park"]


def test_another_line_in_its_place_is_not_called_reworded() -> None:
    assert [line.what for line in compare_texts("Dear you,\nCome to tea.", "Dear you,\nالسلام عليكم")] == [
        SAME,
        REMOVED,
        ADDED,
    ]


def test_what_is_far_from_any_change_is_left_out() -> None:
    before = [f"line {n}" for n in range(40)]
    after = ["new", *before[:-1], "other words at last"]
    found = [line.what for line in compare_texts("\n".join(before), "\n".join(after))]
    assert found == [ADDED, *[SAME] * CONTEXT_LINES, GAP, *[SAME] * CONTEXT_LINES, REMOVED, ADDED]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x\n" * 60_000, "y\n" + "x\n" * 60_000),
        ("x\n" * 60_000, "y\n" * 60_000),
        ("a b " * 40_000, "b a " * 40_000),
        (
            "\n".join(f"{n} " + "a b c " * 150 for n in range(190)),
            "\n".join(f"{n} " + "c a b " * 150 for n in range(190)),
        ),
    ],
)
@pytest.mark.timeout(60)
def test_no_text_holds_anybody_up(before: str, after: str) -> None:
    """Without bounds each of these takes minutes; a timeout is its only way to fail."""
    assert compare_texts(before, after)
