"""Maps a file's columns to fields, applies options to their cells, and makes readers of fields."""

import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING, TypeVar

from goalpost.companies.currencies import CURRENCIES
from goalpost.exchange.errors import RowRefused, Unusable
from goalpost.exchange.files.cells import Cell, Row, text_of
from goalpost.exchange.reading.fields import (
    ALTERNATIVES,
    FIELDS,
    KNOWN_HEADERS,
    CellKind,
    Field,
    FileKind,
    fold_header,
)
from goalpost.exchange.reading.profiles import Profile

if TYPE_CHECKING:
    from goalpost.exchange.reading.history import StageLabel

Columns = dict[str, tuple[int, ...]]
"""The positions of the columns that feed each field; a field that none feeds is not in it."""
ValueMap = dict[str, dict[str, str]]
"""For each field, the plain value of each raw text."""
Value = TypeVar("Value")
Reader = Callable[[Row], Value]

_CODE_LENGTH = 3
_PART = r'("(?:[^"]|"")*"|[^"=][^=]*|)'
_PAIR = re.compile(rf"{_PART}={_PART}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """The options of the command line about a file, as typed.

    `source` is the program that the file comes from. `columns` are FIELD=HEADER, `values` FIELD:RAW=VALUE,
    `defaults` FIELD=VALUE, `decimal_sign` a point or a comma.
    """

    columns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    defaults: tuple[str, ...] = ()
    date_formats: tuple[str, ...] = ()
    decimal_sign: str | None = None
    stage_order: str | None = None
    source: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None

    def stages_in_order(self) -> tuple[str, ...]:
        """Return the names of `--stage-order "A > B"`. Raises Unusable unless there are some, each once."""
        names = tuple(" ".join(name.split()) for name in (self.stage_order or "").split(">"))
        if self.stage_order is not None and (len(set(names)) < max(len(names), 2) or not all(names)):
            raise Unusable(
                '--stage-order: name at least two stages, each once: --stage-order "Lead > Offer".'
            )
        return names if self.stage_order is not None else ()


def find_field(kind: FileKind, name: str, option: str) -> Field:
    """Return the field of that name. Raises Unusable, listing those there are."""
    for field in FIELDS[kind]:
        if field.name == name:
            return field
    names = " ".join(field.name for field in FIELDS[kind])
    raise Unusable(f"{option}: {kind.value} have no field {name!r}. They have: {names}.")


def map_columns(
    kind: FileKind,
    header: Sequence[str],
    options: Iterable[str],
    with_default: frozenset[str],
    profile: Profile | None = None,
) -> Columns:
    """Return the columns of each field.

    `options` are texts `FIELD=HEADER`; `FIELD=` leaves a field out. A header given to a field is not also
    taken for another by its name; what a known program's profile says comes next. Fields in `with_default`
    need no column. Raises Unusable, listing what there is, for an unknown field or header, a header or field
    given twice, or a required field without a column.
    """
    columns, taken = _columns_of_options(kind, header, options)
    if profile is not None:
        found = {
            name: positions
            for name, positions in profile.positions(header).items()
            if name not in columns and not taken & set(positions)
        }
        columns |= found
        taken |= {i for i, name in enumerate(header) if fold_header(name) in profile.unused}
        taken |= {position for positions in found.values() for position in positions}
    for field in FIELDS[kind]:
        if field.name not in columns:
            columns[field.name] = _known_columns(kind, field, header, taken)
    columns = {name: positions for name, positions in columns.items() if positions}
    _check_required(kind, header, columns, with_default)
    _check_shared(kind, header, columns)
    return columns


def _columns_of_options(
    kind: FileKind, header: Sequence[str], options: Iterable[str]
) -> tuple[Columns, set[int]]:
    columns: Columns = {}
    taken: set[int] = set()
    for text in options:
        name, sign, wanted = text.partition("=")
        option = f"--column {text}"
        if not sign:
            raise Unusable(f"{option}: write FIELD=HEADER, such as --column owner=Salesperson.")
        field = find_field(kind, name.strip(), option)
        positions = (_find_header(header, wanted, option),) if wanted.strip() else ()
        before = columns.get(field.name)
        if before is not None and not field.is_repeatable:
            raise Unusable(f"{option}: {field.name} already has a column; only one is possible.")
        if set(positions) & set(before or ()):
            raise Unusable(f"{option}: that column was given to {field.name} twice.")
        columns[field.name] = (before or ()) + positions
        taken.update(positions)
    return columns, taken


def _find_header(header: Sequence[str], wanted: str, option: str) -> int:
    wanted = " ".join(wanted.split())
    for spelled in (str, str.casefold):
        positions = [i for i, name in enumerate(header) if spelled(name) == spelled(wanted)]
        if len(positions) > 1:
            raise Unusable(
                f"{option}: the file has {len(positions)} columns of that name. Rename all but one."
            )
        if positions:
            return positions[0]
    raise Unusable(f"{option}: the file has no column {wanted!r}. {_list_headers(header)}")


def _known_columns(kind: FileKind, field: Field, header: Sequence[str], taken: set[int]) -> tuple[int, ...]:
    folded = [fold_header(name) for name in header]
    found: list[int] = []
    for known in KNOWN_HEADERS[kind][field.name]:
        positions = [i for i, name in enumerate(folded) if name == known and i not in taken]
        if field.is_repeatable:
            found.extend(positions)
        elif len(positions) > 1:
            names = ", ".join(header[i] for i in positions)
            raise Unusable(
                f"{len(positions)} columns could be {field.name}: {names}. Rename all but one, or say which"
                f" with --column {field.name}=HEADER."
            )
        elif positions:
            return tuple(positions)
    return tuple(sorted(found))


def _check_required(
    kind: FileKind, header: Sequence[str], columns: Columns, with_default: frozenset[str]
) -> None:
    given = columns.keys() | with_default
    missing = [
        each.name
        for each in FIELDS[kind]
        if each.is_required and not given & {each.name, *ALTERNATIVES.get(each.name, ())}
    ]
    if missing:
        raise Unusable(
            f"No column was found for {' or '.join(missing)}. {_list_headers(header)} Say which it is with"
            f" --column {missing[0]}=HEADER, or give all rows the same with --default {missing[0]}=VALUE."
            " If these are not headers, the first row of the file must be."
        )


def _check_shared(kind: FileKind, header: Sequence[str], columns: Columns) -> None:
    """Refuse a column used for two fields of different kinds, such as an amount and a date."""
    kinds: dict[int, tuple[CellKind, str]] = {}
    for field in FIELDS[kind]:
        for position in columns.get(field.name, ()):
            if field.kind is CellKind.TEXT:
                continue
            other_kind, other = kinds.setdefault(position, (field.kind, field.name))
            if other_kind is not field.kind:
                raise Unusable(
                    f"The column {header[position]!r} is given to {other} and {field.name}, but cannot hold"
                    f" both {other_kind.value} and {field.kind.value}."
                )


def _list_headers(header: Sequence[str]) -> str:
    counted = Counter(name for name in header if name)
    return f"The file has: {', '.join(counted)}."


def parse_values(kind: FileKind, texts: Iterable[str]) -> ValueMap:
    """Return what `--value FIELD:RAW=VALUE` options say.

    RAW is the text of a cell, all of it; RAW and VALUE may be empty. A RAW or VALUE that has `=` or begins
    with `"` is written in quotation marks, a quotation mark inside them twice: `--value 'stage:"a=b"=Offer'`.
    VALUE is always in plain form: ISO dates, a decimal point, won, yes.
    Raises Unusable for an unknown field, a bad form, two values for one raw text.
    """
    found: ValueMap = {}
    for text in texts:
        option = f"--value {text}"
        name, colon, rest = text.partition(":")
        pair = _PAIR.fullmatch(rest)
        if not colon or pair is None:
            raise Unusable(
                f"{option}: write FIELD:RAW=VALUE, such as --value status:Closed=won. A text with = in it"
                " goes in quotation marks: --value 'stage:\"a=b\"=Offer'."
            )
        values = found.setdefault(find_field(kind, name.strip(), option).name, {})
        raw, value = (_unquote(part) for part in pair.groups())
        if values.setdefault(raw, value) != value:
            raise Unusable(f"{option}: {raw!r} already has the value {values[raw]!r}.")
    return found


def parse_defaults(kind: FileKind, texts: Iterable[str]) -> dict[str, str]:
    """Return what `--default FIELD=VALUE` options say, written as in `--value`.

    Raises Unusable for an unknown field, a bad form, a second default for a field.
    """
    defaults: dict[str, str] = {}
    for text in texts:
        option = f"--default {text}"
        name, sign, value = text.partition("=")
        if not sign or not value.strip():
            raise Unusable(f"{option}: write FIELD=VALUE, such as --default currency=SEK.")
        field = find_field(kind, name.strip(), option)
        if field.name in defaults:
            raise Unusable(f"{option}: {field.name} already has a default.")
        defaults[field.name] = _unquote(value)
    return defaults


def value_option(name: str, raw: str, value: str) -> str:
    """Return the option that maps a raw text, quoted for a shell."""
    return f"--value {_in_shell(value_text(name, raw, value))}"


def value_text(name: str, raw: str, value: str) -> str:
    """Return what `parse_values` takes for a raw text that stands for a value."""
    if "=" in raw or raw.startswith('"'):
        raw = '"' + raw.replace('"', '""') + '"'
    return f"{name}:{raw}={value}"


def column_option(name: str, header: str) -> str:
    """Return the option that maps a column to a field, or leaves the field out, quoted for a shell."""
    return f"--column {_in_shell(f'{name}={header}')}"


def _in_shell(text: str) -> str:
    return shlex.quote(text) if set(text) & set('"$`\\!') else f'"{text}"'


def _unquote(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        return text[1:-1].replace('""', '"')
    return text


@dataclass(slots=True)
class FieldPlan:
    """The columns, mapped values and defaults of one import: makes the readers of its fields."""

    kind: FileKind
    header: tuple[str, ...]
    columns: Columns
    values: ValueMap
    defaults: dict[str, str]
    profile: Profile | None = None
    entered: dict[int, "StageLabel"] = dataclass_field(default_factory=dict)
    """The columns that say when deals entered which stage."""
    currency_of_header: str = ""
    """The currency that the name of the value's column says: `amount_usd`."""
    readers: list[Callable[[Row], object]] = dataclass_field(default_factory=list)
    """All readers made, to collect the errors of a row."""

    def has(self, name: str) -> bool:
        """Return whether a column or a default gives the field."""
        return name in self.columns or name in self.defaults

    def without_default(self, name: str) -> "FieldPlan":
        """Return the plan without a default for the field."""
        return replace(self, defaults={key: value for key, value in self.defaults.items() if key != name})

    def fallback_currency(self, of_company: str) -> str:
        """Return the currency of values that name none."""
        return self.defaults.get("currency", "").strip().upper() or of_company

    def find_value_with_currency(self) -> None:
        """Map a column named after a value and a currency, if no other column is the value."""
        if self.has("value"):
            return
        for position, header in enumerate(self.header):
            name, code = fold_header(header)[:-_CODE_LENGTH], fold_header(header)[-_CODE_LENGTH:].upper()
            if code in CURRENCIES and name.removesuffix("in") in KNOWN_HEADERS[self.kind]["value"]:
                self.columns["value"] = (position,)
                if not self.has("currency"):
                    self.defaults["currency"] = self.currency_of_header = code
                return

    def reader(
        self,
        name: str,
        read: Callable[[Cell], Value],
        empty: Value,
        *,
        read_plain: Callable[[Cell], Value] | None = None,
    ) -> Reader[Value]:
        """Return the reader of a field from its only or first column.

        `empty` is the value of an empty cell where there is no default. `read_plain` reads what options
        say, where that is not read as the file's cells are. Raises Unusable for an option's value that
        cannot be read.
        """
        position = next(iter(self.columns.get(name, ())), None)
        return self._reader(name, position, read, empty, read_plain or read)

    def each_reader(
        self, name: str, read: Callable[[Cell], Value], empty: Value
    ) -> tuple[Reader[Value], ...]:
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
    ) -> Reader[Value]:
        default = self.defaults.get(name)
        is_required = find_field(self.kind, name, name).is_required and default is None
        is_required &= not any(map(self.has, ALTERNATIVES.get(name, ())))
        if is_required and "" in self.values.get(name, {}).values():
            raise Unusable(f"--value {name}:…=: {name} cannot be empty. Give it a value.")
        mapped = {
            raw: _read_option(f"--value {name}:{raw}={text}", read_plain, text, empty)
            for raw, text in self.values.get(name, {}).items()
        }
        if default is not None:
            empty = _read_option(f"--default {name}={default}", read_plain, default, empty)
        if position is None:
            return lambda _row: empty
        made = _field_reader(
            position, self.header[position], read, mapped, empty, name if is_required else ""
        )
        self.readers.append(made)
        return made


def _field_reader(
    position: int,
    header: str,
    read: Callable[[Cell], Value],
    mapped: Mapping[str, Value],
    empty: Value,
    required: str,
) -> Reader[Value]:
    """Return what takes a row and returns the field's value; it raises RowRefused, naming the column.

    A raw text that was mapped has its mapped value, an empty cell the default. An empty cell of a
    `required` field is refused.
    """

    def value(row: Row) -> Value:
        cell = row[position]
        if isinstance(cell, str):
            cell = cell.strip()
        if mapped:
            text = text_of(cell)
            if text in mapped:
                return mapped[text]
        if cell == "":
            if required:
                raise RowRefused(f"{header} is empty. Fill it in, or give --default {required}=VALUE.")
            return empty
        try:
            return read(cell)
        except RowRefused as refusal:
            message, text = f"{header}: {refusal}", text_of(cell)
            # What an option settles for one value is a group of its own.
            is_own = "--value" in message or f"“{text}”" not in message
            group = message if is_own else message.replace(f"“{text}”", "a value")
            raise RowRefused(message, group, "" if is_own else text) from None

    return value


def _read_option(option: str, read: Callable[[Cell], Value], text: str, empty: Value) -> Value:
    if not text:
        return empty
    try:
        return read(text)
    except RowRefused as refusal:
        raise Unusable(f"{option}: {refusal}") from None
