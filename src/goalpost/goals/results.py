"""What goals have reached: targets beside the ledger's totals.

Results are in the company's currency (minor units) or counts. A goal in another currency has its target
converted, at the rate valid on each period's first day: a period's target does not drift while it runs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from goalpost.companies.calendar import calendar_of
from goalpost.companies.currencies import DIGITS
from goalpost.companies.models import Company
from goalpost.companies.working_days import working_calendar_of
from goalpost.crm.models import ExchangeRate
from goalpost.domain.calendar import Period, periods
from goalpost.domain.counting import Rates
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.money import convert
from goalpost.domain.pace import Pace, WorkingDays, pace
from goalpost.domain.permissions import AssigneeKind
from goalpost.domain.targets import difference, progress_percent
from goalpost.goals.queries import GoalView
from goalpost.goals.terms import GoalTerms
from goalpost.ledger import read
from goalpost.ledger.read import Question, Selection, Total


@dataclass(frozen=True, slots=True)
class PeriodResult:
    """One period of a goal.

    `target`, `result` and `difference` are counts, or minor units of the company's currency; `unvalued` says
    how many records the result lacks the value of.
    """

    period: Period
    target: int
    result: int
    count: int
    unvalued: int
    pace: Pace

    @property
    def difference(self) -> int:
        return difference(self.result, self.target)

    @property
    def progress(self) -> int | None:
        """The result in percent of the target, rounded half up."""
        return progress_percent(self.result, self.target)


@dataclass(frozen=True, slots=True)
class GoalResults:
    """A goal with its periods, in order. `current` is the place of the period that today is in, if any.

    `whole` is a past goal from its first to its last day, where it was asked for.
    """

    goal: GoalView
    periods: tuple[PeriodResult, ...]
    current: int | None
    whole: PeriodResult | None = None

    @property
    def standing(self) -> PeriodResult:
        """What says how the goal stands: a past one as a whole, else the latest period asked for."""
        return self.whole or self.periods[-1]


def selection_of(goal: GoalView) -> Selection:
    """Return what the goal counts: whose, where, which."""
    return selection_for(goal.terms, (member.id for member in goal.members))


def selection_for(terms: GoalTerms, member_ids: Iterable[int]) -> Selection:
    """Return what goals of these terms count; `member_ids` are the team's, when they are for a team."""
    match terms.assignee.kind:
        case AssigneeKind.PERSON:
            owners: frozenset[int] | None = frozenset({terms.assignee.id})
        case AssigneeKind.TEAM:
            owners = frozenset(member_ids)
        case AssigneeKind.COMPANY:
            owners = None
    items = frozenset({terms.stage_id}) if terms.stage_id is not None else terms.activity_types or None
    return Selection(terms.measure, owners, terms.pipelines or None, items)


def periods_shown(terms: GoalTerms, company: Company, *, today: date) -> tuple[Period, ...]:
    """Return the goal's periods: all of them, or up to the current one and twelve further without an end."""
    return periods(terms.starts_on, terms.duration_end, terms.interval, calendar_of(company), today=today)


def goal_results(
    company: Company, goals: Sequence[tuple[GoalView, tuple[Period, ...]]], *, today: date
) -> list[GoalResults]:
    """Return the results of each goal's periods asked for, in a constant number of queries."""
    questions = [Question(selection_of(goal), asked) for goal, asked in goals]
    totals = read.totals(company.pk, questions)
    rates = rates_for(company, [goal.terms for goal, _ in goals])
    working_days = _working_days(company, [period for _, asked in goals for period in asked])
    found: list[GoalResults] = []
    for (goal, asked), sums in zip(goals, totals, strict=True):
        results = tuple(
            _result(goal.terms, company, rates, working_days, period, total, today)
            for period, total in zip(asked, sums, strict=True)
        )
        current = next((place for place, period in enumerate(asked) if period.contains(today)), None)
        found.append(GoalResults(goal, results, current))
    return found


def goal_total(company: Company, goal: GoalView, period: Period) -> Total:
    """Return the total of any range of days, in the company's currency."""
    return read.total(company.pk, selection_of(goal), period)


def rates_for(company: Company, terms: Sequence[GoalTerms]) -> Rates:
    """Return the rates of the currencies that goals use beside the company's own; no query without any."""
    foreign = {own.currency for own in terms if own.currency and own.currency != company.currency}
    if not foreign:
        return Rates({})
    known: dict[str, list[tuple[date, Decimal]]] = {code: [] for code in foreign}
    rows = ExchangeRate.objects.filter(company=company, currency__in=foreign)
    for currency, day, rate in rows.values_list("currency", "day", "rate"):
        known[currency].append((day, rate))
    return Rates(known)


def rate_on(terms: GoalTerms, company: Company, rates: Rates, day: date) -> Decimal:
    """Return what one unit of the goal's currency is worth in the company's; goals cannot be set without."""
    if terms.currency in {"", company.currency}:
        return Decimal(1)
    rate = rates.on(terms.currency, day)
    if rate is None:
        raise ValueError(f"The goal is in {terms.currency}, of which no rate is known.")
    return rate


def target_of(terms: GoalTerms, company: Company, rates: Rates, period: Period) -> int:
    """Return a period's target, its own or the goal's: a count, or minor units of the company's currency."""
    target = terms.period_targets.get(period.start, terms.target)
    if terms.metric is Metric.QUANTITY or terms.currency == company.currency:
        return target
    return convert(
        target,
        from_digits=DIGITS[terms.currency],
        to_digits=DIGITS[company.currency],
        rate=rate_on(terms, company, rates, period.start),
    )


def _working_days(company: Company, asked: Sequence[Period]) -> WorkingDays:
    """Return what counts the working days of these periods."""
    days = Period(min(each.start for each in asked), max(each.end for each in asked)) if asked else None
    return working_calendar_of(company, days).between


def _result(
    terms: GoalTerms,
    company: Company,
    rates: Rates,
    working_days: WorkingDays,
    period: Period,
    total: Total,
    today: date,
) -> PeriodResult:
    target = target_of(terms, company, rates, period)
    result = total.count if terms.metric is Metric.QUANTITY else total.amount
    return PeriodResult(
        period=period,
        target=target,
        result=result,
        count=total.count,
        unvalued=total.unvalued if terms.metric is Metric.SUM else 0,
        pace=pace(
            period,
            target,
            result,
            today=today,
            working_days=working_days,
            is_forecast=terms.measure is Measure.REVENUE_FORECAST,
        ),
    )
