"""The goals of Kaski Systems that are past, and those still to begin."""

from datetime import date, timedelta

from goalpost.demo.goal_plans import GoalPlan, Mood
from goalpost.demo.people import TeamName
from goalpost.demo.setting import Kind
from goalpost.demo.workdays import months_before
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric

_WEEKLY, _MONTHLY, _QUARTERLY, _YEARLY = (
    Interval.WEEKLY,
    Interval.MONTHLY,
    Interval.QUARTERLY,
    Interval.YEARLY,
)
_STARTED, _WON, _COMPLETED = Measure.DEALS_STARTED, Measure.DEALS_WON, Measure.ACTIVITIES_COMPLETED
_COUNT, _VALUE = Metric.QUANTITY, Metric.SUM
_NORDICS, _BALTICS, _DACH = TeamName.NORDICS, TeamName.BALTICS, TeamName.DACH


def past_goals(today: date) -> list[GoalPlan]:
    """Return goals that ended: last year's, this year's campaigns, and those of someone who left."""
    last = today.year - 1
    year, end = date(last, 1, 1), date(last, 12, 31)
    summer, autumn = months_before(today, 7), months_before(today, 1) - timedelta(days=1)
    left_on = months_before(today, 5) - timedelta(days=1)
    return [
        GoalPlan(f"Nordics won value {last}", _WON, _NORDICS, _MONTHLY, _VALUE, Mood.USUAL, year, end),
        GoalPlan(f"Company revenue {last}", _WON, None, _QUARTERLY, _VALUE, Mood.USUAL, year, end),
        GoalPlan(f"New deals in {last}", _STARTED, None, _YEARLY, _COUNT, Mood.USUAL, year, end),
        GoalPlan(
            "Petra: won value", _WON, "petra", _MONTHLY, _VALUE, Mood.USUAL, months_before(today, 13), left_on
        ),
        GoalPlan(
            "Baltics: call drive",
            _COMPLETED,
            _BALTICS,
            _MONTHLY,
            _COUNT,
            Mood.USUAL,
            summer,
            autumn,
            kinds=(Kind.CALL,),
            by="mart",
        ),
        GoalPlan("Oskar: deals added", _STARTED, "oskar", _WEEKLY, _COUNT, Mood.USUAL, summer, autumn),
        GoalPlan("DACH: deals won", _WON, _DACH, _MONTHLY, _COUNT, Mood.USUAL, summer, autumn, by="lena"),
        GoalPlan("Aino: won value", _WON, "aino", _MONTHLY, _VALUE, Mood.USUAL, year, end),
    ]


def upcoming_goals(today: date) -> list[GoalPlan]:
    """Return goals that begin next month or next year."""
    year, end = date(today.year + 1, 1, 1), date(today.year + 1, 12, 31)
    soon = months_before(today, -1)
    return [
        GoalPlan(
            f"Nordics won value {today.year + 1}", _WON, _NORDICS, _MONTHLY, _VALUE, Mood.USUAL, year, end
        ),
        GoalPlan("Contracts signed", _WON, "aino", _MONTHLY, _COUNT, Mood.USUAL, soon, by="aino"),
        GoalPlan(
            "DACH: calls", _COMPLETED, _DACH, _WEEKLY, _COUNT, Mood.USUAL, soon, kinds=(Kind.CALL,), by="lena"
        ),
    ]
