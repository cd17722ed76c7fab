"""Whose periods become others when the company's calendar does: to be said before it is done."""

from dataclasses import dataclass

from goalpost.domain.calendar import Interval
from goalpost.domain.permissions import Actor
from goalpost.goals.models import PeriodTarget
from goalpost.goals.queries import visible_to


@dataclass(frozen=True, slots=True)
class OtherPeriods:
    """How many goals get other periods, and how many of them have targets for single periods."""

    goals: int
    seasonal: int


def goals_with_other_periods(actor: Actor, *, weeks: bool, fiscal_years: bool) -> OtherPeriods:
    """Count the goals that go by weeks, or by quarters and years, when these begin on another day."""
    concerned = [Interval.WEEKLY] * weeks + [Interval.QUARTERLY, Interval.YEARLY] * fiscal_years
    goals = visible_to(actor).filter(interval__in=concerned)
    seasonal = PeriodTarget.objects.filter(company_id=actor.company_id, goal__in=goals)
    return OtherPeriods(goals.count(), seasonal.values("goal_id").distinct().count())
