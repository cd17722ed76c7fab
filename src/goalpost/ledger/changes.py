"""The changes of a total: what was posted to it after a moment, and what it was known to be then."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Sum, Value, When

from goalpost.domain.calendar import Period
from goalpost.domain.changes import Change as Difference
from goalpost.domain.counting import Contribution
from goalpost.domain.measures import Measure
from goalpost.ledger import read
from goalpost.ledger.models import Entry, Posting
from goalpost.ledger.questions import OwnerSpan, Question, Selection, Total
from goalpost.ledger.records import lines_of_total

_TAKEN = Q(count__lt=0)

VersionAndSource = tuple[int, int]


class Change(NamedTuple):
    """The net change that one posting made to a total through one record.

    Amounts are minor units of the company's currency. `taken` is the part of the record's earlier
    contribution that the posting removed; the other figures are split as in `Total`.
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
    native: int
    taken: Total

    @property
    def given(self) -> Total:
        """What the record contributes after the posting."""
        return self.taken.plus(self.count, self.amount, self.unvalued, self.native)


def total_as_known_at(company_id: int, selection: Selection, period: Period, moment: datetime) -> Total:
    """Return the total as known at an earlier moment: the current one minus all later postings."""
    now = read.total(company_id, selection, period)
    grown = grown_since(company_id, selection, period, moment)
    return now.plus(*(-figure for figure in grown))


def grown_since(company_id: int, selection: Selection, period: Period, since: datetime) -> Total:
    """Return the growth of a total after a moment. The cost grows with the entries posted since."""
    summed = _later(company_id, selection, period, since).aggregate(**_sums_of(selection))
    return Total(*(summed[name] or 0 for name in _SUMS))


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
    rows = list(later.values_list("owner_id", "day").annotate(**_sums_of(selection)))
    found = []
    for [total], own in zip(now, spans, strict=True):
        then = total
        for owner_id, day, *figures in rows:
            if any(span.owner_id == owner_id and span.holds(day) for span in own):
                then = then.plus(*(-(figure or 0) for figure in figures))
        found.append(then)
    return found


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

    `after` is the last line of the previous page; `counts_only` leaves out changes of amounts only. Grouping
    needs only the index, so the first `limit` lines are found without summing the others.
    """
    lines = _later(company_id, selection, period, since)
    if after is not None:
        version, source_id = after
        lines = lines.filter(version__lte=version).filter(Q(version__lt=version) | Q(source_id__lt=source_id))
    # A handover between two people of a team sums to zero for the team.
    nothing = Q(**dict.fromkeys(_SUMS[:1] if counts_only else _SUMS, 0))
    rows = list(
        lines.values_list("version", "source_id")
        .annotate(**_sums_of(selection))
        .annotate(**{f"taken_{name}": each for name, each in _sums_of(selection, _TAKEN).items()})
        .filter(~nothing)
        .order_by("-version", "-source_id")[:limit]
    )
    made = Posting.objects.filter(company_id=company_id, version__in={row[0] for row in rows})
    postings = {posting.version: posting for posting in made}
    return [_change(postings[row[0]], *row[1:]) for row in rows]


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


_SUMS = ("sum_count", "sum_amount", "sum_unvalued", "sum_native")


def _sums_of(selection: Selection, only: Q | None = None) -> dict[str, Sum]:
    """Return the sums that make up a total of the selection, by the names of `_SUMS`."""
    at_face, zero = Q(currency=selection.currency), Value(0, output_field=BigIntegerField())
    figures: tuple[str | Case | Value, ...] = ("count", "amount", "unvalued", zero)
    if selection.currency:
        others = (
            Case(When(at_face, then=zero), default=F(name), output_field=BigIntegerField())
            for name in ("amount", "unvalued")
        )
        figures = (
            "count",
            *others,
            Case(When(at_face, then=F("native_amount")), default=zero, output_field=BigIntegerField()),
        )
    return {name: Sum(figure, filter=only) for name, figure in zip(_SUMS, figures, strict=True)}


def _change(posting: Posting, source_id: int, *figures: int) -> Change:
    count, amount, unvalued, native, *taken = figures
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
        native=native,
        taken=Total(*(-(figure or 0) for figure in taken)),
    )


def _later(company_id: int, selection: Selection, period: Period, since: datetime) -> QuerySet[Entry]:
    return lines_of_total(Entry.objects.all(), company_id, selection, period).filter(
        version__gt=_last_version(company_id, since)
    )


def _last_version(company_id: int, moment: datetime) -> int:
    """Return the version of the last posting at or before the moment, 0 without one."""
    found = (
        Posting.objects.filter(company_id=company_id, at__lte=moment)
        .order_by("-at", "-version")
        .values_list("version", flat=True)
        .first()
    )
    return found or 0
