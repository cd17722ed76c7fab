"""The goal form as far as it can be read while it is filled in: what is chosen, what results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
from goalpost.domain.targets import same_periods
from goalpost.goals.queries import GoalChoices
from goalpost.goals.terms import MOST_PERIOD_TARGETS
from goalpost.web.goals.words import FREQUENCIES, metric_words
from goalpost.web.shell.typed import NotADay, NotANumber, parse_amount, parse_day

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


_PARTS_OF_A_SHAPE = 3


@dataclass(frozen=True, slots=True)
class Held:
    """The periods that the fields sent were drawn for."""

    interval: Interval
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class TypedSeason:
    """What becomes of the targets typed: by the first days of the form's periods, those that still fit.

    `placeless` are the others, by the first day they were typed for. `shape` names the periods now.
    """

    held: Held | None
    shape: str
    fitting: Mapping[date, str] = field(default_factory=dict)
    placeless: Mapping[date, str] = field(default_factory=dict)
    is_unsettled: bool = False
    """Whether targets would be dropped that nobody has agreed to drop."""


def typed_season(form: TypedGoal) -> TypedSeason:
    """Return what becomes of the period targets in the form, as it is filled in now."""
    held, shape, typed = _held(form), shape_of(form), _typed_targets(form)
    is_same = form.typed.get("periods_of", "") == shape
    if is_same or held is None or not typed or not ("is_seasonal" in form.typed and _is_settling(form)):
        return TypedSeason(held, shape, fitting=typed)
    start, _last = form.chosen_days()
    now = form.periods(today=start) if start and form.has_end() else ()
    interval, calendar = form.chosen_interval(), calendar_of(form.company)
    was = same_periods(held.periods, held.interval, now, interval, calendar)
    named = set(was.values())
    placeless = {day: text for day, text in typed.items() if day not in named and text.strip()}
    return TypedSeason(
        held=held,
        shape=shape,
        fitting={day: typed[old] for day, old in was.items() if old in typed},
        placeless=placeless,
        is_unsettled=bool(placeless) and form.typed.get("drops", "") != (shape or "none"),
    )


def settled(form: TypedGoal) -> QueryDict:
    """Return what was typed with each target at its period of now; as it is while a drop is not agreed to."""
    data = form.typed.copy()
    if "keep" in data and (held := _held(form)):
        data["interval"] = held.interval.value
        data["starts_on"] = held.periods[0].start.isoformat()
        data["ends_on"] = held.periods[-1].last_day.isoformat()
        return data
    season = typed_season(form)
    if season.is_unsettled or not _is_settling(form) or "is_seasonal" not in data:
        return data
    if season.held is not None:
        for day in _typed_targets(form):
            del data[f"{PERIOD_PREFIX}{day}"]
        for day, text in season.fitting.items():
            data[f"{PERIOD_PREFIX}{day}"] = text
    if not form.has_end():
        del data["is_seasonal"]
    data["periods_of"] = season.shape
    return data


def shape_of(form: TypedGoal) -> str:
    """Return the name of the periods that can have targets of their own: frequency, first and last day."""
    start, last = form.chosen_days()
    if start is None or last is None or form.why_not_seasonal() or not form.periods(today=start):
        return ""
    return f"{form.chosen_interval().value} {start} {last}"


def _is_settling(form: TypedGoal) -> bool:
    """Whether the dates say which periods there are: an end taken out does, a day half typed does not."""
    return bool(shape_of(form)) or not form.has_end()


def _held(form: TypedGoal) -> Held | None:
    parts = form.typed.get("periods_of", "").split()
    if len(parts) != _PARTS_OF_A_SHAPE or parts[0] not in set(Interval):
        return None
    try:
        first, last = parse_day(parts[1], form.language), parse_day(parts[2], form.language)
        interval = Interval(parts[0])
        found = periods(first, last + timedelta(days=1), interval, calendar_of(form.company), today=first)
    except (NotADay, ValueError, OverflowError):
        return None
    return Held(interval, found) if len(found) <= MOST_PERIOD_TARGETS else None


def _typed_targets(form: TypedGoal) -> dict[date, str]:
    """Return the texts typed for single periods by the first day in the name of their field."""
    found: dict[date, str] = {}
    for name in form.typed:
        if name.startswith(PERIOD_PREFIX):
            try:
                found[date.fromisoformat(name.removeprefix(PERIOD_PREFIX))] = form.typed.get(name, "")
            except ValueError:
                continue
    return dict(sorted(found.items()))
