"""What a list of goals is narrowed down to, how it is sorted, and how it is drawn."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from goalpost.domain.alphabet import sort_key
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure
from goalpost.domain.pace import PaceStatus
from goalpost.domain.permissions import Assignee
from goalpost.insights.goal_report import GoalReport

# Those that need help first.
_BY_NEED = [
    PaceStatus.BEHIND,
    PaceStatus.MISSED,
    PaceStatus.ON_TRACK,
    PaceStatus.AHEAD,
    PaceStatus.REACHED,
    PaceStatus.UPCOMING,
    PaceStatus.NO_TARGET,
]


class Order(StrEnum):
    """How a list is sorted."""

    PACE = "pace"
    NAME = "name"
    PROGRESS = "progress"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Empty means everything. What an address says that makes no sense is as if it were not there."""

    text: str = ""
    owner: str = ""
    kind: Measure | None = None
    frequency: Interval | None = None
    pace: PaceStatus | None = None
    order: Order = Order.PACE

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "ListFilter":
        frequency = query.get("frequency", "")
        pace = query.get("pace", "").replace("-", "_")
        order = query.get("sort", "")
        return cls(
            text=query.get("q", "").strip(),
            owner=query.get("owner", ""),
            kind=Measure.named(query.get("kind", "")),
            frequency=Interval(frequency) if frequency in set(Interval) else None,
            pace=PaceStatus(pace) if pace in set(PaceStatus) else None,
            order=Order(order) if order in set(Order) else Order.PACE,
        )

    @property
    def is_narrowed(self) -> bool:
        return replace(self, order=Order.PACE) != ListFilter()

    def query(self) -> str:
        """Return the filter as an address has it, without what is not set."""
        values = {
            "q": self.text,
            "owner": self.owner,
            "kind": self.kind.wire if self.kind else "",
            "frequency": self.frequency.value if self.frequency else "",
            "pace": pace_key(self.pace) if self.pace else "",
            "sort": "" if self.order is Order.PACE else self.order.value,
        }
        return urlencode({name: value for name, value in values.items() if value})

    def with_pace(self, pace: PaceStatus | None) -> "ListFilter":
        return replace(self, pace=pace)

    def but_pace(self, goals: Iterable[GoalReport]) -> list[GoalReport]:
        """Return the goals that meet all but the pace: those the counts by pace are of."""
        return [report for report in goals if self._meets(report)]

    def sorted(self, goals: Iterable[GoalReport]) -> list[GoalReport]:
        """Return the goals of the pace chosen, sorted."""
        chosen = [one for one in goals if self.pace is None or one.headline.pace.status is self.pace]
        match self.order:
            case Order.PACE:
                return sorted(chosen, key=lambda one: (_need(one), _progress(one), one.by_name))
            case Order.NAME:
                return sorted(chosen, key=lambda one: one.by_name)
            case Order.PROGRESS:
                return sorted(chosen, key=lambda one: (-_progress(one), one.by_name))
            case Order.OWNER:
                return sorted(chosen, key=lambda one: (sort_key(one.goal.assignee_name), one.by_name))

    def _meets(self, report: GoalReport) -> bool:
        goal, terms = report.goal, report.goal.terms
        needle = self.text.casefold()
        return (
            (not needle or needle in f"{goal.terms.title}\n{goal.assignee_name}".casefold())
            and (not self.owner or self.owner == owner_key(terms.assignee))
            and (self.kind is None or self.kind is terms.measure)
            and (self.frequency is None or self.frequency is terms.interval)
        )


def owner_key(assignee: Assignee) -> str:
    return f"{assignee.kind}-{assignee.id}"


def pace_key(status: PaceStatus) -> str:
    """Return the status as addresses have it: on-track."""
    return status.value.replace("_", "-")


def _need(report: GoalReport) -> int:
    return _BY_NEED.index(report.headline.pace.status)


def _progress(report: GoalReport) -> int:
    return report.headline.progress or 0


LOOK_COOKIE = "goals"
_ONE_YEAR = 60 * 60 * 24 * 365


class Look(StrEnum):
    """How the goals are laid out."""

    LIST = "list"
    GRID = "grid"


LOOKS: dict[Look, StrOrPromise] = {Look.LIST: gettext_lazy("List"), Look.GRID: gettext_lazy("Grid")}


def look_of(request: HttpRequest) -> Look:
    """Return what the address says, else what this browser chose before."""
    for said in (request.GET.get("view", ""), request.COOKIES.get(LOOK_COOKIE, "")):
        if said in set(Look):
            return Look(said)
    return Look.LIST


def remember_look(request: HttpRequest, response: HttpResponse) -> None:
    """Keep what the address says for the next visit."""
    said = request.GET.get("view", "")
    if said in set(Look):
        response.set_cookie(
            LOOK_COOKIE, said, max_age=_ONE_YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
