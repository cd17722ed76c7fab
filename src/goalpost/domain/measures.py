"""What a goal can count, and in which metric. The wire names are those of Pipedrive's goals API."""

from enum import IntEnum, StrEnum
from typing import Self


class Measure(IntEnum):
    """One of the six things a goal counts. The numbers are stored in the ledger: never renumber them."""

    DEALS_STARTED = 1
    DEALS_PROGRESSED = 2
    DEALS_WON = 3
    ACTIVITIES_ADDED = 4
    ACTIVITIES_COMPLETED = 5
    REVENUE_FORECAST = 6

    @property
    def wire(self) -> str:
        """The name in APIs and files: `deals_started`."""
        return self.name.lower()

    @property
    def counts_deals(self) -> bool:
        return not self.counts_activities

    @property
    def counts_activities(self) -> bool:
        return self in (Measure.ACTIVITIES_ADDED, Measure.ACTIVITIES_COMPLETED)

    @classmethod
    def from_wire(cls, name: str) -> Self:
        """Return the measure of a wire name. Raises ValueError, naming the six, for any other name."""
        for measure in cls:
            if measure.wire == name:
                return measure
        known = ", ".join(measure.wire for measure in cls)
        raise ValueError(f"Unknown goal type {name!r}. Use one of: {known}.")


class Metric(StrEnum):
    """Whether a goal counts records or adds up their value."""

    QUANTITY = "quantity"
    SUM = "sum"


def allowed_metrics(measure: Measure) -> frozenset[Metric]:
    """Activities have no value, so they are only counted; a forecast is only ever a value."""
    if measure.counts_activities:
        return frozenset({Metric.QUANTITY})
    if measure is Measure.REVENUE_FORECAST:
        return frozenset({Metric.SUM})
    return frozenset(Metric)
