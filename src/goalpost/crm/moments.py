"""Moments and plain days in the records' tables: a column for the moment, one that says it is only a day."""

from datetime import UTC, date, datetime

from goalpost.domain.counting import Moment

Columns = tuple[datetime | None, bool]
"""A moment as two columns hold it."""


def columns_of(moment: Moment | None) -> Columns:
    """Return a moment or a day as its two columns. A day is kept as its beginning in UTC."""
    if moment is None or isinstance(moment, datetime):
        return moment, False
    return datetime(moment.year, moment.month, moment.day, tzinfo=UTC), True


def moment_of(moment: datetime | None, is_day: bool) -> Moment | None:  # noqa: FBT001  a column
    """Return what two columns hold: a moment, a day, or nothing."""
    return moment.date() if is_day and moment is not None else moment


def is_before(one: Moment, other: Moment) -> bool:
    """Whether one was certainly before the other: a plain day may begin and end hours apart from UTC's."""
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one < other
    return _day(one) < _day(other)


def _day(moment: Moment) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
