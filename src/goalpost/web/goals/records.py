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
from goalpost.web.goals.goal_page import draw_goal_page
from goalpost.web.goals.period_lines import PeriodLine, lines_of
from goalpost.web.goals.window import window_of
from goalpost.web.goals.words import DAY_COLUMNS, assignee_words, how_many
from goalpost.web.viewer import Viewer, for_viewer

PAGE_SIZE = 50
CHANGES_SHOWN = 100
DAYS_OF_CHANGES = 30


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
    address: str
    changes_address: str
    close_address: str
    previous: str
    next: str
    more: str
    time_zone: str


@require_safe
@for_viewer
def goal_records(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    goal = goal_seen_by(viewer.actor, public_id)
    query = request.GET.dict()
    with snapshot():
        panel = _panel(viewer, goal, query)
    if request.headers.get("HX-Request") and query.get("offset") and panel.changes is None:
        return render(request, "goals/record_rows.html", {"records": panel})
    if request.headers.get("HX-Request"):
        return render(request, "goals/records.html", {"records": panel})
    start = panel.line.figures.period.start
    beside = {"records": panel, "selected_key": panel.line.key}
    return draw_goal_page(request, viewer, goal, selected=start, beside=beside)


def _panel(viewer: Viewer, goal: GoalView, query: dict[str, str]) -> RecordsPanel:
    terms, language = goal.terms, viewer.language
    everything = periods_shown(terms, viewer.company, today=viewer.today)
    at = _place_of(query.get("period", ""), everything)
    period = everything[at]
    window = window_of(query, everything, today=viewer.today, must_show=period.start)
    (results,) = goal_results(viewer.company, [(goal, (period,))], today=viewer.today)
    (line,) = lines_of(viewer, goal, results.periods, window.chosen)
    offset = _offset(query.get("offset", ""))
    behind = records_behind(viewer.actor, goal, period, limit=PAGE_SIZE, offset=offset)
    tab = CHANGES if query.get("tab") == CHANGES else ""
    changes = None
    if tab:
        since = viewer.now - timedelta(days=DAYS_OF_CHANGES)
        changes = changes_behind(viewer.actor, goal, period, since=since, limit=CHANGES_SHOWN)

    def address(to: Period | None, tab: str = tab, offset: int = 0) -> str:
        if to is None:
            return ""
        return records_address(goal.public_id, to.start, window.chosen, tab=tab, offset=offset)

    end = offset + len(behind.records)
    following = everything[at + 1] if at + 1 < len(everything) else None
    looks_ahead = terms.measure is Measure.REVENUE_FORECAST
    if following is not None and following.start > viewer.today and not looks_ahead:
        following = None
    return RecordsPanel(
        goal=goal,
        line=line,
        currency=viewer.company.currency,
        behind=behind,
        records=describe_records(viewer.company.pk, terms.measure, behind.records),
        changes=changes,
        assignee=assignee_words(terms.assignee.kind, goal.assignee_name),
        day_column=DAY_COLUMNS[terms.measure],
        counts_deals=terms.measure.counts_deals,
        by_value=terms.metric is Metric.SUM,
        count_words=how_many(terms.measure, behind.total.count, language),
        shown_words=how_many(terms.measure, behind.shown.count, language),
        hidden_words=how_many(terms.measure, behind.hidden.count, language),
        address=address(period, ""),
        changes_address=address(period, CHANGES),
        close_address=goal_address(goal.public_id, window.chosen),
        previous=address(everything[at - 1] if at else None),
        next=address(following),
        more=address(period, "", end) if end < behind.shown.count else "",
        time_zone=viewer.company.time_zone,
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


def _offset(text: str) -> int:
    """Return where the page of records begins; what is no number is the beginning."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004  past any list's end
