"""What one deal counts towards, what it does not and why, and how each of its changes moved results.

The lines are the deal's standings and entries, put to the goals' own selections: there is no second set of
rules. Figures are counts, or minor units of the goal's currency.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from goalpost.companies.calendar import calendar_of
from goalpost.companies.models import User
from goalpost.crm.deal_page import DealView
from goalpost.crm.models import StageMove
from goalpost.crm.record_lines import stage_names
from goalpost.domain.calendar import Period, period_of
from goalpost.domain.changes import Change as Difference
from goalpost.domain.changes import ChangeCause, PostingAction, what_happened
from goalpost.domain.counting import NO_DAY, Contribution, DealStatus
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Actor, AssigneeKind, may_see_records_of
from goalpost.goals.periods import selection_of
from goalpost.goals.queries import GoalView, goals_seen_by, visible_to
from goalpost.insights.changes import ChangeLine, Handover
from goalpost.insights.goal_report import GoalQuestion, PeriodResult, currency_of, goal_reports
from goalpost.insights.report import Reader
from goalpost.ledger.models import Entry, Posting, Reason, SourceKind, Standing
from goalpost.ledger.questions import CountedRecord, Dimension, Total, told_in

_DEAL_MEASURES = [measure for measure in Measure.of_goals() if measure.counts_deals]


class RuledOut(StrEnum):
    """The first reason that keeps a deal out of a goal's results."""

    DELETED = "deleted"
    NOT_WON = "not_won"
    LOST = "lost"
    NO_WON_DAY = "no_won_day"
    NO_ADD_DAY = "no_add_day"
    NO_CLOSE_DATE = "no_close_date"
    STAGE_NOT_ENTERED = "stage_not_entered"
    NO_STAGE_DAY = "no_stage_day"
    PIPELINE = "pipeline"
    OWNER = "owner"
    NOT_ON_TEAM = "not_on_team"
    BEFORE_GOAL = "before_goal"
    AFTER_GOAL = "after_goal"


@dataclass(frozen=True, slots=True)
class Counted:
    """A deal's part of a goal's result in one period, on one day; `part` is None when unknown."""

    goal: GoalView
    currency: str
    result: PeriodResult
    day: date
    part: int | None
    status: DealStatus


@dataclass(frozen=True, slots=True)
class NotCounted:
    """A goal that the deal does not count towards; `day` is when it would have, where that is known."""

    goal: GoalView
    reason: RuledOut
    day: date | None = None


@dataclass(frozen=True, slots=True)
class DealLedger:
    """Where a deal counts, as far as the reader sees goals. `more` are further goals that are not listed."""

    counted: tuple[Counted, ...]
    not_counted: tuple[NotCounted, ...]
    more: int


_MOST_LISTED = 30


def deal_ledger(reader: Reader, deal: DealView) -> DealLedger:
    """Return where the deal counts, in a constant number of queries. Read it in one snapshot."""
    lines = _standings(reader.actor.company_id, deal.id)
    goals = goals_of_deals(reader)
    entered = set(
        StageMove.objects.filter(company_id=reader.actor.company_id, deal_id=deal.id).values_list(
            "stage_id", flat=True
        )
    )
    places: list[tuple[GoalView, Period, Contribution]] = []
    left_out: list[NotCounted] = []
    for goal in goals:
        found = places_of(reader, goal, lines)
        places += [(goal, *place) for place in found]
        if not found and goal.is_active(reader.today):
            left_out.append(_reason(deal, goal, lines, entered))
    return DealLedger(
        _counted(reader, deal, places), tuple(left_out[:_MOST_LISTED]), len(left_out[_MOST_LISTED:])
    )


def goals_of_deals(reader: Reader) -> list[GoalView]:
    """Return the goals that the reader may see and that deals count towards."""
    goals = visible_to(reader.actor).filter(measure__in=_DEAL_MEASURES)
    return goals_seen_by(reader.actor, goals.order_by("title", "starts_on", "public_id"))


def _standings(company_id: int, deal_id: int) -> list[Contribution]:
    rows = Standing.objects.filter(company_id=company_id, source_kind=SourceKind.DEAL, source_id=deal_id)
    return [contribution_of(row) for row in rows.values_list(*Contribution._fields)]


def contribution_of(row: Sequence[object]) -> Contribution:
    """Return a standing or an entry, given as the columns of a contribution, as one."""
    measure, *others = row
    return Contribution(Measure(measure), *others)  # type: ignore[arg-type]  # as the columns are


def places_of(
    reader: Reader, goal: GoalView, lines: Iterable[Contribution]
) -> list[tuple[Period, Contribution]]:
    """Return the periods of the goal that the lines count in."""
    selection, terms = selection_of(goal), goal.terms
    found = []
    for line in lines:
        if line.measure is terms.measure and selection.excludes(line) is None:
            period = _period_at(reader, goal, line.day)
            if period is not None:
                found.append((period, line))
    return found


def _period_at(reader: Reader, goal: GoalView, day: date) -> Period | None:
    """Return the goal's period that holds the day, clipped to the goal; None outside of it."""
    terms = goal.terms
    if day == NO_DAY or day < terms.starts_on or (terms.ends_on is not None and day > terms.ends_on):
        return None
    whole = period_of(day, terms.interval, calendar_of(reader.company))
    end = whole.end if terms.duration_end is None else min(whole.end, terms.duration_end)
    return Period(max(whole.start, terms.starts_on), end)


def _counted(
    reader: Reader, deal: DealView, places: Sequence[tuple[GoalView, Period, Contribution]]
) -> tuple[Counted, ...]:
    reports = goal_reports(reader, [GoalQuestion(goal, (period,)) for goal, period, _line in places])
    return tuple(
        Counted(
            goal,
            report.currency,
            report.periods[0],
            line.day,
            _part(goal, line),
            deal.status,
        )
        for (goal, _period, line), report in zip(places, reports, strict=True)
    )


def _part(goal: GoalView, line: Contribution) -> int | None:
    """Return what a line adds to the goal's result; None when its value is unknown there."""
    if goal.terms.metric is Metric.QUANTITY:
        return line.count
    told = _told(goal, line)
    return None if told.unvalued else told.amount


def _told(goal: GoalView, line: Contribution) -> Total:
    """Return a line as a total of the goal's selection holds it."""
    record = CountedRecord(
        0,
        line.day,
        line.owner_id,
        line.pipeline_id,
        line.item_id,
        line.amount * line.count,
        line.unvalued * line.count,
        line.currency,
        line.native_amount * line.count,
    )
    [told] = told_in(selection_of(goal).conversion, [record])
    return Total(line.count, told.amount * line.count, told.unvalued * line.count)


def _reason(deal: DealView, goal: GoalView, lines: Sequence[Contribution], entered: set[int]) -> NotCounted:
    if deal.is_deleted:
        return NotCounted(goal, RuledOut.DELETED)
    measure, selection = goal.terms.measure, selection_of(goal)
    own = [line for line in lines if line.measure is measure and line.day != NO_DAY]
    if measure is Measure.DEALS_PROGRESSED:
        # A stage is the goal's own: where it was not entered, nothing else matters.
        own = [line for line in own if selection.items is None or line.item_id in selection.items]
    if not own:
        return NotCounted(goal, _why_nowhere(deal, goal, entered))
    line = own[0]
    match selection.excludes(line):
        case Dimension.PIPELINE:
            return NotCounted(goal, RuledOut.PIPELINE, line.day)
        case Dimension.OWNER if goal.terms.assignee.kind is AssigneeKind.TEAM:
            return NotCounted(goal, RuledOut.NOT_ON_TEAM, line.day)
        case Dimension.OWNER:
            return NotCounted(goal, RuledOut.OWNER, line.day)
        case _:
            is_before = line.day < goal.terms.starts_on
            return NotCounted(goal, RuledOut.BEFORE_GOAL if is_before else RuledOut.AFTER_GOAL, line.day)


def _why_nowhere(deal: DealView, goal: GoalView, entered: set[int]) -> RuledOut:
    """Return why a deal counts for nobody in the goal's measure, on no day."""
    match goal.terms.measure:
        case Measure.DEALS_STARTED:
            return RuledOut.NO_ADD_DAY
        case Measure.DEALS_PROGRESSED:
            return RuledOut.NO_STAGE_DAY if goal.terms.stage_id in entered else RuledOut.STAGE_NOT_ENTERED
        case Measure.REVENUE_FORECAST if deal.is_open:
            return RuledOut.NO_CLOSE_DATE
    if deal.is_won:
        return RuledOut.NO_WON_DAY
    return RuledOut.LOST if deal.status is DealStatus.LOST else RuledOut.NOT_WON


@dataclass(frozen=True, slots=True)
class ResultMoved:
    """What one change of a deal did to a goal's result in one period."""

    goal: GoalView
    currency: str
    period: Period
    by: int


@dataclass(frozen=True, slots=True)
class DealChange:
    """A posting to the deal, and every result it moved."""

    line: ChangeLine
    currency: str
    """What the values of `line` are in: the company's currency."""
    moved: tuple[ResultMoved, ...]


def deal_history(reader: Reader, deal: DealView) -> tuple[DealChange, ...]:
    """Return what was posted to the deal, the latest first, in a constant number of queries.

    For each goal and period the changes add up to what the deal counts for now. Teams are those of today.
    """
    company_id = reader.actor.company_id
    rows = Entry.objects.filter(company_id=company_id, source_kind=SourceKind.DEAL, source_id=deal.id)
    by_version: dict[int, list[Contribution]] = defaultdict(list)
    for version, *row in rows.values_list("version", *Contribution._fields):
        by_version[version].append(contribution_of(row))
    postings = Posting.objects.filter(company_id=company_id, version__in=list(by_version))
    goals = goals_of_deals(reader)
    names = _names(company_id, by_version.values(), postings)
    return tuple(
        DealChange(
            _line(reader.actor, deal, posting, by_version[posting.version], names),
            reader.company.currency,
            _moved(reader, goals, by_version[posting.version]),
        )
        for posting in sorted(postings, key=lambda posting: posting.version, reverse=True)
    )


def _moved(
    reader: Reader, goals: Sequence[GoalView], lines: Sequence[Contribution]
) -> tuple[ResultMoved, ...]:
    found: list[ResultMoved] = []
    for goal in goals:
        sums: dict[Period, int] = defaultdict(int)
        counts = goal.terms.metric is Metric.QUANTITY
        for period, line in places_of(reader, goal, lines):
            sums[period] += line.count if counts else _told(goal, line).amount
        currency = currency_of(goal.terms, reader.company)
        found += [ResultMoved(goal, currency, period, by) for period, by in sums.items() if by]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Names:
    people: dict[int, str]
    stages: dict[int, str]


def _names(company_id: int, lines: Iterable[Sequence[Contribution]], postings: Iterable[Posting]) -> _Names:
    every = [line for some in lines for line in some]
    people = {line.owner_id for line in every} | {each.actor_id for each in postings if each.actor_id}
    known = User.objects.filter(company_id=company_id, pk__in=people).values_list("pk", "name")
    return _Names(dict(known), stage_names(company_id, {line.item_id for line in every}))


_TOLD_BY = (
    Measure.DEALS_WON,
    Measure.REVENUE_FORECAST,
    Measure.OPEN_VALUE,
    Measure.DEALS_STARTED,
    Measure.DEALS_PROGRESSED,
)
"""Which measure says best what happened to a deal, the first of those that a posting touched."""


def _line(
    actor: Actor, deal: DealView, posting: Posting, lines: Sequence[Contribution], names: _Names
) -> ChangeLine:
    difference = Difference(
        took=tuple(line for line in lines if line.count < 0),
        gave=tuple(line for line in lines if line.count > 0),
    )
    measure = next((each for each in _TOLD_BY if difference.touches(each)), Measure.DEALS_STARTED)
    action = PostingAction(posting.action)
    happening = what_happened(action, measure, difference)
    here = difference.of(measure, None)
    took, gave = (side[0] if side else None for side in (here.took, here.gave))
    if action is PostingAction.MOVED:
        happening = ChangeCause.MOVED_STAGE
    return ChangeLine(
        at=posting.at,
        actor=names.people.get(posting.actor_id or 0, ""),
        reason=Reason(posting.reason),
        note=posting.note,
        record_id=deal.id,
        title=deal.title,
        happening=happening,
        before=_total(took),
        after=_total(gave),
        by=Total(),
        handover=_handover(actor, took, gave, names) if happening is ChangeCause.HANDED_OVER else None,
        stage=names.stages.get(_stage_entered(difference), ""),
        days=(took.day, gave.day)
        if took and gave and happening is ChangeCause.DAY_CHANGED and NO_DAY not in (took.day, gave.day)
        else None,
    )


def _total(line: Contribution | None) -> Total:
    if line is None:
        return Total()
    sign = 1 if line.count > 0 else -1
    return Total(1, line.amount * sign, line.unvalued * sign)


def _stage_entered(difference: Difference) -> int:
    entered = difference.of(Measure.DEALS_PROGRESSED, None)
    left = {line.item_id for line in entered.took}
    return next((line.item_id for line in entered.gave if line.item_id not in left), 0)


def _handover(
    actor: Actor, took: Contribution | None, gave: Contribution | None, names: _Names
) -> Handover | None:
    if took is None or gave is None:
        return None
    return Handover(
        *(
            names.people.get(line.owner_id, "") if may_see_records_of(actor, line.owner_id) else ""
            for line in (took, gave)
        )
    )
