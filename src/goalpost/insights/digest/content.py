"""What a digest says: each figure is a goal report's, counted to the end of the day before.

Results and targets are in the goal's currency (minor units) or counts. What was recorded later for an earlier
day counts; what is dated today belongs to the next digest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from goalpost.companies.calendar import calendar_of, working_calendar_of
from goalpost.companies.models import Company
from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.pace import Pace, PaceStatus, WorkingDays, pace
from goalpost.domain.permissions import Actor, AssigneeKind
from goalpost.goals.models import Goal
from goalpost.goals.periods import active, latest_periods, selection_of, target_of
from goalpost.goals.queries import GoalView, goals_seen_by, visible_to
from goalpost.insights.changes import ChangeLine, ChangesAsked
from goalpost.insights.digest.models import About
from goalpost.insights.goal_report import Figures, currency_of
from goalpost.insights.report import Question, Reader, report
from goalpost.ledger.questions import Total

_EXPLAINED = 8
"""So many goals are told with the records that moved them."""
_NAMED = 3
"""So many records are named for one goal."""

Reported = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class GoalLine(Figures):
    """A goal's period with its result by last night, and what the last digest said."""

    goal: GoalView
    currency: str
    period: Period
    target: int
    result: int
    before: int
    pace: Pace
    is_now: bool
    records: tuple[ChangeLine, ...] = ()
    """The changes that lead from `before` to `result`; empty where they are many or not all visible."""

    @property
    def moved(self) -> int:
        return self.result - self.before

    @property
    def expected_by_last_night(self) -> int:
        return self.pace.expected_last_night or 0

    @property
    def ahead(self) -> int:
        return self.result - self.expected_by_last_night

    @property
    def behind(self) -> int:
        return -self.ahead

    @property
    def expected_tonight(self) -> int:
        return self.pace.expected or 0

    @property
    def needed(self) -> int:
        """What today must bring to be on pace tonight; 0 when the result is there already."""
        return max(self.expected_tonight - self.result, 0)


@dataclass(frozen=True, slots=True)
class DigestContent:
    """A digest of one day. `goals` are the current periods; `moved` may name those that have just ended."""

    day: date
    since: date
    """The first day whose results the last digest did not tell."""
    goals: tuple[GoalLine, ...]
    moved: tuple[GoalLine, ...]

    @property
    def needed(self) -> tuple[GoalLine, ...]:
        running = [each for each in self.goals if each.pace.expected is not None]
        return tuple(each for each in running if each.needed and each.pace.status is not PaceStatus.REACHED)

    @property
    def behind(self) -> tuple[GoalLine, ...]:
        return tuple(each for each in self.goals if each.pace.status is PaceStatus.BEHIND)

    @property
    def headline(self) -> GoalLine | None:
        """The goal told first: one that moved and runs, money before counts."""
        own = [each for each in self.moved if each.is_now and each.pace.expected is not None]
        return min(own, key=lambda each: not each.currency, default=None)

    @property
    def reported(self) -> dict[str, dict[str, int]]:
        """What the next digest starts from."""
        found: dict[str, dict[str, int]] = {}
        for each in (*self.goals, *self.moved):
            found.setdefault(each.goal.public_id, {})[each.period.start.isoformat()] = each.result
        return found


def goals_about(actor: Actor, about: str, today: date) -> QuerySet[Goal]:
    """Return the running goals of a digest."""
    goals = active(visible_to(actor), today).filter(starts_on__lte=today)
    if about == About.MINE:
        goals = goals.filter(
            Q(assignee_kind=AssigneeKind.PERSON, assignee_user_id=actor.user_id)
            | Q(assignee_kind=AssigneeKind.TEAM, assignee_team_id__in=actor.managed_team_ids)
        )
    return goals.order_by("title", "starts_on", "public_id")


def digest_content(reader: Reader, about: str, *, since: date, reported: Reported) -> DigestContent:
    """Return what to tell on the reader's day. `since` is the day of the last digest, `reported` its results.

    A constant number of queries, and a few for each of up to `_EXPLAINED` goals. To be read in one snapshot.
    """
    today, calendar = reader.today, calendar_of(reader.company)
    # Goals that ended since the last digest tell their last days too.
    goals = goals_seen_by(reader.actor, goals_about(reader.actor, about, since))
    asked = [
        (goal, period)
        for goal in goals
        for period in latest_periods(goal.terms, calendar, today=today, most=2)
        if period.start <= today and (period.end > since or period.contains(today))
    ]
    if not asked:
        return DigestContent(today, since, (), ())
    lines = _lines(reader, asked, since, reported)
    moved = [each for each in lines if each.moved and _until(today, each.goal, each.period)]
    return DigestContent(
        today, since, tuple(each for each in lines if each.is_now), _explained(reader, moved, since)
    )


def _lines(
    reader: Reader, asked: Sequence[tuple[GoalView, Period]], since: date, reported: Reported
) -> list[GoalLine]:
    ranges = [
        tuple(days for end in (since, reader.today) if (days := _until(end, goal, period)))
        for goal, period in asked
    ]
    answers = report(
        reader.actor,
        [Question(selection_of(goal), found) for (goal, _period), found in zip(asked, ranges, strict=True)],
    )
    whole = Period(min(each.start for _goal, each in asked), max(each.end for _goal, each in asked))
    working_days = working_calendar_of(reader.company, whole).between
    lines = []
    for (goal, period), answer in zip(asked, answers, strict=True):
        # On the first day of a period there is nothing to count yet; on that of a digest, nothing before.
        before, result = ([0, 0] + [_figure(goal, total) for total in answer.totals])[-2:]
        told = reported.get(goal.public_id, {}).get(period.start.isoformat(), before)
        lines.append(_line(goal, period, (told, result), reader, working_days))
    return lines


def _until(end: date, goal: GoalView, period: Period) -> Period | None:
    """Return the period's days before `end`. A forecast includes the future, so its period stays whole."""
    if goal.terms.measure is Measure.REVENUE_FORECAST:
        return period
    return Period(period.start, min(end, period.end)) if end > period.start else None


def _line(
    goal: GoalView, period: Period, figures: tuple[int, int], reader: Reader, working_days: WorkingDays
) -> GoalLine:
    before, result = figures
    target = target_of(goal.terms, period)
    return GoalLine(
        goal=goal,
        currency=currency_of(goal.terms, reader.company),
        period=period,
        target=target,
        result=result,
        before=before,
        pace=pace(
            period,
            target,
            result,
            today=reader.today,
            working_days=working_days,
            is_forecast=goal.terms.measure is Measure.REVENUE_FORECAST,
        ),
        is_now=period.contains(reader.today),
    )


def _figure(goal: GoalView, total: Total) -> int:
    return total.count if goal.terms.metric is Metric.QUANTITY else total.amount


def _explained(reader: Reader, moved: Sequence[GoalLine], since: date) -> tuple[GoalLine, ...]:
    """Add the records that moved each of the first goals, where they make up all that changed."""
    # What moved has days that count, so each of these gets its answer.
    first = moved[:_EXPLAINED]
    if not first:
        return ()
    asked = ChangesAsked(start_of(reader.company, since), limit=_NAMED, is_summed=False)
    answers = report(
        reader.actor,
        [
            Question(selection_of(each.goal), (days,), explain=asked)
            for each in first
            if (days := _until(reader.today, each.goal, each.period))
        ],
    )
    told = []
    for each, answer in zip(first, answers, strict=True):
        changes = answer.changes
        lines = changes.lines if changes is not None and not changes.next else ()
        is_whole = sum(_figure(each.goal, line.by) for line in lines) == each.moved
        is_told = is_whole and all(line.title for line in lines)
        told.append(replace(each, records=lines if is_told else ()))
    return (*told, *moved[_EXPLAINED:])


def start_of(company: Company, day: date) -> datetime:
    """Return the moment at which a day begins in the company's time zone."""
    return datetime.combine(day, time.min, ZoneInfo(company.time_zone))
