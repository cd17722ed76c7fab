"""What moved the forecast between two days: every change of a deal in exactly one bar of a waterfall.

Read from the ledger's postings: the bars add up to the difference of what was known on the two days, whatever
a deal did between them. Amounts are minor units of the company's currency.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from goalpost.companies.models import User
from goalpost.crm.record_lines import record_titles
from goalpost.domain.calendar import Period
from goalpost.domain.changes import Change, PostingAction
from goalpost.domain.counting import Contribution
from goalpost.domain.measures import Measure
from goalpost.insights.report import Reader
from goalpost.ledger.changes import total_as_known_at
from goalpost.ledger.models import Posting, Reason
from goalpost.ledger.movements import Movement, movements
from goalpost.ledger.questions import NOTHING, Selection, Total, sum_of


class MoveKind(StrEnum):
    """The bars, in their order."""

    CREATED = "created"
    WON = "won"
    PULLED_IN = "pulled-in"
    PUSHED_OUT = "pushed-out"
    GROWN = "grown"
    SHRUNK = "shrunk"
    LOST = "lost"
    REASSIGNED_IN = "reassigned-in"
    REASSIGNED_OUT = "reassigned-out"
    REOPENED = "reopened"
    DELETED = "deleted"
    RULES = "rules"


@dataclass(frozen=True, slots=True)
class MovesAsked:
    """The forecast of a selection for deals closing in `closing`, from the start of a day to the end of one.

    `in_full` counts open deals by their value instead of weighting them. Of the selection the measure does
    not matter.
    """

    selection: Selection
    closing: Period
    first_day: date
    last_day: date
    in_full: bool = False

    @property
    def selections(self) -> tuple[Selection, ...]:
        measures = (Measure.DEALS_WON, Measure.OPEN_VALUE) if self.in_full else (Measure.REVENUE_FORECAST,)
        return tuple(replace(self.selection, measure=measure) for measure in measures)

    def counts(self, line: Contribution) -> bool:
        """Whether the forecast counts the line."""
        is_of_measure = any(each.measure is line.measure for each in self.selections)
        return is_of_measure and self.closing.contains(line.day) and self.selection.excludes(line) is None


@dataclass(frozen=True, slots=True)
class Move:
    """What one posting did to the forecast through one deal.

    `by_value` tells a changed value from a changed stage or probability; it says so of what grew or shrank.
    """

    version: int
    deal_id: int
    kind: MoveKind
    by: Total
    by_value: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """All changes of one kind. `after` is the forecast after it; `swing` the part that went and came back."""

    kind: MoveKind
    deals: int
    by: Total
    after: int
    by_value: Total
    swing: int = 0

    @property
    def otherwise(self) -> Total:
        """What grew or shrank by stage or probability."""
        return self.by.minus(self.by_value)


@dataclass(frozen=True, slots=True)
class MoveLine:
    """A change with its deal, who made it and when; no title where the reader may not see the deal."""

    move: Move
    title: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ForecastMoves:
    """The forecast on both days and the bars between: `start` and all bars together are `end`."""

    asked: MovesAsked
    currency: str
    start: Total
    end: Total
    bars: tuple[Bar, ...]
    swings: int
    changes: int
    largest: tuple[MoveLine, ...]

    @property
    def difference(self) -> int:
        return self.end.amount - self.start.amount


_LARGEST = 6
_MOMENT = timedelta(microseconds=1)


def forecast_moves(reader: Reader, asked: MovesAsked) -> ForecastMoves:
    """Return what moved the forecast, in a constant number of queries. Read it in one snapshot."""
    since, until = _moments(reader, asked)
    start, end = (
        sum_of(total_as_known_at(reader.company.pk, each, asked.closing, moment) for each in asked.selections)
        for moment in (since, until)
    )
    moves = moves_between(reader, asked)
    largest = sorted(moves, key=lambda move: (-abs(move.by.amount), move.version, move.deal_id))[:_LARGEST]
    swings = _swings(moves)
    return ForecastMoves(
        asked=asked,
        currency=reader.company.currency,
        start=start,
        end=end,
        bars=_bars(moves, start.amount, swings),
        swings=len({deal_id for deal_id, _kind in swings}),
        changes=len(moves),
        largest=move_lines(reader, largest),
    )


def moves_between(reader: Reader, asked: MovesAsked) -> list[Move]:
    """Return every change of the forecast, in the order in which they were made."""
    found = movements(reader.company.pk, asked.selections, asked.closing, *_moments(reader, asked))
    return [move for each in found if (move := _move(asked, each)) is not None]


def move_lines(reader: Reader, moves: Sequence[Move]) -> tuple[MoveLine, ...]:
    """Return the changes with titles, people and moments, in three queries."""
    company_id = reader.company.pk
    made = Posting.objects.filter(company_id=company_id, version__in={move.version for move in moves})
    postings = {version: (at, actor) for version, at, actor in made.values_list("version", "at", "actor_id")}
    people = dict(
        User.objects.filter(
            company_id=company_id, pk__in={actor for _at, actor in postings.values() if actor}
        ).values_list("pk", "name")
    )
    titles = record_titles(reader.actor, Measure.REVENUE_FORECAST, {move.deal_id for move in moves})
    return tuple(
        MoveLine(
            move,
            titles.get(move.deal_id, ""),
            people.get(postings[move.version][1] or 0, ""),
            postings[move.version][0],
        )
        for move in moves
    )


def _moments(reader: Reader, asked: MovesAsked) -> tuple[datetime, datetime]:
    """Return the last moments before the first day and of the last day, in the company's time zone."""
    zone = ZoneInfo(reader.company.time_zone)
    first, after = (
        datetime.combine(day, time.min, zone) for day in (asked.first_day, asked.last_day + timedelta(days=1))
    )
    return first - _MOMENT, after - _MOMENT


def _move(asked: MovesAsked, movement: Movement) -> Move | None:
    """Return what a movement did to the forecast; None where that is nothing."""
    change = movement.change
    before, after = ([line for line in lines if asked.counts(line)] for lines in (change.took, change.gave))
    net = sum_of(Total(line.count, line.amount, line.unvalued) for line in (*before, *after))
    kind = _kind(asked, movement, before, after, net)
    if kind in {MoveKind.GROWN, MoveKind.SHRUNK} and net == NOTHING:
        return None
    by_value = kind in {MoveKind.GROWN, MoveKind.SHRUNK} and _worth(change.took) != _worth(change.gave)
    return Move(movement.version, movement.deal_id, kind, net, by_value)


_OF_RULES = {
    PostingAction.CHANGED_RATE,
    PostingAction.CHANGED_PROBABILITY,
    PostingAction.CHANGED_TIME_ZONE,
    PostingAction.CHANGED_ORDER,
}
_SAID = {
    PostingAction.CREATED: MoveKind.CREATED,
    PostingAction.DELETED: MoveKind.DELETED,
    PostingAction.RESTORED: MoveKind.REOPENED,
    PostingAction.LOST: MoveKind.LOST,
}
_PLACES = {Measure.DEALS_WON, Measure.OPEN_VALUE}
"""The measures one of which every deal that is not lost counts in, whatever its close date."""


def _kind(
    asked: MovesAsked,
    movement: Movement,
    before: Sequence[Contribution],
    after: Sequence[Contribution],
    net: Total,
) -> MoveKind:
    """Return the one bar of a movement."""
    if movement.action in _OF_RULES or movement.reason in {Reason.RULE, Reason.REPAIR}:
        return MoveKind.RULES
    known = _SAID.get(movement.action) or _by_status(movement.change, before, after)
    if known is not None:
        return known
    if before and after:
        return MoveKind.GROWN if net.amount >= 0 else MoveKind.SHRUNK
    if after:
        return _came(asked, _places(movement.change.took), after[0])
    return _went(asked, before[0], _places(movement.change.gave))


def _by_status(
    change: Change, before: Sequence[Contribution], after: Sequence[Contribution]
) -> MoveKind | None:
    """Return the bar of a deal that a movement adds, deletes, wins or reopens; None for another."""
    was_started, is_started = (_has(lines, Measure.DEALS_STARTED) for lines in (change.took, change.gave))
    was_won, is_won = (_has(lines, Measure.DEALS_WON) for lines in (change.took, change.gave))
    stays = bool(_places(change.gave))
    if is_started and not was_started and not before:
        return MoveKind.CREATED
    if was_started and not is_started and not stays:
        return MoveKind.DELETED
    if is_won and not was_won and after:
        return MoveKind.WON
    return MoveKind.REOPENED if was_won and not is_won and stays else None


def _came(asked: MovesAsked, took: Sequence[Contribution], line: Contribution) -> MoveKind:
    if not took:
        return MoveKind.REOPENED
    return MoveKind.REASSIGNED_IN if _is_reassigned(asked, took[0], line) else MoveKind.PULLED_IN


def _went(asked: MovesAsked, line: Contribution, gave: Sequence[Contribution]) -> MoveKind:
    if not gave:
        return MoveKind.LOST
    return MoveKind.REASSIGNED_OUT if _is_reassigned(asked, gave[0], line) else MoveKind.PUSHED_OUT


def _is_reassigned(asked: MovesAsked, elsewhere: Contribution, here: Contribution) -> bool:
    """Whether another owner or pipeline is why a line does not count, and not its day."""
    is_another = (elsewhere.owner_id, elsewhere.pipeline_id) != (here.owner_id, here.pipeline_id)
    return is_another and asked.selection.excludes(elsewhere) is not None


def _has(lines: Iterable[Contribution], measure: Measure) -> bool:
    return any(line.measure is measure for line in lines)


def _places(lines: Iterable[Contribution]) -> list[Contribution]:
    return [line for line in lines if line.measure in _PLACES]


def _worth(lines: Iterable[Contribution]) -> set[tuple[str, int]]:
    """Return what a deal is worth in its own currency, whichever sign its lines have."""
    return {(line.currency, abs(line.native_amount)) for line in _places(lines)}


_Swings = dict[tuple[int, MoveKind], int]
"""What went and came back, by deal and bar."""


def _swings(moves: Sequence[Move]) -> _Swings:
    """Return the part of each deal's bars that went out and came back in, by amounts above zero."""
    out: dict[int, tuple[MoveKind, int]] = {}
    found: _Swings = defaultdict(int)
    for move in moves:
        if move.by.count < 0:
            out[move.deal_id] = (move.kind, -move.by.amount)
        elif move.by.count > 0 and move.deal_id in out:
            kind, went = out.pop(move.deal_id)
            amount = min(went, move.by.amount)
            for each in (kind, move.kind):
                found[move.deal_id, each] += max(amount, 0)
    return found


def _bars(moves: Sequence[Move], start: int, swings: _Swings) -> tuple[Bar, ...]:
    """Return all bars in order, those without a change too."""
    bars, level = [], start
    for kind in MoveKind:
        own = [move for move in moves if move.kind is kind]
        by = sum_of(move.by for move in own)
        level += by.amount
        bars.append(
            Bar(
                kind=kind,
                deals=len({move.deal_id for move in own}),
                by=by,
                after=level,
                by_value=sum_of(move.by for move in own if move.by_value),
                swing=sum(amount for (_deal_id, of), amount in swings.items() if of is kind),
            )
        )
    return tuple(bars)
