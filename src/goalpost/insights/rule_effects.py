"""What a change of rules does to the results of goals, before it is made."""

from collections.abc import Callable, Sequence

from django.db import transaction

from goalpost.goals.periods import periods_shown
from goalpost.goals.queries import goals_seen_by, visible_to
from goalpost.insights.goal_report import Effect, GoalQuestion, GoalReport, goal_reports
from goalpost.insights.report import Reader


def effect_of_rules(reader: Reader, make: Callable[[], object]) -> tuple[Effect, ...]:
    """Return the results, of goals that the reader may see, that `make` changes, and change nothing.

    `make` is called in a transaction that is rolled back, so it has to recount at once
    (`crm.rule_changes.is_done_at_once`). It must not change what periods there are.
    """
    with transaction.atomic():
        before = _results(reader)
        make()
        after = _results(reader)
        transaction.set_rollback(True)
    return tuple(
        Effect(was.goal, was.currency, one, other)
        for was, becomes in zip(before, after, strict=True)
        for one, other in zip(was.periods, becomes.periods, strict=True)
        if one.result != other.result
    )


def _results(reader: Reader) -> Sequence[GoalReport]:
    # Read anew after the change: a goal in another currency holds the rates that it converts by.
    goals = goals_seen_by(reader.actor, visible_to(reader.actor).order_by("title", "starts_on", "public_id"))
    asked = [
        GoalQuestion(goal, periods_shown(goal.terms, reader.company, today=reader.today)) for goal in goals
    ]
    return goal_reports(reader, asked)
