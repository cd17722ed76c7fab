"""The changes of a result since a day, formatted for its page."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from goalpost.companies.memberships import MembershipEvent, membership_events
from goalpost.crm.rates import RateChange, rate_changes
from goalpost.domain.measures import Metric
from goalpost.domain.permissions import AssigneeKind
from goalpost.goals.queries import GoalView
from goalpost.insights import formats
from goalpost.insights.change_words import author_of, change_words
from goalpost.insights.changes import ChangeLine, ChangesAsked, ChangesBehind
from goalpost.insights.history_words import event_words, who_changed
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


def changes_in_words(viewer: Viewer, found: ChangesBehind, currency: str, *, counts_deals: bool) -> Changes:
    """Return the changes; `currency` is empty when they are counts, `counts_deals` tells what is counted."""

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
        lines=tuple(
            change_shown(viewer, line, currency=currency, counts_deals=counts_deals) for line in found.lines
        ),
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


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """A change as a line shows it. `by` is its net in the goal's metric; None when its value is unknown.

    `deal_id` is the deal that the line leads to: 0 for an activity, and for one that the viewer may not see.
    """

    at: datetime
    when: str
    title: str
    deal_id: int
    words: str
    who: str
    by: int | None


def change_shown(viewer: Viewer, line: ChangeLine, *, currency: str, counts_deals: bool) -> ChangeShown:
    """Return a change in words. `currency` is the goal's, empty for one that counts."""
    language = viewer.language
    by = line.by.amount if currency else line.by.count
    is_unknown = bool(currency and line.by.unvalued and not line.by.amount)
    return ChangeShown(
        at=line.at,
        when=formats.moment(line.at, viewer.company.time_zone, language, this_year=viewer.today.year),
        title=line.title,
        deal_id=line.record_id if counts_deals and line.title else 0,
        words=change_words(line, currency, language),
        who=author_of(line),
        by=None if is_unknown else by,
    )
