"""Bulk writes of deals and activities, for files and synchronisation.

They follow the same rules and ledger as single edits, without a model instance per row. A batch is written
while the book is locked (`crm.posting.crm_write`), in one transaction with the ledger.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import Any, NamedTuple

from django.db.models import QuerySet

from goalpost.crm import models
from goalpost.crm.models import columns_of, moment_of
from goalpost.crm.posting import reconcile
from goalpost.crm.recount import stage_moves
from goalpost.crm.seals import seal_of, sealed_columns, sum_of_seals, update_sealed
from goalpost.crm.stage_history import last_move_numbers
from goalpost.domain.alphabet import sort_key
from goalpost.domain.counting import (
    ActivityFacts,
    DealFacts,
    DealStatus,
    Moment,
    Rules,
    StageMove,
    activity_contributions,
    deal_contributions,
)
from goalpost.ledger.models import SourceKind
from goalpost.ledger.post import PostingWriter
from goalpost.storage.bulk_rows import Row, insert_rows, overwrite_rows, reserve_ids


class DealRecord(NamedTuple):
    """A deal, less company and id. Values are minor units of `currency`."""

    title: str
    owner_id: int
    organization: str
    pipeline_id: int
    stage_id: int | None
    status: str
    value: int
    currency: str
    probability: int | None
    add_time: Moment | None
    won_time: Moment | None
    lost_time: Moment | None
    expected_close_date: date | None
    stage_change_time: Moment | None
    external_id: str | None
    import_key: str | None
    is_archived: bool
    is_deleted: bool
    updated_at: datetime
    is_deleted_at_source: bool = False
    source: str = ""
    lost_reason: str = ""
    note: str = ""


class ActivityRecord(NamedTuple):
    """An activity, less company and id."""

    subject: str
    type_id: int
    owner_id: int
    deal_id: int | None
    add_time: Moment | None
    due_date: date | None
    is_done: bool
    marked_as_done_time: Moment | None
    external_id: str | None
    import_key: str | None
    is_deleted: bool
    updated_at: datetime
    is_deleted_at_source: bool = False
    source: str = ""
    due_time: int | None = None
    duration: int | None = None
    note: str = ""


_DEAL_MOMENTS = ("add_time", "won_time", "lost_time", "stage_change_time")
_ACTIVITY_MOMENTS = ("add_time", "marked_as_done_time")
_DEAL_COLUMNS = (*DealRecord._fields, *(f"{name}_is_day" for name in _DEAL_MOMENTS))
_ACTIVITY_COLUMNS = (*ActivityRecord._fields, *(f"{name}_is_day" for name in _ACTIVITY_MOMENTS))
_DEAL_FIELDS = ("company_id", "id", *_DEAL_COLUMNS)
_ACTIVITY_FIELDS = ("company_id", "id", *_ACTIVITY_COLUMNS)
_deal_content = itemgetter(*map(_DEAL_FIELDS.index, sealed_columns(models.Deal)))
_activity_content = itemgetter(*map(_ACTIVITY_FIELDS.index, sealed_columns(models.Activity)))
_MOVE_FIELDS = ("company", "deal", "number", "stage", "moved_at", "moved_at_is_day")


def find_deals(
    company_id: int, key: str, values: Iterable[str], source: str = ""
) -> dict[str, tuple[int, DealRecord]]:
    """Return id and record of the deals whose `key` (id, external_id or import_key) is among the values.

    External ids are those of `source`, or of records of which nobody said where they come from.
    """
    rows = _found_by(models.Deal, key, values, company_id, source).values_list(key, "id", *_DEAL_COLUMNS)
    return {str(row[0]): (row[1], DealRecord._make(_recorded(row[2:], _DEAL_PLACES))) for row in rows}


def find_activities(
    company_id: int, key: str, values: Iterable[str], source: str = ""
) -> dict[str, tuple[int, ActivityRecord]]:
    """Return id and record of activities, as `find_deals`."""
    rows = _found_by(models.Activity, key, values, company_id, source).values_list(
        key, "id", *_ACTIVITY_COLUMNS
    )
    return {str(row[0]): (row[1], ActivityRecord._make(_recorded(row[2:], _ACTIVITY_PLACES))) for row in rows}


def sources_elsewhere(kind: SourceKind, company_id: int, external_ids: Iterable[str]) -> dict[str, str]:
    """Return of which program the records are that have one of these external ids and name a program."""
    model = models.Deal if kind is SourceKind.DEAL else models.Activity
    rows = model._default_manager.filter(company_id=company_id, external_id__in=list(external_ids))
    found = rows.filter(source__gt="").values_list("external_id", "source")
    return {str(external_id): source for external_id, source in found}


def _found_by(
    model: type[models.Deal | models.Activity], key: str, values: Iterable[str], company_id: int, source: str
) -> QuerySet[Any]:
    rows = model._default_manager.filter(company_id=company_id, **{f"{_checked_key(key)}__in": list(values)})
    if key == "external_id":
        # The later of two rows with one id wins: the one that names its program.
        rows = rows.filter(source__in={source, ""}).order_by("source")
    return rows


def insert_deals(
    writer: PostingWriter, rules: Rules, deals: Sequence[tuple[DealRecord, Sequence[StageMove]]]
) -> list[int]:
    """Insert deals with their stage moves (creation first) and post them. Returns their ids in order."""
    company_id = writer.act.company_id
    ids = reserve_ids(models.Deal, len(deals))
    rows = _sealed_deals(writer, zip(ids, *zip(*deals, strict=True), strict=True)) if deals else []
    insert_rows(models.Deal, (*_DEAL_FIELDS, "seal"), rows)
    _insert_moves(company_id, {deal_id: moves for deal_id, (_, moves) in zip(ids, deals, strict=True)}, {})
    writer.reconcile(
        SourceKind.DEAL,
        {
            deal_id: deal_contributions(_deal_facts(deal_id, record), moves, rules)
            for deal_id, (record, moves) in zip(ids, deals, strict=True)
        },
        {deal_id: sort_key(record.title) for deal_id, (record, _) in zip(ids, deals, strict=True)},
        are_new=True,
    )
    return ids


def update_deals(
    writer: PostingWriter,
    rules: Rules,
    deals: Mapping[int, DealRecord],
    new_moves: Mapping[int, Sequence[StageMove]],
) -> None:
    """Overwrite deals by id, append their new stage moves, and post what changed.

    Activities of deals in `new_moves` are recounted too: a move may have changed the pipeline they count in.
    """
    company_id = writer.act.company_id
    if new_moves:
        _insert_moves(company_id, new_moves, last_move_numbers(company_id, list(new_moves)))
    moves = stage_moves(company_id, list(deals))
    writer.records -= sum_of_seals(models.Deal, company_id, list(deals))
    rows = _sealed_deals(
        writer, ((deal_id, record, moves.get(deal_id, ())) for deal_id, record in sorted(deals.items()))
    )
    overwrite_rows(models.Deal, (*_DEAL_FIELDS, "seal"), rows)
    writer.reconcile(
        SourceKind.DEAL,
        {
            deal_id: deal_contributions(_deal_facts(deal_id, record), moves.get(deal_id, ()), rules)
            for deal_id, record in deals.items()
        },
        {deal_id: sort_key(record.title) for deal_id, record in deals.items()},
    )
    moved = models.Activity.objects.filter(company_id=company_id, deal_id__in=list(new_moves))
    reconcile(writer, activities=list(moved.order_by("id").values_list("id", flat=True)))


def insert_activities(
    writer: PostingWriter, rules: Rules, activities: Sequence[tuple[ActivityRecord, int]]
) -> list[int]:
    """Insert activities, each with its deal's pipeline (0 for none), and post them. Returns their ids."""
    ids = reserve_ids(models.Activity, len(activities))
    numbered = list(zip(ids, activities, strict=True))
    rows = _sealed_activities(writer, ((activity_id, record) for activity_id, (record, _) in numbered))
    insert_rows(models.Activity, (*_ACTIVITY_FIELDS, "seal"), rows)
    _post_activities(writer, rules, dict(numbered), are_new=True)
    return ids


def update_activities(
    writer: PostingWriter, rules: Rules, activities: Mapping[int, tuple[ActivityRecord, int]]
) -> None:
    """Overwrite activities by id, each with its deal's pipeline (0 for none), and post what changed."""
    writer.records -= sum_of_seals(models.Activity, writer.act.company_id, list(activities))
    in_order = ((activity_id, record) for activity_id, (record, _) in sorted(activities.items()))
    overwrite_rows(models.Activity, (*_ACTIVITY_FIELDS, "seal"), _sealed_activities(writer, in_order))
    _post_activities(writer, rules, activities)


def deals_by_id(company_id: int, ids: Sequence[int]) -> dict[int, DealRecord]:
    return dict(find_deals(company_id, "id", map(str, ids)).values())


def activities_by_id(company_id: int, ids: Sequence[int]) -> dict[int, ActivityRecord]:
    return dict(find_activities(company_id, "id", map(str, ids)).values())


def mark_deleted(writer: PostingWriter, kind: SourceKind, ids: Sequence[int], *, is_deleted: bool) -> None:
    """Mark records as deleted or restored in their source, and post the changes."""
    model = models.Deal if kind is SourceKind.DEAL else models.Activity
    update_sealed(
        writer,
        model,
        list(ids),
        is_deleted=is_deleted,
        is_deleted_at_source=is_deleted,
        updated_at=writer.act.now,
    )
    if kind is SourceKind.DEAL:
        reconcile(writer, deals=ids)
    else:
        reconcile(writer, activities=ids)


def _post_activities(
    writer: PostingWriter,
    rules: Rules,
    activities: Mapping[int, tuple[ActivityRecord, int]],
    *,
    are_new: bool = False,
) -> None:
    writer.reconcile(
        SourceKind.ACTIVITY,
        {
            activity_id: activity_contributions(_activity_facts(activity_id, record, pipeline_id), rules)
            for activity_id, (record, pipeline_id) in activities.items()
        },
        {activity_id: sort_key(record.subject) for activity_id, (record, _) in activities.items()},
        are_new=are_new,
    )


def _insert_moves(company_id: int, moves: Mapping[int, Sequence[StageMove]], last: Mapping[int, int]) -> None:
    """Insert moves after the `last` number of each deal, 0 for a new one."""
    insert_rows(
        models.StageMove,
        _MOVE_FIELDS,
        [
            (company_id, deal_id, number, move.stage_id, *columns_of(move.moved_at))
            for deal_id, deal_moves in moves.items()
            for number, move in enumerate(deal_moves, last.get(deal_id, 0) + 1)
        ],
    )


_DEAL_PLACES = tuple(map(DealRecord._fields.index, _DEAL_MOMENTS))
_ACTIVITY_PLACES = tuple(map(ActivityRecord._fields.index, _ACTIVITY_MOMENTS))


def _sealed_deals(
    writer: PostingWriter, deals: Iterable[tuple[int, DealRecord, Iterable[StageMove]]]
) -> list[Row]:
    """Return deals as rows to write, each with its seal at the end."""
    rows: list[Row] = []
    for deal_id, record, moves in deals:
        row = (writer.act.company_id, deal_id, *_columns(record, _DEAL_PLACES))
        seal = seal_of(models.Deal, _deal_content(row), moves)
        writer.records += seal
        rows.append((*row, seal))
    return rows


def _sealed_activities(writer: PostingWriter, activities: Iterable[tuple[int, ActivityRecord]]) -> list[Row]:
    """Return activities as rows to write, each with its seal at the end."""
    rows: list[Row] = []
    for activity_id, record in activities:
        row = (writer.act.company_id, activity_id, *_columns(record, _ACTIVITY_PLACES))
        seal = seal_of(models.Activity, _activity_content(row))
        writer.records += seal
        rows.append((*row, seal))
    return rows


def _columns(record: DealRecord | ActivityRecord, places: Sequence[int]) -> Row:
    """Return a record as its columns: the moments at `places` are followed, at the end, by what they are."""
    cells: list[Any] = list(record)
    for place in places:
        moment = cells[place]
        if moment is None or type(moment) is datetime:
            cells.append(False)
        else:
            cells[place], is_day = columns_of(moment)
            cells.append(is_day)
    return tuple(cells)


def _recorded(cells: Sequence[Any], places: Sequence[int]) -> list[Any]:
    """Return the fields of a record from its columns."""
    fields = list(cells[: -len(places)])
    for place, is_day in zip(places, cells[-len(places) :], strict=True):
        fields[place] = moment_of(fields[place], is_day)
    return fields


def _deal_facts(deal_id: int, deal: DealRecord) -> DealFacts:
    return DealFacts(
        deal_id,
        deal.owner_id,
        deal.pipeline_id,
        deal.stage_id,
        DealStatus(deal.status),
        deal.value,
        deal.currency,
        deal.probability,
        deal.add_time,
        deal.won_time,
        deal.expected_close_date,
        deal.is_deleted,
    )


def _activity_facts(activity_id: int, activity: ActivityRecord, pipeline_id: int) -> ActivityFacts:
    return ActivityFacts(
        activity_id,
        activity.owner_id,
        activity.type_id,
        pipeline_id,
        activity.add_time,
        activity.is_done,
        activity.marked_as_done_time,
        activity.is_deleted,
    )


def _checked_key(key: str) -> str:
    if key not in {"id", "external_id", "import_key"}:
        raise ValueError(f"Records are found by id, external_id or import_key, not {key}.")
    return key
