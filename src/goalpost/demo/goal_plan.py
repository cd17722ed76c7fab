"""What a goal of the demo is to be, before its target is known."""

from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from goalpost.demo.people import TeamName
from goalpost.demo.setting import Kind, PipelineName
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric


class Mood(Enum):
    """How a goal should stand today, as far as a sensible target lets it. `USUAL` takes it as it comes."""

    REACHED = auto()
    AHEAD = auto()
    ON_TRACK = auto()
    BEHIND = auto()
    USUAL = auto()


@dataclass(frozen=True, slots=True)
class GoalPlan:
    """A goal before its target is known. `whose` is a team, a person's key, or None for the company.

    `ends_on` is the last day. `is_seasonal` gives every period a target of its own; a campaign is one short
    period.
    """

    title: str
    measure: Measure
    whose: TeamName | str | None
    interval: Interval
    metric: Metric
    mood: Mood
    starts_on: date
    ends_on: date | None = None
    stage: tuple[PipelineName, str] | None = None
    pipeline: PipelineName | None = None
    kinds: tuple[Kind, ...] = ()
    by: str = "elin"
    is_seasonal: bool = False
    is_campaign: bool = False
