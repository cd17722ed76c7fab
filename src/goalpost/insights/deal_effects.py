"""Which results a change of deals moves, from what to what: the change is made, counted and rolled back."""

from collections.abc import Callable, Sequence

from django.db import transaction

from goalpost.domain.calendar import Period
from goalpost.domain.counting import Contribution
from goalpost.goals.queries import GoalView
from goalpost.insights.deal_ledger import contribution_of, goals_of_deals, places_of
from goalpost.insights.goal_report import Effect, GoalQuestion, goal_reports
from goalpost.insights.report import Reader
from goalpost.ledger.models import SourceKind, Standing


def effect_of_change(
    reader: Reader, deal_ids: Sequence[int], change: Callable[[], object]
) -> tuple[Effect, ...]:
    """Return the results that `change` moves, goal by goal, as far as the reader sees goals. Keeps nothing.

    The change is made in a transaction that is rolled back, by the very code that makes it for good. What it
    raises is raised. The number of queries beside its own does not grow with the deals.
    """
    goals = goals_of_deals(reader)
    before = _lines(reader, deal_ids)
    with transaction.atomic():
        change()
        moved = before ^ _lines(reader, deal_ids)
        places = _places(reader, goals, [line for _deal_id, line in moved])
        then = goal_reports(reader, [GoalQuestion(*place) for place in places])
        transaction.set_rollback(True)
    now = goal_reports(reader, [GoalQuestion(*place) for place in places])
    return tuple(
        Effect(was.goal, was.currency, was.periods[0], becomes.periods[0])
        for was, becomes in zip(now, then, strict=True)
        if was.periods[0].result != becomes.periods[0].result
    )


def _lines(reader: Reader, deal_ids: Sequence[int]) -> set[tuple[int, Contribution]]:
    rows = Standing.objects.filter(
        company_id=reader.actor.company_id, source_kind=SourceKind.DEAL, source_id__in=deal_ids
    )
    return {
        (deal_id, contribution_of(row))
        for deal_id, *row in rows.values_list("source_id", *Contribution._fields)
    }


def _places(
    reader: Reader, goals: Sequence[GoalView], lines: Sequence[Contribution]
) -> list[tuple[GoalView, tuple[Period, ...]]]:
    """Return each goal with each of its periods that the lines count in, in order."""
    return [
        (goal, (period,))
        for goal in goals
        for period in sorted(
            {period for period, _line in places_of(reader, goal, lines)}, key=lambda each: each.start
        )
    ]
