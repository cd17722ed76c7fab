"""What people did to a goal, in words; also while it stands open, and after it was deleted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe
from django_htmx.http import reswap, retarget
from django_stubs_ext import StrOrPromise

from goalpost.companies.errors import NotFound
from goalpost.companies.memberships import membership_events
from goalpost.domain.calendar import Interval, period_of
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import AssigneeKind
from goalpost.goals.history import (
    DetailChange,
    DetailValue,
    GoalEvent,
    HistoryNames,
    events_since,
    goal_history,
    names_in,
    parse_assignee,
)
from goalpost.goals.models import GoalAction
from goalpost.goals.queries import GoalView, goal_seen_by, goals_seen_by, visible_to
from goalpost.insights import formats
from goalpost.insights.formats import day, period_name
from goalpost.web.goals.changes import membership_shown
from goalpost.web.goals.panel_goals import panel_of
from goalpost.web.goals.words import FREQUENCIES, FULL_KIND_NAMES, WHOLE_COMPANY, metric_words
from goalpost.web.shell.viewer import Viewer, for_viewer, go_to

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One action: what was done or which details changed, by whom, when."""

    at: datetime
    who: str
    words: str
    when: str


def history_of(viewer: Viewer, goal: GoalView, *, limit: int = MOST_SHOWN) -> tuple[HistoryLine, ...]:
    """Return the latest lines of the goal's history."""
    return _lines(viewer, goal, goal_history(goal, viewer.actor, limit=limit))


def history_with_team(viewer: Viewer, goal: GoalView, *, limit: int = MOST_SHOWN) -> tuple[HistoryLine, ...]:
    """Return the latest lines of the goal's history, with those of who joined and left its team."""
    lines = [*history_of(viewer, goal, limit=limit)]
    if goal.terms.assignee.kind is AssigneeKind.TEAM:
        events = membership_events(viewer.company.pk, goal.terms.assignee.id, since=goal.created_at)
        shown = [membership_shown(viewer, event) for event in events[:limit]]
        lines += [HistoryLine(each.at, each.who, each.words, each.when) for each in shown]
    return tuple(sorted(lines, key=lambda line: line.at, reverse=True)[:limit])


def history_since(viewer: Viewer, goal: GoalView, version: int) -> tuple[HistoryLine, ...]:
    """Return what was done to the goal after it had this version."""
    return _lines(viewer, goal, events_since(goal, viewer.actor, version))


def one_line(line: HistoryLine) -> str:
    """Return who did what when as one sentence."""
    return _("%(who)s, %(when)s: %(what)s") % {"who": line.who, "when": line.when, "what": line.words}


def _lines(viewer: Viewer, goal: GoalView, events: Sequence[GoalEvent]) -> tuple[HistoryLine, ...]:
    names = names_in(viewer.company.pk, events)
    # From the goal as it stands back: an amount is shown in its currency at that moment.
    units = GoalUnits(goal.terms.measure, goal.terms.interval, goal.terms.metric, goal.terms.currency)
    lines: list[HistoryLine] = []
    for event in events:
        former = units.before(event)
        lines.append(
            HistoryLine(
                at=event.at,
                who=event.actor.name,
                words=words_of(viewer, event, names, former=former, later=units),
                when=formats.moment(
                    event.at, viewer.company.time_zone, viewer.language, this_year=viewer.today.year
                ),
            )
        )
        units = former
    return tuple(lines)


_MOST_TARGETS_NAMED = 3

_ACTIONS: dict[GoalAction, StrOrPromise] = {
    GoalAction.CREATED: gettext_lazy("Goal created"),
    GoalAction.CHANGED: gettext_lazy("Goal saved"),
    GoalAction.DELETED: gettext_lazy("Goal deleted"),
    GoalAction.RESTORED: gettext_lazy("Goal brought back"),
}
# The fields of GoalTerms as pages call them.
DETAIL_NAMES: dict[str, StrOrPromise] = {
    "title": gettext_lazy("Name"),
    "measure": gettext_lazy("Type"),
    "assignee": gettext_lazy("Assignee"),
    "interval": gettext_lazy("Frequency"),
    "metric": gettext_lazy("Tracking metric"),
    "target": gettext_lazy("Target"),
    "starts_on": gettext_lazy("Starts"),
    "ends_on": gettext_lazy("Ends"),
    "currency": gettext_lazy("Currency"),
    "pipelines": gettext_lazy("Pipelines"),
    "stage_id": gettext_lazy("Stage"),
    "activity_types": gettext_lazy("Activity types"),
    "period_targets": gettext_lazy("Individual targets"),
}


@dataclass(frozen=True, slots=True)
class GoalUnits:
    """What a goal was at a moment, as far as the amounts and periods of its history are read by it."""

    measure: Measure
    interval: Interval
    metric: Metric
    currency: str

    def before(self, event: GoalEvent) -> "GoalUnits":
        """Return what the goal was before the event."""
        old = {change.name: change.old for change in event.details}
        former = self
        if isinstance(measure := old.get("measure"), int):
            former = replace(former, measure=Measure(measure))
        if isinstance(interval := old.get("interval"), str):
            former = replace(former, interval=Interval(interval))
        if isinstance(metric := old.get("metric"), str):
            former = replace(former, metric=Metric(metric))
        if isinstance(currency := old.get("currency"), str):
            former = replace(former, currency=currency)
        return former


def words_of(
    viewer: Viewer, event: GoalEvent, names: HistoryNames, *, former: GoalUnits, later: GoalUnits
) -> str:
    """Return what the event did to the goal, which was `former` before and `later` after it."""
    return "; ".join(
        _changed(viewer, change, names, former, later)
        for change in event.details
        # The words for the metric name its currency.
        if change.name != "currency" or former.metric is later.metric
    ) or str(_ACTIONS[event.action])


def _changed(
    viewer: Viewer, change: DetailChange, names: HistoryNames, former: GoalUnits, later: GoalUnits
) -> str:
    if change.name == "period_targets":
        return _targets_changed(viewer, change, former, later)
    return _("%(detail)s changed from %(old)s to %(new)s") % {
        "detail": DETAIL_NAMES[change.name],
        "old": _value(viewer, change.name, change.old, names, former),
        "new": _value(viewer, change.name, change.new, names, later),
    }


def _value(viewer: Viewer, name: str, value: DetailValue, names: HistoryNames, then: GoalUnits) -> str:
    """Return a value as the history keeps it in words."""
    match name, value:
        case "assignee", _:
            return _assignee(value, names)
        case _, list():
            return _listed(name, value, names)
        case "stage_id", int():
            return names.of(name, value) or _("a stage that is gone")
        case "target", int():
            return formats.amount(value, then.currency, viewer.language)
        case "metric", str():
            return metric_words(then.measure, Metric(value), then.currency)
        case _:
            return _plain(viewer, name, value)


def _plain(viewer: Viewer, name: str, value: DetailValue) -> str:
    match name, value:
        case "measure", int():
            return str(FULL_KIND_NAMES[Measure(value)])
        case "interval", str():
            return str(FREQUENCIES[Interval(value)])
        case "starts_on" | "ends_on", str():
            return day(date.fromisoformat(value), viewer.language)
        case "ends_on", _:
            return _("no end")
        case _:
            return str(value) if value else _("none")


def _listed(name: str, ids: list[int], names: HistoryNames) -> str:
    if not ids:
        return _("All pipelines") if name == "pipelines" else _("All types")
    return ", ".join(filter(None, (names.of(name, number) for number in ids))) or _("none")


def _assignee(value: DetailValue, names: HistoryNames) -> str:
    assignee = parse_assignee(value)
    if assignee is None:
        return _("somebody whose goals you may not see")
    if assignee.kind is AssigneeKind.COMPANY:
        return str(WHOLE_COMPANY)
    return names.of(assignee.kind, assignee.id)


def _targets_changed(viewer: Viewer, change: DetailChange, former: GoalUnits, later: GoalUnits) -> str:
    old, new = _targets(change.old), _targets(change.new)
    if not old:
        return _("Individual targets set")
    if not new:
        return _("Individual targets removed")
    changed = sorted(start for start in old.keys() | new.keys() if old.get(start) != new.get(start))
    if len(changed) > _MOST_TARGETS_NAMED:
        words = ngettext("%(count)s individual target changed", "%(count)s individual targets changed", 2)
        return words % {"count": formats.number(len(changed), viewer.language)}
    return "; ".join(_target_changed(viewer, start, old, new, former, later) for start in changed)


def _target_changed(
    viewer: Viewer,
    start: str,
    old: Mapping[str, int],
    new: Mapping[str, int],
    former: GoalUnits,
    later: GoalUnits,
) -> str:
    interval = later.interval if start in new else former.interval
    period = period_of(date.fromisoformat(start), interval, viewer.calendar)

    def amount(targets: Mapping[str, int], then: GoalUnits) -> str:
        return formats.amount(targets[start], then.currency, viewer.language) if start in targets else ""

    return _("Target for %(period)s changed from %(old)s to %(new)s") % {
        "period": period_name(period, interval, viewer.calendar, viewer.language),
        "old": amount(old, former) or _("none"),
        "new": amount(new, later) or _("none"),
    }


def _targets(value: DetailValue) -> Mapping[str, int]:
    return value if isinstance(value, dict) else {}


_P = ParamSpec("_P")
_View = Callable[Concatenate[HttpRequest, Viewer, _P], HttpResponse]


def tells_when_gone(*, typed_in: str = "") -> Callable[[_View[_P]], _View[_P]]:
    """Let a view of one goal tell of its deletion; what never was, or is hidden, stays a plain 404.

    `typed_in` is the selector of the form's place to say it, so that what was typed there stays.
    """

    def wrapped(view: _View[_P]) -> _View[_P]:
        @wraps(view)
        def answer(
            request: HttpRequest, viewer: Viewer, /, *args: _P.args, **kwargs: _P.kwargs
        ) -> HttpResponse:
            try:
                return view(request, viewer, *args, **kwargs)
            except NotFound:
                public_id = request.resolver_match.kwargs["public_id"] if request.resolver_match else ""
                goal = deleted_goal(viewer, public_id)
                if "HX-Request" not in request.headers:
                    return _page(request, viewer, goal)
                if request.method == "POST" and typed_in:
                    return retarget(
                        reswap(deleted_notice(request, viewer, goal, is_typed=True), "afterbegin"), typed_in
                    )
                return go_to(request, "web:goal", public_id)

        return answer

    return wrapped


def deleted_goal(viewer: Viewer, public_id: str) -> GoalView:
    """Return a deleted goal that the viewer might see, were it there. Raises NotFound for any other."""
    found = goals_seen_by(viewer.actor, visible_to(viewer.actor, is_deleted=True).filter(public_id=public_id))
    if not found:
        raise NotFound
    return found[0]


def deleted_notice(
    request: HttpRequest, viewer: Viewer, goal: GoalView, *, is_typed: bool = False
) -> HttpResponse:
    """Answer a region that asked for something of the deleted goal."""
    (deletion,) = history_of(viewer, goal, limit=1)
    context = {"goal": goal, "deletion": deletion, "is_typed": is_typed}
    return render(request, "goals/gone.html", context, status=HTTPStatus.CONFLICT)


def _page(request: HttpRequest, viewer: Viewer, goal: GoalView) -> HttpResponse:
    (deletion,) = history_of(viewer, goal, limit=1)
    context = {"goal": goal, "deletion": deletion, "panel": panel_of(viewer)}
    return render(request, "goals/gone_page.html", context, status=HTTPStatus.NOT_FOUND)


MOST_ON_PAGE = 500


@require_safe
@for_viewer
@tells_when_gone()
def goal_history_page(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    """List the latest actions on the goal."""
    goal = goal_seen_by(viewer.actor, public_id)
    context = {
        "goal": goal,
        "lines": history_with_team(viewer, goal, limit=MOST_ON_PAGE),
        "panel": panel_of(viewer, is_past=not goal.is_active(viewer.today), current=goal),
    }
    return render(request, "goals/history_page.html", context)


@require_safe
@for_viewer
def goal_news(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    """Answer with what was done to the goal after the `version` shown, or with nothing."""
    try:
        goal = goal_seen_by(viewer.actor, public_id)
    except NotFound:
        return deleted_notice(request, viewer, deleted_goal(viewer, public_id))
    typed = request.GET.get("version", "")
    shown = int(typed) if typed.isdecimal() and len(typed) <= len(str(goal.version)) else 0
    lines = history_since(viewer, goal, shown)
    if not lines:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return render(request, "goals/news.html", {"goal": goal, "lines": lines})
