"""What happened to a record is told from what a person did, or else from what one posting took and gave."""

from datetime import date

import pytest

from goalpost.domain.changes import Change, ChangeCause, PostingAction, what_happened
from goalpost.domain.counting import Contribution
from goalpost.domain.measures import Measure

DAY, LATER = date(2026, 3, 3), date(2026, 3, 9)
STARTED, PROGRESSED, WON, FORECAST = (
    Measure.DEALS_STARTED,
    Measure.DEALS_PROGRESSED,
    Measure.DEALS_WON,
    Measure.REVENUE_FORECAST,
)
ADDED, COMPLETED = Measure.ACTIVITIES_ADDED, Measure.ACTIVITIES_COMPLETED
CILLA, DAVID, SALES, PARTNERS, CALL, LUNCH = 3, 4, 1, 2, 1, 2


def line(
    measure: Measure,
    *,
    day: date = DAY,
    owner: int = CILLA,
    pipeline: int = SALES,
    item: int = 0,
    amount: int = 100,
) -> Contribution:
    return Contribution(measure, day, owner, pipeline, item, "EUR", 1, amount, amount)


CASES = [
    (WON, [], [line(WON), line(FORECAST)], ChangeCause.WON),
    (FORECAST, [line(FORECAST, amount=50)], [line(WON), line(FORECAST)], ChangeCause.WON),
    (FORECAST, [line(FORECAST, day=LATER, amount=50)], [line(WON), line(FORECAST)], ChangeCause.WON),
    (FORECAST, [], [line(WON), line(FORECAST)], ChangeCause.WON),
    (WON, [line(WON), line(FORECAST)], [line(FORECAST, day=LATER)], ChangeCause.REOPENED),
    (FORECAST, [line(WON), line(FORECAST)], [line(FORECAST, amount=50)], ChangeCause.REOPENED),
    (WON, [line(WON), line(FORECAST)], [], ChangeCause.NO_LONGER_WON),
    (WON, [line(WON), line(FORECAST), line(STARTED)], [], ChangeCause.DELETED),
    (FORECAST, [line(FORECAST), line(STARTED)], [], ChangeCause.DELETED),
    (FORECAST, [line(FORECAST)], [], ChangeCause.NO_LONGER_COUNTS),
    (FORECAST, [], [line(FORECAST), line(STARTED)], ChangeCause.ADDED),
    (FORECAST, [], [line(FORECAST)], ChangeCause.NOW_COUNTS),
    (STARTED, [], [line(STARTED)], ChangeCause.ADDED),
    (WON, [line(WON)], [line(WON, owner=DAVID)], ChangeCause.HANDED_OVER),
    (WON, [line(WON)], [line(WON, pipeline=PARTNERS)], ChangeCause.MOVED_PIPELINE),
    (WON, [line(WON)], [line(WON, day=LATER)], ChangeCause.DAY_CHANGED),
    (WON, [line(WON)], [line(WON, amount=200)], ChangeCause.VALUE_CHANGED),
    (
        FORECAST,
        [line(FORECAST), line(STARTED)],
        [line(FORECAST, amount=200), line(STARTED, amount=200)],
        ChangeCause.VALUE_CHANGED,
    ),
    (FORECAST, [line(FORECAST)], [line(FORECAST, amount=60)], ChangeCause.PROBABILITY_CHANGED),
    (
        FORECAST,
        [line(FORECAST)],
        [line(FORECAST, amount=60), line(PROGRESSED, item=7)],
        ChangeCause.MOVED_STAGE,
    ),
    (PROGRESSED, [], [line(PROGRESSED, item=7)], ChangeCause.ENTERED_STAGE),
    (PROGRESSED, [line(PROGRESSED, item=7)], [], ChangeCause.LEFT_STAGE),
    (ADDED, [], [line(ADDED, item=CALL)], ChangeCause.ADDED),
    (ADDED, [line(ADDED, item=LUNCH)], [line(ADDED, item=CALL)], ChangeCause.TYPE_CHANGED),
    (COMPLETED, [], [line(COMPLETED, item=CALL)], ChangeCause.COMPLETED),
    (COMPLETED, [line(COMPLETED, item=CALL)], [], ChangeCause.UNDONE),
    (COMPLETED, [line(COMPLETED, item=CALL), line(ADDED, item=CALL)], [], ChangeCause.DELETED),
]


@pytest.mark.parametrize(("measure", "took", "gave", "expected"), CASES)
def test_what_a_file_did_is_told_from_what_went_and_came(
    measure: Measure, took: list[Contribution], gave: list[Contribution], expected: ChangeCause
) -> None:
    assert what_happened(PostingAction.UNKNOWN, measure, Change(took, gave)) is expected


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (PostingAction.LOST, ChangeCause.LOST),
        (PostingAction.REOPENED, ChangeCause.REOPENED),
        (PostingAction.RESTORED, ChangeCause.RESTORED),
        (PostingAction.CHANGED_RATE, ChangeCause.RATE_CHANGED),
        (PostingAction.CHANGED_PROBABILITY, ChangeCause.STAGE_PROBABILITY_CHANGED),
        (PostingAction.CHANGED_TIME_ZONE, ChangeCause.TIME_ZONE_CHANGED),
        (PostingAction.CHANGED_ORDER, ChangeCause.STAGE_ORDER_CHANGED),
    ],
)
def test_what_somebody_did_is_believed(action: PostingAction, expected: ChangeCause) -> None:
    assert what_happened(action, WON, Change([line(WON), line(FORECAST)], [])) is expected


def test_a_type_that_changed_is_told_whichever_of_the_two_counts() -> None:
    change = Change([line(ADDED, item=LUNCH)], [line(ADDED, item=CALL)])
    for items in (None, frozenset({CALL}), frozenset({LUNCH}), frozenset({CALL, LUNCH})):
        assert what_happened(PostingAction.CHANGED, ADDED, change, items) is ChangeCause.TYPE_CHANGED


def test_a_moment_taken_away_is_no_deletion() -> None:
    assert (
        what_happened(PostingAction.CHANGED, STARTED, Change([line(STARTED)], []))
        is ChangeCause.NO_LONGER_COUNTS
    )


def test_a_stage_with_another_probability_is_told_as_a_move_when_the_deal_was_moved() -> None:
    change = Change([line(FORECAST)], [line(FORECAST, amount=60), line(PROGRESSED, item=7)])
    assert what_happened(PostingAction.MOVED, FORECAST, change) is ChangeCause.MOVED_STAGE
    assert what_happened(PostingAction.CHANGED, FORECAST, change) is ChangeCause.PROBABILITY_CHANGED


def test_nothing_of_the_measure_is_just_a_change() -> None:
    assert what_happened(PostingAction.CHANGED, WON, Change([], [line(STARTED)])) is ChangeCause.CHANGED
