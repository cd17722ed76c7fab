"""Saving and deleting one's own filters of deals."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from goalpost.companies.errors import InvalidInput, NotFound
from goalpost.crm import checks
from goalpost.crm.models import SavedFilter
from goalpost.domain.permissions import Actor

MOST = 50


def save_filter(*, actor: Actor, place: str, name: str, query: str, now: datetime) -> SavedFilter:  # noqa: ARG001  as all actions
    """Save the filters of a page under a name, in place of what had it. Raises InvalidInput."""
    name = checks.checked_text(name, field="name", longest=80)
    query = checks.checked_text(query, field="query", longest=1000, is_required=False)
    if place not in SavedFilter.Place.values:
        raise InvalidInput(_("There is no such list."), field="place")
    own = SavedFilter.objects.filter(company_id=actor.company_id, user_id=actor.user_id, place=place)
    with transaction.atomic():
        if own.exclude(name=name).count() >= MOST:
            raise InvalidInput(_("You have 50 saved filters here. Delete one first."), field="name")
        saved, _is_new = own.update_or_create(
            defaults={"query": query},
            create_defaults={
                "company_id": actor.company_id,
                "user_id": actor.user_id,
                "place": place,
                "query": query,
            },
            name=name,
        )
    return saved


def delete_filter(*, actor: Actor, filter_id: int, now: datetime) -> SavedFilter:  # noqa: ARG001  as all actions
    """Delete one of the actor's own filters and return what it was. Raises NotFound."""
    own = SavedFilter.objects.filter(company_id=actor.company_id, user_id=actor.user_id, pk=filter_id)
    found = own.first()
    if found is None:
        raise NotFound
    own.delete()
    return found
