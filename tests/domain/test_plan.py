"""What each plan has."""

import pytest

from goalpost.domain.permissions import Feature, Plan, allows, first_plan_with


@pytest.mark.parametrize("feature", list(Feature))
@pytest.mark.parametrize(
    ("plan", "has"),
    [
        (Plan.ESSENTIAL, False),
        (Plan.ADVANCED, False),
        (Plan.PROFESSIONAL, True),
        (Plan.ENTERPRISE, True),
    ],
)
def test_team_and_forecast_goals_begin_with_professional(*, plan: Plan, feature: Feature, has: bool) -> None:
    assert allows(plan, feature) is has
    assert first_plan_with(feature) is Plan.PROFESSIONAL
