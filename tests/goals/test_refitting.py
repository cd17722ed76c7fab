"""A seasonal goal whose frequency or duration changes keeps the targets that still fit."""

from dataclasses import replace
from datetime import date
from typing import Unpack

import pytest

from goalpost.companies.calendar import calendar_of
from goalpost.companies.models import Company
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure
from goalpost.goals.draft import GoalDraft, Refit
from tests.goals.builders import Terms, terms
from tests.people import Cast, make_company

TARGETS = {date(2026, at, 1): at * 10 for at in range(1, 7)}


@pytest.fixture
def cast(db: None) -> Cast:
    return make_company()


def refitted(cast: Cast, **changes: Unpack[Terms]) -> Refit[int]:
    before = terms(cast, period_targets=TARGETS)
    calendar = calendar_of(Company.objects.get(pk=cast.company_id))
    found = GoalDraft.of(replace(before, **changes), calendar).refitted(before)
    assert found is not None
    return found


def test_a_longer_goal_keeps_all_and_names_the_periods_without(cast: Cast) -> None:
    found = refitted(cast, ends_on=date(2026, 8, 15))
    assert (found.kept, found.dropped) == (TARGETS, {})
    assert [period.start for period in found.missing] == [date(2026, 7, 1), date(2026, 8, 1)]


def test_a_shorter_goal_names_what_it_drops(cast: Cast) -> None:
    found = refitted(cast, ends_on=date(2026, 5, 10))
    assert found.kept == {start: target for start, target in TARGETS.items() if start.month < 6}
    assert found.dropped == {date(2026, 6, 1): 60}
    assert found.missing == ()


def test_a_goal_that_begins_within_a_month_keeps_its_target(cast: Cast) -> None:
    found = refitted(cast, starts_on=date(2026, 1, 20))
    assert found.kept[date(2026, 1, 20)] == 10
    assert found.dropped == {}


@pytest.mark.parametrize(
    "change",
    [{"interval": Interval.QUARTERLY}, {"ends_on": None}, {"measure": Measure.REVENUE_FORECAST}],
)
def test_what_fits_nowhere_is_dropped_whole(cast: Cast, change: Terms) -> None:
    found = refitted(cast, **change)
    assert (found.kept, found.dropped) == ({}, TARGETS)


def test_a_goal_with_one_target_has_none_to_drop(cast: Cast) -> None:
    before = terms(cast)
    calendar = calendar_of(Company.objects.get(pk=cast.company_id))
    assert GoalDraft.of(replace(before, ends_on=None), calendar).refitted(before) == Refit(dropped={})
