"""A goal as it is being set: the terms so far, their faults, and what a change keeps.

The form, an edit in place, a copy and an API body each make a draft; `check_terms` validates the result.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Generic, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from goalpost.companies.actors import existing_teams
from goalpost.companies.calendar import calendar_of
from goalpost.companies.checks import is_legible
from goalpost.companies.currencies import PRESENT
from goalpost.companies.errors import InvalidInput
from goalpost.companies.models import Company, User
from goalpost.crm.models import ActivityType, ExchangeRate, Pipeline, Stage
from goalpost.domain.calendar import CompanyCalendar, Interval, Period, periods
from goalpost.domain.measures import Measure, Metric, allowed_metrics
from goalpost.domain.money import LARGEST_MINOR
from goalpost.domain.permissions import Assignee, AssigneeKind, Feature, Plan, allows
from goalpost.domain.targets import same_periods
from goalpost.goals.terms import LONGEST_TITLE, MOST_PERIOD_TARGETS, GoalTerms, needs_plan, why_no_periods

_YEARS_AHEAD = 20
_ONE_DAY = timedelta(days=1)

_T = TypeVar("_T")


@dataclass(frozen=True)
class GoalDraft:
    """An incomplete goal; None is missing or unreadable.

    Units are those of GoalTerms. `has_end` says that an end was given, valid or not, `is_seasonal` that each
    period has its own target. `period_targets` maps first days to targets, None where one is missing or
    unreadable.
    """

    calendar: CompanyCalendar
    measure: Measure
    metric: Metric
    interval: Interval = Interval.MONTHLY
    title: str = ""
    assignee: Assignee | None = None
    currency: str = ""
    target: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    has_end: bool = False
    pipelines: frozenset[int] = frozenset()
    stage_id: int | None = None
    activity_types: frozenset[int] = frozenset()
    is_seasonal: bool = False
    period_targets: Mapping[date, int | None] = field(default_factory=dict)

    @classmethod
    def of(cls, terms: GoalTerms, calendar: CompanyCalendar) -> "GoalDraft":
        return cls(
            calendar=calendar,
            measure=terms.measure,
            metric=terms.metric,
            interval=terms.interval,
            title=terms.title,
            assignee=terms.assignee,
            currency=terms.currency,
            target=terms.target,
            starts_on=terms.starts_on,
            ends_on=terms.ends_on,
            has_end=terms.ends_on is not None,
            pipelines=terms.pipelines,
            stage_id=terms.stage_id,
            activity_types=terms.activity_types,
            is_seasonal=bool(terms.period_targets),
            period_targets=terms.period_targets,
        )

    def terms(self) -> GoalTerms:
        """Return the terms of a draft without faults. A seasonal goal needs no single target."""
        given = self.period_targets.items() if self.is_seasonal else ()
        targets = {day: target for day, target in given if target is not None}
        target = next(filter(None, targets.values()), None) if self.target is None else self.target
        if self.assignee is None or self.starts_on is None or target is None:
            raise ValueError("The draft has faults: ask for them first.")
        return GoalTerms(
            title=self.title,
            measure=self.measure,
            assignee=self.assignee,
            interval=self.interval,
            metric=self.metric,
            target=target,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            currency=self.currency,
            pipelines=self.pipelines,
            stage_id=self.stage_id,
            activity_types=self.activity_types,
            period_targets=targets,
        )

    def periods(self, *, today: date) -> tuple[Period, ...]:
        """Return the periods of dates and frequency; empty while those are invalid."""
        return self._count_periods(today) if not self.has_end else self.ended_periods

    @cached_property
    def ended_periods(self) -> tuple[Period, ...]:
        """The periods up to the end, the same on any day; none without an end."""
        return self._count_periods(self.starts_on or date.min) if self.has_end else ()

    def _count_periods(self, today: date) -> tuple[Period, ...]:
        if self.starts_on is None or (self.has_end and self.ends_on is None):
            return ()
        try:
            end = self.ends_on + _ONE_DAY if self.ends_on else None
            return periods(self.starts_on, end, self.interval, self.calendar, today=today)
        except (ValueError, OverflowError):
            return ()

    def why_not_seasonal(self) -> str:
        """Return why periods cannot have targets of their own, empty when they can."""
        if self.measure is Measure.REVENUE_FORECAST:
            return _("A forecast goal has one target for all periods.")
        if not self.has_end:
            return _("Choose an end date first: each period needs its own target.")
        if len(self.ended_periods) > MOST_PERIOD_TARGETS:
            return _("At most %(most)d periods can have individual targets. Choose an earlier end date.") % {
                "most": MOST_PERIOD_TARGETS
            }
        return ""

    @property
    def has_period_targets(self) -> bool:
        return self.is_seasonal and not self.why_not_seasonal()

    @property
    def shape(self) -> str:
        """A key of the periods that can have individual targets: frequency, first and last day."""
        if not self.ended_periods or self.why_not_seasonal():
            return ""
        return f"{self.interval} {self.starts_on} {self.ends_on}"

    def of_measure(self, measure: Measure) -> "GoalDraft":
        """Return the draft for another measure; fields that it does not have are dropped."""
        metrics = allowed_metrics(measure)
        metric = self.metric if self.metric in metrics else min(metrics)
        return replace(
            self,
            measure=measure,
            metric=metric,
            currency=self.currency if metric is Metric.SUM else "",
            stage_id=self.stage_id if measure is Measure.DEALS_PROGRESSED else None,
            activity_types=self.activity_types if measure.counts_activities else frozenset(),
        )

    def faults(self, *, today: date) -> dict[str, str]:
        """Return the faults by field. Whether the ids exist is checked by `check_terms`."""
        found = self._title_fault() | self._counting_faults() | self._duration_faults(today)
        if self.assignee is None:
            found["assignee"] = _("Choose who the goal is for.")
        if self.target is None and not self.is_seasonal:
            found["target"] = _("Enter a target.")
        return found or self._target_faults()

    def period_fault(self, start: date) -> str:
        """Return the fault of the target of the period that starts then, empty for none."""
        target = self.period_targets.get(start)
        if target is None:
            return _("Enter a target.")
        return _("Enter zero or more.") if target < 0 else ""

    def _title_fault(self) -> dict[str, str]:
        title = self.title.strip()
        if not title:
            return {"title": _("Give the goal a name.")}
        if len(title) > LONGEST_TITLE:
            return {"title": _("Use at most %(longest)d characters.") % {"longest": LONGEST_TITLE}}
        if not is_legible(title):
            return {"title": _("Use only visible characters, on one line.")}
        return {}

    def _counting_faults(self) -> dict[str, str]:
        found: dict[str, str] = {}
        if self.measure is Measure.DEALS_PROGRESSED:
            if self.stage_id is None:
                found["stage"] = _("Choose the stage that deals enter.")
        elif self.stage_id is not None:
            found["stage"] = _("Only a progress goal has a stage.")
        if self.activity_types and not self.measure.counts_activities:
            found["activity_types"] = _("Only an activity goal has activity types.")
        if self.metric not in allowed_metrics(self.measure):
            found["metric"] = (
                _("Activities are tracked by number.")
                if self.measure.counts_activities
                else _("A forecast goal is tracked by value.")
            )
        elif self.metric is Metric.QUANTITY and self.currency:
            found["currency"] = _("A goal tracked by number has no currency.")
        return found

    def _duration_faults(self, today: date) -> dict[str, str]:
        start, last = self.starts_on, self.ends_on
        if start is None:
            return {"starts_on": _("Choose a day.")}
        if self.has_end and last is None:
            return {"ends_on": _("Choose a day.")}
        if last is not None and last < start:
            return {"ends_on": _("The end must not come before the start.")}
        if last == date.max:
            return {"ends_on": _("Choose an earlier date.")}
        # An open-ended goal gains periods every year: it must stay within the limits for long.
        latest = start if last else today.replace(day=1, year=today.year + _YEARS_AHEAD)
        end = last + _ONE_DAY if last else None
        try:
            periods(start, end, self.interval, self.calendar, today=latest)
        except ValueError as error:
            return {"ends_on": why_no_periods(error)}
        return {}

    def _target_faults(self) -> dict[str, str]:
        if self.target is not None and self.target <= 0:
            return {"target": _("Enter a target above zero.")}
        if self.target is not None and self.target > LARGEST_MINOR:
            return {"target": _("The target is too large.")}
        message = (self.why_not_seasonal() or self._period_targets_fault()) if self.is_seasonal else ""
        return {"period_targets": message} if message else {}

    def _period_targets_fault(self) -> str:
        starts = {period.start for period in self.ended_periods}
        given = {day: target for day, target in self.period_targets.items() if target is not None}
        if strays := sorted(given.keys() - starts):
            return _("No period of this goal starts on %(day)s.") % {"day": strays[0].isoformat()}
        if missing := len(starts - given.keys()):
            return ngettext(
                "%(count)d period has no target.", "%(count)d periods have no target.", missing
            ) % {"count": missing}
        if min(given.values()) < 0:
            return _("The target of a period must be zero or more.")
        if not any(given.values()):
            return _("At least one period needs a target above zero.")
        if max(given.values()) > LARGEST_MINOR:
            return _("The target of a period is too large.")
        return ""

    def refitted(self, before: GoalTerms) -> "Refit[int] | None":
        """Fit the goal's former period targets to the new periods; None while the dates are invalid.

        No target fits when counts become amounts, the currency changes, or for a forecast.
        """
        old = before.period_targets
        if self.has_end and not 0 < len(self.ended_periods) <= MOST_PERIOD_TARGETS:
            return None
        is_other = (before.metric, before.currency) != (self.metric, self.currency)
        if is_other or self.why_not_seasonal():
            return Refit(dropped=old)
        was = GoalDraft.of(before, self.calendar)
        return refit(old, was.ended_periods, was.interval, self.ended_periods, self.interval, self.calendar)

    def with_targets(self, kept: "Refit[int]") -> "GoalDraft":
        """Return the draft with the kept targets, and the single target in new periods.

        Without kept targets the goal has only the single target.
        """
        targets: dict[date, int | None] = dict(kept.kept)
        if targets:
            targets |= {period.start: self.target for period in kept.missing}
        return replace(self, is_seasonal=bool(targets), period_targets=dict(sorted(targets.items())))


@dataclass(frozen=True, slots=True)
class Refit(Generic[_T]):
    """Period targets after a change, by first days: of new periods in `kept`, of old ones in `dropped`.

    `missing` are new periods without a target. Callers ask the user before dropping any.
    """

    kept: Mapping[date, _T] = field(default_factory=dict)
    dropped: Mapping[date, _T] = field(default_factory=dict)
    missing: tuple[Period, ...] = ()


def refit(
    targets: Mapping[date, _T],
    before: Sequence[Period],
    before_interval: Interval,
    after: Sequence[Period],
    after_interval: Interval,
    calendar: CompanyCalendar,
) -> Refit[_T]:
    """Return which targets of the periods before still fit those after."""
    was = same_periods(before, before_interval, after, after_interval, calendar)
    kept = {start: targets[old] for start, old in was.items() if old in targets}
    named = set(was.values())
    return Refit(
        kept=kept,
        dropped={start: target for start, target in targets.items() if start not in named},
        missing=tuple(period for period in after if period.start not in kept),
    )


class CompanyRows:
    """The company's rows that terms may refer to, each read once, lazily."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self._faults: dict[Assignee, dict[str, str]] = {}

    @cached_property
    def pipelines(self) -> frozenset[int]:
        return frozenset(Pipeline.objects.filter(company=self.company).values_list("id", flat=True))

    @cached_property
    def activity_types(self) -> frozenset[int]:
        return frozenset(ActivityType.objects.filter(company=self.company).values_list("id", flat=True))

    @cached_property
    def stages(self) -> dict[int, int]:
        """The pipeline of each stage."""
        return dict(Stage.objects.filter(company=self.company).values_list("id", "pipeline_id"))

    @cached_property
    def rated(self) -> frozenset[str]:
        rates = ExchangeRate.objects.filter(company=self.company)
        return frozenset(rates.values_list("currency", flat=True).distinct())

    def assignee_fault(self, assignee: Assignee) -> dict[str, str]:
        if assignee not in self._faults:
            self._faults[assignee] = _assignee_fault(assignee, self.company)
        return self._faults[assignee]


def check_terms(terms: GoalTerms, company: Company, *, today: date, rows: CompanyRows | None = None) -> None:
    """Raise InvalidInput naming every invalid field.

    Ids of another company do not exist. Callers that check several terms share one `rows`.
    """
    rows = rows or CompanyRows(company)
    faults = GoalDraft.of(terms, calendar_of(company)).faults(today=today)
    for name, message in (_missing_rows(terms, rows) | _currency_fault(terms, rows)).items():
        faults.setdefault(name, message)
    if faults:
        raise InvalidInput.of(faults)


def _missing_rows(terms: GoalTerms, rows: CompanyRows) -> dict[str, str]:
    """Check that the ids in the terms exist, and that the company's plan allows them."""
    found = dict(rows.assignee_fault(terms.assignee))
    plan = Plan(rows.company.plan)
    if terms.measure is Measure.REVENUE_FORECAST and not allows(plan, Feature.FORECAST_GOALS):
        found["measure"] = needs_plan(Feature.FORECAST_GOALS)
    # Compared here, not in the database: a client may send numbers that no column holds.
    if terms.pipelines and not terms.pipelines <= rows.pipelines:
        found["pipelines"] = _("There is no such pipeline.")
    if terms.activity_types and not terms.activity_types <= rows.activity_types:
        found["activity_types"] = _("There is no such activity type.")
    if terms.stage_id is not None:
        pipeline_id = rows.stages.get(terms.stage_id)
        if pipeline_id is None:
            found["stage"] = _("There is no such stage.")
        elif terms.pipelines and pipeline_id not in terms.pipelines:
            found["stage"] = _("The stage is in none of the pipelines chosen.")
    return found


def _assignee_fault(assignee: Assignee, company: Company) -> dict[str, str]:
    message = ""
    match assignee.kind:
        case AssigneeKind.PERSON:
            if not User.objects.filter(company=company, pk=assignee.id).exists():
                message = _("There is no such user.")
        case AssigneeKind.TEAM:
            if not allows(Plan(company.plan), Feature.TEAM_GOALS):
                message = needs_plan(Feature.TEAM_GOALS)
            elif not existing_teams(company.pk).filter(pk=assignee.id).exists():
                message = _("There is no such team.")
        case AssigneeKind.COMPANY:
            if assignee.id != company.pk:
                message = _("A company goal is for your own company.")
    return {"assignee": message} if message else {}


def _currency_fault(terms: GoalTerms, rows: CompanyRows) -> dict[str, str]:
    company = rows.company
    if terms.metric is Metric.QUANTITY or terms.currency == company.currency:
        return {}
    if terms.currency not in PRESENT:
        message = _("Choose a currency.")
    elif terms.measure is Measure.REVENUE_FORECAST:
        message = _("A forecast goal is in the company’s currency, %(own)s.") % {"own": company.currency}
    elif terms.currency not in rows.rated:
        message = _("There is no exchange rate for %(code)s yet. Add one, or use %(own)s.") % {
            "code": terms.currency,
            "own": company.currency,
        }
    else:
        return {}
    return {"currency": message}
