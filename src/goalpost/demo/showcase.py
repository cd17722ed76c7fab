"""A few deals with a story of their own, so that the newest results have names one comes to know."""

from random import Random
from typing import NamedTuple

from goalpost.demo.deal_story import DealStory, Event, Turn
from goalpost.demo.setting import CURRENCY, STAGES, UNPRICED_CURRENCY, PipelineName
from goalpost.demo.workdays import Workdays

_DAYS_BEFORE_LATEST_STAGE = 3
_NEW, _MORE = PipelineName.NEW, PipelineName.EXPANSION


class _Plan(NamedTuple):
    """A deal won `won_ago` working days back (None: open still). `major` is its value in major units."""

    title: str
    owner: str
    pipeline: PipelineName
    major: int
    won_ago: int | None
    currency: str = CURRENCY


REOPENED = "Isvik Seafood: group deal"
"""Won, then open again: somebody was too quick."""

VALUE_CHANGED = "Polar Dairy: second site"
"""Won, and then found to be worth less."""

HANDED_OVER = "Hallberg Print: starter plan"
"""Won, and then given to the colleague who had done the work."""

_PLANS = (
    _Plan("Lumira Clinics: scheduling rollout", "aino", _NEW, 28_400, 1),
    _Plan("Brovik Logistics: fleet add-on", "jonas", _MORE, 14_750, 2),
    _Plan("Tallgren Bygg: three-year renewal", "freja", _MORE, 19_900, 3),
    _Plan("Ostervik Hotels: pilot to group", "aino", _NEW, 12_300, 4),
    _Plan("Saltholm Marine: onboarding", "oskar", _MORE, 8_600, 5),
    _Plan("Kivipelto Foods: analytics seats", "sigrid", _NEW, 5_450, 6),
    _Plan(VALUE_CHANGED, "freja", _MORE, 8_100, 6),
    _Plan(HANDED_OVER, "jonas", _NEW, 6_400, 7),
    _Plan(REOPENED, "aino", _NEW, 32_500, 7),
    _Plan("Brekke Shipping: fleet", "oskar", _NEW, 42_600, None),
    _Plan("Pirkkala Steel: three sites", "aino", _NEW, 38_900, None),
    _Plan("Reykjanes Seafood: quality log", "freja", _NEW, 2_400_000, 2, UNPRICED_CURRENCY),
    _Plan("Hvita Geothermal: metering", "oskar", _NEW, 3_150_000, 24, UNPRICED_CURRENCY),
    _Plan("Snaefell Travel: team plan", "sigrid", _NEW, 1_200_000, None, UNPRICED_CURRENCY),
)


def showcase(random: Random, workdays: Workdays) -> list[DealStory]:
    """Return the deals that have names of their own."""
    return [_tell(random, workdays, plan) for plan in _PLANS]


def _tell(random: Random, workdays: Workdays, plan: _Plan) -> DealStory:
    stages = [stage.name for stage in STAGES[plan.pipeline]]
    latest = 4 if plan.won_ago is None else plan.won_ago + _DAYS_BEFORE_LATEST_STAGE
    days = [workdays.ago(latest + 7 * steps + random.randrange(4)) for steps in range(len(stages))]
    events = [
        Event(workdays.moment(random, day), Turn.MOVED if place else Turn.CREATED, stage)
        for place, (day, stage) in enumerate(zip(reversed(days), stages, strict=True))
    ]
    expected = workdays.after(workdays.today, 12)
    if plan.won_ago is not None:
        won_on = workdays.ago(plan.won_ago)
        expected = workdays.after(won_on, 2)
        events.append(Event(workdays.moment(random, won_on), Turn.WON, stages[-1]))
    digits = 1 if plan.currency == UNPRICED_CURRENCY else 100
    return DealStory(
        title=plan.title,
        organization=plan.title.partition(":")[0],
        owner=plan.owner,
        pipeline=plan.pipeline,
        value=plan.major * digits,
        currency=plan.currency,
        expected_close=expected,
        events=tuple(events),
    )
