"""What becomes of a goal's period targets when its frequency or duration changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from goalpost.companies.calendar import calendar_of
from goalpost.companies.models import Company
from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure
from goalpost.domain.season import same_periods
from goalpost.goals.terms import GoalTerms, periods_of


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
