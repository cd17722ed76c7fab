"""How a total came to be: what was posted to it since, and what it was known to be before."""

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
    """What one posting did to a total through one record. Amounts in minor units, company currency.

    `taken` is what the record brought before, as far as the posting took it away; the figures are the net,
    told apart as `Total` does.
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
        """What the record brings after it."""
        return self.taken.plus(self.count, self.amount, self.unvalued, self.native)


def total_as_known_at(company_id: int, selection: Selection, period: Period, moment: datetime) -> Total:
    """Return what the total was at an earlier moment: today's, less all that was posted later."""
    now = read.total(company_id, selection, period)
    grown = grown_since(company_id, selection, period, moment)
    return now.plus(*(-figure for figure in grown))


def grown_since(company_id: int, selection: Selection, period: Period, since: datetime) -> Total:
    """Return by how much a total grew after a moment. Costs with the entries posted to the measure since."""
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
    """Return what changed the total after `since`, latest first: one line a posting and record.

    `after` is the line that the page before ended with; `counts_only` leaves out what changed amounts alone.
    Grouped by the index alone, so that the first `limit` lines are found without summing all the others.
    """
    lines = _later(company_id, selection, period, since)
    if after is not None:
        version, source_id = after
        lines = lines.filter(version__lte=version).filter(Q(version__lt=version) | Q(source_id__lt=source_id))
    # A handover between two people of a team nets to nothing for the team.
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
    """Return what each posting did to each record in all measures of its kind: what tells what happened."""
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
    """Return the version that the last posting at or before the moment made, 0 without one."""
    found = (
        Posting.objects.filter(company_id=company_id, at__lte=moment)
        .order_by("-at", "-version")
        .values_list("version", flat=True)
        .first()
    )
    return found or 0
