"""Creating a goal in two steps, editing it with the same form, and duplicating one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from urllib.parse import urlencode
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from goalpost.companies.errors import Changed, InvalidInput, KeyUsed, NotAllowed
from goalpost.domain.measures import Measure, allowed_metrics
from goalpost.domain.permissions import Assignee, AssigneeKind, Feature, Plan, allows
from goalpost.goals.actions import change_goal, create_goal, id_for_request
from goalpost.goals.queries import GoalChoices, GoalView, goal_choices, goal_seen_by, require_change
from goalpost.goals.terms import GoalTerms, a_year_later, with_raised_targets
from goalpost.insights.formats import day, day_range
from goalpost.web.goals.deletion import change_saved
from goalpost.web.goals.form import FILLING, GoalForm
from goalpost.web.goals.form_page import (
    form_context,
    goal_data,
    kind_groups,
    new_goal_data,
    show_form,
    why_no_forecast,
)
from goalpost.web.goals.history import history_since, one_line, tells_when_gone
from goalpost.web.goals.preview import fill
from goalpost.web.shell.insights_panel import panel_of
from goalpost.web.shell.kept_form import forget, keeps_typed, kept, tell_it_is_back
from goalpost.web.shell.toasts import toast
from goalpost.web.shell.viewer import Viewer, for_viewer, go_to

_TO_KIND, _TO_DETAILS = "kind", "details"

# Fields of the step, not of the goal.
_NOT_TYPED = {"csrfmiddlewaretoken", "step", "shows_faults", "drawn", "typed_by", *FILLING}


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_typed
@for_viewer
def new_goal(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Step one without a kind, step two with one; POST creates, or goes to a `step` keeping the input."""
    back = kept(request, viewer.actor.user_id)
    sent = back or (request.POST if request.method == "POST" else request.GET)
    measure = Measure.named(sent.get("kind", ""))
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
    form = GoalForm(data, viewer, measure)
    if request.method != "POST" or step == _TO_DETAILS:
        return show_form(request, form)
    if FILLING & request.POST.keys():
        fill(form, request.POST.get("fill", ""))
        return show_form(request, form)
    if form.is_valid() and (goal := _create(request, form)):
        words = _("Goal “%(title)s” created") % {"title": goal.terms.title}
        forget(request)
        toast(request, words, moves_focus=True)
        return go_to(request, "web:goal", goal.public_id)
    return show_form(request, form, shows_faults=True)


def _create(request: HttpRequest, form: GoalForm) -> GoalView | None:
    """Create the goal; None for errors, which the form then shows."""
    viewer, key = form.viewer, form.cleaned_data["public_id"]
    public_id = id_for_request(viewer.actor, key) if key else ""
    try:
        return create_goal(
            actor=viewer.actor,
            terms=form.draft.terms(),
            now=viewer.now,
            public_id=public_id,
            body=urlencode(sorted((name, text) for name, text in _typed(request.POST) if name != "proposed")),
        )
    except InvalidInput as refusal:
        form.add_faults(refusal.errors)
    except KeyUsed:
        made = goal_seen_by(viewer.actor, public_id)
        words = _("This form has already created the goal “%(title)s”. Create again to make another one.")
        form.add_error(None, words % {"title": made.terms.title})
        form.typed["public_id"] = uuid4().hex
    return None


def _typed(sent: QueryDict) -> list[tuple[str, str]]:
    """Return what was typed, without what belongs to the step that was sent."""
    return [(name, str(each)) for name, all_ in sent.lists() if name not in _NOT_TYPED for each in all_]


def _of_kind(measure: Measure, typed: QueryDict, metric: str) -> QueryDict:
    """Return what was typed, with this metric when the kind just chosen has not the one typed."""
    data = typed.copy()
    allowed = {each.value for each in allowed_metrics(measure)}
    if typed.get("step") == _TO_DETAILS and typed.get("metric") not in allowed:
        data["metric"] = metric
    return data


def _choose_kind(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    is_dialog = "HX-Request" in request.headers
    typed = request.POST
    is_back = typed.get("step") == _TO_KIND
    context: dict[str, object] = {
        "groups": kind_groups(viewer.company),
        "is_dialog": is_dialog,
        # The fields that step one hands on to step two.
        "carried": [field for field in _typed(typed) if is_back and field[0] != "kind"],
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
    """Answer with the regions of the form to replace. Saves nothing."""
    sent = request.POST
    measure = Measure.named(sent.get("kind", ""))
    if measure is None:
        raise Http404
    form = GoalForm(sent, viewer, measure)
    fill(form, sent.get("fill", ""))
    # A form that shows errors keeps showing the remaining ones.
    context = form_context(form, shows_faults="shows_faults" in sent)
    context["goal"] = sent.get("version", "")
    is_asked = bool(FILLING & sent.keys())
    context["replaces_periods"] = is_asked or context["drawn"] != sent.get("drawn")
    context["takes_focus"] = bool({"keep", "drops"} & sent.keys())
    context["replaces_duration"] = "keep" in sent
    context["replaces_title"] = form.typed.get("title") != sent.get("title")
    return render(request, "goals/form_preview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_typed
@for_viewer
@tells_when_gone(typed_in="#goal-form .formgrid__main")
def edit_goal(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    """Show the goal's form on GET; save it on POST, unless somebody else changed the goal meanwhile."""
    goal = goal_seen_by(viewer.actor, public_id)
    require_change(goal, _("You may see this goal, but not change it."))
    choices = goal_choices(viewer.actor, viewer.company, also=goal.terms.assignee)
    data: QueryDict | None = request.POST
    if request.method != "POST":
        data = kept(request, viewer.actor.user_id)
        if data is not None:
            tell_it_is_back(request)
    if data is None:
        data = goal_data(viewer, goal.terms)
        data["version"] = str(goal.version)
    form = GoalForm(data, viewer, goal.terms.measure, choices=choices)
    if request.method != "POST":
        return show_form(request, form, goal=goal)
    if FILLING & request.POST.keys():
        fill(form, request.POST.get("fill", ""))
        return show_form(request, form, goal=goal)
    if form.is_valid() and _save(request, form, goal):
        forget(request)
        return go_to(request, "web:goal", public_id)
    return show_form(request, form, goal=goal, shows_faults=True)


def _save(request: HttpRequest, form: GoalForm, goal: GoalView) -> bool:
    """Save the goal; False for errors, which the form then shows."""
    viewer, opened_at = form.viewer, form.cleaned_data["version"] or 0
    try:
        changed = change_goal(
            actor=viewer.actor,
            public_id=goal.public_id,
            terms=form.draft.terms(),
            now=viewer.now,
            version=opened_at,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal.errors)
        return False
    except Changed:
        form.add_error(
            None,
            _(
                "Somebody else changed this goal while you had it open. Nothing was saved, and what you"
                " entered is still here: save again to replace their changes."
            ),
        )
        for line in history_since(viewer, goal, opened_at):
            form.add_error(None, one_line(line))
        form.typed["version"] = str(goal.version)
        return False
    words = _("Goal “%(title)s” saved") % {"title": changed.terms.title}
    if changed.version != goal.version:
        change_saved(request, words, changed)
    else:
        toast(request, words)
    return True


_SAME, _NEXT = "same", "next"
_PERCENT = re.compile(
    r"(?P<sign>[-\N{MINUS SIGN}]?)\s*(?P<whole>\d{1,4})(?:[.,](?P<part>\d{1,2}))?\s*%?", re.ASCII
)
_LEAST, _MOST = -90_00, 1000_00


@dataclass(frozen=True, slots=True)
class Offer:
    """A possible assignee: the field's value, and a name."""

    value: str
    name: str
    assignee: Assignee


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
@tells_when_gone()
def duplicate(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    """Ask on GET what the copy is for; on POST open the form for a new goal with it. Nothing is saved."""
    goal = goal_seen_by(viewer.actor, public_id)
    choices = goal_choices(viewer.actor, viewer.company)
    refusal = why_no_forecast(viewer.company) if goal.terms.measure is Measure.REVENUE_FORECAST else ""
    if refusal:
        raise NotAllowed(refusal)
    offers = _offers(viewer, choices)
    if request.method != "POST":
        return _ask(request, viewer, goal, offers, _first_answers(viewer, goal, offers), {})
    typed = {name: request.POST.get(name, "") for name in ("assignee", "when", "raise_by")}
    faults: dict[str, str] = {}
    chosen = next((offer for offer in offers if offer.value == typed["assignee"]), None)
    if chosen is None:
        faults["assignee"] = _("Choose who the goal is for.")
    hundredths = _hundredths(typed["raise_by"])
    if hundredths is None:
        faults["raise_by"] = _("Enter a number from -90 to 1000, with at most two decimals.")
    later = a_year_later(goal.terms, viewer.calendar)
    terms = later if typed["when"] == _NEXT else goal.terms
    if terms is None or typed["when"] not in {_SAME, _NEXT}:
        faults["when"] = _("Choose the duration.")
    if chosen is None or hundredths is None or terms is None or faults:
        return _ask(request, viewer, goal, offers, typed, faults)
    copy = replace(
        with_raised_targets(terms, hundredths), assignee=chosen.assignee, title=_title(goal, terms, chosen)
    )
    data = goal_data(viewer, copy)
    data["public_id"] = uuid4().hex
    data["proposed"] = ""
    return show_form(request, GoalForm(data, viewer, copy.measure, choices=choices))


def _ask(
    request: HttpRequest,
    viewer: Viewer,
    goal: GoalView,
    offers: list[Offer],
    typed: Mapping[str, str],
    faults: Mapping[str, str],
) -> HttpResponse:
    terms, language = goal.terms, viewer.language
    later = a_year_later(terms, viewer.calendar)
    context: dict[str, object] = {
        "goal": goal,
        "is_dialog": "HX-Request" in request.headers,
        "people": [offer for offer in offers if offer.assignee.kind is AssigneeKind.PERSON],
        "teams": [offer for offer in offers if offer.assignee.kind is AssigneeKind.TEAM],
        "company": next((o for o in offers if o.assignee.kind is AssigneeKind.COMPANY), None),
        "typed": typed,
        "faults": faults,
        "same": _duration(terms, language),
        "later": _duration(later, language) if later else "",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK
    if context["is_dialog"]:
        return render(request, "goals/duplicate_dialog.html", context, status=status)
    context["panel"] = panel_of(viewer, current=goal)
    return render(request, "goals/duplicate_page.html", context, status=status)


def _first_answers(viewer: Viewer, goal: GoalView, offers: list[Offer]) -> dict[str, str]:
    own = Assignee(AssigneeKind.PERSON, viewer.actor.user_id)
    values = {offer.assignee: offer.value for offer in offers}
    is_over = goal.terms.ends_on is not None and goal.terms.ends_on < viewer.today
    return {
        "assignee": values.get(goal.terms.assignee) or values.get(own, ""),
        "when": _NEXT if is_over and a_year_later(goal.terms, viewer.calendar) else _SAME,
        "raise_by": "0",
    }


def _offers(viewer: Viewer, choices: GoalChoices) -> list[Offer]:
    """Return everybody this person may set goals for."""
    found = [
        Offer(f"person-{each.id}", each.name, Assignee(AssigneeKind.PERSON, each.id))
        for each in choices.people
    ]
    if allows(Plan(viewer.company.plan), Feature.TEAM_GOALS):
        found += [
            Offer(f"team-{each.id}", each.name, Assignee(AssigneeKind.TEAM, each.id))
            for each in choices.teams
        ]
    if choices.may_set_company:
        found.append(Offer("company", viewer.company.name, Assignee(AssigneeKind.COMPANY, viewer.company.pk)))
    return found


def _hundredths(text: str) -> int | None:
    """Return per cent typed, such as 5, 2.5 or -10 %, in hundredths of one; None for anything else."""
    match = _PERCENT.fullmatch(text.strip() or "0")
    if match is None:
        return None
    size = int(match["whole"]) * 100 + int((match["part"] or "").ljust(2, "0"))
    found = -size if match["sign"] else size
    return found if _LEAST <= found <= _MOST else None


def _title(goal: GoalView, terms: GoalTerms, chosen: Offer) -> str:
    """Return the goal's name with the years and the assignee of the copy where it names those."""
    before = goal.terms
    title = before.title
    if terms.starts_on.year != before.starts_on.year:
        known = {before.starts_on.year} | ({before.ends_on.year} if before.ends_on else set())
        title = re.sub(
            r"\b\d{4}\b", lambda found: str(int(found[0]) + 1) if int(found[0]) in known else found[0], title
        )
    if chosen.assignee != before.assignee:
        title = title.replace(goal.assignee_name, chosen.name)
    return title[:200]


def _duration(terms: GoalTerms, language: str) -> str:
    if terms.duration_end is None:
        return _("from %(start)s on") % {"start": day(terms.starts_on, language)}
    return day_range(terms.starts_on, terms.duration_end, language)
