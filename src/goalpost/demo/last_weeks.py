"""The last two weeks, edit by edit: people doing their work, and what they set right."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import NamedTuple

from goalpost.crm.actions import activities, deals
from goalpost.crm.actions.setup import change_stage_probability
from goalpost.crm.agenda import deal_to_link
from goalpost.demo.activities import ActivityStory
from goalpost.demo.deals import HANDED_OVER, REOPENED, VALUE_CHANGED, DealStory, Event, EventKind
from goalpost.demo.past import DemoRecords, sync_activities
from goalpost.demo.setting import PipelineName
from goalpost.demo.workdays import Workdays

DAYS = 14
_DAYS_BY_HAND = 2
_EVENING = timedelta(hours=20)


class Edit(NamedTuple):
    """Something that somebody does at a moment."""

    at: datetime
    do: Callable[[], object]


def deal_edits(records: DemoRecords) -> Iterator[Edit]:
    """Yield what happened to deals since then, by those who own them."""
    for place, story in enumerate(records.deals):
        for event in story.events:
            if event.at >= records.since:
                yield Edit(event.at, _deal_edit(records, place, story, event))


def activity_edits(records: DemoRecords, workdays: Workdays) -> Iterator[Edit]:
    """Yield a calendar's nightly runs, and then each activity that was added or done by hand."""
    since = records.since
    for day in workdays.between(records.first_day, workdays.ago(_DAYS_BY_HAND - 1)):
        evening = workdays.start_of(day) + _EVENING
        yield Edit(evening, partial(sync_activities, records, since=since, until=evening))
        since = evening
    for place, story in enumerate(records.activities):
        if story.added_at >= since:
            yield Edit(story.added_at, _activity_added(records, place, story))
        if story.done_at is not None and story.done_at >= since:
            yield Edit(story.done_at, _activity_done(records, place, story, story.done_at))


def _deal_edit(records: DemoRecords, place: int, story: DealStory, event: Event) -> Callable[[], object]:
    actor, at = records.people.actors[story.owner], event.at
    stage_id = records.setting.stages[story.pipeline, event.stage]

    def create() -> None:
        records.deal_ids[place] = deals.create_deal(
            actor=actor,
            stage_id=stage_id,
            now=at,
            title=story.title,
            organization=story.organization,
            value=story.value,
            currency=story.currency,
            expected_close_date=story.expected_close,
        ).pk

    match event.turn:
        case EventKind.CREATED:
            return create
        case EventKind.MOVED:
            return lambda: deals.move_deal(
                actor=actor, deal_id=records.deal_ids[place], stage_id=stage_id, now=at
            )
        case EventKind.WON:
            return lambda: deals.win_deal(actor=actor, deal_id=records.deal_ids[place], now=at)
        case EventKind.LOST:
            return lambda: deals.lose_deal(actor=actor, deal_id=records.deal_ids[place], now=at)


def _activity_added(records: DemoRecords, place: int, story: ActivityStory) -> Callable[[], object]:
    """Link the deal unless it was handed over, or is deleted, by then: one links only what one sees."""
    actor = records.people.actors[story.owner]

    def add() -> None:
        deal_id = None if story.deal is None else records.deal_ids[story.deal]
        if deal_id is not None and deal_to_link(actor, deal_id) is None:
            deal_id = None
        records.activity_ids[place] = activities.create_activity(
            actor=actor,
            now=story.added_at,
            subject=story.subject,
            type_id=records.setting.kinds[story.kind],
            deal_id=deal_id,
            due_date=story.due,
        ).pk

    return add


def _activity_done(
    records: DemoRecords, place: int, story: ActivityStory, done_at: datetime
) -> Callable[[], object]:
    return lambda: activities.complete_activity(
        actor=records.people.actors[story.owner], activity_id=records.activity_ids[place], now=done_at
    )


_EARLIEST = 9
"""Working days back: all of them lie within the two weeks."""

_NEW_VALUES, _NEW_DATES, _NEW_CHANCES, _HANDED_ON = 18, 16, 6, 5


def correction_edits(records: DemoRecords, workdays: Workdays, random: Random) -> Iterator[Edit]:
    """Yield the corrections. They touch open deals that nothing else happens to, and a few known by name."""
    yield from _by_name(records, workdays, random)
    quiet = [
        place
        for place, deal in enumerate(records.deals)
        if deal.is_open and deal.events[-1].at < records.since
    ]
    handed_on = [place for place in quiet if records.deals[place].owner == "jonas"][-_HANDED_ON:]
    rest = [place for place in quiet if place not in handed_on]
    random.shuffle(rest)
    for place in handed_on:
        at = _moment(workdays, random)
        yield _change(
            records, place, at, by="tuomas", details=deals.DealDetails(owner_id=records.people.users["oskar"])
        )
    for place in rest[:_NEW_VALUES]:
        percent = random.choice((75, 85, 90, 110, 120, 130))
        details = deals.DealDetails(value=records.deals[place].value * percent // 100)
        yield _change(records, place, _moment(workdays, random), details=details)
    for place in rest[_NEW_VALUES:][:_NEW_DATES]:
        expected = workdays.after(workdays.today, random.randrange(5, 40))
        details = deals.DealDetails(expected_close_date=expected)
        yield _change(records, place, _moment(workdays, random), details=details)
    for place in rest[_NEW_VALUES + _NEW_DATES :][:_NEW_CHANCES]:
        details = deals.DealDetails(probability=random.randrange(30, 95, 5))
        yield _change(records, place, _moment(workdays, random), details=details)
    yield from _twice_there(records, workdays, random, rest[-1])


def _by_name(records: DemoRecords, workdays: Workdays, random: Random) -> Iterator[Edit]:
    """Yield what became of three deals of the showcase, and a rule that changed."""
    places = {deal.title: place for place, deal in enumerate(records.deals)}
    at = workdays.moment(random, workdays.ago(4))
    details = deals.DealDetails(value=6_750_00)
    yield _change(records, places[VALUE_CHANGED], at, details=details)
    at = workdays.moment(random, workdays.ago(5))
    details = deals.DealDetails(owner_id=records.people.users["sigrid"])
    yield _change(records, places[HANDED_OVER], at, by="tuomas", details=details)
    at = workdays.moment(random, workdays.ago(3))
    deal_id = records.deal_ids[places[REOPENED]]
    yield Edit(at, partial(deals.reopen_deal, actor=records.people.actors["aino"], deal_id=deal_id, now=at))
    at = workdays.moment(random, workdays.ago(6))
    stage_id = records.setting.stages[PipelineName.NEW, "Negotiation"]
    change = partial(change_stage_probability, actor=records.people.actors["elin"], stage_id=stage_id)
    yield Edit(at, partial(change, probability=75, now=at))


def _twice_there(records: DemoRecords, workdays: Workdays, random: Random, place: int) -> Iterator[Edit]:
    """Yield how a deal was taken for a double, deleted, and brought back the next day."""
    elin, deal_id = records.people.actors["elin"], records.deal_ids[place]
    for ago, do in ((8, deals.delete_deal), (7, deals.restore_deal)):
        at = workdays.moment(random, workdays.ago(ago))
        yield Edit(at, partial(do, actor=elin, deal_id=deal_id, now=at))


def _change(
    records: DemoRecords, place: int, at: datetime, *, details: deals.DealDetails, by: str | None = None
) -> Edit:
    actor = records.people.actors[by or records.deals[place].owner]
    return Edit(
        at, partial(deals.change_deal, actor=actor, deal_id=records.deal_ids[place], now=at, **details)
    )


def _moment(workdays: Workdays, random: Random) -> datetime:
    return workdays.moment(random, workdays.ago(random.randrange(1, _EARLIEST)))
