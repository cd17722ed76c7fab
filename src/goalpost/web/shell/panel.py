"""What the Insights panel shows beside every page of goals."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PanelGoal:
    """A goal by name. `progress` is that of its current period in per cent; none without one."""

    title: str
    url: str
    progress: int | None
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """The active or the past goals, the first of them by name, and how many `more` there are."""

    is_past: bool
    active_count: int
    past_count: int
    goals: tuple[PanelGoal, ...]
    more: int
    is_list_current: bool
    may_create: bool

    @property
    def in_all(self) -> int:
        return self.past_count if self.is_past else self.active_count
