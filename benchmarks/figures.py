# ruff: noqa: RUF001  the multiplication sign is meant
"""What is measured, and what has to hold of it."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path


class Unit(StrEnum):
    MILLISECONDS = "ms"
    TIMES = "×"
    PER_SECOND = "/s"
    MEGABYTES = "MB"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement on one engine. `at_most` or `at_least` is the bar it has to clear, if there is one.

    With a ratio, to a yardstick measured by turns with it, the bar is on that: it holds on any machine.
    """

    letter: str
    what: str
    value: float
    unit: Unit
    at_most: float | None = None
    at_least: float | None = None
    ratio: float | None = None

    @property
    def passes(self) -> bool:
        judged = self.value if self.ratio is None else self.ratio
        is_low_enough = self.at_most is None or judged <= self.at_most
        return is_low_enough and (self.at_least is None or judged >= self.at_least)

    @property
    def bar(self) -> str:
        unit = self.unit if self.ratio is None else Unit.TIMES
        if self.at_most is not None:
            return f"≤ {_written(self.at_most, unit)}"
        return f"≥ {_written(self.at_least, unit)}" if self.at_least is not None else ""

    def __str__(self) -> str:
        value = _written(self.value, self.unit)
        return value if self.ratio is None else f"{value}, {_written(self.ratio, Unit.TIMES)}"


def save(figures: list[Figure], path: Path) -> None:
    path.write_text(json.dumps([asdict(figure) for figure in figures]), encoding="utf-8")


def load(path: Path) -> list[Figure]:
    return [
        Figure(**{**figure, "unit": Unit(figure["unit"])})
        for figure in json.loads(path.read_text(encoding="utf-8"))
    ]


def _written(value: float, unit: Unit) -> str:
    match unit:
        case Unit.TIMES:
            return f"× {value:,.2f}" if value < 10 else f"× {value:,.0f}"  # noqa: PLR2004
        case Unit.MILLISECONDS:
            return f"{value:,.2f} ms" if value < 100 else f"{value:,.0f} ms"  # noqa: PLR2004
        case Unit.PER_SECOND:
            return f"{value:,.0f} /s"
        case Unit.MEGABYTES:
            return f"{value:,.0f} MB"
