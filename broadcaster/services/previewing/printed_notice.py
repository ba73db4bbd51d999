"""The printed notice of a letter, to hang up or hand out: made for no recipient, from the same compiled letter."""

from broadcaster.domain.errors import BroadcasterError
from broadcaster.letters.printing import notice_pdf
from broadcaster.services.composing.messages import CampaignMessages
from broadcaster.services.composing.sender import campaign_sender
from broadcaster.services.previewing.preview import check_language


def notice_html(prospects: CampaignMessages, language: str) -> str:
    """The notice in this language, as a whole HTML document.

    Raises NotWrittenError, and NoticeImpossibleError with every place of the letter that is one person's own.
    """
    check_language(prospects, language)
    return prospects.compiler.notice(language, campaign_sender(prospects, language).logo)


def render_notice(prospects: CampaignMessages, language: str) -> bytes:
    """That notice as PDF. Needs the extra `print`; raises its errors."""
    page = notice_html(prospects, language)
    return notice_pdf.render_pdf(page)


def printing_obstacle() -> BroadcasterError | None:
    """Why nothing can be printed on this machine; None where it can."""
    try:
        notice_pdf.require_print_extra()
    except notice_pdf.PrintExtraMissingError as error:
        return error
    return None
