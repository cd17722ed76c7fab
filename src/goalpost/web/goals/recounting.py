"""What a change of a detail counts anew, said before it is saved."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from goalpost.goals.queries import GoalView
from goalpost.goals.terms import periods_of
from goalpost.insights import formats
from goalpost.insights.calendar_words import day
from goalpost.web.goals.details import RECOUNTING, Detail
from goalpost.web.viewer import Viewer


def what_is_recounted(viewer: Viewer, goal: GoalView, detail: Detail) -> str:
    """Return the sentence, empty for a detail that nothing is counted by."""
    if detail not in RECOUNTING:
        return ""
    if goal.terms.ends_on is None:
        start = day(goal.terms.starts_on, viewer.language)
        return _("Saving recounts every period since %(start)s. The history keeps what was set before.") % {
            "start": start
        }
    count = len(periods_of(goal.terms, viewer.company, today=viewer.today))
    return ngettext(
        "Saving recounts the goal's one period. The history keeps what was set before.",
        "Saving recounts all %(count)s periods. The history keeps what was set before.",
        count,
    ) % {"count": formats.number(count, viewer.language)}
