"""Filters of deals that people save under a name, each for themselves."""

from dataclasses import dataclass

from goalpost.crm.models import SavedFilter
from goalpost.domain.alphabet import by_name
from goalpost.domain.permissions import Actor


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved filter; `query` is the query string of the list's address."""

    id: int
    name: str
    query: str


def filters_saved_by(actor: Actor, place: str) -> tuple[Saved, ...]:
    """Return the actor's own filters of a page, by name, in one query."""
    own = SavedFilter.objects.filter(company_id=actor.company_id, user_id=actor.user_id, place=place)
    rows = (Saved(*row) for row in own.values_list("pk", "name", "query"))
    return tuple(sorted(rows, key=lambda each: by_name(each.name, each.id)))
