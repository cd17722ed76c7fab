"""Names for the ids in a goal's history, looked up all at once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.db.models import Model

from goalpost.companies.models import Team, User
from goalpost.crm.models import ActivityType, Pipeline, Stage
from goalpost.domain.permissions import AssigneeKind
from goalpost.goals.history import DetailChange, GoalEvent, Told, assignee_told

_MODELS: dict[str, type[Model]] = {
    AssigneeKind.PERSON: User,
    AssigneeKind.TEAM: Team,
    "pipelines": Pipeline,
    "stage_id": Stage,
    "activity_types": ActivityType,
}


@dataclass(frozen=True, slots=True)
class HistoryNames:
    """Names by what they are of (a kind of assignee, or a field of GoalTerms) and their id."""

    names: Mapping[str, Mapping[int, str]]

    def of(self, kind: str, number: int) -> str:
        """Return the name, empty when there is no such row any more."""
        return self.names.get(kind, {}).get(number, "")


def names_in(company_id: int, events: Iterable[GoalEvent]) -> HistoryNames:
    """Return the names that the events need, in a query for each kind of thing they name."""
    wanted: dict[str, set[int]] = {}
    for event in events:
        for change in event.details:
            for kind, number in _ids_in(change):
                wanted.setdefault(kind, set()).add(number)
    return HistoryNames(
        {
            kind: dict(
                _MODELS[kind]
                ._default_manager.filter(company_id=company_id, pk__in=ids)
                .values_list("pk", "name")
            )
            for kind, ids in wanted.items()
        }
    )


def _ids_in(change: DetailChange) -> Iterator[tuple[str, int]]:
    for told in (change.old, change.new):
        yield from _ids_told(change.name, told)


def _ids_told(name: str, told: Told) -> Iterator[tuple[str, int]]:
    match name, told:
        case "assignee", _:
            assignee = assignee_told(told)
            if assignee and assignee.kind in _MODELS:
                yield assignee.kind, assignee.id
        case "pipelines" | "activity_types", list():
            yield from ((name, number) for number in told)
        case "stage_id", int():
            yield name, told
