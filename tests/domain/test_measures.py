"""The six measures, their wire names and what each may be measured in."""

import pytest

from goalpost.domain.measures import Measure, Metric, allowed_metrics

COUNT, VALUE = Metric.QUANTITY, Metric.SUM

SIX = [
    # measure, stored number, wire name, counts activities, metrics
    (Measure.DEALS_STARTED, 1, "deals_started", False, {COUNT, VALUE}),
    (Measure.DEALS_PROGRESSED, 2, "deals_progressed", False, {COUNT, VALUE}),
    (Measure.DEALS_WON, 3, "deals_won", False, {COUNT, VALUE}),
    (Measure.ACTIVITIES_ADDED, 4, "activities_added", True, {COUNT}),
    (Measure.ACTIVITIES_COMPLETED, 5, "activities_completed", True, {COUNT}),
    (Measure.REVENUE_FORECAST, 6, "revenue_forecast", False, {VALUE}),
]


def test_the_table_below_names_every_measure() -> None:
    assert [row[0] for row in SIX] == list(Measure)


@pytest.mark.parametrize(("measure", "number", "wire", "of_activities", "metrics"), SIX)
def test_a_measure_keeps_its_number_its_name_and_its_metrics(
    *, measure: Measure, number: int, wire: str, of_activities: bool, metrics: set[Metric]
) -> None:
    assert measure == number
    assert measure.wire == wire
    assert Measure.from_wire(wire) is measure
    assert measure.counts_activities is of_activities
    assert measure.counts_deals is not of_activities
    assert allowed_metrics(measure) == metrics


@pytest.mark.parametrize("name", ["", "deals", "DEALS_WON", "deals_won ", "3", "__class__"])
def test_an_unknown_wire_name_is_refused_with_the_six_that_exist(name: str) -> None:
    with pytest.raises(ValueError, match="Unknown goal type") as refused:
        Measure.from_wire(name)
    assert all(measure.wire in str(refused.value) for measure in Measure)
