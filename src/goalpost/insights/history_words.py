"""Sentences for the history of goals and memberships."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from goalpost.companies.memberships import Member, MembershipEvent
from goalpost.domain.calendar import CompanyCalendar, Interval, period_of
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.membership import ALWAYS, NEVER, Stay
from goalpost.domain.permissions import AssigneeKind
from goalpost.goals.history import DetailChange, DetailValue, GoalEvent, HistoryNames, parse_assignee
from goalpost.goals.models import GoalAction
from goalpost.insights import formats
from goalpost.insights.formats import day, day_range, period_name
from goalpost.insights.goal_words import FREQUENCIES, FULL_KIND_NAMES, WHOLE_COMPANY, metric_words

_ONE_DAY = timedelta(days=1)


def stay_words(stay: Stay, language: str) -> str:
    """Return the days of a membership: “from 1 Sep 2026”."""
    last = stay.end - _ONE_DAY if stay.end else None
    if stay.start is None:
        return _("until %(day)s") % {"day": day(last, language)} if last else _("from the start")
    if last is None:
        return _("from %(day)s") % {"day": day(stay.start, language)}
    return day_range(stay.start, last, language)


def member_days(member: Member, language: str) -> str:
    """Return when a member is or was on the team, empty for who always is."""
    return "" if member.stays == ALWAYS else _days_of(member.stays, language)


def event_words(event: MembershipEvent, language: str) -> str:
    """Return what a change did: “Liis Oja added to the team from 1 Oct 2026”."""
    before, after, name = event.before, event.after, event.member.name
    if after == NEVER:
        return _("%(name)s removed from the team, as if never on it") % {"name": name}
    if before == NEVER and after == (Stay(),):
        return _("%(name)s added to the team, as if always on it") % {"name": name}
    if before == NEVER:
        return _("%(name)s added to the team %(days)s") % {"name": name, "days": _days_of(after, language)}
    last = after[-1].end
    if last and before[:-1] == after[:-1] and before[-1] == Stay(after[-1].start):
        return _("%(name)s left the team on %(day)s") % {"name": name, "day": day(last - _ONE_DAY, language)}
    return _("%(name)s: days on the team changed from %(old)s to %(new)s") % {
        "name": name,
        "old": _days_of(before, language),
        "new": _days_of(after, language),
    }


def who_changed(name: str) -> str:
    """Return who made a change, where the name is empty for the server's operator."""
    return name or _("Server operator")


def _days_of(stays: Sequence[Stay], language: str) -> str:
    return ", ".join(stay_words(stay, language) for stay in stays)


_MOST_TARGETS_NAMED = 3

_ACTIONS: dict[GoalAction, StrOrPromise] = {
    GoalAction.CREATED: gettext_lazy("Goal created"),
    GoalAction.CHANGED: gettext_lazy("Goal saved"),
    GoalAction.DELETED: gettext_lazy("Goal deleted"),
    GoalAction.RESTORED: gettext_lazy("Goal restored"),
}
# The fields of GoalTerms as pages call them.
_DETAIL_NAMES: dict[str, StrOrPromise] = {
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
    """The measure, frequency, metric and currency of a goal at a moment, for formatting its history."""

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


@dataclass(frozen=True, slots=True)
class HistoryWords:
    """Turns events of goals into sentences; `names` are those of the events' ids."""

    names: HistoryNames
    language: str
    calendar: CompanyCalendar

    def of(self, event: GoalEvent, *, former: GoalUnits, later: GoalUnits) -> str:
        """Return what the event did to the goal, which was `former` before and `later` after it."""
        return "; ".join(
            self._changed(change, former, later)
            for change in event.details
            # The words for the metric name its currency.
            if change.name != "currency" or former.metric is later.metric
        ) or str(_ACTIONS[event.action])

    def _changed(self, change: DetailChange, former: GoalUnits, later: GoalUnits) -> str:
        if change.name == "period_targets":
            return self._targets_changed(change, former, later)
        return _("%(detail)s changed from %(old)s to %(new)s") % {
            "detail": _DETAIL_NAMES[change.name],
            "old": self._value(change.name, change.old, former),
            "new": self._value(change.name, change.new, later),
        }

    def _value(self, name: str, value: DetailValue, then: GoalUnits) -> str:
        """Return a value as the history keeps it in words."""
        match name, value:
            case "assignee", _:
                return self._assignee(value)
            case _, list():
                return self._listed(name, value)
            case "stage_id", int():
                return self.names.of(name, value) or _("a deleted stage")
            case "target", int():
                return formats.amount(value, then.currency, self.language)
            case "metric", str():
                return metric_words(then.measure, Metric(value), then.currency)
            case _:
                return self._plain(name, value)

    def _plain(self, name: str, value: DetailValue) -> str:
        match name, value:
            case "measure", int():
                return str(FULL_KIND_NAMES[Measure(value)])
            case "interval", str():
                return str(FREQUENCIES[Interval(value)])
            case "starts_on" | "ends_on", str():
                return day(date.fromisoformat(value), self.language)
            case "ends_on", _:
                return _("no end")
            case _:
                return str(value) if value else _("none")

    def _listed(self, name: str, ids: list[int]) -> str:
        if not ids:
            return _("All pipelines") if name == "pipelines" else _("All types")
        return ", ".join(filter(None, (self.names.of(name, number) for number in ids))) or _("none")

    def _assignee(self, value: DetailValue) -> str:
        assignee = parse_assignee(value)
        if assignee is None:
            return _("somebody whose goals you may not see")
        if assignee.kind is AssigneeKind.COMPANY:
            return str(WHOLE_COMPANY)
        return self.names.of(assignee.kind, assignee.id)

    def _targets_changed(self, change: DetailChange, former: GoalUnits, later: GoalUnits) -> str:
        old, new = _targets(change.old), _targets(change.new)
        if not old:
            return _("Individual targets set")
        if not new:
            return _("Individual targets removed")
        changed = sorted(start for start in old.keys() | new.keys() if old.get(start) != new.get(start))
        if len(changed) > _MOST_TARGETS_NAMED:
            words = ngettext("%(count)s individual target changed", "%(count)s individual targets changed", 2)
            return words % {"count": formats.number(len(changed), self.language)}
        return "; ".join(self._target_changed(start, old, new, former, later) for start in changed)

    def _target_changed(
        self,
        start: str,
        old: Mapping[str, int],
        new: Mapping[str, int],
        former: GoalUnits,
        later: GoalUnits,
    ) -> str:
        interval = later.interval if start in new else former.interval
        period = period_of(date.fromisoformat(start), interval, self.calendar)

        def amount(targets: Mapping[str, int], then: GoalUnits) -> str:
            return formats.amount(targets[start], then.currency, self.language) if start in targets else ""

        return _("Target for %(period)s changed from %(old)s to %(new)s") % {
            "period": period_name(period, interval, self.calendar, self.language),
            "old": amount(old, former) or _("none"),
            "new": amount(new, later) or _("none"),
        }


def _targets(value: DetailValue) -> Mapping[str, int]:
    return value if isinstance(value, dict) else {}
