"""The changes of a result: which record, who, when, former and new contribution."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from goalpost.companies.memberships import MembershipEvent
from goalpost.companies.models import User
from goalpost.crm.rates import RateChange
from goalpost.crm.record_lines import record_titles, stage_names
from goalpost.domain.calendar import Period
from goalpost.domain.changes import Change as Difference
from goalpost.domain.changes import ChangeCause, PostingAction, what_happened
from goalpost.domain.counting import Contribution
from goalpost.domain.measures import Measure
from goalpost.domain.permissions import Actor, may_see_records_of
from goalpost.ledger.changes import (
    Change,
    VersionAndSource,
    changes_since,
    converted_as_known_at,
    differences_of,
    grown_since,
    spans_as_known_at,
)
from goalpost.ledger.models import Reason
from goalpost.ledger.questions import NOTHING, OwnerSpan, Selection, Total, sum_of


@dataclass(frozen=True, slots=True)
class Handover:
    """The former and the new owner of a record; empty when the actor may not see that person's records."""

    giver: str
    taker: str


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """The change that one posting made to one record's part of a result.

    `before` and `after` are the record's contributions, zero where it did not count; `by` is the net, also of
    a repair, which has no before. `actor` is empty when no person of the company did it, `title` when the
    viewer may not see the current owner's records.
    """

    at: datetime
    actor: str
    reason: Reason
    note: str
    record_id: int
    title: str
    happening: ChangeCause
    before: Total
    after: Total
    by: Total
    handover: Handover | None
    stage: str
    """The stage that a deal entered or left."""
    days: tuple[date, date] | None
    """The former and the new day, when the day changed."""


@dataclass(frozen=True, slots=True)
class ChangesAsked:
    """A page of the changes after a moment, the latest first.

    `counts_only` leaves out what changed amounts alone. Without `is_summed` only what is hidden is summed up:
    nothing, for who sees all. `memberships` are the changes of who is on the team since, the latest first,
    `rates` those of the rates that the selection converts with.
    """

    since: datetime
    limit: int
    after: str = ""
    counts_only: bool = False
    is_summed: bool = True
    memberships: tuple[MembershipEvent, ...] = ()
    rates: tuple[RateChange, ...] = ()


@dataclass(frozen=True, slots=True)
class RateMove:
    """What a changed exchange rate moved of the result that was known at the moment asked since."""

    event: RateChange
    by: Total


@dataclass(frozen=True, slots=True)
class MembershipMove:
    """What a changed membership moved of the result that was known at the moment asked since.

    `by` is None where the reader may not see the records of that person.
    """

    event: MembershipEvent
    by: Total | None


@dataclass(frozen=True, slots=True)
class ChangesBehind:
    """The changes since a moment that the actor may see, the latest first, and the sum of those hidden.

    `next` is where older changes go on, empty when there are none. `now` is the result as it is, `grown` all
    that was posted to it since; None when that was not asked for. `hidden` holds what hidden records and
    memberships changed, `moved` what those of `memberships` did whose figure is shown, `revalued` what
    `rates` did.
    """

    lines: tuple[ChangeLine, ...]
    next: str
    now: Total
    hidden: Total
    grown: Total | None
    hidden_moves: Total = NOTHING
    memberships: tuple[MembershipMove, ...] = ()
    rates: tuple[RateMove, ...] = ()

    @property
    def revalued(self) -> Total:
        return sum_of(move.by for move in self.rates)

    @property
    def moved(self) -> Total:
        return sum_of(move.by for move in self.memberships if move.by is not None)

    @property
    def then(self) -> Total:
        """The result as known then; the changes `moved`, `revalued`, `shown` and `hidden` lead to now."""
        moved = sum_of((self.moved, self.hidden_moves, self.revalued))
        return self.now.minus(self.grown or NOTHING).minus(moved)

    @property
    def shown(self) -> Total:
        return (self.grown or NOTHING).minus(self.hidden.minus(self.hidden_moves))


def changes_behind(
    actor: Actor, selection: Selection, seen: Selection, period: Period, now: Total, asked: ChangesAsked
) -> ChangesBehind:
    """Return what changed a total; `seen` is the part of the selection whose records the actor may see."""
    company_id, since = actor.company_id, asked.since
    changes = changes_since(
        company_id,
        seen,
        period,
        since,
        limit=asked.limit + 1,
        after=_place(asked.after),
        counts_only=asked.counts_only,
    )
    sees_all = seen == selection
    grown = grown_since(company_id, selection, period, since) if asked.is_summed or not sees_all else None
    moves = _moves(company_id, selection, period, asked)
    shown_moves = tuple(
        MembershipMove(event, by if may_see_records_of(actor, event.member.id) else None)
        for event, by in zip(asked.memberships, moves, strict=True)
    )
    hidden_moves = sum_of(by for by, move in zip(moves, shown_moves, strict=True) if move.by is None)
    hidden = hidden_moves
    if grown is not None and not sees_all:
        hidden = hidden.plus(*grown.minus(grown_since(company_id, seen, period, since)))
    last = changes[asked.limit - 1] if len(changes) > asked.limit else None
    return ChangesBehind(
        lines=_lines(actor, seen, changes[: asked.limit]),
        next=f"{last.version}~{last.source_id}" if last else "",
        now=now,
        hidden=hidden,
        grown=grown,
        hidden_moves=hidden_moves,
        memberships=shown_moves,
        rates=_rate_moves(company_id, selection, period, asked),
    )


def _moves(company_id: int, selection: Selection, period: Period, asked: ChangesAsked) -> list[Total]:
    """Return what each changed membership moves of what was known at the moment, in a few queries.

    One after the other they lead from the team's days as they were known to those of now, at the exchange
    rates known then.
    """
    if not asked.memberships:
        return []
    if asked.rates:
        selection = replace(selection, conversion=asked.rates[-1].was)
    days = [
        tuple(OwnerSpan(event.member.id, *stay) for stay in stays)
        for event in asked.memberships
        for stays in (event.before, event.after)
    ]
    brought = spans_as_known_at(company_id, selection, days, period, asked.since)
    return [after.minus(before) for before, after in zip(brought[::2], brought[1::2], strict=True)]


def _rate_moves(
    company_id: int, selection: Selection, period: Period, asked: ChangesAsked
) -> tuple[RateMove, ...]:
    """Return what each changed rate moves of what was known at the moment, in a few queries."""
    if not asked.rates:
        return ()
    conversions = [each for event in asked.rates for each in (event.was, event.becomes)]
    worth = converted_as_known_at(company_id, selection, conversions, period, asked.since)
    return tuple(
        RateMove(event, becomes.minus(was))
        for event, was, becomes in zip(asked.rates, worth[::2], worth[1::2], strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Names:
    """Names for the lines: records, people and stages by id."""

    titles: dict[int, str]
    people: dict[int, str]
    stages: dict[int, str]


def _lines(actor: Actor, selection: Selection, changes: Sequence[Change]) -> tuple[ChangeLine, ...]:
    measure = selection.measure
    pairs = [(change.version, change.source_id) for change in changes]
    differences = differences_of(actor.company_id, measure, pairs) if pairs else {}
    names = _names(actor, measure, changes, list(differences.values()))
    return tuple(
        _line(actor, selection, change, difference=differences[pair], names=names)
        for pair, change in zip(pairs, changes, strict=True)
    )


def _names(
    actor: Actor, measure: Measure, changes: Sequence[Change], differences: Sequence[Difference]
) -> _Names:
    """Read the names in three queries at most."""
    company_id = actor.company_id
    lines = [line for each in differences for line in (*each.took, *each.gave)]
    people = {change.actor_id for change in changes if change.actor_id} | {line.owner_id for line in lines}
    stages = {line.item_id for line in lines} if measure.counts_deals else set()
    known = User.objects.filter(company_id=company_id, pk__in=people)
    return _Names(
        titles=record_titles(actor, measure, {change.source_id for change in changes}),
        people=dict(known.values_list("pk", "name")),
        stages=stage_names(company_id, stages) if stages else {},
    )


def _line(
    actor: Actor, selection: Selection, change: Change, *, difference: Difference, names: _Names
) -> ChangeLine:
    measure, items = selection.measure, selection.items
    happening = what_happened(PostingAction(change.action), measure, difference, items)
    here = difference.of(measure, items)
    took, gave = (lines[0] if lines else None for lines in (here.took, here.gave))
    is_handover = happening is ChangeCause.HANDED_OVER
    return ChangeLine(
        at=change.at,
        actor=names.people.get(change.actor_id or 0, ""),
        reason=Reason(change.reason),
        note=change.note,
        record_id=change.source_id,
        title=names.titles.get(change.source_id, ""),
        happening=happening,
        before=change.taken,
        after=change.given,
        by=Total(change.count, change.amount, change.unvalued),
        handover=_handover(actor, took, gave, names) if is_handover else None,
        stage=names.stages.get(_stage_of(difference, items), ""),
        days=(took.day, gave.day) if took and gave and happening is ChangeCause.DAY_CHANGED else None,
    )


def _handover(
    actor: Actor, took: Contribution | None, gave: Contribution | None, names: _Names
) -> Handover | None:
    if took is None or gave is None:
        return None
    giver, taker = (
        names.people.get(line.owner_id, "") if may_see_records_of(actor, line.owner_id) else ""
        for line in (took, gave)
    )
    return Handover(giver, taker)


def _stage_of(difference: Difference, items: frozenset[int] | None) -> int:
    """Return the stage that a posting last moved a deal into or out of, 0 for none."""
    here = difference.of(Measure.DEALS_PROGRESSED, items)
    lines = here.gave or here.took
    return lines[-1].item_id if lines else 0


def _place(text: str) -> VersionAndSource | None:
    """Return the position where a page of changes begins, None for an invalid one."""
    parts = text.split("~")
    if len(parts) != 2 or not all(  # noqa: PLR2004  a posting and a record
        part.isascii() and part.isdecimal() and len(part) < 16  # noqa: PLR2004  below 2^53
        for part in parts
    ):
        return None
    return int(parts[0]), int(parts[1])
