"""The colours chosen for a goal's chart."""

from dataclasses import dataclass
from enum import IntEnum


class ChartColour(IntEnum):
    """The colours to choose from: `--chart-1` to `--chart-6`, which each theme has in its own shades."""

    ULTRAMARINE = 1
    LAKE = 2
    HEATHER = 3
    LINGON = 4
    COPPER = 5
    SLATE = 6


@dataclass(frozen=True, slots=True)
class ChartLook:
    """What is chosen for one chart. A target or reached colour of None is the theme's own: ink, green.

    `by_result` colours a column by what became of its period. The post then keeps the target's colour, to be
    seen over the column.
    """

    result: ChartColour = ChartColour.ULTRAMARINE
    target: ChartColour | None = None
    reached: ChartColour | None = None
    by_result: bool = False
    shows_projection: bool = True
