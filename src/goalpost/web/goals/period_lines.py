"""A goal's periods as the chart draws them and the table lists them: one line, the same figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure
from goalpost.domain.pace import PaceStatus
from goalpost.domain.targets import difference, progress_percent
from goalpost.goals.queries import GoalView
from goalpost.goals.results import PeriodResult
from goalpost.insights.charts import ChartPeriod
from goalpost.insights.formats import initial_of_period, period_name, short_period_name
from goalpost.web.goals.addresses import records_address
from goalpost.web.goals.words import invitation
from goalpost.web.shell.viewer import Viewer


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """One period of a goal. Without a result there is nothing to say of it yet."""

    key: str
    name: str
    label: str
    initial: str
    figures: PeriodResult
    has_result: bool
    is_now: bool
    is_future: bool
    records_url: str
    projection: int | None
    invitation: str

    @property
    def colours_difference(self) -> bool:
        """Only of ended periods: in a running one the difference says little."""
        return self.has_result and not self.is_now


@dataclass(frozen=True, slots=True)
class Sums:
    """The periods shown in one line."""

    target: int
    result: int
    count: int
    unvalued: int

    @property
    def difference(self) -> int:
        return difference(self.result, self.target)

    @property
    def progress(self) -> int | None:
        return progress_percent(self.result, self.target)


def lines_of(
    viewer: Viewer, goal: GoalView, results: Sequence[PeriodResult], window: Period | None
) -> tuple[PeriodLine, ...]:
    """Return the lines in order. `window` is the time range to keep in the addresses."""
    interval, calendar, language = goal.terms.interval, viewer.calendar, viewer.language
    over_years = len({each.period.start.year for each in results}) > 1
    lines: list[PeriodLine] = []
    for at, each in enumerate(results):
        is_new_year = over_years and (at == 0 or results[at - 1].period.start.year != each.period.start.year)
        lines.append(
            PeriodLine(
                key=each.period.start.isoformat(),
                name=period_name(each.period, interval, calendar, language),
                label=short_period_name(each.period, interval, calendar, language, with_year=is_new_year),
                initial=initial_of_period(each.period, interval, calendar, language),
                figures=each,
                has_result=_has_result(viewer, goal, each),
                is_now=each.period.contains(viewer.today),
                is_future=each.period.start > viewer.today,
                records_url=records_address(goal.public_id, each.period.start, window),
                projection=_projection(each),
                invitation=invitation(goal.terms.measure, each.count, language),
            )
        )
    return tuple(lines)


def sums_of(lines: Sequence[PeriodLine]) -> Sums:
    figures = [line.figures for line in lines]
    return Sums(
        target=sum(each.target for each in figures),
        result=sum(each.result for each in figures),
        count=sum(each.count for each in figures),
        unvalued=sum(each.unvalued for each in figures),
    )


def chart_periods(lines: Sequence[PeriodLine]) -> list[ChartPeriod]:
    return [
        ChartPeriod(
            label=line.label,
            short_label=line.initial,
            start=line.figures.period.start,
            end=line.figures.period.end,
            target=line.figures.target,
            result=line.figures.result if line.has_result else None,
            status=line.figures.pace.status,
            link=line.records_url,
            is_running=line.is_now,
            projection=line.projection if line.is_now else None,
        )
        for line in lines
    ]


def _projection(figures: PeriodResult) -> int | None:
    """Leave the projection out while there is no verdict either: a day or two say nothing yet."""
    return None if figures.pace.status is PaceStatus.EARLY else figures.pace.projection


def _has_result(viewer: Viewer, goal: GoalView, figures: PeriodResult) -> bool:
    """Say whether there is one: a forecast looks ahead, others once the period began or a record counts."""
    has_begun = figures.period.start <= viewer.today
    return has_begun or figures.count != 0 or goal.terms.measure is Measure.REVENUE_FORECAST
