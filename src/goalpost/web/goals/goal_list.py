"""The lists of active and past goals: filters, sorting, rows and the panel."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django_stubs_ext import StrOrPromise

from goalpost.companies.calendar import working_calendar_of
from goalpost.domain.alphabet import sort_key
from goalpost.domain.calendar import Interval, period_of
from goalpost.domain.measures import Measure
from goalpost.domain.pace import PaceDays, PaceStatus
from goalpost.domain.permissions import Assignee, AssigneeKind
from goalpost.goals.periods import active, past
from goalpost.goals.queries import GoalView, goals_seen_by, visible_to
from goalpost.insights.formats import day_range, period_name
from goalpost.insights.goal_report import GoalQuestion, GoalReport, goal_reports
from goalpost.insights.goal_words import BEING_RECOUNTED, FREQUENCIES, FULL_KIND_NAMES, assignee_words
from goalpost.storage.snapshot import snapshot
from goalpost.web.goals.addresses import goal_address, records_address
from goalpost.web.shell.insights_panel import panel_beside_list
from goalpost.web.shell.viewer import Viewer, for_viewer

# Those that need help first.
_BY_NEED = [
    PaceStatus.BEHIND,
    PaceStatus.MISSED,
    PaceStatus.ON_TRACK,
    PaceStatus.AHEAD,
    PaceStatus.REACHED,
    PaceStatus.UPCOMING,
    PaceStatus.NO_TARGET,
]


class Order(StrEnum):
    """How a list is sorted."""

    PACE = "pace"
    NAME = "name"
    PROGRESS = "progress"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class ListFilter:
    """The filters of a list; empty means all. Invalid parameters are ignored."""

    text: str = ""
    owner: str = ""
    kind: Measure | None = None
    frequency: Interval | None = None
    pace: PaceStatus | None = None
    order: Order = Order.PACE

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "ListFilter":
        frequency = query.get("frequency", "")
        pace = query.get("pace", "").replace("-", "_")
        order = query.get("sort", "")
        return cls(
            text=query.get("q", "").strip(),
            owner=query.get("owner", ""),
            kind=Measure.named(query.get("kind", "")),
            frequency=Interval(frequency) if frequency in set(Interval) else None,
            pace=PaceStatus(pace) if pace in set(PaceStatus) else None,
            order=Order(order) if order in set(Order) else Order.PACE,
        )

    @property
    def is_narrowed(self) -> bool:
        return replace(self, order=Order.PACE) != ListFilter()

    def query(self) -> str:
        """Return the filter as an address has it, without what is not set."""
        values = {
            "q": self.text,
            "owner": self.owner,
            "kind": self.kind.wire if self.kind else "",
            "frequency": self.frequency.value if self.frequency else "",
            "pace": pace_key(self.pace) if self.pace else "",
            "sort": "" if self.order is Order.PACE else self.order.value,
        }
        return urlencode({name: value for name, value in values.items() if value})

    def with_pace(self, pace: PaceStatus | None) -> "ListFilter":
        return replace(self, pace=pace)

    def but_pace(self, goals: Iterable[GoalReport]) -> list[GoalReport]:
        """Return the goals that match all filters but pace, for the counts by pace."""
        return [report for report in goals if self._meets(report)]

    def sorted(self, goals: Iterable[GoalReport]) -> list[GoalReport]:
        """Return the goals of the pace chosen, sorted."""
        chosen = [one for one in goals if self.pace is None or one.headline.pace.status is self.pace]
        match self.order:
            case Order.PACE:
                return sorted(chosen, key=lambda one: (_need(one), _progress(one), one.by_name))
            case Order.NAME:
                return sorted(chosen, key=lambda one: one.by_name)
            case Order.PROGRESS:
                return sorted(chosen, key=lambda one: (-_progress(one), one.by_name))
            case Order.OWNER:
                return sorted(chosen, key=lambda one: (sort_key(one.goal.assignee_name), one.by_name))

    def _meets(self, report: GoalReport) -> bool:
        goal, terms = report.goal, report.goal.terms
        needle = self.text.casefold()
        return (
            (not needle or needle in f"{goal.terms.title}\n{goal.assignee_name}".casefold())
            and (not self.owner or self.owner == owner_key(terms.assignee))
            and (self.kind is None or self.kind is terms.measure)
            and (self.frequency is None or self.frequency is terms.interval)
        )


def owner_key(assignee: Assignee) -> str:
    return f"{assignee.kind}-{assignee.id}"


def pace_key(status: PaceStatus) -> str:
    """Return the status as addresses have it: on-track."""
    return status.value.replace("_", "-")


def _need(report: GoalReport) -> int:
    return _BY_NEED.index(report.headline.pace.status)


def _progress(report: GoalReport) -> int:
    return report.headline.progress or 0


LOOK_COOKIE = "goals"
_ONE_YEAR = 60 * 60 * 24 * 365


class Look(StrEnum):
    """How the goals are laid out."""

    LIST = "list"
    GRID = "grid"


LOOKS: dict[Look, StrOrPromise] = {Look.LIST: gettext_lazy("List"), Look.GRID: gettext_lazy("Grid")}


def look_of(request: HttpRequest) -> Look:
    """Return the layout of the address, else the browser's last choice."""
    for said in (request.GET.get("view", ""), request.COOKIES.get(LOOK_COOKIE, "")):
        if said in set(Look):
            return Look(said)
    return Look.LIST


def remember_look(request: HttpRequest, response: HttpResponse) -> None:
    """Store the layout of the address in a cookie."""
    said = request.GET.get("view", "")
    if said in set(Look):
        response.set_cookie(
            LOOK_COOKIE, said, max_age=_ONE_YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )


PERIODS_IN_SPARK = 6
PAGE_SIZE = 50

_OWNERS: dict[AssigneeKind, StrOrPromise] = {
    AssigneeKind.COMPANY: gettext_lazy("Company"),
    AssigneeKind.TEAM: gettext_lazy("Teams"),
    AssigneeKind.PERSON: gettext_lazy("People"),
}
_MORE = {Look.LIST: "goals/list_rows.html", Look.GRID: "goals/list_cards.html"}

_ALWAYS_COUNTED = {
    False: (PaceStatus.REACHED, PaceStatus.AHEAD, PaceStatus.ON_TRACK, PaceStatus.BEHIND),
    True: (PaceStatus.REACHED, PaceStatus.MISSED),
}


@dataclass(frozen=True, slots=True)
class GoalRow:
    """A goal in the list, with its headline period."""

    title: str
    kind: str
    assignee: str
    assignee_id: int
    assignee_kind: str
    frequency: str
    period: str
    result: int
    unvalued: int
    target: int
    currency: str
    progress: int | None
    status: PaceStatus
    expected: int | None
    percents: tuple[int | None, ...]
    is_running: bool
    url: str
    records_url: str
    read_only: str
    """Why nobody can change it, in a word or two; empty when it can be changed."""
    may_change: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class PaceCount:
    """How many goals are at a pace, and where a click leads: to those, or back to all."""

    status: PaceStatus
    count: int
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a filter."""

    value: str
    name: StrOrPromise
    is_chosen: bool


@require_safe
@for_viewer
def active_goals(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    return _goal_list(request, viewer, is_past=False)


@require_safe
@for_viewer
def past_goals(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    return _goal_list(request, viewer, is_past=True)


def _goal_list(request: HttpRequest, viewer: Viewer, *, is_past: bool) -> HttpResponse:
    chosen = ListFilter.of(request.GET.dict())
    look = look_of(request)
    with snapshot():
        visible = visible_to(viewer.actor)
        goals = past(visible, viewer.today) if is_past else active(visible, viewer.today)
        seen = goals_seen_by(viewer.actor, goals)
        everything = goal_reports(viewer, [GoalQuestion(goal, latest=1) for goal in seen])
        panel = panel_beside_list(viewer, everything, is_past=is_past)
        candidates = chosen.but_pace(everything)
        shown = chosen.sorted(candidates)
        page = Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page"))
        # Earlier periods are read only for the rows shown.
        drawn = goal_reports(
            viewer, [GoalQuestion(each.goal, latest=PERIODS_IN_SPARK) for each in page.object_list]
        )
    here = reverse("web:past-goals" if is_past else "web:goals")
    context = {
        "here": here,
        "is_past": is_past,
        "panel": panel,
        "filter": chosen,
        "rows": [_row(viewer, report) for report in drawn],
        "goal_count": len(shown),
        "earlier": _address(here, chosen, page.previous_page_number()) if page.has_previous() else "",
        "more": _address(here, chosen, page.next_page_number()) if page.has_next() else "",
        "has_goals": bool(everything),
        "recounting": BEING_RECOUNTED if any(each.is_recounting for each in everything) else "",
        "counts": _pace_counts(candidates, chosen, here, is_past=is_past),
        "owners": _owners(everything, chosen),
        "kinds": [Choice(kind.wire, name, kind is chosen.kind) for kind, name in FULL_KIND_NAMES.items()],
        "frequencies": [
            Choice(each.value, name, each is chosen.frequency) for each, name in FREQUENCIES.items()
        ],
        "orders": [Choice(each.value, "", each is chosen.order) for each in Order],
        "look": look.value,
        "looks": [Choice(each.value, name, each is look) for each, name in LOOKS.items()],
        "with_filter": f"&{chosen.query()}" if chosen.query() else "",
        "today": viewer.today,
        **_days_counted(viewer),
    }
    if request.headers.get("HX-Target") == "more-goals":
        return render(request, _MORE[look], context | {"is_continued": True})
    if request.headers.get("HX-Target") == "goal-list":
        response = render(request, "goals/list_region.html", context)
        response["HX-Push-Url"] = _address(here, chosen)
        return response
    response = render(request, "goals/list.html", context)
    remember_look(request, response)
    return response


def _row(viewer: Viewer, report: GoalReport) -> GoalRow:
    goal, terms, now = report.goal, report.goal.terms, report.headline
    has_ended = now.period.end <= viewer.today
    return GoalRow(
        title=terms.title,
        read_only=_why_read_only(goal),
        may_change=goal.may_change,
        is_own=terms.assignee == Assignee(AssigneeKind.PERSON, viewer.actor.user_id),
        kind=str(FULL_KIND_NAMES[terms.measure]),
        assignee=goal.assignee_name if goal.is_team_deleted else assignee_words(goal),
        assignee_id=terms.assignee.id,
        assignee_kind=terms.assignee.kind.value,
        frequency=str(FREQUENCIES[terms.interval]),
        period=(
            day_range(now.period.start, now.period.end, viewer.language)
            if report.whole
            else period_name(
                now.period, terms.interval, viewer.calendar, viewer.language, with_year=has_ended
            )
        ),
        result=now.result,
        unvalued=now.unvalued,
        target=now.target,
        currency=report.currency,
        progress=now.progress,
        status=now.pace.status,
        expected=now.pace.expected,
        percents=tuple(period.progress for period in report.latest),
        is_running=not has_ended,
        url=goal_address(goal.public_id),
        # Of a past goal the result is all of its periods', which its page lists.
        records_url=(
            f"{goal_address(goal.public_id, now.period)}#periods"
            if report.whole
            else records_address(goal.public_id, now.period.start)
        ),
    )


def _why_read_only(goal: GoalView) -> str:
    if goal.is_team_deleted:
        return _("Team deleted")
    return _("Read-only on your plan") if goal.lacks else ""


def _pace_counts(goals: list[GoalReport], chosen: ListFilter, here: str, *, is_past: bool) -> list[PaceCount]:
    found = dict.fromkeys(_ALWAYS_COUNTED[is_past], 0)
    for report in goals:
        status = report.headline.pace.status
        found[status] = found.get(status, 0) + 1
    return [
        PaceCount(
            status,
            count,
            _address(here, chosen.with_pace(None if status is chosen.pace else status)),
            status is chosen.pace,
        )
        for status, count in found.items()
    ]


def _owners(goals: list[GoalReport], chosen: ListFilter) -> list[tuple[StrOrPromise, list[Choice]]]:
    """Return the assignees of these goals under their headings: the company, teams, people, each by name."""
    names: dict[AssigneeKind, dict[str, str]] = {kind: {} for kind in _OWNERS}
    for report in goals:
        assignee = report.goal.terms.assignee
        names[assignee.kind][owner_key(assignee)] = assignee_words(report.goal)
    return [
        (
            heading,
            [
                Choice(key, name, key == chosen.owner)
                for key, name in sorted(names[kind].items(), key=lambda item: sort_key(item[1]))
            ],
        )
        for kind, heading in _OWNERS.items()
        if names[kind]
    ]


def _days_counted(viewer: Viewer) -> dict[str, object]:
    """Return which of the days of the month that pace goes by today is."""
    month = period_of(viewer.today, Interval.MONTHLY, viewer.calendar)
    working_days = working_calendar_of(viewer.company, month)
    return {
        "counts_every_day": viewer.company.pace_days == PaceDays.CALENDAR,
        "day_now": working_days.between(month.start, viewer.today + timedelta(days=1)),
        "days_in_month": working_days.between(month.start, month.end),
    }


def _address(here: str, chosen: ListFilter, page: int = 1) -> str:
    query = "&".join(filter(None, [chosen.query(), f"page={page}" if page > 1 else ""]))
    return f"{here}?{query}" if query else here
