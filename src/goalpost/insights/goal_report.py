"""A goal's report: its periods with targets, results and pace, and the explanation of a result.

Results are in the goal's currency (minor units) or counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from goalpost.companies.calendar import calendar_of, working_calendar_of
from goalpost.companies.memberships import Member, MembershipChange, members_of
from goalpost.companies.models import Company
from goalpost.crm.rates import conversions_to
from goalpost.domain.alphabet import by_name
from goalpost.domain.calendar import Period, periods
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.pace import Pace, PaceStatus, WorkingDays, pace
from goalpost.domain.permissions import Actor, AssigneeKind, may_see_goals_of
from goalpost.domain.targets import difference, progress_percent
from goalpost.goals.periods import (
    latest_periods,
    periods_shown,
    selection_for,
    selection_of,
    target_of,
    whole_of,
)
from goalpost.goals.queries import GoalView, goals_seen_by, visible_to
from goalpost.goals.terms import GoalTerms
from goalpost.insights.report import Answer, Explain, Question, Reader, report
from goalpost.ledger.questions import Split, Total


class Figures:
    """Figures derived from a target and a result."""

    __slots__ = ()
    target: int
    result: int

    @property
    def difference(self) -> int:
        return difference(self.result, self.target)

    @property
    def progress(self) -> int | None:
        """The result in percent of the target, rounded half up; None without a target."""
        return progress_percent(self.result, self.target)


@dataclass(frozen=True, slots=True)
class PeriodResult(Figures):
    """One period of a goal.

    `target` and `result` are counts, or minor units of the goal's currency; `unvalued` says how many
    records the result lacks the value of.
    """

    period: Period
    target: int
    result: int
    count: int
    unvalued: int
    pace: Pace
    is_now: bool
    is_future: bool
    has_result: bool
    """Forecasts always have one; others once the period began or a record counts."""

    @property
    def projection(self) -> int | None:
        """None in the first tenth of a period."""
        return None if self.pace.is_early else self.pace.projection

    @property
    def colours_difference(self) -> bool:
        """Only for ended periods with a target."""
        return self.has_result and not self.is_now and self.target != 0

    @property
    def missing(self) -> int:
        """The amount missing to the target, 0 when it is reached."""
        return max(self.target - self.result, 0)

    @property
    def ahead(self) -> int:
        """The result minus the expected result by tonight; negative: minus that by last night."""
        if self.result > (self.pace.expected or 0):
            return self.result - (self.pace.expected or 0)
        return min(self.result - (self.pace.expected_last_night or 0), 0)

    @property
    def behind(self) -> int:
        return -self.ahead


@dataclass(frozen=True, slots=True)
class Sums(Figures):
    """Periods in one line."""

    target: int
    result: int
    count: int
    unvalued: int


@dataclass(frozen=True, slots=True)
class GoalQuestion:
    """Which periods of a goal are asked for, and how many of the `latest`, which show its status.

    `split` and `explain` are of the latest one, and of the last of the periods where no latest is asked for.
    """

    goal: GoalView
    periods: tuple[Period, ...] = ()
    latest: int = 0
    split: Split | None = None
    explain: Explain | None = None
    counts_undated: bool = False

    @property
    def is_one_page(self) -> bool:
        """Whether the goal is not one among many."""
        return self.counts_undated or self.explain is not None or self.split is not None


@dataclass(frozen=True, slots=True)
class GoalReport:
    """A goal with the periods asked for and its latest ones, in order.

    `whole` is a past goal from its first to its last day, where the latest were asked for. `currency` is what
    the amounts are in, empty for counts. `answer` holds the parts, the explanation and what is unknown.
    """

    goal: GoalView
    currency: str
    periods: tuple[PeriodResult, ...]
    latest: tuple[PeriodResult, ...]
    whole: PeriodResult | None
    answer: Answer

    @property
    def is_recounting(self) -> bool:
        """Whether a recount is running: results follow the former rule."""
        return self.answer.is_recounting

    @property
    def by_name(self) -> tuple[bytes, int]:
        """The sort key of lists by name."""
        return by_name(self.goal.terms.title, self.goal.id)

    @property
    def current(self) -> int | None:
        """The index of the current period, if any."""
        return next((place for place, each in enumerate(self.periods) if each.is_now), None)

    @property
    def headline(self) -> PeriodResult:
        """The figures that judge the goal: a past one as a whole, else its latest period."""
        return self.whole or self.latest[-1]

    @property
    def begun(self) -> tuple[PeriodResult, ...]:
        return tuple(each for each in self.periods if not each.is_future)

    @property
    def sums(self) -> Sums:
        """The sums of the periods that have begun."""
        return Sums(
            target=sum(each.target for each in self.begun),
            result=sum(each.result for each in self.begun),
            count=sum(each.count for each in self.begun),
            unvalued=sum(each.unvalued for each in self.begun),
        )


def goal_reports(reader: Reader, asked: Sequence[GoalQuestion]) -> list[GoalReport]:
    """Return a report of each goal, in a constant number of queries, and a few for each explanation."""
    company, calendar, today = reader.company, calendar_of(reader.company), reader.today
    latest = [
        latest_periods(each.goal.terms, calendar, today=today, most=each.latest) if each.latest else ()
        for each in asked
    ]
    wholes = [
        (whole_of(each.goal.terms),) if each.latest and not each.goal.is_active(today) else ()
        for each in asked
    ]
    ranges = [(*whole, *each.periods, *now) for each, now, whole in zip(asked, latest, wholes, strict=True)]
    answers = report(
        reader.actor,
        [
            Question(
                selection_of(each.goal),
                days,
                each.split,
                each.explain,
                counts_undated=each.counts_undated,
                names_currencies=each.goal.terms.metric is Metric.SUM and each.is_one_page,
            )
            for each, days in zip(asked, ranges, strict=True)
        ],
    )
    judge = _judge(company, [days for each in ranges for days in each], today)
    reports: list[GoalReport] = []
    for each, whole, days, answer in zip(asked, wholes, ranges, answers, strict=True):
        terms = each.goal.terms
        results = [
            judge.result(terms, period, total) for period, total in zip(days, answer.totals, strict=True)
        ]
        latest_from = len(whole) + len(each.periods)
        reports.append(
            GoalReport(
                goal=each.goal,
                currency=currency_of(terms, company),
                periods=tuple(results[len(whole) : latest_from]),
                latest=tuple(results[latest_from:]),
                whole=judge.whole(terms, results[0]) if whole else None,
                answer=answer,
            )
        )
    return reports


def currency_of(terms: GoalTerms, company: Company) -> str:
    """Return what the amounts of a goal are in, empty where it counts."""
    return (terms.currency or company.currency) if terms.metric is Metric.SUM else ""


def goal_report(reader: Reader, asked: GoalQuestion) -> GoalReport:
    """Return one goal's report."""
    [found] = goal_reports(reader, [asked])
    return found


def earlier_results(
    actor: Actor, company: Company, terms: GoalTerms, periods: Sequence[Period]
) -> tuple[int, ...] | None:
    """Return what the terms would have counted in each range: counts, or minor units of their currency.

    None when the actor may not see the assignee's results.
    """
    if not may_see_goals_of(actor, terms.assignee):
        return None
    members: tuple[Member, ...] = ()
    if terms.assignee.kind is AssigneeKind.TEAM:
        members = members_of(company.pk, [terms.assignee.id])[terms.assignee.id]
    conversions = conversions_to(company.pk, company.currency, [terms.currency])
    selection = selection_for(terms, members, conversions.get(terms.currency))
    [answer] = report(actor, [Question(selection, tuple(periods))])
    return tuple(_figure(terms, total) for total in answer.totals)


def _figure(terms: GoalTerms, total: Total) -> int:
    return total.count if terms.metric is Metric.QUANTITY else total.amount


@dataclass(frozen=True, slots=True)
class _Judge:
    """Computes period results from totals and targets on a day, by the company's working days."""

    company: Company
    working_days: WorkingDays
    today: date

    def result(self, terms: GoalTerms, period: Period, total: Total) -> PeriodResult:
        target, figure = target_of(terms, period), _figure(terms, total)
        is_forecast = terms.measure is Measure.REVENUE_FORECAST
        return PeriodResult(
            period=period,
            target=target,
            result=figure,
            count=total.count,
            unvalued=total.unvalued if terms.metric is Metric.SUM else 0,
            pace=pace(
                period,
                target,
                figure,
                today=self.today,
                working_days=self.working_days,
                is_forecast=is_forecast,
            ),
            is_now=period.contains(self.today),
            is_future=period.start > self.today,
            has_result=period.start <= self.today or total.count != 0 or is_forecast,
        )

    def whole(self, terms: GoalTerms, whole: PeriodResult) -> PeriodResult:
        """Judge a past goal's whole result by the sum of its targets."""
        calendar = calendar_of(self.company)
        own = periods(terms.starts_on, terms.duration_end, terms.interval, calendar, today=self.today)
        target = sum(target_of(terms, period) for period in own)
        status = PaceStatus.REACHED if whole.result >= target else PaceStatus.MISSED
        expected = None if whole.pace.expected is None else target
        return replace(whole, target=target, pace=replace(whole.pace, status=status, expected=expected))


def _judge(company: Company, days: Sequence[Period], today: date) -> _Judge:
    all_days = Period(min(each.start for each in days), max(each.end for each in days)) if days else None
    return _Judge(company, working_calendar_of(company, all_days).between, today)


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


def effect_of(
    reader: Reader, changes: Sequence[MembershipChange], *, since: Sequence[MembershipChange] = ()
) -> tuple[Effect, ...]:
    """Return the results that change, goal by goal, in a constant number of queries.

    `since` holds the days that these memberships had before, where the changes are saved already.
    """
    actor, company, today = reader.actor, reader.company, reader.today
    of_teams = visible_to(actor).filter(assignee_team_id__in={change.team_id for change in changes})
    goals = goals_seen_by(actor, of_teams.order_by("title", "starts_on", "public_id"))
    asked = [
        GoalQuestion(
            _changed(goal, since),
            tuple(
                each
                for each in periods_shown(goal.terms, company, today=today)
                if each.start <= today or goal.terms.measure is Measure.REVENUE_FORECAST
            ),
        )
        for goal in goals
    ]
    changed = [replace(each, goal=_changed(each.goal, changes)) for each in asked]
    reports = goal_reports(reader, [*asked, *changed])
    now, then = reports[: len(asked)], reports[len(asked) :]
    return tuple(
        Effect(was.goal, was.currency, before, after)
        for was, becomes in zip(now, then, strict=True)
        for before, after in zip(was.periods, becomes.periods, strict=True)
        if before.result != after.result
    )


def _changed(goal: GoalView, changes: Sequence[MembershipChange]) -> GoalView:
    """Return the goal with the changed memberships."""
    changed = {change.user_id: change for change in changes if change.team_id == goal.terms.assignee.id}
    kept = [member for member in goal.members if member.id not in changed]
    others = [Member(user_id, "", change.stays) for user_id, change in changed.items() if change.stays]
    return replace(goal, members=(*kept, *others))
