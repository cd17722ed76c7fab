"""Deleting a team, after asking what becomes of its goals, and bringing it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from goalpost.companies.directory import teams_to_choose
from goalpost.companies.errors import Changed, InvalidInput, NotFound
from goalpost.companies.teams import TeamLine, team_line
from goalpost.domain.plan import Feature
from goalpost.goals.queries import GoalView
from goalpost.goals.team_deletion import Fate, TeamGoals, delete_team, goals_of_team, mark_of
from goalpost.goals.team_return import Returned, restore_team
from goalpost.goals.terms import needs_plan
from goalpost.insights import formats
from goalpost.web.settings_pages.deleted_team import team_gone
from goalpost.web.settings_pages.teams import teams_page
from goalpost.web.settings_pages.typed import LARGEST_ID, Typed, id_in, typed
from goalpost.web.viewer import Viewer, for_viewer

_FIELDS = ("ongoing", "to_team", "past", "asked")
_BEGIN = Typed({"ongoing": "", "to_team": "", "past": Fate.KEEP.value})
_MOST_NAMED = 20
# What the toast of a deletion is known by; the team's id follows.
_RETURNS = "returns:"


@dataclass(frozen=True, slots=True)
class GoalGroup:
    """Some of the team's goals: those named, each with whether it is new since the question was put."""

    named: tuple[tuple[GoalView, bool], ...]
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.named)


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def delete(request: HttpRequest, viewer: Viewer, team_id: int) -> HttpResponse:
    """Ask on GET, delete on POST."""
    try:
        line = team_line(viewer.actor, team_id)
        if request.method != "POST":
            return _ask(request, viewer, line, _BEGIN)
        form = typed(request, _FIELDS)
        try:
            _delete(viewer, line, form)
        except InvalidInput as refusal:
            return _ask(request, viewer, line, form.refused(refusal))
        except Changed:
            return _ask(request, viewer, line, form, is_changed=True)
    except NotFound:
        return team_gone(request, viewer, team_id)
    said = _("Team “%(name)s” deleted") % {"name": line.name}
    messages.success(request, said, extra_tags=f"{_RETURNS}{team_id}")
    return redirect("web:teams")


@require_POST
@for_viewer
def restore(request: HttpRequest, viewer: Viewer, team_id: int) -> HttpResponse:
    try:
        back = restore_team(actor=viewer.actor, team_id=team_id, now=viewer.now)
    except NotFound:
        line = team_line(viewer.actor, team_id)
        messages.success(request, _("The team “%(name)s” is there already") % {"name": line.name})
    except InvalidInput as refusal:
        return teams_page(request, viewer, refusal=refusal.message)
    else:
        _tell(request, viewer, back)
    return redirect("web:teams")


def _delete(viewer: Viewer, line: TeamLine, form: Typed) -> None:
    to_team = form.values["to_team"]
    # Whoever chose a team and nothing else has answered.
    ongoing = form.values["ongoing"] or (Fate.TEAM.value if to_team else "")
    delete_team(
        actor=viewer.actor,
        team_id=line.id,
        ongoing=_fate(ongoing),
        to_team_id=(id_in(to_team) or LARGEST_ID) if to_team else None,
        past=_fate(form.values["past"]) or Fate.KEEP,
        asked=form.values["asked"].split(),
        now=viewer.now,
    )


def _fate(text: str) -> Fate | None:
    return Fate(text) if text in set(Fate) else None


def _ask(
    request: HttpRequest, viewer: Viewer, line: TeamLine, form: Typed, *, is_changed: bool = False
) -> HttpResponse:
    goals = goals_of_team(viewer.actor, line.id, now=viewer.now)
    known = frozenset(form.values["asked"].split()) if is_changed else goals.marks
    context = {
        "team": line,
        "form": form,
        "goals": goals,
        "ongoing": _group(goals.ongoing, "ongoing", known),
        "past": _group(goals.past, "past", known),
        "locked": _group(goals.locked, "locked", known),
        "asked": " ".join(sorted(goals.marks)),
        "others": [each for each in teams_to_choose(viewer.actor) if each.id != line.id],
        "is_changed": is_changed,
        "gone": _gone(goals, known),
        "needs_plan": needs_plan(Feature.TEAM_GOALS),
    }
    status = HTTPStatus.OK
    if is_changed:
        status = HTTPStatus.CONFLICT
    elif form.errors:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "settings/delete_team.html", context, status=status)


def _group(goals: Sequence[GoalView], name: str, known: frozenset[str]) -> GoalGroup:
    """Return the group with what is new in it first: that is what has to be looked at."""
    marked = sorted(((goal, mark_of(goal, name) not in known) for goal in goals), key=lambda one: not one[1])
    return GoalGroup(tuple(marked[:_MOST_NAMED]), len(marked))


def _gone(goals: TeamGoals, known: frozenset[str]) -> int:
    """Return how many goals the question named that the team has no more."""
    here = {goal.public_id for goal in (*goals.ongoing, *goals.past, *goals.locked)}
    return len({mark.split(".")[0] for mark in known} - here)


def _tell(request: HttpRequest, viewer: Viewer, back: Returned) -> None:
    """Say that the team is back and with what; apart from it what is not as it was."""
    said = _("Team “%(name)s” is back") % {"name": back.name}
    if back.goals:
        words = ngettext(
            "Team “%(name)s” is back, with %(count)s goal",
            "Team “%(name)s” is back, with %(count)s goals",
            back.goals,
        )
        said = words % {"name": back.name, "count": formats.number(back.goals, viewer.language)}
    messages.success(request, said)
    if back.left:
        words = ngettext(
            "%(count)s goal stays where it went: changed since, or read-only",
            "%(count)s goals stay where they went: changed since, or read-only",
            back.left,
        )
        left = words % {"count": formats.number(back.left, viewer.language)}
        messages.warning(request, left, extra_tags="refused")
