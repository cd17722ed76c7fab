"""The changes of a total: what was posted to it after a moment, and what it was known to be then."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from django.db import connection
from django.db.models import BigIntegerField, Case, Count, F, Q, QuerySet, Sum, Value, When

from goalpost.domain.calendar import Period
from goalpost.domain.changes import Change as Difference
from goalpost.domain.conversion import Conversion
from goalpost.domain.counting import Contribution
from goalpost.domain.measures import Measure
from goalpost.ledger import read
from goalpost.ledger.models import Entry, Posting, Standing
from goalpost.ledger.questions import NOTHING, OwnerSpan, Question, Selection, Total, converted, sum_of
from goalpost.ledger.records import Line, lines_of_total

_TAKEN = Q(count__lt=0)

VersionAndSource = tuple[int, int]


class Change(NamedTuple):
    """The net change that one posting made to a total through one record.

    Amounts are in the total's currency. `taken` is the part of the record's earlier contribution that the
    posting removed.
    """

    version: int
    at: datetime
    actor_id: int | None
    reason: str
    action: str
    note: str
    source_id: int
    count: int  # type: ignore[assignment]  # hides tuple.count()
    amount: int
    unvalued: int
    taken: Total

    @property
    def given(self) -> Total:
        """What the record contributes after the posting."""
        return self.taken.plus(self.count, self.amount, self.unvalued)


class _LastPosting(NamedTuple):
    """A posting, identified by its seal among all histories that have one with this version."""

    version: int
    seal: str


def total_as_known_at(company_id: int, selection: Selection, period: Period, moment: datetime) -> Total:
    """Return the total as known at an earlier moment."""
    last = _last_posting(company_id, moment)
    if not last.version:
        return NOTHING
    # The rates of a conversion may change, so what it gives is not kept.
    total_at = _total_at if selection.conversion else _kept_total_at
    return total_at(company_id, last, selection, period)


def version_known_at(company_id: int, moment: datetime) -> int:
    """Return the ledger's version at a moment, 0 before its first posting."""
    return _last_posting(company_id, moment).version


def grown_since(company_id: int, selection: Selection, period: Period, since: datetime) -> Total:
    """Return the growth of a total after a moment."""
    known = total_as_known_at(company_id, selection, period, since)
    return read.total(company_id, selection, period).minus(known)


def _total_at(company_id: int, last: _LastPosting, selection: Selection, period: Period) -> Total:
    """Return the total after a posting.

    The cost grows with the entries posted to the measure until then or since, whichever are likely fewer.
    """
    latest = read.version(company_id)
    lines = lines_of_total(Entry.objects.all(), company_id, selection, period)
    if 2 * last.version > latest:
        total = read.total(company_id, selection, period)
        total = total.minus(_summed(lines.filter(version__gt=last.version), selection))
        if read.version(company_id) == latest:
            return total
        # Somebody wrote meanwhile. What was posted until then stays.
    return _summed(lines.filter(version__lte=last.version), selection)


@lru_cache(maxsize=4096)
def _kept_total_at(company_id: int, last: _LastPosting, selection: Selection, period: Period) -> Total:
    """Return the total after a posting, which never changes: asked again, it is not summed again."""
    return _total_at(company_id, last, selection, period)


def _summed(lines: QuerySet[Entry], selection: Selection) -> Total:
    summed = lines.aggregate(**_sums_of(selection))
    total = Total(*(summed[name] or 0 for name in _SUMS))
    return sum_of([total, *(more for _owner_id, _day, more in _converted(lines, selection))])


def spans_as_known_at(
    company_id: int,
    selection: Selection,
    spans: Sequence[tuple[OwnerSpan, ...]],
    period: Period,
    moment: datetime,
) -> list[Total]:
    """Return what each of these days of people brought at an earlier moment: in four queries at most."""
    asked = [replace(selection, owners=frozenset(), spans=each) for each in spans]
    now = read.totals(company_id, [Question(each, (period,)) for each in asked])
    people = frozenset(span.owner_id for each in spans for span in each)
    later = _later(company_id, replace(selection, owners=people, spans=()), period, moment)
    summed = later.values_list("owner_id", "day").annotate(**_sums_of(selection))
    grown = [(owner_id, day, Total(*(each or 0 for each in figures))) for owner_id, day, *figures in summed]
    grown += _converted(later, selection)
    found = []
    for [total], own in zip(now, spans, strict=True):
        then = total
        for owner_id, day, more in grown:
            if any(span.owner_id == owner_id and span.holds(day) for span in own):
                then = then.minus(more)
        found.append(then)
    return found


def converted_as_known_at(
    company_id: int,
    selection: Selection,
    conversions: Sequence[Conversion],
    period: Period,
    moment: datetime,
) -> list[Total]:
    """Return what is converted of a total, as known at an earlier moment, by each conversion.

    They are to the selection's own currency. Takes three queries.
    """
    alike = ("day", "amount", "count")
    later = _to_convert(_later(company_id, selection, period, moment), selection)
    now = _to_convert(lines_of_total(Standing.objects.all(), company_id, selection, period), selection)
    rows = [
        (sign * number, line)
        for sign, lines in ((1, now), (-1, later))
        for *line, number in lines.values_list(*alike).annotate(number=Count("id"))
    ]
    return [
        sum_of(converted(each, day, amount, count, number) for number, (day, amount, count) in rows)
        for each in conversions
    ]


def changes_since(
    company_id: int,
    selection: Selection,
    period: Period,
    since: datetime,
    *,
    limit: int,
    after: VersionAndSource | None = None,
    counts_only: bool = False,
) -> list[Change]:
    """Return what changed the total after `since`, latest first: one line per posting and record.

    `after` is the last line of the previous page; `counts_only` leaves out changes of amounts only.
    """
    lines = _later(company_id, selection, period, since)
    if selection.conversion:
        found = _converted_changes(lines, selection, selection.conversion, after, at_once=limit + 1)
        rows = list(islice((row for row in found if any(row[2:3] if counts_only else row[2:5])), limit))
    else:
        rows = _changes_of(lines, selection, after, limit, counts_only=counts_only)
    made = Posting.objects.filter(company_id=company_id, version__in={row[0] for row in rows})
    postings = {posting.version: posting for posting in made}
    return [_change(postings[row[0]], *row[1:]) for row in rows]


_Row = tuple[int, ...]
"""Version and record, the three net figures of a change, and the three of what it took away."""


def _changes_of(
    lines: QuerySet[Entry],
    selection: Selection,
    after: VersionAndSource | None,
    limit: int,
    *,
    counts_only: bool = False,
    drops_nothing: bool = True,
) -> list[_Row]:
    """Return the next changes, the latest first.

    Grouped by the index alone, so that the first `limit` lines are found without summing all the others.
    """
    if after is not None:
        version, source_id = after
        lines = lines.filter(version__lte=version).filter(Q(version__lt=version) | Q(source_id__lt=source_id))
    net = {name: each for name, each in _sums_of(selection).items() if name in _NET}
    taken = {f"taken_{name}": each for name, each in _sums_of(selection, _TAKEN).items() if name in _NET}
    found = lines.values_list("version", "source_id").annotate(**net).annotate(**taken)
    if drops_nothing:
        # A handover between two people of a team sums to zero for the team.
        found = found.filter(~Q(**dict.fromkeys(_NET[:1] if counts_only else _NET, 0)))
    return [tuple(figure or 0 for figure in row) for row in found.order_by("-version", "-source_id")[:limit]]


def _converted_changes(
    lines: QuerySet[Entry],
    selection: Selection,
    conversion: Conversion,
    after: VersionAndSource | None,
    *,
    at_once: int,
) -> Iterator[_Row]:
    """Yield every change with its amounts converted: that one nets to nothing, only then shows."""
    while rows := _changes_of(lines, selection, after, at_once, drops_nothing=False):
        after = rows[-1][0], rows[-1][1]
        net: dict[VersionAndSource, Total] = {(row[0], row[1]): Total(*row[2:5]) for row in rows}
        taken = {(row[0], row[1]): Total(*row[5:]) for row in rows}
        others = _to_convert(lines, selection).filter(
            version__in={row[0] for row in rows}, source_id__in={row[1] for row in rows}
        )
        for version, source_id, day, amount, count in others.values_list(
            "version", "source_id", "day", "amount", "count"
        ):
            key = (version, source_id)
            if key in net:
                more = converted(conversion, day, amount, count)
                net[key] = net[key].plus(*more)
                taken[key] = taken[key].plus(*more) if count < 0 else taken[key]
        yield from ((*key, *net[key][:3], *taken[key][:3]) for key in net)


def differences_of(
    company_id: int, measure: Measure, changes: Collection[VersionAndSource]
) -> dict[VersionAndSource, Difference]:
    """Return the changes of each posting to each record in all measures: they show the cause."""
    kind = [other for other in Measure if other.counts_deals == measure.counts_deals]
    rows = Entry.objects.filter(
        company_id=company_id,
        measure__in=kind,
        version__in={version for version, _ in changes},
        source_id__in={source_id for _, source_id in changes},
    ).values_list("version", "source_id", *Contribution._fields)
    took: dict[VersionAndSource, list[Contribution]] = defaultdict(list)
    gave: dict[VersionAndSource, list[Contribution]] = defaultdict(list)
    for version, source_id, number, *line in rows:
        contribution = Contribution(Measure(number), *line)
        side = took if contribution.count < 0 else gave
        side[version, source_id].append(contribution)
    return {each: Difference(tuple(took[each]), tuple(gave[each])) for each in changes}


_SUMS = ("sum_count", "sum_amount", "sum_unvalued", "sum_converted")
_NET = _SUMS[:3]


def _sums_of(selection: Selection, only: Q | None = None) -> dict[str, Sum]:
    """Return the sums that make up a total of the selection, by the names of `_SUMS`.

    Of what is to be converted, the amounts are not among them.
    """
    zero = Value(0, output_field=BigIntegerField())
    figures: tuple[str | Case | Value, ...] = ("count", "amount", "unvalued", zero)
    if selection.conversion:
        at_face = Q(currency=selection.currency)
        big = BigIntegerField()
        figures = (
            "count",
            Case(When(at_face, then=F("native_amount")), default=zero, output_field=big),
            Case(When(at_face, then=zero), default=F("unvalued"), output_field=big),
            Case(When(at_face, then=zero), default=F("count") - F("unvalued"), output_field=big),
        )
    return {name: Sum(figure, filter=only) for name, figure in zip(_SUMS, figures, strict=True)}


def _converted(lines: QuerySet[Entry], selection: Selection) -> list[tuple[int, date, Total]]:
    """Return what entries to be converted add, with owner and day."""
    if selection.conversion is None:
        return []
    alike = ("owner_id", "day", "amount", "count")
    rows = _to_convert(lines, selection).values_list(*alike).annotate(number=Count("id"))
    return [(owner_id, day, converted(selection.conversion, day, *line)) for owner_id, day, *line in rows]


def _to_convert(lines: QuerySet[Line], selection: Selection) -> QuerySet[Line]:
    return lines.filter(~Q(currency=selection.currency), unvalued=0)


def _change(posting: Posting, source_id: int, *figures: int) -> Change:
    count, amount, unvalued, *taken = figures
    return Change(
        version=posting.version,
        at=posting.at,
        actor_id=posting.actor_id,
        reason=posting.reason,
        action=posting.action,
        note=posting.note,
        source_id=source_id,
        count=count,
        amount=amount,
        unvalued=unvalued,
        taken=Total(*(-figure for figure in taken)),
    )


def _later(company_id: int, selection: Selection, period: Period, since: datetime) -> QuerySet[Entry]:
    last = _last_posting(company_id, since)
    return lines_of_total(Entry.objects.all(), company_id, selection, period).filter(version__gt=last.version)


def _last_posting(company_id: int, moment: datetime) -> _LastPosting:
    """Return the last posting at or before the moment, version 0 without one.

    Written out: the ORM took four times as long as the look-up.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT version, seal FROM ledger_posting WHERE company_id = %s AND at <= %s"
            " ORDER BY at DESC, version DESC LIMIT 1",
            [company_id, connection.ops.adapt_datetimefield_value(moment)],
        )
        found = cursor.fetchone()
    return _LastPosting(*found) if found else _LastPosting(0, "")
