"""A deal's own ledger: its changes add up to what it counts for, goal by goal and period by period."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random

import pytest

from goalpost.companies.errors import InvalidInput, NotFound
from goalpost.crm.actions import deals, setup
from goalpost.crm.deal_page import deal_seen_by
from goalpost.domain.calendar import Interval, Period
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee
from goalpost.insights.deal_ledger import deal_history, deal_ledger
from tests.crm.records import add_deal
from tests.goals.builders import TEAM, Asking, person, set_goal, the_company
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db

TODAY = date(2026, 5, 1)


def _goals(cast: Cast) -> None:
    team = Assignee(TEAM, cast.nordic.pk)
    start, end = date(2026, 1, 1), date(2026, 12, 31)
    for measure in (each for each in Measure.of_goals() if each.counts_deals):
        stage_id = cast.stages[2].pk if measure is Measure.DEALS_PROGRESSED else None
        for assignee, metric, interval in (
            (the_company(cast), Metric.SUM, Interval.MONTHLY),
            (team, Metric.SUM, Interval.QUARTERLY),
            (person(cast.cilla), Metric.QUANTITY, Interval.MONTHLY),
        ):
            if metric is Metric.QUANTITY and measure is Measure.REVENUE_FORECAST:
                continue
            set_goal(
                cast,
                title=f"{measure} {metric} {interval}",
                measure=measure,
                assignee=assignee,
                metric=metric,
                interval=interval,
                currency="EUR" if metric is Metric.SUM else "",
                stage_id=stage_id,
                starts_on=start,
                ends_on=end,
            )


def _acts(cast: Cast, random: Random, deal_id: int) -> list[Callable[[datetime], object]]:
    """Return everything that can be done to a deal or to the rules it counts by, on a day by chance."""
    actor = cast.as_astrid
    change, move, win, lose, reopen, delete, restore = (
        partial(act, actor=actor, deal_id=deal_id)
        for act in (
            deals.change_deal,
            deals.move_deal,
            deals.win_deal,
            deals.lose_deal,
            deals.reopen_deal,
            deals.delete_deal,
            deals.restore_deal,
        )
    )
    day = date(2026, 1, 1) + timedelta(days=random.randrange(360))
    stage_id = random.choice(cast.stages).pk
    owner_id = random.choice(cast.people).pk
    return [
        lambda now: change(now=now, value=random.randrange(10**7)),
        lambda now: change(now=now, currency=random.choice(("EUR", "SEK", "USD"))),
        lambda now: change(now=now, owner_id=owner_id),
        lambda now: change(now=now, expected_close_date=random.choice((day, None))),
        lambda now: change(now=now, probability=random.choice((None, 0, 35, 100))),
        lambda now: change(now=now, add_time=random.choice((day, None))),
        lambda now: move(now=now, stage_id=stage_id),
        lambda now: move(now=now, stage_id=stage_id),
        lambda now: win(now=now, won_time=day),
        lambda now: lose(now=now, reason="Price"),
        lambda now: reopen(now=now),
        lambda now: delete(now=now),
        lambda now: restore(now=now),
        lambda now: setup.set_rate(
            actor=actor, currency="SEK", day=day, rate=Decimal(random.randrange(5, 20)) / 100, now=now
        ),
        lambda now: setup.change_stage_probability(
            actor=actor, stage_id=stage_id, probability=random.choice((None, 10, 60)), now=now
        ),
    ]


@pytest.mark.parametrize("seed", range(12))
def test_the_changes_of_a_random_history_add_up_to_what_the_deal_counts_for(seed: int) -> None:
    random = Random(seed)
    cast = make_company()
    _goals(cast)
    deal = add_deal(cast, expected_close_date=date(2026, 6, 15))
    now = NOW
    for _ in range(25):
        now += timedelta(hours=random.randrange(1, 60))
        try:
            random.choice(_acts(cast, random, deal.pk))(now)
        except (InvalidInput, NotFound):
            continue
    reader = Asking(cast.as_astrid, cast.company, TODAY)
    seen = deal_seen_by(cast.as_astrid, deal.pk)
    moved: dict[tuple[int, Period], int] = defaultdict(int)
    for change in deal_history(reader, seen):
        for move in change.moved:
            moved[move.goal.id, move.period] += move.by
    counted: dict[tuple[int, Period], int] = defaultdict(int)
    for each in deal_ledger(reader, seen).counted:
        counted[each.goal.id, each.result.period] += each.part or 0
    assert {place: by for place, by in moved.items() if by} == {
        place: part for place, part in counted.items() if part
    }
