"""Which lines of the ledger are behind a total: entries for its history, standings for what counts now."""

from typing import TypeVar

from django.db.models import QuerySet

from goalpost.domain.calendar import Period
from goalpost.ledger.models import Entry, Standing
from goalpost.ledger.questions import Selection

_Line = TypeVar("_Line", Entry, Standing)


def selected(lines: QuerySet[_Line], company_id: int, selection: Selection) -> QuerySet[_Line]:
    """Narrow lines down to those a selection counts, on whatever day."""
    found = lines.filter(company_id=company_id, measure=selection.measure)
    if selection.owners is not None:
        found = found.filter(owner_id__in=selection.owners)
    if selection.pipelines is not None:
        found = found.filter(pipeline_id__in=selection.pipelines)
    if selection.items is not None:
        found = found.filter(item_id__in=selection.items)
    return found


def behind(lines: QuerySet[_Line], company_id: int, selection: Selection, period: Period) -> QuerySet[_Line]:
    """Narrow lines down to those behind a total."""
    return selected(lines, company_id, selection).filter(day__gte=period.start, day__lt=period.end)
