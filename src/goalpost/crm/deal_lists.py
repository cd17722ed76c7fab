"""The list of deals: those that an actor may see, filtered, in any order, some at a time, and their sums."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from goalpost.companies.models import Company, User
from goalpost.crm.deal_page import day_in_zone
from goalpost.crm.models import Activity, Deal, moment_of
from goalpost.crm.queries import Named
from goalpost.domain.alphabet import by_name
from goalpost.domain.calendar import Period
from goalpost.domain.counting import DealStatus
from goalpost.domain.measures import Measure
from goalpost.domain.money import Money
from goalpost.domain.permissions import Actor, may_change_records_of, visible_record_owners
from goalpost.ledger.models import SourceKind, Standing

AT_ONCE = 50
MOST_SUMMED = 20_000
"""How many deals are summed at most, so that the sums of a list cost the same in every company."""


@dataclass(frozen=True, slots=True)
class DealFilter:
    """What is listed. None means any; `words` are looked for in names and customers.

    `closes` are the days a deal is expected to close on. `has_no_date` lists those without such a day,
    `is_unplanned` those without an activity that is still to be done.
    """

    status: DealStatus | None = DealStatus.OPEN
    owners: frozenset[int] | None = None
    pipeline_id: int | None = None
    stage_id: int | None = None
    closes: Period | None = None
    has_no_date: bool = False
    is_unplanned: bool = False
    words: str = ""


class DealOrder(StrEnum):
    """What deals are listed by. Values are in their own currencies: by currency first."""

    NEWEST = "added"
    TITLE = "title"
    OWNER = "owner"
    STAGE = "stage"
    SINCE = "since"
    CLOSE = "close"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class DealSorting:
    by: DealOrder = DealOrder.NEWEST
    is_descending: bool = True


@dataclass(frozen=True, slots=True)
class NextActivity:
    """The next thing to be done for a deal. `is_late` says that its day is over."""

    subject: str
    type_name: str
    due_on: date | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class DealLine:
    """A deal in the list.

    `worth` and `weighted` are what the ledger holds of it, in the company's currency; None where that is
    unknown, or where it does not count in a forecast. `days` are those in its stage, None if unknown.
    """

    id: int
    title: str
    organization: str
    owner: Named
    pipeline: str
    stage: str
    percent: int | None
    status: DealStatus
    value: Money
    worth: int | None
    weighted: int | None
    added_on: date | None
    closed_on: date | None
    expected_close_date: date | None
    is_overdue: bool
    days: int | None
    is_rotting: bool
    next: NextActivity | None
    external_id: str
    updated_at: datetime
    may_change: bool

    @property
    def is_open(self) -> bool:
        return self.status is DealStatus.OPEN

    @property
    def is_won(self) -> bool:
        return self.status is DealStatus.WON


@dataclass(frozen=True, slots=True)
class DealPage:
    """Some deals in order. `next` is the id of the one to go on after, None at the end."""

    lines: tuple[DealLine, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class DealTotals:
    """The sums of all deals that match, in the company's currency; None above `MOST_SUMMED` of them.

    `unvalued` of them lack a value there, `unweighted` are open and in no forecast for want of a date.
    """

    count: int
    is_more: bool
    value: int | None = None
    weighted: int | None = None
    unvalued: int = 0
    unweighted: int = 0
    without_rate: tuple[str, ...] = ()


def owners_to_see(actor: Actor) -> tuple[Named, ...]:
    """Return the people whose deals the actor may see, by name, in one query."""
    visible = visible_record_owners(actor)
    people = User.objects.filter(company_id=actor.company_id)
    if visible is not None:
        people = people.filter(pk__in=visible)
    rows = [Named(*row) for row in people.values_list("pk", "name")]
    return tuple(sorted(rows, key=lambda each: by_name(each.name, each.id)))


def matching(actor: Actor, chosen: DealFilter) -> QuerySet[Deal]:
    """Return the deals that the actor may see and the filter chooses, in no order."""
    found = Deal.objects.filter(company_id=actor.company_id, is_deleted=False)
    owners = chosen.owners
    visible = visible_record_owners(actor)
    if visible is not None:
        owners = visible if owners is None else owners & visible
    if owners is not None:
        found = found.filter(owner_id__in=owners)
    if chosen.status is not None:
        found = found.filter(status=chosen.status.value)
    if chosen.pipeline_id is not None:
        found = found.filter(pipeline_id=chosen.pipeline_id)
    if chosen.stage_id is not None:
        found = found.filter(stage_id=chosen.stage_id)
    if chosen.has_no_date:
        found = found.filter(expected_close_date__isnull=True)
    if chosen.closes is not None:
        days = chosen.closes
        found = found.filter(expected_close_date__gte=days.start, expected_close_date__lt=days.end)
    if chosen.is_unplanned:
        planned = Activity.objects.filter(
            company_id=actor.company_id, deal_id=OuterRef("pk"), is_done=False, is_deleted=False
        )
        found = found.filter(~Exists(planned))
    if chosen.words:
        found = found.filter(Q(title__icontains=chosen.words) | Q(organization__icontains=chosen.words))
    return found


def deals_seen_by(
    actor: Actor,
    company: Company,
    chosen: DealFilter,
    sorting: DealSorting = DealSorting(),
    *,
    today: date,
    after: int | None = None,
    limit: int = AT_ONCE,
) -> DealPage:
    """Return a page of deals, in a constant number of queries. `after` is the `next` of the page before."""
    rows = _rows_in_order(actor, chosen, sorting, after, limit + 1)
    lines = _described(actor, company, rows[:limit], today)
    return DealPage(lines, rows[limit - 1]["pk"] if len(rows) > limit else None)


def chosen_deals(actor: Actor, company: Company, ids: Sequence[int], *, today: date) -> tuple[DealLine, ...]:
    """Return these deals, of those that the actor may see, in a constant number of queries."""
    found = matching(actor, DealFilter(status=None)).filter(pk__in=ids)
    return _described(actor, company, list(found.order_by("pk").values(*_COLUMNS)), today)


def every_deal(
    actor: Actor, company: Company, chosen: DealFilter, sorting: DealSorting, *, today: date
) -> Iterator[DealLine]:
    """Yield every deal that matches, in order, a thousand at a time. Call it within one snapshot."""
    after: int | None = None
    while True:
        page = deals_seen_by(actor, company, chosen, sorting, today=today, after=after, limit=1000)
        yield from page.lines
        after = page.next
        if after is None:
            return


_SORT_KEYS: dict[DealOrder, tuple[Any, ...]] = {
    DealOrder.NEWEST: (),
    DealOrder.TITLE: (F("title"),),
    DealOrder.OWNER: (F("owner__name"),),
    DealOrder.STAGE: (F("pipeline__position"), Coalesce(F("stage__position"), Value(-1))),
    # By days, as the column shows them: the more, the earlier the moment.
    DealOrder.SINCE: (Coalesce(F("stage_change_time"), F("add_time")),),
    DealOrder.CLOSE: (F("expected_close_date"),),
    DealOrder.VALUE: (F("currency"), F("value")),
}
_MAY_BE_UNKNOWN = {DealOrder.SINCE, DealOrder.CLOSE}
_Row = dict[str, Any]
_COLUMNS = (
    *("pk", "title", "organization", "owner_id", "owner__name", "pipeline__name", "stage__name", "status"),
    *("value", "currency", "probability", "stage__probability", "stage__rotting_days", "external_id"),
    *("add_time", "add_time_is_day", "won_time", "won_time_is_day", "lost_time", "lost_time_is_day"),
    *("stage_change_time", "stage_change_time_is_day", "expected_close_date", "updated_at"),
)


def _rows_in_order(
    actor: Actor, chosen: DealFilter, sorting: DealSorting, after: int | None, limit: int
) -> list[_Row]:
    """Return the next rows, those of unknown place last: first known, then unknown ones, each by an index."""
    names = [f"sort_{number}" for number, _key in enumerate(_SORT_KEYS[sorting.by])]
    keys = dict(zip(names, _SORT_KEYS[sorting.by], strict=True))
    found = matching(actor, chosen).annotate(**keys)
    place = None
    if after is not None:
        every = Deal.objects.filter(company_id=actor.company_id, pk=after).annotate(**keys)
        place = every.values_list(*names, "pk").first()
    descends = sorting.is_descending is not (sorting.by is DealOrder.SINCE)
    if sorting.by not in _MAY_BE_UNKNOWN:
        return _some(found, names, place, limit, descends=descends)
    rows: list[_Row] = []
    if place is None or place[0] is not None:
        rows = _some(found.filter(Q(("sort_0__isnull", False))), names, place, limit, descends=descends)
        place = None
    if len(rows) < limit:
        unknown = found.filter(Q(("sort_0__isnull", True)))
        rows += _some(unknown, [], place and place[-1:], limit - len(rows), descends=descends)
    return rows


def _some(
    found: QuerySet[Deal],
    names: Sequence[str],
    place: tuple[Any, ...] | None,
    limit: int,
    *,
    descends: bool,
) -> list[_Row]:
    columns = [*names, "pk"]
    if place is not None:
        beyond = "lt" if descends else "gt"
        further, same = Q(), Q()
        for name, value in zip(columns, place, strict=True):
            further |= same & Q(**{f"{name}__{beyond}": value})
            same &= Q(**{name: value})
        # Said apart, so that an index finds where to begin.
        found = found.filter(**{f"{columns[0]}__{beyond}e": place[0]}).filter(further)
    order = [f"-{name}" if descends else name for name in columns]
    return list(found.order_by(*order).values(*_COLUMNS)[:limit])


_WORTH = {
    DealStatus.OPEN: Measure.OPEN_VALUE,
    DealStatus.WON: Measure.DEALS_WON,
    DealStatus.LOST: Measure.DEALS_STARTED,
}
"""The measure that holds what a deal of a status is worth in the company's currency."""


def _described(actor: Actor, company: Company, rows: Sequence[_Row], today: date) -> tuple[DealLine, ...]:
    """Return the lines, in two more queries."""
    ids = [row["pk"] for row in rows]
    standings = Standing.objects.filter(
        company_id=actor.company_id, source_kind=SourceKind.DEAL, source_id__in=ids, unvalued=0
    ).exclude(measure=Measure.DEALS_PROGRESSED)
    amounts = {
        (deal_id, Measure(measure)): amount
        for deal_id, measure, amount in standings.values_list("source_id", "measure", "amount")
    }
    planned = _next_activities(actor, ids, today)
    zone = ZoneInfo(company.time_zone)
    return tuple(_line(actor, row, amounts, planned, zone, today) for row in rows)


def _next_activities(actor: Actor, ids: Sequence[int], today: date) -> dict[int, NextActivity]:
    """Return the first activity still to be done of each deal, of those the actor may see."""
    found = Activity.objects.filter(
        company_id=actor.company_id, deal_id__in=ids, is_done=False, is_deleted=False
    )
    visible = visible_record_owners(actor)
    if visible is not None:
        found = found.filter(owner_id__in=visible)
    first: dict[int, NextActivity] = {}
    rows = found.values_list("deal_id", "subject", "type__name", "due_date", "due_time")
    for deal_id, subject, kind, due, _at in sorted(
        rows, key=lambda row: (row[3] is None, row[3] or date.max, row[4] or 0)
    ):
        is_late = due is not None and due < today
        first.setdefault(deal_id or 0, NextActivity(subject, kind, due, is_late))
    return first


def _line(
    actor: Actor,
    row: _Row,
    amounts: dict[tuple[int, Measure], int],
    planned: dict[int, NextActivity],
    zone: ZoneInfo,
    today: date,
) -> DealLine:
    status, deal_id = DealStatus(row["status"]), row["pk"]

    def day(name: str) -> date | None:
        moment: datetime | None = row[name]
        return day_in_zone(moment_of(moment, row[f"{name}_is_day"]), zone)

    is_open = status is DealStatus.OPEN
    since = day("stage_change_time") or day("add_time")
    days = None if since is None or not is_open else max((today - since).days, 0)
    closes = row["expected_close_date"]
    rotting = row["stage__rotting_days"]
    return DealLine(
        id=deal_id,
        title=row["title"],
        organization=row["organization"],
        owner=Named(row["owner_id"], row["owner__name"]),
        pipeline=row["pipeline__name"],
        stage=row["stage__name"] or "",
        percent=row["probability"] if row["probability"] is not None else row["stage__probability"],
        status=status,
        value=Money(row["value"], row["currency"]),
        worth=amounts.get((deal_id, _WORTH[status])),
        weighted=amounts.get((deal_id, Measure.REVENUE_FORECAST)) if is_open else None,
        added_on=day("add_time"),
        closed_on=day("won_time") or day("lost_time"),
        expected_close_date=closes,
        is_overdue=is_open and closes is not None and closes < today,
        days=days,
        is_rotting=rotting is not None and days is not None and days > rotting,
        next=planned.get(deal_id),
        external_id=row["external_id"] or "",
        updated_at=row["updated_at"],
        may_change=may_change_records_of(actor, row["owner_id"]),
    )


def totals_of(actor: Actor, chosen: DealFilter) -> DealTotals:
    """Return the sums of all deals that match, from the ledger, in a constant number of queries."""
    found = matching(actor, chosen).order_by()
    count = found[: MOST_SUMMED + 1].count()
    if count > MOST_SUMMED:
        return DealTotals(MOST_SUMMED, is_more=True)
    value = valued = weighted = forecast = 0
    open_deals = 0
    for status, measure in _WORTH.items():
        if chosen.status not in (None, status):
            continue
        own = matching(actor, replace(chosen, status=status)).order_by().values("pk")
        lines = Standing.objects.filter(
            company_id=actor.company_id, source_kind=SourceKind.DEAL, source_id__in=own
        )
        sums = lines.filter(measure=measure).aggregate(
            amount=Sum("amount"), count=Count("pk"), unvalued=Sum("unvalued")
        )
        value += sums["amount"] or 0
        valued += sums["count"] - (sums["unvalued"] or 0)
        if status is DealStatus.OPEN:
            open_deals = sums["count"]
            more = lines.filter(measure=Measure.REVENUE_FORECAST).aggregate(
                amount=Sum("amount"), count=Count("pk")
            )
            weighted, forecast = more["amount"] or 0, more["count"]
    without: tuple[str, ...] = ()
    if valued < count:
        without = _currencies_without_value(actor, found)
    has_open = chosen.status in (None, DealStatus.OPEN)
    return DealTotals(
        count,
        is_more=False,
        value=value,
        weighted=weighted if has_open else None,
        unvalued=count - valued,
        unweighted=open_deals - forecast if has_open else 0,
        without_rate=without,
    )


def _currencies_without_value(actor: Actor, found: QuerySet[Deal]) -> tuple[str, ...]:
    lines = Standing.objects.filter(
        company_id=actor.company_id,
        source_kind=SourceKind.DEAL,
        source_id__in=found.values("pk"),
        unvalued=1,
    )
    return tuple(lines.order_by("currency").values_list("currency", flat=True).distinct())
