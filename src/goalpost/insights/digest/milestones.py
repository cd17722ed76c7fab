"""Milestones: goals of which a person hears at once that half, nine tenths or all of a target is reached."""

from datetime import datetime

from goalpost.companies.calendar import today_in
from goalpost.companies.models import Company
from goalpost.domain.measures import Measure
from goalpost.domain.permissions import Actor
from goalpost.goals.queries import goals_seen_by
from goalpost.insights.digest.content import goals_about
from goalpost.insights.digest.models import Digest, MilestoneReached
from goalpost.insights.goal_report import GoalQuestion, GoalReport, goal_reports
from goalpost.insights.report import Asker

Milestone = tuple[int, GoalReport]
"""A percentage, and the goal that has come as far."""


def new_milestones(actor: Actor, company: Company, digest: Digest, *, now: datetime) -> list[Milestone]:
    """Return the highest chosen milestone that each goal has newly reached, and mark them and those below.

    Call it in the transaction that writes the mail, with the digest's row locked.
    """
    reader = Asker(actor, company, today_in(company, now))
    goals = goals_seen_by(actor, goals_about(actor, digest.about, reader.today))
    found = [
        (percent, each)
        for each in goal_reports(reader, [GoalQuestion(goal, latest=1) for goal in goals])
        # A forecast includes the future: it is never reached before its period ends.
        if each.goal.terms.measure is not Measure.REVENUE_FORECAST
        for percent in digest.milestones
        if (each.latest[-1].progress or 0) >= percent and each.latest[-1].is_now
        # Rounded up to it is not yet there.
        if each.latest[-1].result * 100 >= each.latest[-1].target * percent
    ]
    known = set(
        MilestoneReached.objects.filter(
            company_id=digest.company_id,
            user_id=digest.user_id,
            goal_id__in=[each.goal.id for _n, each in found],
        ).values_list("goal_id", "starts_on", "percent")
    )
    new = [
        (percent, each)
        for percent, each in found
        if (each.goal.id, each.latest[-1].period.start, percent) not in known
    ]
    MilestoneReached.objects.bulk_create(
        MilestoneReached(
            company_id=digest.company_id,
            user_id=digest.user_id,
            goal_id=each.goal.id,
            starts_on=each.latest[-1].period.start,
            percent=percent,
        )
        for percent, each in new
    )
    highest = {each.goal.id: (percent, each) for percent, each in new}
    return list(highest.values())


def pass_over_milestones(actor: Actor, company: Company, digest: Digest, *, now: datetime) -> None:
    """Mark what is reached by now as known: a mail tells news."""
    new_milestones(actor, company, digest, now=now)
