"""What people did to a goal, in words: the latest first."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from goalpost.companies.calendar import today_in
from goalpost.goals.history import DetailChange, GoalEvent, goal_history
from goalpost.goals.models import GoalDeed
from goalpost.goals.queries import GoalView
from goalpost.insights import formats
from goalpost.web.viewer import Viewer

MOST_SHOWN = 5

_DEEDS: dict[GoalDeed, StrOrPromise] = {
    GoalDeed.CREATED: gettext_lazy("Goal created"),
    GoalDeed.CHANGED: gettext_lazy("Goal saved"),
    GoalDeed.DELETED: gettext_lazy("Goal deleted"),
    GoalDeed.RESTORED: gettext_lazy("Goal brought back"),
}
# The fields of GoalTerms as pages call them.
_DETAILS: dict[str, StrOrPromise] = {
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
class HistoryLine:
    """One deed: what was done or which details changed, by whom, on which day of the company's."""

    on: date
    who: str
    words: str


def history_of(viewer: Viewer, goal: GoalView) -> tuple[HistoryLine, ...]:
    """Return the latest lines of the goal's history, in one query."""
    events = goal_history(goal, viewer.actor, limit=MOST_SHOWN)
    return tuple(
        HistoryLine(
            on=today_in(viewer.company, event.at),
            who=event.actor.name,
            words="; ".join(_changed(event, change, goal, viewer.language) for change in event.details)
            or str(_DEEDS[event.deed]),
        )
        for event in events
    )


def _changed(event: GoalEvent, change: DetailChange, goal: GoalView, language: str) -> str:
    """Return the detail with what it was and is, where that says something by itself."""
    name = str(_DETAILS[change.name])
    old, new = change.old, change.new
    # Amounts of two currencies, or a count and an amount, are not one figure that changed.
    is_comparable = not {"currency", "metric"} & {each.name for each in event.details}
    if change.name == "target" and is_comparable and isinstance(old, int) and isinstance(new, int):
        currency = goal.terms.currency
        old, new = formats.amount(old, currency, language), formats.amount(new, currency, language)
    elif change.name != "title":
        return _("%(detail)s changed") % {"detail": name}
    return _("%(detail)s changed from %(old)s to %(new)s") % {"detail": name, "old": old, "new": new}
