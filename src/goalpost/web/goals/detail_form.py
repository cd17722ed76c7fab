"""The form of one detail: the goal's own form, filled in from the goal but for this detail's fields."""

from dataclasses import dataclass, replace
from datetime import date

from django.http import QueryDict
from django.utils.translation import gettext as _

from goalpost.companies.errors import InvalidInput
from goalpost.domain.calendar import period_of
from goalpost.domain.measures import Measure, allowed_metrics
from goalpost.goals.choices import GoalChoices, goal_choices
from goalpost.goals.queries import GoalView
from goalpost.goals.refitting import Refit, refit_targets
from goalpost.goals.terms import GoalTerms
from goalpost.insights import formats
from goalpost.insights.calendar_words import period_name
from goalpost.web.goals.details import Detail, fields_of
from goalpost.web.goals.forms import GoalForm
from goalpost.web.goals.goal_form import goal_data
from goalpost.web.goals.typed_goal import PERIOD_PREFIX
from goalpost.web.goals.typed_numbers import written_amount
from goalpost.web.viewer import Viewer

_MOST_NAMED = 12
_KINDS = {measure.wire: measure for measure in Measure}


@dataclass(frozen=True, slots=True)
class DroppedTarget:
    """A period's own target that saving would drop, in words."""

    period: str
    amount: str


@dataclass(frozen=True, slots=True)
class DropQuestion:
    """What is asked before individual targets are dropped. `key` stands for exactly these."""

    key: str
    named: tuple[DroppedTarget, ...]
    count: int
    kept: int

    @property
    def more(self) -> int:
        return self.count - len(self.named)


@dataclass(frozen=True, slots=True)
class DetailForm:
    """The form, and what to ask before it is saved, if anything."""

    form: GoalForm
    question: DropQuestion | None = None


def detail_form(viewer: Viewer, goal: GoalView, detail: Detail, typed: QueryDict | None = None) -> DetailForm:
    """Return the detail's form as the goal stands, or as typed.

    Targets of single periods that still fit a changed frequency or duration are kept, new periods get the
    target typed for them; without any that fits there is one target for all periods.
    """
    choices = goal_choices(viewer.actor, viewer.company, also=goal.terms.assignee)
    data = goal_data(viewer, goal)
    if typed is None:
        return DetailForm(_form(viewer, goal, choices, data))
    for name in fields_of(goal.terms, detail):
        data.setlist(name, typed.getlist(name))
    if detail is Detail.TARGET:
        for name in data:
            if name.startswith(PERIOD_PREFIX) and name in typed:
                data.setlist(name, typed.getlist(name))
    kind = _KINDS.get(data.get("kind", ""))
    if kind and goal.terms.metric not in allowed_metrics(kind):
        data["metric"] = next(iter(allowed_metrics(kind))).value
    # The proposed name is for goals that have none yet.
    form = _form(viewer, goal, choices, data, kind)
    question = None
    if detail is not Detail.TARGET and goal.terms.period_targets:
        refit = _refit(viewer, goal.terms, form)
        if refit is not None:
            form = _form(viewer, goal, choices, _with_targets(viewer, form, refit), kind)
            question = _question(viewer, goal.terms, refit)
    if detail is Detail.KIND:
        _check_kind(viewer, goal.terms, form, kind)
    return DetailForm(form, question)


def _check_kind(viewer: Viewer, terms: GoalTerms, form: GoalForm, kind: Measure | None) -> None:
    """Refuse what is no kind, and a target left as it was that was an amount and would be a count, or so."""
    if kind is None:
        form.add_error(None, _("Choose what the goal counts."))
    elif (form.chosen_metric(), form.chosen_currency()) != (terms.metric, terms.currency):
        before = written_amount(terms.target, terms.currency, viewer.language)
        if form.typed.get("target", "").strip() == before:
            form.add_error("target", _("Enter the target anew: the goal will count something else."))


def _form(
    viewer: Viewer, goal: GoalView, choices: GoalChoices, data: QueryDict, kind: Measure | None = None
) -> GoalForm:
    form = GoalForm(
        data,
        measure=kind or goal.terms.measure,
        company=viewer.company,
        choices=choices,
        language=viewer.language,
    )
    # Beside the whole form, which may stand open over the page, its fields have ids of their own.
    form.auto_id = "edit_%s"
    return form


def _refit(viewer: Viewer, terms: GoalTerms, form: GoalForm) -> Refit | None:
    """Return what becomes of the individual targets; None while the dates typed are none."""
    start, last = form.chosen_days()
    runs_on = not form.typed.get("ends_on", "").strip()
    if start is None or (last is None and not runs_on):
        return None
    metric, currency = form.chosen_metric(), form.chosen_currency()
    if (terms.metric, terms.currency) != (metric, currency) or form.measure is Measure.REVENUE_FORECAST:
        # An amount is no count, nor an amount of another currency, and a forecast has one target: none fits.
        return Refit(dropped=terms.period_targets)
    after = replace(terms, interval=form.chosen_interval(), starts_on=start, ends_on=last)
    try:
        return refit_targets(terms, after, viewer.company)
    except InvalidInput:
        return None


def _with_targets(viewer: Viewer, form: GoalForm, refit: Refit) -> QueryDict:
    data = form.typed.copy()
    if not refit.kept:
        data.pop("is_seasonal", None)
        return data
    currency = form.chosen_currency()
    for start, target in refit.kept.items():
        data[f"{PERIOD_PREFIX}{start}"] = written_amount(target, currency, viewer.language)
    for period in refit.missing:
        data[f"{PERIOD_PREFIX}{period.start}"] = data.get("target", "")
    return data


def _question(viewer: Viewer, terms: GoalTerms, refit: Refit) -> DropQuestion | None:
    if not refit.dropped:
        return None
    named = tuple(
        DroppedTarget(
            _period_name(viewer, terms, start),
            formats.amount(target, terms.currency, viewer.language),
        )
        for start, target in list(refit.dropped.items())[:_MOST_NAMED]
    )
    key = " ".join(start.isoformat() for start in refit.dropped)
    return DropQuestion(key, named, len(refit.dropped), len(refit.kept))


def _period_name(viewer: Viewer, terms: GoalTerms, start: date) -> str:
    whole = period_of(start, terms.interval, viewer.calendar)
    return period_name(whole, terms.interval, viewer.calendar, viewer.language)
