"""Templates that a dashboard can start from: each fills itself with goals that its maker may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from goalpost.domain.permissions import AssigneeKind
from goalpost.goals.periods import active
from goalpost.goals.queries import visible_to
from goalpost.insights.dashboards.actions import NewTile
from goalpost.insights.tiles import GOAL
from goalpost.web.dashboards.tiles import CHART, METER
from goalpost.web.shell.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Start:
    """A template: how many meters and charts it has at most, of which goals."""

    name: str
    title: StrOrPromise
    words: StrOrPromise
    meters: int
    charts: int


TEMPLATES = (
    Start(
        "monday",
        gettext_lazy("Monday stand-up"),
        gettext_lazy("Where everybody stands at the start of the week."),
        meters=4,
        charts=3,
    ),
    Start(
        "week", gettext_lazy("My week"), gettext_lazy("Your own goals and your teams’."), meters=3, charts=1
    ),
    Start("team", gettext_lazy("Team"), gettext_lazy("The goals of teams."), meters=2, charts=2),
    Start(
        "board", gettext_lazy("Board"), gettext_lazy("The goals of the company. No names of people."), 4, 2
    ),
)

CHART_SIZE = (6, 2)
METER_SIZE = (3, 1)


def goal_tile(goal: str, form: str) -> NewTile:
    """Return a tile of a goal in the size that suits its form."""
    width, height = CHART_SIZE if form == CHART else METER_SIZE
    return NewTile(GOAL, {"goal": goal, "form": form}, width, height)


def tiles_of(viewer: Viewer, name: str) -> Sequence[NewTile]:
    """Return the tiles of a template for this viewer; none of an unknown one, or without such goals."""
    start = next((each for each in TEMPLATES if each.name == name), None)
    if start is None:
        return []
    goals = active(visible_to(viewer.actor), viewer.today).filter(_whose(viewer, name))
    ids = list(goals.order_by("title", "public_id").values_list("public_id", flat=True)[: start.meters])
    meters = [goal_tile(each, METER) for each in ids]
    return [*meters, *(goal_tile(each, CHART) for each in ids[: start.charts])]


def _whose(viewer: Viewer, name: str) -> Q:
    own = Q(assignee_kind=AssigneeKind.PERSON, assignee_user_id=viewer.actor.user_id)
    if name == "week":
        teams = Q(assignee_kind=AssigneeKind.TEAM, assignee_team_id__in=viewer.actor.managed_team_ids)
        return own | teams
    if name == "team":
        return Q(assignee_kind=AssigneeKind.TEAM)
    if name == "board":
        return Q(assignee_kind=AssigneeKind.COMPANY)
    return Q()
