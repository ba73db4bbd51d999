"""One row of a roster: what it comes to, and everything that is wrong with it."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from broadcaster.audiences import cell_words, mobiles, person_names, ruined_text
from broadcaster.audiences.cell_forms import read_email, read_phone
from broadcaster.audiences.columns import STANDARD
from broadcaster.audiences.csv_sheet import UTF8_REMEDY, shape_flaw
from broadcaster.audiences.defaults import Defaults
from broadcaster.audiences.emails import EmailReader
from broadcaster.audiences.language_words import read_language
from broadcaster.audiences.row_errors import Flaw, FlawError
from broadcaster.domain.addresses import plain_email
from broadcaster.domain.channels import Channel
from broadcaster.domain.problems import Level
from broadcaster.domain.text_cleaning import clean, hidden

LONGEST_CELL = 10_000
"""Characters of one value. No column that a letter prints comes near it."""

_ANSWERS_KEPT = 2_000

_MAY_BE_NOTHING = frozenset({"email", "phone", "language", "timezone"})
"""Columns in which `none` is an empty cell. As a channel it may be somebody's no."""

_NAMED = 3
"""Hidden characters of a cell that are named."""


class RowReader:
    """Reads the rows of one sheet. Zones and language tags repeat, so what was found out about one is kept."""

    def __init__(self, columns: Sequence[str], defaults: Defaults, accept: frozenset[str] = frozenset()) -> None:
        self._columns = columns
        self._defaults = defaults
        self._accept = accept
        self._emails = EmailReader()
        self._readers: dict[str, Callable[[str], str]] = {
            "email": lambda text: read_email(text, self._emails.read),
            "phone": lambda text: read_phone(text, defaults.region),
            "language": _kept(read_language),
            "channel": _kept(cell_words.read_channel),
            "timezone": _kept(cell_words.read_timezone),
        }
        self._known = [(column, read) for column, read in self._readers.items() if column in columns]

    def read(self, cells: list[str]) -> tuple[dict[str, str], list[Flaw]]:
        """The cleaned values by column, and every flaw; with an error among them the row cannot be used."""
        flaws = list(self._shape(cells))
        if any(flaw.level is Level.ERROR for flaw in flaws):
            return {}, flaws
        values = dict(zip(self._columns, map(clean, cells), strict=False))
        typed = values.get("phone", "")
        for column, read in self._known:
            if (text := values[column]) and column in _MAY_BE_NOTHING and cell_words.says_nothing(text):
                values[column] = ""
                flaws.append(_nothing(column))
            elif text:
                try:
                    values[column] = read(text)
                except FlawError as error:
                    flaws += self._settled(error.flaw, values)
        typed = typed if values.get("phone") else ""
        flaws = mobiles.read_abroad(flaws, typed, values, self._defaults, self._accept)
        flaws += self._lacks(values)
        if name := values["name"]:
            flaws += person_names.checked(cells[self._columns.index("name")], name)
        if cell_words.greets(values.get("greeting", "")):
            message = "a word such as Dear stands in it; a letter that says Dear itself would say it twice"
            remedy = "Look at a preview. Write the name alone, such as Mrs Khan, or empty the cell."
            flaws.append(Flaw("greeting-dear", "greeting", message, remedy, Level.WARNING))
        flaws += self._ruined(cells)
        return values, flaws

    def _settled(self, flaw: Flaw, values: dict[str, str]) -> Iterator[Flaw]:
        """The flaw, unless its likely reading is accepted; that of a warning is taken and told."""
        accepted = bool(flaw.likely) and flaw.code in self._accept
        if accepted or (flaw.likely and flaw.level is Level.WARNING):
            values[flaw.column] = flaw.likely
        if not accepted:
            yield flaw

    def _shape(self, cells: list[str]) -> Iterator[Flaw]:
        """What is wrong before any cell is looked at for its meaning."""
        wanted = len(self._columns)
        if len(cells) < wanted or any(cells[wanted:]):
            yield shape_flaw(len(cells), wanted)
        for column, cell in zip(self._columns, cells, strict=False):
            if len(cell) > LONGEST_CELL:
                message = f"this cell holds more than {LONGEST_CELL:,} characters"
                yield Flaw(
                    "cell-too-long", column, message, "Shorten it; look for a quotation mark that is not closed."
                )
            elif not cell.isprintable():
                yield from _unprintable(column, cell)

    def _ruined(self, cells: list[str]) -> Iterator[Flaw]:
        """Warnings for the columns of which only the letters know what they mean."""
        for column, cell in zip(self._columns, cells, strict=False):
            if column not in STANDARD and not (cell.isascii() and "#" not in cell) and ruined_text.is_ruined(cell):
                remedy = "Mend it before a letter prints it: type it anew, or export the list again as CSV UTF-8."
                message = "a program has ruined this text"
                yield Flaw("text-ruined", column, message, remedy, Level.WARNING, ruined_text.mended(cell))

    @staticmethod
    def _lacks(values: dict[str, str]) -> Iterator[Flaw]:
        if not values["name"]:
            yield Flaw("name-missing", "name", "it is empty", "Write the name by which letters greet this person.")
        email, phone = values.get("email"), values.get("phone")
        if not email and (elsewhere := _with_email(values)):
            message = f"there is no email address, but one stands in column {elsewhere}"
            remedy = f"If letters may go there, move it, or match the heading of {elsewhere} with email."
            yield Flaw("email-elsewhere", "email", message, remedy, Level.WARNING)
        if not (email or phone):
            message = "there is neither an email address nor a telephone number"
            yield Flaw("address-missing", "email, phone", message, "Fill in one of the two, or delete the row.")
        channel = values.get("channel")
        if (channel == Channel.EMAIL and not email and phone) or (channel == Channel.SMS and not phone and email):
            lacking = "email" if channel == Channel.EMAIL else "phone"
            message = f"it says {channel}, but column {lacking} is empty"
            remedy = f"Fill in {lacking}, or empty this cell; until then the other way is used."
            yield Flaw("channel-without-address", "channel", message, remedy, Level.WARNING)


def _nothing(column: str) -> Flaw:
    message = "what stands here says that there is nothing; it is read as an empty cell"
    return Flaw("cell-nothing", column, message, "Nothing needs doing.", Level.WARNING)


def _with_email(values: Mapping[str, str]) -> str:
    """The first column of its own that has nothing but an email address in this row."""
    own = ((column, value) for column, value in values.items() if "@" in value and column not in STANDARD)
    return next((column for column, value in own if plain_email(value)), "")


def _unprintable(column: str, cell: str) -> Iterator[Flaw]:
    """What is wrong with a cell that holds more than one can see."""
    if any("\ud800" <= letter <= "\udfff" for letter in cell):
        message = "this cell holds letters that are not UTF-8 (the file was saved as Windows-1252 or the like)"
        yield Flaw("row-encoding", column, message, UTF8_REMEDY)
    elif "\0" in cell:
        message = "this cell holds a NUL character, so it is no text or is damaged"
        yield Flaw("cell-nul", column, message, "Look whether this is the right file, and type the cell anew.")
    elif found := hidden(cell):
        names = ", ".join(f"U+{ord(letter):04X}" for letter in found[:_NAMED]) + (", …" if found[_NAMED:] else "")
        message = f"this cell holds characters that nobody sees ({names}); they are left out"
        remedy = "Nothing needs doing. To be rid of this warning, type the cell anew instead of copying it."
        yield Flaw("hidden-characters", column, message, remedy, Level.WARNING)


def _kept(read: Callable[[str], str]) -> Callable[[str], str]:
    """The same reader, which remembers its answers; it forgets all rather than grow."""
    answers: dict[str, str | Flaw] = {}

    def remembering(text: str) -> str:
        answer = answers.get(text)
        if answer is None:
            try:
                answer = read(text)
            except FlawError as error:
                answer = error.flaw
            if len(answers) >= _ANSWERS_KEPT:
                answers.clear()
            answers[text] = answer
        if isinstance(answer, Flaw):
            raise FlawError(answer)
        return answer

    return remembering
