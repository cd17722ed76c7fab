"""What dashboards put into the Insights panel and onto a goal's page."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse

from goalpost.goals.queries import GoalView
from goalpost.insights.dashboards.queries import DashboardView, dashboards_seen_by, dashboards_with
from goalpost.web.shell.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Line:
    """A dashboard in the panel. The version is there for the ETags of pages that show it."""

    dashboard: DashboardView
    is_current: bool


def panel(viewer: Viewer, path: str) -> Mapping[str, object]:
    """Return the dashboards of the viewer, and apart from them those shared with them."""
    lines = [
        Line(each, path.startswith(reverse("web:dashboard", args=[each.public_id])))
        for each in dashboards_seen_by(viewer.actor, viewer.today)
    ]
    return {
        "own": tuple(line for line in lines if line.dashboard.is_own),
        "shared": tuple(line for line in lines if not line.dashboard.is_own),
    }


def create(_viewer: Viewer, _path: str) -> Mapping[str, object]:
    return {}


def goal_actions(viewer: Viewer, _path: str, goal: GoalView) -> Mapping[str, object]:
    """Return the dashboards that the viewer may edit, and on which of them the goal is."""
    editable = [each for each in dashboards_seen_by(viewer.actor, viewer.today) if each.may_edit]
    return {"editable": editable, "holding": dashboards_with(viewer.actor, goal.public_id, editable)}


def goal_handle(_viewer: Viewer, _path: str, goal: GoalView) -> Mapping[str, object]:
    return {"goal": goal}
