"""Creating a goal in two steps: what it counts, then the details, with a preview while they are filled in."""

from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from goalpost.companies.errors import InvalidInput
from goalpost.domain.measures import Measure, allowed_metrics
from goalpost.goals.actions import create_goal, id_for_request
from goalpost.goals.queries import goal_choices
from goalpost.web.goals.forms import GoalForm
from goalpost.web.goals.goal_form import (
    FILLING,
    fill,
    form_context,
    new_goal_data,
    show_form,
    why_no_forecast,
)
from goalpost.web.goals.kinds import kind_groups
from goalpost.web.goals.panel_goals import panel_of
from goalpost.web.goals.typed_goal import settled
from goalpost.web.shell.kept_form import forget, keeps_typed, kept, tell_it_is_back
from goalpost.web.shell.viewer import Viewer, for_viewer, go_to

_TO_KIND, _TO_DETAILS = "kind", "details"

# What belongs to the step sent, not to what was typed.
_NOT_CARRIED = {"csrfmiddlewaretoken", "kind", "step", "drawn", "typed_by", *FILLING}


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_typed
@for_viewer
def new_goal(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Step one without a kind, step two with one; POST creates, or goes to a `step` with what was typed."""
    kinds = {measure.wire: measure for measure in Measure}
    back = kept(request, viewer.actor.user_id)
    sent = back or (request.POST if request.method == "POST" else request.GET)
    measure = kinds.get(sent.get("kind", ""))
    step = request.POST.get("step", "")
    is_closed = measure is Measure.REVENUE_FORECAST and why_no_forecast(viewer.company)
    if measure is None or is_closed or step == _TO_KIND:
        return _choose_kind(request, viewer)
    data = new_goal_data(viewer, measure)
    if request.method == "POST":
        data = _of_kind(measure, request.POST, str(data["metric"]))
    elif back is not None:
        data = back
        tell_it_is_back(request)
    data.setdefault("public_id", uuid4().hex)
    form = goal_form(viewer, measure, settled(goal_form(viewer, measure, data)))
    if request.method != "POST" or step == _TO_DETAILS:
        return show_form(request, viewer, form)
    if FILLING & request.POST.keys():
        data = fill(viewer, form, request.POST.get("fill", "none"))
        return show_form(request, viewer, goal_form(viewer, measure, data))
    if form.is_valid():
        key = form.cleaned_data["public_id"]
        try:
            goal = create_goal(
                actor=viewer.actor,
                terms=form.terms,
                now=viewer.now,
                public_id=id_for_request(viewer.actor, key) if key else "",
            )
        except InvalidInput as refusal:
            form.add_refusal(refusal)
        else:
            words = _("Goal “%(title)s” created") % {"title": goal.terms.title}
            forget(request)
            messages.success(request, words, extra_tags="created")
            return go_to(request, "web:goal", goal.public_id)
    return show_form(request, viewer, form, shows_faults=True)


def goal_form(viewer: Viewer, measure: Measure, data: QueryDict) -> GoalForm:
    """Return the form for goals of this kind with what this person may choose."""
    return GoalForm(
        data,
        measure=measure,
        company=viewer.company,
        choices=goal_choices(viewer.actor, viewer.company),
        language=viewer.language,
    )


def _of_kind(measure: Measure, typed: QueryDict, metric: str) -> QueryDict:
    """Return what was typed, with this metric when the kind just chosen has not the one typed."""
    data = typed.copy()
    allowed = {each.value for each in allowed_metrics(measure)}
    if typed.get("step") == _TO_DETAILS and typed.get("metric") not in allowed:
        data["metric"] = metric
    return data


def _carried(typed: QueryDict) -> list[tuple[str, str]]:
    """Return the fields that step one hands on to step two."""
    if typed.get("step") != _TO_KIND:
        return []
    return [(name, str(each)) for name, all_ in typed.lists() if name not in _NOT_CARRIED for each in all_]


def _choose_kind(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    is_dialog = "HX-Request" in request.headers
    typed = request.POST
    context: dict[str, object] = {
        "groups": kind_groups(viewer.company),
        "is_dialog": is_dialog,
        "carried": _carried(typed),
        "chosen": typed.get("kind", Measure.DEALS_WON.wire),
        "is_typed": bool(typed.get("target")) or typed.get("title") != typed.get("proposed"),
    }
    if is_dialog:
        return render(request, "goals/kind_dialog.html", context)
    context["panel"] = panel_of(viewer)
    return render(request, "goals/kind_page.html", context)


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
