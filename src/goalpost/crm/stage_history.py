"""Stage moves of deals: appended, and corrected where an edit or a file changes their moments."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Max

from goalpost.crm.models import StageMove, columns_of, moment_of
from goalpost.domain import counting
from goalpost.domain.counting import Moment
from goalpost.storage.bulk_rows import Row, insert_rows, overwrite_rows


@dataclass(frozen=True, slots=True)
class NewMoments:
    """Corrections to the moves of a changed deal.

    `latest` is when it entered its current stage, None for no change. A creation move at `created_before` is
    set to `created`; equal ones mean no change.
    """

    latest: Moment | None
    created_before: Moment | None = None
    created: Moment | None = None


def last_move_numbers(company_id: int, deal_ids: Sequence[int]) -> dict[int, int]:
    """Return the number of each deal's last move, while the book is locked."""
    moves = StageMove.objects.filter(company_id=company_id, deal_id__in=deal_ids).order_by()
    return dict(moves.values_list("deal_id").annotate(Max("number")))


def add_move(company_id: int, deal_id: int, stage_id: int, moved_at: Moment | None) -> None:
    """Append a move to a deal's history, while the book is locked."""
    moment, is_day = columns_of(moved_at)
    StageMove.objects.create(
        company_id=company_id,
        deal_id=deal_id,
        number=last_move_numbers(company_id, [deal_id]).get(deal_id, 0) + 1,
        stage_id=stage_id,
        moved_at=moment,
        moved_at_is_day=is_day,
    )


def replace_moves(company_id: int, deals: Mapping[int, Sequence[counting.StageMove]]) -> None:
    """Give deals these moves in place of theirs, the book being open; the deals are posted afterwards."""
    StageMove.objects.filter(company_id=company_id, deal_id__in=list(deals)).delete()
    insert_rows(
        StageMove,
        ("company", "deal", "number", "stage", "moved_at", "moved_at_is_day"),
        [
            (company_id, deal_id, number, move.stage_id, *columns_of(move.moved_at))
            for deal_id, moves in deals.items()
            for number, move in enumerate(moves, 1)
        ],
    )


def correct_moves(company_id: int, deals: Mapping[int, NewMoments]) -> None:
    """Overwrite the moments of moves, while the book is locked; the caller posts the deals."""
    if not deals:
        return
    moves: dict[int, list[tuple[int, Moment | None]]] = defaultdict(list)
    rows = StageMove.objects.filter(company_id=company_id, deal_id__in=list(deals)).order_by("number")
    for move_id, deal_id, moment, is_day in rows.values_list("id", "deal_id", "moved_at", "moved_at_is_day"):
        moves[deal_id].append((move_id, moment_of(moment, is_day)))
    corrected: list[Row] = []
    for deal_id, moments in deals.items():
        made = moves[deal_id]
        if not made:
            continue
        new = [moved_at for _, moved_at in made]
        if moments.created != moments.created_before == new[0]:
            new[0] = moments.created
        if moments.latest is not None:
            new[-1] = moments.latest
        corrected.extend(
            (company_id, move_id, *columns_of(moved_at))
            for (move_id, before), moved_at in zip(made, new, strict=True)
            if moved_at != before
        )
    overwrite_rows(StageMove, ("company", "id", "moved_at", "moved_at_is_day"), corrected)
