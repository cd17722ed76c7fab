"""The report behind every number that is shown: a question in, an answer of values out.

Pages, lists, tiles, exports, the API and mails render the same answer; none of them computes. An answer has
no addresses and no texts. Totals include everything; `parts`, records and changes are limited to what the
reader may see, and the hidden rest is summed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol, TypeAlias

from goalpost.companies.models import Company
from goalpost.crm.models import ActivityType, Pipeline, Stage
from goalpost.crm.queries import Named, UnknownDates, unknown_dates_of
from goalpost.crm.record_lines import RecordLine, describe_records, stage_names
from goalpost.crm.record_order import LATEST, Sorting, all_in_order, owner_parts, records_in_order
from goalpost.domain.calendar import Period
from goalpost.domain.permissions import Actor, visible_record_owners
from goalpost.insights.changes import ChangesAsked, ChangesBehind, changes_behind
from goalpost.ledger import read
from goalpost.ledger.questions import Question as LedgerQuestion
from goalpost.ledger.questions import Selection, Split, Total, sum_of
from goalpost.ledger.read import currencies_without_rate


class Reader(Protocol):
    """Who asks, with their rights, in their company, on its day: a page's viewer, an API's caller."""

    @property
    def actor(self) -> Actor: ...
    @property
    def company(self) -> Company: ...
    @property
    def today(self) -> date: ...


@dataclass(frozen=True, slots=True)
class Asker:
    """A reader outside pages and the API: a command, a job."""

    actor: Actor
    company: Company
    today: date


@dataclass(frozen=True, slots=True)
class RecordsAsked:
    """A page of the records behind a figure; a `limit` of 0 asks only how much is shown, how much hidden."""

    limit: int
    sorting: Sorting = LATEST
    after: str = ""


Explain: TypeAlias = RecordsAsked | ChangesAsked


@dataclass(frozen=True, slots=True)
class Question:
    """A measure, whose and where (`selection`), over half-open ranges of days.

    `split` asks for the parts of the last range's total, `explain` for what makes it up: its records, or the
    changes that led to it. `names_currencies` asks which currencies the unknown values are in.
    """

    selection: Selection
    ranges: tuple[Period, ...]
    split: Split | None = None
    explain: Explain | None = None
    counts_undated: bool = False
    names_currencies: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a total of one person, pipeline, stage or type."""

    of: Named
    total: Total


@dataclass(frozen=True, slots=True)
class Answer:
    """The totals of each range, and what was asked for beside them.

    `version` is the ledger's: with equal versions totals are equal. `is_recounting` says that a changed rule
    is being counted, and that the totals follow the rule before. `shown` is what the reader may see of the
    last total; `records` are a page of that, which goes on at `next_record`, empty at the end. `undated`
    counts the records that would count if their day were known. `without_rate` are the currencies of those
    whose value is unknown.
    """

    totals: tuple[Total, ...]
    version: int = field(repr=False)  # no page is drawn from it: another total may have changed
    is_recounting: bool
    shown: Total
    parts: tuple[Part, ...] = ()
    records: tuple[RecordLine, ...] = ()
    next_record: str = ""
    changes: ChangesBehind | None = None
    undated: UnknownDates | None = None
    without_rate: tuple[str, ...] = ()

    @property
    def total(self) -> Total:
        """The last range's total, which the parts and the explanation belong to."""
        return self.totals[-1]

    @property
    def hidden(self) -> Total:
        return self.total.minus(self.shown)


def report(actor: Actor, questions: Sequence[Question]) -> list[Answer]:
    """Answer questions in a constant number of queries, and a few for each explanation.

    To be read in one snapshot.
    """
    company_id = actor.company_id
    book = read.book_state(company_id)
    asked = [LedgerQuestion(question.selection, question.ranges) for question in questions]
    return [
        _explained(actor, question, Answer(tuple(totals), *book, totals[-1] if totals else Total()))
        for question, totals in zip(questions, read.totals(company_id, asked), strict=True)
    ]


def _explained(actor: Actor, question: Question, answer: Answer) -> Answer:
    selection = question.selection
    if question.counts_undated:
        answer = replace(answer, undated=unknown_dates_of(actor.company_id, selection))
    if question.names_currencies and any(total.unvalued for total in answer.totals):
        currencies = currencies_without_rate(actor.company_id, selection, question.ranges)
        answer = replace(answer, without_rate=currencies)
    if question.split is not None:
        parts = _parts(actor, question, question.split)
        answer = replace(answer, parts=parts, shown=sum_of(part.total for part in parts))
    if question.explain is None:
        return answer
    period, seen = question.ranges[-1], selection_seen_by(actor, selection)
    if isinstance(question.explain, ChangesAsked):
        changes = changes_behind(actor, selection, seen, period, answer.total, question.explain)
        return replace(answer, changes=changes)
    if seen != selection:
        answer = replace(answer, shown=read.total(actor.company_id, seen, period))
    return _with_records(actor, answer, seen, period, question.explain)


def selection_seen_by(actor: Actor, selection: Selection) -> Selection:
    """Narrow a selection to the owners whose records the actor may see."""
    visible = visible_record_owners(actor)
    if visible is None:
        return selection
    return selection.narrowed_to(visible)


def _parts(actor: Actor, question: Question, split: Split) -> tuple[Part, ...]:
    """Return the parts of the last range: people by name, as far as the actor may see; all other parts."""
    company_id, selection, period = actor.company_id, question.selection, question.ranges[-1]
    if split is Split.OWNER:
        found = owner_parts(company_id, selection_seen_by(actor, selection), period)
        return tuple(Part(each.owner, each.part) for each in found)
    parts = read.totals_by(company_id, LedgerQuestion(selection, (period,)), split)
    names = _names(company_id, selection, split, set(parts))
    return tuple(
        Part(Named(key, names.get(key, "")), parts[key][0]) for key in [*names, *parts.keys() - names]
    )


def _names(company_id: int, selection: Selection, split: Split, ids: set[int]) -> dict[int, str]:
    """Return the names of pipelines, stages or types in their order; the id 0, for none, has no name."""
    if split is Split.PIPELINE:
        model: type[Pipeline | Stage | ActivityType] = Pipeline
    elif selection.measure.counts_activities:
        model = ActivityType
    else:
        return stage_names(company_id, ids)
    found = model._default_manager.filter(company_id=company_id, pk__in=ids)
    return dict(found.order_by("position", "name").values_list("pk", "name"))


def _with_records(
    actor: Actor, answer: Answer, seen: Selection, period: Period, asked: RecordsAsked
) -> Answer:
    if asked.limit == 0:
        return answer
    found = records_in_order(
        actor.company_id,
        seen,
        period,
        asked.sorting,
        how_many=answer.shown.count,
        limit=asked.limit,
        after=asked.after,
    )
    lines = describe_records(actor, seen.measure, found.page.records)
    return replace(answer, records=lines, next_record=found.next)


_AT_ONCE = 5000


def every_record(
    actor: Actor, selection: Selection, period: Period, *, sorting: Sorting, how_many: int
) -> Iterator[RecordLine]:
    """Yield every record behind a total that the actor may see, in order, some thousands at a time.

    Call it within one snapshot; `how_many` there are decides the ledger's access path.
    """
    seen = selection_seen_by(actor, selection)
    for some in all_in_order(actor.company_id, seen, period, sorting, how_many=how_many, at_once=_AT_ONCE):
        yield from describe_records(actor, selection.measure, some)
