"""What is long past, written by the thousand: the records as they stood at a moment."""

from datetime import datetime

from goalpost.companies.actors import operator_of
from goalpost.crm.bulk import ActivityRecord, DealRecord, insert_activities, insert_deals, update_activities
from goalpost.crm.posting import company_rules, crm_write
from goalpost.demo.activities import ActivityStory
from goalpost.demo.deals import DealStory, Turn
from goalpost.demo.ground import Ground
from goalpost.domain.counting import DealStatus, StageMove
from goalpost.ledger.models import Reason
from goalpost.ledger.post import PostingWriter

_STATUS = {Turn.WON: DealStatus.WON, Turn.LOST: DealStatus.LOST}


def import_deals(ground: Ground) -> None:
    """Insert the deals added before `ground.since` as they stood then, in one posting."""
    until = ground.since
    then = [(place, story) for place, story in enumerate(ground.deals) if story.created_at < until]
    actor = ground.crew.actors["elin"]
    with crm_write(actor, now=until, reason=Reason.IMPORT, note="kaski-deals.csv") as pen:
        rules = company_rules(actor.company_id)
        ids = insert_deals(pen, rules, [_deal(ground, story, until) for _, story in then])
    ground.deal_ids.update((place, deal_id) for (place, _), deal_id in zip(then, ids, strict=True))


def import_activities(ground: Ground) -> None:
    """Insert the activities added before `ground.since` as they stood then, in one posting."""
    with crm_write(
        ground.crew.actors["elin"], now=ground.since, reason=Reason.IMPORT, note="kaski-activities.csv"
    ) as pen:
        _write_activities(ground, pen, since=None, until=ground.since)


def sync_activities(ground: Ground, *, since: datetime, until: datetime) -> None:
    """Bring in what was added and done in [since, until), in one posting: a calendar's nightly run."""
    operator = operator_of(ground.company_id)
    with crm_write(operator, now=until, reason=Reason.SYNC, note="Calendar") as pen:
        _write_activities(ground, pen, since=since, until=until)


def _write_activities(ground: Ground, pen: PostingWriter, *, since: datetime | None, until: datetime) -> None:
    rules = company_rules(ground.company_id)
    new, done = [], {}
    for place, story in enumerate(ground.activities):
        if since is not None and story.added_at < since:
            if story.done_at is not None and since <= story.done_at < until:
                done[ground.activity_ids[place]] = _activity(ground, story, until)
        elif story.added_at < until:
            new.append((place, _activity(ground, story, until)))
    ids = insert_activities(pen, rules, [record for _, record in new])
    ground.activity_ids.update((place, new_id) for (place, _), new_id in zip(new, ids, strict=True))
    update_activities(pen, rules, done)


def _deal(ground: Ground, story: DealStory, until: datetime) -> tuple[DealRecord, list[StageMove]]:
    setting = ground.setting
    past = [event for event in story.events if event.at < until]
    moves = [event for event in past if event.turn in {Turn.CREATED, Turn.MOVED}]
    last = past[-1]
    record = DealRecord(
        title=story.title,
        owner_id=ground.crew.users[story.owner],
        organization=story.organization,
        pipeline_id=setting.pipelines[story.pipeline],
        stage_id=setting.stages[story.pipeline, last.stage],
        status=_STATUS.get(last.turn, DealStatus.OPEN),
        value=story.value,
        currency=story.currency,
        probability=None,
        add_time=story.created_at,
        won_time=last.at if last.turn is Turn.WON else None,
        lost_time=last.at if last.turn is Turn.LOST else None,
        expected_close_date=story.expected_close,
        stage_change_time=moves[-1].at if len(moves) > 1 else None,
        external_id=None,
        import_key=None,
        is_archived=False,
        is_deleted=False,
        updated_at=last.at,
    )
    return record, [StageMove(setting.stages[story.pipeline, move.stage], move.at) for move in moves]


def _activity(ground: Ground, story: ActivityStory, until: datetime) -> tuple[ActivityRecord, int]:
    """Return the activity as it stood at `until`, and its deal's pipeline (0 for none)."""
    done_at = story.done_at if story.done_at is not None and story.done_at < until else None
    record = ActivityRecord(
        subject=story.subject,
        type_id=ground.setting.kinds[story.kind],
        owner_id=ground.crew.users[story.owner],
        deal_id=None if story.deal is None else ground.deal_ids[story.deal],
        add_time=story.added_at,
        due_date=story.due,
        is_done=done_at is not None,
        marked_as_done_time=done_at,
        external_id=None,
        import_key=None,
        is_deleted=False,
        updated_at=done_at or story.added_at,
    )
    pipeline = None if story.deal is None else ground.deals[story.deal].pipeline
    return record, 0 if pipeline is None else ground.setting.pipelines[pipeline]
