"""What the writing of the story works on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from goalpost.demo.activities import ActivityStory
from goalpost.demo.deals import DealStory
from goalpost.demo.people import DemoPeople
from goalpost.demo.setting import Setting


@dataclass(frozen=True, slots=True)
class Ground:
    """The stories, and the ids of what is written already, by place among the stories.

    What happened before `since`, the start of `first_day`, is past; from then on it is told edit by edit.
    """

    company_id: int
    crew: DemoPeople
    setting: Setting
    deals: Sequence[DealStory]
    activities: Sequence[ActivityStory]
    first_day: date
    since: datetime
    deal_ids: dict[int, int] = field(default_factory=dict)
    activity_ids: dict[int, int] = field(default_factory=dict)
