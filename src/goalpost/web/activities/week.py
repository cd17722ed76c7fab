"""The week as a table: a row for each half hour, a column for each day, and a cell for what overlaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from goalpost.crm.agenda import AgendaLine
from goalpost.domain.calendar import Interval, Period, Weekday, period_of
from goalpost.insights import formats
from goalpost.web.activities.quick_line import clock_words, day_words
from goalpost.web.shell.viewer import Viewer

_ROW = 30
"""Minutes of a row."""
_ROWS_OF_DAY = 24 * 60 // _ROW
_FIRST_ROW, _LAST_ROW = 8 * 60 // _ROW, 18 * 60 // _ROW
_MOST_DONE = 3
"""More done activities of a type on a day, without a time, are shown as their number."""


@dataclass(frozen=True, slots=True)
class DayHead:
    day: date
    name: str
    is_today: bool
    is_chosen: bool
    """Whether it is the one that a phone shows."""


@dataclass(frozen=True, slots=True)
class Event:
    """An activity in the week; `label` says all of it to who does not see where it stands."""

    line: AgendaLine
    label: str
    clock: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of a day: what is planned there, side by side, or nothing; `rows` long."""

    head: DayHead
    time: str
    label: str
    events: tuple[Event, ...] = ()
    rows: int = 1
    is_now: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Half an hour; `name` is empty for the second one."""

    time: str
    is_hour: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Untimed:
    """What a day holds at no time: activities, and the number of done ones by type where they are many."""

    head: DayHead
    events: tuple[Event, ...]
    done: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Week:
    """A week of activities."""

    name: str
    days: Period
    heads: tuple[DayHead, ...]
    untimed: tuple[Untimed, ...]
    rows: tuple[Row, ...]
    before: date
    before_name: str
    after: date
    after_name: str


def week_of(day: date, viewer: Viewer) -> Period:
    return period_of(day, Interval.WEEKLY, viewer.calendar)


def week_shown(viewer: Viewer, days: Period, lines: Sequence[AgendaLine], chosen: date | None) -> Week:
    """Return the week's table. Saturday and Sunday are in it if anything is, or if today is one."""
    today, one_week = viewer.today, timedelta(days=7)
    used = {line.due_date for line in lines} | {today}
    week = [days.start + timedelta(days=at) for at in range(7)]
    shown = [day for day in week if day.weekday() < Weekday.SATURDAY or day in used]
    on_phone = chosen if chosen in shown else today if today in shown else shown[0]
    heads = tuple(
        DayHead(day, day_words(day, viewer.language), day == today, day == on_phone) for day in shown
    )
    earlier, later = days.start - one_week, days.start + one_week
    return Week(
        name=_week_name(days, viewer),
        days=days,
        heads=heads,
        untimed=tuple(_untimed(viewer, head, lines) for head in heads),
        rows=_rows(viewer, heads, lines),
        before=earlier,
        before_name=_week_name(Period(earlier, days.start), viewer),
        after=later,
        after_name=_week_name(Period(later, later + one_week), viewer),
    )


def _week_name(days: Period, viewer: Viewer) -> str:
    name = formats.period_name(days, Interval.WEEKLY, viewer.calendar, viewer.language, with_year=False)
    return name[:1].upper() + name[1:]


def _event(viewer: Viewer, line: AgendaLine) -> Event:
    clock = clock_words(line.due_time) if line.due_time is not None else ""
    until = ""
    if line.due_time is not None and line.duration:
        until = clock_words((line.due_time + line.duration) % (24 * 60))
    when = [day_words(line.due_date, viewer.language)] if line.due_date else []
    if clock:
        when.append(_("%(start)s to %(end)s") % {"start": clock, "end": until} if until else clock)
    parts = [line.type.name, line.subject, *when, line.owner.name, *([_("done")] if line.is_done else [])]
    return Event(line, ", ".join(parts), clock)


def _untimed(viewer: Viewer, head: DayHead, lines: Sequence[AgendaLine]) -> Untimed:
    of_day = [line for line in lines if line.due_date == head.day and line.due_time is None]
    done: dict[str, int] = {}
    for line in of_day:
        if line.is_done:
            done[line.type.name] = done.get(line.type.name, 0) + 1
    many = {name: count for name, count in done.items() if count > _MOST_DONE}
    shown = [line for line in of_day if not (line.is_done and line.type.name in many)]
    return Untimed(head, tuple(_event(viewer, line) for line in shown), tuple(many.items()))


@dataclass(slots=True)
class _Block:
    """Activities that overlap, and the rows from the first one's start to the last one's end."""

    start: int
    end: int
    lines: list[AgendaLine]


def _rows_of(line: AgendaLine) -> tuple[int, int]:
    """Return the row an activity begins in and the one after its last; without a duration it takes one."""
    begins = line.due_time or 0
    start = begins // _ROW
    end = -(-(begins + (line.duration or _ROW)) // _ROW)
    return start, min(max(end, start + 1), _ROWS_OF_DAY)


def _blocks(lines: Sequence[AgendaLine]) -> list[_Block]:
    blocks: list[_Block] = []
    for line in sorted(lines, key=_rows_of):
        start, end = _rows_of(line)
        if blocks and start < blocks[-1].end:
            blocks[-1].end = max(blocks[-1].end, end)
            blocks[-1].lines.append(line)
        else:
            blocks.append(_Block(start, end, [line]))
    return blocks


def _rows(viewer: Viewer, heads: Sequence[DayHead], lines: Sequence[AgendaLine]) -> tuple[Row, ...]:
    timed = [line for line in lines if line.due_time is not None]
    blocks = {head.day: _blocks([line for line in timed if line.due_date == head.day]) for head in heads}
    every = [block for of_day in blocks.values() for block in of_day]
    first = min([_FIRST_ROW, *(block.start for block in every)])
    last = max([_LAST_ROW, *(block.end for block in every)])
    now = _row_now(viewer.now, viewer.company.time_zone)
    rows = []
    for row in range(first, last):
        cells = []
        for head in heads:
            block = next((each for each in blocks[head.day] if each.start <= row < each.end), None)
            if block is not None and block.start != row:
                continue
            time = clock_words(row * _ROW)
            is_now = head.is_today and row == now
            if block is None:
                label = _("Add activity, %(day)s, %(time)s") % {"day": head.name, "time": time}
                cells.append(Cell(head, time, label, is_now=is_now))
            else:
                events = tuple(_event(viewer, line) for line in block.lines)
                cells.append(Cell(head, time, "", events, block.end - block.start))
        rows.append(Row(clock_words(row * _ROW), row % 2 == 0, tuple(cells)))
    return tuple(rows)


def _row_now(now: datetime, time_zone: str) -> int:
    local = now.astimezone(ZoneInfo(time_zone))
    return (local.hour * 60 + local.minute) // _ROW
