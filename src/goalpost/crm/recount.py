"""Computes the contributions of records from the records themselves."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import cast

from goalpost.crm.models import Activity, Deal, StageMove, moment_of
from goalpost.domain import counting
from goalpost.domain.alphabet import sort_key
from goalpost.domain.counting import (
    ActivityFacts,
    Contribution,
    DealFacts,
    DealStatus,
    Rules,
    activity_contributions,
    deal_contributions,
)
from goalpost.ledger.models import SourceKind
from goalpost.storage.bulk_rows import read_rows

BATCH = 2000

Contributions = dict[int, set[Contribution]]


def recount(kind: SourceKind, company_id: int, rules: Rules, ids: Sequence[int]) -> Contributions:
    """Return the contributions of each record, in two queries; none for an unknown id."""
    found: Contributions = {record_id: set() for record_id in ids}
    if kind is SourceKind.DEAL:
        found.update(_recount_deals(company_id, rules, ids))
    else:
        found.update(_recount_activities(company_id, rules, ids))
    return found


def title_keys(kind: SourceKind, company_id: int, ids: Sequence[int]) -> dict[int, bytes]:
    """Return the sort key of each record, in one query."""
    model, name = (Deal, "title") if kind is SourceKind.DEAL else (Activity, "subject")
    rows = read_rows(model, ("id", name), company=company_id, id=ids)
    return {record_id: sort_key(text) for record_id, text in cast("list[tuple[int, str]]", rows)}


def batches_of_ids(kind: SourceKind, company_id: int) -> Iterator[list[int]]:
    """Yield the ids of all records of a kind in order, some thousands at a time."""
    model = Deal if kind is SourceKind.DEAL else Activity
    last = 0
    while True:
        ids = list(
            model._default_manager.filter(company_id=company_id, id__gt=last)
            .order_by("id")
            .values_list("id", flat=True)[:BATCH]
        )
        if not ids:
            return
        yield ids
        last = ids[-1]


def stage_moves(company_id: int, deal_ids: Sequence[int]) -> dict[int, list[counting.StageMove]]:
    """Return the moves of each deal in the order they were made."""
    moves: dict[int, list[counting.StageMove]] = defaultdict(list)
    columns = ("deal", "stage", "moved_at", "moved_at_is_day")
    rows = read_rows(StageMove, columns, company=company_id, deal=deal_ids, order_by="number")
    for deal_id, stage_id, moment, is_day in cast("list[tuple[int, int, datetime | None, bool]]", rows):
        moves[deal_id].append(counting.StageMove(stage_id, moment_of(moment, is_day)))
    return moves


def recount_deal(deal: Deal, moves: Sequence[counting.StageMove], rules: Rules) -> set[Contribution]:
    """Return the contributions of a saved deal."""
    facts = DealFacts(
        deal.pk,
        deal.owner_id,
        deal.pipeline_id,
        deal.stage_id,
        DealStatus(deal.status),
        deal.value,
        deal.currency,
        deal.probability,
        moment_of(deal.add_time, deal.add_time_is_day),
        moment_of(deal.won_time, deal.won_time_is_day),
        deal.expected_close_date,
        deal.is_deleted,
    )
    return deal_contributions(facts, moves, rules)


def _recount_deals(company_id: int, rules: Rules, ids: Sequence[int]) -> Contributions:
    moves = stage_moves(company_id, ids)
    rows = Deal.objects.filter(company_id=company_id, id__in=ids).values_list(
        "id",
        "owner_id",
        "pipeline_id",
        "stage_id",
        "status",
        "value",
        "currency",
        "probability",
        "add_time",
        "add_time_is_day",
        "won_time",
        "won_time_is_day",
        "expected_close_date",
        "is_deleted",
    )
    found: Contributions = {}
    for row in rows:
        deal_id, owner_id, pipeline_id, stage_id, status, value, currency, probability, *_, is_deleted = row
        facts = DealFacts(
            deal_id,
            owner_id,
            pipeline_id,
            stage_id,
            DealStatus(status),
            value,
            currency,
            probability,
            add_time=moment_of(row[8], row[9]),
            won_time=moment_of(row[10], row[11]),
            expected_close_date=row[12],
            is_deleted=is_deleted,
        )
        found[deal_id] = deal_contributions(facts, moves.get(deal_id, ()), rules)
    return found


def _recount_activities(company_id: int, rules: Rules, ids: Sequence[int]) -> Contributions:
    rows = Activity.objects.filter(company_id=company_id, id__in=ids).values_list(
        "id",
        "owner_id",
        "type_id",
        "deal__pipeline_id",
        "add_time",
        "add_time_is_day",
        "is_done",
        "marked_as_done_time",
        "marked_as_done_time_is_day",
        "is_deleted",
    )
    found: Contributions = {}
    for activity_id, owner_id, type_id, pipeline_id, added, is_day, is_done, done, done_is_day, lost in rows:
        facts = ActivityFacts(
            activity_id,
            owner_id,
            type_id,
            pipeline_id or 0,
            moment_of(added, is_day),
            is_done,
            moment_of(done, done_is_day),
            lost,
        )
        found[activity_id] = activity_contributions(facts, rules)
    return found
