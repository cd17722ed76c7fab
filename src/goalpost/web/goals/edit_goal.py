"""Changing a goal with the form it was created with."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from goalpost.companies.errors import Changed, InvalidInput
from goalpost.goals.actions import change_goal
from goalpost.goals.queries import GoalView, goal_choices, goal_seen_by, require_change
from goalpost.web.goals.deletion import UNDOES
from goalpost.web.goals.forms import GoalForm
from goalpost.web.goals.goal_form import FILLING, fill, goal_data, show_form
from goalpost.web.goals.history import history_since, tells_when_gone, told_in_one
from goalpost.web.goals.typed_goal import settled
from goalpost.web.shell.kept_form import forget, keeps_typed, kept, tell_it_is_back
from goalpost.web.shell.viewer import Viewer, for_viewer, go_to


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_typed
@for_viewer
@tells_when_gone(typed_in="#goal-form .formgrid__main")
def edit_goal(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    """Show the goal's form on GET; save it on POST, unless somebody else changed the goal meanwhile."""
    goal = goal_seen_by(viewer.actor, public_id)
    require_change(goal, _("You may see this goal, but not change it."))
    choices = goal_choices(viewer.actor, viewer.company, also=goal.terms.assignee)

    def form_of(data: QueryDict) -> GoalForm:
        return GoalForm(
            data,
            measure=goal.terms.measure,
            company=viewer.company,
            choices=choices,
            language=viewer.language,
        )

    if request.method != "POST":
        back = kept(request, viewer.actor.user_id)
        if back is not None:
            tell_it_is_back(request)
        begun = goal_data(viewer, goal) if back is None else back
        return show_form(request, viewer, form_of(settled(form_of(begun))), goal=goal)
    form = form_of(settled(form_of(request.POST.copy())))
    if FILLING & request.POST.keys():
        filled = fill(viewer, form, request.POST.get("fill", "none"))
        return show_form(request, viewer, form_of(filled), goal=goal)
    if form.is_valid() and _save(request, viewer, form, goal):
        forget(request)
        return go_to(request, "web:goal", public_id)
    return show_form(request, viewer, form, goal=goal, shows_faults=True)


def _save(request: HttpRequest, viewer: Viewer, form: GoalForm, goal: GoalView) -> bool:
    """Save what the form says; False when that is refused, which the form then shows."""
    opened_at = form.cleaned_data["version"] or 0
    try:
        changed = change_goal(
            actor=viewer.actor,
            public_id=goal.public_id,
            terms=form.terms,
            now=viewer.now,
            version=opened_at,
        )
    except InvalidInput as refusal:
        form.add_refusal(refusal)
        return False
    except Changed:
        form.add_error(
            None,
            _(
                "Somebody else changed this goal while you had it open. Nothing was saved, and what you "
                "entered is still here: save again to replace everything by it."
            ),
        )
        for line in history_since(viewer, goal, opened_at):
            form.add_error(None, told_in_one(line))
        form.typed["version"] = str(goal.version)
        return False
    words = _("Goal “%(title)s” saved") % {"title": changed.terms.title}
    undoes = f"{UNDOES}{goal.public_id}:{changed.version}" if changed.version != goal.version else ""
    messages.success(request, words, extra_tags=undoes)
    return True
