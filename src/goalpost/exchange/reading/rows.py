"""What one row of a file says, in the product's terms. Names stay text: whom they mean is looked up later."""

from dataclasses import dataclass
from datetime import date, datetime

from goalpost.domain.counting import DealStatus


@dataclass(frozen=True, slots=True)
class UserRow:
    """A person. `email` and `manager` are empty if the row has none.

    `manager` is a name or an e-mail address: whoever leads the first of the row's teams. `is_active` is
    None where the file does not say.
    """

    line: int
    name: str
    email: str
    teams: tuple[str, ...]
    manager: str
    is_active: bool | None


@dataclass(frozen=True, slots=True)
class DealRow:
    """A deal. Texts are empty and times None where the file does not say; times are in UTC.

    `value` is in minor units of `currency`. `won_time` is set for a won deal only, `lost_time` for a lost one
    only; either may be unknown.
    """

    line: int
    external_id: str
    title: str
    owner: str
    organization: str
    pipeline: str
    stage: str
    status: DealStatus
    value: int
    currency: str
    probability: int | None
    add_time: datetime | None
    won_time: datetime | None
    lost_time: datetime | None
    expected_close_date: date | None
    stage_change_time: datetime | None


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """An activity. `deal` is an external id or a title; `marked_as_done_time` is set for a done one only."""

    line: int
    external_id: str
    subject: str
    type: str
    owner: str
    deal: str
    add_time: datetime | None
    due_date: date | None
    is_done: bool
    marked_as_done_time: datetime | None
