"""A company's counting rules as they stand now, for the pure functions of `domain.counting`."""

from datetime import date
from decimal import Decimal
from typing import cast
from zoneinfo import ZoneInfo

from goalpost.companies.currencies import DIGITS
from goalpost.companies.models import Company
from goalpost.companies.rows import read_rows
from goalpost.crm.models import ExchangeRate, Stage
from goalpost.domain.counting import Rates, Rules, StageRule


class StoredRates(Rates):
    """A company's rates, read when a deal first asks for its currency's: most edits need none."""

    __slots__ = ("_company_id", "_read")

    def __init__(self, company_id: int) -> None:
        super().__init__({})
        self._company_id = company_id
        self._read: dict[str, Rates] = {}

    def on(self, currency: str, day: date) -> Decimal | None:
        if currency not in self._read:
            known = ExchangeRate.objects.filter(company_id=self._company_id, currency=currency)
            self._read[currency] = Rates({currency: list(known.values_list("day", "rate"))})
        return self._read[currency].on(currency, day)


def company_rules(company_id: int) -> Rules:
    """Return the rules in two queries, and one more for each foreign currency that is asked for.

    Read and use them with the book open when the answer is to be posted.
    """
    ((time_zone, currency),) = read_rows(Company, ("time_zone", "currency"), id=company_id)
    stages = cast(
        "list[tuple[int, int, int, int]]",
        read_rows(Stage, ("id", "pipeline", "position", "probability"), company=company_id),
    )
    return Rules(
        time_zone=ZoneInfo(str(time_zone)),
        currency=str(currency),
        stages={
            stage_id: StageRule(pipeline_id, position, probability)
            for stage_id, pipeline_id, position, probability in stages
        },
        rates=StoredRates(company_id),
        digits=DIGITS,
    )
