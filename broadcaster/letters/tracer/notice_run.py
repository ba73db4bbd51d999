"""A letter run without a recipient, for a printed notice.

Every column is empty, `{% if recipient %}` and `{% if recipient.name %}` are false, and there are no links, for those
lead to one person's pages. A letter that prints a column outside such a condition is refused, with the place.
"""

from broadcaster.domain.problems import Problem
from broadcaster.letters.templating.error_containment import template_position
from broadcaster.letters.templating.sandbox import PrintSite
from broadcaster.letters.templating.syntax_tree import display_expression
from broadcaster.letters.templating.template_values import NOBODY, PersonalValueError
from broadcaster.letters.tracer.letter_program import CapturingPrinter, LetterProgram, LetterRun

NOTICE_PERSONAL = "notice-personal"
NOTICE_LINK = "notice-link"

_REMEDY = (
    "Put these words into a condition, with other words for everybody:  {% if recipient %}Dear {{ recipient.name }}"
    "{% else %}Dear neighbours{% endif %}"
)


def run_for_nobody(program: LetterProgram) -> LetterRun:
    """Run every part without a recipient. Raises LetterTooSlowError; other errors are noted in the run."""
    run = LetterRun()
    return program.run_with_printer(
        NOBODY, _ImpersonalPrinter(program.sentinels, run, program.path, has_links=False), run
    )


class _ImpersonalPrinter(CapturingPrinter):
    """Notes a problem for each personal value or link."""

    def value(self, value: object, site: PrintSite) -> str:
        # A number computed from an empty column, such as a length or an age, means nothing.
        computed = type(value) in (int, float)
        if not site.fixed and (computed or value == ""):
            message = f"{display_expression(site.node)} is one person's own, and a printed notice is for everybody"
            self.note(NOTICE_PERSONAL, message, _REMEDY, site)
            return ""
        return super().value(value, site)

    def link(self, name: str, site: PrintSite) -> str:
        message = f"links.{name} leads to one person's own page, which a printed notice has none of"
        remedy = f"Put it into a condition:  {{% if links.{name} %}}…{{% endif %}}"
        self.note(NOTICE_LINK, message, remedy, site)
        return ""

    def fail(self, error: Exception) -> None:
        if not isinstance(error, PersonalValueError):
            super().fail(error)
            return
        file, line = template_position(error.__traceback__)
        message = f"{error}, and a printed notice is for everybody"
        self.add_problem(Problem.error(NOTICE_PERSONAL, message, _REMEDY, file=file, line=line))
