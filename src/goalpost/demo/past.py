"""What the writing of the story works on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from goalpost.companies.actors import operator_of
from goalpost.crm.bulk import ActivityRecord, DealRecord, insert_activities, insert_deals, update_activities
from goalpost.crm.posting import company_rules, crm_write
from goalpost.demo.activities import ActivityStory
from goalpost.demo.deals import DealStory, EventKind
from goalpost.demo.people import DemoPeople
from goalpost.demo.setting import Setting
from goalpost.domain.counting import DealStatus, StageMove
from goalpost.ledger.models import Reason
from goalpost.ledger.post import PostingWriter


@dataclass(frozen=True, slots=True)
class DemoRecords:
    """The stories, and the ids of what is written already, by place among the stories.

    What happened before `since`, the start of `first_day`, is past; from then on it is told edit by edit.
    """

    company_id: int
    people: DemoPeople
    setting: Setting
    deals: Sequence[DealStory]
    activities: Sequence[ActivityStory]
    first_day: date
    since: datetime
    deal_ids: dict[int, int] = field(default_factory=dict)
    activity_ids: dict[int, int] = field(default_factory=dict)


_STATUS = {EventKind.WON: DealStatus.WON, EventKind.LOST: DealStatus.LOST}


def import_deals(records: DemoRecords) -> None:
    """Insert the deals added before `records.since` as they stood then, in one posting."""
    until = records.since
    then = [(place, story) for place, story in enumerate(records.deals) if story.created_at < until]
    actor = records.people.actors["elin"]
    with crm_write(actor, now=until, reason=Reason.IMPORT, note="kaski-deals.csv") as writer:
        rules = company_rules(actor.company_id)
        ids = insert_deals(writer, rules, [_deal(records, story, until) for _, story in then])
    records.deal_ids.update((place, deal_id) for (place, _), deal_id in zip(then, ids, strict=True))


def import_activities(records: DemoRecords) -> None:
    """Insert the activities added before `records.since` as they stood then, in one posting."""
    with crm_write(
        records.people.actors["elin"], now=records.since, reason=Reason.IMPORT, note="kaski-activities.csv"
    ) as writer:
        _write_activities(records, writer, since=None, until=records.since)


def sync_activities(records: DemoRecords, *, since: datetime, until: datetime) -> None:
    """Bring in what was added and done in [since, until), in one posting: a calendar's nightly run."""
    operator = operator_of(records.company_id)
    with crm_write(operator, now=until, reason=Reason.SYNC, note="Calendar") as writer:
        _write_activities(records, writer, since=since, until=until)


def _write_activities(
    records: DemoRecords, writer: PostingWriter, *, since: datetime | None, until: datetime
) -> None:
    rules = company_rules(records.company_id)
    new, done = [], {}
    for place, story in enumerate(records.activities):
        if since is not None and story.added_at < since:
            if story.done_at is not None and since <= story.done_at < until:
                done[records.activity_ids[place]] = _activity(records, story, until)
        elif story.added_at < until:
            new.append((place, _activity(records, story, until)))
    ids = insert_activities(writer, rules, [record for _, record in new])
    records.activity_ids.update((place, new_id) for (place, _), new_id in zip(new, ids, strict=True))
    update_activities(writer, rules, done)


def _deal(records: DemoRecords, story: DealStory, until: datetime) -> tuple[DealRecord, list[StageMove]]:
    setting = records.setting
    past = [event for event in story.events if event.at < until]
    moves = [event for event in past if event.turn in {EventKind.CREATED, EventKind.MOVED}]
    last = past[-1]
    record = DealRecord(
        title=story.title,
        owner_id=records.people.users[story.owner],
        organization=story.organization,
        pipeline_id=setting.pipelines[story.pipeline],
        stage_id=setting.stages[story.pipeline, last.stage],
        status=_STATUS.get(last.turn, DealStatus.OPEN),
        value=story.value,
        currency=story.currency,
        probability=None,
        add_time=story.created_at,
        won_time=last.at if last.turn is EventKind.WON else None,
        lost_time=last.at if last.turn is EventKind.LOST else None,
        expected_close_date=story.expected_close,
        stage_change_time=moves[-1].at if len(moves) > 1 else None,
        external_id=None,
        import_key=None,
        is_archived=False,
        is_deleted=False,
        updated_at=last.at,
    )
    return record, [StageMove(setting.stages[story.pipeline, move.stage], move.at) for move in moves]


def _activity(records: DemoRecords, story: ActivityStory, until: datetime) -> tuple[ActivityRecord, int]:
    """Return the activity as it stood at `until`, and its deal's pipeline (0 for none)."""
    done_at = story.done_at if story.done_at is not None and story.done_at < until else None
    record = ActivityRecord(
        subject=story.subject,
        type_id=records.setting.kinds[story.kind],
        owner_id=records.people.users[story.owner],
        deal_id=None if story.deal is None else records.deal_ids[story.deal],
        add_time=story.added_at,
        due_date=story.due,
        is_done=done_at is not None,
        marked_as_done_time=done_at,
        external_id=None,
        import_key=None,
        is_deleted=False,
        updated_at=done_at or story.added_at,
    )
    pipeline = None if story.deal is None else records.deals[story.deal].pipeline
    return record, 0 if pipeline is None else records.setting.pipelines[pipeline]
