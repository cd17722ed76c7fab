"""The changes of a result since a day, formatted for its page."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django_stubs_ext import StrOrPromise

from goalpost.companies.memberships import MembershipEvent, membership_events
from goalpost.crm.rates import RateChange, rate_changes
from goalpost.domain.changes import ChangeCause
from goalpost.domain.measures import Metric
from goalpost.domain.permissions import AssigneeKind
from goalpost.goals.queries import GoalView
from goalpost.insights import formats
from goalpost.insights.changes import ChangeLine, ChangesAsked, ChangesBehind
from goalpost.insights.history_words import event_words, who_changed
from goalpost.ledger.models import Reason
from goalpost.ledger.questions import Total
from goalpost.web.shell.typed import NotADay, parse_day
from goalpost.web.shell.viewer import Viewer

DAYS = (7, 30)
BY_DEFAULT = 30

# Nothing was posted before; earlier days are out of range in some time zones.
_EARLIEST = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Since:
    """The day since which changes are listed; None for invalid input.

    `typed` is the parameter, `days` the number of days back, `error` the message for invalid input.
    """

    typed: str
    days: int | None
    day: date | None
    moment: datetime | None
    error: str = ""


def since_of(viewer: Viewer, typed: str) -> Since:
    """Parse the parameter; by default the last 30 days."""
    typed = typed.strip()
    for days in DAYS:
        if typed == str(days) or (not typed and days == BY_DEFAULT):
            day = viewer.today - timedelta(days=days)
            return Since(typed, days, day, _first_moment(viewer, day))
    try:
        day = max(parse_day(typed, viewer.language), _EARLIEST)
    except NotADay as fault:
        return Since(typed, None, None, None, str(fault))
    if day > viewer.today:
        return Since(typed, None, None, None, _("Choose today or an earlier day."))
    return Since(day.isoformat(), None, day, _first_moment(viewer, day))


def _first_moment(viewer: Viewer, day: date) -> datetime:
    """Return the last moment before the day, in the company's time zone: what comes after it is listed."""
    midnight = datetime.combine(day, time(), ZoneInfo(viewer.company.time_zone))
    return midnight - timedelta(microseconds=1)


_ON_A_PAGE = 50
_ON_A_CARD = 4


def changes_asked(viewer: Viewer, goal: GoalView, since: Since, after: str = "") -> ChangesAsked | None:
    """Return the question for a page of changes, None for an invalid day."""
    if since.moment is None:
        return None
    counts_only = goal.terms.metric is Metric.QUANTITY
    asked = ChangesAsked(since.moment, _ON_A_PAGE, after, counts_only=counts_only)
    return _with_rules(viewer, goal, asked)


def latest_asked(viewer: Viewer, goal: GoalView) -> ChangesAsked:
    """Return the question for the latest changes, within the default number of days."""
    since = since_of(viewer, "")
    assert since.moment is not None, "the last days have their moments"
    counts_only = goal.terms.metric is Metric.QUANTITY
    asked = ChangesAsked(since.moment, _ON_A_CARD, counts_only=counts_only, is_summed=False)
    return _with_rules(viewer, goal, asked)


def _with_rules(viewer: Viewer, goal: GoalView, asked: ChangesAsked) -> ChangesAsked:
    """Add the changes of the goal's team and of its currency's rates since then."""
    company = viewer.company
    if goal.terms.assignee.kind is AssigneeKind.TEAM:
        events = membership_events(company.pk, goal.terms.assignee.id, since=asked.since)
        asked = replace(asked, memberships=events)
    if goal.conversion:
        rates = rate_changes(company.pk, company.currency, goal.terms.currency, since=asked.since)
        asked = replace(asked, rates=rates)
    return asked


@dataclass(frozen=True, slots=True)
class Changes:
    """Formatted changes, with their sums between the result as known then and now.

    Figures are in the goal's metric; those of `currency`, the goal's, are minor units. `next` is where
    older changes go on. `has_hidden` says whether hidden records changed the result, or how many of its
    values are unknown. `rules` are changes of the team and of exchange rates, `moved` the sum of what the
    former and `revalued` of what the latter did.
    """

    lines: tuple["ChangeShown", ...]
    next: str
    currency: str
    then: int
    shown: int
    hidden: int
    has_hidden: bool
    now: int
    today: date
    rules: tuple["RuleShown", ...] = ()
    moved: int = 0
    revalued: int = 0


@dataclass(frozen=True, slots=True)
class RuleShown:
    """A change of a membership or a rate, and its effect: None where the reader may not see it."""

    at: datetime
    who: str
    words: str
    when: str
    by: int | None = None


def membership_shown(viewer: Viewer, event: MembershipEvent, by: int | None = None) -> RuleShown:
    return _rule(viewer, event, event_words(event, viewer.language), by)


def _rule(viewer: Viewer, event: MembershipEvent | RateChange, words: str, by: int | None) -> RuleShown:
    when = formats.moment(event.at, viewer.company.time_zone, viewer.language, this_year=viewer.today.year)
    return RuleShown(event.at, who_changed(event.by), words, when, by)


def _rate_words(change: RateChange, language: str) -> str:
    values = {
        "currency": change.currency,
        "day": formats.day(change.day, language),
        "rate": formats.decimal(change.after.normalize(), language),
    }
    if change.before is None:
        return _("%(currency)s has the exchange rate %(rate)s from %(day)s") % values
    old = formats.decimal(change.before.normalize(), language)
    return _("Exchange rate of %(currency)s from %(day)s: %(old)s to %(rate)s") % {**values, "old": old}


def changes_in_words(viewer: Viewer, found: ChangesBehind, currency: str) -> Changes:
    """Return the changes; `currency` is empty when they are counts."""

    def figure(total: Total) -> int:
        return total.amount if currency else total.count

    rules = [
        *(
            membership_shown(viewer, move.event, None if move.by is None else figure(move.by))
            for move in found.memberships
        ),
        *(
            _rule(viewer, move.event, _rate_words(move.event, viewer.language), figure(move.by))
            for move in found.rates
        ),
    ]
    return Changes(
        lines=tuple(change_shown(viewer, line, currency=currency) for line in found.lines),
        next=found.next,
        currency=currency,
        then=figure(found.then),
        shown=figure(found.shown),
        hidden=figure(found.hidden),
        has_hidden=any(found.hidden[:3]) if currency else found.hidden.count != 0,
        now=figure(found.now),
        today=viewer.today,
        rules=tuple(sorted(rules, key=lambda rule: rule.at, reverse=True)),
        moved=figure(found.moved),
        revalued=figure(found.revalued),
    )


# Translators: each follows the name of a deal or an activity, as in "Lumira Clinics won"
_WORDS: Mapping[ChangeCause, StrOrPromise] = {
    ChangeCause.ADDED: gettext_lazy("added"),
    ChangeCause.WON: gettext_lazy("won"),
    ChangeCause.LOST: gettext_lazy("lost"),
    ChangeCause.REOPENED: gettext_lazy("reopened"),
    ChangeCause.NO_LONGER_WON: gettext_lazy("no longer won"),
    ChangeCause.DELETED: pgettext_lazy("record", "deleted"),
    ChangeCause.RESTORED: pgettext_lazy("record", "restored"),
    ChangeCause.COMPLETED: gettext_lazy("completed"),
    ChangeCause.UNDONE: gettext_lazy("no longer completed"),
    ChangeCause.HANDED_OVER: gettext_lazy("handed over"),
    ChangeCause.ENTERED_STAGE: gettext_lazy("moved to another stage"),
    ChangeCause.LEFT_STAGE: gettext_lazy("moved back"),
    ChangeCause.MOVED_STAGE: gettext_lazy("moved to another stage"),
    ChangeCause.MOVED_PIPELINE: gettext_lazy("moved to another pipeline"),
    ChangeCause.DAY_CHANGED: gettext_lazy("date changed"),
    ChangeCause.TYPE_CHANGED: gettext_lazy("type changed"),
    ChangeCause.VALUE_CHANGED: gettext_lazy("value changed"),
    ChangeCause.PROBABILITY_CHANGED: gettext_lazy("probability changed"),
    ChangeCause.RATE_CHANGED: gettext_lazy("exchange rate changed"),
    ChangeCause.STAGE_PROBABILITY_CHANGED: gettext_lazy("probability of its stage changed"),
    ChangeCause.TIME_ZONE_CHANGED: gettext_lazy("day changed with the company’s time zone"),
    ChangeCause.STAGE_ORDER_CHANGED: gettext_lazy("order of stages changed"),
    ChangeCause.NOW_COUNTS: gettext_lazy("now counts"),
    ChangeCause.NO_LONGER_COUNTS: gettext_lazy("no longer counts"),
    ChangeCause.CHANGED: pgettext_lazy("record", "changed"),
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
    """Return a change in words. `currency` is the goal's, empty for one that counts."""
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
        words = _("corrected")
    elif line.handover is not None:
        words = _handed_over(line.handover.giver, line.handover.taker)
    elif line.stage and line.happening in (ChangeCause.ENTERED_STAGE, ChangeCause.MOVED_STAGE):
        words = _("moved to %(stage)s") % {"stage": line.stage}
    elif line.stage and line.happening is ChangeCause.LEFT_STAGE:
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
    """Return the sentence, naming only people whose records the reader may see."""
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
    """Return the person, and the source of the change where it was not an edit."""
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
