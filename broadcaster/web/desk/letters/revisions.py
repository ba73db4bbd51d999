"""What a letter said before: what changed between any two, and each of them put back."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from broadcaster.domain.language.language_tags import writing_direction
from broadcaster.domain.text.difference import compare_texts
from broadcaster.services.access.permissions import Permission
from broadcaster.services.writing import letter_texts, saving
from broadcaster.services.writing.saving import AUTHOR_BEFORE_THE_DESK, ChangedMeanwhileError
from broadcaster.web.desk.letters.editor import conflict_page, current_version, revision_text
from broadcaster.web.desk.letters.letter_form import WrittenLetter
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.draft_threads import in_draft_threads
from broadcaster.web.desk.routing.route_permissions import requires

CURRENT = "now"
"""The file as it stands, where that is no revision: somebody changed it with an editor of their own."""


@get("/letters/{letter:str}/{language:str}/revisions", opt=requires(Permission.LOOK))
@in_draft_threads
def show_revisions(letter: FromPath[str], language: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Earlier versions, and what changed between any two."""
    here = current_version(visit, letter, language)
    kept = saving.list_revisions(visit.view, letter, language)
    texts = {CURRENT: here.text} if here.text and here.last is None else {}
    texts |= {str(one.seq): one.content for one in kept}
    newer, older = (_chosen_revision(visit.asked(name), list(texts), n) for n, name in enumerate(("newer", "older")))
    return visit.page(
        "letter-revisions",
        name=letter,
        title=letter_texts.get_title(visit.view, letter),
        language=language,
        direction=writing_direction(language),
        here=here,
        kept=kept,
        newer=newer,
        older=older,
        now=CURRENT in texts,
        lines=compare_texts(texts.get(older, ""), texts.get(newer, "")),
        theirs=saving.can_change_letter(visit.view, letter, visit.who),
        outside=AUTHOR_BEFORE_THE_DESK,
    )


@post("/letters/{letter:str}/{language:str}/put-back", opt=requires(Permission.WRITE))
@in_draft_threads
def post_put_back(letter: FromPath[str], language: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Save what it said in one of them, unless somebody has saved something else meanwhile."""
    here, place = current_version(visit, letter, language), (letter, language)
    saving.require_can_change_letter(visit.view, letter, visit.who)
    text = revision_text(visit, place, visit.field("revision"))
    by = visit.actor(Permission.WRITE)
    try:
        saving.save_letter(visit.project, place, text, visit.field("digest"), by)
    except ChangedMeanwhileError as error:
        return conflict_page(visit, place, (WrittenLetter(text), here, here.text), error)
    return visit.redirect_to("letters", letter, language, "revisions", said="put-back")


ROUTES = (show_revisions, post_put_back)


def _chosen_revision(wanted: str, known: list[str], place: int) -> str:
    """The one that was asked for, else the newest or the one before it; "" where there is none."""
    return wanted if wanted in known else next(iter(known[place:]), "")
