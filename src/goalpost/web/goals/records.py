"""The records behind a period's result, and what changed it: a panel beside the goal's page."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goalpost.domain.calendar import Period
from goalpost.goals.queries import GoalView, goal_seen_by
from goalpost.goals.results import periods_shown
from goalpost.storage.snapshot import snapshot
from goalpost.web.goals.addresses import CHANGES, OWNERS
from goalpost.web.goals.goal_page import draw_goal_page, goal_page_of
from goalpost.web.goals.history import tells_when_gone
from goalpost.web.goals.records_panel import Asked, panel_of_records, since_of, sorting_of
from goalpost.web.goals.window import window_of
from goalpost.web.shell.viewer import Viewer, for_viewer

# What goes on below what is there already, by tab.
_CONTINUED = {"": "goals/record_rows.html", CHANGES: "goals/change_lines.html"}


@require_safe
@for_viewer
@tells_when_gone()
def goal_records(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    query = request.GET.dict()
    is_fragment = "HX-Request" in request.headers
    # One state for the panel and the page beside it: its sum is that of the bar.
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
