"""Reads one field of a row: its cell, what was told of its text, its default."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from goalpost.exchange.reading.columns import Columns, find_field
from goalpost.exchange.reading.fields import FileKind
from goalpost.exchange.reading.refused import CellRefused
from goalpost.exchange.reading.told_values import ToldValues
from goalpost.exchange.sheets.cell import Cell, Row, text_of
from goalpost.exchange.unusable import Unusable

Value = TypeVar("Value")


class FieldReader(Generic[Value]):
    """Takes a row and returns the field's value; raises CellRefused, naming the column.

    A raw text that was told has its told value, an empty cell the default. Without a default an empty
    cell of a required field is refused.
    """

    __slots__ = ("_default", "_empty", "_header", "_is_required", "_position", "_read", "_told")

    def __init__(
        self,
        position: int | None,
        header: str,
        read: Callable[[Cell], Value],
        told: Mapping[str, Value],
        empty: Value,
        *,
        default: str,
        is_required: bool,
    ) -> None:
        self._position = position
        self._header = header
        self._read = read
        self._told = told
        self._empty = empty
        self._default = default
        self._is_required = is_required

    def __call__(self, row: Row) -> Value:
        if self._position is None:
            return self._empty
        cell = row[self._position]
        if isinstance(cell, str):
            cell = cell.strip()
        if self._told:
            text = text_of(cell)
            if text in self._told:
                return self._told[text]
        if cell == "":
            if self._is_required:
                raise CellRefused(f"{self._header} is empty.{self._default}")
            return self._empty
        try:
            return self._read(cell)
        except CellRefused as refusal:
            raise CellRefused(f"{self._header}: {refusal}") from None


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """The columns, told values and defaults of one import, from which the readers of its fields are made."""

    kind: FileKind
    header: tuple[str, ...]
    columns: Columns
    values: ToldValues
    defaults: Mapping[str, str]

    def has(self, name: str) -> bool:
        """Return whether a column or a default gives the field."""
        return name in self.columns or name in self.defaults

    def reader(
        self,
        name: str,
        read: Callable[[Cell], Value],
        empty: Value,
        *,
        read_plain: Callable[[Cell], Value] | None = None,
    ) -> FieldReader[Value]:
        """Return the reader of a field from its only or first column.

        `empty` is the value of an empty cell where there is no default. `read_plain` reads what options
        say, where that is not read as the file's cells are. Raises Unusable for an option's value that
        cannot be read.
        """
        return self._reader(
            name, next(iter(self.columns.get(name, ())), None), read, empty, read_plain or read
        )

    def readers(
        self, name: str, read: Callable[[Cell], Value], empty: Value
    ) -> tuple[FieldReader[Value], ...]:
        """Return a reader for each column of a repeatable field; one that says the default if it has none."""
        positions: tuple[int | None, ...] = self.columns.get(name) or (None,)
        return tuple(self._reader(name, position, read, empty, read) for position in positions)

    def _reader(
        self,
        name: str,
        position: int | None,
        read: Callable[[Cell], Value],
        empty: Value,
        read_plain: Callable[[Cell], Value],
    ) -> FieldReader[Value]:
        default = self.defaults.get(name)
        is_required = find_field(self.kind, name, name).is_required and default is None
        if is_required and "" in self.values.get(name, {}).values():
            raise Unusable(f"--value {name}:…=: {name} cannot be empty. Give it a value.")
        told = {
            raw: _read_told(f"--value {name}:{raw}={text}", read_plain, text, empty)
            for raw, text in self.values.get(name, {}).items()
        }
        if default is not None:
            empty = _read_told(f"--default {name}={default}", read_plain, default, empty)
        header = self.header[position] if position is not None else name
        advice = f" Fill it in, or give --default {name}=VALUE."
        return FieldReader(position, header, read, told, empty, default=advice, is_required=is_required)


def _read_told(option: str, read: Callable[[Cell], Value], text: str, empty: Value) -> Value:
    if not text:
        return empty
    try:
        return read(text)
    except CellRefused as refusal:
        raise Unusable(f"{option}: {refusal}") from None
