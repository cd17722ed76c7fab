"""A table to be handed out as a file: columns of one kind each, rows of values and not of their texts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, auto
from typing import TypeAlias


class Kind(Enum):
    """What a column holds, which says how its cells are written."""

    TEXT = auto()
    NUMBER = auto()
    """A count (`int`), or an amount in major units (`Decimal`) with the column's `decimals`."""
    PERCENT = auto()
    """Whole per cent: 67, which a workbook holds as 0.67 shown as 67 %."""
    DAY = auto()
    MOMENT = auto()
    """An aware `datetime`, in the time zone it is to be read in: the company's."""


Cell: TypeAlias = str | int | Decimal | date | datetime | None
"""None is an empty cell. A text may stand in a column of any kind, and stays a text there."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. The header names the unit (`Target, EUR`).

    `width` is in characters, 0 for the kind's own.
    """

    header: str
    kind: Kind = Kind.TEXT
    decimals: int = 0
    width: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A named table. `rows` are as wide as `columns`, and read once, one at a time: there may be millions."""

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[Sequence[Cell]]
