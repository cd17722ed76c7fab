"""What people did to a goal, in words: the latest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from goalpost.goals.history import GoalEvent, events_since, goal_history
from goalpost.goals.history_names import names_in
from goalpost.goals.queries import GoalView
from goalpost.insights import calendar_words
from goalpost.web.goals.change_words import Standing, words_of
from goalpost.web.viewer import Viewer

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One deed: what was done or which details changed, by whom, when."""

    at: datetime
    who: str
    words: str
    when: str


def history_of(viewer: Viewer, goal: GoalView, *, limit: int = MOST_SHOWN) -> tuple[HistoryLine, ...]:
    """Return the latest lines of the goal's history."""
    return _lines(viewer, goal, goal_history(goal, viewer.actor, limit=limit))


def history_since(viewer: Viewer, goal: GoalView, version: int) -> tuple[HistoryLine, ...]:
    """Return what was done to the goal after it had this version."""
    return _lines(viewer, goal, events_since(goal, viewer.actor, version))


def told_in_one(line: HistoryLine) -> str:
    """Return who did what when as one sentence."""
    return _("%(who)s, %(when)s: %(what)s") % {"who": line.who, "when": line.when, "what": line.words}


def _lines(viewer: Viewer, goal: GoalView, events: Sequence[GoalEvent]) -> tuple[HistoryLine, ...]:
    names = names_in(viewer.company.pk, events)
    # From the goal as it stands back: an amount is told in the currency it had at that moment.
    standing = Standing(goal.terms.measure, goal.terms.interval, goal.terms.metric, goal.terms.currency)
    lines: list[HistoryLine] = []
    for event in events:
        former = standing.before(event)
        lines.append(
            HistoryLine(
                at=event.at,
                who=event.actor.name,
                words=words_of(viewer, event, names, former=former, later=standing),
                when=calendar_words.moment(
                    event.at, viewer.company.time_zone, viewer.language, this_year=viewer.today.year
                ),
            )
        )
        standing = former
    return tuple(lines)
