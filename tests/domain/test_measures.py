"""The seven measures, their wire names and what each may be measured in."""

import pytest

from goalpost.domain.measures import Measure, Metric, allowed_metrics

COUNT, VALUE = Metric.QUANTITY, Metric.SUM

SEVEN = [
    # measure, stored number, wire name, counts activities, metrics
    (Measure.DEALS_STARTED, 1, "deals_started", False, {COUNT, VALUE}),
    (Measure.DEALS_PROGRESSED, 2, "deals_progressed", False, {COUNT, VALUE}),
    (Measure.DEALS_WON, 3, "deals_won", False, {COUNT, VALUE}),
    (Measure.ACTIVITIES_ADDED, 4, "activities_added", True, {COUNT}),
    (Measure.ACTIVITIES_COMPLETED, 5, "activities_completed", True, {COUNT}),
    (Measure.REVENUE_FORECAST, 6, "revenue_forecast", False, {VALUE}),
    (Measure.OPEN_VALUE, 7, "open_value", False, {VALUE}),
]


def test_the_table_below_names_every_measure() -> None:
    assert [row[0] for row in SEVEN] == list(Measure)


@pytest.mark.parametrize(("measure", "number", "wire", "of_activities", "metrics"), SEVEN)
def test_a_measure_keeps_its_number_its_name_and_its_metrics(
    *, measure: Measure, number: int, wire: str, of_activities: bool, metrics: set[Metric]
) -> None:
    assert measure == number
    assert measure.wire == wire
    assert measure.counts_activities is of_activities
    assert measure.counts_deals is not of_activities
    assert allowed_metrics(measure) == metrics


@pytest.mark.parametrize("name", ["", "deals", "DEALS_WON", "deals_won ", "3", "__class__"])
def test_an_unknown_wire_name_is_refused_with_the_six_that_exist(name: str) -> None:
    with pytest.raises(ValueError, match="Unknown goal type") as refused:
        Measure.from_wire(name)
    assert all(measure.wire in str(refused.value) for measure in Measure.of_goals())


def test_goals_count_all_but_the_open_value() -> None:
    assert list(Measure.of_goals()) == [row[0] for row in SEVEN[:6]]
    assert [Measure.from_wire(row[2]) for row in SEVEN[:6]] == [row[0] for row in SEVEN[:6]]
    with pytest.raises(ValueError, match="Unknown goal type"):
        Measure.from_wire("open_value")
