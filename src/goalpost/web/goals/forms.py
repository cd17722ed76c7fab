"""The form that a goal is created and edited with: what was typed, read into goal terms.

It only reads: whether terms make sense is for `goals.terms.check_terms`, whose refusals come back to the
fields through `add_refusal`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TypeAlias

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from goalpost.companies.calendar import calendar_of
from goalpost.companies.errors import InvalidInput
from goalpost.companies.models import Company
from goalpost.domain.calendar import Interval, Period, periods
from goalpost.domain.measures import Measure, Metric, allowed_metrics
from goalpost.domain.permissions import Assignee, AssigneeKind
from goalpost.goals.choices import GoalChoices
from goalpost.goals.terms import MOST_PERIOD_TARGETS, GoalTerms
from goalpost.web.goals.typed_dates import NotADay, parse_day
from goalpost.web.goals.typed_numbers import NotANumber, parse_amount
from goalpost.web.goals.words import FREQUENCIES, metric_words

PERIOD_PREFIX = "period-"

# Where the refusals of check_terms are shown, when not at the field of the same name.
_SHOWN_AT = {"duration": "ends_on", "measure": None, "id": None, "": None}

# A value with its name, or the name of a group with its own.
Offer: TypeAlias = tuple[str, StrOrPromise | list[tuple[str, str]]]


class GoalForm(forms.Form):
    """Bound to what was typed. `period_fields` follow from the dates and the frequency, see `periods`."""

    public_id = forms.CharField(required=False, max_length=32)
    version = forms.IntegerField(required=False)
    proposed = forms.CharField(required=False)
    title = forms.CharField(required=False)
    assignee_kind = forms.ChoiceField(widget=forms.RadioSelect)
    person = forms.ChoiceField(required=False)
    team = forms.ChoiceField(required=False)
    pipelines = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    stage = forms.ChoiceField(required=False)
    activity_types = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    interval = forms.ChoiceField(widget=forms.RadioSelect)
    metric = forms.ChoiceField(widget=forms.RadioSelect)
    currency = forms.ChoiceField(required=False)
    starts_on = forms.CharField(required=False)
    ends_on = forms.CharField(required=False)
    target = forms.CharField(required=False)
    is_seasonal = forms.BooleanField(required=False)

    def __init__(
        self, data: QueryDict, *, measure: Measure, company: Company, choices: GoalChoices, language: str
    ) -> None:
        super().__init__(data)
        self.measure = measure
        self.company = company
        self.choices = choices
        self.language = language
        self.period_errors: dict[date, str] = {}
        self._terms: GoalTerms | None = None
        self._periods: dict[date, tuple[Period, ...]] = {}
        self._offer()

    @property
    def typed(self) -> QueryDict:
        data = self.data
        assert isinstance(data, QueryDict)
        return data

    @property
    def terms(self) -> GoalTerms:
        """What the form says, once it is valid."""
        if self._terms is None:
            raise ValueError("The form has faults: ask is_valid() first.")
        return self._terms

    def chosen_metric(self) -> Metric:
        """Return the metric chosen, or the only one there is."""
        allowed = allowed_metrics(self.measure)
        typed = self.typed.get("metric", "")
        if typed in {metric.value for metric in allowed}:
            return Metric(typed)
        return Metric.SUM if Metric.QUANTITY not in allowed else Metric.QUANTITY

    def chosen_currency(self) -> str:
        """Return the currency of the targets, empty for counts."""
        if self.chosen_metric() is Metric.QUANTITY:
            return ""
        typed = self.typed.get("currency", "")
        is_free = self.measure is not Measure.REVENUE_FORECAST
        return typed if is_free and typed in self.choices.currencies else self.company.currency

    def chosen_days(self) -> tuple[date | None, date | None]:
        """Return the first and the last day, each None when it is missing or no day."""
        return self._day("starts_on"), self._day("ends_on")

    def chosen_interval(self) -> Interval:
        typed = self.typed.get("interval", "")
        return Interval(typed) if typed in set(Interval) else Interval.MONTHLY

    def chosen_assignee(self) -> Assignee | None:
        """Return the assignee chosen; None when it is none of those offered."""
        offered = {
            AssigneeKind.PERSON: {str(person.id) for person in self.choices.people},
            AssigneeKind.TEAM: {str(team.id) for team in self.choices.teams},
        }
        kind = self.typed.get("assignee_kind", "")
        if kind == AssigneeKind.COMPANY:
            return Assignee(AssigneeKind.COMPANY, self.company.pk)
        for each, ids in offered.items():
            number = self.typed.get(each.value, "")
            if kind == each and number in ids:
                return Assignee(each, int(number))
        return None

    def periods(self, *, today: date) -> tuple[Period, ...]:
        """Return the periods that result from the dates and the frequency; none while those make no sense."""
        # Asked for again and again while the form is drawn: thousands of weeks are not counted out each time.
        if today not in self._periods:
            self._periods[today] = self._count_periods(today)
        return self._periods[today]

    def _count_periods(self, today: date) -> tuple[Period, ...]:
        start, last = self.chosen_days()
        if start is None or (last is None and self.typed.get("ends_on", "").strip()):
            return ()
        try:
            end = None if last is None else last + timedelta(days=1)
            return periods(start, end, self.chosen_interval(), calendar_of(self.company), today=today)
        except (ValueError, OverflowError):
            return ()

    def is_seasonal_now(self) -> bool:
        """Whether each period has a target of its own: ticked, and possible."""
        return "is_seasonal" in self.typed and not self.why_not_seasonal()

    def why_not_seasonal(self) -> str:
        """Return why periods cannot have targets of their own, empty when they can."""
        if self.measure is Measure.REVENUE_FORECAST:
            return _("A forecast goal has one target for all periods.")
        if not self.typed.get("ends_on", "").strip():
            return _("Choose an end date first: each period needs its own target.")
        return self.too_many_periods()

    def too_many_periods(self) -> str:
        """Return the refusal of more period targets than anybody fills in, empty for fewer."""
        start, _last = self.chosen_days()
        # With an end date the periods are the same on any day.
        if start is None or len(self.periods(today=start)) <= MOST_PERIOD_TARGETS:
            return ""
        return _("At most %(most)d periods can have targets of their own: choose an earlier end.") % {
            "most": MOST_PERIOD_TARGETS
        }

    def amount(self, name: str) -> int | None:
        """Return an amount typed, None when it is missing or no number."""
        try:
            return parse_amount(self.typed.get(name, ""), self.chosen_currency(), self.language)
        except NotANumber:
            return None

    def clean(self) -> None:
        super().clean()
        assignee = self.chosen_assignee()
        if assignee is None and "assignee_kind" not in self.errors:
            self.add_error(self._assignee_field(), _("Choose who the goal is for."))
        start = self._require_day("starts_on")
        last = self._require_day("ends_on") if self.typed.get("ends_on", "").strip() else None
        if last and "is_seasonal" in self.typed and (refusal := self.too_many_periods()):
            self.add_error("is_seasonal", refusal)
        period_targets = self._clean_period_targets()
        target = self._clean_target(period_targets)
        if assignee and start and target is not None and not self.errors and not self.period_errors:
            self._terms = self._read(assignee, start, last, target, period_targets)

    def is_valid(self) -> bool:
        return super().is_valid() and self._terms is not None

    def add_refusal(self, refusal: InvalidInput) -> None:
        """Show what the rules refuse at the fields it is about."""
        for name, message in refusal.errors.items():
            if name == "assignee":
                self.add_error(self._assignee_field(), message)
            elif name == "period_targets":
                self.add_error("is_seasonal", message)
            else:
                field = _SHOWN_AT.get(name, name)
                self.add_error(field if field in self.fields else None, message)

    def _read(
        self,
        assignee: Assignee,
        start: date,
        last: date | None,
        target: int,
        period_targets: Mapping[date, int],
    ) -> GoalTerms:
        of = self.cleaned_data
        return GoalTerms(
            title=of["title"],
            measure=self.measure,
            assignee=assignee,
            interval=self.chosen_interval(),
            metric=self.chosen_metric(),
            target=target,
            starts_on=start,
            ends_on=last,
            currency=self.chosen_currency(),
            pipelines=frozenset(map(int, of["pipelines"])),
            stage_id=int(of["stage"]) if self.measure is Measure.DEALS_PROGRESSED and of["stage"] else None,
            activity_types=frozenset(
                map(int, of["activity_types"] if self.measure.counts_activities else ())
            ),
            period_targets=period_targets,
        )

    def _clean_target(self, period_targets: Mapping[date, int]) -> int | None:
        """Read the goal's own target. A seasonal goal needs none: the first period's then stands in."""
        if not self.typed.get("target", "").strip():
            if period_targets:
                return next(iter(period_targets.values()))
            if not self.is_seasonal_now():
                self.add_error("target", _("Enter a target."))
            return None
        try:
            return parse_amount(self.typed.get("target", ""), self.chosen_currency(), self.language)
        except NotANumber as error:
            self.add_error("target", str(error))
            return None

    def _clean_period_targets(self) -> dict[date, int]:
        start, _last = self.chosen_days()
        if start is None or not self.is_seasonal_now():
            return {}
        targets: dict[date, int] = {}
        for period in self.periods(today=start):
            typed = self.typed.get(f"{PERIOD_PREFIX}{period.start}", "")
            try:
                targets[period.start] = self._period_target(typed)
            except NotANumber as error:
                self.period_errors[period.start] = str(error)
        return targets

    def _period_target(self, typed: str) -> int:
        if not typed.strip():
            raise NotANumber(_("Enter a target."))
        target = parse_amount(typed, self.chosen_currency(), self.language)
        if target <= 0:
            raise NotANumber(_("Enter a target above zero."))
        return target

    def _require_day(self, name: str) -> date | None:
        typed = self.typed.get(name, "")
        if not typed.strip():
            self.add_error(name, _("Choose a day."))
            return None
        try:
            return parse_day(typed, self.language)
        except NotADay as error:
            self.add_error(name, str(error))
            return None

    def _day(self, name: str) -> date | None:
        try:
            return parse_day(self.typed.get(name, ""), self.language)
        except NotADay:
            return None

    def _assignee_field(self) -> str:
        kind = self.typed.get("assignee_kind", "")
        return kind if kind in {AssigneeKind.PERSON, AssigneeKind.TEAM} else "assignee_kind"

    def _offer(self) -> None:
        """Fill in what can be chosen."""
        # Where there are several currencies to choose from, the choice of the metric does not name one.
        own = self.company.currency if len(self.choices.currencies) == 1 else ""
        self._choices("assignee_kind", [(kind.value, kind.value) for kind in AssigneeKind])
        self._choices("person", [(str(person.id), person.name) for person in self.choices.people])
        self._choices("team", [(str(team.id), team.name) for team in self.choices.teams])
        self._choices("pipelines", [(str(each.id), each.name) for each in self.choices.pipelines])
        stages = [
            (pipeline.name, [(str(stage.id), stage.name) for stage in pipeline.stages])
            for pipeline in self.choices.pipelines
        ]
        self._choices("stage", [("", _("Choose a stage")), *stages])
        self._choices("activity_types", [(str(each.id), each.name) for each in self.choices.activity_types])
        self._choices("interval", [(each.value, name) for each, name in FREQUENCIES.items()])
        metrics = sorted(allowed_metrics(self.measure), key=lambda metric: metric is Metric.QUANTITY)
        self._choices("metric", [(each.value, metric_words(self.measure, each, own)) for each in metrics])
        self._choices("currency", [(code, code) for code in self.choices.currencies])

    def _choices(self, name: str, offered: Sequence[Offer]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = offered
