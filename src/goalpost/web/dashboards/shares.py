"""Sharing a dashboard with everybody, teams and people, and handing it over."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from goalpost.companies.actors import existing_teams
from goalpost.companies.errors import InvalidInput, NotAllowed
from goalpost.companies.models import User
from goalpost.domain.alphabet import by_name
from goalpost.domain.permissions import Access, may_share_dashboard
from goalpost.insights.dashboards.actions import Share, hand_over_dashboard, share_dashboard
from goalpost.insights.dashboards.queries import dashboard_seen_by, shared_with
from goalpost.web.shell.insights_panel import panel_of
from goalpost.web.shell.toasts import toast
from goalpost.web.shell.typed import id_in
from goalpost.web.shell.viewer import Viewer, for_viewer

_LEVELS = {Access.VIEWER.value: Access.VIEWER, Access.EDITOR.value: Access.EDITOR}


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def share(request: HttpRequest, viewer: Viewer, dashboard_id: str) -> HttpResponse:
    """Show and save whom a dashboard is shared with; each field is named by what it is for."""
    dashboard = dashboard_seen_by(viewer.actor, dashboard_id)
    if not dashboard.is_own:
        raise NotAllowed
    may_share, error = may_share_dashboard(viewer.actor, dashboard.access), ""
    if request.method == "POST":
        try:
            if "hand_over" in request.POST:
                owner = id_in(request.POST.get("owner", ""))
                hand_over_dashboard(
                    actor=viewer.actor, public_id=dashboard_id, owner_id=owner or 0, now=viewer.now
                )
                toast(request, _("Dashboard handed over."))
                return redirect("web:goals")
            share_dashboard(
                actor=viewer.actor,
                public_id=dashboard_id,
                everybody=_LEVELS.get(request.POST.get("everybody", "")),
                shares=_chosen(request),
                now=viewer.now,
            )
        except InvalidInput as refusal:
            error = refusal.message
        else:
            toast(request, _("Sharing saved."))
            return redirect("web:dashboard", dashboard_id)
    people = User.objects.filter(company_id=viewer.company.pk, is_active=True).exclude(
        pk=viewer.actor.user_id
    )
    shared = shared_with(dashboard, viewer.actor)
    context = {
        "dashboard": dashboard,
        "may_share": may_share,
        "everybody": shared.everybody,
        "teams": [
            (each, shared.team_access.get(each.pk, ""))
            for each in sorted(
                existing_teams(viewer.company.pk), key=lambda each: by_name(each.name, each.pk)
            )
        ],
        "people": [
            (each, shared.user_access.get(each.pk, ""))
            for each in sorted(people, key=lambda each: by_name(each.name, each.pk))
        ],
        "error": error,
        "panel": panel_of(viewer, is_of_goals=False),
    }
    return render(request, "dashboards/share.html", context, status=422 if error else 200)


def _chosen(request: HttpRequest) -> list[Share]:
    found = []
    for name, value in request.POST.items():
        kind, _dash, number = name.partition("-")
        access, pk = _LEVELS.get(str(value)), id_in(number)
        if access is not None and pk is not None and kind == "team":
            found.append(Share(access, team_id=pk))
        elif access is not None and pk is not None and kind == "person":
            found.append(Share(access, user_id=pk))
    return found
