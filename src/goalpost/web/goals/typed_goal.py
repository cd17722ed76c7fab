"""The goal form as far as it can be read while it is filled in: what is chosen, which periods result."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypeAlias

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from goalpost.companies.calendar import calendar_of
from goalpost.companies.models import Company
from goalpost.domain.calendar import Interval, Period, periods
from goalpost.domain.measures import Measure, Metric, allowed_metrics
from goalpost.domain.permissions import Assignee, AssigneeKind
from goalpost.goals.choices import GoalChoices
from goalpost.goals.terms import MOST_PERIOD_TARGETS
from goalpost.web.goals.typed_dates import NotADay, parse_day
from goalpost.web.goals.typed_numbers import NotANumber, parse_amount
from goalpost.web.goals.words import FREQUENCIES, metric_words

PERIOD_PREFIX = "period-"

# A value with its name, or the name of a group with its own.
Offer: TypeAlias = tuple[str, StrOrPromise | list[tuple[str, str]]]


class TypedGoal(forms.Form):
    """Bound to what was typed, however much is missing. The fields of periods follow from the dates."""

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
        self._periods: dict[date, tuple[Period, ...]] = {}
        self._offer()

    @property
    def typed(self) -> QueryDict:
        data = self.data
        assert isinstance(data, QueryDict)
        return data

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

    def has_end(self) -> bool:
        """Whether anything was typed as the last day, be it a day or not."""
        return bool(self.typed.get("ends_on", "").strip())

    def is_seasonal_now(self) -> bool:
        """Whether each period has a target of its own: ticked, and possible."""
        return "is_seasonal" in self.typed and not self.why_not_seasonal()

    def why_not_seasonal(self) -> str:
        """Return why periods cannot have targets of their own, empty when they can."""
        if self.measure is Measure.REVENUE_FORECAST:
            return _("A forecast goal has one target for all periods.")
        if not self.has_end():
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

    def read_amount(self, text: str) -> tuple[int | None, str]:
        """Return an amount and no fault, or none and why it cannot be read; neither when it is missing."""
        if not text.strip():
            return None, ""
        try:
            return parse_amount(text, self.chosen_currency(), self.language), ""
        except NotANumber as error:
            return None, str(error)

    def amount_fault(self, name: str) -> str:
        """Return why an amount typed cannot be read, empty when it can or is missing."""
        return self.read_amount(self.typed.get(name, ""))[1]

    def amount(self, name: str) -> int | None:
        """Return an amount typed, None when it is missing or no number."""
        return self.read_amount(self.typed.get(name, ""))[0]

    def _day(self, name: str) -> date | None:
        try:
            return parse_day(self.typed.get(name, ""), self.language)
        except NotADay:
            return None

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
