"""The goal form: parses what was typed into a draft, which may be incomplete.

An edit in place is the same form with the fields of one detail.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import TypeAlias, TypeVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from goalpost.crm.queries import Named
from goalpost.domain.calendar import Interval, Period, periods
from goalpost.domain.measures import Measure, Metric, allowed_metrics
from goalpost.domain.permissions import Assignee, AssigneeKind
from goalpost.goals.draft import GoalDraft, Refit, refit
from goalpost.goals.periods import earlier_periods
from goalpost.goals.queries import GoalChoices, goal_choices
from goalpost.goals.terms import MOST_PERIOD_TARGETS, GoalTerms
from goalpost.insights.goal_report import earlier_results
from goalpost.insights.goal_words import FREQUENCIES, metric_words
from goalpost.web.shell.typed import DayField, NotANumber, parse_amount
from goalpost.web.shell.viewer import Viewer

PERIOD_PREFIX = "period-"
FILLING = {"fill", "keep", "drops"}
"""The buttons that change the form and save nothing."""

_T = TypeVar("_T")
_Choice: TypeAlias = tuple[str, StrOrPromise]


@dataclass(frozen=True, slots=True)
class Season:
    """The individual targets as typed: `held` are the periods of their fields."""

    interval: Interval = Interval.MONTHLY
    held: tuple[Period, ...] = ()
    targets: Refit[str] = field(default_factory=Refit)
    is_unsettled: bool = False
    """Whether targets would be dropped without the user's consent."""


class GoalForm(forms.Form):
    """Bound to what was typed. `draft` is as much of a goal as that says, sound once the form `is_valid`."""

    public_id = forms.CharField(required=False, max_length=32)
    version = forms.IntegerField(required=False)
    proposed = forms.CharField(required=False)
    title = forms.CharField(required=False)
    assignee_kind = forms.TypedChoiceField(
        coerce=AssigneeKind,
        widget=forms.RadioSelect,
        choices=[(kind.value, kind.value) for kind in AssigneeKind],
    )
    person = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    team = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    pipelines = forms.TypedMultipleChoiceField(
        coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    stage = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    activity_types = forms.TypedMultipleChoiceField(
        coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    interval = forms.TypedChoiceField(
        coerce=Interval,
        widget=forms.RadioSelect,
        choices=[(each.value, name) for each, name in FREQUENCIES.items()],
    )
    metric = forms.TypedChoiceField(coerce=Metric, widget=forms.RadioSelect)
    currency = forms.ChoiceField(required=False)
    starts_on = DayField(required=False)
    ends_on = DayField(required=False)
    target = forms.CharField(required=False)
    is_seasonal = forms.BooleanField(required=False)

    def __init__(
        self,
        data: QueryDict,
        viewer: Viewer,
        measure: Measure,
        *,
        choices: GoalChoices | None = None,
        current: GoalTerms | None = None,
        shown: Collection[str] = (),
    ) -> None:
        """Take the data typed: `current` are the terms of the goal edited in place, `shown` its fields."""
        super().__init__(data.copy())
        self.viewer = viewer
        self.measure = measure
        self.current = current
        self.season = Season()
        self.refit: Refit[int] = Refit()
        self.unreadable: list[str] = []
        self.period_errors: dict[date, str] = {}
        self._given_choices = choices
        if current is None:
            self._begun = GoalDraft(viewer.calendar, measure, _first_metric(measure))
        else:
            self._begun = GoalDraft.of(current, viewer.calendar).of_measure(measure)
            for name in self.fields.keys() - shown:
                del self.fields[name]
            # Its fields have ids of their own, since the whole form may be open on the same page.
            self.auto_id = "edit_%s"
        self._has_boxes = current is None or "periods" in shown
        self._offer()
        self.draft = self._begun
        self.full_clean()
        if current is None:
            self._settle()

    @cached_property
    def choices(self) -> GoalChoices:
        """The choices of this person, read lazily."""
        kept = self.current.assignee if self.current else None
        return self._given_choices or goal_choices(self.viewer.actor, self.viewer.company, also=kept)

    @property
    def typed(self) -> QueryDict:
        data = self.data
        assert isinstance(data, QueryDict)
        return data

    def is_valid(self) -> bool:
        return super().is_valid() and not self.period_errors

    def change(self, **texts: str) -> None:
        """Replace typed values, and validate the form again."""
        for name, text in texts.items():
            self.typed[name] = text
        self.full_clean()

    def clean(self) -> None:
        super().clean()
        draft = self._read()
        self.season = self._read_season(draft)
        draft = replace(draft, target=self._read_target(draft))
        draft = replace(draft, period_targets=self._read_targets(draft))
        if self.current and self.current.period_targets and not self._has_boxes:
            kept = draft.refitted(self.current)
            self.refit = kept or Refit()
            draft = draft.with_targets(kept) if kept else draft
        self.draft = draft
        self._tell_faults()

    def _tell_faults(self) -> None:
        names = set(self.errors)
        if self.season.is_unsettled:
            self.add_error("is_seasonal", _("Choose what happens to the targets without a period."))
        faults = self.draft.faults(today=self.viewer.today)
        if self.period_errors or self.season.is_unsettled:
            faults.pop("period_targets", None)
        if "assignee_kind" in names:
            faults.pop("assignee", None)
        self.add_faults({name: fault for name, fault in faults.items() if name not in names})

    def add_faults(self, faults: Mapping[str, str]) -> None:
        """Add errors to their fields, or to the whole form where there is no such field."""
        kind = self.typed.get("assignee_kind", "")
        shown_at = {
            "assignee": kind if kind in {AssigneeKind.PERSON, AssigneeKind.TEAM} else "assignee_kind",
            "period_targets": "is_seasonal",
            "duration": "ends_on",
        }
        for name, message in faults.items():
            field = shown_at.get(name, name)
            self.add_error(field if field in self.fields else None, message)

    def _said(self, name: str, otherwise: _T) -> _T:
        """Return a field's value; `otherwise` without the field, or for an invalid value."""
        found: _T = self.cleaned_data.get(name, otherwise)
        return found

    def _read(self) -> GoalDraft:
        begun = self._begun
        metric = self._said("metric", begun.metric)
        ends = self.typed.get("ends_on", "").strip() if "ends_on" in self.fields else begun.ends_on
        has_stage = self.measure is Measure.DEALS_PROGRESSED
        is_seasonal = self.is_ticked and bool(ends) and self.measure is not Measure.REVENUE_FORECAST
        types = frozenset(self._said("activity_types", begun.activity_types))
        return replace(
            begun,
            title=self._said("title", begun.title),
            assignee=self._read_assignee() if "assignee_kind" in self.fields else begun.assignee,
            interval=self._said("interval", begun.interval),
            metric=metric,
            currency=self._read_currency(metric),
            starts_on=self._said("starts_on", begun.starts_on),
            ends_on=self._said("ends_on", begun.ends_on),
            has_end=bool(ends),
            pipelines=frozenset(self._said("pipelines", begun.pipelines)),
            stage_id=self._said("stage", begun.stage_id) if has_stage else None,
            activity_types=types if self.measure.counts_activities else frozenset(),
            is_seasonal=is_seasonal if self.current is None else begun.is_seasonal,
        )

    def _read_assignee(self) -> Assignee | None:
        kind = self._said("assignee_kind", None)
        if kind is AssigneeKind.COMPANY:
            return Assignee(kind, self.viewer.company.pk)
        number: int | None = self._said(str(kind), None)
        return None if kind is None or number is None else Assignee(kind, number)

    def _read_currency(self, metric: Metric) -> str:
        if metric is Metric.QUANTITY:
            return ""
        own = self.viewer.company.currency
        if self.measure is Measure.REVENUE_FORECAST:
            return own
        return self._said("currency", self._begun.currency) or own

    def amount(self, text: str, currency: str) -> tuple[int | None, str]:
        """Return (amount, ""), or None with an error message, or (None, "") for an empty text."""
        if not text.strip():
            return None, ""
        try:
            return parse_amount(text, currency, self.viewer.language), ""
        except NotANumber as error:
            return None, str(error)

    def _read_target(self, draft: GoalDraft) -> int | None:
        if "target" not in self.fields:
            return self._begun.target
        target, fault = self.amount(self.typed.get("target", ""), draft.currency)
        self.unreadable = [fault] if fault else []
        if fault:
            self.add_error("target", fault)
        return target

    def _read_targets(self, draft: GoalDraft) -> dict[date, int | None]:
        """Parse the fields of individual targets. Where they are shown, they replace the single target."""
        self.period_errors = {}
        if not self._has_boxes:
            return dict(draft.period_targets)
        if not draft.has_period_targets:
            return {}
        texts = self.season.targets.kept
        read = {
            period.start: self.amount(texts.get(period.start, ""), draft.currency)
            for period in draft.ended_periods
        }
        self.unreadable = [fault for _amount, fault in read.values() if fault]
        judged = replace(draft, period_targets={day: amount for day, (amount, _fault) in read.items()})
        faults = {day: fault or judged.period_fault(day) for day, (_amount, fault) in read.items()}
        self.period_errors = {day: fault for day, fault in faults.items() if fault}
        return dict(judged.period_targets)

    def _read_season(self, draft: GoalDraft) -> Season:
        texts = self._texts_of_periods()
        interval, held = self._held()
        is_same = self.typed.get("periods_of", "") == draft.shape
        if is_same or not held or not texts or not (self.is_ticked and _is_settling(draft)):
            return Season(interval, held, Refit(kept=texts))
        found = refit(texts, held, interval, draft.ended_periods, draft.interval, draft.calendar)
        dropped = {day: text for day, text in found.dropped.items() if text.strip()}
        is_agreed = self.typed.get("drops", "") == (draft.shape or "none")
        return Season(interval, held, Refit(found.kept, dropped), bool(dropped) and not is_agreed)

    @property
    def is_ticked(self) -> bool:
        """Whether individual targets are chosen, even if impossible."""
        return "is_seasonal" in self.typed

    def _texts_of_periods(self) -> dict[date, str]:
        """Return the texts typed for single periods by the first day in the name of their field."""
        found: dict[date, str] = {}
        for name in self.typed:
            if name.startswith(PERIOD_PREFIX):
                try:
                    found[date.fromisoformat(name.removeprefix(PERIOD_PREFIX))] = self.typed.get(name, "")
                except ValueError:
                    continue
        return dict(sorted(found.items()))

    def _held(self) -> tuple[Interval, tuple[Period, ...]]:
        """Return the periods that the submitted fields belong to."""
        try:
            frequency, first, last = self.typed.get("periods_of", "").split()
            interval, start = Interval(frequency), date.fromisoformat(first)
            end = date.fromisoformat(last) + timedelta(days=1)
            found = periods(start, end, interval, self.viewer.calendar, today=start)
        except (ValueError, OverflowError):
            return Interval.MONTHLY, ()
        return interval, found if len(found) <= MOST_PERIOD_TARGETS else ()

    def _settle(self) -> None:
        """Move each target to its new period; leave all unchanged until dropping targets is confirmed."""
        season, draft, data = self.season, self.draft, self.typed
        if "keep" in data and season.held:
            first, last = season.held[0].start, season.held[-1].last_day
            self.change(interval=season.interval, starts_on=first.isoformat(), ends_on=last.isoformat())
            return
        if season.is_unsettled or not self.is_ticked or not _is_settling(draft):
            return
        if season.held:
            for day in self._texts_of_periods():
                del data[f"{PERIOD_PREFIX}{day}"]
            for day, text in season.targets.kept.items():
                data[f"{PERIOD_PREFIX}{day}"] = text
        if not draft.has_end:
            del data["is_seasonal"]
        self.change(periods_of=draft.shape)

    @property
    def fill_total(self) -> int | None:
        """The total to spread, None when it is missing or no number."""
        return self.amount(self.typed.get("fill_total", ""), self.draft.currency)[0]

    @property
    def shown_periods(self) -> tuple[Period, ...]:
        """The periods to preview; the first twelve of an open-ended goal."""
        found = self.draft.periods(today=self.viewer.today)
        return found if self.draft.ends_on else found[:12]

    @cached_property
    def earlier_periods(self) -> tuple[Period, ...]:
        return earlier_periods(self.shown_periods, self.draft.interval, today=self.viewer.today)

    @cached_property
    def earlier(self) -> tuple[int, ...]:
        """The results of a year earlier by period, in the currency of the targets.

        Empty for more periods than can have targets.
        """
        draft, company = self.draft, self.viewer.company
        if draft.assignee is None or not 0 < len(self.shown_periods) <= MOST_PERIOD_TARGETS:
            return ()
        asked = replace(draft, target=1, is_seasonal=False).terms()
        return earlier_results(self.viewer.actor, company, asked, self.earlier_periods) or ()

    def _offer(self) -> None:
        """Set the fields' choices, which are read lazily."""
        offers: dict[str, Callable[[], Iterable[_Choice]]] = {
            "person": lambda: _named(self.choices.people),
            "team": lambda: [(str(each.id), each.name) for each in self.choices.teams],
            "pipelines": lambda: [(str(each.id), each.name) for each in self.choices.pipelines],
            "stage": self._stages,
            "activity_types": lambda: _named(self.choices.activity_types),
            "metric": self._metrics,
            "currency": lambda: [(code, code) for code in self.choices.currencies],
        }
        for name in offers.keys() & self.fields.keys():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = offers[name]

    def _stages(self) -> list[_Choice]:
        """Return the stages, by the name of their pipeline too where there are several pipelines."""
        several = len(self.choices.pipelines) > 1
        return [
            ("", _("Choose a stage")),
            *(
                (str(stage.id), f"{pipeline.name}: {stage.name}" if several else stage.name)
                for pipeline in self.choices.pipelines
                for stage in pipeline.stages
            ),
        ]

    def _metrics(self) -> list[_Choice]:
        # Where there are several currencies to choose from, the choice of the metric does not name one.
        own = self.viewer.company.currency if len(self.choices.currencies) == 1 else ""
        metrics = sorted(allowed_metrics(self.measure), key=lambda metric: metric is Metric.QUANTITY)
        return [(each.value, metric_words(self.measure, each, own)) for each in metrics]


def _named(rows: Sequence[Named]) -> list[tuple[str, str]]:
    return [(str(each.id), each.name) for each in rows]


def _is_settling(draft: GoalDraft) -> bool:
    """Whether the dates determine the periods: a removed end does, an incomplete date does not."""
    return bool(draft.shape) or not draft.has_end


def _first_metric(measure: Measure) -> Metric:
    """Return the metric meant while none is chosen."""
    return Metric.QUANTITY if Metric.QUANTITY in allowed_metrics(measure) else Metric.SUM
