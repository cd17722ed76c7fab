"""The last two weeks, edit by edit: every person doing their work, recorded as the application does."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from goalpost.crm.actions import activities, deals
from goalpost.demo.activities import ActivityStory
from goalpost.demo.deal_story import DealStory, Event, Turn
from goalpost.demo.ground import Ground
from goalpost.demo.past import sync_activities
from goalpost.demo.workdays import Workdays

DAYS = 14
_DAYS_BY_HAND = 2
_EVENING = timedelta(hours=20)


class Edit(NamedTuple):
    """Something that somebody does at a moment."""

    at: datetime
    do: Callable[[], object]


def deal_edits(ground: Ground) -> Iterator[Edit]:
    """Yield what happened to deals since then, by those who own them."""
    for place, story in enumerate(ground.deals):
        for event in story.events:
            if event.at >= ground.since:
                yield Edit(event.at, _deal_edit(ground, place, story, event))


def activity_edits(ground: Ground, workdays: Workdays) -> Iterator[Edit]:
    """Yield a calendar's nightly runs, and then each activity that was added or done by hand."""
    since = ground.since
    for day in workdays.between(ground.first_day, workdays.ago(_DAYS_BY_HAND - 1)):
        evening = workdays.start_of(day) + _EVENING
        yield Edit(evening, partial(sync_activities, ground, since=since, until=evening))
        since = evening
    for place, story in enumerate(ground.activities):
        if story.added_at >= since:
            yield Edit(story.added_at, _activity_added(ground, place, story))
        if story.done_at is not None and story.done_at >= since:
            yield Edit(story.done_at, _activity_done(ground, place, story, story.done_at))


def _deal_edit(ground: Ground, place: int, story: DealStory, event: Event) -> Callable[[], object]:
    actor, at = ground.crew.actors[story.owner], event.at
    stage_id = ground.setting.stages[story.pipeline, event.stage]

    def create() -> None:
        ground.deal_ids[place] = deals.create_deal(
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
        case Turn.CREATED:
            return create
        case Turn.MOVED:
            return lambda: deals.move_deal(
                actor=actor, deal_id=ground.deal_ids[place], stage_id=stage_id, now=at
            )
        case Turn.WON:
            return lambda: deals.win_deal(actor=actor, deal_id=ground.deal_ids[place], now=at)
        case Turn.LOST:
            return lambda: deals.lose_deal(actor=actor, deal_id=ground.deal_ids[place], now=at)


def _activity_added(ground: Ground, place: int, story: ActivityStory) -> Callable[[], object]:
    def add() -> None:
        ground.activity_ids[place] = activities.create_activity(
            actor=ground.crew.actors[story.owner],
            now=story.added_at,
            subject=story.subject,
            type_id=ground.setting.kinds[story.kind],
            deal_id=None if story.deal is None else ground.deal_ids[story.deal],
            due_date=story.due,
        ).pk

    return add


def _activity_done(
    ground: Ground, place: int, story: ActivityStory, done_at: datetime
) -> Callable[[], object]:
    return lambda: activities.complete_activity(
        actor=ground.crew.actors[story.owner], activity_id=ground.activity_ids[place], now=done_at
    )
