"""The same mistake on every row is told once, and buries nothing else."""

from broadcaster.domain.problems import Problem, merge_problems


def problem(line: int | None, message: str = "no column nane", file: str = "audiences/people.csv") -> Problem:
    return Problem.error("undefined-value", message, "Correct it.", file=file, line=line)


def test_what_differs_only_in_its_row_is_one() -> None:
    other = problem(3, "a space stands in the address")
    found = merge_problems([problem(2), other, *(problem(row) for row in (4, *range(7, 50), 52, 53))])
    assert found == [(problem(2), "The same on rows 4, 7 to 49, 52 to 53."), (other, "")]


def test_a_few_are_all_named() -> None:
    assert merge_problems([problem(2), problem(9)])[0][1] == "The same on row 9."
    letter = "templates/tea/en.md"
    assert merge_problems([problem(n, file=letter) for n in (2, 5, 8)])[0][1] == "The same on lines 5, 8."


def test_other_files_and_levels_are_other_problems() -> None:
    warned = Problem.warning("undefined-value", "no column nane", "Correct it.", file="audiences/people.csv", line=2)
    assert len(merge_problems([problem(2), problem(2, file="audiences/others.csv"), warned, problem(None)])) == 3
