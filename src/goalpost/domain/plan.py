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
