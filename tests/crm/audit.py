"""Holds the ledger of one company against a naive recount, after any write and whatever came before it."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple

from django.db.models import Model

from goalpost.companies.models import User
from goalpost.crm import verify
from goalpost.crm.models import ActivityType, Pipeline, Stage
from goalpost.domain.calendar import CompanyCalendar, Interval, Period, period_of
from goalpost.domain.measures import Measure
from goalpost.ledger import read
from goalpost.ledger.changes import _kept_total_at, changes_since, total_as_known_at
from goalpost.ledger.models import Book, Entry, Posting
from goalpost.ledger.questions import Question, Selection, Total
from goalpost.ledger.records import records
from tests.crm.naive_recount import Line, Recount

FIRST_DAY, LAST_DAY = date(2024, 12, 20), date(2026, 4, 10)
ENTRY = (
    "id",
    "version",
    "source_kind",
    "source_id",
    "measure",
    "day",
    "owner_id",
    "pipeline_id",
    "item_id",
    "currency",
    "count",
    "amount",
    "native_amount",
    "unvalued",
)


class Remembered(NamedTuple):
    """What a total was said to be at a moment."""

    moment: datetime
    selection: Selection
    period: Period
    total: Total


class Audit:
    """One company's ledger, watched over time."""

    def __init__(self, company_id: int, random: Random) -> None:
        self.company_id = company_id
        self.random = random
        self.entries: list[tuple[object, ...]] = []
        self.version = 0
        self.remembered: list[Remembered] = []
        self.ids: dict[type[Model], list[int]] = {}
        self.recount = Recount(company_id)

    def start(self) -> None:
        """Take what there is as the history from which to go on."""
        self.entries, self.version = self._entries(), read.version(self.company_id)

    def check(self, now: datetime) -> Recount:
        """Assert that the ledger says what the records say, and that its past is as it was."""
        self.recount = recount = Recount(self.company_id)
        self._read_ids()
        self._check_history()
        self._check_net(recount)
        self._check_totals(recount)
        self._check_records(recount)
        self._check_memory(recount, now)
        # Costs as much as all of the above, so not after every write.
        if self.random.random() < 0.2:
            self.check_clean()
        return recount

    def check_clean(self) -> None:
        """Assert that `goalpost verify` finds nothing."""
        assert list(verify.differences(self.company_id)) == []

    def check_untouched(self) -> None:
        """Assert that nothing of the company changed since the last check."""
        assert read.version(self.company_id) == self.version
        assert Entry.objects.filter(company_id=self.company_id).count() == len(self.entries)

    def _check_history(self) -> None:
        entries = self._entries()
        assert entries[: len(self.entries)] == self.entries, "an entry was changed or erased"
        version = Book.objects.get(company_id=self.company_id).version
        assert version == Posting.objects.filter(company_id=self.company_id).count()
        has_posted = len(entries) > len(self.entries)
        assert version == self.version + has_posted, "one write is one posting, none without a difference"
        moments = list(
            Posting.objects.filter(company_id=self.company_id)
            .order_by("version")
            .values_list("at", flat=True)
        )
        assert moments == sorted(moments)
        self.entries, self.version = entries, version

    def _entries(self) -> list[tuple[object, ...]]:
        return list(Entry.objects.filter(company_id=self.company_id).order_by("id").values_list(*ENTRY))

    def _check_net(self, recount: Recount) -> None:
        counts: Counter[tuple[object, ...]] = Counter()
        amounts: Counter[tuple[object, ...]] = Counter()
        natives: Counter[tuple[object, ...]] = Counter()
        unvalued: Counter[tuple[object, ...]] = Counter()
        for _id, _version, *key, count, amount, native, unknown in self.entries:
            assert isinstance(count, int)
            assert isinstance(amount, int)
            assert isinstance(native, int)
            assert isinstance(unknown, int)
            counts[tuple(key)] += count
            amounts[tuple(key)] += amount
            natives[tuple(key)] += native
            unvalued[tuple(key)] += unknown
        net = [(key, counts[key], amounts[key], natives[key], unvalued[key]) for key in counts]
        expected = [(_key(line), 1, line.amount, line.native_amount, line.unvalued) for line in recount.lines]
        assert Counter(one for one in net if any(one[1:])) == Counter(expected)

    def _check_totals(self, recount: Recount) -> None:
        questions = [self._question() for _ in range(8)]
        expected = [[recount.total(q.selection, span) for span in q.ranges] for q in questions]
        assert read.totals(self.company_id, questions) == expected

    def _check_records(self, recount: Recount) -> None:
        selection, period = self.selection(), self.range()
        found = records(self.company_id, selection, period, limit=10_000).records
        lines = recount.behind(selection, period)
        assert sorted(found) == sorted(
            (
                line.source_id,
                line.day,
                line.owner_id,
                line.pipeline_id,
                line.item_id,
                *recount.told_in(selection.currency, line)[:2],
                line.currency,
                line.native_amount,
            )
            for line in lines
        )
        assert read.total(self.company_id, selection, period)[:3] == (
            len(found),
            sum(record.amount for record in found),
            sum(record.unvalued for record in found),
        )

    def _check_memory(self, recount: Recount, now: datetime) -> None:
        if self.remembered:
            self._check_remembered(self.random.choice(self.remembered))
        selection, period = self.selection(), self.range()
        self.remembered.append(Remembered(now, selection, period, recount.total(selection, period)))

    def check_whole_memory(self) -> None:
        """Assert that every moment is known as what it was then, and that the changes lead from it to now."""
        _kept_total_at.cache_clear()
        for remembered in self.remembered:
            self._check_remembered(remembered)

    def _check_remembered(self, remembered: Remembered) -> None:
        moment, selection, period, then = remembered
        known = total_as_known_at(self.company_id, selection, period, moment)
        assert known == then
        assert {type(figure) for figure in known} == {int}
        total = read.total(self.company_id, selection, period)
        for change in changes_since(self.company_id, selection, period, moment, limit=10_000):
            assert change.at > moment
            assert type(change.amount) is int
            total = total.plus(-change.count, -change.amount, -change.unvalued)
        assert total[:3] == then[:3], "the changes since do not lead from then to now"

    def _question(self) -> Question:
        return Question(self.selection(), tuple(self.range() for _ in range(self.random.randint(0, 4))))

    def selection(self) -> Selection:
        """Return a choice of what to count: everybody, one person, some; some pipelines, stages or types."""
        random = self.random
        measure = random.choice(list(Measure))
        items = self.ids[ActivityType if measure.counts_activities else Stage]
        return Selection(
            measure,
            self._some(self.ids[User]),
            self._some(self.ids[Pipeline]),
            self._some(items) if random.random() < 0.4 else None,
            conversion=self.recount.conversion(random.choice(["", "", "EUR", "USD", "SEK", "JPY"])),
        )

    def _read_ids(self) -> None:
        """Read what there is to choose from; 0 stands for no pipeline and no item."""
        for model in (User, Pipeline, Stage, ActivityType):
            own = model._default_manager.filter(company_id=self.company_id)
            self.ids[model] = [0, *own.values_list("id", flat=True)]

    def _some(self, ids: Sequence[int]) -> frozenset[int] | None:
        if self.random.random() < 0.4:
            return None
        return frozenset(self.random.sample(ids, self.random.randint(0, len(ids))))

    def range(self) -> Period:
        """Return a calendar period or any run of days."""
        random = self.random
        day = FIRST_DAY + timedelta(days=random.randrange((LAST_DAY - FIRST_DAY).days))
        if random.random() < 0.5:
            calendar = CompanyCalendar(random.randrange(7), random.randint(1, 12))
            return period_of(day, random.choice(list(Interval)), calendar)
        return Period(day, day + timedelta(days=random.choice([1, 7, 28, 31, 45, 100, 400])))


def _key(line: Line) -> tuple[object, ...]:
    return (
        int(line.kind),
        line.source_id,
        int(line.measure),
        line.day,
        line.owner_id,
        line.pipeline_id,
        line.item_id,
        line.currency,
    )
