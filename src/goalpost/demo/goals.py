"""Setting the demo's goals: targets that suit what is usual, and let each goal stand today as planned."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from goalpost.companies.calendar import calendar_of, working_calendar_of
from goalpost.companies.memberships import members_of
from goalpost.companies.models import Company
from goalpost.crm.rates import conversions_to
from goalpost.demo.goal_plans import (
    DemoPace,
    GoalPlan,
    goals_in_kronor,
    past_goals,
    running_goals,
    upcoming_goals,
)
from goalpost.demo.people import DemoPeople, TeamName
from goalpost.demo.setting import CURRENCY, Setting
from goalpost.demo.workdays import Workdays
from goalpost.domain.calendar import Interval, Period, period_of, periods
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.pace import WorkingCalendar
from goalpost.domain.permissions import Assignee, AssigneeKind
from goalpost.goals.actions import change_goal, create_goal
from goalpost.goals.periods import selection_for
from goalpost.goals.terms import GoalTerms
from goalpost.insights.report import Question, report

_ONE_DAY, _TWO_YEARS = timedelta(days=1), timedelta(days=731)
_PERIODS_BACK = {Interval.WEEKLY: 10, Interval.MONTHLY: 10, Interval.QUARTERLY: 4, Interval.YEARLY: 1}
# A target in percent of where the result heads: 100 is exactly on track.
_OF_HEADING = {DemoPace.AHEAD: 87, DemoPace.ON_TRACK: 100, DemoPace.BEHIND: 132}
_OF_RESULT_REACHED = 93
# On the last day a goal that is ahead still lacks a little, so that its page says what is needed.
_OF_HEADING_AT_LAST = 106
_LOWEST_OF_USUAL, _HIGHEST_OF_USUAL = 60, 165
_COUNTED_BY_ONE = 60
_SEASONAL_GROWTH = 118
# Goals whose targets were raised since, and from how much in percent: their pages have a history.
_RAISED, _RAISED_AGO, _OF_RAISED = {"Company revenue", "Nordics won value"}, 4, 90
_ONE_MONTH = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class _TargetBasis:
    """What a target is computed from: the goal's own periods, today's among them, and earlier ones."""

    own: tuple[Period, ...]
    current: Period | None
    back: tuple[Period, ...]
    year_before: tuple[Period, ...]
    working_days: WorkingCalendar

    @property
    def all(self) -> tuple[Period, ...]:
        return (*((self.current,) if self.current else ()), *self.back, *self.year_before)


def set_goals(
    company: Company, people: DemoPeople, setting: Setting, workdays: Workdays, random: Random
) -> None:
    """Set every goal of the plans, as of a little before it starts."""
    today = workdays.today
    plans = [
        *running_goals(today),
        *past_goals(today),
        *upcoming_goals(today),
        *goals_in_kronor(today),
    ]
    working_days = working_calendar_of(company, Period(workdays.first, today + _TWO_YEARS))
    bases = [_basis(company, plan, workdays, working_days) for plan in plans]
    drafts = [_draft(company, people, setting, plan) for plan in plans]
    members = members_of(company.pk, people.teams.values())
    conversions = conversions_to(company.pk, CURRENCY, {plan.currency for plan in plans})
    questions = [
        Question(
            selection_for(draft, members.get(draft.assignee.id, ()), conversions.get(draft.currency)),
            basis.all,
        )
        for draft, basis in zip(drafts, bases, strict=True)
    ]
    answers = report(people.actors["elin"], questions)
    for plan, basis, draft, answer in zip(plans, bases, drafts, answers, strict=True):
        results = [total.count if plan.metric is Metric.QUANTITY else total.amount for total in answer.totals]
        terms = _with_targets(draft, plan, basis, results, today)
        created_on = max(workdays.first, min(plan.starts_on, today) - timedelta(days=12))
        goal = create_goal(
            actor=people.actors[plan.by],
            terms=_before_raised(terms, today) if plan.title in _RAISED else terms,
            now=workdays.moment(random, workdays.latest(created_on)),
            public_id=f"{random.getrandbits(128):032x}",
        )
        if plan.title in _RAISED:
            raised_at = workdays.moment(random, workdays.ago(_RAISED_AGO))
            change_goal(actor=people.actors["elin"], public_id=goal.public_id, terms=terms, now=raised_at)


def _before_raised(terms: GoalTerms, today: date) -> GoalTerms:
    """Return the terms with lower targets: the goal's own, or those of the periods not over yet."""

    def lower(target: int) -> int:
        return _rounded(target * _OF_RAISED // 100, terms.metric)

    own = {
        start: lower(target) if start > today - _ONE_MONTH else target
        for start, target in terms.period_targets.items()
    }
    return replace(terms, target=terms.target if own else lower(terms.target), period_targets=own)


def _basis(
    company: Company, plan: GoalPlan, workdays: Workdays, working_days: WorkingCalendar
) -> _TargetBasis:
    calendar, today = calendar_of(company), workdays.today
    end = None if plan.ends_on is None else plan.ends_on + _ONE_DAY
    own = periods(plan.starts_on, end, plan.interval, calendar, today=today)
    current = next((period for period in own if period.contains(today)), None)
    back: list[Period] = []
    if plan.is_campaign or (end is not None and end <= today):
        back = [period for period in own if period.end <= today]
    else:
        start = period_of(today, plan.interval, calendar).start
        while len(back) < _PERIODS_BACK[plan.interval] and start > workdays.first:
            back.append(period_of(start - _ONE_DAY, plan.interval, calendar))
            start = back[-1].start
    year_before = tuple(
        Period(*(day.replace(year=day.year - 1) for day in (period.start, period.end))) for period in own
    )
    return _TargetBasis(own, current, tuple(back), year_before if plan.is_seasonal else (), working_days)


def _draft(company: Company, people: DemoPeople, setting: Setting, plan: GoalPlan) -> GoalTerms:
    """Return what the goal counts, before a target is known."""
    return GoalTerms(
        title=plan.title,
        measure=plan.measure,
        assignee=_assignee(company, people, plan),
        interval=plan.interval,
        metric=plan.metric,
        target=1,
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        currency=plan.currency if plan.metric is Metric.SUM else "",
        pipelines=frozenset({setting.pipelines[plan.pipeline]} if plan.pipeline else ()),
        stage_id=None if plan.stage is None else setting.stages[plan.stage],
        activity_types=frozenset(setting.kinds[kind] for kind in plan.kinds),
    )


def _with_targets(
    draft: GoalTerms, plan: GoalPlan, basis: _TargetBasis, results: Sequence[int], today: date
) -> GoalTerms:
    rest = list(results)
    result = rest.pop(0) if basis.current else 0
    back, before = rest[: len(basis.back)], rest[len(basis.back) :]
    usual = sum(back) // len(back) if back else None
    targets: dict[date, int] = {}
    for period, a_year_ago in zip(basis.own if plan.is_seasonal else (), before, strict=False):
        seasonal = a_year_ago * _SEASONAL_GROWTH // 100 or usual
        is_now = period == basis.current
        target = _target(plan, basis, result, seasonal, today) if is_now else seasonal or 1
        targets[period.start] = _rounded(target, plan.metric)
    target = _target(plan, basis, result, usual, today) if basis.current else usual or 1
    return replace(draft, target=_rounded(target, plan.metric), period_targets=targets)


def _target(plan: GoalPlan, basis: _TargetBasis, result: int, usual: int | None, today: date) -> int:
    """Return the target that gives the goal its planned pace today, kept within reach of what is usual."""
    period, days = basis.current, basis.working_days.between
    elapsed = days(period.start, today + _ONE_DAY) if period else 0
    if period is None or plan.pace is DemoPace.USUAL or not elapsed or not result:
        return usual or result or 1
    if plan.measure is Measure.REVENUE_FORECAST:
        heading = result
    else:
        heading = result * days(period.start, period.end) // elapsed
    if plan.pace is DemoPace.REACHED:
        target = result * _OF_RESULT_REACHED // 100
    else:
        is_last = plan.pace is DemoPace.AHEAD and elapsed == days(period.start, period.end)
        target = heading * (_OF_HEADING_AT_LAST if is_last else _OF_HEADING[plan.pace]) // 100
    if usual is not None:
        target = min(max(target, usual * _LOWEST_OF_USUAL // 100), usual * _HIGHEST_OF_USUAL // 100)
    return target


def _rounded(target: int, metric: Metric) -> int:
    """Return a target as people set it: 40, 125, 182,500 euro."""
    if metric is Metric.QUANTITY:
        return max(1, round(target / 5) * 5 if target > _COUNTED_BY_ONE else target)
    step = 5 * int(10 ** max(len(str(target)) - 3, 2))
    return max(1, round(target / step)) * step


def _assignee(company: Company, people: DemoPeople, plan: GoalPlan) -> Assignee:
    if plan.whose is None:
        return Assignee(AssigneeKind.COMPANY, company.pk)
    if isinstance(plan.whose, TeamName):
        return Assignee(AssigneeKind.TEAM, people.teams[plan.whose])
    return Assignee(AssigneeKind.PERSON, people.users[plan.whose])
