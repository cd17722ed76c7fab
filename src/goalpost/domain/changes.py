"""The cause of a change: derived from what one posting removed from a result and added to it.

A person's act states its action (`PostingAction`). A file, a synchronisation and older versions do not:
then the cause is derived from the contributions removed and added.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from goalpost.domain.counting import Contribution
from goalpost.domain.measures import Measure


class PostingAction(StrEnum):
    """What an act did to a record or a rule. The values are stored in the ledger: never change them."""

    UNKNOWN = ""
    CREATED = "created"
    CHANGED = "changed"
    MOVED = "moved"
    WON = "won"
    LOST = "lost"
    REOPENED = "reopened"
    DELETED = "deleted"
    RESTORED = "restored"
    COMPLETED = "completed"
    UNDONE = "undone"
    CHANGED_RATE = "rate"
    CHANGED_PROBABILITY = "chance"
    CHANGED_TIME_ZONE = "zone"
    CHANGED_ORDER = "order"


class ChangeCause(StrEnum):
    """The cause of a change of a result."""

    ADDED = "added"
    WON = "won"
    LOST = "lost"
    REOPENED = "reopened"
    NO_LONGER_WON = "no_longer_won"
    DELETED = "deleted"
    RESTORED = "restored"
    COMPLETED = "completed"
    UNDONE = "undone"
    HANDED_OVER = "handed_over"
    ENTERED_STAGE = "entered_stage"
    LEFT_STAGE = "left_stage"
    MOVED_STAGE = "moved_stage"
    MOVED_PIPELINE = "moved_pipeline"
    DAY_CHANGED = "day_changed"
    TYPE_CHANGED = "type_changed"
    VALUE_CHANGED = "value_changed"
    PROBABILITY_CHANGED = "probability_changed"
    RATE_CHANGED = "rate_changed"
    STAGE_PROBABILITY_CHANGED = "stage_probability_changed"
    TIME_ZONE_CHANGED = "time_zone_changed"
    STAGE_ORDER_CHANGED = "stage_order_changed"
    NOW_COUNTS = "now_counts"
    NO_LONGER_COUNTS = "no_longer_counts"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """The contributions of a record that one posting removed and added, in all measures."""

    took: Sequence[Contribution]
    gave: Sequence[Contribution]

    def of(self, measure: Measure, item_ids: frozenset[int] | None) -> "Change":
        """Return the part of one measure, of some stages or types only when they are given."""
        return Change(*(_of(lines, measure, item_ids) for lines in (self.took, self.gave)))

    def touches(self, measure: Measure) -> bool:
        return bool(_of(self.took, measure, None) or _of(self.gave, measure, None))


_SAID: dict[PostingAction, ChangeCause] = {
    PostingAction.CREATED: ChangeCause.ADDED,
    PostingAction.WON: ChangeCause.WON,
    PostingAction.LOST: ChangeCause.LOST,
    PostingAction.REOPENED: ChangeCause.REOPENED,
    PostingAction.DELETED: ChangeCause.DELETED,
    PostingAction.RESTORED: ChangeCause.RESTORED,
    PostingAction.COMPLETED: ChangeCause.COMPLETED,
    PostingAction.UNDONE: ChangeCause.UNDONE,
    PostingAction.CHANGED_RATE: ChangeCause.RATE_CHANGED,
    PostingAction.CHANGED_PROBABILITY: ChangeCause.STAGE_PROBABILITY_CHANGED,
    PostingAction.CHANGED_TIME_ZONE: ChangeCause.TIME_ZONE_CHANGED,
    PostingAction.CHANGED_ORDER: ChangeCause.STAGE_ORDER_CHANGED,
}

# The cause when a record begins or stops to count, for postings without an action.
_CAME: dict[Measure, ChangeCause] = {
    Measure.DEALS_STARTED: ChangeCause.ADDED,
    Measure.DEALS_PROGRESSED: ChangeCause.ENTERED_STAGE,
    Measure.DEALS_WON: ChangeCause.WON,
    Measure.ACTIVITIES_ADDED: ChangeCause.ADDED,
    Measure.ACTIVITIES_COMPLETED: ChangeCause.COMPLETED,
    Measure.REVENUE_FORECAST: ChangeCause.NOW_COUNTS,
    Measure.OPEN_VALUE: ChangeCause.NOW_COUNTS,
}
_WENT: dict[Measure, ChangeCause] = {
    Measure.DEALS_STARTED: ChangeCause.DELETED,
    Measure.DEALS_PROGRESSED: ChangeCause.LEFT_STAGE,
    Measure.DEALS_WON: ChangeCause.NO_LONGER_WON,
    Measure.ACTIVITIES_ADDED: ChangeCause.DELETED,
    Measure.ACTIVITIES_COMPLETED: ChangeCause.UNDONE,
    Measure.REVENUE_FORECAST: ChangeCause.NO_LONGER_COUNTS,
    Measure.OPEN_VALUE: ChangeCause.NO_LONGER_COUNTS,
}


def what_happened(
    action: PostingAction, measure: Measure, change: Change, item_ids: frozenset[int] | None = None
) -> ChangeCause:
    """Return what a posting did to a record, as far as it concerns results of the measure.

    `item_ids` are the stages or activity types that the results count, None for all.
    """
    if action in _SAID:
        return _SAID[action]
    here = change.of(measure, item_ids)
    if here.took and here.gave:
        return _other(action, measure, change, here.took[0], here.gave[0])
    if here.gave:
        return _came(measure, change, action)
    if here.took:
        return _went(measure, change, action)
    return ChangeCause.CHANGED


def _came(measure: Measure, change: Change, action: PostingAction) -> ChangeCause:
    if measure is Measure.REVENUE_FORECAST:
        if _of(change.gave, Measure.DEALS_WON, None):
            return ChangeCause.WON
        if action is PostingAction.UNKNOWN and _of(change.gave, Measure.DEALS_STARTED, None):
            return ChangeCause.ADDED
    return _kept_elsewhere(measure, change) or _CAME[measure]


def _went(measure: Measure, change: Change, action: PostingAction) -> ChangeCause:
    if action is PostingAction.CHANGED:
        # An edit deletes nothing: a moment was removed.
        return _kept_elsewhere(measure, change) or ChangeCause.NO_LONGER_COUNTS
    first = Measure.DEALS_STARTED if measure.counts_deals else Measure.ACTIVITIES_ADDED
    if _of(change.took, first, None) and not _of(change.gave, first, None):
        return ChangeCause.DELETED
    if measure is Measure.DEALS_WON and _of(change.gave, Measure.REVENUE_FORECAST, None):
        return ChangeCause.REOPENED
    return _kept_elsewhere(measure, change) or _WENT[measure]


def _kept_elsewhere(measure: Measure, change: Change) -> ChangeCause | None:
    """Return how the record counts for another stage or type now, which activities alone change to."""
    of_all = change.of(measure, None)
    if measure.counts_activities and of_all.took and of_all.gave:
        return ChangeCause.TYPE_CHANGED
    return None


def _other(
    action: PostingAction, measure: Measure, change: Change, before: Contribution, after: Contribution
) -> ChangeCause:
    """Return what differs in a record that counted before and counts after."""
    moved = _moved(measure, change, before, after)
    if moved is not None:
        return moved
    if action is PostingAction.MOVED:
        return ChangeCause.MOVED_STAGE
    return _reweighted(action, change) if measure is Measure.REVENUE_FORECAST else ChangeCause.VALUE_CHANGED


def _moved(measure: Measure, change: Change, before: Contribution, after: Contribution) -> ChangeCause | None:
    """Return how a record counts elsewhere: for whom, where, as what or when. None when it stays."""
    if before.owner_id != after.owner_id:
        return ChangeCause.HANDED_OVER
    if before.pipeline_id != after.pipeline_id:
        return ChangeCause.MOVED_PIPELINE
    if before.item_id != after.item_id:
        return ChangeCause.TYPE_CHANGED if measure.counts_activities else ChangeCause.MOVED_STAGE
    if before.day != after.day:
        is_won = _of(change.gave, Measure.DEALS_WON, None) and not _of(change.took, Measure.DEALS_WON, None)
        return ChangeCause.WON if is_won else ChangeCause.DAY_CHANGED
    return None


def _reweighted(action: PostingAction, change: Change) -> ChangeCause:
    """Return why a forecast counts another amount on the same day."""
    if change.touches(Measure.DEALS_WON):
        was_won = bool(_of(change.took, Measure.DEALS_WON, None))
        is_won = bool(_of(change.gave, Measure.DEALS_WON, None))
        if was_won != is_won:
            return ChangeCause.WON if is_won else ChangeCause.REOPENED
        return ChangeCause.VALUE_CHANGED
    # The value counts in full where the deal was added; there only the value can change it.
    if change.touches(Measure.DEALS_STARTED):
        return ChangeCause.VALUE_CHANGED
    if change.touches(Measure.DEALS_PROGRESSED) and action is not PostingAction.CHANGED:
        return ChangeCause.MOVED_STAGE
    return ChangeCause.PROBABILITY_CHANGED


def _of(
    lines: Sequence[Contribution], measure: Measure, item_ids: frozenset[int] | None
) -> tuple[Contribution, ...]:
    return tuple(
        line for line in lines if line.measure is measure and (item_ids is None or line.item_id in item_ids)
    )
