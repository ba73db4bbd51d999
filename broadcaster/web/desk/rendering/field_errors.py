"""What is wrong in the fields of a page, gathered while the page is made: its summary stands above everything else."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FieldError:
    """One mistake. `field` is the id of what it is in, and `english` tells that the words are, whatever the page
    speaks.
    """

    field: str
    words: str
    english: bool


@dataclass(slots=True)
class FieldErrors:
    """The mistakes of one page, in the order of its fields. Templates add them; the layout reads them at the end.

    The shape is that of the error summary of GOV.UK's design system.
    """

    found: list[FieldError] = field(default_factory=list)

    def add(self, field_id: str, words: str, *, english: bool = False) -> str:
        """Note a mistake. Returns "", which a template prints."""
        self.found.append(FieldError(field_id, words, english))
        return ""

    def has(self, field_id: str) -> bool:
        """Whether a mistake in this field was noted before."""
        return any(one.field == field_id for one in self.found)
