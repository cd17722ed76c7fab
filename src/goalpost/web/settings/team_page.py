"""A team's page: who is and was on it, drawn over the year, and what their days gave to one of its goals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from goalpost.companies.errors import Changed, InvalidInput, NotFound
from goalpost.companies.memberships import Member, members_of, membership_events, other_teams_of
from goalpost.companies.teams import TeamLine, change_team, people_for_teams, state_of_team, team_line
from goalpost.domain.calendar import Interval, Period, period_of, periods
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.membership import Stay
from goalpost.goals.periods import active
from goalpost.goals.queries import GoalView, goals_seen_by, visible_to
from goalpost.insights.formats import initial_of_period, moment, period_name
from goalpost.insights.goal_report import GoalQuestion, GoalReport, goal_reports
from goalpost.insights.history_words import event_words, stay_words, who_changed
from goalpost.storage.snapshot import snapshot
from goalpost.web.settings.teams import manager_chosen, team_gone
from goalpost.web.shell.toasts import toast
from goalpost.web.shell.typed import Typed, typed
from goalpost.web.shell.viewer import Viewer, for_viewer

_ONE_DAY = timedelta(days=1)
_EVENTS = 8
_CHANGED = gettext_lazy(
    "Somebody else changed this team while you had the page open. Nothing was saved, and what you entered "
    "is still here: look at the page in another tab, then save again to replace it."
)


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A row: `first` and `last` are days, none for from the start and for still.

    `x` and `width` are where the days lie in the year, empty where they do not; `result` is what they gave
    to the goal chosen, and `elsewhere` names the teams that the person is on today.
    """

    id: int
    name: str
    first: date | None
    last: date | None
    words: str
    x: str
    width: str
    result: int | None
    elsewhere: str


@dataclass(frozen=True, slots=True)
class TeamGoalLine:
    """A goal of the team with its progress, and where the page shows what the members gave to it."""

    report: GoalReport
    url: str
    is_chosen: bool


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def team(request: HttpRequest, viewer: Viewer, team_id: int) -> HttpResponse:
    """Show a team on GET; give it another name or manager on POST."""
    try:
        line = team_line(viewer.actor, team_id)
        form = Typed({"name": line.name, "manager": str(line.manager.id) if line.manager else ""})
        if request.method == "POST":
            form = typed(request, ("name", "manager", "state"))
            try:
                change_team(
                    actor=viewer.actor,
                    team_id=line.id,
                    name=form.values["name"],
                    manager_id=manager_chosen(form.values),
                    now=viewer.now,
                    state=form.values["state"],
                )
            except InvalidInput as refusal:
                form = form.refused(refusal)
            except Changed:
                form = form.refused(InvalidInput(str(_CHANGED)))
            else:
                toast(request, _("Team saved"))
                return redirect("web:team", team_id)
    except NotFound:
        return team_gone(request, viewer, team_id)
    with snapshot():
        context = _page(viewer, line, request.GET.get("goal", ""))
    context |= {
        "form": form,
        "state": state_of_team(line),
        "people": people_for_teams(viewer.actor, also=[line.manager.id] if line.manager else []),
    }
    return render(request, "settings/team.html", context, status=422 if form.errors else 200)


def _page(viewer: Viewer, line: TeamLine, chosen_id: str) -> dict[str, object]:
    year = period_of(viewer.today, Interval.YEARLY, viewer.calendar)
    members = members_of(viewer.company.pk, [line.id])[line.id]
    goals = _goals(viewer, line.id)
    chosen = next((goal for goal in goals if goal.public_id == chosen_id), goals[0] if goals else None)
    reports, brought = _reports(viewer, goals, chosen, members, year)
    elsewhere = other_teams_of(viewer.actor, [member.id for member in members], line.id, viewer.today)
    now_on: list[MemberLine] = []
    before: list[MemberLine] = []
    for member in members:
        for stay in member.stays:
            is_over = stay.end is not None and stay.end <= viewer.today
            where = ", ".join(
                _("%(team)s %(days)s") % {"team": name, "days": stay_words(other, viewer.language)}
                for name, other in elsewhere.get(member.id, ())
            )
            row = _row(viewer, member, stay, year, brought.get((member.id, stay)), where if is_over else "")
            (before if is_over else now_on).append(row)
    page = reverse("web:team", args=[line.id])
    months = periods(year.start, year.end, Interval.MONTHLY, viewer.calendar, today=viewer.today)
    return {
        "team": line,
        "now_on": now_on,
        "before": before,
        "year": period_name(year, Interval.YEARLY, viewer.calendar, viewer.language),
        "months": [
            initial_of_period(month, Interval.MONTHLY, viewer.calendar, viewer.language) for month in months
        ],
        "today_at": _share(viewer.today - year.start, year),
        "goals": [
            TeamGoalLine(each, f"{page}?goal={each.goal.public_id}", each.goal is chosen) for each in reports
        ],
        "chosen": next((each for each in reports if each.goal is chosen), None),
        "events": _latest_events(viewer, line),
    }


def _goals(viewer: Viewer, team_id: int) -> list[GoalView]:
    """Return the goals of the team that run: the value of won deals first, then by name."""
    own = active(visible_to(viewer.actor).filter(assignee_team_id=team_id), viewer.today)
    running = own.filter(starts_on__lte=viewer.today).order_by("title", "public_id")
    goals = goals_seen_by(viewer.actor, running)
    return sorted(goals, key=lambda goal: (goal.terms.measure, goal.terms.metric) != (_WON, Metric.SUM))


_WON = Measure.DEALS_WON


def _reports(
    viewer: Viewer,
    goals: Sequence[GoalView],
    chosen: GoalView | None,
    members: Sequence[Member],
    year: Period,
) -> tuple[list[GoalReport], Mapping[tuple[int, Stay], int]]:
    """Return how the goals stand, and what each stay gave to the one chosen, in a few queries for all."""
    of_year = _within(chosen, year) if chosen else None
    asked = [GoalQuestion(goal, (of_year,) if goal is chosen and of_year else (), latest=1) for goal in goals]
    stays = [(member, stay) for member in members for stay in member.stays] if chosen and of_year else []
    if chosen and of_year:
        asked += [
            GoalQuestion(replace(chosen, members=(replace(member, stays=(stay,)),)), (of_year,))
            for member, stay in stays
        ]
    reports = goal_reports(viewer, asked)
    brought = {
        (member.id, stay): report.periods[0].result
        for (member, stay), report in zip(stays, reports[len(goals) :], strict=True)
    }
    return reports[: len(goals)], brought


def _within(goal: GoalView, year: Period) -> Period | None:
    """Return the days of the year that the goal holds."""
    end = year.end if goal.terms.duration_end is None else min(year.end, goal.terms.duration_end)
    start = max(year.start, goal.terms.starts_on)
    return Period(start, end) if start < end else None


def _row(
    viewer: Viewer, member: Member, stay: Stay, year: Period, result: int | None, elsewhere: str
) -> MemberLine:
    start = max(stay.start or year.start, year.start)
    # Who is still on the team is drawn until today, who will leave until the day they do.
    end = min(stay.end or viewer.today + _ONE_DAY, year.end)
    is_drawn = start < end
    return MemberLine(
        id=member.id,
        name=member.name,
        first=stay.start,
        last=stay.end - _ONE_DAY if stay.end else None,
        words=stay_words(stay, viewer.language),
        x=_share(start - year.start, year) if is_drawn else "",
        width=_share(end - start, year) if is_drawn else "",
        result=result,
        elsewhere=elsewhere,
    )


def _share(days: timedelta, year: Period) -> str:
    return f"{100 * days / (year.end - year.start):.1f}%"


def _latest_events(viewer: Viewer, line: TeamLine) -> list[dict[str, object]]:
    """Return how the team's memberships changed lately, as lines of a log."""
    events = membership_events(viewer.company.pk, line.id, since=line.created_at)[:_EVENTS]
    zone, year = viewer.company.time_zone, viewer.today.year
    return [
        {
            "at": event.at,
            "who": who_changed(event.by),
            "words": event_words(event, viewer.language),
            "when": moment(event.at, zone, viewer.language, this_year=year),
        }
        for event in events
    ]
