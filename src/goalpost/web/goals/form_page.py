"""Initial data and rendering of the goal form: in a dialog, or as a page of its own."""

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from goalpost.companies.models import Company
from goalpost.domain.calendar import Interval, Period
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import AssigneeKind, Feature, Plan, allows
from goalpost.goals.queries import GoalView, visible_to
from goalpost.goals.terms import GoalTerms, needs_plan
from goalpost.insights import formats
from goalpost.insights.formats import day_range, short_period_name
from goalpost.insights.goal_words import (
    COUNTING_RULES,
    FREQUENCIES,
    FULL_KIND_NAMES,
    KIND_DESCRIPTIONS,
    KIND_GROUPS,
    KIND_ICONS,
    KIND_NAMES,
    TARGETS_PER,
    counted,
)
from goalpost.web.goals.form import PERIOD_PREFIX, GoalForm
from goalpost.web.goals.preview import Preview, preview_of
from goalpost.web.shell.insights_panel import panel_of
from goalpost.web.shell.kept_form import typed_by
from goalpost.web.shell.typed import written_amount
from goalpost.web.shell.viewer import Viewer

_MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class Fault:
    """A line of the error summary: the field it links to and the message."""

    field_id: str
    message: str


@dataclass(frozen=True, slots=True)
class PeriodField:
    """The input of one individual target, with the result of a year earlier."""

    name: str
    label: str
    value: str
    error: str
    earlier: str = ""
    earlier_year: str = ""


@dataclass(frozen=True, slots=True)
class NamedTarget:
    """A period's own target, in words."""

    period: str
    text: str


@dataclass(frozen=True, slots=True)
class DropQuestion:
    """The question before dropping targets without a period: the first ones by name, and how many.

    `drops` is the value that confirms exactly these.
    """

    drops: str
    named: tuple[NamedTarget, ...]
    count: int
    kept: int
    frequency: str = ""
    duration: str = ""

    @property
    def more(self) -> int:
        return self.count - len(self.named)


@dataclass(frozen=True, slots=True)
class PeriodFields:
    """The fields shown, or the hidden targets `kept_aside` by field name while there is a single target."""

    boxes: tuple[PeriodField, ...] = ()
    question: DropQuestion | None = None
    kept_aside: tuple[tuple[str, str], ...] = ()


_BY_VALUE = {Measure.DEALS_WON, Measure.REVENUE_FORECAST}


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


def goal_data(viewer: Viewer, terms: GoalTerms) -> QueryDict:
    """Return what the form for a goal with these terms begins with."""
    data = QueryDict(mutable=True)
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
    for start, target in terms.period_targets.items():
        data[f"{PERIOD_PREFIX}{start}"] = written_amount(target, terms.currency, viewer.language)
    return data


def show_form(
    request: HttpRequest, form: GoalForm, *, goal: GoalView | None = None, shows_faults: bool = False
) -> HttpResponse:
    """Answer with the form, 422 when it shows what is wrong with it."""
    viewer = form.viewer
    is_dialog = "HX-Request" in request.headers
    context = form_context(form, shows_faults=shows_faults)
    address = reverse("web:edit-goal", args=[goal.public_id]) if goal else reverse("web:goal-new")
    whose = typed_by(viewer.actor.user_id, address)
    context |= {"goal": goal, "is_dialog": is_dialog, "typed_by": whose}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if shows_faults else HTTPStatus.OK
    if is_dialog:
        return render(request, "goals/form_dialog.html", context, status=status)
    context["panel"] = panel_of(viewer, current=goal)
    return render(request, "goals/form_page.html", context, status=status)


def form_context(form: GoalForm, *, shows_faults: bool = False) -> dict[str, object]:
    """Return all that the form's template shows."""
    draft, preview = form.draft, preview_of(form)
    fields = period_fields(form, preview)
    # A ticked box stays enabled, so that it can be unticked.
    is_open = (shows_faults and "is_seasonal" in form.errors) or bool(fields.boxes)
    why_not_seasonal = draft.why_not_seasonal()
    if form.typed.get("title", "") == form.typed.get("proposed", ""):
        form.typed["title"] = form.typed["proposed"] = _proposed_title(form)
    return shared_context(form, shows_faults=shows_faults) | {
        "preview": preview,
        "kind": FULL_KIND_NAMES[form.measure],
        "faults": _faults(form, fields) if shows_faults else [],
        "season": fields,
        "drawn": _drawn(form, fields, why_not_seasonal),
        "is_name_taken": _is_name_taken(form),
        "why_not_seasonal": "" if is_open else why_not_seasonal,
        "has_stage": form.measure is Measure.DEALS_PROGRESSED,
        "chooses_currency": len(form.choices.currencies) > 1
        and draft.metric is Metric.SUM
        and form.measure is not Measure.REVENUE_FORECAST,
    }


def shared_context(form: GoalForm, *, shows_faults: bool) -> dict[str, object]:
    """Return what the fields need, in the whole form and in that of one detail."""
    context: dict[str, object] = {
        "form": form,
        "measure": form.measure,
        "shows_faults": shows_faults,
        "target_label": TARGETS_PER[form.draft.interval],
        "currency": form.draft.currency,
    }
    if "assignee_kind" in form.fields:
        only_admins = _("Only an admin may set goals for the company.")
        context["why_no_team"] = _why_no_team(form)
        context["why_no_company"] = "" if form.choices.may_set_company else only_admins
    return context


def why_no_forecast(company: Company) -> str:
    """Return why the company's plan has no forecast goals, empty when it has."""
    return _why_not_in_plan(company, Feature.FORECAST_GOALS)


def _why_not_in_plan(company: Company, feature: Feature) -> str:
    return "" if allows(Plan(company.plan), feature) else needs_plan(feature)


def _why_no_team(form: GoalForm) -> str:
    if refusal := _why_not_in_plan(form.viewer.company, Feature.TEAM_GOALS):
        return refusal
    if not form.choices.teams:
        return _("Only an admin and the team’s manager may set goals for a team.")
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


def _proposed_title(form: GoalForm) -> str:
    """Return a name for the goal: whose it is and what it counts."""
    draft, choices = form.draft, form.choices
    if draft.assignee is None:
        return ""
    names: dict[AssigneeKind, dict[int, str]] = {
        AssigneeKind.PERSON: {each.id: each.name for each in choices.people},
        AssigneeKind.TEAM: {each.id: each.name for each in choices.teams},
        AssigneeKind.COMPANY: {form.viewer.company.pk: form.viewer.company.name},
    }
    stages = {stage.id: stage.name for pipeline in choices.pipelines for stage in pipeline.stages}
    types = {each.id: each.name for each in choices.activity_types}
    what = counted(
        form.measure,
        draft.metric,
        stage=stages.get(draft.stage_id or 0, "") or _("a stage"),
        types=[types[each] for each in sorted(draft.activity_types)],
    )
    return _("%(who)s: %(what)s") % {"who": names[draft.assignee.kind][draft.assignee.id], "what": what}


def _is_name_taken(form: GoalForm) -> bool:
    """Whether a goal that this person may see has the new goal's name already."""
    title = form.typed.get("title", "").strip()
    if not title or "\x00" in title or form.typed.get("version", ""):
        return False
    return visible_to(form.viewer.actor).filter(title__iexact=title).exists()


def _drawn(form: GoalForm, fields: PeriodFields, why_not_seasonal: str) -> str:
    """Return a key of the targets' layout: the region is replaced only when it changes."""
    draft, asked = form.draft, fields.question.drops if fields.question else ""
    parts = [draft.interval.value, draft.currency, form.typed.get("periods_of", ""), asked, why_not_seasonal]
    ticked = "on" if form.is_ticked else ""
    return "|".join([*parts, ticked, str(len(fields.boxes)), str(len(fields.kept_aside))])


def period_fields(form: GoalForm, preview: Preview | None = None) -> PeriodFields:
    """Return the fields of the current periods, or the former ones while a question is open."""
    season, draft = form.season, form.draft
    if form.current is None and not form.is_ticked:
        aside = [(name, form.typed.get(name, "")) for name in form.typed if name.startswith(PERIOD_PREFIX)]
        return PeriodFields(kept_aside=tuple(aside))
    is_possible = draft.has_period_targets and bool(draft.ended_periods)
    if season.held and (season.is_unsettled or not is_possible):
        boxes = tuple(_box(form, period, season.interval) for period in season.held)
        return PeriodFields(boxes, _question(form) if season.is_unsettled else None)
    if not draft.has_period_targets:
        return PeriodFields()
    earlier: dict[date, tuple[str, str]] = {}
    if preview is not None and preview.has_earlier:
        for period, was, amount in zip(
            preview.periods, preview.earlier_periods, preview.earlier, strict=True
        ):
            rounded = formats.rounded_amount(amount, draft.currency, form.viewer.language)
            earlier[period.start] = rounded, str(was.start.year)
    return PeriodFields(
        tuple(
            _box(form, period, draft.interval, *earlier.get(period.start, ("", "")))
            for period in draft.ended_periods
        )
    )


def _box(
    form: GoalForm, period: Period, interval: Interval, earlier: str = "", earlier_year: str = ""
) -> PeriodField:
    name, viewer = f"{PERIOD_PREFIX}{period.start}", form.viewer
    return PeriodField(
        name=name,
        label=short_period_name(period, interval, viewer.calendar, viewer.language, with_year=True),
        value=form.typed.get(name, ""),
        error=form.period_errors.get(period.start, ""),
        earlier=earlier,
        earlier_year=earlier_year,
    )


def _question(form: GoalForm) -> DropQuestion:
    viewer, season = form.viewer, form.season
    names = {
        period.start: short_period_name(
            period, season.interval, viewer.calendar, viewer.language, with_year=True
        )
        for period in season.held
    }
    dropped = season.targets.dropped
    return DropQuestion(
        drops=form.draft.shape or "none",
        named=tuple(
            NamedTarget(names.get(day, str(day)), text) for day, text in list(dropped.items())[:_MOST_NAMED]
        ),
        count=len(dropped),
        kept=len(season.targets.kept),
        frequency=str(FREQUENCIES[season.interval]).lower(),
        duration=day_range(season.held[0].start, season.held[-1].end, viewer.language),
    )


_GROUP_ICONS = {
    Measure.DEALS_STARTED: "deal",
    Measure.ACTIVITIES_ADDED: "activities",
    Measure.REVENUE_FORECAST: "forecast",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of goal to choose from; `why_not` says why it cannot be chosen, empty when it can."""

    value: str
    name: StrOrPromise
    icon: str
    description: StrOrPromise
    rule: StrOrPromise
    why_not: str


@dataclass(frozen=True, slots=True)
class KindGroup:
    name: StrOrPromise
    icon: str
    kinds: tuple[Kind, ...]


def kind_groups(company: Company) -> list[KindGroup]:
    """Return the six kinds in their groups, with the reason for disabled ones."""
    forecast = why_no_forecast(company)
    groups: dict[StrOrPromise, list[Kind]] = {}
    icons: dict[StrOrPromise, str] = {}
    for measure in Measure.of_goals():
        group = str(KIND_GROUPS[measure])
        icons.setdefault(group, _GROUP_ICONS.get(measure, ""))
        groups.setdefault(group, []).append(
            Kind(
                value=measure.wire,
                name=KIND_NAMES[measure],
                icon=KIND_ICONS[measure],
                description=KIND_DESCRIPTIONS[measure],
                rule=COUNTING_RULES[measure],
                why_not=forecast if measure is Measure.REVENUE_FORECAST else "",
            )
        )
    return [KindGroup(name, icons[name], tuple(kinds)) for name, kinds in groups.items()]
