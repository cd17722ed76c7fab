"""Which plan has which feature. A self-hosted company has `enterprise`, so nothing is missing there."""

from enum import StrEnum


class Plan(StrEnum):
    """The plans, smallest first."""

    ESSENTIAL = "essential"
    ADVANCED = "advanced"
    PROFESSIONAL = "professional"
    ENTERPRISE = "enterprise"


class Feature(StrEnum):
    """What not every plan has."""

    TEAM_GOALS = "team_goals"
    FORECAST_GOALS = "forecast_goals"


_FIRST_PLAN_WITH = {Feature.TEAM_GOALS: Plan.PROFESSIONAL, Feature.FORECAST_GOALS: Plan.PROFESSIONAL}
_RANK = {plan: rank for rank, plan in enumerate(Plan)}


def allows(plan: Plan, feature: Feature) -> bool:
    return _RANK[plan] >= _RANK[first_plan_with(feature)]


def first_plan_with(feature: Feature) -> Plan:
    """Return the smallest plan that has the feature, for the words beside a disabled choice."""
    return _FIRST_PLAN_WITH[feature]


def feature_lacking(plan: Plan, *, is_for_team: bool, is_forecast: bool) -> Feature | None:
    """Return the feature of a goal that the plan lacks, None for a goal that it allows.

    A goal set under a larger plan is kept: it is shown, counts, and cannot be changed.
    """
    needed = ((is_for_team, Feature.TEAM_GOALS), (is_forecast, Feature.FORECAST_GOALS))
    return next((feature for is_one, feature in needed if is_one and not allows(plan, feature)), None)
