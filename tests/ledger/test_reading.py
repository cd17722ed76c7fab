"""What the ledger answers: totals over any ranges, and the records behind them."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goalpost.domain.calendar import Period
from goalpost.domain.counting import Contribution
from goalpost.domain.measures import Measure
from goalpost.ledger import read
from goalpost.ledger.changes import changes_since, grown_since, total_as_known_at
from goalpost.ledger.models import SourceKind
from goalpost.ledger.post import Act, writing
from goalpost.ledger.questions import OwnerSpan, Question, Selection, Split, Total
from goalpost.ledger.records import Lines, page_by_title, records
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db

WON = Measure.DEALS_WON
CILLA, DAVID = 3, 4
SALES, PARTNERS = 1, 2


def post_won(cast: Cast, *won: tuple[date, int, int, int]) -> None:
    """Post a won deal for each (day, owner, pipeline, amount)."""
    with writing(Act(cast.company_id, NOW)) as writer:
        writer.reconcile(
            SourceKind.DEAL,
            {
                number: {Contribution(WON, day, owner, pipeline, 0, "EUR", 1, amount, amount)}
                for number, (day, owner, pipeline, amount) in enumerate(won, 1)
            },
            {},
        )


def span(start: str, end: str) -> Period:
    return Period(date.fromisoformat(start), date.fromisoformat(end))


EACH_DAY = [date(2025, 11, 1) + timedelta(days=number) for number in range(150)]
"""1 November 2025 to 30 March 2026: a deal won on each, worth what its place in the list says."""


def one_a_day(cast: Cast) -> None:
    post_won(
        cast,
        *(
            (day, (CILLA, DAVID)[at % 2], (SALES, PARTNERS)[at % 3 % 2], 10**6 + at)
            for at, day in enumerate(EACH_DAY)
        ),
    )


RANGES = [
    span("2025-12-01", "2026-01-01"),  # a month
    span("2025-12-29", "2026-01-05"),  # the week over new year
    span("2025-12-31", "2026-01-01"),  # the last day of a year
    span("2026-01-01", "2026-01-02"),  # the first one
    span("2025-01-01", "2026-01-01"),  # a year
    span("2025-07-01", "2026-07-01"),  # a fiscal year
    span("2026-01-01", "2026-04-01"),  # a quarter
    span("2025-11-15", "2026-02-10"),  # whole months with days on both sides
    span("2025-11-15", "2026-02-10"),  # the same again
    span("2025-12-15", "2026-03-01"),  # overlapping the one before
    span("2026-02-01", "2026-02-28"),  # a month less its last day
    span("2026-02-02", "2026-03-01"),  # a month less its first day
    span("2027-01-01", "2028-01-01"),  # nothing
    span("2000-01-01", "2100-01-01"),  # everything
]
OWNERS = [None, frozenset({CILLA}), frozenset({CILLA, DAVID}), frozenset({DAVID, 999})]
PIPELINES = [None, frozenset({SALES}), frozenset({SALES, PARTNERS}), frozenset({999})]


@pytest.mark.parametrize("owners", OWNERS)
@pytest.mark.parametrize("pipelines", PIPELINES)
def test_a_total_is_the_sum_of_its_days(
    owners: frozenset[int] | None, pipelines: frozenset[int] | None
) -> None:
    cast = make_company()
    one_a_day(cast)

    def expected(period: Period) -> Total:
        worth = [
            10**6 + at
            for at, day in enumerate(EACH_DAY)
            if period.contains(day)
            and (owners is None or (CILLA, DAVID)[at % 2] in owners)
            and (pipelines is None or (SALES, PARTNERS)[at % 3 % 2] in pipelines)
        ]
        return Total(len(worth), sum(worth))

    selection = Selection(WON, owners, pipelines)
    answers = read.totals(cast.company_id, [Question(selection, tuple(RANGES))])
    assert answers == [[expected(period) for period in RANGES]]
    assert [read.total(cast.company_id, selection, period) for period in RANGES] == answers[0]


SPANS = [
    (OwnerSpan(DAVID, date(2026, 1, 1)),),  # from new year on
    (OwnerSpan(DAVID, None, date(2026, 1, 10)),),  # until the middle of a month
    (OwnerSpan(DAVID, date(2025, 12, 15), date(2025, 12, 20)), OwnerSpan(DAVID, date(2026, 2, 3))),  # twice
    (OwnerSpan(DAVID, date(2026, 2, 2), date(2026, 2, 2)),),  # no day
]


@pytest.mark.parametrize("spans", SPANS)
@pytest.mark.parametrize("owners", [frozenset[int](), frozenset({CILLA})])
def test_who_counts_on_some_days_brings_what_they_have_on_these(
    owners: frozenset[int], spans: tuple[OwnerSpan, ...]
) -> None:
    cast = make_company()
    one_a_day(cast)

    def is_counted(owner: int, day: date) -> bool:
        return owner in owners or any(
            span.owner_id == owner
            and (span.start is None or span.start <= day)
            and (span.end is None or day < span.end)
            for span in spans
        )

    def expected(period: Period) -> dict[int, int]:
        return {
            at + 1: 10**6 + at
            for at, day in enumerate(EACH_DAY)
            if period.contains(day) and is_counted((CILLA, DAVID)[at % 2], day)
        }

    selection = Selection(WON, owners, spans=spans)
    with CaptureQueriesContext(connection) as queries:
        (answers,) = read.totals(cast.company_id, [Question(selection, tuple(RANGES))])
    assert len(queries) <= 2
    for period, answer in zip(RANGES, answers, strict=True):
        worth = expected(period)
        assert answer == Total(len(worth), sum(worth.values()))
        counted = records(cast.company_id, selection, period, limit=200).records
        assert {record.source_id: record.amount for record in counted} == worth
        lines = Lines(cast.company_id, selection, period, is_descending=False)
        by_title = page_by_title(lines, how_many=len(worth), limit=200, after=None).records
        assert {record.source_id for record in by_title} == set(worth)
        question = Question(selection, (period,))
        for split in Split:
            parts = read.totals_by(cast.company_id, question, split)
            assert sum(part.amount for [part] in parts.values()) == answer.amount
        assert grown_since(cast.company_id, selection, period, NOW - timedelta(days=1)) == answer


@pytest.mark.parametrize("split", Split)
@pytest.mark.parametrize("owners", OWNERS)
@pytest.mark.parametrize("pipelines", PIPELINES)
def test_the_parts_of_a_total_are_the_totals_of_each(
    split: Split, owners: frozenset[int] | None, pipelines: frozenset[int] | None
) -> None:
    cast = make_company()
    one_a_day(cast)
    narrowed = {
        Split.OWNER: {key: Selection(WON, frozenset({key}), pipelines) for key in (CILLA, DAVID)},
        Split.PIPELINE: {key: Selection(WON, owners, frozenset({key})) for key in (SALES, PARTNERS)},
        Split.ITEM: {0: Selection(WON, owners, pipelines, frozenset({0}))},
    }[split]
    selection, ranges = Selection(WON, owners, pipelines), tuple(RANGES)
    allowed = {Split.OWNER: owners, Split.PIPELINE: pipelines, Split.ITEM: None}[split]
    expected = {
        key: read.totals(cast.company_id, [Question(each, ranges)])[0]
        for key, each in narrowed.items()
        if allowed is None or key in allowed
    }
    with CaptureQueriesContext(connection) as taken:
        found = read.totals_by(cast.company_id, Question(selection, ranges), split)
    assert found == {key: totals for key, totals in expected.items() if any(map(any, totals))}
    assert len(taken) <= 2


def test_naming_nobody_or_no_pipeline_gives_zero_and_naming_none_gives_all() -> None:
    cast = make_company()
    one_a_day(cast)
    period, nobody = span("2025-01-01", "2027-01-01"), frozenset[int]()
    for selection in (
        Selection(WON, owners=nobody),
        Selection(WON, pipelines=nobody),
        Selection(WON, items=nobody),
        Selection(WON, nobody, nobody, nobody),
        Selection(Measure.DEALS_STARTED),
        Selection(WON, items=frozenset({5})),
    ):
        assert read.total(cast.company_id, selection, period) == Total()
        assert records(cast.company_id, selection, period, limit=9).records == ()
        question = Question(selection, (period,))
        assert not any(read.totals_by(cast.company_id, question, split) for split in Split)
    assert read.total(cast.company_id, Selection(WON), period).count == len(EACH_DAY)
    assert read.total(cast.company_id, Selection(WON, items=frozenset({0})), period).count == len(EACH_DAY)


def test_no_question_and_no_range_need_no_answer() -> None:
    cast = make_company()
    assert read.totals(cast.company_id, []) == []
    assert read.totals(cast.company_id, [Question(Selection(WON), ())]) == [[]]
    assert read.totals(cast.company_id, [Question(Selection(WON, frozenset({CILLA})), ())]) == [[]]


def questions(how_many: int) -> list[Question]:
    """Return questions of every kind: company, person and team, by month, by week and over odd days."""
    months = tuple(Period(date(2026, month, 1), date(2026, month + 1, 1)) for month in range(1, 12))
    weeks = tuple(
        Period(date(2025, 12, 1) + timedelta(weeks=at), date(2025, 12, 8) + timedelta(weeks=at))
        for at in range(10)
    )
    odd = (span("2025-12-10", "2026-03-05"),)
    kinds = [
        (Selection(WON), months),
        (Selection(WON, pipelines=frozenset({SALES, PARTNERS})), weeks),
        (Selection(WON, frozenset({CILLA})), months),
        (Selection(WON, frozenset({CILLA, DAVID})), weeks),
        (Selection(WON, frozenset({DAVID}), frozenset({SALES})), odd),
    ]
    return [Question(*kinds[at % len(kinds)]) for at in range(how_many)]


def test_three_hundred_questions_cost_one_query_as_five_do() -> None:
    cast = make_company()
    one_a_day(cast)
    counts: list[int] = []
    answers: list[list[list[Total]]] = []
    for how_many in (5, 300):
        with CaptureQueriesContext(connection) as asked:
            answers.append(read.totals(cast.company_id, questions(how_many)))
        counts.append(len(asked))
    assert counts == [1, 1]
    assert answers[1] == answers[0] * 60
    with CaptureQueriesContext(connection) as asked:
        read.totals(cast.company_id, questions(3))
    assert len(asked) <= 3


def test_a_company_larger_than_any_is_asked_about_in_one_go() -> None:
    cast = make_company()
    one_a_day(cast)
    owners = frozenset(range(1, 501))
    selection = Selection(WON, owners, frozenset(range(12)))
    assert read.total(cast.company_id, selection, span("2025-01-01", "2027-01-01")).count == len(EACH_DAY)


def test_the_records_behind_a_total_come_latest_first_a_page_at_a_time() -> None:
    cast = make_company()
    day = date(2026, 1, 5)
    post_won(cast, (day, CILLA, SALES, 1), (day, CILLA, SALES, 2), (date(2026, 1, 9), DAVID, PARTNERS, 3))
    january = span("2026-01-01", "2026-02-01")

    first = records(cast.company_id, Selection(WON), january, limit=2)
    rest = records(cast.company_id, Selection(WON), january, limit=2, after=first.end)
    assert [record.source_id for record in (*first.records, *rest.records)] == [3, 2, 1]
    assert (first.end, rest.end) == ((day, 2), None)
    of_david = records(cast.company_id, Selection(WON, frozenset({DAVID})), january, limit=9)
    assert of_david.records == ((3, date(2026, 1, 9), DAVID, PARTNERS, 0, 3, 0, "EUR", 3),)


def test_another_companys_entries_are_never_counted() -> None:
    cast, other = make_company("Nordlys"), make_company("Baltica")
    one_a_day(other)
    everything = span("2000-01-01", "2100-01-01")
    for owners in (None, frozenset({CILLA, DAVID})):
        selection = Selection(WON, owners)
        assert read.total(cast.company_id, selection, everything) == Total()
        assert records(cast.company_id, selection, everything, limit=9).records == ()
        assert total_as_known_at(cast.company_id, selection, everything, NOW) == Total()
        assert changes_since(cast.company_id, selection, everything, NOW - timedelta(days=1), limit=9) == []
    assert (read.version(cast.company_id), read.version(other.company_id)) == (0, 1)
