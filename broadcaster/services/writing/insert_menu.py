"""What can be put into a letter at a touch: what it may print, written as letters write it."""

from collections.abc import Iterator
from dataclasses import dataclass

from broadcaster.audiences import roster_columns
from broadcaster.audiences.columns import STANDARD
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.languages import is_tag
from broadcaster.letters.fields import GREETING
from broadcaster.letters.folder import read_file
from broadcaster.letters.grammar import FIXED_ROOTS
from broadcaster.letters.rules.link_placement import LINKS
from broadcaster.services.access.permissions import sees
from broadcaster.services.project.project import ProjectView
from broadcaster.services.rosters.audiences import open_audience
from broadcaster.services.writing import letter_catalogue

PEOPLE, HELPLINES, US, LINKED, SHARED = "people", "helplines", "us", "links", "shared"


@dataclass(frozen=True, slots=True)
class Insert:
    """Something to put in: `code`. `of` names what it is about, such as a column, a helpline or a shared text; `part`
    what of it, as a path of `docs/letters.md` ("helplines.number"), for pages to say in words; "" where `of` says all.
    """

    of: str
    part: str
    code: str


def insertable(project: ProjectView, letter: str, language: str, who: str, reads: str) -> dict[str, list[Insert]]:
    """What this person can put into a letter in a language, in groups; those that would be empty are left out. What
    helplines are called is said in the language that they read (`reads`).
    """
    groups = {
        PEOPLE: [Insert(name, "", _print(f"recipient.{name}")) for name in _columns(project, letter, who)],
        HELPLINES: list(_helplines(project, reads)),
        US: [_fixed(*path) for path in _ours(project, letter)],
        LINKED: [_fixed("links", name) for name in LINKS],
        SHARED: [Insert(name, "", f"{{% include '_shared/{name}' %}}") for name in _shared(project, language)],
    }
    return {name: found for name, found in groups.items() if found}


def _columns(project: ProjectView, letter: str, who: str) -> list[str]:
    """The columns of those whom the letter goes to, or could go to while no campaign sends it."""
    wanted = letter_catalogue.sent_to(project, letter) or letter_catalogue.audience_names(project)
    columns = dict.fromkeys((STANDARD[0], GREETING, *STANDARD[1:]))
    for name in wanted:
        if sees(project.settings, who, [name]):
            try:
                audience = open_audience(project, name, roster_needed=False)
            except ProblemsFoundError:
                continue  # whoever looks at the audience is told what is wrong with it
            columns |= dict.fromkeys(roster_columns(audience, identity=project.settings.age_identity))
    return list(columns)


def _ours(project: ProjectView, letter: str) -> Iterator[tuple[str, str]]:
    titled = any(one.title is not None for one in letter_catalogue.used_by(project, letter))
    for root, names in FIXED_ROOTS.items():
        yield from ((root, name) for name in sorted(names) if titled or (root, name) != ("campaign", "title"))


def _helplines(project: ProjectView, reads: str) -> Iterator[Insert]:
    for key, line in project.settings.helplines.items():
        called = line.name.best_for(reads, project.settings.organisation.language).text
        for name in ("number", "name", "says"):
            yield Insert(called, f"helplines.{name}", _print(f"helplines['{key}'].{name}"))


def _shared(project: ProjectView, language: str) -> list[str]:
    """The texts that letters share, of this language or of none. Macros are no text."""
    found = []
    for file in sorted(path.name for path in (project.templates / "_shared").glob("*.md")):
        spoken = file.removesuffix(".md").rpartition(".")[2] if file.count(".") > 1 else ""
        text = read_file(project.templates, f"_shared/{file}")
        if (spoken == language or not is_tag(spoken)) and isinstance(text, str) and "{% macro" not in text:
            found.append(file)
    return found


def _fixed(root: str, name: str) -> Insert:
    return Insert("", f"{root}.{name}", _print(f"{root}.{name}"))


def _print(path: str) -> str:
    return f"{{{{ {path} }}}}"
