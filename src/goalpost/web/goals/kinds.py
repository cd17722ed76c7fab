"""The kinds of goals to choose from."""

from dataclasses import dataclass

from django_stubs_ext import StrOrPromise

from goalpost.companies.models import Company
from goalpost.domain.measures import Measure
from goalpost.web.goals.goal_form import why_no_forecast
from goalpost.web.goals.words import COUNTING_RULES, KIND_DESCRIPTIONS, KIND_GROUPS, KIND_ICONS, KIND_NAMES

_GROUP_ICONS = {
    Measure.DEALS_STARTED: "deal",
    Measure.ACTIVITIES_ADDED: "activities",
    Measure.REVENUE_FORECAST: "forecast",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of goal to choose from; `why_not` says why it cannot be chosen, empty when it can."""

    value: str
    name: StrOrPromise
    icon: str
    description: StrOrPromise
    rule: StrOrPromise
    why_not: str


@dataclass(frozen=True, slots=True)
class KindGroup:
    name: StrOrPromise
    icon: str
    kinds: tuple[Kind, ...]


def kind_groups(company: Company) -> list[KindGroup]:
    """Return the six kinds in their groups, with why this company cannot choose one."""
    forecast = why_no_forecast(company)
    groups: dict[StrOrPromise, list[Kind]] = {}
    icons: dict[StrOrPromise, str] = {}
    for measure in Measure:
        group = str(KIND_GROUPS[measure])
        icons.setdefault(group, _GROUP_ICONS.get(measure, ""))
        groups.setdefault(group, []).append(
            Kind(
                value=measure.wire,
                name=KIND_NAMES[measure],
                icon=KIND_ICONS[measure],
                description=KIND_DESCRIPTIONS[measure],
                rule=COUNTING_RULES[measure],
                why_not=forecast if measure is Measure.REVENUE_FORECAST else "",
            )
        )
    return [KindGroup(name, icons[name], tuple(kinds)) for name, kinds in groups.items()]
