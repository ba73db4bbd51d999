"""The printed notice of a letter, to hang up or hand out: made for no recipient, from the same compiled letter."""

from broadcaster.domain.errors import BroadcasterError
from broadcaster.letters import notice
from broadcaster.services.composing.messages import Prospects
from broadcaster.services.composing.sender import sender
from broadcaster.services.previewing.preview import check_language


def notice_of(prospects: Prospects, language: str) -> str:
    """The notice in this language, as a whole HTML document.

    Raises NotWrittenError, and NoticeImpossibleError with every place of the letter that is one person's own.
    """
    check_language(prospects, language)
    return prospects.compiler.notice(language, sender(prospects, language).logo)


def printed(prospects: Prospects, language: str) -> bytes:
    """That notice as PDF. Needs the extra `print`; raises its errors."""
    page = notice_of(prospects, language)
    return notice.pdf(page)


def printing_obstacle() -> BroadcasterError | None:
    """Why nothing can be printed on this machine; None where it can."""
    try:
        notice.require()
    except notice.PrintExtraMissingError as error:
        return error
    return None
