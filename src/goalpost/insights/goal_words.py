"""What goals are called on pages: kinds, frequencies, and what a goal counts."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import AssigneeKind
from goalpost.goals.queries import GoalView
from goalpost.insights import formats

# Translators: the six kinds of goals, as a group and what of it counts
KIND_GROUPS: dict[Measure, StrOrPromise] = {
    Measure.DEALS_STARTED: gettext_lazy("Deal"),
    Measure.DEALS_PROGRESSED: gettext_lazy("Deal"),
    Measure.DEALS_WON: gettext_lazy("Deal"),
    Measure.ACTIVITIES_ADDED: gettext_lazy("Activity"),
    Measure.ACTIVITIES_COMPLETED: gettext_lazy("Activity"),
    Measure.REVENUE_FORECAST: gettext_lazy("Forecast"),
}
KIND_NAMES: dict[Measure, StrOrPromise] = {
    Measure.DEALS_STARTED: gettext_lazy("Added"),
    Measure.DEALS_PROGRESSED: gettext_lazy("Progress"),
    Measure.DEALS_WON: gettext_lazy("Won"),
    Measure.ACTIVITIES_ADDED: gettext_lazy("Added"),
    Measure.ACTIVITIES_COMPLETED: gettext_lazy("Completed"),
    Measure.REVENUE_FORECAST: gettext_lazy("Revenue forecast"),
}
KIND_ICONS: dict[Measure, str] = {
    Measure.DEALS_STARTED: "added",
    Measure.DEALS_PROGRESSED: "progress",
    Measure.DEALS_WON: "won",
    Measure.ACTIVITIES_ADDED: "added",
    Measure.ACTIVITIES_COMPLETED: "completed",
    Measure.REVENUE_FORECAST: "forecast",
}
FULL_KIND_NAMES: dict[Measure, StrOrPromise] = {
    Measure.DEALS_STARTED: gettext_lazy("Deal · Added"),
    Measure.DEALS_PROGRESSED: gettext_lazy("Deal · Progress"),
    Measure.DEALS_WON: gettext_lazy("Deal · Won"),
    Measure.ACTIVITIES_ADDED: gettext_lazy("Activity · Added"),
    Measure.ACTIVITIES_COMPLETED: gettext_lazy("Activity · Completed"),
    Measure.REVENUE_FORECAST: gettext_lazy("Forecast · Revenue"),
}
BEING_RECOUNTED = gettext_lazy(
    "A rule has changed, and results are being recounted. Until that is done, they follow the rule before."
)
FREQUENCIES: dict[Interval, StrOrPromise] = {
    Interval.WEEKLY: gettext_lazy("Weekly"),
    Interval.MONTHLY: gettext_lazy("Monthly"),
    Interval.QUARTERLY: gettext_lazy("Quarterly"),
    Interval.YEARLY: gettext_lazy("Yearly"),
}
TARGETS_PER: dict[Interval, StrOrPromise] = {
    Interval.WEEKLY: gettext_lazy("Target per week"),
    Interval.MONTHLY: gettext_lazy("Target per month"),
    Interval.QUARTERLY: gettext_lazy("Target per quarter"),
    Interval.YEARLY: gettext_lazy("Target per year"),
}
KIND_DESCRIPTIONS: dict[Measure, StrOrPromise] = {
    Measure.DEALS_STARTED: gettext_lazy("New deals, by number or value"),
    Measure.DEALS_PROGRESSED: gettext_lazy("Deals that enter a stage you choose"),
    Measure.DEALS_WON: gettext_lazy("Deals won, by number or value"),
    Measure.ACTIVITIES_ADDED: gettext_lazy("New activities of the types you choose"),
    Measure.ACTIVITIES_COMPLETED: gettext_lazy("Activities marked as done"),
    Measure.REVENUE_FORECAST: gettext_lazy("Won deals plus open deals weighted by their probability"),
}
COUNTING_RULES: dict[Measure, StrOrPromise] = {
    Measure.DEALS_STARTED: gettext_lazy(
        "Every deal counts for its owner on the day it was added, whether it is open, won or lost."
    ),
    Measure.DEALS_PROGRESSED: gettext_lazy(
        "A deal counts for its owner on the day it entered the stage. Stages skipped on the way forward"
        " count too. A deal that is moved back no longer counts."
    ),
    Measure.DEALS_WON: gettext_lazy(
        "A deal counts for its owner on the day it is won. If it is reopened, it no longer counts."
    ),
    Measure.ACTIVITIES_ADDED: gettext_lazy(
        "An activity counts on the day it was added, for the person it is assigned to."
    ),
    Measure.ACTIVITIES_COMPLETED: gettext_lazy(
        "An activity counts on the day it was marked as done, for the person it is assigned to."
    ),
    Measure.REVENUE_FORECAST: gettext_lazy(
        "A won deal counts on the day it was won. An open deal counts by its probability on the day it is "
        "expected to close."
    ),
}
# Translators: the head of the column of days in a list of records
DAY_COLUMNS: dict[Measure, StrOrPromise] = {
    Measure.DEALS_STARTED: gettext_lazy("Added on"),
    Measure.DEALS_PROGRESSED: gettext_lazy("Entered on"),
    Measure.DEALS_WON: gettext_lazy("Won on"),
    Measure.ACTIVITIES_ADDED: gettext_lazy("Added on"),
    Measure.ACTIVITIES_COMPLETED: gettext_lazy("Done on"),
    Measure.REVENUE_FORECAST: gettext_lazy("Won or expected on"),
}


def counted(measure: Measure, metric: Metric, *, stage: str = "", types: Sequence[str] = ()) -> str:
    """Return what a goal counts, for use inside a sentence: "won value", "calls completed"."""
    is_value = metric is Metric.SUM
    match measure:
        case Measure.DEALS_STARTED:
            return _("value of deals added") if is_value else _("deals added")
        case Measure.DEALS_PROGRESSED:
            words = _("value of deals to %(stage)s") if is_value else _("deals to %(stage)s")
            return words % {"stage": stage}
        case Measure.DEALS_WON:
            return _("won value") if is_value else _("deals won")
        case Measure.ACTIVITIES_ADDED:
            return _("%(types)s added") % {"types": ", ".join(types)} if types else _("activities added")
        case Measure.ACTIVITIES_COMPLETED:
            return (
                _("%(types)s completed") % {"types": ", ".join(types)} if types else _("activities completed")
            )
        case Measure.REVENUE_FORECAST | Measure.OPEN_VALUE:
            return _("revenue forecast") if measure is Measure.REVENUE_FORECAST else _("open value")


def counted_per(goal: GoalView) -> str:
    """Return the heading of the goal's chart: "Won value per month"."""
    stage = goal.stage.name if goal.stage else ""
    what = counted(goal.terms.measure, goal.terms.metric, stage=stage)
    what = what[:1].upper() + what[1:]
    match goal.terms.interval:
        case Interval.WEEKLY:
            return _("%(what)s per week") % {"what": what}
        case Interval.MONTHLY:
            return _("%(what)s per month") % {"what": what}
        case Interval.QUARTERLY:
            return _("%(what)s per quarter") % {"what": what}
        case Interval.YEARLY:
            return _("%(what)s per year") % {"what": what}


WHOLE_COMPANY = gettext_lazy("Whole company")


def assignee_words(goal: GoalView) -> str:
    """Return the assignee's name; a deleted team is marked, since another may have its name."""
    if goal.terms.assignee.kind is AssigneeKind.COMPANY:
        return str(WHOLE_COMPANY)
    if goal.is_team_deleted:
        return _("%(team)s (deleted)") % {"team": goal.assignee_name}
    return goal.assignee_name


def metric_words(measure: Measure, metric: Metric, currency: str) -> str:
    if metric is Metric.SUM:
        return _("Value, %(currency)s") % {"currency": currency} if currency else _("Value")
    return _("Number of activities") if measure.counts_activities else _("Number of deals")


def how_many(measure: Measure, count: int, language: str) -> str:
    """Return "9 deals" or "1,204 activities"."""
    if measure.counts_activities:
        words = ngettext("%(count)s activity", "%(count)s activities", count)
    else:
        words = ngettext("%(count)s deal", "%(count)s deals", count)
    return words % {"count": formats.number(count, language)}


def invitation(measure: Measure, count: int, language: str) -> str:
    """Return the last line of a column's tooltip."""
    if not count:
        return _("Nothing counted yet.")
    return _("%(records)s. Click to see them.") % {"records": how_many(measure, count, language)}
