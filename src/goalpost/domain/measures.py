"""What a goal can count, and in which metric. The wire names are those of Pipedrive's goals API."""

from enum import IntEnum, StrEnum
from typing import Self


class Measure(IntEnum):
    """What is counted: six measures for goals, and one for reports only.

    The numbers are stored in the ledger: never renumber them.
    """

    DEALS_STARTED = 1
    DEALS_PROGRESSED = 2
    DEALS_WON = 3
    ACTIVITIES_ADDED = 4
    ACTIVITIES_COMPLETED = 5
    REVENUE_FORECAST = 6
    OPEN_VALUE = 7
    """Open deals in full, by stage, on the expected close date or on none. Reports only."""

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
    def of_goals(cls) -> tuple[Self, ...]:
        """Return the six that a goal can count."""
        return tuple(measure for measure in cls if measure is not cls.OPEN_VALUE)

    @classmethod
    def named(cls, name: str) -> Self | None:
        """Return the measure of a goal with this wire name, None for any other name."""
        return next((measure for measure in cls.of_goals() if measure.wire == name), None)

    @classmethod
    def from_wire(cls, name: str) -> Self:
        """Return the measure that a goal's wire name means. Raises ValueError, naming the six."""
        found = cls.named(name)
        if found is not None:
            return found
        known = ", ".join(measure.wire for measure in cls.of_goals())
        raise ValueError(f"Unknown goal type {name!r}. Use one of: {known}.")


class Metric(StrEnum):
    """Whether a goal counts records or adds up their value."""

    QUANTITY = "quantity"
    SUM = "sum"


def allowed_metrics(measure: Measure) -> frozenset[Metric]:
    """Activities have no value, so they are only counted; a forecast is only ever a value."""
    if measure.counts_activities:
        return frozenset({Metric.QUANTITY})
    if measure in (Measure.REVENUE_FORECAST, Measure.OPEN_VALUE):
        return frozenset({Metric.SUM})
    return frozenset(Metric)
