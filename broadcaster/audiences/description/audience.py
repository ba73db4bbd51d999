"""A named list of people: `audiences/<name>.yaml` says for what and by what right, and a roster says who."""

import difflib
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from broadcaster.audiences.columns.arrangement import DEFAULT_ARRANGEMENT, LEFT_OUT, Arrangement, heading_key
from broadcaster.audiences.columns.column_names import is_column_name
from broadcaster.audiences.model.defaults import Defaults
from broadcaster.audiences.model.recipient import Recipient
from broadcaster.audiences.storage.encrypted_file import FileSource
from broadcaster.config.field_types import scalars
from broadcaster.config.schema import Section, sort_problems, validate_document, written_as
from broadcaster.config.sections import QuietHoursSettings
from broadcaster.config.yaml_files.document import YamlDocument, survey_yaml
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.local_time.quiet_hours import QuietHours
from broadcaster.domain.problems import Problem

if TYPE_CHECKING:
    from broadcaster.audiences.description.where_expression import WhereExpression

_ROSTER_NAME = re.compile(r"[^/\\\x00-\x1f]+\.csv(\.age)?")
_OTHER_ENDINGS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".tsv", ".vcf")
_OTHER_LIST_NAME = re.compile(rf"[^/\\\x00-\x1f]+({'|'.join(map(re.escape, _OTHER_ENDINGS))})", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class LawfulBasis(Section):
    """By what right people are written to: UK GDPR Article 6, and Article 9 where the list tells of a faith."""

    article_6: scalars.Paragraph
    article_9: scalars.Paragraph | None = None


class AudienceDefaults(Section):
    """Defaults for rows of this audience; the organisation's apply to what is not given here."""

    language: scalars.Language | None = None
    timezone: scalars.TimeZone | None = None
    region: scalars.Region | None = None


def _parse_column_choice(text: str) -> str:
    """`columns` matches a heading with the name of a column, or with - where it is to be left out."""
    if text != LEFT_OUT and not is_column_name(text):
        remedy = (
            "Write name, email, phone or another word of letters a to z, digits and _; or - to leave the column out."
        )
        raise scalars.wrong_value("this cannot be the name of a column", remedy)
    return text


ColumnChoice = Annotated[str, scalars.text_validator(_parse_column_choice)]


class AudienceDescription(Section):
    """The YAML file of an audience. `consent` says how people came to be on the list."""

    title: Annotated[scalars.Line, written_as("name")]
    purpose: scalars.Paragraph
    lawful_basis: LawfulBasis
    roster: scalars.Line | None = None
    defaults: AudienceDefaults = AudienceDefaults()
    where: scalars.Paragraph | None = None
    quiet: Annotated[QuietHoursSettings | None, written_as("quiet_hours")] = None
    columns: dict[scalars.Line, ColumnChoice] = {}  # noqa: RUF012 (pydantic copies it)
    consent: scalars.Paragraph | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """One audience, ready to be read. `name` is the key that campaigns use; `file` its YAML, for messages.

    `roster` is the file with the people, `defaults` what its rows fall back on; `given` is read in the place of the
    roster, as `import_arrangement` says, for looking through a list that is to become it.
    """

    name: str
    file: str
    description: AudienceDescription
    roster: Path
    defaults: Defaults
    where: "WhereExpression | None"
    import_source: FileSource | None = None
    import_arrangement: Arrangement = DEFAULT_ARRANGEMENT

    @property
    def source(self) -> FileSource:
        """The file source of the roster."""
        return self.import_source or self.roster

    @property
    def arrangement(self) -> Arrangement:
        """The arrangement by which the roster is read."""
        return Arrangement(self.description.columns) if self.import_source is None else self.import_arrangement

    @property
    def title(self) -> str:
        """The name that people read."""
        return self.description.title

    @property
    def purpose(self) -> str:
        """The purpose for which people are written to."""
        return self.description.purpose

    @property
    def roster_name(self) -> str:
        """The roster as messages name it, relative to the project folder."""
        return f"{Path(self.file).parent.as_posix()}/{self.source.name}"

    @property
    def quiet_hours(self) -> QuietHours | None:
        """The audience's own quiet hours; None leaves those of config.yaml in force."""
        return self.description.quiet.hours if self.description.quiet else None

    @property
    def digest(self) -> str:
        """SHA-256 (hexadecimal) of everything its YAML says and of the defaults in force, however it is laid out."""
        said = self.description.model_dump(mode="json", by_alias=True)
        said["defaults"] = [self.defaults.language, self.defaults.timezone, self.defaults.region]
        said["roster"] = self.roster.name
        if not self.description.columns:
            # What was approved before there was such a key holds on.
            del said["columns"]
        text = json.dumps([self.name, said], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def selects(self, recipient: Recipient) -> bool:
        """Whether `where` lets this person in. Raises `WhereError` if it names a column that the roster lacks."""
        return self.where is None or self.where.matches(recipient.fields)


def load_audience(folder: Path, name: str, defaults: Defaults, *, roster_needed: bool = True) -> Audience:
    """The audience of this name in `folder` (the project's `audiences/`). `defaults` are the organisation's.

    Raises `ProblemsFoundError` with everything that is wrong with its YAML. The roster is not opened, only looked for,
    and that not if it is about to be imported (`roster_needed=False`).
    """
    root = folder.parent
    if not _NAME.fullmatch(name):
        raise ProblemsFoundError((_bad_name_problem(folder, name),))
    path = folder / f"{name}.yaml"
    if not path.exists():
        raise ProblemsFoundError((_unknown_audience_problem(folder, name),))
    document = survey_yaml(
        path, root, may_be_empty=[("defaults",), ("where",), ("consent",), ("roster",), ("columns",)]
    )
    description, problems = validate_document(document, AudienceDescription)
    found = list(problems)
    where, wrong = _compile_where(document)
    found += [wrong] if wrong else []
    roster, wrong = _find_roster(folder, name, document)
    found += [wrong] if wrong and (roster_needed or wrong.code != "roster-missing") else []
    found += _ambiguous_headings(document)
    if description is None or found:
        raise ProblemsFoundError(sort_problems(found))
    own = description.defaults
    merged = Defaults(
        language=own.language or defaults.language,
        timezone=own.timezone or defaults.timezone,
        region=own.region or defaults.region,
    )
    return Audience(name, document.file, description, roster, merged, where)


def list_audience_names(folder: Path) -> list[str]:
    """The audiences that `folder` holds, sorted, with those whose name `load_audience` refuses."""
    return sorted(path.stem for path in folder.glob("*.yaml") if not path.name.startswith("."))


def _compile_where(document: YamlDocument) -> "tuple[WhereExpression | None, Problem | None]":
    source = document.data.get("where")
    if not isinstance(source, str) or not source.strip():
        return None, None
    from broadcaster.audiences.description.where_expression import (  # noqa: PLC0415 - Jinja is slow to load, and most audiences have no `where`
        WhereError,
        WhereExpression,
    )

    try:
        return WhereExpression(source.strip(), document.file, document.line(("where",))), None
    except WhereError as error:
        return None, error.as_problem()


def _ambiguous_headings(document: YamlDocument) -> Iterator[Problem]:
    """Headings of `columns` that differ in case and spaces only, and are matched with different columns."""
    first: dict[str, object] = {}
    columns = document.data.get("columns")
    for heading, column in columns.items() if isinstance(columns, dict) else ():
        if first.setdefault(heading_key(str(heading)), column) != column:
            yield Problem.error(
                "columns-twice",
                "columns: this heading is matched with another column above, for case and spaces do not count",
                "Keep one of the two.",
                file=document.file,
                line=document.nearest_line(("columns", heading)),
            )


def _find_roster(folder: Path, name: str, document: YamlDocument) -> tuple[Path, Problem | None]:
    """Where the people are: as `roster` says, a file beside the YAML; else `<name>.csv`, else `<name>.csv.age`."""
    said = document.data.get("roster")
    line = document.nearest_line(("roster",))
    if isinstance(said, str) and not _ROSTER_NAME.fullmatch(said):
        if _OTHER_LIST_NAME.fullmatch(said):
            return folder / f"{name}.csv", _not_yet_imported(name, said, document.file, line)
        return folder, Problem.error(
            "roster-name",
            "roster: this is not the name of a CSV file in the audiences folder",
            f"Write a name without folders that ends with .csv or .csv.age, such as {name}.csv.",
            file=document.file,
            line=line,
        )
    candidates = [said] if isinstance(said, str) else [f"{name}.csv", f"{name}.csv.age"]
    for candidate in candidates:
        path = folder / candidate
        if path.is_file():
            return path, _link_out_of_folder(folder, path, document.file, line)
    for other in (f"{name}{ending}" for ending in _OTHER_ENDINGS):
        if (folder / other).is_file():
            return folder / candidates[0], _not_yet_imported(name, other, document.file, line)
    return folder / candidates[0], Problem.error(
        "roster-missing",
        f"its roster {candidates[0]} is not in the audiences folder",
        "Put it there, or import a list:  broadcaster audience import.",
        file=document.file,
        line=line,
    )


def _not_yet_imported(name: str, list_name: str, file: str, line: int | None) -> Problem:
    """A workbook is no roster: erasing somebody must be able to change the file."""
    return Problem.error(
        "roster-missing",
        f"its roster would be {list_name}, which is a list to be taken in first",
        f"Run  broadcaster audience import {name} audiences/{list_name}  and delete {list_name} then.",
        file=file,
        line=line,
    )


def _link_out_of_folder(folder: Path, path: Path, file: str, line: int | None) -> Problem | None:
    if path.resolve().is_relative_to(folder.resolve()):
        return None
    return Problem.error(
        "roster-name",
        "roster: this is a link that leads out of the audiences folder",
        "Put the file itself into the folder.",
        file=file,
        line=line,
    )


def _bad_name_problem(folder: Path, name: str) -> Problem:
    there = name in list_audience_names(folder)
    return Problem.error(
        "audience-name",
        "this cannot be the name of an audience",
        f"Use letters, digits, - and _ only. {_known_audiences_text(folder)}",
        file=f"{folder.name}/{name}.yaml" if there else None,
    )


def _loadable_names(folder: Path) -> list[str]:
    return [name for name in list_audience_names(folder) if _NAME.fullmatch(name)]


def _unknown_audience_problem(folder: Path, name: str) -> Problem:
    file = f"{folder.name}/{name}.yaml"
    near = difflib.get_close_matches(name, _loadable_names(folder), n=1)
    remedy = f"{_known_audiences_text(folder)} Did you mean {near[0]}?" if near else _known_audiences_text(folder)
    return Problem.error("audience-unknown", f"there is no audience '{name}'", remedy, file=file)


def _known_audiences_text(folder: Path) -> str:
    return f"Known audiences: {', '.join(_loadable_names(folder)) or 'none yet'}."
