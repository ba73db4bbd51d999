"""What can be put into a letter at a touch: what it may print, written as letters write it."""

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from broadcaster.audiences.columns.column_names import STANDARD_COLUMNS
from broadcaster.audiences.rosters.roster_header import roster_columns
from broadcaster.config import CampaignSettings
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.language.language_tags import is_language_tag
from broadcaster.letters.reading.loader import load_letter
from broadcaster.letters.reading.recipient_fields import GREETING
from broadcaster.letters.reading.template_files import read_file
from broadcaster.letters.templating.allowed_syntax import FIXED_ROOTS
from broadcaster.letters.templating.link_placement import LINK_NAMES
from broadcaster.services.access.permissions import can_see
from broadcaster.services.composing.template_context import template_context_by_language
from broadcaster.services.project.project import ProjectView
from broadcaster.services.rosters import audiences
from broadcaster.services.rosters.audiences import open_audience
from broadcaster.services.writing import letter_audiences

PEOPLE, HELPLINES, US, LINKED, SHARED = "people", "helplines", "us", "links", "shared"

_MARKUP = re.compile(r"\{%.*?%\}|\{#.*?#\}|^\s*(?:[#>*+-]+|\d+\.)\s|[*_`\[\]\\]", re.DOTALL | re.MULTILINE)
_SENTENCE = re.compile(r".*?[?!.؟۔।](?=\s|$)")


@dataclass(frozen=True, slots=True)
class Insertion:
    """Something to put in: `code`, called `label`. `sample` is what it prints, "" where that differs by person."""

    label: str
    code: str
    sample: str = ""


def list_insertions(
    project: ProjectView, place: tuple[str, str], who: str, reads: str, words: Mapping[str, str]
) -> dict[str, list[Insertion]]:
    """What this person can put into a letter in a language (`place`), in groups; empty ones are left out.

    Names of helplines are in the language that they read (`reads`). `words` are that language's words for the paths of
    `docs/letters.md` ("helplines.number"), and for "passage" and "signature".
    """
    letter = place[0]
    columns = [
        Insertion(name.replace("_", " "), _print_expression(f"recipient.{name}"))
        for name in _recipient_columns(project, letter, who)
    ]
    groups = {PEOPLE: columns, **list_fixed_insertions(project, place, reads, words)}
    return {name: found for name, found in groups.items() if found}


def list_fixed_insertions(
    project: ProjectView, place: tuple[str, str], reads: str, words: Mapping[str, str]
) -> dict[str, list[Insertion]]:
    """As `list_insertions`, without the columns of rosters."""
    letter, language = place
    samples = _sample_values(project, letter, language)
    return {
        HELPLINES: list(_helpline_insertions(project, reads, words, samples)),
        US: [_fixed_insertion(path, words, samples) for path in _fixed_value_paths(project, letter)],
        LINKED: [_fixed_insertion(f"links.{name}", words, samples) for name in LINK_NAMES],
        SHARED: [
            _passage_insertion(name, text, words)
            for name, text in _shared_texts(project)
            if _language_of(name) in ("", language)
        ],
    }


def list_other_passages(project: ProjectView, language: str, words: Mapping[str, str]) -> list[Insertion]:
    """The shared texts of other languages: a letter may include one by mistake."""
    return [
        _passage_insertion(name, text, words)
        for name, text in _shared_texts(project)
        if _language_of(name) not in ("", language)
    ]


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


def _fixed_value_paths(project: ProjectView, letter: str) -> Iterator[str]:
    titled = any(one.title is not None for one in letter_audiences.list_campaigns_sending(project, letter))
    for root, names in FIXED_ROOTS.items():
        paths = (f"{root}.{name}" for name in sorted(names))
        yield from (path for path in paths if titled or path != "campaign.title")


def _helpline_insertions(
    project: ProjectView, reads: str, words: Mapping[str, str], samples: Mapping[str, str]
) -> Iterator[Insertion]:
    for key, line in project.settings.helplines.items():
        called = line.name.best_for(reads, project.settings.organisation.language).text
        for name in ("number", "name", "says"):
            path = f"helplines['{key}'].{name}"
            label = f"{called}: {words[f'helplines.{name}']}"
            yield Insertion(label, _print_expression(path), samples.get(path, ""))


def _sample_values(project: ProjectView, letter: str, language: str) -> Mapping[str, str]:
    """What the letter's own values say, by path; none where the letter cannot be read."""
    try:
        loaded = load_letter(project.templates, letter)
    except ProblemsFoundError:
        return {}
    if loaded.signatory not in project.settings.signatories:
        return {}
    campaign = CampaignSettings.of_letter(letter)
    context = template_context_by_language(project.settings, campaign, loaded, project.wall_now())(language)
    samples = {
        f"{root}.{name}": value
        for root, values in {"organisation": context.organisation, "signatory": context.signatory}.items()
        for name, value in values.items()
    }
    samples["campaign.date"] = context.campaign["date"]
    for key, values in context.helplines.items():
        samples |= {f"helplines['{key}'].{name}": value for name, value in values.items()}
    return samples


def _shared_texts(project: ProjectView) -> Iterator[tuple[str, str]]:
    """The files of texts that letters share, with their text. Macros are no text."""
    for file in sorted(path.name for path in (project.templates / "_shared").glob("*.md")):
        text = read_file(project.templates, f"_shared/{file}")
        if isinstance(text, str) and "{% macro" not in text:
            yield file, text


def _language_of(file: str) -> str:
    """The language that a shared text is in, "" where it is in none."""
    spoken = file.removesuffix(".md").rpartition(".")[2] if file.count(".") > 1 else ""
    return spoken if is_language_tag(spoken) else ""


def _passage_insertion(file: str, text: str, words: Mapping[str, str]) -> Insertion:
    """A shared text, called by its first words; one that has no words of its own by the name of its file."""
    code = f"{{% include '_shared/{file}' %}}"
    plain, _, gap = _MARKUP.sub("", text).partition("{{")
    line = (plain.strip().splitlines() or [""])[0]
    sentence = _SENTENCE.match(line)
    first = textwrap.shorten(sentence[0] if sentence else line, 50, placeholder="…").strip(" :,")
    if not re.search(r"\w", first):
        stem = file.partition(".")[0]
        return Insertion(words.get(stem, stem.replace("-", " ")), code)
    return Insertion(f"{words['passage']}: {first}", code, "" if gap else line)


def _fixed_insertion(path: str, words: Mapping[str, str], samples: Mapping[str, str]) -> Insertion:
    return Insertion(words[path], _print_expression(path), samples.get(path, ""))


def _print_expression(path: str) -> str:
    return f"{{{{ {path} }}}}"
