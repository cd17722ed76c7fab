"""The revenue forecast: won and weighted open value of each period, beside targets, and what is not in it.

Amounts are minor units of the company's currency.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from goalpost.companies.calendar import calendar_of
from goalpost.companies.memberships import Member, members_of
from goalpost.domain.calendar import Interval, Period, periods
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee, AssigneeKind, may_see_goals_of
from goalpost.goals.periods import periods_shown, target_of
from goalpost.goals.queries import GoalView, goals_seen_by, visible_to
from goalpost.insights.report import Answer, Question, Reader, RecordsAsked, report
from goalpost.ledger.questions import NOTHING, OwnerSpan, Selection, Total
from goalpost.ledger.records import without_day

MOST_PERIODS = 60
_FIRST_DAY = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class ForecastAsked:
    """Whose forecast is asked for, by which interval, from `start` up to, not including, `end`."""

    assignee: Assignee
    interval: Interval
    start: date
    end: date
    pipelines: frozenset[int] = frozenset()
    is_cumulative: bool = False
    goal: str = ""
    """The public id of the goal whose targets are drawn; empty for the first that fits."""


@dataclass(frozen=True, slots=True)
class ForecastPeriod:
    """A period: what was won, what is open by its probability, and in full; `target` is None without one."""

    period: Period
    won: Total
    weighted: Total
    full: Total
    target: int | None
    is_now: bool

    @property
    def forecast(self) -> int:
        return self.won.amount + self.weighted.amount

    @property
    def difference(self) -> int | None:
        return None if self.target is None else self.forecast - self.target


@dataclass(frozen=True, slots=True)
class ForecastReport:
    """The forecast; `sums` is all of its periods in one.

    `overdue` are open deals whose close date is over, wherever in the range they stand; `undated` are open
    deals without one, which are in no period. `goals` are those whose targets can be drawn.
    """

    asked: ForecastAsked
    currency: str
    periods: tuple[ForecastPeriod, ...]
    sums: ForecastPeriod
    overdue: Total
    undated: Total
    goal: GoalView | None
    goals: tuple[GoalView, ...]

    @property
    def unvalued(self) -> int:
        """How many deals of the range lack an exchange rate."""
        return self.sums.won.unvalued + self.sums.weighted.unvalued


def forecast_report(reader: Reader, asked: ForecastAsked) -> ForecastReport:
    """Return the forecast in a constant number of queries. Read it in one snapshot.

    Ask only for an assignee whose goals the reader may see (`may_ask_for`).
    """
    days = _periods(reader, asked)
    selection = selection_of_forecast(reader, asked)
    won, forecast, full, overdue = report(
        reader.actor,
        [
            Question(replace(selection, measure=Measure.DEALS_WON), days),
            Question(selection, days),
            Question(replace(selection, measure=Measure.OPEN_VALUE), days),
            Question(replace(selection, measure=Measure.OPEN_VALUE), (Period(_FIRST_DAY, reader.today),)),
        ],
    )
    goals = _goals(reader, asked)
    goal = next((each for each in goals if each.public_id == asked.goal), goals[0] if goals else None)
    targets = _targets(reader, goal, days)
    rows = [
        ForecastPeriod(
            period,
            won.totals[place],
            forecast.totals[place].minus(won.totals[place]),
            full.totals[place],
            targets.get(period),
            period.start <= reader.today < period.end,
        )
        for place, period in enumerate(days)
    ]
    return ForecastReport(
        asked=asked,
        currency=reader.company.currency,
        periods=tuple(_cumulated(rows) if asked.is_cumulative else rows),
        sums=_sum(rows, Period(days[0].start, days[-1].end)),
        overdue=overdue.total,
        undated=without_day(reader.actor.company_id, replace(selection, measure=Measure.OPEN_VALUE)),
        goal=goal,
        goals=goals,
    )


def may_ask_for(reader: Reader, assignee: Assignee) -> bool:
    """Whether the reader may see the forecast of a person, a team or the company: as with their goals."""
    return may_see_goals_of(reader.actor, assignee)


def selection_of_forecast(reader: Reader, asked: ForecastAsked) -> Selection:
    """Return what the forecast counts: of a team its members' on their days."""
    assignee = asked.assignee
    spans: tuple[OwnerSpan, ...] = ()
    owners: frozenset[int] | None = None
    if assignee.kind is AssigneeKind.PERSON:
        owners = frozenset({assignee.id})
    elif assignee.kind is AssigneeKind.TEAM:
        owners, spans = _members(members_of(reader.company.pk, {assignee.id}).get(assignee.id, ()))
    return Selection(Measure.REVENUE_FORECAST, owners, asked.pipelines or None, None, spans)


def _members(members: Sequence[Member]) -> tuple[frozenset[int], tuple[OwnerSpan, ...]]:
    return frozenset(), tuple(OwnerSpan(member.id, *stay) for member in members for stay in member.stays)


def forecast_records(
    reader: Reader, asked: ForecastAsked, measure: Measure, period: Period, records: RecordsAsked
) -> Answer:
    """Return the deals behind a figure: won, open in full, or the forecast that both are in."""
    selection = replace(selection_of_forecast(reader, asked), measure=measure)
    [answer] = report(reader.actor, [Question(selection, (period,), explain=records)])
    return answer


def _periods(reader: Reader, asked: ForecastAsked) -> tuple[Period, ...]:
    found = periods(asked.start, asked.end, asked.interval, calendar_of(reader.company), today=reader.today)
    return found[:MOST_PERIODS]


def _cumulated(rows: Sequence[ForecastPeriod]) -> list[ForecastPeriod]:
    return [replace(_sum(rows[: place + 1], row.period), is_now=row.is_now) for place, row in enumerate(rows)]


def _sum(rows: Sequence[ForecastPeriod], period: Period) -> ForecastPeriod:
    won, weighted, full = NOTHING, NOTHING, NOTHING
    for row in rows:
        won, weighted, full = won.plus(*row.won), weighted.plus(*row.weighted), full.plus(*row.full)
    known = [row.target for row in rows if row.target is not None]
    return ForecastPeriod(period, won, weighted, full, sum(known) if known else None, is_now=False)


def _goals(reader: Reader, asked: ForecastAsked) -> tuple[GoalView, ...]:
    """Return the goals by value of the same interval that the reader may see; of the same assignee first."""
    measures = (Measure.DEALS_WON, Measure.REVENUE_FORECAST)
    found = visible_to(reader.actor).filter(
        measure__in=measures, metric=Metric.SUM, interval=asked.interval, currency=reader.company.currency
    )
    last = asked.end - timedelta(days=1)
    views = [
        goal
        for goal in goals_seen_by(reader.actor, found.order_by("title", "public_id"))
        if goal.terms.starts_on <= last and (goal.terms.ends_on is None or goal.terms.ends_on >= asked.start)
    ]

    def fits(goal: GoalView) -> tuple[bool, bool, bool]:
        return (
            goal.terms.assignee != asked.assignee,
            goal.terms.pipelines != asked.pipelines,
            goal.terms.measure is not Measure.REVENUE_FORECAST,
        )

    return tuple(sorted(views, key=fits))


def _targets(reader: Reader, goal: GoalView | None, days: Sequence[Period]) -> dict[Period, int]:
    """Return the target of each period that is one of the goal's; a target of zero is none."""
    if goal is None:
        return {}
    own = set(periods_shown(goal.terms, reader.company, today=reader.today))
    found = {period: target_of(goal.terms, period) for period in days if period in own}
    return {period: target for period, target in found.items() if target}
