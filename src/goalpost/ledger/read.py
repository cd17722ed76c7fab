"""What the ledger answers: totals, the records behind them, and how they came to be.

Totals of any number of questions cost at most three queries. The company's days come from one tally, whole
months of people from the other, and the days at the ends of a person's range from the standings. Questions
travel as VALUES lists, which no ORM query can hold, so these statements are written out; each one reads one
company only.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, TypeVar, cast

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from goalpost.domain.calendar import Period, split_whole_months
from goalpost.domain.measures import Measure
from goalpost.ledger.models import Book, CompanyDayTally, Entry, OwnerMonthTally, Posting, Standing

_ANY = -1
_Line = TypeVar("_Line", Entry, Standing)


class Total(NamedTuple):
    """Sums over the records that count.

    How many they are, what they are worth (minor units of the company's currency), and how many of them have
    an unknown value, which `amount` lacks.
    """

    count: int = 0  # type: ignore[assignment]  # hides tuple.count(), which nobody asks a total
    amount: int = 0
    unvalued: int = 0

    def plus(self, count: int, amount: int, unvalued: int) -> "Total":
        return Total(self.count + count, self.amount + amount, self.unvalued + unvalued)


@dataclass(frozen=True, slots=True)
class Selection:
    """What is counted. None means all: everybody ever, every pipeline and none, any item."""

    measure: Measure
    owners: frozenset[int] | None = None
    pipelines: frozenset[int] | None = None
    items: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """The totals of one selection over several half-open ranges of days."""

    selection: Selection
    ranges: tuple[Period, ...]


class CountedRecord(NamedTuple):
    """A record behind a total: a deal or an activity, by the selection's measure."""

    source_id: int
    day: date
    owner_id: int
    pipeline_id: int
    item_id: int
    amount: int
    unvalued: int


class Change(NamedTuple):
    """What one posting did to a total through one record. Amounts in minor units, company currency."""

    posting_id: int
    at: datetime
    actor_id: int | None
    reason: str
    note: str
    source_id: int
    count: int  # type: ignore[assignment]  # hides tuple.count()
    amount: int
    unvalued: int


def version(company_id: int) -> int:
    """Return the ledger's version: equal versions mean equal totals."""
    return Book.objects.values_list("version", flat=True).get(company_id=company_id)


def totals(company_id: int, questions: Sequence[Question]) -> list[list[Total]]:
    """Return a total for every range of every question, in order, in at most three queries."""
    answers = [[Total()] * len(question.ranges) for question in questions]
    for_company = [(no, q) for no, q in enumerate(questions) if q.selection.owners is None]
    for_owners = [(no, q) for no, q in enumerate(questions) if q.selection.owners is not None]
    _add_company_days(company_id, for_company, answers)
    _add_owner_months(company_id, for_owners, answers)
    _add_owner_days(company_id, for_owners, answers)
    return answers


def total(company_id: int, selection: Selection, period: Period) -> Total:
    """Return one total."""
    return totals(company_id, [Question(selection, (period,))])[0][0]


def records(
    company_id: int, selection: Selection, period: Period, *, limit: int, offset: int = 0
) -> list[CountedRecord]:
    """Return the records behind a total, latest day first. Their counts and amounts sum to the total."""
    rows = _counted(Standing.objects.all(), company_id, selection, period).order_by("-day", "-source_id")
    return [
        CountedRecord(*row)
        for row in rows.values_list(
            "source_id", "day", "owner_id", "pipeline_id", "item_id", "amount", "unvalued"
        )[offset : offset + limit]
    ]


def total_as_known_at(company_id: int, selection: Selection, period: Period, moment: datetime) -> Total:
    """Return what the total was at an earlier moment: today's, less all that was posted later."""
    now = total(company_id, selection, period)
    later = _counted(Entry.objects.all(), company_id, selection, period).filter(
        posting_id__gt=_last_posting(company_id, moment)
    )
    sums = later.aggregate(Sum("count"), Sum("amount"), Sum("unvalued"))
    return now.plus(-(sums["count__sum"] or 0), -(sums["amount__sum"] or 0), -(sums["unvalued__sum"] or 0))


def changes_since(
    company_id: int, selection: Selection, period: Period, since: datetime, *, limit: int
) -> list[Change]:
    """Return what changed the total after `since`, latest first: one line a posting and record."""
    rows = (
        _counted(Entry.objects.all(), company_id, selection, period)
        .filter(posting_id__gt=_last_posting(company_id, since))
        .values_list(
            "posting_id", "posting__at", "posting__actor_id", "posting__reason", "posting__note", "source_id"
        )
        .annotate(Sum("count"), Sum("amount"), Sum("unvalued"))
        # A handover between two people of a team nets to nothing for the team.
        .filter(~Q(count__sum=0, amount__sum=0, unvalued__sum=0))
        .order_by("-posting_id", "-source_id")
    )
    return [Change(*row) for row in rows[:limit]]


def _last_posting(company_id: int, moment: datetime) -> int:
    """Return the id of the last posting at or before the moment, 0 without one. Moments never go back."""
    found = (
        Posting.objects.filter(company_id=company_id, at__lte=moment)
        .order_by("-at", "-id")
        .values_list("id", flat=True)
        .first()
    )
    return found or 0


def _counted(
    lines: QuerySet[_Line], company_id: int, selection: Selection, period: Period
) -> QuerySet[_Line]:
    found = lines.filter(
        company_id=company_id, measure=selection.measure, day__gte=period.start, day__lt=period.end
    )
    if selection.owners is not None:
        found = found.filter(owner_id__in=selection.owners)
    if selection.pipelines is not None:
        found = found.filter(pipeline_id__in=selection.pipelines)
    if selection.items is not None:
        found = found.filter(item_id__in=selection.items)
    return found


def _add_company_days(
    company_id: int, asked: Sequence[tuple[int, Question]], answers: list[list[Total]]
) -> None:
    range_sets = _RangeSets()
    selections = [
        (no, range_sets.number([(place, span) for place, span in enumerate(q.ranges)]), *chosen)
        for no, q in asked
        for chosen in _chosen(q.selection)
    ]
    _add_ranges(company_id, CompanyDayTally._meta.db_table, selections, range_sets, answers)


def _add_owner_days(
    company_id: int, asked: Sequence[tuple[int, Question]], answers: list[list[Total]]
) -> None:
    range_sets = _RangeSets()
    selections: list[tuple[int, ...]] = []
    for no, q in asked:
        spans = [(place, span) for place, whole in enumerate(q.ranges) for span in _ends(whole)]
        if spans:
            number = range_sets.number(spans)
            selections.extend((no, number, *chosen) for chosen in _chosen(q.selection))
    _add_ranges(company_id, Standing._meta.db_table, selections, range_sets, answers)


def _add_ranges(
    company_id: int,
    table: str,
    selections: Sequence[tuple[int, ...]],
    range_sets: "_RangeSets",
    answers: list[list[Total]],
) -> None:
    """Sum a table that has days over ranges. CROSS JOIN keeps SQLite from turning the order around."""
    if not selections or not range_sets.rows:
        return
    by_owner = table == Standing._meta.db_table
    statement = (
        f"WITH s(no, range_set, measure, owner_id, pipeline_id, item_id) AS ({_values(selections)}), "  # noqa: S608  values are parameters
        f"r(range_set, place, start_day, end_day) AS ({_values(range_sets.rows)}) "
        f"SELECT s.no, r.place, SUM(t.count), SUM(t.amount), SUM(t.unvalued) "
        f"FROM s CROSS JOIN r CROSS JOIN {connection.ops.quote_name(table)} t "
        f"WHERE r.range_set = s.range_set AND t.company_id = %s AND t.measure = s.measure "
        f"{'AND t.owner_id = s.owner_id ' if by_owner else ''}"
        f"AND t.day >= r.start_day AND t.day < r.end_day {_WHERE_CHOSEN} GROUP BY s.no, r.place"
    )
    for no, place, *sums in _fetch(statement, [*_flat(selections), *_flat(range_sets.rows), company_id]):
        answers[no][place] = answers[no][place].plus(*map(int, sums))


def _add_owner_months(
    company_id: int, asked: Sequence[tuple[int, Question]], answers: list[list[Total]]
) -> None:
    places: dict[int, dict[date, list[int]]] = {}
    selections: list[tuple[object, ...]] = []
    for no, q in asked:
        months = _months(q.ranges)
        if months:
            places[no] = months
            span = (min(months), max(months))
            selections.extend((no, *span, *chosen) for chosen in _chosen(q.selection))
    if not selections:
        return
    statement = (
        f"WITH s(no, first_month, last_month, measure, owner_id, pipeline_id, item_id) AS "  # noqa: S608
        f"({_values(selections)}) "
        f"SELECT s.no, t.month, SUM(t.count), SUM(t.amount), SUM(t.unvalued) "
        f"FROM s CROSS JOIN {connection.ops.quote_name(OwnerMonthTally._meta.db_table)} t "
        f"WHERE t.company_id = %s AND t.measure = s.measure AND t.owner_id = s.owner_id "
        f"AND t.month >= s.first_month AND t.month <= s.last_month {_WHERE_CHOSEN} GROUP BY s.no, t.month"
    )
    for no, month, *sums in _fetch(statement, [*_flat(selections), company_id]):
        for place in places[no].get(_as_day(month), ()):
            answers[no][place] = answers[no][place].plus(*map(int, sums))


_WHERE_CHOSEN = (
    f"AND (s.pipeline_id = {_ANY} OR t.pipeline_id = s.pipeline_id) "
    f"AND (s.item_id = {_ANY} OR t.item_id = s.item_id)"
)


class _RangeSets:
    """Numbers equal lists of ranges once: goals that share a calendar share their rows."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[tuple[int, Period], ...], int] = {}
        self.rows: list[tuple[object, ...]] = []

    def number(self, spans: Iterable[tuple[int, Period]]) -> int:
        key = tuple(spans)
        if key not in self._numbers:
            self._numbers[key] = len(self._numbers)
            self.rows.extend((self._numbers[key], place, span.start, span.end) for place, span in key)
        return self._numbers[key]


def _chosen(selection: Selection) -> list[tuple[int, int, int, int]]:
    """Return a row for each combination that the selection names; none when it names nothing."""
    return [
        (int(selection.measure), owner_id, pipeline_id, item_id)
        for owner_id in _names(selection.owners)
        for pipeline_id in _names(selection.pipelines)
        for item_id in _names(selection.items)
    ]


def _names(ids: frozenset[int] | None) -> list[int]:
    return [_ANY] if ids is None else sorted(ids)


def _ends(span: Period) -> list[Period]:
    """Return the days of a range that no whole month holds."""
    whole = split_whole_months(span.start, span.end)
    return [part for part in (whole.head, whole.tail) if part is not None]


def _months(ranges: Sequence[Period]) -> dict[date, list[int]]:
    """Return, for each whole month inside a range, the places of the ranges it belongs to."""
    found: dict[date, list[int]] = defaultdict(list)
    for place, span in enumerate(ranges):
        months = split_whole_months(span.start, span.end).months
        if months is not None:
            month = months.start
            while month < months.end:
                found[month].append(place)
                month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return found


def _values(rows: Sequence[tuple[object, ...]]) -> str:
    places = f"({', '.join(['%s'] * len(rows[0]))})"
    return f"VALUES {', '.join([places] * len(rows))}"


def _flat(rows: Iterable[tuple[object, ...]]) -> list[object]:
    """Return all cells in order, days as the engine compares them."""
    as_text = connection.vendor == "sqlite"
    return [cell.isoformat() if as_text and isinstance(cell, date) else cell for row in rows for cell in row]


def _fetch(statement: str, parameters: Sequence[object]) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, cast("Sequence[int | date]", parameters))
        return cast("list[tuple[int, ...]]", cursor.fetchall())


def _as_day(cell: object) -> date:
    """Return a day from a raw statement: SQLite gives text."""
    return cell if isinstance(cell, date) else date.fromisoformat(str(cell))
