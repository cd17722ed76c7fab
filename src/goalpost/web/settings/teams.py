"""The pages of teams: list, creation, and deletion with the question about its goals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goalpost.companies.errors import Changed, InvalidInput, NotFound
from goalpost.companies.people import teams_to_choose
from goalpost.companies.teams import (
    DeletedTeam,
    TeamLine,
    create_team,
    deleted_team,
    deleted_teams,
    people_for_teams,
    team_line,
    teams_of_company,
)
from goalpost.domain.permissions import Feature
from goalpost.goals.departures import (
    Returned,
    TeamGoals,
    TeamGoalsOutcome,
    delete_team,
    goals_of_team,
    mark_of,
    restore_team,
)
from goalpost.goals.queries import GoalView
from goalpost.goals.terms import needs_plan
from goalpost.insights import formats
from goalpost.web.settings.team_members import TODAY, day_chosen
from goalpost.web.shell.toasts import Undo, toast
from goalpost.web.shell.typed import LARGEST_ID, Typed, id_in, typed
from goalpost.web.shell.viewer import Viewer, for_viewer


def words_of_deletion(viewer: Viewer, team: DeletedTeam) -> str:
    """Return who deleted the team, and when."""
    when = formats.moment(team.at, viewer.company.time_zone, viewer.language)
    who = team.by or _("Server operator")
    return _("%(who)s deleted this team, %(when)s.") % {"who": who, "when": when}


def team_gone(request: HttpRequest, viewer: Viewer, team_id: int) -> HttpResponse:
    """Show that the team was deleted. Raises NotFound for an unknown team."""
    team = deleted_team(viewer.actor, team_id)
    context = {
        "team": team,
        "words": words_of_deletion(viewer, team),
        "is_sent": request.method == "POST",
    }
    return render(request, "settings/team_gone.html", context, status=HTTPStatus.NOT_FOUND)


@require_safe
@for_viewer
def teams(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    return teams_page(request, viewer)


def teams_page(request: HttpRequest, viewer: Viewer, *, refusal: str = "") -> HttpResponse:
    """Show the list of teams, with why something was refused there."""
    context = {
        "refusal": refusal,
        "teams": teams_of_company(viewer.actor),
        "deleted": [(each, words_of_deletion(viewer, each)) for each in deleted_teams(viewer.actor)],
    }
    return render(request, "settings/teams.html", context, status=422 if refusal else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def new_team(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Ask for name, manager and members on GET; create the team on POST."""
    people = people_for_teams(viewer.actor)
    form = Typed({"name": "", "manager": "", "when": TODAY, "day": ""}, {"members": frozenset()})
    if request.method == "POST":
        form = typed(request, ("name", "manager", "when", "day"), ("members",))
        try:
            create_team(
                actor=viewer.actor,
                name=form.values["name"],
                manager_id=manager_chosen(form.values),
                user_ids=form.chosen["members"],
                now=viewer.now,
                start=day_chosen(viewer, form.values),
            )
        except InvalidInput as refusal:
            form = form.refused(refusal)
        else:
            toast(request, _("Team saved"))
            return redirect("web:teams")
    context = {"form": form, "people": people, "members": form.chosen["members"], "today": viewer.today}
    return render(request, "settings/new_team.html", context, status=422 if form.errors else 200)


def manager_chosen(values: Mapping[str, str]) -> int | None:
    """Return the chosen manager's id, 0 for an invalid value."""
    text = values["manager"]
    if not text:
        return None
    number = id_in(text)
    return LARGEST_ID if number is None else number


_FIELDS = ("ongoing", "to_team", "past", "asked")
_BEGIN = Typed({"ongoing": "", "to_team": "", "past": TeamGoalsOutcome.KEEP.value})
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class GoalGroup:
    """Some of the team's goals: those named, each with whether it is new since the question was put."""

    named: tuple[tuple[GoalView, bool], ...]
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.named)


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def delete(request: HttpRequest, viewer: Viewer, team_id: int) -> HttpResponse:
    """Ask on GET, delete on POST."""
    try:
        line = team_line(viewer.actor, team_id)
        if request.method != "POST":
            return _ask(request, viewer, line, _BEGIN)
        form = typed(request, _FIELDS)
        try:
            _delete(viewer, line, form)
        except InvalidInput as refusal:
            return _ask(request, viewer, line, form.refused(refusal))
        except Changed:
            return _ask(request, viewer, line, form, is_changed=True)
    except NotFound:
        return team_gone(request, viewer, team_id)
    said = _("Team “%(name)s” deleted") % {"name": line.name}
    toast(request, said, undo=Undo(reverse("web:restore-team", args=[team_id])))
    return redirect("web:teams")


@require_POST
@for_viewer
def restore(request: HttpRequest, viewer: Viewer, team_id: int) -> HttpResponse:
    try:
        back = restore_team(actor=viewer.actor, team_id=team_id, now=viewer.now)
    except NotFound:
        line = team_line(viewer.actor, team_id)
        toast(request, _("The team “%(name)s” already exists") % {"name": line.name})
    except InvalidInput as refusal:
        return teams_page(request, viewer, refusal=refusal.message)
    else:
        _tell(request, viewer, back)
    return redirect("web:teams")


def _delete(viewer: Viewer, line: TeamLine, form: Typed) -> None:
    to_team = form.values["to_team"]
    # Choosing a team implies handing the goals over.
    ongoing = form.values["ongoing"] or (TeamGoalsOutcome.TEAM.value if to_team else "")
    delete_team(
        actor=viewer.actor,
        team_id=line.id,
        ongoing=_fate(ongoing),
        to_team_id=(id_in(to_team) or LARGEST_ID) if to_team else None,
        past=_fate(form.values["past"]) or TeamGoalsOutcome.KEEP,
        asked=form.values["asked"].split(),
        now=viewer.now,
    )


def _fate(text: str) -> TeamGoalsOutcome | None:
    return TeamGoalsOutcome(text) if text in set(TeamGoalsOutcome) else None


def _ask(
    request: HttpRequest, viewer: Viewer, line: TeamLine, form: Typed, *, is_changed: bool = False
) -> HttpResponse:
    goals = goals_of_team(viewer.actor, line.id, now=viewer.now)
    known = frozenset(form.values["asked"].split()) if is_changed else goals.marks
    context = {
        "team": line,
        "form": form,
        "goals": goals,
        "ongoing": _group(goals.ongoing, "ongoing", known),
        "past": _group(goals.past, "past", known),
        "locked": _group(goals.locked, "locked", known),
        "asked": " ".join(sorted(goals.marks)),
        "others": [each for each in teams_to_choose(viewer.actor) if each.id != line.id],
        "is_changed": is_changed,
        "gone": _gone(goals, known),
        "needs_plan": needs_plan(Feature.TEAM_GOALS),
    }
    status = HTTPStatus.OK
    if is_changed:
        status = HTTPStatus.CONFLICT
    elif form.errors:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "settings/delete_team.html", context, status=status)


def _group(goals: Sequence[GoalView], name: str, known: frozenset[str]) -> GoalGroup:
    """Return the group with new goals first."""
    marked = sorted(((goal, mark_of(goal, name) not in known) for goal in goals), key=lambda one: not one[1])
    return GoalGroup(tuple(marked[:_MOST_NAMED]), len(marked))


def _gone(goals: TeamGoals, known: frozenset[str]) -> int:
    """Return how many goals the question named that the team has no more."""
    here = {goal.public_id for goal in (*goals.ongoing, *goals.past, *goals.locked)}
    return len({mark.split(".")[0] for mark in known} - here)


def _tell(request: HttpRequest, viewer: Viewer, back: Returned) -> None:
    """Show a toast about the restored team, and another about goals that were not returned."""
    said = _("Team “%(name)s” restored") % {"name": back.name}
    if back.goals:
        words = ngettext(
            "Team “%(name)s” restored, with %(count)s goal",
            "Team “%(name)s” restored, with %(count)s goals",
            back.goals,
        )
        said = words % {"name": back.name, "count": formats.number(back.goals, viewer.language)}
    toast(request, said)
    if back.left:
        words = ngettext(
            "%(count)s goal not returned: it has changed since, or is read-only",
            "%(count)s goals not returned: they have changed since, or are read-only",
            back.left,
        )
        left = words % {"count": formats.number(back.left, viewer.language)}
        toast(request, left, is_refused=True)
