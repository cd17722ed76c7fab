"""What a goal aims at, as one value: given by a form or the API, checked here, written by `actions`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from goalpost.companies.actors import existing_teams
from goalpost.companies.calendar import calendar_of
from goalpost.companies.checks import is_legible
from goalpost.companies.currencies import CURRENCIES, DIGITS
from goalpost.companies.errors import InvalidInput
from goalpost.companies.models import Company, User
from goalpost.crm.models import ActivityType, ExchangeRate, Pipeline, Stage
from goalpost.domain.calendar import Interval, Period, periods
from goalpost.domain.measures import Measure, Metric, allowed_metrics
from goalpost.domain.money import LARGEST_MINOR
from goalpost.domain.permissions import Assignee, AssigneeKind
from goalpost.domain.plan import Feature, Plan, allows, first_plan_with
from goalpost.domain.targets import raised, same_periods, year_before, year_later

LONGEST_TITLE = 200
MOST_PERIOD_TARGETS = 520
"""Ten years of weeks: more boxes than anybody fills in, and few enough to show on one page."""
_YEARS_AHEAD = 20


@dataclass(frozen=True, slots=True)
class GoalTerms:
    """All that is set on a goal. Empty `pipelines` or `activity_types` mean all of them.

    `target` is a count or minor units of `currency` (empty for a count). `ends_on` is the last day.
    `period_targets` maps the first day of each period to its own target; when given, every period has one.
    """

    title: str
    measure: Measure
    assignee: Assignee
    interval: Interval
    metric: Metric
    target: int
    starts_on: date
    ends_on: date | None = None
    currency: str = ""
    pipelines: frozenset[int] = frozenset()
    stage_id: int | None = None
    activity_types: frozenset[int] = frozenset()
    period_targets: Mapping[date, int] = field(default_factory=dict)

    @property
    def duration_end(self) -> date | None:
        """The day after the last, as half-open ranges want it."""
        return None if self.ends_on is None else self.ends_on + timedelta(days=1)


def check_terms(terms: GoalTerms, company: Company, *, today: date) -> None:
    """Raise InvalidInput naming every field at fault. Ids of another company do not exist here."""
    errors: dict[str, str] = {}
    for check in (_check_title, _check_assignee, _check_measure, _check_places, _check_metric):
        for name, message in check(terms, company).items():
            errors.setdefault(name, message)
    errors.update(_check_duration(terms, company, today))
    if not errors:
        errors = _check_targets(terms, company)
    if errors:
        raise InvalidInput.of(errors)


def periods_of(terms: GoalTerms, company: Company, *, today: date) -> tuple[Period, ...]:
    """Return the goal's periods. Raises InvalidInput when the duration makes too many."""
    try:
        return periods(terms.starts_on, terms.duration_end, terms.interval, calendar_of(company), today=today)
    except ValueError as error:
        raise InvalidInput(str(error), field="duration") from error


def _check_title(terms: GoalTerms, _company: Company) -> dict[str, str]:
    if not terms.title.strip():
        return {"title": _("Give the goal a name.")}
    if len(terms.title.strip()) > LONGEST_TITLE:
        return {"title": _("Use at most %(longest)d characters.") % {"longest": LONGEST_TITLE}}
    if not is_legible(terms.title.strip()):
        return {"title": _("Use only characters that can be seen, on one line.")}
    return {}


def _check_assignee(terms: GoalTerms, company: Company) -> dict[str, str]:
    match terms.assignee.kind:
        case AssigneeKind.PERSON:
            if not User.objects.filter(company=company, pk=terms.assignee.id).exists():
                return {"assignee": _("There is no such user.")}
        case AssigneeKind.TEAM:
            if not allows(Plan(company.plan), Feature.TEAM_GOALS):
                return {"assignee": needs_plan(Feature.TEAM_GOALS)}
            if not existing_teams(company.pk).filter(pk=terms.assignee.id).exists():
                return {"assignee": _("There is no such team.")}
        case AssigneeKind.COMPANY:
            if terms.assignee.id != company.pk:
                return {"assignee": _("A company goal is for your own company.")}
    return {}


def _check_measure(terms: GoalTerms, company: Company) -> dict[str, str]:
    if terms.measure is Measure.REVENUE_FORECAST and not allows(Plan(company.plan), Feature.FORECAST_GOALS):
        return {"measure": needs_plan(Feature.FORECAST_GOALS)}
    return {}


def _check_places(terms: GoalTerms, company: Company) -> dict[str, str]:
    """Check pipelines, stage and activity types against the company's and against each other."""
    errors: dict[str, str] = {}
    # Compared here, not in the database: a client may send numbers that no column holds.
    if terms.pipelines and not terms.pipelines <= _ids(Pipeline.objects.filter(company=company)):
        errors["pipelines"] = _("There is no such pipeline.")
    if terms.measure is Measure.DEALS_PROGRESSED:
        stage = Stage.objects.filter(company=company, pk=terms.stage_id or 0).first()
        if terms.stage_id is None:
            errors["stage"] = _("Choose the stage that deals enter.")
        elif stage is None:
            errors["stage"] = _("There is no such stage.")
        elif terms.pipelines and stage.pipeline_id not in terms.pipelines:
            errors["stage"] = _("The stage is in none of the pipelines chosen.")
    elif terms.stage_id is not None:
        errors["stage"] = _("Only a progress goal has a stage.")
    if terms.activity_types:
        if not terms.measure.counts_activities:
            errors["activity_types"] = _("Only an activity goal has activity types.")
        elif not terms.activity_types <= _ids(ActivityType.objects.filter(company=company)):
            errors["activity_types"] = _("There is no such activity type.")
    return errors


def _check_metric(terms: GoalTerms, company: Company) -> dict[str, str]:
    if terms.metric not in allowed_metrics(terms.measure):
        if terms.metric is Metric.SUM:
            return {"metric": _("Activities are tracked by number.")}
        return {"metric": _("A forecast goal is tracked by value.")}
    if terms.metric is Metric.SUM:
        return _check_currency(terms, company)
    return {"currency": _("A goal by number has no currency.")} if terms.currency else {}


def _check_currency(terms: GoalTerms, company: Company) -> dict[str, str]:
    if terms.currency == company.currency:
        return {}
    if terms.currency not in CURRENCIES:
        message = _("Choose a currency.")
    elif terms.measure is Measure.REVENUE_FORECAST:
        message = _("A forecast goal is in the company's currency, %(own)s.") % {"own": company.currency}
    elif not ExchangeRate.objects.filter(company=company, currency=terms.currency).exists():
        message = _("There is no exchange rate for %(code)s yet. Add one, or use %(own)s.") % {
            "code": terms.currency,
            "own": company.currency,
        }
    else:
        return {}
    return {"currency": message}


def _check_duration(terms: GoalTerms, company: Company, today: date) -> dict[str, str]:
    if terms.ends_on is not None and terms.ends_on < terms.starts_on:
        return {"ends_on": _("The end must not come before the start.")}
    if terms.ends_on == date.max:
        return {"ends_on": _("Choose an earlier date.")}
    # A goal that runs on gains periods every year: what is set today must stay readable for long.
    latest = terms.starts_on if terms.ends_on else today.replace(day=1, year=today.year + _YEARS_AHEAD)
    try:
        periods_of(terms, company, today=latest)
    except InvalidInput as error:
        return {"ends_on": error.message}
    return {}


def _check_targets(terms: GoalTerms, company: Company) -> dict[str, str]:
    if terms.target <= 0:
        return {"target": _("Enter a target above zero.")}
    if terms.target > LARGEST_MINOR:
        return {"target": _("The target is too large.")}
    if not terms.period_targets:
        return {}
    if terms.measure is Measure.REVENUE_FORECAST:
        message = _("A forecast goal has one target for all periods.")
    elif terms.ends_on is None:
        message = _("Choose an end date to set targets for each period.")
    else:
        message = _period_targets_fault(terms, company)
    return {"period_targets": message} if message else {}


def _period_targets_fault(terms: GoalTerms, company: Company) -> str:
    """Return what is wrong with the targets of single periods, empty when nothing is."""
    starts = {period.start for period in periods_of(terms, company, today=terms.starts_on)}
    if len(starts) > MOST_PERIOD_TARGETS:
        return _("At most %(most)d periods can have targets of their own: choose an earlier end.") % {
            "most": MOST_PERIOD_TARGETS
        }
    if strays := sorted(terms.period_targets.keys() - starts):
        return _("No period of this goal starts on %(day)s.") % {"day": strays[0].isoformat()}
    if missing := len(starts - terms.period_targets.keys()):
        return ngettext("%(count)d period has no target.", "%(count)d periods have no target.", missing) % {
            "count": missing
        }
    if min(terms.period_targets.values()) <= 0:
        return _("Every period needs a target above zero.")
    if max(terms.period_targets.values()) > LARGEST_MINOR:
        return _("The target of a period is too large.")
    return ""


def _ids(rows: QuerySet[Pipeline] | QuerySet[ActivityType]) -> frozenset[int]:
    return frozenset(rows.values_list("id", flat=True))


def read_only(lacks: Feature | None, *, is_team_deleted: bool) -> str:
    """Return why nobody can change a goal: set under a larger plan, or for a team that was deleted.

    Empty when it can be changed.
    """
    if is_team_deleted:
        return _("This team was deleted. Its goal is kept, read-only, until an admin restores the team.")
    if lacks is None:
        return ""
    kept = _("This goal is kept, read-only.")
    return f"{needs_plan(lacks)} {kept}"


def needs_plan(feature: Feature) -> str:
    """Return which plan the feature needs, in a sentence."""
    what = _("Team goals") if feature is Feature.TEAM_GOALS else _("Forecast goals")
    return _("%(what)s need the %(plan)s plan.") % {"what": what, "plan": first_plan_with(feature).value}


_ONE_DAY = timedelta(days=1)


def a_year_later(terms: GoalTerms, company: Company) -> GoalTerms:
    """Return the terms for the next year, each period with the target of the one a year before.

    A week takes that of 52 weeks before. Raises ValueError when the calendar ends before that.
    """
    if terms.ends_on is None:
        return replace(terms, starts_on=year_later(terms.starts_on, terms.starts_on)[0])
    first, last = year_later(terms.starts_on, terms.ends_on)
    calendar, interval = calendar_of(company), terms.interval
    before = periods(terms.starts_on, terms.ends_on + _ONE_DAY, interval, calendar, today=terms.starts_on)
    after = periods(first, last + _ONE_DAY, interval, calendar, today=first)
    was = year_before(after, interval, before, calendar)
    old = terms.period_targets
    targets = {start: old[day] for start, day in was.items() if day in old}
    return replace(terms, starts_on=first, ends_on=last, period_targets=targets)


def with_raised_targets(terms: GoalTerms, hundredths: int) -> GoalTerms:
    """Return the terms with every target raised by hundredths of a per cent.

    They are rounded half up to whole major units of the currency or whole counts; those that have decimals
    already, to the minor unit.
    """
    unit = 10 ** DIGITS[terms.currency] if terms.currency else 1
    targets = {start: raised(target, hundredths, unit) for start, target in terms.period_targets.items()}
    return replace(terms, target=raised(terms.target, hundredths, unit), period_targets=targets)


@dataclass(frozen=True, slots=True)
class Refit:
    """Period targets after the change, by first days: of the new periods in `kept`, of the old in `dropped`.

    `missing` are the new periods that have no target yet. Whoever sets the terms asks before it drops any.
    """

    kept: Mapping[date, int] = field(default_factory=dict)
    dropped: Mapping[date, int] = field(default_factory=dict)
    missing: tuple[Period, ...] = ()


def refit_targets(before: GoalTerms, after: GoalTerms, company: Company) -> Refit:
    """Return which period targets of `before` still fit the frequency and duration of `after`.

    The targets of `after` do not matter. Raises InvalidInput when its duration makes too many periods.
    """
    old = before.period_targets
    if not old or before.ends_on is None:
        return Refit()
    if after.ends_on is None or after.measure is Measure.REVENUE_FORECAST:
        return Refit(dropped=old)
    # With an end date the periods are the same on any day.
    periods = periods_of(after, company, today=after.starts_on)
    was = same_periods(
        periods_of(before, company, today=before.starts_on),
        before.interval,
        periods,
        after.interval,
        calendar_of(company),
    )
    kept = {start: old[was[start]] for start in was if was[start] in old}
    named = set(was.values())
    return Refit(
        kept=kept,
        dropped={start: target for start, target in old.items() if start not in named},
        missing=tuple(period for period in periods if period.start not in kept),
    )
