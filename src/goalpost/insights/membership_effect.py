"""What changed memberships would do to the goals of teams, told before they are saved."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from goalpost.companies.memberships import Member, MembershipChange
from goalpost.goals.periods import periods_shown
from goalpost.goals.queries import GoalView, goals_seen_by, visible_to
from goalpost.insights.goal_report import GoalQuestion, PeriodResult, goal_reports
from goalpost.insights.report import Reader


@dataclass(frozen=True, slots=True)
class Effect:
    """A result that becomes another one."""

    goal: GoalView
    currency: str
    before: PeriodResult
    after: PeriodResult

    @property
    def changes_pace(self) -> bool:
        return self.before.pace.status is not self.after.pace.status

    @property
    def difference(self) -> int:
        return self.after.result - self.before.result


def effect_of(reader: Reader, changes: Sequence[MembershipChange]) -> tuple[Effect, ...]:
    """Return the results that change, those whose pace changes first, in a constant number of queries."""
    actor, company, today = reader.actor, reader.company, reader.today
    of_teams = visible_to(actor).filter(assignee_team_id__in={change.team_id for change in changes})
    goals = goals_seen_by(actor, of_teams.order_by("title", "starts_on", "pk"))
    asked = [
        GoalQuestion(
            goal,
            tuple(each for each in periods_shown(goal.terms, company, today=today) if each.start <= today),
        )
        for goal in goals
    ]
    now = goal_reports(reader, asked)
    then = goal_reports(reader, [replace(each, goal=_changed(each.goal, changes)) for each in asked])
    found = [
        Effect(was.goal, was.currency, before, after)
        for was, becomes in zip(now, then, strict=True)
        for before, after in zip(was.periods, becomes.periods, strict=True)
        if before.result != after.result
    ]
    return tuple(sorted(found, key=lambda effect: not effect.changes_pace))


def _changed(goal: GoalView, changes: Sequence[MembershipChange]) -> GoalView:
    """Return the goal as it would count."""
    changed = {change.user_id: change for change in changes if change.team_id == goal.terms.assignee.id}
    kept = [member for member in goal.members if member.id not in changed]
    others = [Member(user_id, "", change.stays) for user_id, change in changed.items() if change.stays]
    return replace(goal, members=(*kept, *others))
