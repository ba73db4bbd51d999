"""What is wrong in the fields of a page, gathered while the page is made: its summary stands above everything else."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FieldError:
    """One mistake. `field` is the id of what it is in. Words of an error of ours are English, whatever the page speaks;
    with them comes `remedy`, what to do next. It is "" where the template has words of its own for both.
    """

    field: str
    words: str
    remedy: str


@dataclass(slots=True)
class FieldErrors:
    """The mistakes of one page, in the order of its fields. Templates add them; the layout reads them at the end.

    The shape is that of the error summary of GOV.UK's design system.
    """

    found: list[FieldError] = field(default_factory=list)

    def add(self, field_id: str, words: str, remedy: str = "") -> str:
        """Note a mistake. Returns "", which a template prints."""
        self.found.append(FieldError(field_id, words, remedy))
        return ""

    def refusal(self, field_id: str) -> FieldError | None:
        """The error of ours that was noted for this field, which has yet to be said beside it."""
        return next((one for one in self.found if one.field == field_id and one.remedy), None)

    def has(self, field_id: str) -> bool:
        """Whether a mistake in this field was noted before."""
        return any(one.field == field_id for one in self.found)
