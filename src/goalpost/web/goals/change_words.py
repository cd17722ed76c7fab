"""Changes in words: of a goal's details and targets, and of what changed a result."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django_stubs_ext import StrOrPromise

from goalpost.domain.calendar import Interval, period_of
from goalpost.domain.changes import Happening
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import AssigneeKind
from goalpost.goals.changes import ChangeLine
from goalpost.goals.history import DetailChange, GoalEvent, HistoryNames, Told, assignee_told
from goalpost.goals.models import GoalDeed
from goalpost.insights import formats
from goalpost.insights.formats import day, period_name
from goalpost.ledger.models import Reason
from goalpost.ledger.read import Total
from goalpost.web.goals.words import FREQUENCIES, FULL_KIND_NAMES, WHOLE_COMPANY, metric_words
from goalpost.web.shell.viewer import Viewer

_MOST_TARGETS_NAMED = 3

_DEEDS: dict[GoalDeed, StrOrPromise] = {
    GoalDeed.CREATED: gettext_lazy("Goal created"),
    GoalDeed.CHANGED: gettext_lazy("Goal saved"),
    GoalDeed.DELETED: gettext_lazy("Goal deleted"),
    GoalDeed.RESTORED: gettext_lazy("Goal brought back"),
}
# The fields of GoalTerms as pages call them.
DETAIL_NAMES: dict[str, StrOrPromise] = {
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
class Standing:
    """What a goal was at a moment, as far as the amounts and periods of its history are read by it."""

    measure: Measure
    interval: Interval
    metric: Metric
    currency: str

    def before(self, event: GoalEvent) -> "Standing":
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


def words_of(
    viewer: Viewer, event: GoalEvent, names: HistoryNames, *, former: Standing, later: Standing
) -> str:
    """Return what the event did to the goal, which was `former` before and `later` after it."""
    return "; ".join(
        _changed(viewer, change, names, former, later)
        for change in event.details
        # The words for the metric name its currency.
        if change.name != "currency" or former.metric is later.metric
    ) or str(_DEEDS[event.deed])


def _changed(
    viewer: Viewer, change: DetailChange, names: HistoryNames, former: Standing, later: Standing
) -> str:
    if change.name == "period_targets":
        return _targets_changed(viewer, change, former, later)
    return _("%(detail)s changed from %(old)s to %(new)s") % {
        "detail": DETAIL_NAMES[change.name],
        "old": _value(viewer, change.name, change.old, names, former),
        "new": _value(viewer, change.name, change.new, names, later),
    }


def _value(viewer: Viewer, name: str, told: Told, names: HistoryNames, then: Standing) -> str:
    """Return a value as the history keeps it in words."""
    match name, told:
        case "assignee", _:
            return _assignee(told, names)
        case _, list():
            return _listed(name, told, names)
        case "stage_id", int():
            return names.of(name, told) or _("a stage that is gone")
        case "target", int():
            return formats.amount(told, then.currency, viewer.language)
        case "metric", str():
            return metric_words(then.measure, Metric(told), then.currency)
        case _:
            return _plain(viewer, name, told)


def _plain(viewer: Viewer, name: str, told: Told) -> str:
    match name, told:
        case "measure", int():
            return str(FULL_KIND_NAMES[Measure(told)])
        case "interval", str():
            return str(FREQUENCIES[Interval(told)])
        case "starts_on" | "ends_on", str():
            return day(date.fromisoformat(told), viewer.language)
        case "ends_on", _:
            return _("no end")
        case _:
            return str(told) if told else _("none")


def _listed(name: str, ids: list[int], names: HistoryNames) -> str:
    if not ids:
        return _("All pipelines") if name == "pipelines" else _("All types")
    return ", ".join(filter(None, (names.of(name, number) for number in ids))) or _("none")


def _assignee(told: Told, names: HistoryNames) -> str:
    assignee = assignee_told(told)
    if assignee is None:
        return _("somebody whose goals you may not see")
    if assignee.kind is AssigneeKind.COMPANY:
        return str(WHOLE_COMPANY)
    return names.of(assignee.kind, assignee.id)


def _targets_changed(viewer: Viewer, change: DetailChange, former: Standing, later: Standing) -> str:
    old, new = _targets(change.old), _targets(change.new)
    if not old:
        return _("Individual targets set")
    if not new:
        return _("Individual targets removed")
    changed = sorted(start for start in old.keys() | new.keys() if old.get(start) != new.get(start))
    if len(changed) > _MOST_TARGETS_NAMED:
        words = ngettext("%(count)s individual target changed", "%(count)s individual targets changed", 2)
        return words % {"count": formats.number(len(changed), viewer.language)}
    return "; ".join(_target_changed(viewer, start, old, new, former, later) for start in changed)


def _target_changed(
    viewer: Viewer,
    start: str,
    old: Mapping[str, int],
    new: Mapping[str, int],
    former: Standing,
    later: Standing,
) -> str:
    interval = later.interval if start in new else former.interval
    period = period_of(date.fromisoformat(start), interval, viewer.calendar)

    def amount(targets: Mapping[str, int], then: Standing) -> str:
        return formats.amount(targets[start], then.currency, viewer.language) if start in targets else ""

    return _("Target for %(period)s changed from %(old)s to %(new)s") % {
        "period": period_name(period, interval, viewer.calendar, viewer.language),
        "old": amount(old, former) or _("none"),
        "new": amount(new, later) or _("none"),
    }


def _targets(told: Told) -> Mapping[str, int]:
    return told if isinstance(told, dict) else {}


# Translators: each follows the name of a deal or an activity, as in "Lumira Clinics won"
_WORDS: Mapping[Happening, StrOrPromise] = {
    Happening.ADDED: gettext_lazy("added"),
    Happening.WON: gettext_lazy("won"),
    Happening.LOST: gettext_lazy("lost"),
    Happening.REOPENED: gettext_lazy("reopened"),
    Happening.NO_LONGER_WON: gettext_lazy("no longer won"),
    Happening.DELETED: pgettext_lazy("record", "deleted"),
    Happening.RESTORED: pgettext_lazy("record", "restored"),
    Happening.COMPLETED: gettext_lazy("completed"),
    Happening.UNDONE: gettext_lazy("no longer completed"),
    Happening.HANDED_OVER: gettext_lazy("handed over"),
    Happening.ENTERED_STAGE: gettext_lazy("moved to another stage"),
    Happening.LEFT_STAGE: gettext_lazy("moved back"),
    Happening.MOVED_STAGE: gettext_lazy("moved to another stage"),
    Happening.MOVED_PIPELINE: gettext_lazy("moved to another pipeline"),
    Happening.DAY_CHANGED: gettext_lazy("date changed"),
    Happening.TYPE_CHANGED: gettext_lazy("type changed"),
    Happening.VALUE_CHANGED: gettext_lazy("value changed"),
    Happening.PROBABILITY_CHANGED: gettext_lazy("probability changed"),
    Happening.RATE_CHANGED: gettext_lazy("exchange rate changed"),
    Happening.STAGE_PROBABILITY_CHANGED: gettext_lazy("probability of its stage changed"),
    Happening.TIME_ZONE_CHANGED: gettext_lazy("day changed with the company's time zone"),
    Happening.NOW_COUNTS: gettext_lazy("now counts"),
    Happening.NO_LONGER_COUNTS: gettext_lazy("no longer counts"),
    Happening.CHANGED: pgettext_lazy("record", "changed"),
}


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """A change as a line shows it. `by` is its net in the goal's metric; None when its value is unknown."""

    at: datetime
    when: str
    title: str
    words: str
    who: str
    by: int | None


def change_shown(viewer: Viewer, line: ChangeLine, *, currency: str) -> ChangeShown:
    """Return a change in words. `currency` is the company's, empty for a goal that counts."""
    language = viewer.language
    by = line.by.amount if currency else line.by.count
    is_unknown = bool(currency and line.by.unvalued and not line.by.amount)
    return ChangeShown(
        at=line.at,
        when=formats.moment(line.at, viewer.company.time_zone, language, this_year=viewer.today.year),
        title=line.title,
        words=_words(line, currency, language),
        who=_who(line),
        by=None if is_unknown else by,
    )


def _words(line: ChangeLine, currency: str, language: str) -> str:
    if line.reason is Reason.REPAIR:
        words = _("put right")
    elif line.handover is not None:
        words = _handed_over(line.handover.giver, line.handover.taker)
    elif line.stage and line.happening in (Happening.ENTERED_STAGE, Happening.MOVED_STAGE):
        words = _("moved to %(stage)s") % {"stage": line.stage}
    elif line.stage and line.happening is Happening.LEFT_STAGE:
        words = _("moved back from %(stage)s") % {"stage": line.stage}
    else:
        words = str(_WORDS[line.happening])
    if line.days is not None:
        before, after = (formats.day(day, language) for day in line.days)
    elif currency and line.before.count > 0 and line.after.count > 0 and line.before != line.after:
        before, after = (_value_change(part, currency, language) for part in (line.before, line.after))
    else:
        return words
    return _("%(words)s, %(before)s to %(after)s") % {"words": words, "before": before, "after": after}


def _handed_over(giver: str, taker: str) -> str:
    """Name only those whose records the reader may see."""
    if giver and taker:
        return _("handed over from %(giver)s to %(taker)s") % {"giver": giver, "taker": taker}
    if taker:
        return _("handed over to %(taker)s") % {"taker": taker}
    if giver:
        return _("handed over by %(giver)s") % {"giver": giver}
    return _("handed over")


def _value_change(part: Total, currency: str, language: str) -> str:
    return _("unknown value") if part.unvalued else formats.amount(part.amount, currency, language)


def _who(line: ChangeLine) -> str:
    """Return the person, and what else brought the change about where it was no edit."""
    match line.reason:
        case Reason.EDIT:
            return line.actor or _("Command line")
        case Reason.IMPORT:
            cause = _("Import")
        case Reason.SYNC:
            cause = _("Sync")
        case Reason.RULE:
            cause = _("Changed rule")
        case Reason.REPAIR:
            cause = _("Repair")
    if line.note and line.reason in (Reason.IMPORT, Reason.SYNC):
        cause = f"{cause} ({line.note})"
    return f"{line.actor} · {cause}" if line.actor else cause
