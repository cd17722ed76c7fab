"""Corrects when a deal's stage moves happened, where an edit or a file now says otherwise."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from goalpost.crm.models import StageMove
from goalpost.storage.bulk_rows import Row, overwrite_rows


@dataclass(frozen=True, slots=True)
class NewMoments:
    """What a changed deal says of the moves it has made so far.

    `latest` is when it entered the stage it is in, None for no news. Where its add time was corrected, a
    creation at `created_before` was at `created` instead; equal ones are no news.
    """

    latest: datetime | None
    created_before: datetime | None = None
    created: datetime | None = None


def correct_moves(company_id: int, deals: Mapping[int, NewMoments]) -> None:
    """Overwrite the moments of moves, the book being open; the deals are posted afterwards."""
    if not deals:
        return
    moves: dict[int, list[tuple[int, datetime | None]]] = defaultdict(list)
    rows = StageMove.objects.filter(company_id=company_id, deal_id__in=list(deals)).order_by("id")
    for move_id, deal_id, moved_at in rows.values_list("id", "deal_id", "moved_at"):
        moves[deal_id].append((move_id, moved_at))
    corrected: list[Row] = []
    for deal_id, moments in deals.items():
        made = dict(moves[deal_id])
        if not made:
            continue
        first, last = min(made), max(made)
        new = dict(made)
        if moments.created != moments.created_before == made[first]:
            new[first] = moments.created
        if moments.latest is not None:
            new[last] = moments.latest
        corrected.extend(
            (company_id, move_id, moved_at) for move_id, moved_at in new.items() if moved_at != made[move_id]
        )
    overwrite_rows(StageMove, ("company", "id", "moved_at"), corrected)
