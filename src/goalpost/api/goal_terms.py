"""Converts a request body to a goal's terms: of a new goal, or changes merged into the current ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from goalpost.api.goal_shapes import GoalBody, IntervalBody, OutcomeBody, SeasonalityBody, current_target
from goalpost.api.tokens import Caller
from goalpost.api.wire import figure_given
from goalpost.companies.calendar import calendar_of
from goalpost.companies.errors import InvalidInput
from goalpost.companies.models import Company
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee, AssigneeKind
from goalpost.goals.draft import GoalDraft
from goalpost.goals.terms import GoalTerms

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class TargetTerms:
    """The target: a count, or minor units of `currency`, for all periods or for each one."""

    metric: Metric
    currency: str
    target: int
    period_targets: Mapping[date, int] = field(default_factory=dict)


def target_terms_of(body: GoalBody, current: GoalTerms | None, caller: Caller) -> TargetTerms:
    if body.seasonality is not None:
        return _seasonal_target_terms(body.seasonality, body.expected_outcome, current, caller.company)
    is_seasonal = current is not None and bool(current.period_targets)
    if not is_seasonal:
        return _single_target_terms(body.expected_outcome, current, current.target if current else 0, caller)
    assert current is not None  # only existing terms are seasonal
    shown_target = current_target(current, caller.today)
    target_terms = _single_target_terms(body.expected_outcome, current, shown_target, caller)
    if "seasonality" in body.model_fields_set:
        return target_terms
    # Clients that know no seasonality send back the whole goal: the target shown to them is no change.
    if (target_terms.metric, target_terms.currency, target_terms.target) != (
        current.metric,
        current.currency,
        shown_target,
    ):
        raise InvalidInput(
            "This goal has a target for each period. Change them through seasonality, or send "
            "seasonality: null as well to give it this one target.",
            field="expected_outcome",
        )
    return TargetTerms(current.metric, current.currency, current.target, current.period_targets)


def _single_target_terms(
    outcome: OutcomeBody | None, current: GoalTerms | None, shown_target: int, caller: Caller
) -> TargetTerms:
    """Merge an outcome into the current one, whose target is `shown_target`."""
    if outcome is None and current is None:
        raise InvalidInput("Give expected_outcome, or seasonality.", field="expected_outcome")
    outcome = outcome or OutcomeBody()
    metric = known(
        outcome.tracking_metric, current.metric if current else None, "expected_outcome.tracking_metric"
    )
    currency = _currency(outcome.currency_id, metric, current, caller.company)
    if outcome.target is not None:
        target = _figure(outcome, metric, currency)
    elif current is not None and (metric, currency) == (current.metric, current.currency):
        target = shown_target
    else:
        message = "This is required" + (", as the metric or the currency changes." if current else ".")
        raise InvalidInput(message, field="expected_outcome.target")
    return TargetTerms(metric, currency, target)


def _seasonal_target_terms(
    given: SeasonalityBody, outcome: OutcomeBody | None, current: GoalTerms | None, company: Company
) -> TargetTerms:
    outcome = outcome or OutcomeBody()
    _check_agreement("tracking_metric", given.tracking_metric, outcome.tracking_metric)
    _check_agreement("currency_id", given.currency_id, outcome.currency_id)
    metric = known(
        given.tracking_metric or outcome.tracking_metric,
        current.metric if current else None,
        "seasonality.tracking_metric",
    )
    currency = _currency(given.currency_id or outcome.currency_id, metric, current, company)
    if given.intervals is None:
        if (
            current is None
            or not current.period_targets
            or (metric, currency) != (current.metric, current.currency)
        ):
            raise InvalidInput("Give a target for each period.", field="seasonality.intervals")
        return TargetTerms(metric, currency, current.target, current.period_targets)
    targets = _interval_targets(given.intervals, metric, currency)
    first = next((target for _day, target in sorted(targets.items()) if target), 0)
    return TargetTerms(metric, currency, first, targets)


def _check_agreement(name: str, given: str | None, outcome: str | None) -> None:
    if given is not None and outcome is not None and given != outcome:
        raise InvalidInput("This differs from the value in expected_outcome.", field=f"seasonality.{name}")


def _interval_targets(intervals: list[IntervalBody], metric: Metric, currency: str) -> dict[date, int]:
    targets: dict[date, int] = {}
    for place, interval in enumerate(intervals):
        name = f"seasonality.intervals.{place}"
        if interval.start in targets:
            raise InvalidInput(
                f"There are two targets that start on {interval.start}.", field=f"{name}.start"
            )
        targets[interval.start] = figure_given(interval.target, metric, currency, field=f"{name}.target")
    if not targets:
        raise InvalidInput("Give a target for each period.", field="seasonality.intervals")
    return targets


def _figure(outcome: OutcomeBody, metric: Metric, currency: str) -> int:
    assert outcome.target is not None
    return figure_given(outcome.target, metric, currency, field="expected_outcome.target")


def _currency(given: str | None, metric: Metric, current: GoalTerms | None, company: Company) -> str:
    """Return the currency of a goal by value, the company's unless said. A count has none."""
    if metric is Metric.QUANTITY:
        return ""
    if given is not None:
        return given
    return current.currency if current and current.metric is Metric.SUM else company.currency


def known(given: _T | None, current: _T | None, name: str) -> _T:
    if given is not None:
        return given
    if current is None:
        raise InvalidInput("This is required.", field=name)
    return current


def new_terms(body: GoalBody, caller: Caller) -> GoalTerms:
    """Return the terms of a goal to be created. Raises InvalidInput with fields by their wire names."""
    return _merged(body, None, caller)


def changed_terms(body: GoalBody, current: GoalTerms, caller: Caller) -> GoalTerms:
    """Return the current terms with the changes of the body; `change_goal` validates them.

    Raises InvalidInput for an ambiguous change, such as a new metric without a new target.
    """
    return _merged(body, current, caller)


def _merged(body: GoalBody, current: GoalTerms | None, caller: Caller) -> GoalTerms:
    calendar = calendar_of(caller.company)
    named = body.type.name if body.type else None
    measure = known(named, current.measure if current else None, "type.name")
    starts_on, ends_on = _duration(body, current)
    interval = known(body.interval, current.interval if current else None, "interval")
    target_terms = target_terms_of(body, current, caller)
    # Fields that do not apply to the new type are dropped.
    begun = (
        GoalDraft.of(current, calendar).of_measure(measure)
        if current
        else GoalDraft(calendar, measure, target_terms.metric, title=_default_title(measure, interval))
    )
    draft = replace(
        begun,
        title=begun.title if body.title is None else body.title,
        assignee=_assignee(body, current, caller.company),
        interval=interval,
        metric=target_terms.metric,
        currency=target_terms.currency,
        target=target_terms.target,
        starts_on=starts_on,
        ends_on=ends_on,
        has_end=ends_on is not None,
        is_seasonal=bool(target_terms.period_targets),
        period_targets=target_terms.period_targets,
    )
    if params := body.type.params if body.type else None:
        given = params.model_fields_set
        draft = replace(
            draft,
            pipelines=frozenset(params.pipeline_id) if "pipeline_id" in given else draft.pipelines,
            stage_id=params.stage_id if "stage_id" in given else draft.stage_id,
            # Clients send them with every type of goal, as the documentation of Pipedrive does.
            activity_types=frozenset(params.activity_type_id)
            if "activity_type_id" in given and measure.counts_activities
            else draft.activity_types,
        )
    if body.seasonality and body.seasonality.intervals:
        _check_interval_ends(body.seasonality.intervals, draft)
    return draft.terms()


def _default_title(measure: Measure, interval: Interval) -> str:
    return f"{measure.wire.replace('_', ' ').capitalize()}, {interval}"


def _assignee(body: GoalBody, current: GoalTerms | None, company: Company) -> Assignee:
    given = body.assignee
    if given is None:
        return known(None, current.assignee if current else None, "assignee")
    kind = known(given.type, current.assignee.kind if current else None, "assignee.type")
    if kind is AssigneeKind.COMPANY and given.id not in {None, company.pk}:
        raise InvalidInput("A company goal is for your own company; it needs no id.", field="assignee.id")
    if given.id is not None:
        return Assignee(kind, given.id)
    if kind is AssigneeKind.COMPANY:
        return Assignee(kind, company.pk)
    if current is None or current.assignee.kind is not kind:
        raise InvalidInput(f"Give the id of the {kind} the goal is for.", field="assignee.id")
    return current.assignee


def _duration(body: GoalBody, current: GoalTerms | None) -> tuple[date, date | None]:
    given = body.duration
    starts_on = known(
        given.start if given else None, current.starts_on if current else None, "duration.start"
    )
    if given is not None and "end" in given.model_fields_set:
        return starts_on, given.end
    return starts_on, current.ends_on if current else None


def _check_interval_ends(intervals: list[IntervalBody], draft: GoalDraft) -> None:
    """Refuse an interval that ends on another day than its period. All else is for `check_terms`."""
    last_days = {period.start: period.last_day for period in draft.ended_periods}
    for place, interval in enumerate(intervals):
        last_day = last_days.get(interval.start)
        if None not in (interval.end, last_day) and interval.end != last_day:
            raise InvalidInput(
                f"The period from {interval.start} ends on {last_day}.",
                field=f"seasonality.intervals.{place}.end",
            )
