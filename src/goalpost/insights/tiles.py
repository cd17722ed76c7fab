"""The kinds of tiles that a dashboard, the wall or a digest may hold, each read from a report.

A tile is stored as its kind's name and settings. Tiles of one kind are read together, with the reader's
rights: a tile of something hidden or deleted has no answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from goalpost.goals.queries import goals_seen_by, visible_to
from goalpost.insights.goal_report import GoalQuestion, GoalReport, goal_reports
from goalpost.insights.report import Reader

Settings = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile as it is kept: what it shows, by the name of its kind, and of what."""

    kind: str
    settings: Settings


_Read = Callable[[Reader, Sequence[Settings]], Sequence[object | None]]
_KINDS: dict[str, _Read] = {}


def register(kind: str, read: _Read) -> None:
    """Register a kind; `read` answers its tiles in order. Raises ValueError for a used name."""
    if kind in _KINDS:
        raise ValueError(f"There is a kind of tile called {kind!r} already.")
    _KINDS[kind] = read


def kinds() -> tuple[str, ...]:
    """Return the names of the kinds."""
    return tuple(_KINDS)


def read_tiles(reader: Reader, tiles: Sequence[Tile]) -> list[object | None]:
    """Return the answer of each tile, in order; None for one that has none for this reader.

    Raises ValueError for a kind that is not known. Read in one snapshot.
    """
    answers: list[object | None] = [None] * len(tiles)
    for kind in dict.fromkeys(tile.kind for tile in tiles):
        if kind not in _KINDS:
            raise ValueError(f"There is no kind of tile called {kind!r}.")
        places = [place for place, tile in enumerate(tiles) if tile.kind == kind]
        found = _KINDS[kind](reader, [tiles[place].settings for place in places])
        for place, answer in zip(places, found, strict=True):
            answers[place] = answer
    return answers


TEXT = "text"


def _texts(_reader: Reader, settings: Sequence[Settings]) -> Sequence[str]:
    """Return each tile's own `text`."""
    return [each.get("text", "") for each in settings]


register(TEXT, _texts)

GOAL = "goal"
_PERIODS_OF_TILE = 6


def _goals(reader: Reader, settings: Sequence[Settings]) -> Sequence[GoalReport | None]:
    """Return the goals' reports with their last periods. `goal` is a goal's public id."""
    wanted = [each.get("goal", "") for each in settings]
    goals = goals_seen_by(reader.actor, visible_to(reader.actor).filter(public_id__in=set(wanted)))
    reports = goal_reports(reader, [GoalQuestion(goal, latest=_PERIODS_OF_TILE) for goal in goals])
    by_id = {each.goal.public_id: each for each in reports}
    return [by_id.get(public_id) for public_id in wanted]


register(GOAL, _goals)
