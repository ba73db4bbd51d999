"""One row of a roster: what it comes to, and everything that is wrong with it."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from broadcaster.audiences.addresses import mobile_numbers
from broadcaster.audiences.addresses.address_cells import read_email_cell, read_phone_cell
from broadcaster.audiences.addresses.emails import EmailReader
from broadcaster.audiences.columns.column_names import STANDARD_COLUMNS
from broadcaster.audiences.formats.csv_sheet import UTF8_REMEDY, row_length_flaw
from broadcaster.audiences.model.defaults import Defaults
from broadcaster.audiences.model.row_errors import Flaw, FlawError
from broadcaster.audiences.validation import channels_and_timezones, person_names, ruined_text
from broadcaster.audiences.validation.language_names import read_language
from broadcaster.domain.contact.addresses import plain_email
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.problems import Severity
from broadcaster.domain.text.cleaning import clean_text, hidden_characters

LONGEST_CELL = 10_000
"""Characters of one value. No column that a letter prints comes near it."""

_MOST_REMEMBERED = 2_000

_PLACEHOLDER_COLUMNS = frozenset({"email", "phone", "language", "timezone"})
"""Columns in which `none` is an empty cell. As a channel it may be somebody's no."""

_MOST_NAMED = 3
"""Hidden characters of a cell that are named."""


class RowReader:
    """Reads the rows of one sheet. Zones and language tags repeat, so what was found out about one is kept."""

    def __init__(self, columns: Sequence[str], defaults: Defaults, accept: frozenset[str] = frozenset()) -> None:
        self._columns = columns
        self._defaults = defaults
        self._accept = accept
        self._emails = EmailReader()
        self._readers: dict[str, Callable[[str], str]] = {
            "email": lambda text: read_email_cell(text, self._emails.read),
            "phone": lambda text: read_phone_cell(text, defaults.region),
            "language": _remembering_reader(read_language),
            "channel": _remembering_reader(channels_and_timezones.read_channel),
            "timezone": _remembering_reader(channels_and_timezones.read_timezone),
        }
        self._known = [(column, read) for column, read in self._readers.items() if column in columns]

    def read(self, cells: list[str]) -> tuple[dict[str, str], list[Flaw]]:
        """The cleaned values by column, and every flaw; with an error among them the row cannot be used."""
        flaws = list(self._shape(cells))
        if any(flaw.level is Severity.ERROR for flaw in flaws):
            return {}, flaws
        values = dict(zip(self._columns, map(clean_text, cells), strict=False))
        typed = values.get("phone", "")
        for column, read in self._known:
            if (
                (text := values[column])
                and column in _PLACEHOLDER_COLUMNS
                and channels_and_timezones.is_placeholder(text)
            ):
                values[column] = ""
                flaws.append(_placeholder_flaw(column))
            elif text:
                try:
                    values[column] = read(text)
                except FlawError as error:
                    flaws += self._settle_flaw(error.flaw, values)
        typed = typed if values.get("phone") else ""
        flaws = mobile_numbers.check_mobile_number(flaws, typed, values, self._defaults, self._accept)
        flaws += self._missing_value_flaws(values)
        if name := values["name"]:
            flaws += person_names.find_name_flaws(cells[self._columns.index("name")], name)
        if channels_and_timezones.begins_with_salutation(values.get("greeting", "")):
            message = "a word such as Dear stands in it; a letter that says Dear itself would say it twice"
            remedy = "Look at a preview. Write the name alone, such as Mrs Khan, or empty the cell."
            flaws.append(Flaw("greeting-dear", "greeting", message, remedy, Severity.WARNING))
        flaws += self._ruined(cells)
        return values, flaws

    def _settle_flaw(self, flaw: Flaw, values: dict[str, str]) -> Iterator[Flaw]:
        """The flaw, unless its likely reading is accepted; that of a warning is taken and told."""
        accepted = bool(flaw.likely) and flaw.code in self._accept
        if accepted or (flaw.likely and flaw.level is Severity.WARNING):
            values[flaw.column] = flaw.likely
        if not accepted:
            yield flaw

    def _shape(self, cells: list[str]) -> Iterator[Flaw]:
        """What is wrong before any cell is looked at for its meaning."""
        wanted = len(self._columns)
        if len(cells) < wanted or any(cells[wanted:]):
            yield row_length_flaw(len(cells), wanted)
        for column, cell in zip(self._columns, cells, strict=False):
            if len(cell) > LONGEST_CELL:
                message = f"this cell holds more than {LONGEST_CELL:,} characters"
                yield Flaw(
                    "cell-too-long", column, message, "Shorten it; look for a quotation mark that is not closed."
                )
            elif not cell.isprintable():
                yield from _unprintable_flaws(column, cell)

    def _ruined(self, cells: list[str]) -> Iterator[Flaw]:
        """Warnings for the columns of which only the letters know what they mean."""
        for column, cell in zip(self._columns, cells, strict=False):
            if (
                column not in STANDARD_COLUMNS
                and not (cell.isascii() and "#" not in cell)
                and ruined_text.is_ruined(cell)
            ):
                remedy = "Mend it before a letter prints it: type it anew, or export the list again as CSV UTF-8."
                message = "a program has ruined this text"
                yield Flaw("text-ruined", column, message, remedy, Severity.WARNING, ruined_text.repair_text(cell))

    @staticmethod
    def _missing_value_flaws(values: dict[str, str]) -> Iterator[Flaw]:
        if not values["name"]:
            yield Flaw("name-missing", "name", "it is empty", "Write the name by which letters greet this person.")
        email, phone = values.get("email"), values.get("phone")
        if not email and (elsewhere := _column_with_email(values)):
            message = f"there is no email address, but one stands in column {elsewhere}"
            remedy = f"If letters may go there, move it, or match the heading of {elsewhere} with email."
            yield Flaw("email-elsewhere", "email", message, remedy, Severity.WARNING)
        if not (email or phone):
            message = "there is neither an email address nor a telephone number"
            yield Flaw("address-missing", "email, phone", message, "Fill in one of the two, or delete the row.")
        channel = values.get("channel")
        if (channel == Channel.EMAIL and not email and phone) or (channel == Channel.SMS and not phone and email):
            lacking = "email" if channel == Channel.EMAIL else "phone"
            message = f"it says {channel}, but column {lacking} is empty"
            remedy = f"Fill in {lacking}, or empty this cell; until then the other way is used."
            yield Flaw("channel-without-address", "channel", message, remedy, Severity.WARNING)


def _placeholder_flaw(column: str) -> Flaw:
    message = "what stands here says that there is nothing; it is read as an empty cell"
    return Flaw("cell-nothing", column, message, "Nothing needs doing.", Severity.WARNING)


def _column_with_email(values: Mapping[str, str]) -> str:
    """The first column of its own that has nothing but an email address in this row."""
    own = ((column, value) for column, value in values.items() if "@" in value and column not in STANDARD_COLUMNS)
    return next((column for column, value in own if plain_email(value)), "")


def _unprintable_flaws(column: str, cell: str) -> Iterator[Flaw]:
    """What is wrong with a cell that holds more than one can see."""
    if any("\ud800" <= letter <= "\udfff" for letter in cell):
        message = "this cell holds letters that are not UTF-8 (the file was saved as Windows-1252 or the like)"
        yield Flaw("row-encoding", column, message, UTF8_REMEDY)
    elif "\0" in cell:
        message = "this cell holds a NUL character, so it is no text or is damaged"
        yield Flaw("cell-nul", column, message, "Look whether this is the right file, and type the cell anew.")
    elif found := hidden_characters(cell):
        names = ", ".join(f"U+{ord(letter):04X}" for letter in found[:_MOST_NAMED]) + (
            ", …" if found[_MOST_NAMED:] else ""
        )
        message = f"this cell holds characters that nobody sees ({names}); they are left out"
        remedy = "Nothing needs doing. To be rid of this warning, type the cell anew instead of copying it."
        yield Flaw("hidden-characters", column, message, remedy, Severity.WARNING)


def _remembering_reader(read: Callable[[str], str]) -> Callable[[str], str]:
    """The same reader, which remembers its answers; it forgets all rather than grow."""
    answers: dict[str, str | Flaw] = {}

    def remembering(text: str) -> str:
        answer = answers.get(text)
        if answer is None:
            try:
                answer = read(text)
            except FlawError as error:
                answer = error.flaw
            if len(answers) >= _MOST_REMEMBERED:
                answers.clear()
            answers[text] = answer
        if isinstance(answer, Flaw):
            raise FlawError(answer)
        return answer

    return remembering
