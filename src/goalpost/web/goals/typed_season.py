"""The period targets typed into the form when its frequency or duration changes: moved, or asked about.

The fields of periods belong to the periods they were drawn for, which the form names in `periods_of`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.http import QueryDict

from goalpost.companies.calendar import calendar_of
from goalpost.domain.calendar import Interval, Period, periods
from goalpost.domain.season import same_periods
from goalpost.goals.terms import MOST_PERIOD_TARGETS
from goalpost.web.goals.typed_dates import NotADay, parse_day
from goalpost.web.goals.typed_goal import PERIOD_PREFIX, TypedGoal

_PARTS_OF_A_SHAPE = 3


@dataclass(frozen=True, slots=True)
class Held:
    """The periods that the fields sent were drawn for."""

    interval: Interval
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class TypedSeason:
    """What becomes of the targets typed: by the first days of the form's periods, those that still fit.

    `placeless` are the others, by the first day they were typed for. `shape` names the periods now.
    """

    held: Held | None
    shape: str
    fitting: Mapping[date, str] = field(default_factory=dict)
    placeless: Mapping[date, str] = field(default_factory=dict)
    is_unsettled: bool = False
    """Whether targets would be dropped that nobody has agreed to drop."""


def typed_season(form: TypedGoal) -> TypedSeason:
    """Return what becomes of the period targets in the form, as it is filled in now."""
    held, shape, typed = _held(form), shape_of(form), _typed_targets(form)
    is_same = form.typed.get("periods_of", "") == shape
    if is_same or held is None or not typed or not ("is_seasonal" in form.typed and _is_settling(form)):
        return TypedSeason(held, shape, fitting=typed)
    start, _last = form.chosen_days()
    now = form.periods(today=start) if start and form.has_end() else ()
    interval, calendar = form.chosen_interval(), calendar_of(form.company)
    was = same_periods(held.periods, held.interval, now, interval, calendar)
    named = set(was.values())
    placeless = {day: text for day, text in typed.items() if day not in named and text.strip()}
    return TypedSeason(
        held=held,
        shape=shape,
        fitting={day: typed[old] for day, old in was.items() if old in typed},
        placeless=placeless,
        is_unsettled=bool(placeless) and form.typed.get("drops", "") != (shape or "none"),
    )


def settled(form: TypedGoal) -> QueryDict:
    """Return what was typed with each target at its period of now; as it is while a drop is not agreed to."""
    data = form.typed.copy()
    if "keep" in data and (held := _held(form)):
        data["interval"] = held.interval.value
        data["starts_on"] = held.periods[0].start.isoformat()
        data["ends_on"] = held.periods[-1].last_day.isoformat()
        return data
    season = typed_season(form)
    if season.is_unsettled or not _is_settling(form) or "is_seasonal" not in data:
        return data
    if season.held is not None:
        for day in _typed_targets(form):
            del data[f"{PERIOD_PREFIX}{day}"]
        for day, text in season.fitting.items():
            data[f"{PERIOD_PREFIX}{day}"] = text
    if not form.has_end():
        del data["is_seasonal"]
    data["periods_of"] = season.shape
    return data


def shape_of(form: TypedGoal) -> str:
    """Return the name of the periods that can have targets of their own: frequency, first and last day."""
    start, last = form.chosen_days()
    if start is None or last is None or form.why_not_seasonal() or not form.periods(today=start):
        return ""
    return f"{form.chosen_interval().value} {start} {last}"


def _is_settling(form: TypedGoal) -> bool:
    """Whether the dates say which periods there are: an end taken out does, a day half typed does not."""
    return bool(shape_of(form)) or not form.has_end()


def _held(form: TypedGoal) -> Held | None:
    parts = form.typed.get("periods_of", "").split()
    if len(parts) != _PARTS_OF_A_SHAPE or parts[0] not in set(Interval):
        return None
    try:
        first, last = parse_day(parts[1], form.language), parse_day(parts[2], form.language)
        interval = Interval(parts[0])
        found = periods(first, last + timedelta(days=1), interval, calendar_of(form.company), today=first)
    except (NotADay, ValueError, OverflowError):
        return None
    return Held(interval, found) if len(found) <= MOST_PERIOD_TARGETS else None


def _typed_targets(form: TypedGoal) -> dict[date, str]:
    """Return the texts typed for single periods by the first day in the name of their field."""
    found: dict[date, str] = {}
    for name in form.typed:
        if name.startswith(PERIOD_PREFIX):
            try:
                found[date.fromisoformat(name.removeprefix(PERIOD_PREFIX))] = form.typed.get(name, "")
            except ValueError:
                continue
    return dict(sorted(found.items()))
