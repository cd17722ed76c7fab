"""What is said of a team that was deleted, to whoever comes too late as well."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from goalpost.companies.deleted_teams import DeletedTeam, deleted_team
from goalpost.insights import calendar_words
from goalpost.web.viewer import Viewer


def words_of_deletion(viewer: Viewer, team: DeletedTeam) -> str:
    """Return who deleted the team, and when."""
    when = calendar_words.moment(team.at, viewer.company.time_zone, viewer.language)
    who = team.by or _("Whoever runs the server")
    return _("%(who)s deleted this team, %(when)s.") % {"who": who, "when": when}


def team_gone(request: HttpRequest, viewer: Viewer, team_id: int) -> HttpResponse:
    """Say that the team was deleted meanwhile. Raises NotFound when there never was one."""
    team = deleted_team(viewer.actor, team_id)
    context = {
        "team": team,
        "words": words_of_deletion(viewer, team),
        "is_sent": request.method == "POST",
    }
    return render(request, "settings/team_gone.html", context, status=HTTPStatus.NOT_FOUND)
