"""Teams: who manages them and who is on them."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from goalpost.companies.deleted_teams import deleted_teams
from goalpost.companies.errors import Changed, InvalidInput, NotFound
from goalpost.companies.teams import (
    TeamLine,
    change_team,
    create_team,
    people_for_teams,
    state_of_team,
    team_line,
    teams_of_company,
)
from goalpost.web.settings_pages.deleted_team import team_gone, words_of_deletion
from goalpost.web.settings_pages.typed import LARGEST_ID, Typed, id_in, typed
from goalpost.web.viewer import Viewer, for_viewer

_NO_TEAM = TeamLine(0, "", None, ())
_CHANGED = gettext_lazy(
    "Somebody else changed this team while you had the page open. Nothing was saved, and what you entered "
    "is still here: look at the page in another tab, then save again to replace it."
)


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
    return _edit(request, viewer, _NO_TEAM)


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def team(request: HttpRequest, viewer: Viewer, team_id: int) -> HttpResponse:
    try:
        line = team_line(viewer.actor, team_id)
        return _edit(request, viewer, line)
    except NotFound:
        return team_gone(request, viewer, team_id)


def _edit(request: HttpRequest, viewer: Viewer, line: TeamLine) -> HttpResponse:
    """Show the form of a team, or of a new one, on GET; save it on POST."""
    form = Typed(
        {"name": line.name, "manager": str(line.manager.id) if line.manager else ""},
        {"members": frozenset(member.id for member in line.members)},
    )
    kept = {member.id for member in (*line.members, *([line.manager] if line.manager else []))}
    people = people_for_teams(viewer.actor, also=kept)
    if request.method == "POST":
        form = typed(request, ("name", "manager", "state"), ("members",))
        try:
            _save(viewer, line, form)
        except InvalidInput as refusal:
            form = form.refused(refusal)
        except Changed:
            form = form.refused(InvalidInput(str(_CHANGED)))
        else:
            messages.success(request, _("Team saved"))
            return redirect("web:teams")
    context = {
        "team": line,
        "state": state_of_team(line),
        "form": form,
        "people": people,
        "members": form.chosen["members"],
    }
    return render(request, "settings/team.html", context, status=422 if form.errors else 200)


def _save(viewer: Viewer, line: TeamLine, form: Typed) -> None:
    name, manager, members = form.values["name"], _manager(form.values), form.chosen["members"]
    if line is _NO_TEAM:
        create_team(actor=viewer.actor, name=name, manager_id=manager, user_ids=members, now=viewer.now)
        return
    change_team(
        actor=viewer.actor,
        team_id=line.id,
        name=name,
        manager_id=manager,
        user_ids=members,
        now=viewer.now,
        state=form.values["state"],
    )


def _manager(values: Mapping[str, str]) -> int | None:
    """Return who is chosen; a number that nobody has for a text that is no number."""
    text = values["manager"]
    if not text:
        return None
    number = id_in(text)
    return LARGEST_ID if number is None else number
