"""The goal form as it is shown: in a dialog over the page, or as a page of its own without scripts."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from goalpost.companies.currencies import DIGITS
from goalpost.companies.models import Company
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import AssigneeKind
from goalpost.domain.plan import Feature, Plan, allows, first_plan_with
from goalpost.domain.targets import spread_by_pattern
from goalpost.goals.queries import GoalView, visible_to
from goalpost.goals.terms import GoalTerms
from goalpost.web.goals.forms import GoalForm
from goalpost.web.goals.panel_goals import panel_of
from goalpost.web.goals.period_fields import PeriodFields, period_fields
from goalpost.web.goals.preview import Preview, draft_terms, preview_of
from goalpost.web.goals.typed_goal import PERIOD_PREFIX, typed_season
from goalpost.web.goals.words import FULL_KIND_NAMES, TARGETS_PER, counted
from goalpost.web.shell.kept_form import typed_by
from goalpost.web.shell.typed import written_amount
from goalpost.web.shell.viewer import Viewer

FILLING = {"fill", "keep", "drops"}
"""The buttons that change the form and save nothing."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A line of the summary: the field it leads to and what is wrong there."""

    field_id: str
    message: str


def new_goal_data(viewer: Viewer, measure: Measure) -> QueryDict:
    """Return what the form for a new goal begins with."""
    data = QueryDict(mutable=True)
    data["assignee_kind"] = AssigneeKind.PERSON.value
    data["person"] = str(viewer.actor.user_id)
    data["interval"] = Interval.MONTHLY.value
    data["metric"] = (Metric.SUM if measure in _BY_VALUE else Metric.QUANTITY).value
    data["currency"] = viewer.company.currency
    data["starts_on"] = viewer.today.replace(day=1).isoformat()
    return data


_BY_VALUE = {Measure.DEALS_WON, Measure.REVENUE_FORECAST}


def goal_data(viewer: Viewer, goal: GoalView) -> QueryDict:
    """Return what the form for a goal that is there begins with."""
    terms = goal.terms
    data = QueryDict(mutable=True)
    data["version"] = str(goal.version)
    data["title"] = terms.title
    data["assignee_kind"] = terms.assignee.kind.value
    if terms.assignee.kind is not AssigneeKind.COMPANY:
        data[terms.assignee.kind.value] = str(terms.assignee.id)
    data.setlist("pipelines", [str(each) for each in sorted(terms.pipelines)])
    data.setlist("activity_types", [str(each) for each in sorted(terms.activity_types)])
    data["stage"] = str(terms.stage_id or "")
    data["interval"] = terms.interval.value
    data["metric"] = terms.metric.value
    data["currency"] = terms.currency or viewer.company.currency
    data["starts_on"] = terms.starts_on.isoformat()
    data["ends_on"] = terms.ends_on.isoformat() if terms.ends_on else ""
    data["target"] = written_amount(terms.target, terms.currency, viewer.language)
    if terms.period_targets:
        data["is_seasonal"] = "on"
        _write_targets(data, terms, viewer.language)
    return data


def fill(viewer: Viewer, form: GoalForm, how: str) -> QueryDict:
    """Return what was typed with each period's target filled in: `all`, `evenly`, `pattern` or `none`."""
    if how == "none":
        return fill_new(viewer, form)
    data = form.typed.copy()
    periods = form.periods(today=viewer.today)
    amount = form.amount("fill_total" if how in {"evenly", "pattern"} else "target")
    is_ready = form.is_seasonal_now() and not typed_season(form).is_unsettled
    if amount is None or not periods or not is_ready:
        return data
    shares: Sequence[int] = [amount] * len(periods)
    if how == "evenly":
        shares = _shared_out(amount, [1] * len(periods), form.chosen_currency())
    elif how == "pattern":
        earlier = preview_of(viewer, form).earlier or [0] * len(periods)
        shares = _shared_out(amount, [max(each, 0) for each in earlier], form.chosen_currency())
    for period, share in zip(periods, shares, strict=True):
        data[f"{PERIOD_PREFIX}{period.start}"] = written_amount(
            share, form.chosen_currency(), viewer.language
        )
    return data


def fill_new(viewer: Viewer, form: GoalForm) -> QueryDict:
    """Return what was typed with the target in each period that had no field yet; others stay as typed."""
    data = form.typed.copy()
    amount = form.amount("target")
    is_ready = form.is_seasonal_now() and not typed_season(form).is_unsettled
    if amount is None or amount <= 0 or not is_ready:
        return data
    for period in form.periods(today=viewer.today):
        written = written_amount(amount, form.chosen_currency(), viewer.language)
        data.setdefault(f"{PERIOD_PREFIX}{period.start}", written)
    return data


def _shared_out(total: int, weights: Sequence[int], currency: str) -> tuple[int, ...]:
    """Share a total out by weights, in whole major units where it is a number of those itself."""
    unit = 10 ** DIGITS[currency] if currency else 1
    if total % unit:
        unit = 1
    return tuple(part * unit for part in spread_by_pattern(total // unit, weights))


def show_form(
    request: HttpRequest,
    viewer: Viewer,
    form: GoalForm,
    *,
    goal: GoalView | None = None,
    shows_faults: bool = False,
) -> HttpResponse:
    """Answer with the form, 422 when it shows what is wrong with it."""
    is_dialog = "HX-Request" in request.headers
    context = form_context(viewer, form, shows_faults=shows_faults)
    address = reverse("web:edit-goal", args=[goal.public_id]) if goal else reverse("web:goal-new")
    whose = typed_by(viewer.actor.user_id, address)
    context |= {"goal": goal, "is_dialog": is_dialog, "typed_by": whose}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if shows_faults else HTTPStatus.OK
    if is_dialog:
        return render(request, "goals/form_dialog.html", context, status=status)
    context["panel"] = panel_of(viewer, current=goal)
    return render(request, "goals/form_page.html", context, status=status)


def form_context(viewer: Viewer, form: GoalForm, *, shows_faults: bool = False) -> dict[str, object]:
    """Return all that the form's template shows."""
    preview = preview_of(viewer, form)
    fields = period_fields(viewer, form, preview)
    # Where the box ticked is the fault or holds targets, it stays open to be unticked.
    is_open = (shows_faults and "is_seasonal" in form.errors) or bool(fields.boxes)
    why_not_seasonal = form.why_not_seasonal()
    proposed = _proposed_title(form, preview)
    if form.typed.get("title", "") == form.typed.get("proposed", ""):
        form.data = form.typed.copy()
        form.data["title"] = form.data["proposed"] = proposed
    return {
        "form": form,
        "preview": preview,
        "kind": FULL_KIND_NAMES[form.measure],
        "measure": form.measure,
        "shows_faults": shows_faults,
        "faults": _faults(form, fields) if shows_faults else [],
        "season": fields,
        "drawn": _drawn(form, fields, why_not_seasonal, "on" if "is_seasonal" in form.typed else ""),
        "target_label": TARGETS_PER[form.chosen_interval()],
        "currency": form.chosen_currency(),
        "is_name_taken": _is_name_taken(viewer, form),
        "why_no_team": _why_no_team(viewer.company, form),
        "why_no_company": ""
        if form.choices.may_set_company
        else _("Only an admin may set goals for the company."),
        "why_not_seasonal": "" if is_open else why_not_seasonal,
        "has_stage": form.measure is Measure.DEALS_PROGRESSED,
        "chooses_currency": len(form.choices.currencies) > 1
        and form.chosen_metric() is Metric.SUM
        and form.measure is not Measure.REVENUE_FORECAST,
    }


def why_no_forecast(company: Company) -> str:
    """Return why the company's plan has no forecast goals, empty when it has."""
    if allows(Plan(company.plan), Feature.FORECAST_GOALS):
        return ""
    plan = first_plan_with(Feature.FORECAST_GOALS).value
    return _("%(what)s need the %(plan)s plan.") % {"what": _("Forecast goals"), "plan": plan}


def _why_no_team(company: Company, form: GoalForm) -> str:
    if not allows(Plan(company.plan), Feature.TEAM_GOALS):
        plan = first_plan_with(Feature.TEAM_GOALS).value
        return _("%(what)s need the %(plan)s plan.") % {"what": _("Team goals"), "plan": plan}
    if not form.choices.teams:
        return _("Only an admin and the team's manager may set goals for a team.")
    return ""


def _faults(form: GoalForm, fields: PeriodFields) -> list[Fault]:
    found = [
        Fault("" if name == "__all__" else f"id_{name}", str(message))
        for name, messages in form.errors.items()
        for message in messages
    ]
    return found + [
        Fault(f"id_{field.name}", f"{field.label}: {field.error}") for field in fields.boxes if field.error
    ]


def _proposed_title(form: GoalForm, preview: Preview) -> str:
    """Return a name for the goal: whose it is and what it counts."""
    who = _name_of_assignee(form)
    if not who:
        return ""
    terms = draft_terms(form, preview.periods)
    stages = {stage.id: stage.name for pipeline in form.choices.pipelines for stage in pipeline.stages}
    types = {each.id: each.name for each in form.choices.activity_types}
    chosen_types = [types[each] for each in sorted(terms.activity_types)] if terms else []
    stage = stages.get(terms.stage_id or 0, "") if terms else ""
    what = counted(form.measure, form.chosen_metric(), stage=stage or _("a stage"), types=chosen_types)
    return _("%(who)s: %(what)s") % {"who": who, "what": what}


def _is_name_taken(viewer: Viewer, form: GoalForm) -> bool:
    """Whether a goal that this person may see has the new goal's name already."""
    title = form.typed.get("title", "").strip()
    if not title or "\x00" in title or form.typed.get("version", ""):
        return False
    return visible_to(viewer.actor).filter(title__iexact=title).exists()


def _name_of_assignee(form: GoalForm) -> str:
    assignee = form.chosen_assignee()
    if assignee is None:
        return ""
    match assignee.kind:
        case AssigneeKind.PERSON:
            return next(each.name for each in form.choices.people if each.id == assignee.id)
        case AssigneeKind.TEAM:
            return next(each.name for each in form.choices.teams if each.id == assignee.id)
        case AssigneeKind.COMPANY:
            return form.company.name


def _drawn(form: GoalForm, fields: PeriodFields, *others: str) -> str:
    """Return what decides how the targets are drawn, so that they are only replaced when it changes."""
    asked = fields.question.drops if fields.question else ""
    parts = [form.chosen_interval().value, form.chosen_currency(), form.typed.get("periods_of", ""), asked]
    return "|".join([*parts, *others, str(len(fields.boxes)), str(len(fields.kept_aside))])


def _write_targets(data: QueryDict, terms: GoalTerms, language: str) -> None:
    for start, target in terms.period_targets.items():
        data[f"{PERIOD_PREFIX}{start}"] = written_amount(target, terms.currency, language)
