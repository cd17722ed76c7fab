"""Template tags of the digest: whose a goal is, its period, and the addresses behind its figures."""

from dataclasses import dataclass
from datetime import date

from django.template import Library
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language

from goalpost.domain.calendar import CompanyCalendar, Period
from goalpost.goals.queries import GoalView
from goalpost.insights import formats
from goalpost.insights.digest.content import GoalLine
from goalpost.insights.goal_words import assignee_words

register = Library()

_POST_AT = 80


@register.simple_tag
def whose(goal: GoalView) -> str:
    return assignee_words(goal)


@register.simple_tag
def goal_period(goal: GoalView, period: Period, calendar: CompanyCalendar) -> str:
    """`{% goal_period goal period calendar %}`: November 2026, week 47, 2026."""
    return formats.period_name(period, goal.terms.interval, calendar, get_language() or "en")


@register.simple_tag
def records_address(goal: GoalView, period: Period) -> str:
    """`{% records_address goal period %}`: the records behind a period's result."""
    return _records(goal, {"period": period.start.isoformat()})


@register.simple_tag
def changes_address(goal: GoalView, period: Period, since: date) -> str:
    """`{% changes_address goal period since %}`: what changed a period's result since a day."""
    return _records(goal, {"period": period.start.isoformat(), "tab": "changes", "since": since.isoformat()})


def _records(goal: GoalView, query: dict[str, str]) -> str:
    return f"{reverse('web:goal-records', args=[goal.public_id])}?{urlencode(query)}"


@dataclass(frozen=True, slots=True)
class BarCells:
    """The widths of a goal bar made of table cells, in per cent; the post stands at 80."""

    fill: int
    rest: int


@register.simple_tag
def bar_cells(line: GoalLine) -> BarCells:
    share = min(max(line.result / line.target, 0), 1) if line.target else 0
    fill = round(share * _POST_AT)
    return BarCells(fill, _POST_AT - fill)
