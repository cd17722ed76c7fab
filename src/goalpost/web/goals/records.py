"""The records behind a period's result, and what changed it: a panel beside the goal's page."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_stubs_ext import StrOrPromise

from goalpost.companies.snapshot import snapshot
from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure, Metric
from goalpost.goals.changes import ChangesBehind, changes_behind
from goalpost.goals.queries import GoalView, goal_seen_by
from goalpost.goals.records import RecordLine, describe_records
from goalpost.goals.results import RecordsBehind, goal_results, periods_shown, records_behind
from goalpost.web.goals.addresses import CHANGES, goal_address, records_address
from goalpost.web.goals.goal_page import draw_goal_page, goal_page_of
from goalpost.web.goals.period_lines import PeriodLine, lines_of
from goalpost.web.goals.window import window_of
from goalpost.web.goals.words import DAY_COLUMNS, assignee_words, how_many
from goalpost.web.viewer import Viewer, for_viewer

PAGE_SIZE = 50
CHANGES_SHOWN = 100
DAYS_OF_CHANGES = 30


@dataclass(frozen=True, slots=True)
class RecordsLinks:
    """Where the panel leads to; empty where there is nothing to lead to."""

    records: str
    changes: str
    close: str
    previous: str
    next: str
    more: str


@dataclass(frozen=True, slots=True)
class RecordsPanel:
    """A period of a goal with a page of its records, or with its changes. Amounts in minor units."""

    goal: GoalView
    line: PeriodLine
    currency: str
    """The company's: what records are worth, also where a goal only counts them."""
    behind: RecordsBehind
    records: tuple[RecordLine, ...]
    changes: ChangesBehind | None
    assignee: str
    day_column: StrOrPromise
    counts_deals: bool
    by_value: bool
    count_words: str
    shown_words: str
    hidden_words: str
    links: RecordsLinks
    time_zone: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the address asks for: a period of the goal, with the place its neighbours are beside."""

    everything: tuple[Period, ...]
    at: int
    window: Period | None
    tab: str
    offset: int

    @property
    def period(self) -> Period:
        return self.everything[self.at]


@require_safe
@for_viewer
def goal_records(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    query = request.GET.dict()
    is_fragment = "HX-Request" in request.headers
    # One state for the panel and the page beside it: its sum is that of the bar.
    with snapshot():
        goal = goal_seen_by(viewer.actor, public_id)
        asked = _asked(viewer, goal, query)
        panel = _panel(viewer, goal, asked)
        start = asked.period.start
        page = None if is_fragment else goal_page_of(viewer, goal, query, selected=start)
    if page is not None:
        beside = {"records": panel, "selected_key": panel.line.key}
        return draw_goal_page(request, viewer, page, selected=start, beside=beside)
    is_continued = asked.offset and panel.changes is None
    template = "goals/record_rows.html" if is_continued else "goals/records.html"
    return render(request, template, {"records": panel})


def _asked(viewer: Viewer, goal: GoalView, query: dict[str, str]) -> _Asked:
    """Read the address. Raises Http404 when no period of the goal starts on the day it names."""
    everything = periods_shown(goal.terms, viewer.company, today=viewer.today)
    at = _place_of(query.get("period", ""), everything)
    window = window_of(query, everything, today=viewer.today, must_show=everything[at].start)
    tab = CHANGES if query.get("tab") == CHANGES else ""
    return _Asked(everything, at, window.chosen, tab, _offset(query.get("offset", "")))


def _panel(viewer: Viewer, goal: GoalView, asked: _Asked) -> RecordsPanel:
    terms, language, period = goal.terms, viewer.language, asked.period
    (results,) = goal_results(viewer.company, [(goal, (period,))], today=viewer.today)
    (line,) = lines_of(viewer, goal, results.periods, asked.window)
    behind = records_behind(viewer.actor, goal, period, limit=PAGE_SIZE, offset=asked.offset)
    return RecordsPanel(
        goal=goal,
        line=line,
        currency=viewer.company.currency,
        behind=behind,
        records=describe_records(viewer.actor, terms.measure, behind.records),
        changes=_changes(viewer, goal, period) if asked.tab else None,
        assignee=assignee_words(terms.assignee.kind, goal.assignee_name),
        day_column=DAY_COLUMNS[terms.measure],
        counts_deals=terms.measure.counts_deals,
        by_value=terms.metric is Metric.SUM,
        count_words=how_many(terms.measure, behind.total.count, language),
        shown_words=how_many(terms.measure, behind.shown.count, language),
        hidden_words=how_many(terms.measure, behind.hidden.count, language),
        links=_links(viewer, goal, asked, behind),
        time_zone=viewer.company.time_zone,
    )


def _changes(viewer: Viewer, goal: GoalView, period: Period) -> ChangesBehind:
    since = viewer.now - timedelta(days=DAYS_OF_CHANGES)
    return changes_behind(viewer.actor, goal, period, since=since, limit=CHANGES_SHOWN)


def _links(viewer: Viewer, goal: GoalView, asked: _Asked, behind: RecordsBehind) -> RecordsLinks:
    def address(at: int, tab: str = asked.tab, offset: int = 0) -> str:
        start = asked.everything[at].start
        return records_address(goal.public_id, start, asked.window, tab=tab, offset=offset)

    at, end = asked.at, asked.offset + len(behind.records)
    return RecordsLinks(
        records=address(at, ""),
        changes=address(at, CHANGES),
        close=goal_address(goal.public_id, asked.window),
        previous=address(at - 1) if at else "",
        next=address(at + 1) if _has_next(viewer, goal, asked) else "",
        more=address(at, "", end) if end < behind.shown.count else "",
    )


def _has_next(viewer: Viewer, goal: GoalView, asked: _Asked) -> bool:
    """Whether to step on: to a period that has begun, with a forecast also to those ahead."""
    if asked.at + 1 == len(asked.everything):
        return False
    looks_ahead = goal.terms.measure is Measure.REVENUE_FORECAST
    return looks_ahead or asked.everything[asked.at + 1].start <= viewer.today


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


def _offset(text: str) -> int:
    """Return where the page of records begins; what is no number is the beginning."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004  past any list's end
