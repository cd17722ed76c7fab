"""The terms that a goal is duplicated with: those of the year after, its targets raised."""

from dataclasses import replace
from datetime import timedelta

from goalpost.companies.calendar import calendar_of
from goalpost.companies.currencies import DIGITS
from goalpost.companies.models import Company
from goalpost.domain.calendar import periods
from goalpost.domain.season import raised, year_before, year_later
from goalpost.goals.terms import GoalTerms

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
