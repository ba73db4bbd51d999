"""The editor: a letter's text in one language, looked at while it is typed, saved as the file it is."""

from difflib import SequenceMatcher
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.domain.languages import direction
from broadcaster.services import draft, letterbook, writing
from broadcaster.services.people import Deed
from broadcaster.services.writing import ChangedMeanwhileError, NoSuchLetterError, TextRefusedError, Version
from broadcaster.web.desk.frames import framed
from broadcaster.web.desk.needs import needs
from broadcaster.web.desk.visit import Visit

COLUMNS = ("name", "email", "phone", "language")
LINKS = ("web", "check", "unsubscribe")


@get("/letters/{letter:str}/{language:str}/edit", opt=needs(Deed.WRITE), sync_to_thread=True)
def edit(letter: FromPath[str], language: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The text as it stands, or as it once stood (`revision`), to be changed."""
    here = _version(visit, letter, language)
    text = here.text or letterbook.beginning(visit.project, letter)
    wanted = visit.asked("revision")
    for one in writing.revisions(visit.project, letter, language) if wanted else ():
        text = one.content if str(one.seq) == wanted else text
    return _editor(visit, (letter, language), text, here.digest)


@post("/letters/{letter:str}/{language:str}/edit", opt=needs(Deed.WRITE), sync_to_thread=True)
def save(letter: FromPath[str], language: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Save it; or, where that is what was pressed, only look at it."""
    text, digest = str(visit.form.get("text", "")), visit.field("digest")
    here = _version(visit, letter, language)
    writing.refuse_others(visit.project, letter, visit.who)
    if visit.field("do") == "look":
        return _editor(visit, (letter, language), text, digest)
    by = visit.actor(Deed.WRITE)
    try:
        writing.save(visit.project, (letter, language), text, digest, by)
    except TextRefusedError as error:
        return _editor(visit, (letter, language), text, digest, refused=error)
    except ChangedMeanwhileError as error:
        return visit.page(
            "letter-conflict",
            409,
            name=letter,
            language=language,
            direction=direction(language),
            error=error,
            text=text,
            here=here,
            lines=difference(here.text, text.replace("\r\n", "\n")),
        )
    return visit.go("letters", letter, said="saved")


@post("/letters/{letter:str}/{language:str}/try", opt=needs(Deed.WRITE), status_code=200, sync_to_thread=True)
def look(letter: FromPath[str], language: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """What is wrong with a text and how it would look, while it is typed."""
    _version(visit, letter, language)
    writing.refuse_others(visit.project, letter, visit.who)
    found = draft.look(visit.project, letter, language, str(visit.form.get("text", "")))
    return visit.page("letter-draft", draft=found)


@post("/letters/{letter:str}/{language:str}/frame", opt=needs(Deed.WRITE), status_code=200, sync_to_thread=True)
def frame(letter: FromPath[str], language: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The email made of a text that is not saved, for a frame."""
    _version(visit, letter, language)
    writing.refuse_others(visit.project, letter, visit.who)
    found = draft.look(visit.project, letter, language, str(visit.form.get("text", "")))
    page = found.shown.page if found.shown else None
    return framed(page or "<!doctype html><html lang=en><title>-</title><p>…</p></html>")


@get("/letters/{letter:str}/{language:str}/revisions", opt=needs(Deed.LOOK), sync_to_thread=True)
def revisions(letter: FromPath[str], language: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """What it said before, and what changed between any two."""
    here = _version(visit, letter, language)
    kept = writing.revisions(visit.project, letter, language)
    by_number = {str(one.seq): one for one in kept}
    newer = by_number.get(visit.asked("newer"), kept[0] if kept else None)
    older = by_number.get(visit.asked("older"), kept[1] if len(kept) > 1 else None)
    lines = difference(older.content if older else "", newer.content) if newer else ()
    return visit.page(
        "letter-revisions",
        name=letter,
        language=language,
        direction=direction(language),
        here=here,
        kept=kept,
        newer=newer,
        older=older,
        lines=lines,
    )


ROUTES = (edit, save, look, frame, revisions)

Line = tuple[str, str]
"""What became of a line ("same", "added", "removed"), and the line."""


def difference(before: str, after: str) -> list[Line]:
    """Two texts as one list of lines; of what stayed the same three lines around each change, the rest as "…"."""
    old, new = before.splitlines(), after.splitlines()
    lines: list[Line] = []
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(3):
        lines += [("gap", "")] if lines else []
        for what, start, end, begin, stop in group:
            if what == "equal":
                lines += [("same", line) for line in old[start:end]]
            else:
                lines += [("removed", line) for line in old[start:end]]
                lines += [("added", line) for line in new[begin:stop]]
    return lines


def _version(visit: Visit, letter: str, language: str) -> Version:
    try:
        return writing.version(visit.project, letter, language)
    except NoSuchLetterError:
        raise NotFoundException from None


def _editor(
    visit: Visit, place: tuple[str, str], text: str, digest: str, refused: TextRefusedError | None = None
) -> Response[Any]:
    letter, language = place
    return visit.page(
        "letter-edit",
        422 if refused else 200,
        name=letter,
        language=language,
        direction=direction(language),
        text=text.replace("\r\n", "\n"),
        digest=digest,
        refused=refused,
        theirs=writing.may_change(visit.project, letter, visit.who),
        here=_version(visit, letter, language),
        draft=draft.look(visit.project, letter, language, text),
        columns=COLUMNS,
        helplines=visit.project.settings.helplines,
        links=LINKS,
    )
