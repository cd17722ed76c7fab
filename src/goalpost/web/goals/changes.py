"""What changed a period's result: the tab beside its records, and the card on the goal's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from goalpost.domain.calendar import Period
from goalpost.domain.measures import Metric
from goalpost.goals.changes import ChangeLine, ChangesBehind, changes_behind, latest_changes
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
    """Whether hidden records changed the result, or how many of its values are unknown."""
    now: int
    today: date


@dataclass(frozen=True, slots=True)
class ChangesCard:
    """The latest changes, and the sum of the hidden ones. Figures as in `Changes`."""

    lines: tuple[ChangeShown, ...]
    currency: str
    hidden: int
    has_hidden: bool


def changes_tab(viewer: Viewer, goal: GoalView, period: Period, since: Since, after: str) -> Changes | None:
    """Return a page of changes, None when nobody can tell since when."""
    if since.moment is None:
        return None
    found = changes_behind(viewer.actor, goal, period, since=since.moment, limit=_A_PAGE, after=after)
    return _shown(viewer, goal, since, found)


def changes_card(viewer: Viewer, goal: GoalView, period: Period) -> ChangesCard:
    """Return the latest changes of a period, of the days looked back on by default."""
    since = since_of(viewer, "")
    assert since.moment is not None, "the last days have their moments"
    found = latest_changes(viewer.actor, goal, period, since=since.moment, limit=_ON_A_CARD)
    currency = _currency(viewer, goal)
    return ChangesCard(
        lines=_in_words(viewer, found.lines, currency),
        currency=currency,
        hidden=_figure(found.hidden, currency),
        has_hidden=any(found.hidden) if currency else found.hidden.count != 0,
    )


def chosen_days(since: Since, addresses: dict[int, str]) -> tuple[DaysChoice, ...]:
    """Return the numbers of days on offer, each with its address."""
    return tuple(DaysChoice(days, addresses[days], since.days == days) for days in DAYS)


def _shown(viewer: Viewer, goal: GoalView, since: Since, found: ChangesBehind) -> Changes:
    currency = _currency(viewer, goal)
    return Changes(
        since=since,
        lines=_in_words(viewer, found.lines, currency),
        next=found.next,
        currency=currency,
        then=_figure(found.then, currency),
        shown=_figure(found.shown, currency),
        hidden=_figure(found.hidden, currency),
        has_hidden=any(found.hidden) if currency else found.hidden.count != 0,
        now=_figure(found.now, currency),
        today=viewer.today,
    )


def _currency(viewer: Viewer, goal: GoalView) -> str:
    """Return the currency of the changes, empty when they are counts."""
    return viewer.company.currency if goal.terms.metric is Metric.SUM else ""


def _figure(total: Total, currency: str) -> int:
    return total.amount if currency else total.count


def _in_words(viewer: Viewer, lines: Sequence[ChangeLine], currency: str) -> tuple[ChangeShown, ...]:
    return tuple(change_shown(viewer, line, currency=currency) for line in lines)
