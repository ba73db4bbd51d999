"""What can be put into a letter at a touch: what it may print, written as letters write it."""

from collections.abc import Iterator
from dataclasses import dataclass

from broadcaster.audiences.columns.column_names import STANDARD_COLUMNS
from broadcaster.audiences.rosters.roster_header import roster_columns
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.language.language_tags import is_language_tag
from broadcaster.letters.reading.recipient_fields import GREETING
from broadcaster.letters.reading.template_files import read_file
from broadcaster.letters.templating.allowed_syntax import FIXED_ROOTS
from broadcaster.letters.templating.link_placement import LINK_NAMES
from broadcaster.services.access.permissions import can_see
from broadcaster.services.project.project import ProjectView
from broadcaster.services.rosters import audiences
from broadcaster.services.rosters.audiences import open_audience
from broadcaster.services.writing import letter_audiences

PEOPLE, HELPLINES, US, LINKED, SHARED = "people", "helplines", "us", "links", "shared"


@dataclass(frozen=True, slots=True)
class Insertion:
    """Something to put in: `code`. `of` names what it is about, such as a column, a helpline or a shared text; `part`
    what of it, as a path of `docs/letters.md` ("helplines.number"), for pages to say in words; "" where `of` says all.
    """

    of: str
    part: str
    code: str


def list_insertions(
    project: ProjectView, letter: str, language: str, who: str, reads: str
) -> dict[str, list[Insertion]]:
    """What this person can put into a letter in a language, in groups; those that would be empty are left out. What
    helplines are called is said in the language that they read (`reads`).
    """
    groups = {
        PEOPLE: [
            Insertion(name, "", _print_expression(f"recipient.{name}"))
            for name in _recipient_columns(project, letter, who)
        ],
        HELPLINES: list(_helpline_insertions(project, reads)),
        US: [_fixed_insertion(*path) for path in _fixed_value_paths(project, letter)],
        LINKED: [_fixed_insertion("links", name) for name in LINK_NAMES],
        SHARED: [Insertion(name, "", f"{{% include '_shared/{name}' %}}") for name in _shared_texts(project, language)],
    }
    return {name: found for name, found in groups.items() if found}


def _recipient_columns(project: ProjectView, letter: str, who: str) -> list[str]:
    """The columns of those whom the letter goes to, or could go to while no campaign sends it."""
    wanted = letter_audiences.list_audiences_sent_to(project, letter) or audiences.list_audiences(project)
    columns = dict.fromkeys((STANDARD_COLUMNS[0], GREETING, *STANDARD_COLUMNS[1:]))
    for name in wanted:
        if can_see(project.settings, who, [name]):
            try:
                audience = open_audience(project, name, roster_needed=False)
            except ProblemsFoundError:
                continue  # whoever looks at the audience is told what is wrong with it
            columns |= dict.fromkeys(roster_columns(audience, identity=project.settings.age_identity))
    return list(columns)


def _fixed_value_paths(project: ProjectView, letter: str) -> Iterator[tuple[str, str]]:
    titled = any(one.title is not None for one in letter_audiences.list_campaigns_sending(project, letter))
    for root, names in FIXED_ROOTS.items():
        yield from ((root, name) for name in sorted(names) if titled or (root, name) != ("campaign", "title"))


def _helpline_insertions(project: ProjectView, reads: str) -> Iterator[Insertion]:
    for key, line in project.settings.helplines.items():
        called = line.name.best_for(reads, project.settings.organisation.language).text
        for name in ("number", "name", "says"):
            yield Insertion(called, f"helplines.{name}", _print_expression(f"helplines['{key}'].{name}"))


def _shared_texts(project: ProjectView, language: str) -> list[str]:
    """The texts that letters share, of this language or of none. Macros are no text."""
    found = []
    for file in sorted(path.name for path in (project.templates / "_shared").glob("*.md")):
        spoken = file.removesuffix(".md").rpartition(".")[2] if file.count(".") > 1 else ""
        text = read_file(project.templates, f"_shared/{file}")
        if (spoken == language or not is_language_tag(spoken)) and isinstance(text, str) and "{% macro" not in text:
            found.append(file)
    return found


def _fixed_insertion(root: str, name: str) -> Insertion:
    return Insertion("", f"{root}.{name}", _print_expression(f"{root}.{name}"))


def _print_expression(path: str) -> str:
    return f"{{{{ {path} }}}}"
