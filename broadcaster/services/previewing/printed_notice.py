"""The printed notice of a letter, to hang up or hand out: the same compiled letter, for no recipient."""

from broadcaster.domain.errors import BroadcasterError
from broadcaster.letters.printing import notice_pdf
from broadcaster.services.composing.messages import CampaignMessages
from broadcaster.services.composing.sender import campaign_sender
from broadcaster.services.previewing.preview import check_language


def notice_html(messages: CampaignMessages, language: str) -> str:
    """The notice in this language, as a whole HTML document.

    Raises LanguageMissingError, and NoticeImpossibleError with every place of the letter that needs one person.
    """
    check_language(messages, language)
    return messages.compiler.notice(language, campaign_sender(messages, language).logo)


def render_notice(messages: CampaignMessages, language: str) -> bytes:
    """That notice as PDF. Needs the extra `print`; raises its errors."""
    page = notice_html(messages, language)
    return notice_pdf.render_pdf(page)


def printing_obstacle() -> BroadcasterError | None:
    """Why nothing can be printed on this machine; None where it can."""
    try:
        notice_pdf.require_print_extra()
    except notice_pdf.PrintExtraMissingError as error:
        return error
    return None
