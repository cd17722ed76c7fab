"""From what a client sends to a goal's terms: a new goal's whole, or changes merged into what stands."""

from datetime import date

from goalpost.api.goals.aims import aim_of, known
from goalpost.api.goals.bodies import GoalBody, IntervalBody
from goalpost.api.tokens import Caller
from goalpost.companies.errors import InvalidInput
from goalpost.companies.models import Company
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure
from goalpost.domain.permissions import Assignee, AssigneeKind
from goalpost.goals.terms import GoalTerms, periods_of


def new_terms(body: GoalBody, caller: Caller) -> GoalTerms:
    """Return the terms of a goal to be created. Raises InvalidInput with fields by their wire names."""
    return _merged(body, None, caller)


def changed_terms(body: GoalBody, standing: GoalTerms, caller: Caller) -> GoalTerms:
    """Return what stands with the changes of the body, for `change_goal` to check as a whole.

    Raises InvalidInput where a change leaves open what is meant, as a new metric without a new target.
    """
    return _merged(body, standing, caller)


def _merged(body: GoalBody, standing: GoalTerms | None, caller: Caller) -> GoalTerms:
    measure = _measure(body, standing)
    starts_on, ends_on = _duration(body, standing)
    interval = known(body.interval, standing.interval if standing else None, "interval")
    aim = aim_of(body, standing, caller)
    pipelines, stage_id, activity_types = _places(body, standing, measure)
    title = body.title
    if title is None:
        title = standing.title if standing else _default_title(measure, interval)
    terms = GoalTerms(
        title=title,
        measure=measure,
        assignee=_assignee(body, standing, caller.company),
        interval=interval,
        metric=aim.metric,
        target=aim.target,
        starts_on=starts_on,
        ends_on=ends_on,
        currency=aim.currency,
        pipelines=pipelines,
        stage_id=stage_id,
        activity_types=activity_types,
        period_targets=aim.period_targets,
    )
    if body.seasonality and body.seasonality.intervals:
        _check_interval_ends(body.seasonality.intervals, terms, caller.company)
    return terms


def _measure(body: GoalBody, standing: GoalTerms | None) -> Measure:
    return known(body.type.name if body.type else None, standing.measure if standing else None, "type.name")


def _default_title(measure: Measure, interval: Interval) -> str:
    return f"{measure.wire.replace('_', ' ').capitalize()}, {interval}"


def _assignee(body: GoalBody, standing: GoalTerms | None, company: Company) -> Assignee:
    given = body.assignee
    if given is None:
        return known(None, standing.assignee if standing else None, "assignee")
    kind = known(given.type, standing.assignee.kind if standing else None, "assignee.type")
    if given.id is not None:
        return Assignee(kind, given.id)
    if kind is AssigneeKind.COMPANY:
        return Assignee(kind, company.pk)
    if standing is None or standing.assignee.kind is not kind:
        raise InvalidInput(f"Say which {kind} the goal is for.", field="assignee.id")
    return standing.assignee


def _duration(body: GoalBody, standing: GoalTerms | None) -> tuple[date, date | None]:
    given = body.duration
    starts_on = known(
        given.start if given else None, standing.starts_on if standing else None, "duration.start"
    )
    if given is not None and "end" in given.model_fields_set:
        return starts_on, given.end
    return starts_on, standing.ends_on if standing else None


def _places(
    body: GoalBody, standing: GoalTerms | None, measure: Measure
) -> tuple[frozenset[int], int | None, frozenset[int]]:
    """Return pipelines, stage and activity types. What the goal no longer has a use for falls away."""
    pipelines = standing.pipelines if standing else frozenset[int]()
    stage_id = standing.stage_id if standing and measure is Measure.DEALS_PROGRESSED else None
    types = standing.activity_types if standing and measure.counts_activities else frozenset[int]()
    params = body.type.params if body.type else None
    if params is not None:
        given = params.model_fields_set
        pipelines = frozenset(params.pipeline_id) if "pipeline_id" in given else pipelines
        stage_id = params.stage_id if "stage_id" in given else stage_id
        types = frozenset(params.activity_type_id) if "activity_type_id" in given else types
    return pipelines, stage_id, types


def _check_interval_ends(intervals: list[IntervalBody], terms: GoalTerms, company: Company) -> None:
    """Refuse an interval that ends on another day than its period. All else is for `check_terms`."""
    if terms.ends_on is None or terms.ends_on < terms.starts_on:
        return
    try:
        last_days = {
            period.start: period.last_day for period in periods_of(terms, company, today=terms.starts_on)
        }
    except (InvalidInput, OverflowError):
        return
    for place, interval in enumerate(intervals):
        last_day = last_days.get(interval.start)
        if None not in (interval.end, last_day) and interval.end != last_day:
            raise InvalidInput(
                f"The period from {interval.start} ends on {last_day}.",
                field=f"seasonality.intervals.{place}.end",
            )
