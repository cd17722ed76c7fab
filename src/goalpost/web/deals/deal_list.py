"""The list of deals: filters, columns and order in the address, sums of all that match, and as a file."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django_stubs_ext import StrOrPromise

from goalpost.companies.actors import existing_teams, memberships_on
from goalpost.companies.currencies import DIGITS
from goalpost.crm.deal_lists import (
    MOST_SUMMED,
    DealFilter,
    DealLine,
    DealOrder,
    DealSorting,
    deals_seen_by,
    every_deal,
    owners_to_see,
    totals_of,
)
from goalpost.crm.queries import Named, pipelines_of_company
from goalpost.domain.alphabet import by_name
from goalpost.domain.calendar import Interval, Period, period_of
from goalpost.domain.counting import DealStatus
from goalpost.domain.money import to_major
from goalpost.insights import formats
from goalpost.insights.export.tables import Cell, Column, Kind, Table
from goalpost.storage.snapshot import snapshot
from goalpost.web.shell.downloads import long_csv_download, one_of_few, require_export, xlsx_download
from goalpost.web.shell.typed import id_in
from goalpost.web.shell.viewer import Viewer, for_viewer

EVERY = "all"
FILTERS = ("status", "owner", "place", "close", "activity", "q")
_STATUSES = {status.value: status for status in DealStatus}
_OVERDUE, _NO_DATE = "overdue", "none"
_CLOSES: dict[str, StrOrPromise] = {
    _OVERDUE: gettext_lazy("Overdue"),
    "month": gettext_lazy("This month"),
    "next-month": gettext_lazy("Next month"),
    "quarter": gettext_lazy("This quarter"),
    "year": gettext_lazy("This year"),
    _NO_DATE: gettext_lazy("No date"),
}
_COLUMN_NAMES: dict[str, StrOrPromise] = {
    "customer": gettext_lazy("Customer"),
    "owner": gettext_lazy("Owner"),
    "stage": gettext_lazy("Stage"),
    "since": gettext_lazy("In stage"),
    "close": gettext_lazy("Close date"),
    "activity": gettext_lazy("Next activity"),
    "value": gettext_lazy("Value"),
    "weighted": gettext_lazy("Weighted"),
    "added": gettext_lazy("Added"),
    "id": gettext_lazy("External ID"),
}
_FIRST_COLUMNS = ("owner", "stage", "since", "close", "activity", "value", "weighted")
_ORDERS = {"title": DealOrder.TITLE, **{each.value: each for each in DealOrder}}
# The latest and the most first, names from A to Z.
_DESCENDS = {DealOrder.NEWEST, DealOrder.SINCE, DealOrder.VALUE}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for. `query` holds the parts of it that are set, without the page."""

    chosen: DealFilter
    sorting: DealSorting
    columns: tuple[str, ...]
    query: dict[str, str]

    def address(self, **changes: str) -> str:
        """Return the list's address with some parts changed; an empty one is left out."""
        query = {name: text for name, text in {**self.query, **changes}.items() if text}
        return f"{reverse('web:deals')}?{urlencode(query)}" if query else reverse("web:deals")


def asked_for(viewer: Viewer, given: QueryDict) -> Asked:
    """Read an address; what cannot be used of it is left out."""
    text = {name: given.get(name, "").strip()[:200] for name in (*FILTERS, "sort")}
    text["columns"] = " ".join(given.getlist("columns"))[:200]
    close = text["close"]
    place, place_id = text["place"][:1], id_in(text["place"][1:])
    name = text["sort"].removeprefix("-")
    sorting = DealSorting()
    if name in _ORDERS:
        sorting = DealSorting(_ORDERS[name], is_descending=text["sort"].startswith("-"))
    columns = tuple(each for each in _COLUMN_NAMES if each in text["columns"].split(" "))
    chosen = DealFilter(
        status=None if text["status"] == EVERY else _STATUSES.get(text["status"], DealStatus.OPEN),
        owners=_owners(viewer, text["owner"]),
        pipeline_id=place_id if place == "p" else None,
        stage_id=place_id if place == "s" else None,
        closes=_days(viewer, close),
        has_no_date=close == _NO_DATE,
        is_unplanned=text["activity"] == "none",
        words=text["q"],
    )
    query = {name: each for name, each in text.items() if each}
    return Asked(chosen, sorting, columns or _FIRST_COLUMNS, query)


def _owners(viewer: Viewer, text: str) -> frozenset[int] | None:
    """Return whose deals are asked for: a person's, those of a team's members of today, or one's own."""
    if text == "me":
        return frozenset({viewer.actor.user_id})
    kind, _dash, number = text.partition("-")
    chosen = id_in(number)
    if chosen is None or kind not in {"person", "team"}:
        return None
    if kind == "person":
        return frozenset({chosen})
    members = memberships_on(viewer.company.pk, viewer.today).filter(team_id=chosen)
    return frozenset(members.values_list("user_id", flat=True))


def _days(viewer: Viewer, close: str) -> Period | None:
    today, calendar = viewer.today, viewer.calendar
    match close:
        case "overdue":
            return Period(date.min, today)
        case "month":
            return period_of(today, Interval.MONTHLY, calendar)
        case "next-month":
            return period_of(
                period_of(today, Interval.MONTHLY, calendar).end + timedelta(days=1),
                Interval.MONTHLY,
                calendar,
            )
        case "quarter":
            return period_of(today, Interval.QUARTERLY, calendar)
        case "year":
            return period_of(today, Interval.YEARLY, calendar)
    return None


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column: where it leads, and how the list is sorted by it."""

    key: str
    name: StrOrPromise
    url: str
    direction: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class Tab:
    """A named address."""

    name: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice of a filter."""

    value: str
    name: StrOrPromise
    is_chosen: bool


@require_safe
@for_viewer
def deals(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the deals that the address asks for; open ones without any filter."""
    asked = asked_for(viewer, request.GET)
    with snapshot():
        context = context_of(viewer, asked, after=id_in(request.GET.get("after", "")))
    template = "deals/list_rows.html" if _is_more(request) else "deals/list.html"
    return render(request, template, context)


def _is_more(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers and "after" in request.GET


def context_of(viewer: Viewer, asked: Asked, *, after: int | None) -> dict[str, object]:
    """Return what the page shows, in a constant number of queries."""
    actor = viewer.actor
    page = deals_seen_by(actor, viewer.company, asked.chosen, asked.sorting, today=viewer.today, after=after)
    text = asked.query
    teams = sorted(
        existing_teams(actor.company_id).values_list("pk", "name"), key=lambda row: by_name(row[1], row[0])
    )
    return {
        "page": page,
        "chosen": asked.chosen,
        "columns": asked.columns,
        "heads": _heads(asked),
        "totals": totals_of(actor, asked.chosen),
        "most_summed": formats.number(MOST_SUMMED, viewer.language),
        "currency": viewer.company.currency,
        "tabs": _tabs(asked),
        "status": EVERY if asked.chosen.status is None else asked.chosen.status.value,
        "is_mine": text.get("owner") == "me",
        "people": _whose("person", owners_to_see(actor), text),
        "teams": _whose("team", [Named(*row) for row in teams], text),
        "pipelines": pipelines_of_company(actor),
        "closes": [Choice(key, name, text.get("close") == key) for key, name in _CLOSES.items()],
        "column_choices": [Choice(key, name, key in asked.columns) for key, name in _COLUMN_NAMES.items()],
        "kept": [(name, text[name]) for name in ("sort", "columns") if name in text],
        "kept_filters": [(name, text[name]) for name in (*FILTERS, "sort") if name in text],
        "is_filtered": any(name in text for name in FILTERS),
        "next_url": asked.address(after=str(page.next)) if page.next else "",
        "is_page": after is not None,
        "first_url": asked.address(),
        "files": [
            (name, f"{reverse('web:deals-file', args=[name])}?{urlencode(text)}") for name in ("csv", "xlsx")
        ],
        "today": viewer.today,
    }


def _whose(kind: str, named: Sequence[Named], text: dict[str, str]) -> list[Choice]:
    values = [(f"{kind}-{each.id}", each.name) for each in named]
    return [Choice(value, name, text.get("owner") == value) for value, name in values]


def _heads(asked: Asked) -> list[Head]:
    def head(key: str, name: StrOrPromise) -> Head:
        order = _ORDERS.get(key)
        is_chosen = order is not None and asked.sorting.by is order
        descends = not asked.sorting.is_descending if is_chosen else order in _DESCENDS
        direction = "descending" if asked.sorting.is_descending else "ascending"
        return Head(
            key=key,
            name=name,
            url=asked.address(sort=f"{'-' if descends else ''}{key}") if order else "",
            direction=direction if is_chosen else "",
            is_number=key in {"since", "close", "value", "weighted", "added"},
        )

    return [head("title", _("Deal")), *(head(key, _COLUMN_NAMES[key]) for key in asked.columns)]


def _tabs(asked: Asked) -> list[Tab]:
    own = {name: text for name, text in asked.query.items() if name in FILTERS}
    named: list[tuple[str, dict[str, str]]] = [
        (_("All open"), {}),
        (_("My deals"), {"owner": "me"}),
        (_("Closing this month"), {"close": "month"}),
        (_("Nothing planned"), {"activity": "none"}),
        (_("Won"), {"status": "won"}),
    ]
    cleared = dict.fromkeys(FILTERS, "")
    return [Tab(name, asked.address(**{**cleared, **filters}), own == filters) for name, filters in named]


@require_safe
@for_viewer
def deals_file(request: HttpRequest, viewer: Viewer, file_format: str) -> HttpResponseBase:
    """Answer with all deals that match, in the list's order, as CSV or XLSX."""
    if file_format not in {"csv", "xlsx"}:
        raise Http404
    require_export(viewer.actor)
    table = deals_table(viewer, asked_for(viewer, request.GET))
    names = (_("Deals"), formats.day(viewer.today, viewer.language))

    def made() -> HttpResponseBase:
        return long_csv_download(table, *names) if file_format == "csv" else xlsx_download([table], *names)

    return one_of_few(request, made)


def deals_table(viewer: Viewer, asked: Asked) -> Table:
    """Return the table of all deals that match. Its rows are read lazily, from a snapshot of their own."""
    own = viewer.company.currency
    digits = DIGITS[own]
    # Translated now: when the rows are written, the request's language is no longer active.
    statuses = {DealStatus.OPEN: _("Open"), DealStatus.WON: _("Won"), DealStatus.LOST: _("Lost")}

    def in_own(minor: int | None) -> Cell:
        return None if minor is None else to_major(minor, digits)

    columns: Sequence[tuple[Column, Callable[[DealLine], Cell]]] = (
        (Column("ID", Kind.NUMBER), lambda deal: deal.id),
        (Column(_("Deal")), lambda deal: deal.title),
        (Column(_("Customer")), lambda deal: deal.organization),
        (Column(_("Owner")), lambda deal: deal.owner.name),
        (Column(_("Status")), lambda deal: statuses[deal.status]),
        (Column(_("Pipeline")), lambda deal: deal.pipeline),
        (Column(_("Stage")), lambda deal: deal.stage),
        (Column(_("Days in stage"), Kind.NUMBER), lambda deal: deal.days),
        (Column(_("Probability"), Kind.PERCENT), lambda deal: deal.percent),
        (Column(_("Close date"), Kind.DAY), lambda deal: deal.expected_close_date),
        (
            Column(_("Value, %(currency)s") % {"currency": own}, Kind.NUMBER, decimals=digits),
            lambda deal: in_own(deal.worth),
        ),
        (
            Column(_("Weighted, %(currency)s") % {"currency": own}, Kind.NUMBER, decimals=digits),
            lambda deal: in_own(deal.weighted),
        ),
        (
            Column(_("Own value"), Kind.NUMBER, decimals=2),
            lambda deal: to_major(deal.value.minor, DIGITS[deal.value.currency]),
        ),
        (Column(_("Own currency")), lambda deal: deal.value.currency),
        (Column(_("Added"), Kind.DAY), lambda deal: deal.added_on),
        (Column(_("Won or lost on"), Kind.DAY), lambda deal: deal.closed_on),
        (Column(_("Next activity")), lambda deal: deal.next.subject if deal.next else None),
        (Column(_("External ID")), lambda deal: deal.external_id),
    )

    def rows() -> Iterator[list[Cell]]:
        with snapshot():
            for deal in every_deal(
                viewer.actor, viewer.company, asked.chosen, asked.sorting, today=viewer.today
            ):
                yield [of(deal) for _column, of in columns]

    return Table(name=_("Deals"), columns=tuple(column for column, _of in columns), rows=rows())
