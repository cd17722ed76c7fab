"""The panel beside the goal's page: the records behind a period's result, their owners, its changes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django_stubs_ext import StrOrPromise

from goalpost.crm.queries import Named
from goalpost.crm.record_lines import RecordLine
from goalpost.crm.record_order import LATEST, RecordOrder, Sorting, orders_of
from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.money import divide_half_up
from goalpost.goals.periods import periods_shown
from goalpost.goals.queries import GoalView, goal_seen_by
from goalpost.insights.goal_report import GoalQuestion, goal_report
from goalpost.insights.goal_words import DAY_COLUMNS, assignee_words, how_many
from goalpost.insights.report import Answer, Explain, RecordsAsked
from goalpost.ledger.questions import Split, Total
from goalpost.storage.snapshot import snapshot
from goalpost.web.goals.addresses import CHANGES, OWNERS, goal_address, records_address, records_file_address
from goalpost.web.goals.changes import DAYS, Changes, Since, changes_asked, changes_in_words, since_of
from goalpost.web.goals.goal_page import draw_goal_page, goal_page_of
from goalpost.web.goals.history import tells_when_gone
from goalpost.web.goals.periods import PeriodLine, lines_of, window_of
from goalpost.web.shell.viewer import Viewer, for_viewer

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """The parsed address: a period of the goal with its index."""

    everything: tuple[Period, ...]
    at: int
    window: Period | None
    tab: str
    sorting: Sorting
    since: Since
    after: str

    @property
    def period(self) -> Period:
        return self.everything[self.at]


# Templates of further pages, by tab.
_CONTINUED = {"": "goals/record_rows.html", CHANGES: "goals/change_lines.html"}


@require_safe
@for_viewer
@tells_when_gone()
def goal_records(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    query = request.GET.dict()
    is_fragment = "HX-Request" in request.headers
    # One snapshot for the panel and the page, so that its sum equals the bar.
    with snapshot():
        goal = goal_seen_by(viewer.actor, public_id)
        asked = asked_for(viewer, goal, query)
        panel = panel_of_records(viewer, goal, asked)
        start = asked.period.start
        page = None if is_fragment else goal_page_of(viewer, goal, query, selected=start)
    if page is not None:
        beside = {"records": panel, "selected_key": panel.line.key}
        return draw_goal_page(request, viewer, page, selected=start, beside=beside)
    is_continued = asked.after and asked.tab in _CONTINUED
    template = _CONTINUED[asked.tab] if is_continued else "goals/records.html"
    return render(request, template, {"records": panel})


def asked_for(viewer: Viewer, goal: GoalView, query: dict[str, str]) -> Asked:
    """Read the address. Raises Http404 when no period of the goal starts on the day it names."""
    everything = periods_shown(goal.terms, viewer.company, today=viewer.today)
    at = _place_of(query.get("period", ""), everything)
    window = window_of(
        query,
        everything,
        today=viewer.today,
        language=viewer.language,
        must_show=everything[at].start,
    )
    tab = query.get("tab", "")
    return Asked(
        everything=everything,
        at=at,
        window=window.chosen,
        tab=tab if tab in {OWNERS, CHANGES} else "",
        sorting=sorting_of(query.get("sort", ""), goal.terms.measure),
        since=since_of(viewer, query.get("since", "")),
        after=query.get("after", ""),
    )


def _place_of(start: str, everything: tuple[Period, ...]) -> int:
    """Return the place of the period that starts on this day. Raises Http404 when none does."""
    try:
        day = date.fromisoformat(start)
    except ValueError:
        raise Http404 from None
    for place, period in enumerate(everything):
        if period.start == day:
            return place
    raise Http404


_NAMES: dict[RecordOrder, StrOrPromise] = {
    RecordOrder.TITLE: gettext_lazy("Deal"),
    RecordOrder.OWNER: gettext_lazy("Owned by"),
    RecordOrder.PLACE: gettext_lazy("Stage"),
    RecordOrder.VALUE: gettext_lazy("Value"),
}
_NAMES_OF_ACTIVITIES: dict[RecordOrder, StrOrPromise] = {
    RecordOrder.TITLE: gettext_lazy("Activity"),
    RecordOrder.PLACE: gettext_lazy("Activity type"),
}
# The latest and the largest first, names from A to Z.
_DESCENDS = {RecordOrder.DAY, RecordOrder.VALUE}


@dataclass(frozen=True, slots=True)
class ColumnHead:
    """A column, how the list is sorted by it (`aria-sort`, empty when it is not), and where its head leads.

    `url` is empty for a column that tells nothing apart.
    """

    name: StrOrPromise
    order: str
    direction: str
    url: str


@dataclass(frozen=True, slots=True)
class ColumnHeads:
    title: ColumnHead
    owner: ColumnHead
    place: ColumnHead
    day: ColumnHead
    value: ColumnHead

    @property
    def first_direction(self) -> str:
        """How the first column is sorted, which holds title, owner and stage one below the other."""
        return self.title.direction or self.owner.direction or self.place.direction


def sorting_of(text: str, measure: Measure) -> Sorting:
    """Parse the sorting, such as `value` or `-value`; by default the latest first."""
    name = text.removeprefix("-")
    if name in set(RecordOrder) and (order := RecordOrder(name)) in orders_of(measure):
        return Sorting(order, is_descending=text.startswith("-"))
    return LATEST


def sorting_text(sorting: Sorting) -> str:
    """Return the sorting as addresses have it, empty for the one that needs no saying."""
    return "" if sorting == LATEST else f"{'-' if sorting.is_descending else ''}{sorting.by}"


def heads_of(measure: Measure, sorting: Sorting, address: Callable[[str], str]) -> ColumnHeads:
    """Return the heads; `address` makes one of a sorting's text."""
    known = orders_of(measure)

    def head(order: RecordOrder) -> ColumnHead:
        name = DAY_COLUMNS[measure] if order is RecordOrder.DAY else _NAMES[order]
        if measure.counts_activities:
            name = _NAMES_OF_ACTIVITIES.get(order, name)
        is_chosen = sorting.by is order
        is_next_descending = not sorting.is_descending if is_chosen else order in _DESCENDS
        direction = "descending" if sorting.is_descending else "ascending"
        return ColumnHead(
            name=name,
            order=order.value,
            direction=direction if is_chosen else "",
            url=address(sorting_text(Sorting(order, is_next_descending))) if order in known else "",
        )

    return ColumnHeads(
        title=head(RecordOrder.TITLE),
        owner=head(RecordOrder.OWNER),
        place=head(RecordOrder.PLACE),
        day=head(RecordOrder.DAY),
        value=head(RecordOrder.VALUE),
    )


@dataclass(frozen=True, slots=True)
class RecordsLinks:
    """The panel's links; empty where there is none."""

    here: str
    records: str
    owners: str
    changes: str
    close: str
    previous: str
    next: str
    first: str
    more: str
    csv: str
    xlsx: str


@dataclass(frozen=True, slots=True)
class DaysChoice:
    """A number of days to look back, where that leads, and whether it is what is shown."""

    days: int
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class OwnerLine:
    """One owner's part of the result, and its share in per cent."""

    owner: Named
    part: Total
    share: int | None


@dataclass(frozen=True, slots=True)
class RecordsPanel:
    """A period of a goal with a page of its records, or with its changes. Amounts in minor units.

    `currency` is the goal's, or the company's where it only counts records. `behind` says how
    much of the result may be seen. `hidden_fields` are what a form that chooses a day keeps of the address.
    """

    goal: GoalView
    line: PeriodLine
    currency: str
    tab: str
    behind: Answer
    heads: ColumnHeads
    owners: tuple[OwnerLine, ...]
    hidden_share: int | None
    since: Since
    days: tuple[DaysChoice, ...]
    changes: Changes | None
    hidden_fields: tuple[tuple[str, str], ...]
    assignee: str
    day_column: StrOrPromise
    counts_deals: bool
    is_forecast: bool
    by_value: bool
    count_words: str
    shown_words: str
    hidden_words: str
    links: RecordsLinks

    @property
    def records(self) -> tuple[RecordLine, ...]:
        return self.behind.records

    @property
    def is_page(self) -> bool:
        """Whether the list does not begin at its beginning."""
        return bool(self.links.first)


def panel_of_records(viewer: Viewer, goal: GoalView, asked: Asked) -> RecordsPanel:
    """Return the panel, in a constant number of queries. Read it in one snapshot with the page beside it."""
    terms, language = goal.terms, viewer.language
    split = Split.OWNER if asked.tab == OWNERS else None
    report = goal_report(
        viewer, GoalQuestion(goal, (asked.period,), split=split, explain=_explain(viewer, goal, asked))
    )
    (line,) = lines_of(viewer, goal, report.periods, asked.window)
    behind = report.answer
    counts_deals = terms.measure.counts_deals
    changes = (
        changes_in_words(viewer, behind.changes, report.currency, counts_deals=counts_deals)
        if behind.changes
        else None
    )
    by_value = terms.metric is Metric.SUM
    address = _Addresses(goal, asked)
    return RecordsPanel(
        goal=goal,
        line=line,
        currency=report.currency or viewer.company.currency,
        tab=asked.tab,
        behind=behind,
        heads=heads_of(terms.measure, asked.sorting, address.sorted_by),
        owners=_owner_lines(behind, by_value=by_value),
        hidden_share=_share(behind.hidden, behind.total, by_value=by_value),
        since=asked.since,
        days=tuple(DaysChoice(days, address.since(str(days)), asked.since.days == days) for days in DAYS),
        changes=changes,
        hidden_fields=address.fields,
        assignee=assignee_words(goal),
        day_column=DAY_COLUMNS[terms.measure],
        counts_deals=counts_deals,
        is_forecast=terms.measure is Measure.REVENUE_FORECAST,
        by_value=by_value,
        count_words=how_many(terms.measure, behind.total.count, language),
        shown_words=how_many(terms.measure, behind.shown.count, language),
        hidden_words=how_many(terms.measure, behind.hidden.count, language),
        links=address.links(viewer, changes.next if changes else behind.next_record),
    )


def _explain(viewer: Viewer, goal: GoalView, asked: Asked) -> Explain | None:
    match asked.tab:
        case "":
            return RecordsAsked(PAGE_SIZE, asked.sorting, asked.after)
        case tab if tab == CHANGES:
            return changes_asked(viewer, goal, asked.since, asked.after)
        case _:
            return None


def _owner_lines(behind: Answer, *, by_value: bool) -> tuple[OwnerLine, ...]:
    """Return the owners who bring most first; of those who bring the same, by name."""
    lines = [
        OwnerLine(each.of, each.total, _share(each.total, behind.total, by_value=by_value))
        for each in behind.parts
    ]
    return tuple(sorted(lines, key=lambda line: -(line.part.amount if by_value else line.part.count)))


def _share(part: Total, whole: Total, *, by_value: bool) -> int | None:
    """Return the share in per cent, None if the whole is zero."""
    of_part, of_whole = (part.amount, whole.amount) if by_value else (part.count, whole.count)
    return divide_half_up(100 * of_part, of_whole) if of_whole > 0 else None


@dataclass(frozen=True, slots=True)
class _Addresses:
    """The addresses of everything beside what is shown."""

    goal: GoalView
    asked: Asked

    def sorted_by(self, sort: str) -> str:
        return self._of(self.asked.at, sort=sort)

    def since(self, typed: str) -> str:
        return self._of(self.asked.at, tab=CHANGES, since=typed)

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        window = self.asked.window
        days = (("from", window.start.isoformat()), ("to", window.last_day.isoformat())) if window else ()
        return (("period", self.asked.period.start.isoformat()), *days, ("tab", CHANGES))

    def links(self, viewer: Viewer, more: str) -> RecordsLinks:
        asked = self.asked
        sort, since = sorting_text(asked.sorting), asked.since.typed
        here = {OWNERS: {"tab": OWNERS}, CHANGES: {"tab": CHANGES, "since": since}}.get(
            asked.tab, {"sort": sort}
        )
        return RecordsLinks(
            here=self._of(asked.at, **here, after=asked.after),
            records=self._of(asked.at, sort=sort),
            owners=self._of(asked.at, tab=OWNERS),
            changes=self._of(asked.at, tab=CHANGES),
            close=goal_address(self.goal.public_id, asked.window),
            previous=self._of(asked.at - 1, **here) if asked.at else "",
            next=self._of(asked.at + 1, **here) if self._has_next(viewer) else "",
            first=self._of(asked.at, **here) if asked.after else "",
            more=self._of(asked.at, **here, after=more) if more else "",
            csv=records_file_address(self.goal.public_id, "csv", asked.period.start, sort),
            xlsx=records_file_address(self.goal.public_id, "xlsx", asked.period.start, sort),
        )

    def _of(self, at: int, **shown: str) -> str:
        start = self.asked.everything[at].start
        return records_address(self.goal.public_id, start, self.asked.window, **shown)

    def _has_next(self, viewer: Viewer) -> bool:
        """Whether to step on: to a period that has begun, with a forecast also to those ahead."""
        asked = self.asked
        if asked.at + 1 == len(asked.everything):
            return False
        looks_ahead = self.goal.terms.measure is Measure.REVENUE_FORECAST
        return looks_ahead or asked.everything[asked.at + 1].start <= viewer.today
