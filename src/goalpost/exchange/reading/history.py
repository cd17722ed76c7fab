"""What one row of a stage history says.

It is (deal, stage, moment), (deal, field, old, new, moment), or a deal with a column for each stage that it
may have entered, as HubSpot exports it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from goalpost.domain.counting import DealStatus, Moment
from goalpost.exchange.errors import RowRefused
from goalpost.exchange.files.cells import Row, text_of
from goalpost.exchange.reading.fields import NAME_LENGTH, TITLE_LENGTH, fold_header
from goalpost.exchange.reading.times import TimeReader
from goalpost.exchange.reading.values import closing_status, fold_word, text_reader

if TYPE_CHECKING:
    from goalpost.exchange.reading.columns import FieldPlan

_ENTERED = re.compile(r"date entered [\"“”']?(.+?)[\"“”']?|hs_(?:v\d_)?date_entered_(\w+)", re.IGNORECASE)
_LABEL = re.compile(r"(.+?)\s*\(([^()]+)\)")
_FIELDS_OF_STAGE = ("stage", "stagename", "stageid", "dealstage", "pipelinestage", "fas", "fase", "etapa")
_CURRENT = "current stage"


@dataclass(frozen=True, slots=True)
class StageLabel:
    """What a column or a cell calls a stage: its name, and its pipeline's where that is told."""

    stage: str
    pipeline: str = ""


@dataclass(frozen=True, slots=True)
class StageEntry:
    """A deal's arrival in a stage; `previous` is where it came from, empty where nobody says."""

    stage: str
    pipeline: str
    moment: Moment
    previous: str = ""


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """What a row says of a deal's way. `is_other` where it is about another field than the stage.

    `ends` counts the entries that say how the deal ended: won and lost are no stages.
    """

    line: int
    deal: str
    entries: tuple[StageEntry, ...]
    is_other: bool = False
    ends: int = 0


def entered_columns(header: Sequence[str]) -> dict[int, StageLabel]:
    """Return the columns that say when a deal entered a stage, with what they call it."""
    found: dict[int, StageLabel] = {}
    for position, name in enumerate(header):
        match = _ENTERED.fullmatch(name)
        if match is not None and fold_word(match[1] or match[2]) != _CURRENT:
            label = match[1] or match[2]
            parts = _LABEL.fullmatch(label)
            found[position] = StageLabel(label) if parts is None else StageLabel(parts[1], parts[2])
    return found


def history_parser(plan: "FieldPlan", times: TimeReader) -> Callable[[int, Row], HistoryRow]:
    """Return what reads a row as stage entries."""
    deal = plan.reader("deal", text_reader(TITLE_LENGTH), "")
    name = text_reader(NAME_LENGTH)
    pipeline = plan.reader("pipeline", name, "")
    if plan.entered and not plan.has("moment"):
        columns = [(position, label, times.of_column(position)) for position, label in plan.entered.items()]
        return lambda line, row: _entered(line, deal(row), pipeline(row), row, columns)
    moments = times.of_column(next(iter(plan.columns.get("moment", ())), None))
    no_moment: Moment | None = None
    moment = plan.reader("moment", moments.moment, no_moment)
    field = plan.reader("field", name, "")
    stages = [plan.reader(each, name, "") for each in ("stage", "new", "old")]
    meanings = plan.values.get("stage", {})

    def parse(line: int, row: Row) -> HistoryRow:
        about = field(row)
        if about and fold_header(about) not in _FIELDS_OF_STAGE:
            return HistoryRow(line, deal(row), (), is_other=True)
        whole, new, old = (_meant(read(row), meanings, is_id=bool(about)) for read in stages)
        at = moment(row)
        if at is None or not (whole or new):
            raise RowRefused("names no stage: fill it in.")
        entry = StageEntry(whole or new, pipeline(row), at, "" if _is_end(old) else old)
        if _is_end(entry.stage):
            return HistoryRow(line, deal(row), (), ends=1)
        return HistoryRow(line, deal(row), (entry,))

    return parse


def _entered(
    line: int, deal: str, pipeline: str, row: Row, columns: Sequence[tuple[int, StageLabel, TimeReader]]
) -> HistoryRow:
    filled = [
        (label, reader.moment(row[position])) for position, label, reader in columns if _text(row[position])
    ]
    entries = tuple(
        StageEntry(label.stage, label.pipeline or pipeline, moment)
        for label, moment in filled
        if not _is_end(label.stage)
    )
    return HistoryRow(line, deal, entries, ends=len(filled) - len(entries))


def _meant(text: str, meanings: Mapping[str, str], *, is_id: bool) -> str:
    """Return the stage that a text means. Raises RowRefused for a number, which is a stage's id."""
    if text in meanings:
        return meanings[text]
    if is_id and text.isdecimal():
        raise RowRefused(
            f'“{text}” is the id of a stage: say which stage that is with --value "stage:{text}=NAME".'
        )
    return text


def _text(cell: object) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else True


def _is_end(stage: str) -> bool:
    return closing_status(stage) not in (None, DealStatus.OPEN)


def entered_reader(plan: "FieldPlan", times: TimeReader) -> Callable[[Row, str, str], Moment | None]:
    """Return what reads when a deal entered its stage, from a file with a column for each."""
    columns = {
        (fold_word(label.stage), fold_word(label.pipeline)): (position, times.of_column(position))
        for position, label in plan.entered.items()
    }

    def read(row: Row, stage: str, pipeline: str) -> Moment | None:
        found = columns.get((fold_word(stage), fold_word(pipeline))) or columns.get((fold_word(stage), ""))
        if found is None:
            alike = [each for (name, _), each in columns.items() if name == fold_word(stage)]
            found = alike[0] if len(alike) == 1 else None
        if found is None or not text_of(row[found[0]]).strip():
            return None
        return found[1].moment(row[found[0]])

    return read
