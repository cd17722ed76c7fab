"""Which column of a file feeds which field: told by `--column FIELD=HEADER`, else found by common names."""

from collections import Counter
from collections.abc import Iterable, Sequence

from goalpost.exchange.reading.fields import FIELDS, CellKind, Field, FileKind
from goalpost.exchange.reading.known_headers import KNOWN_HEADERS, fold_header
from goalpost.exchange.unusable import Unusable

Columns = dict[str, tuple[int, ...]]
"""The positions of the columns that feed each field; a field that none feeds is not in it."""


def find_field(kind: FileKind, name: str, option: str) -> Field:
    """Return the field of that name. Raises Unusable, listing those there are."""
    for field in FIELDS[kind]:
        if field.name == name:
            return field
    names = " ".join(field.name for field in FIELDS[kind])
    raise Unusable(f"{option}: {kind.value} have no field {name!r}. They have: {names}.")


def map_columns(
    kind: FileKind, header: Sequence[str], told: Iterable[str], with_default: frozenset[str]
) -> Columns:
    """Return the columns of each field.

    `told` are texts `FIELD=HEADER`; `FIELD=` leaves a field out. A header told to a field is not also
    taken for another by its name. Fields in `with_default` need no column. Raises Unusable, listing what
    there is, for an unknown field or header, a header or field given twice, or a required field without a
    column.
    """
    columns, taken = _told_columns(kind, header, told)
    for field in FIELDS[kind]:
        if field.name not in columns:
            columns[field.name] = _known_columns(kind, field, header, taken)
    columns = {name: positions for name, positions in columns.items() if positions}
    _check_required(kind, header, columns, with_default)
    _check_shared(kind, header, columns)
    return columns


def _told_columns(kind: FileKind, header: Sequence[str], told: Iterable[str]) -> tuple[Columns, set[int]]:
    columns: Columns = {}
    taken: set[int] = set()
    for text in told:
        name, sign, wanted = text.partition("=")
        option = f"--column {text}"
        if not sign:
            raise Unusable(f"{option}: write FIELD=HEADER, such as --column owner=Salesperson.")
        field = find_field(kind, name.strip(), option)
        positions = (_find_header(header, wanted, option),) if wanted.strip() else ()
        before = columns.get(field.name)
        if before is not None and not field.is_repeatable:
            raise Unusable(f"{option}: {field.name} has a column already; only one can feed it.")
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
    raise Unusable(f"{option}: the file has no column {wanted!r}. {list_headers(header)}")


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
    missing = [
        field.name
        for field in FIELDS[kind]
        if field.is_required and field.name not in columns and field.name not in with_default
    ]
    if missing:
        raise Unusable(
            f"No column was found for {' or '.join(missing)}. {list_headers(header)} Say which it is with"
            f" --column {missing[0]}=HEADER, or give all rows the same with --default {missing[0]}=VALUE."
            " If these are not headers, the first row of the file must be."
        )


def _check_shared(kind: FileKind, header: Sequence[str], columns: Columns) -> None:
    """Refuse a column that two fields would have to read differently, such as an amount and a date."""
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


def list_headers(header: Sequence[str]) -> str:
    counted = Counter(name for name in header if name)
    return f"The file has: {', '.join(counted)}."
