"""Exchange rates as they are and as they were known: what goals in other currencies are converted with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from goalpost.companies.currencies import DIGITS
from goalpost.crm.models import ExchangeRate
from goalpost.domain.conversion import Conversion
from goalpost.domain.counting import Rates
from goalpost.domain.money import Money, weigh


@dataclass(frozen=True, slots=True)
class RateChange:
    """That a currency got another rate from a day on, and how amounts are told in it before and after that.

    `before` is None for the first rate of a day; `by` is empty for whoever runs the server.
    """

    at: datetime
    by: str
    currency: str
    day: date
    before: Decimal | None
    after: Decimal
    was: Conversion
    becomes: Conversion


def rates_known(
    company_id: int, currencies: Iterable[str], *, at: datetime | None = None
) -> dict[str, dict[date, Decimal]]:
    """Return the rates of each currency by day, as known at a moment, else now; in one query."""
    found: dict[str, dict[date, Decimal]] = {currency: {} for currency in currencies}
    rows = ExchangeRate.objects.filter(company_id=company_id, currency__in=found)
    if at is not None:
        rows = rows.filter(recorded_at__lte=at)
    # Of one day the last recorded holds.
    for currency, day, rate in rows.order_by("recorded_at").values_list("currency", "day", "rate"):
        found[currency][day] = rate
    return found


def conversions_to(
    company_id: int, own: str, currencies: Iterable[str], *, at: datetime | None = None
) -> dict[str, Conversion]:
    """Return how amounts in the company's `own` currency are told in each other one; no query without any."""
    others = {currency for currency in currencies if currency not in {"", own}}
    if not others:
        return {}
    known = rates_known(company_id, others, at=at)
    return {currency: _conversion(own, currency, rates) for currency, rates in known.items()}


def _conversion(own: str, currency: str, rates: Mapping[date, Decimal]) -> Conversion:
    return Conversion(currency, rates.items(), digits=DIGITS[currency], company_digits=DIGITS[own])


def rate_changes(company_id: int, own: str, currency: str, *, since: datetime) -> tuple[RateChange, ...]:
    """Return which rates of a currency were set after a moment to what they were not, the latest first."""
    rows = ExchangeRate.objects.filter(company_id=company_id, currency=currency)
    known: dict[date, Decimal] = {}
    found: list[RateChange] = []
    columns = ("day", "rate", "recorded_at", "recorded_by__name")
    for day, rate, at, by in rows.order_by("recorded_at", "day").values_list(*columns):
        later = known | {day: rate}
        if at > since and later != known:
            was, becomes = (_conversion(own, currency, rates) for rates in (known, later))
            found.append(RateChange(at, by or "", currency, day, known.get(day), rate, was, becomes))
        known = later
    return tuple(reversed(found))


@dataclass(frozen=True, slots=True)
class Worth:
    """An amount told in the company's currency (minor units), at a rate for one major unit."""

    amount: int
    rate: Decimal


def worth_of(company_id: int, own: str, value: Money, day: date) -> Worth | None:
    """Return what an amount in another currency is worth on a day; None without a rate. In one query."""
    rates = Rates({code: known.items() for code, known in rates_known(company_id, [value.currency]).items()})
    rate = rates.on(value.currency, day)
    if rate is None:
        return None
    digits, own_digits = DIGITS[value.currency], DIGITS[own]
    return Worth(weigh(value.minor, 100, 100, from_digits=digits, to_digits=own_digits, rate=rate), rate)


@dataclass(frozen=True, slots=True)
class RateRow:
    """A rate as it was recorded; `by` is empty for whoever runs the server."""

    currency: str
    day: date
    rate: Decimal
    at: datetime
    by: str


def latest_rates(company_id: int) -> tuple[RateRow, ...]:
    """Return the rate of each currency with the latest day, by code, in one query."""
    number = Window(
        RowNumber(),
        partition_by=F("currency"),
        order_by=[F("day").desc(), F("recorded_at").desc()],
    )
    rows = ExchangeRate.objects.filter(company_id=company_id).annotate(number=number).filter(number=1)
    return _rate_rows(rows.order_by("currency"))


def recorded_rates(company_id: int, currency: str, *, offset: int = 0, limit: int) -> tuple[RateRow, ...]:
    """Return what was recorded of a currency, the latest day first and of a day the last recorded first."""
    rows = ExchangeRate.objects.filter(company_id=company_id, currency=currency)
    return _rate_rows(rows.order_by("-day", "-recorded_at")[offset : offset + limit])


def _rate_rows(rows: "QuerySet[ExchangeRate]") -> tuple[RateRow, ...]:
    columns = rows.values_list("currency", "day", "rate", "recorded_at", "recorded_by__name")
    return tuple(RateRow(code, day, rate, at, by or "") for code, day, rate, at, by in columns)


def rate_in_force(company_id: int, currency: str, day: date) -> tuple[date, Decimal] | None:
    """Return the last rate from a day up to this one, with its day; None without any."""
    rows = ExchangeRate.objects.filter(company_id=company_id, currency=currency, day__lte=day)
    return rows.order_by("-day", "-recorded_at").values_list("day", "rate").first()
