"""A company's counting rules as they stand now, for the pure functions of `domain.counting`."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from goalpost.companies.currencies import DIGITS
from goalpost.companies.models import Company
from goalpost.crm.models import ExchangeRate, Stage
from goalpost.domain.counting import Rates, Rules, StageRule


def company_rules(company_id: int) -> Rules:
    """Return the rules in three queries. Read them with the book open when the answer is to be posted."""
    company = Company.objects.only("time_zone", "currency").get(pk=company_id)
    rates: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
    for currency, day, rate in ExchangeRate.objects.filter(company_id=company_id).values_list(
        "currency", "day", "rate"
    ):
        rates[currency].append((day, rate))
    stages = Stage.objects.filter(company_id=company_id).values_list(
        "id", "pipeline_id", "position", "probability"
    )
    return Rules(
        time_zone=ZoneInfo(company.time_zone),
        currency=company.currency,
        stages={
            stage_id: StageRule(pipeline_id, position, probability)
            for stage_id, pipeline_id, position, probability in stages
        },
        rates=Rates(rates),
        digits=DIGITS,
    )
