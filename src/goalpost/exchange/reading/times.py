"""Cells read as moments and days. ISO, or the form a person names; nothing is guessed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from goalpost.exchange.errors import RowRefused, Unusable
from goalpost.exchange.files.cells import Cell, FormulaError, text_of

_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_ISO_DAY = len("2017-03-04")
_MAX_REMEMBERED = 100_000
_PROBE = datetime(2017, 3, 4, 15, 6, 7, tzinfo=UTC)
_TIME_DIRECTIVES = ("%H", "%I", "%X", "%c", "%M")


@dataclass(frozen=True, slots=True)
class DateFormat:
    """A form of dates, in strptime's letters. Raises Unusable for one that does not tell the day."""

    text: str

    def __post_init__(self) -> None:
        try:
            probe = datetime.strptime(_PROBE.strftime(self.text), self.text)  # noqa: DTZ007  only its date is used
        except ValueError as error:
            raise Unusable(f"--date-format {self.text!r} cannot be used: {error}.") from None
        if probe.date() != _PROBE.date():
            raise Unusable(
                f"--date-format {self.text!r} must have a year, a month and a day, such as %d/%m/%Y."
            )
        if "%I" in self.text and "%p" not in self.text:
            raise Unusable(f"--date-format {self.text!r} has hours up to 12 (%I) and needs %p, or use %H.")

    @property
    def has_time(self) -> bool:
        return any(directive in self.text for directive in _TIME_DIRECTIVES)

    @property
    def resembles_iso(self) -> bool:
        """Whether a text in this form could be taken for ISO and mean another day (`%Y-%d-%m`)."""
        try:
            datetime.fromisoformat(_PROBE.strftime(self.text))
        except ValueError:
            return False
        return True

    def parse(self, text: str) -> datetime | date | None:
        try:
            moment = datetime.strptime(text, self.text)  # noqa: DTZ007  the reader adds the company's time zone
        except ValueError:
            return None
        return moment if self.has_time else moment.date()


class TimeReader:
    """Reads cells as moments in UTC and as days of the company.

    A time without an offset is the company's local time, a date without a time that day's beginning
    there. Of a local time that occurs twice it is the first; one skipped by the change to summer time is
    moved past the gap.
    """

    def __init__(self, zone: ZoneInfo, formats: tuple[DateFormat, ...] = ()) -> None:
        self._zone = zone
        self._formats = formats
        self._takes_iso = not any(form.resembles_iso for form in formats)
        self._moments: dict[str, datetime] = {}

    def without_formats(self) -> "TimeReader":
        """Return a reader of ISO alone, for what is not the file's own text."""
        return TimeReader(self._zone)

    def moment(self, cell: Cell) -> datetime:
        """Return a cell as a moment in UTC. Raises RowRefused."""
        if isinstance(cell, str):
            known = self._moments.get(cell)
            if known is not None:
                return known
        moment = self._to_utc(self._read(cell))
        # Dates recur, moments hardly: only the former are worth keeping.
        if isinstance(cell, str) and len(cell) <= _ISO_DAY:
            if len(self._moments) >= _MAX_REMEMBERED:
                self._moments.clear()
            self._moments[cell] = moment
        return moment

    def day(self, cell: Cell) -> date:
        """Return a cell as a day. Raises RowRefused."""
        found = self._read(cell)
        if isinstance(found, datetime):
            return found.date() if found.tzinfo is None else found.astimezone(self._zone).date()
        return found

    def _to_utc(self, found: datetime | date) -> datetime:
        if isinstance(found, datetime):
            return (found if found.tzinfo else found.replace(tzinfo=self._zone)).astimezone(UTC)
        midnight = datetime.combine(found, time.min, self._zone).astimezone(UTC)
        if midnight.astimezone(self._zone).date() != found:
            raise RowRefused(f"{found} did not exist in the time zone {self._zone.key}: it was skipped.")
        return midnight

    def _read(self, cell: Cell) -> datetime | date:
        if isinstance(cell, str):
            found = self._parse(cell)
        elif isinstance(cell, date):
            found = cell
        elif isinstance(cell, FormulaError):
            raise RowRefused(f"is a formula without a result ({cell.text}).")
        else:
            raise RowRefused(f"“{text_of(cell)}” is a number, not a date. Format the column as dates.")
        if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
            raise RowRefused(f"“{text_of(cell)}” is not in the years {_FIRST_YEAR} to {_LAST_YEAR}.")
        return found

    def _parse(self, text: str) -> datetime | date:
        readings = {found for form in self._formats if (found := form.parse(text)) is not None}
        if len(readings) > 1:
            raise RowRefused(f"“{text}” fits more than one --date-format and means another time in each.")
        if readings:
            return readings.pop()
        found = _parse_iso(text) if self._takes_iso else None
        if found is None:
            raise RowRefused(_advice(text, self._formats))
        return found


def _parse_iso(text: str) -> datetime | date | None:
    try:
        if len(text) == _ISO_DAY and text[4] == text[7] == "-":
            return date.fromisoformat(text)
        if text[4:5] == text[7:8] == "-" and text[10:11] in ("T", " "):
            # An offset may stand apart: 2017-03-04 10:00:00 +02:00.
            return datetime.fromisoformat(text[:11] + text[11:].replace(" ", ""))
    except ValueError:
        pass
    return None


def _advice(text: str, formats: tuple[DateFormat, ...]) -> str:
    if formats:
        named = " or ".join(form.text for form in formats)
        return f"“{text}” is not a date in the form {named}."
    return (
        f"“{text}” is not a date in ISO form (2017-03-04), and is not guessed at. Say how the file writes"
        " dates, for example --date-format %d/%m/%Y for day first, %m/%d/%Y for month first."
    )
