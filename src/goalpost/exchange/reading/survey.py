"""A first pass over a file's cells, for ambiguities that are never guessed.

An unused column with a likely name, a stage that sounds closed, a probability of 1 that may be 1 % or 100 %,
and an ambiguous currency symbol stop the import before anything is changed. The error names the option to
use.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal

from goalpost.exchange.errors import Question, RowRefused, Unusable
from goalpost.exchange.files.cells import RejectedRow, Sheet, SheetRow, text_of
from goalpost.exchange.reading.amounts import CURRENCY_SYMBOLS, NumberReader, currency_of
from goalpost.exchange.reading.columns import FieldPlan, column_option, value_option
from goalpost.exchange.reading.fields import FIELDS, CellKind
from goalpost.exchange.reading.times import DateLayout
from goalpost.exchange.reading.values import closing_status, fold_word, sounds_closed

_SAMPLES = 2
_MANY_STAGES = 2_000
_LONGEST_SAMPLE = 40
_TELLING_STATUS = ("status", "is_won", "is_closed", "is_lost", "won_time", "lost_time")
_LIKELY: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (
        "value",
        ("value", "won_value"),
        "amount value revenue price mrr arr acv tcv belopp summa varde importe betrag montant valor",
    ),
    ("currency", ("currency",), "currency valuta wahrung moneda devise moeda валюта"),
    ("stage", ("stage",), "stage phase fas steg etapa etape fase стадия"),
    (
        "status",
        ("stage", *_TELLING_STATUS),
        "status outcome result won lost vunnen forlorad estado statut статус",
    ),
    (
        "close_time",
        ("close_time", "won_time", "lost_time", "expected_close_date"),
        "close closed closing stangd avslutad cierre abschluss cloture fechamento закрытия",
    ),
)
"""A field, those that say as much, and the words by which a header looks like it."""


def survey_dates(sheet: Sheet, plan: FieldPlan) -> dict[int, DateLayout]:
    """Return the layout of each column of dates. An ambiguous column follows the others."""
    fields = [each.name for each in FIELDS[plan.kind] if each.kind is CellKind.TIME]
    positions = {position for name in fields for position in plan.columns.get(name, ())} | set(plan.entered)
    layouts = {position: DateLayout() for position in positions}
    for row in sheet.rows() if layouts else ():
        if isinstance(row, SheetRow):
            for position, layout in layouts.items():
                layout.note(row.cells[position])
    return layouts


@dataclass(slots=True)
class Survey:
    """What the pass found. `samples` are the first values of columns that no field uses, by position."""

    samples: dict[int, list[str]] = field(default_factory=dict)
    stages: dict[str, int] = field(default_factory=dict)
    """Each stage with the first line it is on, in the order of the file."""
    shares: set[str] = field(default_factory=set)
    """The probabilities from 0 to 1 that are written without a percent sign."""
    has_percents: bool = False
    fraction: Decimal | None = None
    """The first probability that is no whole percent."""
    symbols: dict[str, int] = field(default_factory=dict)
    """The currency symbols of values whose rows name no currency, each with the first line it is on."""

    @property
    def has_shares(self) -> bool:
        """Whether probabilities are fractions: none is above 1, and some are not whole."""
        return not self.has_percents and any("." in share or "," in share for share in self.shares)

    @property
    def tells_ends(self) -> bool:
        """Whether some stages mean won or lost: then another stage means open."""
        return any(closing_status(stage) for stage in self.stages)


def survey_deals(sheet: Sheet, plan: FieldPlan, numbers: NumberReader) -> Survey:
    """Read the rows once and collect what the checks need."""
    found = Survey()
    used = {position for positions in plan.columns.values() for position in positions} | set(plan.entered)
    found.samples = {i: [] for i, name in enumerate(plan.header) if name and i not in used}
    wanting = dict(found.samples)
    [stage] = plan.columns.get("stage", (None,))
    [value] = plan.columns.get("value", (None,))
    [currency] = plan.columns.get("currency", (None,))
    [chance] = plan.columns.get("probability", (None,))
    mapped = plan.values.get("probability", {})
    for row in sheet.rows():
        if isinstance(row, RejectedRow):
            continue
        for position in tuple(wanting):
            text = " ".join(text_of(row.cells[position]).split())
            if text and text not in wanting[position]:
                wanting[position].append(text[:_LONGEST_SAMPLE])
                if len(wanting[position]) == _SAMPLES:
                    del wanting[position]
        if stage is not None and len(found.stages) < _MANY_STAGES:
            found.stages.setdefault(text_of(row.cells[stage]).strip(), row.line)
        if value is not None and (currency is None or not text_of(row.cells[currency]).strip()):
            _note_symbol(found, row.line, text_of(row.cells[value]).strip(), numbers)
        if chance is not None:
            _note_probability(found, text_of(row.cells[chance]).strip(), numbers, mapped)
    found.stages.pop("", None)
    return found


def _note_symbol(found: Survey, line: int, text: str, numbers: NumberReader) -> None:
    if text and not (text[0].isdecimal() and text[-1].isdecimal()):
        with suppress(RowRefused):
            found.symbols.setdefault(numbers.written(text).symbol, line)


def _note_probability(found: Survey, text: str, numbers: NumberReader, mapped: Mapping[str, str]) -> None:
    if not text or text in mapped or text in found.shares:
        return
    try:
        written = numbers.written(text)
    except RowRefused:
        return
    if not written.symbol and written.number > 1:
        found.has_percents = True
    elif not written.symbol and len(found.shares) < _MANY_STAGES:
        found.shares.add(text)
    if (written.symbol or written.number > 1) and written.number % 1 and found.fraction is None:
        found.fraction = written.number


def check_deals(found: Survey, plan: FieldPlan, left_out: Iterable[str], fallback: str) -> None:
    """Raise Unusable for ambiguities. Fields in `left_out` were left out by an option.

    `fallback` is the currency of values that name none.
    """
    _check_leftovers(found, plan, frozenset(left_out))
    if not any(plan.has(name) for name in _TELLING_STATUS):
        meanings = plan.values.get("status", {})
        for stage, line in found.stages.items():
            if sounds_closed(stage) and closing_status(stage) is None and stage not in meanings:
                raise Unusable(
                    f"The stage “{stage}” in line {line} sounds like the end of a deal, and may be a stage"
                    f" like any other. Say which with {value_option('status', stage, 'won')}, =lost or"
                    " =open.",
                    Question("status", stage, ("won", "lost", "open")),
                )
    for symbol, line in found.symbols.items():
        if symbol and currency_of(symbol, plan.values.get("currency", {}), fallback) is None:
            raise Unusable(
                f"The value in line {line} is written with “{symbol}”, which may be"
                f" {' or '.join(sorted(CURRENCY_SYMBOLS.get(symbol, ())))}. Say which with"
                f" {value_option('currency', symbol, 'CODE')}.",
                Question("currency", symbol, tuple(sorted(CURRENCY_SYMBOLS.get(symbol, ())))),
            )
    ones = sorted(share for share in found.shares if share.strip("0").rstrip(".,0") == "1")
    if ones and not found.has_percents and not found.has_shares:
        raise Unusable(
            f"The probability {ones[0]} may be 1 % or 100 %, and no other of the file tells. Say which with"
            f" {value_option('probability', ones[0], '100')} or =1.",
            Question("probability", ones[0], ("100", "1")),
        )


def _check_leftovers(found: Survey, plan: FieldPlan, left_out: frozenset[str]) -> None:
    for name, alike, words in _LIKELY:
        if name in left_out or any(plan.has(each) for each in alike):
            continue
        wanted = set(words.split())
        for position, samples in found.samples.items():
            header = plan.header[position]
            if samples and wanted & set(fold_word(header).split()):
                raise Unusable(
                    f"The column “{header}” ({', '.join(samples)}) looks like {name}, and is not used."
                    f" Say so with {column_option(name, header)}, or leave it out with"
                    f" {column_option(name, '')}.",
                    Question(name, column=header, samples=tuple(samples)),
                )


def unused_columns(found: Survey, header: tuple[str, ...]) -> tuple[str, ...]:
    """Return each column that no field uses, with its first values."""
    return tuple(
        f"“{header[position]}” ({', '.join(samples) if samples else 'empty'})"
        for position, samples in found.samples.items()
    )
