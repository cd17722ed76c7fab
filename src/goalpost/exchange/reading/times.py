"""Parses moments and days: in ISO form, in a given format, or in one derived from the column."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale

from goalpost.domain.counting import Moment
from goalpost.exchange.errors import RowRefused, Unusable
from goalpost.exchange.files.cells import Cell, FormulaError, text_of
from goalpost.exchange.reading.values import LANGUAGES, fold_word

_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_ISO_DAY = len("2017-03-04")
_MOST_WORDS = 6  # martes, 1 de mayo de 2024
_MAX_REMEMBERED = 100_000
_IN_A_ROW = 8
_PROBE = datetime(2017, 3, 4, 15, 6, 7, tzinfo=UTC)
_TIME_DIRECTIVES = ("%H", "%I", "%X", "%c", "%M")


@dataclass(frozen=True, slots=True)
class DateFormat:
    """A date format of strptime. Raises Unusable for one that does not determine the day."""

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


_NUMBERS = re.compile(r"(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})", re.ASCII)
_TIME = re.compile(
    r"[T,\s]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?(?:\s*(?P<half>[ap])\.?\s?m\b\.?)?"
    r"(?:\s*\(?(?P<zone>[a-z]{1,5}|(?:utc|gmt)?\s?[+-]\d{1,2}(?::?\d{2})?|[a-z]+(?:/[a-z_]+){1,2})\)?)?$",
    re.IGNORECASE | re.ASCII,
)
_OFFSET = re.compile(r"(?:utc|gmt)?\s?([+-])(\d{1,2}):?(\d{2})?")
_HOURS_OF_ZONES = {
    **dict.fromkeys(("z", "utc", "gmt", "wet"), 0),
    "est": -5,
    "edt": -4,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
    "akst": -9,
    "akdt": -8,
    "hst": -10,
    "brt": -3,
    "west": 1,
    "bst": 1,
    "cet": 1,
    "cest": 2,
    "eet": 2,
    "eest": 3,
    "msk": 3,
    "jst": 9,
    "aest": 10,
    "aedt": 11,
    "nzst": 12,
    "nzdt": 13,
}
"""Unambiguous abbreviations of time zones, without CST and IST."""
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?|\d{10}|\d{13}", re.ASCII)
_FIRST_SECOND, _LAST_SECOND = 315_532_800, 4_102_444_800
"""Seconds since 1970, as programs count them, in thousandths where there are 13 digits: 1980 to 2099."""
_SECOND_DIGITS, _MILLISECOND_DIGITS, _SERIAL_DIGITS = 10, 13, 5
_FIRST_SERIAL, _LAST_SERIAL = 20_000, 80_000
"""Days since 1899-12-30, as spreadsheets count them: from 1954 to 2119."""
_SERIAL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  a spreadsheet's day has no zone
_YEAR_DIGITS, _LAST_MONTH, _LAST_DAY, _NOON = 4, 12, 31, 12
_CENTURY, _YEARS_OF_A_CENTURY, _YEAR_OF_LAST_CENTURY = 2000, 100, 70
_SIGNS = "/.-"


class DateOrder(StrEnum):
    """The order of day and month in numeric dates."""

    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"


@dataclass(slots=True)
class DateLayout:
    """What a column's cells show about its date format, by separator."""

    orders: dict[str, set[DateOrder]] = field(default_factory=lambda: {sign: set() for sign in _SIGNS})
    short: dict[str, list[int]] = field(default_factory=dict)
    """Of dates with two digits for the year: the least and greatest first number, and last number."""
    years_last: set[str] = field(default_factory=set)
    has_serials: bool = False
    has_others: bool = False
    has_times: bool = False
    """Then a workbook's date is a midnight, which workbooks do not distinguish from a date."""

    def order(self, sign: str) -> DateOrder | None:
        """None where no cell shows it, or cells contradict each other."""
        return min(self.orders[sign]) if len(self.orders[sign]) == 1 else None

    def has_short_years(self, sign: str) -> bool:
        """Whether two digits at the end are a year: 24/05/13 may be a day of 2013 or of 2024."""
        least, greatest, least_last, greatest_last = self.short.get(sign, (0, 0, 0, 0))
        return sign in self.years_last or greatest - least > _LAST_MONTH > greatest_last - least_last

    def note(self, cell: Cell) -> None:
        text = text_of(cell).strip()
        self.has_times |= isinstance(cell, datetime)
        if not text or text[4:5] == "-":
            self.has_others |= bool(text)
        elif _is_serial(text):
            self.has_serials = True
            self.has_times |= len(text) != _SERIAL_DIGITS
        else:
            self.has_others = True
            numbers = _NUMBERS.match(text)
            if numbers and len(numbers[1]) < _YEAR_DIGITS:
                self._note_numbers(numbers[2], int(numbers[1]), int(numbers[3]), numbers[4])

    def _note_numbers(self, sign: str, first: int, second: int, last: str) -> None:
        # Dates with points never begin with the month.
        if first > _LAST_MONTH or sign == ".":
            self.orders[sign].add(DateOrder.DAY_FIRST)
        elif second > _LAST_MONTH:
            self.orders[sign].add(DateOrder.MONTH_FIRST)
        if len(last) == _YEAR_DIGITS:
            return
        if sign == "." or second > _LAST_MONTH or not 1 <= int(last) <= _LAST_DAY:
            self.years_last.add(sign)
        seen = self.short.setdefault(sign, [first, first, int(last), int(last)])
        seen[:] = min(seen[0], first), max(seen[1], first), min(seen[2], int(last)), max(seen[3], int(last))


class TimeReader:
    """Reads cells as moments in UTC and as days.

    A time without an offset is the company's local time. A date without a time stays a date, which is that
    day in every time zone; only a workbook's, which writes a midnight no other way, is a moment where its
    column has times. Of a local time that occurs twice it is the first; one skipped by the change to summer
    time is moved past the gap.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        formats: tuple[DateFormat, ...] = (),
        layouts: Mapping[int, DateLayout] = MappingProxyType({}),
    ) -> None:
        self._zone = zone
        self._layouts = layouts
        self._orders: dict[str, DateOrder] = {}
        self._short_years: frozenset[str] = frozenset()
        self._has_serials = self._has_times = False
        self._formats = formats
        self._takes_iso = not any(form.resembles_iso for form in formats)
        self._found: dict[str, datetime | date] = {}
        self._of_row: dict[str, datetime | date] = {}

    def of_column(self, position: int | None) -> "TimeReader":
        """Return a reader of a column, by its own layout, else by the other columns'."""
        reader = TimeReader(self._zone, self._formats, self._layouts)
        layout = self._layouts.get(position or 0, DateLayout()) if position is not None else DateLayout()
        others = self._layouts.values()
        of_all = {found for each in others for sign in _SIGNS if (found := each.order(sign))}
        for sign in _SIGNS:
            alike = {found for each in others if (found := each.order(sign))} or of_all
            own = layout.orders[sign] or (alike if len(alike) == 1 else set())
            if len(own) == 1:
                reader._orders[sign] = min(own)
        reader._short_years = frozenset(
            sign for sign in _SIGNS if any(each.has_short_years(sign) for each in (layout, *others))
        )
        reader._has_serials = layout.has_serials and not layout.has_others
        reader._has_times = layout.has_times
        return reader

    def without_formats(self) -> "TimeReader":
        """Return a reader of ISO form only, for values of options."""
        return TimeReader(self._zone)

    def moment(self, cell: Cell) -> Moment:
        """Return a cell as a moment in UTC, or as a day if it has no time. Raises RowRefused."""
        found = self._read(cell)
        if isinstance(found, datetime):
            return self._to_utc(found)
        is_midnight = self._has_times and (not isinstance(cell, str) or _is_serial(cell))
        return self._to_utc(datetime.combine(found, time.min)) if is_midnight else found

    def as_written(self, cell: Cell) -> str:
        """Return a cell's date and time as the file has them, for all time zones. Raises RowRefused.

        A local midnight is written like a plain date: a workbook does not tell the two apart.
        """
        found = self._read(cell)
        if isinstance(found, datetime):
            if found.tzinfo is not None:
                found = found.astimezone(UTC)
            elif found.time() == time.min:
                found = found.date()
        return found.isoformat()

    def day(self, cell: Cell) -> date:
        """Return a cell as a day. Raises RowRefused."""
        found = self._read(cell)
        if isinstance(found, datetime):
            return found.date() if found.tzinfo is None else found.astimezone(self._zone).date()
        return found

    def _to_utc(self, found: datetime) -> datetime:
        return (found if found.tzinfo else found.replace(tzinfo=self._zone)).astimezone(UTC)

    def _read(self, cell: Cell) -> datetime | date:
        if isinstance(cell, str):
            if (known := self._found.get(cell) or self._of_row.get(cell)) is not None:
                return known
            found = self._parse(cell)
        elif isinstance(cell, date):
            found = cell
        elif isinstance(cell, FormulaError):
            raise RowRefused(f"is a formula without a result ({cell.text}).")
        elif self._has_serials and _is_serial(text_of(cell)):
            found = _serial_day(text_of(cell))
        else:
            raise RowRefused(f"“{text_of(cell)}” is a number, not a date. Format the column as dates.")
        if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
            raise RowRefused(f"“{text_of(cell)}” is not in the years {_FIRST_YEAR} to {_LAST_YEAR}.")
        # Dates recur; a moment does so within its row, hardly ever in another.
        if isinstance(cell, str):
            is_day = len(cell) <= _ISO_DAY
            kept = self._found if is_day else self._of_row
            if len(kept) >= (_MAX_REMEMBERED if is_day else _IN_A_ROW):
                kept.clear()
            kept[cell] = found
        return found

    def _parse(self, text: str) -> datetime | date:
        readings = {found for form in self._formats if (found := form.parse(text)) is not None}
        if len(readings) > 1:
            raise RowRefused(f"“{text}” fits more than one --date-format, with different results.")
        if readings:
            return readings.pop()
        found = _parse_iso(text) if self._takes_iso else None
        if found is None and not self._formats:
            found = _serial_day(text) if self._has_serials and _is_serial(text) else self._written(text)
        if found is None:
            raise RowRefused(_advice(text, self._formats))
        return found

    def _written(self, text: str) -> datetime | date | None:
        """Return a date in words, or in numbers whose order the year or the column tells; else None."""
        time_part = _TIME.search(text)
        date_part = text[: time_part.start()] if time_part else text
        numbers = _NUMBERS.fullmatch(date_part)
        parts = _parts_of_words(date_part) if numbers is None else self._parts_of_numbers(numbers)
        if parts is None:
            return None
        try:
            day = date(*parts)
        except ValueError:
            raise RowRefused(f"“{text}” is not a date of the calendar.") from None
        if time_part is None:
            return day
        hour, half = int(time_part["hour"]), (time_part["half"] or "").lower()
        if half and not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half == "p" else 0) if half else hour
        try:
            moment = time(hour, int(time_part["minute"]), int(time_part["second"] or 0))
        except ValueError:
            raise RowRefused(f"“{text}” does not have a valid time of day.") from None
        found = datetime.combine(day, moment)
        return self._in_zone(found, time_part["zone"].lower()) if time_part["zone"] else found

    def _in_zone(self, found: datetime, name: str) -> datetime | None:
        """Return a time as one of the zone that is named with it, None for a name that may mean several."""
        own = found.replace(tzinfo=self._zone)
        if (own.tzname() or "").lower() == name:
            return own
        if offset := _OFFSET.fullmatch(name):
            ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
            return found.replace(tzinfo=timezone(ahead if offset[1] == "+" else -ahead))
        if name in _HOURS_OF_ZONES:
            return found.replace(tzinfo=timezone(timedelta(hours=_HOURS_OF_ZONES[name])))
        zone = _zones().get(name) if "/" in name else None
        return found.replace(tzinfo=ZoneInfo(zone)) if zone else None

    def _parts_of_numbers(self, numbers: re.Match[str]) -> tuple[int, int, int] | None:
        sign, first, second, third = numbers[2], numbers[1], int(numbers[3]), numbers[4]
        if len(first) == _YEAR_DIGITS:
            return int(first), second, int(third)
        if len(third) != _YEAR_DIGITS and not (len(third) == len("24") and sign in self._short_years):
            return None
        order = self._orders.get(sign)
        if order is None and int(first) != second:
            # Where the column has both, the date itself may tell.
            if max(int(first), second) <= _LAST_MONTH:
                return None
            order = DateOrder.DAY_FIRST if int(first) > second else DateOrder.MONTH_FIRST
        day, month = (second, int(first)) if order is DateOrder.MONTH_FIRST else (int(first), second)
        return _whole_year(int(third)), month, day


def _whole_year(year: int) -> int:
    """Return a year that may be written with its last two digits: 70 is 1970."""
    if year < _YEARS_OF_A_CENTURY:
        year += _CENTURY - (_YEARS_OF_A_CENTURY if year >= _YEAR_OF_LAST_CENTURY else 0)
    return year


@cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


def _is_serial(text: str) -> bool:
    if not _SERIAL.fullmatch(text):
        return False
    if len(text) in (_SECOND_DIGITS, _MILLISECOND_DIGITS) and "." not in text:
        return _FIRST_SECOND <= int(text[:_SECOND_DIGITS]) <= _LAST_SECOND
    return _FIRST_SERIAL <= float(text) <= _LAST_SERIAL


def _serial_day(text: str) -> datetime | date:
    if len(text) in (_SECOND_DIGITS, _MILLISECOND_DIGITS) and "." not in text:
        return datetime.fromtimestamp(int(text[:_SECOND_DIGITS]), UTC)
    moment = _SERIAL_ZERO + timedelta(days=float(text))
    # A spreadsheet keeps a moment as a fraction of days: 10:00 may come as 09:59:59.999.
    moment = (moment + timedelta(microseconds=500_000)).replace(microsecond=0)
    return moment.date() if "." not in text else moment


@cache
def _months() -> dict[str, int]:
    """Return the number of each month by its names in the languages that dates are read in."""
    found: dict[str, set[int]] = defaultdict(set)
    for language in LANGUAGES:
        months = Locale(language).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[context][width].items():
                    found[fold_word(name)].add(number)
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1 and name.isalpha()}


def _parts_of_words(text: str) -> tuple[int, int, int] | None:
    """Return year, month and day of `May 1, 2024`, `01-Apr-2024`, `1. Mai 2024`, `1 de mayo de 2024`."""
    words = fold_word(text).split()
    months = [_months()[word] for word in words if word in _months()]
    numbers = [
        word
        for word in (re.sub(r"(?<=\d)(?:st|nd|rd|th|er|e|a|o)$", "", word) for word in words)
        if word.isdecimal()
    ]
    years = [number for number in numbers if len(number) == _YEAR_DIGITS]
    days = [number for number in numbers if len(number) < _YEAR_DIGITS - 1]
    if (
        not years
        and len(days) == len(("1", "24"))
        and len(words) == len(("1", "may", "24"))
        and words[1] in _months()
        and "-" in text
    ):
        years = [str(_whole_year(int(days.pop())))]
    if not len(months) == len(years) == len(days) == 1 or len(words) > _MOST_WORDS:
        return None
    return int(years[0]), months[0], int(days[0])


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
        f"“{text}” is not a date that can be read in one way only, and no other of its column tells which."
        " Say how the file writes dates, for example --date-format %d/%m/%Y for day first, %m/%d/%Y for month"
        " first."
    )
