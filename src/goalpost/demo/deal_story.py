"""A deal as a story: what it is, and what happened to it, in order."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from goalpost.demo.setting import PipelineName


class Turn(StrEnum):
    """What happens to a deal."""

    CREATED = "created"
    MOVED = "moved"
    WON = "won"
    LOST = "lost"


class Event(NamedTuple):
    """A turn of a deal's story; `stage` is where it arrives, or where it stood when it was closed."""

    at: datetime
    turn: Turn
    stage: str


@dataclass(frozen=True, slots=True)
class DealStory:
    """A deal and all that happened to it up to today. `value` is in minor units of `currency`."""

    title: str
    organization: str
    owner: str
    pipeline: PipelineName
    value: int
    currency: str
    expected_close: date | None
    events: tuple[Event, ...]

    @property
    def created_at(self) -> datetime:
        return self.events[0].at

    @property
    def is_open(self) -> bool:
        return self.events[-1].turn in {Turn.CREATED, Turn.MOVED}

    @property
    def is_won(self) -> bool:
        return self.events[-1].turn is Turn.WON
