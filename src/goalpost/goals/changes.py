"""What changed a result lately: which record, by whom, when, from what to what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from goalpost.companies.models import User
from goalpost.domain.calendar import Period
from goalpost.domain.changes import Change as Difference
from goalpost.domain.changes import Deed, Happening, what_happened
from goalpost.domain.counting import Contribution
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Actor, may_see_records_of
from goalpost.goals.queries import GoalView
from goalpost.goals.records import record_titles, selection_seen_by, stage_names
from goalpost.goals.results import selection_of
from goalpost.ledger import read
from goalpost.ledger.changes import VersionAndSource
from goalpost.ledger.models import Reason
from goalpost.ledger.read import Change, Selection, Total


@dataclass(frozen=True, slots=True)
class Handover:
    """From whom to whom a record went; a name is empty when the actor may not see that person's records."""

    giver: str
    taker: str


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """What one posting did to one record's part in a result.

    `before` and `after` are what the record brought to it, all zero where it did not count; `by` is the net,
    of a repair too, which knows no before. `actor` is empty when no person of the company did it, `title`
    when the record now belongs to somebody whose records the viewer may not see.
    """

    at: datetime
    actor: str
    reason: Reason
    note: str
    record_id: int
    title: str
    happening: Happening
    before: Total
    after: Total
    by: Total
    handover: Handover | None
    stage: str
    """Where a deal came to, or what stage it left."""
    days: tuple[date, date] | None
    """From which day to which, when that is what changed."""


@dataclass(frozen=True, slots=True)
class ChangesBehind:
    """The changes since a moment that the actor may see, the latest first, and the sum of those hidden.

    `then` is the result as it was known at that moment, `now` as it is: `shown` and `hidden` are the whole of
    the difference. `next` is where older changes go on, empty when there are none.
    """

    lines: tuple[ChangeLine, ...]
    next: str
    then: Total
    shown: Total
    hidden: Total

    @property
    def now(self) -> Total:
        return self.then.plus(*self.shown).plus(*self.hidden)


@dataclass(frozen=True, slots=True)
class LatestChanges:
    """The latest changes that the actor may see, and the sum of all that are hidden since the same moment."""

    lines: tuple[ChangeLine, ...]
    hidden: Total


def latest_changes(
    actor: Actor, goal: GoalView, period: Period, *, since: datetime, limit: int
) -> LatestChanges:
    """Return the latest changes of a goal's period. Nothing is summed up for who sees all."""
    company_id, selection = actor.company_id, selection_of(goal)
    seen = selection_seen_by(actor, selection)
    changes = read.changes_since(
        company_id, seen, period, since, limit=limit, counts_only=goal.terms.metric is Metric.QUANTITY
    )
    hidden = Total()
    if seen != selection:
        hidden = _minus(
            read.grown_since(company_id, selection, period, since),
            read.grown_since(company_id, seen, period, since),
        )
    return LatestChanges(_lines(actor, seen, changes), hidden)


def changes_behind(
    actor: Actor, goal: GoalView, period: Period, *, since: datetime, limit: int, after: str = ""
) -> ChangesBehind:
    """Return what changed the goal's result of a period after `since`: a page of at most `limit` lines."""
    company_id, selection = actor.company_id, selection_of(goal)
    seen = selection_seen_by(actor, selection)
    changes = read.changes_since(
        company_id,
        seen,
        period,
        since,
        limit=limit + 1,
        after=_place(after),
        counts_only=goal.terms.metric is Metric.QUANTITY,
    )
    whole = read.grown_since(company_id, selection, period, since)
    shown = whole if seen == selection else read.grown_since(company_id, seen, period, since)
    last = changes[limit - 1] if len(changes) > limit else None
    return ChangesBehind(
        lines=_lines(actor, seen, changes[:limit]),
        next=f"{last.version}~{last.source_id}" if last else "",
        then=_minus(read.total(company_id, selection, period), whole),
        shown=shown,
        hidden=_minus(whole, shown),
    )


@dataclass(frozen=True, slots=True)
class _Names:
    """What the lines speak of: records, people and stages by id."""

    titles: dict[int, str]
    people: dict[int, str]
    stages: dict[int, str]


def _lines(actor: Actor, selection: Selection, changes: Sequence[Change]) -> tuple[ChangeLine, ...]:
    measure = selection.measure
    pairs = [(change.version, change.source_id) for change in changes]
    differences = read.differences_of(actor.company_id, measure, pairs) if pairs else {}
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
    happening = what_happened(Deed(change.deed), measure, difference, items)
    here = difference.of(measure, items)
    took, gave = (lines[0] if lines else None for lines in (here.took, here.gave))
    is_handover = happening is Happening.HANDED_OVER
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
        days=(took.day, gave.day) if took and gave and happening is Happening.DAY_CHANGED else None,
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
    """Return the stage that a deal entered last or left in a posting, 0 when it did neither."""
    here = difference.of(Measure.DEALS_PROGRESSED, items)
    lines = here.gave or here.took
    return lines[-1].item_id if lines else 0


def _place(text: str) -> VersionAndSource | None:
    """Return where a page of changes begins, None for what is no such place."""
    parts = text.split("~")
    if len(parts) != 2 or not all(  # noqa: PLR2004  a posting and a record
        part.isascii() and part.isdecimal() and len(part) < 16  # noqa: PLR2004  below 2^53
        for part in parts
    ):
        return None
    return int(parts[0]), int(parts[1])


def _minus(one: Total, other: Total) -> Total:
    return one.plus(-other.count, -other.amount, -other.unvalued)
