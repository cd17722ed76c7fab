"""Queries for the list and the week of activities: of those whose records the actor may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Q, QuerySet

from goalpost.companies.errors import NotFound
from goalpost.companies.models import User
from goalpost.crm.models import Activity, Deal
from goalpost.crm.queries import Named
from goalpost.domain.alphabet import by_name
from goalpost.domain.calendar import Period
from goalpost.domain.counting import DealStatus
from goalpost.domain.permissions import (
    Actor,
    may_change_records_of,
    may_see_records_of,
    visible_record_owners,
)
from goalpost.ledger.questions import Selection

MOST_IN_WEEK = 500
"""More activities of one week than a page can show."""


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """An activity. Its deal is None where the actor may not see it; times and durations are in minutes."""

    id: int
    subject: str
    type: Named
    icon: str
    owner: Named
    deal: Named | None
    organization: str
    due_date: date | None
    due_time: int | None
    duration: int | None
    is_done: bool
    note: str
    may_change: bool


@dataclass(frozen=True, slots=True)
class OpenCounts:
    """How many activities are to be done: due before today, today, later this week, after it or undated."""

    overdue: int
    today: int
    this_week: int
    later: int


@dataclass(frozen=True, slots=True)
class AgendaOf:
    """Whose activities, and of which types; no types mean all."""

    owners: frozenset[int]
    types: frozenset[int] = frozenset()


def agenda_people(actor: Actor) -> list[Named]:
    """Return the active people whose activities the actor may see, by name, in one query."""
    people = User.objects.filter(company_id=actor.company_id, is_active=True)
    owners = visible_record_owners(actor)
    if owners is not None:
        people = people.filter(pk__in=owners)
    named = [Named(*row) for row in people.values_list("pk", "name")]
    return sorted(named, key=lambda each: by_name(each.name, each.id))


def open_activities(actor: Actor, of: AgendaOf, *, most: int) -> list[AgendaLine]:
    """Return what is still to be done, the most overdue first and undated last, in one query."""
    found = _visible(actor, of).filter(is_done=False)
    order = (F("due_date").asc(nulls_last=True), F("due_time").asc(nulls_last=True), "id")
    return _lines(actor, found.order_by(*order)[:most])


def open_counts(actor: Actor, of: AgendaOf, *, today: date, week_ends: date) -> OpenCounts:
    """Count what is still to be done, in one query. `week_ends` is the day after the current week."""
    found = _visible(actor, of).filter(is_done=False).order_by()
    counted = found.aggregate(
        overdue=Count("pk", filter=Q(due_date__lt=today)),
        today=Count("pk", filter=Q(due_date=today)),
        this_week=Count("pk", filter=Q(due_date__gt=today, due_date__lt=week_ends)),
        everything=Count("pk"),
    )
    dated = counted["overdue"] + counted["today"] + counted["this_week"]
    return OpenCounts(
        counted["overdue"], counted["today"], counted["this_week"], counted["everything"] - dated
    )


def done_activities(actor: Actor, of: AgendaOf, *, most: int) -> list[AgendaLine]:
    """Return what was done, the latest due first, in one query."""
    found = _visible(actor, of).filter(is_done=True, due_date__isnull=False)
    return _lines(actor, found.order_by("-due_date", "-id")[:most])


def activities_due(actor: Actor, of: AgendaOf, days: Period) -> list[AgendaLine]:
    """Return the activities due on these days, done or not, by day and time, in one query."""
    found = _visible(actor, of).filter(due_date__gte=days.start, due_date__lt=days.end)
    return _lines(actor, found.order_by("due_date", F("due_time").asc(nulls_first=True), "id")[:MOST_IN_WEEK])


def agenda_line(actor: Actor, activity_id: int) -> AgendaLine:
    """Return one activity. Raises NotFound for an absent, another company's, deleted or hidden one."""
    lines = _lines(
        actor, Activity.objects.filter(company_id=actor.company_id, pk=activity_id, is_deleted=False)
    )
    if not lines or not may_see_records_of(actor, lines[0].owner.id):
        raise NotFound
    return lines[0]


def _visible(actor: Actor, of: AgendaOf) -> QuerySet[Activity]:
    owners = [owner for owner in sorted(of.owners) if may_see_records_of(actor, owner)]
    found = Activity.objects.filter(company_id=actor.company_id, owner_id__in=owners, is_deleted=False)
    return found.filter(type_id__in=of.types) if of.types else found


_COLUMNS = (
    "pk", "subject", "type_id", "type__name", "type__icon", "type__key", "owner_id", "owner__name",
    "deal_id", "deal__title", "deal__owner_id", "deal__organization", "deal__is_deleted",
    "due_date", "due_time", "duration", "is_done", "note",
)  # fmt: skip


def _lines(actor: Actor, rows: QuerySet[Activity]) -> list[AgendaLine]:
    lines = []
    for row in rows.values(*_COLUMNS):
        owner_id, deal_owner = row["owner_id"], row["deal__owner_id"]
        sees_deal = (
            deal_owner is not None and not row["deal__is_deleted"] and may_see_records_of(actor, deal_owner)
        )
        lines.append(
            AgendaLine(
                id=row["pk"],
                subject=row["subject"],
                type=Named(row["type_id"], row["type__name"]),
                icon=row["type__icon"] or _ICONS.get(row["type__key"], "activities"),
                owner=Named(owner_id, row["owner__name"]),
                deal=Named(row["deal_id"], row["deal__title"]) if sees_deal else None,
                organization=row["deal__organization"] if sees_deal else "",
                due_date=row["due_date"],
                due_time=row["due_time"],
                duration=row["duration"],
                is_done=row["is_done"],
                note=row["note"],
                may_change=may_change_records_of(actor, owner_id),
            )
        )
    return lines


# Of the usual types, for a company that chose none.
_ICONS = {
    "call": "phone",
    "meeting": "contacts",
    "demo": "tv",
    "email": "mail",
    "task": "completed",
    "deadline": "clock",
    "lunch": "contacts",
}

MOST_DEALS = 50


@dataclass(frozen=True, slots=True)
class DealChoice:
    id: int
    title: str
    organization: str


def deals_to_link(actor: Actor, owner_id: int, *, beginning: Sequence[str] = ()) -> list[DealChoice]:
    """Return open deals of a person that the actor may see, the newest first, at most MOST_DEALS of them.

    With `beginning`, those whose title or organization begins with one of the words.
    """
    if not may_see_records_of(actor, owner_id):
        return []
    deals = Deal.objects.filter(
        company_id=actor.company_id, owner_id=owner_id, status=DealStatus.OPEN, is_deleted=False
    )
    if beginning:
        found = Q()
        # SQLite ignores the case of English letters only.
        for start in {form for word in beginning for form in (word, word.capitalize())}:
            found |= Q(organization__istartswith=start) | Q(title__istartswith=start)
        deals = deals.filter(found)
    rows = deals.order_by("-updated_at").values_list("pk", "title", "organization")
    return [DealChoice(*row) for row in rows[:MOST_DEALS]]


def deal_to_link(actor: Actor, deal_id: int) -> DealChoice | None:
    """Return a deal that the actor may see, else None."""
    row = (
        Deal.objects.filter(company_id=actor.company_id, pk=deal_id, is_deleted=False)
        .values_list("pk", "title", "organization", "owner_id")
        .first()
    )
    return DealChoice(*row[:3]) if row and may_see_records_of(actor, row[3]) else None


def planned_counts(company_id: int, asked: Sequence[tuple[Selection, Period]]) -> list[int]:
    """Count the open activities due in each period that count towards its selection once done; one query.

    Like the results of goals these are whole, whoever asks.
    """
    if not asked:
        return []
    people = [selection.people for selection, _days in asked]
    found = Activity.objects.filter(
        company_id=company_id,
        is_done=False,
        is_deleted=False,
        due_date__gte=min(days.start for _selection, days in asked),
        due_date__lt=max(days.end for _selection, days in asked),
    )
    if all(each is not None for each in people):
        found = found.filter(owner_id__in=sorted(set().union(*(each or () for each in people))))
    columns = ("owner_id", "type_id", "deal__pipeline_id", "due_date")
    rows = list(found.order_by().values_list(*columns).annotate(count=Count("pk")))
    return [
        sum(
            count
            for owner, kind, pipeline, due, count in rows
            if days.contains(due)
            and (selection.items is None or kind in selection.items)
            and (selection.pipelines is None or pipeline in selection.pipelines)
            and _counts_owner(selection, owner, due)
        )
        for selection, days in asked
    ]


def _counts_owner(selection: Selection, owner_id: int, day: date) -> bool:
    return (
        selection.owners is None
        or owner_id in selection.owners
        or any(span.owner_id == owner_id and span.holds(day) for span in selection.spans)
    )
