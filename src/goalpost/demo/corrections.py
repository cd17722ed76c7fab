"""What people set right in the last two weeks: values, dates, owners, a deal won too soon or twice there."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from random import Random

from goalpost.crm.actions import deals
from goalpost.crm.actions.setup import change_stage_probability
from goalpost.demo.fortnight import Edit
from goalpost.demo.ground import Ground
from goalpost.demo.setting import PipelineName
from goalpost.demo.showcase import HANDED_OVER, REOPENED, VALUE_CHANGED
from goalpost.demo.workdays import Workdays

_EARLIEST = 9
"""Working days back: all of them lie within the two weeks."""

_NEW_VALUES, _NEW_DATES, _NEW_CHANCES, _HANDED_ON = 18, 16, 6, 5


def correction_edits(ground: Ground, workdays: Workdays, random: Random) -> Iterator[Edit]:
    """Yield the corrections. They touch open deals that nothing else happens to, and a few known by name."""
    yield from _by_name(ground, workdays, random)
    quiet = [
        place for place, deal in enumerate(ground.deals) if deal.is_open and deal.events[-1].at < ground.since
    ]
    handed_on = [place for place in quiet if ground.deals[place].owner == "jonas"][-_HANDED_ON:]
    rest = [place for place in quiet if place not in handed_on]
    random.shuffle(rest)
    for place in handed_on:
        at = _moment(workdays, random)
        yield _change(
            ground, place, at, by="tuomas", details=deals.DealDetails(owner_id=ground.crew.users["oskar"])
        )
    for place in rest[:_NEW_VALUES]:
        percent = random.choice((75, 85, 90, 110, 120, 130))
        details = deals.DealDetails(value=ground.deals[place].value * percent // 100)
        yield _change(ground, place, _moment(workdays, random), details=details)
    for place in rest[_NEW_VALUES:][:_NEW_DATES]:
        expected = workdays.after(workdays.today, random.randrange(5, 40))
        details = deals.DealDetails(expected_close_date=expected)
        yield _change(ground, place, _moment(workdays, random), details=details)
    for place in rest[_NEW_VALUES + _NEW_DATES :][:_NEW_CHANCES]:
        details = deals.DealDetails(probability=random.randrange(30, 95, 5))
        yield _change(ground, place, _moment(workdays, random), details=details)
    yield from _twice_there(ground, workdays, random, rest[-1])


def _by_name(ground: Ground, workdays: Workdays, random: Random) -> Iterator[Edit]:
    """Yield what became of three deals of the showcase, and a rule that changed."""
    places = {deal.title: place for place, deal in enumerate(ground.deals)}
    at = workdays.moment(random, workdays.ago(4))
    details = deals.DealDetails(value=6_750_00)
    yield _change(ground, places[VALUE_CHANGED], at, details=details)
    at = workdays.moment(random, workdays.ago(5))
    details = deals.DealDetails(owner_id=ground.crew.users["sigrid"])
    yield _change(ground, places[HANDED_OVER], at, by="tuomas", details=details)
    at = workdays.moment(random, workdays.ago(3))
    deal_id = ground.deal_ids[places[REOPENED]]
    yield Edit(at, partial(deals.reopen_deal, actor=ground.crew.actors["aino"], deal_id=deal_id, now=at))
    at = workdays.moment(random, workdays.ago(6))
    stage_id = ground.setting.stages[PipelineName.NEW, "Negotiation"]
    change = partial(change_stage_probability, actor=ground.crew.actors["elin"], stage_id=stage_id)
    yield Edit(at, partial(change, probability=75, now=at))


def _twice_there(ground: Ground, workdays: Workdays, random: Random, place: int) -> Iterator[Edit]:
    """Yield how a deal was taken for a double, deleted, and brought back the next day."""
    elin, deal_id = ground.crew.actors["elin"], ground.deal_ids[place]
    for ago, do in ((8, deals.delete_deal), (7, deals.restore_deal)):
        at = workdays.moment(random, workdays.ago(ago))
        yield Edit(at, partial(do, actor=elin, deal_id=deal_id, now=at))


def _change(
    ground: Ground, place: int, at: datetime, *, details: deals.DealDetails, by: str | None = None
) -> Edit:
    actor = ground.crew.actors[by or ground.deals[place].owner]
    return Edit(
        at, partial(deals.change_deal, actor=actor, deal_id=ground.deal_ids[place], now=at, **details)
    )


def _moment(workdays: Workdays, random: Random) -> datetime:
    return workdays.moment(random, workdays.ago(random.randrange(1, _EARLIEST)))
