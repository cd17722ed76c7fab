"""Changing a goal with the form it was created with."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from goalpost.companies.errors import Changed, InvalidInput, NotAllowed
from goalpost.goals.actions import change_goal
from goalpost.goals.choices import goal_choices
from goalpost.goals.queries import GoalView, goal_seen_by
from goalpost.web.goals.forms import GoalForm
from goalpost.web.goals.goal_form import fill, goal_data, show_form
from goalpost.web.viewer import Viewer, for_viewer
from goalpost.web.whole_page import go_to


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def edit_goal(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    """Show the goal's form on GET; save it on POST, unless somebody else changed the goal meanwhile."""
    goal = goal_seen_by(viewer.actor, public_id)
    if not goal.may_change:
        raise NotAllowed(_("You may see this goal, but not change it."))
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
        return show_form(request, viewer, form_of(goal_data(viewer, goal)), goal=goal)
    form = form_of(request.POST.copy())
    if "fill" in request.POST:
        return show_form(request, viewer, form_of(fill(viewer, form, request.POST["fill"])), goal=goal)
    if form.is_valid() and _save(request, viewer, form, goal):
        return go_to(request, "web:goal", public_id)
    return show_form(request, viewer, form, goal=goal, shows_faults=True)


def _save(request: HttpRequest, viewer: Viewer, form: GoalForm, goal: GoalView) -> bool:
    """Save what the form says; False when that is refused, which the form then shows."""
    try:
        changed = change_goal(
            actor=viewer.actor,
            public_id=goal.public_id,
            terms=form.terms,
            now=viewer.now,
            version=form.cleaned_data["version"],
        )
    except InvalidInput as refusal:
        form.add_refusal(refusal)
        return False
    except Changed:
        form.add_error(
            None,
            _(
                "Somebody else changed this goal while you had it open. Nothing was saved, and what you "
                "entered is still here: look at the goal in another tab, then save again to replace it."
            ),
        )
        form.typed["version"] = str(goal.version)
        return False
    messages.success(request, _("Goal “%(title)s” saved") % {"title": changed.terms.title})
    return True
