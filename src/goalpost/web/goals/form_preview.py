"""What the form says of itself while it is filled in: the preview, the period fields, a proposed name."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from goalpost.domain.measures import Measure
from goalpost.web.goals.goal_form import FILLING, fill, form_context
from goalpost.web.goals.kept_form import keeps_typed
from goalpost.web.goals.new_goal import goal_form
from goalpost.web.goals.typed_season import settled
from goalpost.web.viewer import Viewer, for_viewer


@require_POST
@keeps_typed
@for_viewer
def form_preview(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Answer with what has to be replaced in the form. Nothing is saved."""
    kinds = {measure.wire: measure for measure in Measure}
    measure = kinds.get(request.POST.get("kind", ""))
    if measure is None:
        raise Http404
    form = goal_form(viewer, measure, settled(goal_form(viewer, measure, request.POST.copy())))
    how = request.POST.get("fill", "")
    form = goal_form(viewer, measure, fill(viewer, form, how or "none"))
    context = form_context(viewer, form)
    is_asked = bool(FILLING & request.POST.keys())
    context["replaces_periods"] = is_asked or context["drawn"] != request.POST.get("drawn")
    context["takes_focus"] = bool({"keep", "drops"} & request.POST.keys())
    context["replaces_duration"] = "keep" in request.POST
    context["replaces_title"] = form.typed.get("title") != request.POST.get("title")
    return render(request, "goals/form_preview.html", context)
