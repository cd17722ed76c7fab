"""The page of activities: goals they count towards, what is to be done, and the week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from goalpost.crm.agenda import (
    AgendaLine,
    AgendaOf,
    activities_due,
    agenda_people,
    done_activities,
    open_activities,
    open_counts,
    planned_counts,
)
from goalpost.crm.queries import Named, activity_types_of_company
from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure
from goalpost.goals.periods import selection_of
from goalpost.insights import formats
from goalpost.insights.goal_report import GoalReport
from goalpost.insights.moved import activity_goals, latest_reports
from goalpost.web.activities.quick_line import clock_words, day_words
from goalpost.web.activities.understanding import period_words
from goalpost.web.activities.week import week_of, week_shown
from goalpost.web.shell.typed import ids
from goalpost.web.shell.viewer import Viewer, for_viewer, page_sent_from

_AT_ONCE, _MOST = 100, 2000
_MOST_DONE = 50
_MOST_GOALS = 4

REGIONS = "#goal-strip,#activity-list,#week,#toasts:beforeend"
"""What of the page an act changes."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for: whose activities, of which types, of which week; a phone shows one `day`."""

    who: frozenset[int]
    types: frozenset[int]
    week: Period
    day: date | None
    shows_done: bool
    most: int

    @classmethod
    def of_query(cls, asked: QueryDict, viewer: Viewer, people: Sequence[Named]) -> "Filters":
        """Return the filters; oneself for nobody chosen, the current week for none."""
        who = ids(asked.getlist("who")) & {each.id for each in people}
        most = asked.get("most", "")
        day = _day(asked.get("day", ""))
        return cls(
            who=who or frozenset({viewer.actor.user_id}),
            types=ids(asked.getlist("type")),
            week=week_of(_day(asked.get("week", "")) or day or viewer.today, viewer),
            day=day,
            shows_done=bool(asked.get("done")),
            most=min(int(most), _MOST) if most.isdecimal() and len(most) < 6 else _AT_ONCE,  # noqa: PLR2004
        )

    def url(self, **changed: str) -> str:
        """Return the address with some of it changed; an empty text leaves that part out."""
        parts: list[tuple[str, str]] = [("who", str(each)) for each in sorted(self.who)]
        parts += [("type", str(each)) for each in sorted(self.types)]
        single = {"week": self.week.start.isoformat(), "done": "1" if self.shows_done else "", **changed}
        parts += [(name, text) for name, text in single.items() if text]
        return f"{reverse('web:activities')}?{urlencode(parts)}"


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    # Weeks on both sides of it are days, too.
    return day if date.min + timedelta(days=21) < day < date.max - timedelta(days=21) else None


@dataclass(frozen=True, slots=True)
class Line:
    """An activity in the list."""

    activity: AgendaLine
    when: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Activities under one heading, of which there are `count` in all."""

    title: str
    count: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class StripGoal:
    """A running activity goal, with what is planned towards it in its current period."""

    report: GoalReport
    planned: int
    period: str

    @property
    def still_to_plan(self) -> int:
        return max(self.report.latest[-1].missing - self.planned, 0)


@require_safe
@for_viewer
def activities(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the activities that the filters in the address choose; one's own without any."""
    return page_response(request, viewer, request.GET)


def page_response(
    request: HttpRequest,
    viewer: Viewer,
    asked: QueryDict,
    *,
    status: int = 200,
    extra: dict[str, object] | None = None,
) -> HttpResponse:
    """Render the page for the parameters asked; `extra` is what was typed into its line."""
    people = agenda_people(viewer.actor)
    filters = Filters.of_query(asked, viewer, people)
    of = AgendaOf(filters.who, filters.types)
    types = activity_types_of_company(viewer.actor)
    chosen = [each for each in people if each.id in filters.who]
    groups = _groups(viewer, of, filters)
    shown = sum(len(group.lines) for group in groups)
    in_all = sum(group.count for group in groups)
    context: dict[str, object] = {
        "filters": filters,
        "people": people,
        "chosen": chosen,
        "chosen_names": ", ".join(each.name for each in chosen),
        "types": types,
        "chosen_types": ", ".join(each.name for each in types if each.id in filters.types) or _("all"),
        "goals": _strip(viewer, sorted(filters.who)),
        "groups": groups,
        "is_empty": not in_all,
        "more_url": filters.url(most=str(filters.most + _AT_ONCE)) if shown < in_all else "",
        "done_url": filters.url(done="" if filters.shows_done else "1"),
        "done": _done(viewer, of) if filters.shows_done else (),
        "week": week_shown(viewer, filters.week, activities_due(viewer.actor, of, filters.week), filters.day),
        "regions": REGIONS,
        **(extra or {}),
    }
    context["week_urls"] = _week_urls(filters, viewer)
    return render(request, "activities/page.html", context, status=status)


def _week_urls(filters: Filters, viewer: Viewer) -> dict[str, str]:
    one_week = timedelta(days=7)
    return {
        "before": filters.url(week=(filters.week.start - one_week).isoformat()),
        "today": filters.url(week=viewer.today.isoformat()),
        "after": filters.url(week=(filters.week.start + one_week).isoformat()),
        "day": filters.url(day=""),
    }


def came_from(request: HttpRequest) -> QueryDict:
    """Return the parameters of the page of activities that a form was sent from; none from elsewhere."""
    parts = urlsplit(page_sent_from(request))
    return QueryDict(parts.query if parts.path == reverse("web:activities") else "")


def way_back(request: HttpRequest) -> str:
    """Return the page that a form was sent from, or the page of activities where that was the form's own."""
    page, own = page_sent_from(request), reverse("web:activities")
    return own if not page or page.startswith(f"{own}/") else page


def _groups(viewer: Viewer, of: AgendaOf, filters: Filters) -> list[Group]:
    today = viewer.today
    week_ends = week_of(today, viewer).end
    lines = [_line(viewer, each) for each in open_activities(viewer.actor, of, most=filters.most)]
    counts = open_counts(viewer.actor, of, today=today, week_ends=week_ends)

    def within(first: date | None, end: date | None) -> tuple[Line, ...]:
        return tuple(
            line
            for line in lines
            if line.activity.due_date is not None
            and (first is None or line.activity.due_date >= first)
            and (end is None or line.activity.due_date < end)
        )

    tomorrow = today + timedelta(days=1)
    undated = tuple(line for line in lines if line.activity.due_date is None)
    groups = [
        Group(_("Overdue"), counts.overdue, within(None, today)),
        Group(_("Today"), counts.today, within(today, tomorrow)),
        Group(_("This week"), counts.this_week, within(tomorrow, week_ends)),
        Group(_("Later"), counts.later, (*within(max(week_ends, tomorrow), None), *undated)),
    ]
    return [group for group in groups if group.count]


def _line(viewer: Viewer, activity: AgendaLine) -> Line:
    day, clock = activity.due_date, ""
    if activity.due_time is not None:
        clock = clock_words(activity.due_time)
    if day is None:
        when = _("No date")
    elif day == viewer.today:
        when = clock or _("No time")
    elif day.year == viewer.today.year:
        when = ", ".join(filter(None, (day_words(day, viewer.language), clock)))
    else:
        when = formats.day(day, viewer.language)
    return Line(activity, when, day is not None and day < viewer.today and not activity.is_done)


def _done(viewer: Viewer, of: AgendaOf) -> tuple[Line, ...]:
    return tuple(_line(viewer, each) for each in done_activities(viewer.actor, of, most=_MOST_DONE))


def _strip(viewer: Viewer, owners: Sequence[int]) -> list[StripGoal]:
    goals = activity_goals(viewer, owners, Measure.ACTIVITIES_COMPLETED)[:_MOST_GOALS]
    reports = latest_reports(viewer, goals) if goals else []
    asked = [(selection_of(each.goal), each.latest[-1].period) for each in reports]
    planned = planned_counts(viewer.actor.company_id, asked)
    return [
        StripGoal(report, count, period_words(viewer, report))
        for report, count in zip(reports, planned, strict=True)
    ]
