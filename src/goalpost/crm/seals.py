"""Seals of records: what a row held when it was last written here, and the book's sum over all of them.

A row that was altered has another content than its seal says, whether it counts towards anything or not. One
that was deleted or inserted makes another sum. A deal's seal covers its stage moves.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from hashlib import blake2b
from operator import itemgetter
from struct import Struct
from typing import Any

from django.apps import apps
from django.db.models import BooleanField, DateTimeField

from goalpost.crm.models import Deal, SealedModel, StageMove, columns_of, moment_of
from goalpost.crm.recount import BATCH, stage_moves
from goalpost.domain import counting
from goalpost.ledger.post import PostingWriter
from goalpost.storage.bulk_rows import Cell, Row, overwrite_rows, read_rows, reserve_ids

_BYTES = 8
_NEVER = -1e12
"""Seconds of no moment: before the year 1."""
_MOVE = Struct("<iqd?")


@cache
def sealed_columns(model: type[SealedModel]) -> tuple[str, ...]:
    """Return the columns that a row's seal covers, in its order: all but the seal."""
    return tuple(field.attname for field in model._meta.concrete_fields if field.attname != "seal")


def seal_of(model: type[SealedModel], row: Row, moves: Iterable[counting.StageMove] = ()) -> int:
    """Return the seal of a row given as `sealed_columns`, a deal's with its moves in order. Below 2^62.

    Written out for speed: an import asks it for every row.
    """
    others, moments, packed = _split(model)
    # No text holds a null character. How many cells are empty tells an empty one from the text "None".
    cells = others(row)
    seconds = [_NEVER if moment is None else moment.timestamp() for moment in moments(row)]
    content = "\0".join(map(str, cells)).encode() + packed(cells.count(None), *seconds)
    for number, move in enumerate(moves, start=1):
        moved_at, is_day = columns_of(move.moved_at)
        second = _NEVER if moved_at is None else moved_at.timestamp()
        content += _MOVE.pack(number, move.stage_id, second, is_day)
    return _digest(content)


@cache
def _split(
    model: type[SealedModel],
) -> tuple[Callable[[Row], tuple[Cell, ...]], Callable[[Row], Sequence[Any]], Callable[..., bytes]]:
    """Return what takes the cells that are no moments from a row, what takes those, and what packs them."""
    columns = sealed_columns(model)
    moments = {field.attname for field in model._meta.concrete_fields if isinstance(field, DateTimeField)}
    others = itemgetter(*(place for place, column in enumerate(columns) if column not in moments))
    places = [place for place, column in enumerate(columns) if column in moments]
    taken = (lambda _row: ()) if not places else itemgetter(slice(places[0], places[0] + 1))
    if len(places) > 1:
        taken = itemgetter(*places)
    return others, taken, Struct(f"<i{len(places)}d").pack


def insert_sealed(writer: PostingWriter, row: SealedModel, moves: Iterable[counting.StageMove] = ()) -> None:
    """Insert a row that is new, a deal's creation among its `moves`, with the book open."""
    [row.pk] = reserve_ids(type(row), 1)
    row.seal = _seal_of_row(row, moves)
    row.save(force_insert=True)
    writer.records += row.seal


def reseal(writer: PostingWriter, row: SealedModel, moves: Iterable[counting.StageMove] = ()) -> None:
    """Give a row that is about to be written the seal of what it holds now."""
    writer.records -= row.seal
    row.seal = _seal_of_row(row, moves)
    writer.records += row.seal


def update_sealed(
    writer: PostingWriter, model: type[SealedModel], ids: Sequence[int], **changes: object
) -> None:
    """Give the rows these values, in batches, with the book open; without any, only new seals."""
    company_id = writer.act.company_id
    columns = ("company_id", "id", *changes, "seal")
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        moves = stage_moves(company_id, batch) if model is Deal else {}
        rows: list[Row] = []
        for row in model._default_manager.filter(company_id=company_id, pk__in=batch):
            for name, value in changes.items():
                setattr(row, name, value)
            reseal(writer, row, moves.get(row.pk, ()))
            rows.append(tuple(getattr(row, column) for column in columns))
        overwrite_rows(model, columns, rows)


def sum_of_seals(model: type[SealedModel], company_id: int, ids: Sequence[int]) -> int:
    rows = read_rows(model, ("seal",), company=company_id, id=ids)
    return sum(int(str(seal)) for (seal,) in rows)


def sealed_models() -> list[type[SealedModel]]:
    return [model for model in apps.get_app_config("crm").get_models() if issubclass(model, SealedModel)]


def sum_of_all_seals(company_id: int) -> int:
    found = 0
    for model in sealed_models():
        found += sum(model._default_manager.filter(company_id=company_id).values_list("seal", flat=True))
    return found


def stored_seals(model: type[SealedModel], company_id: int) -> Iterator[tuple[int, int, bool]]:
    """Yield each row's id, its seal and whether that is the one of its content, some thousands at a time."""
    columns = sealed_columns(model)
    at_id = columns.index("id")
    rows = model._default_manager.filter(company_id=company_id).values_list(*columns, "seal")
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = batch[-1][at_id]
        ids = [row[at_id] for row in batch]
        moves = _stored_moves(company_id, ids) if model is Deal else {}
        for *cells, seal in batch:
            yield (
                cells[at_id],
                seal,
                seal == seal_of(model, _normal(model, cells), moves.get(cells[at_id], ())),
            )


def _stored_moves(company_id: int, deal_ids: Collection[int]) -> dict[int, list[counting.StageMove]]:
    """Return the deals' moves by their deal. One that is not as it was written makes another seal."""
    found: dict[int, list[counting.StageMove]] = {}
    rows = StageMove.objects.filter(company_id=company_id, deal_id__in=deal_ids).order_by("deal_id", "number")
    columns = ("deal_id", "number", "stage_id", "moved_at", "moved_at_is_day")
    for deal_id, number, stage_id, moved_at, is_day in rows.values_list(*columns):
        moves = found.setdefault(deal_id, [])
        moment = moment_of(moved_at, is_day)
        is_whole = number == len(moves) + 1 and columns_of(moment) == (moved_at, is_day)
        moves.append(counting.StageMove(stage_id if is_whole else 0, moment))
    return found


def _seal_of_row(row: SealedModel, moves: Iterable[counting.StageMove]) -> int:
    model = type(row)
    return seal_of(model, _normal(model, [getattr(row, column) for column in sealed_columns(model)]), moves)


def _normal(model: type[SealedModel], cells: Sequence[Any]) -> Row:
    """Return the cells as the product writes them: SQLite has no truth values, and floats for decimals."""
    fields = (model._meta.get_field(column) for column in sealed_columns(model))
    return tuple(
        bool(cell)
        if isinstance(field, BooleanField)
        else format(cell, ".12e")
        if isinstance(cell, Decimal)
        else cell
        for field, cell in zip(fields, cells, strict=True)
    )


def _digest(content: bytes) -> int:
    return int.from_bytes(blake2b(content, digest_size=_BYTES).digest()) >> 2
