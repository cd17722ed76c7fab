"""Reads an activity from one line, in English and Swedish: “demo Isvik Seafood thursday 15:00 aino”.

What can be read in more than one way is a question, never a guess (docs/decisions/0033). Quoted text is text.
The names of days and months are Babel's.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from django.utils.translation import gettext as _

from goalpost.crm.queries import Named
from goalpost.insights import formats
from goalpost.insights.formats import locale_of

LONGEST_LINE = 300
LANGUAGES_READ = ("en", "sv")
_ONE_DAY = timedelta(days=1)
_WORKDAYS = 5
_NIGHT_ENDS = 8
"""An hour below this, said without am or pm, may be in the afternoon."""

_RELATIVE = {
    "today": 0, "idag": 0, "i dag": 0,
    "tomorrow": 1, "imorgon": 1, "i morgon": 1,
    "day after tomorrow": 2, "övermorgon": 2, "i övermorgon": 2,
    "yesterday": -1, "igår": -1, "i går": -1,
}  # fmt: skip
_ON = {"on", "på"}
_AT = {"at", "kl", "klockan"}
_NEXT = {"next", "nästa"}
_IN = {"in", "om"}
_ONE = {"a", "an", "one", "en", "ett"}
_DAYS = {"day", "days", "dag", "dagar"}
_WEEKS = {"week", "weeks", "vecka", "veckor"}
_MINUTES = r"(?:m|min|mins|minute|minutes|minut|minuter)"
_HOURS = r"(?:h|hr|hrs|hour|hours|tim|timme|timmar)"
_DURATION = re.compile(rf"(?:(?P<hours>\d{{1,2}}(?:[.,]5)?)\s?{_HOURS}|(?P<minutes>\d{{1,3}})\s?{_MINUTES})")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?:[-\N{EN DASH}](\d{1,2}):(\d{2}))?")
_CLOCK_AFTER_AT = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?")
_HALF_DAY = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(am|pm)")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})")
_LONGEST_PHRASE = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """A way to answer a question: its words, and the line rewritten so that it is no longer asked."""

    words: str
    line: str


@dataclass(frozen=True, slots=True)
class LineQuestion:
    """What was not understood for certain, and what it may mean."""

    words: str
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What the line may name: activity types with their keys, and people who may be given the activity."""

    types: Sequence[tuple[Named, str]]
    people: Sequence[Named]


@dataclass(slots=True)
class QuickLine:
    """What was read. Times and durations are in minutes; `rest` are the words that are neither."""

    line: str
    type: Named | None = None
    person: Named | None = None
    day: date | None = None
    time: int | None = None
    duration: int | None = None
    rest: list[str] = field(default_factory=list)
    questions: list[LineQuestion] = field(default_factory=list)

    @property
    def subject(self) -> str:
        words = " ".join(self.rest).replace('"', "").strip(" ,")
        return words[:1].upper() + words[1:]


def read_line(line: str, known: Known, *, today: date, language: str) -> QuickLine:
    """Return what the line says of the type, the person, the day, the time and the duration."""
    words = re.findall(r'"[^"]*"|\S+', line[:LONGEST_LINE])
    reader = _Reader(words, known, today, language, QuickLine(line))
    reader.read()
    return reader.found


@dataclass(slots=True)
class _Reader:
    words: list[str]
    known: Known
    today: date
    language: str
    found: QuickLine

    def read(self) -> None:
        """Take each phrase for what it is, the longest first; what remains is text."""
        place = 0
        readers: tuple[Callable[[int, str], bool], ...] = (
            self._day,
            self._time,
            self._duration,
            self._person,
        )
        while place < len(self.words):
            for length in range(min(_LONGEST_PHRASE, len(self.words) - place), 0, -1):
                phrase = " ".join(self.words[place : place + length]).casefold().strip(",;.!?")
                if any(read(place, phrase) for read in readers):
                    place += length
                    break
            else:
                self.found.rest.append(self.words[place])
                place += 1
        self._read_type()

    def _rewritten(self, place: int, phrase: str, text: str) -> str:
        """Return the line with the phrase that begins at `place` replaced."""
        length = len(phrase.split())
        return " ".join([*self.words[:place], text, *self.words[place + length :]]).strip()

    def _ask(self, place: int, phrase: str, words: str, readings: Sequence[tuple[str, str]]) -> bool:
        """Ask what a phrase means; it can always be text. `readings` are words and their replacements."""
        written = " ".join(self.words[place : place + len(phrase.split())])
        readings = (*readings, (_("Text"), f'"{written.replace(chr(34), "")}"'))
        answers = tuple(Answer(said, self._rewritten(place, phrase, text)) for said, text in readings)
        self.found.questions.append(LineQuestion(words % {"text": written}, answers))
        return True

    def _ask_day(self, place: int, phrase: str, days: Sequence[date]) -> bool:
        readings = [(day_words(day, self.language), day.isoformat()) for day in days]
        return self._ask(place, phrase, _("Which day is “%(text)s”?"), readings)

    def _set_day(self, place: int, phrase: str, day: date) -> bool:
        if self.found.day is not None and self.found.day != day:
            return self._ask(place, phrase, _("A second day: “%(text)s”. Remove one of the two."), ())
        self.found.day = day
        return True

    def _day(self, place: int, phrase: str) -> bool:
        if phrase in _RELATIVE:
            return self._set_day(place, phrase, self.today + timedelta(days=_RELATIVE[phrase]))
        first, _space, rest = phrase.partition(" ")
        if first in _ON and rest:
            # With the preposition, a short name of a day can be nothing else.
            return self._weekday(place, phrase, rest, is_certain=True) or self._date(place, phrase, rest)
        if first in _NEXT and rest:
            return self._next(place, phrase, rest)
        if first in _IN and rest:
            return self._in(place, phrase, rest.split())
        return self._weekday(place, phrase, phrase) or self._date(place, phrase, phrase)

    def _weekday(self, place: int, phrase: str, name: str, *, is_certain: bool = False) -> bool:
        wide, short = _weekdays()
        weekday = wide.get(name, short.get(name))
        if weekday is None:
            return False
        day = self.today + timedelta(days=(weekday - self.today.weekday()) % 7)
        if day == self.today:
            return self._ask_day(place, phrase, (day, day + 7 * _ONE_DAY))
        if name not in wide and not is_certain:
            return self._ask_day(place, phrase, (day,))
        return self._set_day(place, phrase, day)

    def _next(self, place: int, phrase: str, name: str) -> bool:
        """Read “next friday”: for some the coming one, for others the one in the week after this."""
        monday = self.today - timedelta(days=self.today.weekday()) + 7 * _ONE_DAY
        if name in _WEEKS:
            return self._ask_day(place, phrase, [monday + at * _ONE_DAY for at in range(_WORKDAYS)])
        wide, short = _weekdays()
        weekday = wide.get(name, short.get(name))
        if weekday is None:
            return False
        coming = self.today + timedelta(days=(weekday - self.today.weekday() - 1) % 7 + 1)
        in_next_week = monday + weekday * _ONE_DAY
        if coming == in_next_week:
            return self._set_day(place, phrase, coming)
        return self._ask_day(place, phrase, (coming, in_next_week))

    def _in(self, place: int, phrase: str, words: list[str]) -> bool:
        if len(words) != 2 or words[1] not in _DAYS | _WEEKS:  # noqa: PLR2004  a number and its unit
            return False
        count = 1 if words[0] in _ONE else int(words[0]) if re.fullmatch(r"[0-9]{1,3}", words[0]) else None
        if count is None:
            return False
        days = count * (7 if words[1] in _WEEKS else 1)
        return self._set_day(place, phrase, self.today + timedelta(days=days))

    def _date(self, place: int, phrase: str, text: str) -> bool:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            try:
                return self._set_day(place, phrase, date.fromisoformat(text))
            except ValueError:
                return self._ask(place, phrase, _("There is no such day: “%(text)s”."), ())
        if slashed := _SLASHED.fullmatch(text):
            one, other = int(slashed[1]), int(slashed[2])
            days = dict.fromkeys(
                each for each in (self._coming(one, other), self._coming(other, one)) if each
            )
            return self._ask_day(place, phrase, tuple(days)) if days else False
        named = _day_and_month(text)
        if named is None:
            return False
        number, month, year = named
        day = _date_or_none(year, month, number) if year else self._coming(number, month)
        if day is None:
            return self._ask(place, phrase, _("There is no such day: “%(text)s”."), ())
        return self._set_day(place, phrase, day)

    def _coming(self, number: int, month: int) -> date | None:
        """Return the next day of this number and month, today included; within four years for 29 February."""
        for year in range(self.today.year, self.today.year + 5):
            day = _date_or_none(year, month, number)
            if day is not None and day >= self.today:
                return day
        return None

    def _time(self, place: int, phrase: str) -> bool:
        first, _space, rest = phrase.partition(" ")
        if first.rstrip(".") in _AT and rest:
            return self._time_of(place, phrase, rest.strip(), is_after_at=True)
        return self._time_of(place, phrase, phrase)

    def _time_of(self, place: int, phrase: str, text: str, *, is_after_at: bool = False) -> bool:
        if half := _HALF_DAY.fullmatch(text.replace(" ", "")):
            hour, minute = int(half[1]), int(half[2] or 0)
            # Midnight is 12am, noon 12pm.
            hour = hour % 12 + 12 * (half[3] == "pm") if 1 <= hour <= 12 else 24  # noqa: PLR2004
            return self._set_time(place, phrase, _minutes(hour, minute))
        if clock := _CLOCK.fullmatch(text):
            start = _minutes(int(clock[1]), int(clock[2]))
            if start is not None and clock[3]:
                end = _minutes(int(clock[3]), int(clock[4]))
                self.found.duration = end - start if end is not None and end > start else None
                start = start if self.found.duration else None
            return self._set_time(place, phrase, start)
        plain = _CLOCK_AFTER_AT.fullmatch(text) if is_after_at else None
        if plain is None:
            return False
        at = _minutes(int(plain[1]), int(plain[2] or 0))
        if at is not None and 1 <= int(plain[1]) < _NIGHT_ENDS and not plain[2]:
            readings = [clock_words(each) for each in (at, at + 12 * 60)]
            question = _("Which time is “%(text)s”?")
            return self._ask(place, phrase, question, [(each, each) for each in readings])
        return self._set_time(place, phrase, at)

    def _set_time(self, place: int, phrase: str, minutes: int | None) -> bool:
        if minutes is None:
            return self._ask(place, phrase, _("There is no such time: “%(text)s”."), ())
        if self.found.time is not None and self.found.time != minutes:
            return self._ask(place, phrase, _("A second time: “%(text)s”. Remove one of the two."), ())
        self.found.time = minutes
        return True

    def _duration(self, _place: int, phrase: str) -> bool:
        match = _DURATION.fullmatch(phrase.removeprefix("for "))
        if match is None:
            return False
        hours = float((match["hours"] or "0").replace(",", "."))
        self.found.duration = int(hours * 60) or int(match["minutes"] or 0) or None
        return True

    def _person(self, place: int, phrase: str) -> bool:
        name = phrase.removeprefix("@")
        people = [each for each in self.known.people if each.name.casefold() == name] or [
            each for each in self.known.people if each.name.casefold().split(" ")[0] == name
        ]
        if not people:
            return False
        if len(people) > 1:
            readings = [(each.name, f"@{each.name}") for each in people]
            return self._ask(place, phrase, _("Which “%(text)s”?"), readings)
        if self.found.person not in {None, people[0]}:
            return self._ask(place, phrase, _("A second person: “%(text)s”. Remove one of the two."), ())
        self.found.person = people[0]
        return True

    def _read_type(self) -> None:
        """Take the type that the text begins with, else the only one that it names."""
        rest = [word.casefold().strip(",;.") for word in self.found.rest]
        named = list(
            dict.fromkeys(kind for place in range(len(rest)) for kind in self._types_at(rest, place))
        )
        first = list(self._types_at(rest, 0))
        if first:
            self.found.type = first[0]
        elif len(named) == 1:
            self.found.type = named[0]
        else:
            choices = named or [kind for kind, _key in self.known.types]
            answers = tuple(Answer(kind.name, f"{kind.name} {self.found.line}".strip()) for kind in choices)
            self.found.questions.append(LineQuestion(_("Which type of activity?"), answers))

    def _types_at(self, words: list[str], place: int) -> Iterator[Named]:
        for kind, key in self.known.types:
            for name in (kind.name.casefold(), key.casefold()):
                length = len(name.split())
                if " ".join(words[place : place + length]) == name:
                    yield kind
                    break


def _minutes(hour: int, minute: int) -> int | None:
    return hour * 60 + minute if hour < 24 and minute < 60 else None  # noqa: PLR2004  of a day and an hour


def _date_or_none(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


@cache
def _weekdays() -> tuple[dict[str, int], dict[str, int]]:
    """Return the names of the weekdays, and their short forms, with their numbers (Monday is 0)."""
    wide: dict[str, int] = {}
    short: dict[str, int] = {}
    for language in LANGUAGES_READ:
        names = locale_of(language).days["format"]
        wide |= {name.casefold(): number for number, name in names["wide"].items()}
        short |= {name.casefold().strip("."): number for number, name in names["abbreviated"].items()}
    return wide, short


@cache
def _months() -> dict[str, int]:
    return {
        name.casefold().strip("."): number
        for language in LANGUAGES_READ
        for width in ("wide", "abbreviated")
        for number, name in locale_of(language).months["format"][width].items()
    }


def _day_and_month(text: str) -> tuple[int, int, int | None] | None:
    """Return the day, month and year, if any, of “3 december”, “Dec 3” or “3 dec 2027”."""
    words = [word.strip(".,") for word in text.split()]
    if len(words) not in {2, 3}:
        return None
    year = int(words[2]) if len(words) == 3 and re.fullmatch("[0-9]{4}", words[2]) else None  # noqa: PLR2004
    if len(words) == 3 and year is None:  # noqa: PLR2004
        return None
    for number, month in ((words[0], words[1]), (words[1], words[0])):
        if re.fullmatch("[0-9]{1,2}(?:st|nd|rd|th|:e)?", number) and month in _months():
            return int(re.sub(r"\D", "", number)), _months()[month], year
    return None


def clock_words(minutes: int) -> str:
    """Return 15:00."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def day_words(day: date, language: str) -> str:
    """Return Thu 19 Nov."""
    name: str = locale_of(language).days["format"]["abbreviated"][day.weekday()]
    return f"{name.strip('.')} {formats.day_of_year(day, language)}"
