"""What a letter said before: what changed between any two, and each of them put back."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from broadcaster.domain.languages import direction
from broadcaster.domain.text_difference import difference
from broadcaster.services.access.permissions import Deed
from broadcaster.services.writing import letter_catalogue, saving
from broadcaster.services.writing.saving import BEFORE_THE_DESK, ChangedMeanwhileError
from broadcaster.web.desk.drafting import drafting
from broadcaster.web.desk.editor import conflict, revision, version
from broadcaster.web.desk.permissions import needs
from broadcaster.web.desk.request import Visit

NOW = "now"
"""The file as it stands, where that is no revision: somebody changed it with an editor of their own."""


@get("/letters/{letter:str}/{language:str}/revisions", opt=needs(Deed.LOOK))
@drafting
def revisions(letter: FromPath[str], language: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """What it said before, and what changed between any two."""
    here = version(visit, letter, language)
    kept = saving.revisions(visit.view, letter, language)
    texts = {NOW: here.text} if here.text and here.last is None else {}
    texts |= {str(one.seq): one.content for one in kept}
    newer, older = (_chosen(visit.asked(name), list(texts), n) for n, name in enumerate(("newer", "older")))
    return visit.page(
        "letter-revisions",
        name=letter,
        title=letter_catalogue.title(visit.view, letter),
        language=language,
        direction=direction(language),
        here=here,
        kept=kept,
        newer=newer,
        older=older,
        now=NOW in texts,
        lines=difference(texts.get(older, ""), texts.get(newer, "")),
        theirs=saving.may_change(visit.view, letter, visit.who),
        outside=BEFORE_THE_DESK,
    )


@post("/letters/{letter:str}/{language:str}/put-back", opt=needs(Deed.WRITE))
@drafting
def put_back(letter: FromPath[str], language: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Save what it said in one of them, unless somebody has saved something else meanwhile."""
    here, place = version(visit, letter, language), (letter, language)
    saving.refuse_others(visit.view, letter, visit.who)
    text = revision(visit, place, visit.field("revision"))
    by = visit.actor(Deed.WRITE)
    try:
        saving.save(visit.project, place, text, visit.field("digest"), by)
    except ChangedMeanwhileError as error:
        return conflict(visit, place, (text, here), error)
    return visit.go("letters", letter, language, "revisions", said="put-back")


ROUTES = (revisions, put_back)


def _chosen(wanted: str, known: list[str], place: int) -> str:
    """The one that was asked for, else the newest or the one before it; "" where there is none."""
    return wanted if wanted in known else next(iter(known[place:]), "")
