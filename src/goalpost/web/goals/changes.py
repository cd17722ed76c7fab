"""What changed a period's result: the tab beside its records, and the card on the goal's page."""

from dataclasses import dataclass
from datetime import date

from goalpost.domain.calendar import Period
from goalpost.domain.measures import Metric
from goalpost.goals.changes import ChangesBehind, changes_behind
from goalpost.goals.queries import GoalView
from goalpost.ledger.read import Total
from goalpost.web.goals.happening_words import ChangeShown, change_shown
from goalpost.web.goals.since import DAYS, Since, since_of
from goalpost.web.viewer import Viewer

_A_PAGE = 50
_ON_A_CARD = 4


@dataclass(frozen=True, slots=True)
class DaysChoice:
    """A number of days to look back, where that leads, and whether it is what is shown."""

    days: int
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes in words, and how they lead from the result as it was known to the one of now.

    Figures are in the goal's metric; those of `currency`, the company's, are minor units. `next` is where
    older changes go on.
    """

    since: Since
    lines: tuple[ChangeShown, ...]
    next: str
    currency: str
    then: int
    shown: int
    hidden: int
    has_hidden: bool
    """Whether hidden records changed anything, be it to and fro."""
    now: int
    today: date


def changes_tab(viewer: Viewer, goal: GoalView, period: Period, since: Since, after: str) -> Changes | None:
    """Return a page of changes, None when nobody can tell since when."""
    if since.moment is None:
        return None
    found = changes_behind(viewer.actor, goal, period, since=since.moment, limit=_A_PAGE, after=after)
    return _shown(viewer, goal, since, found)


def changes_card(viewer: Viewer, goal: GoalView, period: Period) -> Changes:
    """Return the latest changes of the period that runs, of the days looked back on by default."""
    since = since_of(viewer, "")
    assert since.moment is not None, "the last days have their moments"
    found = changes_behind(viewer.actor, goal, period, since=since.moment, limit=_ON_A_CARD)
    return _shown(viewer, goal, since, found)


def chosen_days(since: Since, addresses: dict[int, str]) -> tuple[DaysChoice, ...]:
    """Return the numbers of days on offer, each with its address."""
    return tuple(DaysChoice(days, addresses[days], since.days == days) for days in DAYS)


def _shown(viewer: Viewer, goal: GoalView, since: Since, found: ChangesBehind) -> Changes:
    currency = viewer.company.currency if goal.terms.metric is Metric.SUM else ""

    def figure(total: Total) -> int:
        return total.amount if currency else total.count

    return Changes(
        since=since,
        lines=tuple(change_shown(line, currency=currency, language=viewer.language) for line in found.lines),
        next=found.next,
        currency=currency,
        then=figure(found.then),
        shown=figure(found.shown),
        hidden=figure(found.hidden),
        has_hidden=any(found.hidden),
        now=figure(found.now),
        today=viewer.today,
    )
