import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcaster.audiences.description.audience import load_audience
from broadcaster.audiences.formats.csv_injection import escape_formula, unescape_formula
from broadcaster.audiences.importing.import_export import export_roster, import_roster
from broadcaster.audiences.model.defaults import Defaults
from broadcaster.domain.errors import ProblemsFoundError

if TYPE_CHECKING:
    from tests.audiences.conftest import Folder

KEY = b"k" * 32


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "from elsewhere.csv"


def test_a_good_list_becomes_the_roster_normalised(folder: "Folder", source: Path) -> None:
    folder.write("name,email\nOld,old@example.org\n")
    source.write_bytes(
        "sep=;\r\nName;Phone;E mail;Email\r\nAmína ;07700 900123;=1;A@EXAMPLE.org\r\n\r\n".encode("utf-16")
    )
    done = import_roster(folder.audience(), source, mark_key=KEY)
    assert done.rows == 1
    assert folder.roster.read_text("utf-8") == "name,phone,e_mail,email\nAmína,+447700900123,=1,A@example.org\n"


def test_a_list_with_a_bad_row_changes_nothing_and_names_them_all(folder: "Folder", source: Path) -> None:
    folder.write("name,email\nOld,old@example.org\n")
    source.write_text("name,email\nAmina,amina@example.org\n,x\nOmar,omar\n")
    with pytest.raises(ProblemsFoundError) as caught:
        import_roster(folder.audience(), source, mark_key=KEY)
    assert [problem.line for problem in caught.value.problems] == [3, 3, 4]
    assert {problem.file for problem in caught.value.problems} == {source.name}
    assert "Old" in folder.roster.read_text()


def test_the_first_roster_of_an_audience_can_be_imported(folder: "Folder", source: Path) -> None:
    folder.write("")
    folder.audience()
    folder.roster.unlink()
    source.write_text("name,email\nAmina,amina@example.org\nAgain,amina@example.org\n")
    defaults = Defaults("en", "Europe/London", "GB")
    audience = load_audience(folder.path, "neighbours", defaults, roster_needed=False)
    done = import_roster(audience, source, mark_key=KEY)
    assert (done.rows, [problem.code for problem in done.warnings]) == (2, ["duplicate-address"])
    assert folder.roster.stat().st_mode & 0o077 == 0


def test_a_source_that_is_not_there_is_a_clear_error(folder: "Folder", source: Path) -> None:
    folder.write("name,email\n")
    with pytest.raises(ProblemsFoundError):
        import_roster(folder.audience(), source, mark_key=KEY)


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+447700900123", "-1", "@SUM(1)", "\tx", "\rx", "\nx", " =1", '"=1', "\u00a0=1"]
    + [f"{sign}1+1" for sign in "＝＋－＠﹦﹢﹣﹫"],
)
def test_no_cell_is_a_formula(cell: str) -> None:
    assert escape_formula(cell) == f"'{cell}"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("x;=1+1", "x;'=1+1"),
        ("x;＝1+1", "x;'＝1+1"),
        ('x"; "=1+1', 'x";\' "=1+1'),
        ("x\n=1;@y|-z\t+1", "x\n'=1;'@y|'-z\t'+1"),
        ("=1;=2", "'=1;'=2"),
        ("a; b = c", "a; b = c"),
        ("O'-Brien; D'=x", "O'-Brien; D'=x"),
    ],
)
def test_no_part_of_a_cell_is_a_formula_either(cell: str, shown: str) -> None:
    assert escape_formula(cell) == shown
    assert unescape_formula(shown) == cell


SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫"


@given(st.lists(st.sampled_from([*SIGNS, *"x1,;|\t\n\r \"'", "\u00a0"]), max_size=12).map("".join))
def test_whatever_separates_cells_none_begins_as_a_formula(cell: str) -> None:
    """A file of commas, read as if it were one of other separators by a program that minds no quotes."""
    target = io.StringIO(newline="")
    csv.writer(target).writerow(["first", escape_formula(cell), "last"])
    for separator in ";|\t":
        for line in re.split("[\r\n]+", target.getvalue()):
            for part in line.removeprefix("first,").split(separator):
                assert not part.strip(' "\u00a0').startswith(tuple(SIGNS)), separator


def test_an_empty_list_still_has_its_header() -> None:
    target = io.StringIO()
    assert export_roster([], target) == 0
    assert target.getvalue() == "\ufeffname,email,phone,language,channel,timezone\n"


VALUES = st.text(max_size=12) | st.sampled_from(
    ["=1+1", "+x", "-", "@a", "'=1", "'", '"', "a,b", "مريم", "x;=1+1", "＝1", "O'-x", "a;b|-c", "x;'=1"]
)


@given(st.lists(VALUES, min_size=1, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_goes_out_and_comes_back_is_the_same(folder: "Folder", source: Path, notes: list[str]) -> None:
    folder.write("name,email,phone,language,timezone,channel,note\n")
    audience = folder.audience()
    cells = ['"' + note.replace('"', '""') + '"' for note in notes]
    rows = [f"P{i},p{i}@example.org,07700 900{i:03d},en,Europe/London,,{cell}\n" for i, cell in enumerate(cells)]
    header = "name,email,phone,language,timezone,channel,note\n"
    before = folder.read(header.encode() + "".join(rows).encode("utf-8", "surrogatepass"))
    target = io.StringIO(newline="")
    assert export_roster(before.recipients, target) == len(before.recipients)
    source.write_text(target.getvalue(), "utf-8", newline="")
    import_roster(audience, source, mark_key=KEY)
    after = folder.read()

    def known(note: str) -> str:
        # A value that already wore an apostrophe before a formula sign cannot be told from one that was given it.
        return unescape_formula(note)

    assert [known(one.fields["note"]) for one in before.recipients] == [one.fields["note"] for one in after.recipients]
    assert [one.phone for one in before.recipients] == [one.phone for one in after.recipients]
