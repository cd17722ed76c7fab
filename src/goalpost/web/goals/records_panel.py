"""What the panel beside a goal shows of one period: its records, whose they are, or what changed them."""

from dataclasses import dataclass

from django_stubs_ext import StrOrPromise

from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.money import divide_half_up
from goalpost.goals.behind import RecordsBehind, records_behind
from goalpost.goals.owners import OwnersBehind, owners_behind
from goalpost.goals.queries import GoalView, Named
from goalpost.goals.record_order import Sorting
from goalpost.goals.records import RecordLine, describe_records
from goalpost.goals.results import goal_results
from goalpost.ledger.read import Total
from goalpost.web.goals.addresses import CHANGES, OWNERS, goal_address, records_address, records_file_address
from goalpost.web.goals.changes import Changes, DaysChoice, changes_tab, chosen_days
from goalpost.web.goals.period_lines import PeriodLine, lines_of
from goalpost.web.goals.record_sorts import ColumnHeads, heads_of, sorting_text
from goalpost.web.goals.since import DAYS, Since
from goalpost.web.goals.words import DAY_COLUMNS, assignee_words, how_many
from goalpost.web.viewer import Viewer

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: a period of the goal, with the place its neighbours are beside."""

    everything: tuple[Period, ...]
    at: int
    window: Period | None
    tab: str
    sorting: Sorting
    since: Since
    after: str

    @property
    def period(self) -> Period:
        return self.everything[self.at]


@dataclass(frozen=True, slots=True)
class RecordsLinks:
    """Where the panel leads to; empty where there is nothing to lead to."""

    here: str
    records: str
    owners: str
    changes: str
    close: str
    previous: str
    next: str
    first: str
    more: str
    csv: str
    xlsx: str


@dataclass(frozen=True, slots=True)
class OwnerLine:
    """What one person's records bring, and how much of the whole that is, in per cent."""

    owner: Named
    part: Total
    share: int | None


@dataclass(frozen=True, slots=True)
class RecordsPanel:
    """A period of a goal with a page of its records, or with its changes. Amounts in minor units."""

    goal: GoalView
    line: PeriodLine
    currency: str
    """The company's: what records are worth, also where a goal only counts them."""
    tab: str
    behind: RecordsBehind
    records: tuple[RecordLine, ...]
    heads: ColumnHeads
    owners: tuple[OwnerLine, ...]
    hidden_share: int | None
    since: Since
    days: tuple[DaysChoice, ...]
    changes: Changes | None
    hidden_fields: tuple[tuple[str, str], ...]
    """What a form that chooses a day has to keep of the address."""
    assignee: str
    day_column: StrOrPromise
    counts_deals: bool
    is_forecast: bool
    by_value: bool
    count_words: str
    shown_words: str
    hidden_words: str
    links: RecordsLinks

    @property
    def is_page(self) -> bool:
        """Whether the list does not begin at its beginning."""
        return bool(self.links.first)


def panel_of_records(viewer: Viewer, goal: GoalView, asked: Asked) -> RecordsPanel:
    """Return the panel, in a constant number of queries. Read it in one snapshot with the page beside it."""
    terms, language, period = goal.terms, viewer.language, asked.period
    (results,) = goal_results(viewer.company, [(goal, (period,))], today=viewer.today)
    (line,) = lines_of(viewer, goal, results.periods, asked.window)
    behind = records_behind(
        viewer.actor,
        goal,
        period,
        limit=0 if asked.tab else PAGE_SIZE,
        sorting=asked.sorting,
        after=asked.after,
    )
    by_value = terms.metric is Metric.SUM
    owners = owners_behind(viewer.actor, goal, period) if asked.tab == OWNERS else None
    is_changes = asked.tab == CHANGES
    changes = changes_tab(viewer, goal, period, asked.since, asked.after) if is_changes else None
    more = (changes.next if changes else "") if is_changes else behind.next
    address = _Addresses(goal, asked)
    return RecordsPanel(
        goal=goal,
        line=line,
        currency=viewer.company.currency,
        tab=asked.tab,
        behind=behind,
        records=describe_records(viewer.actor, terms.measure, behind.records),
        heads=heads_of(terms.measure, asked.sorting, address.sorted_by),
        owners=_owner_lines(owners, by_value=by_value) if owners else (),
        hidden_share=_share(owners.hidden, owners.total, by_value=by_value) if owners else None,
        since=asked.since,
        days=chosen_days(asked.since, {days: address.since(str(days)) for days in DAYS}),
        changes=changes,
        hidden_fields=address.fields,
        assignee=assignee_words(goal),
        day_column=DAY_COLUMNS[terms.measure],
        counts_deals=terms.measure.counts_deals,
        is_forecast=terms.measure is Measure.REVENUE_FORECAST,
        by_value=by_value,
        count_words=how_many(terms.measure, behind.total.count, language),
        shown_words=how_many(terms.measure, behind.shown.count, language),
        hidden_words=how_many(terms.measure, behind.hidden.count, language),
        links=address.links(viewer, more),
    )


def _owner_lines(owners: OwnersBehind, *, by_value: bool) -> tuple[OwnerLine, ...]:
    """Return the owners who bring most first; of those who bring the same, by name."""
    lines = [
        OwnerLine(each.owner, each.part, _share(each.part, owners.total, by_value=by_value))
        for each in owners.parts
    ]
    return tuple(sorted(lines, key=lambda line: -(line.part.amount if by_value else line.part.count)))


def _share(part: Total, whole: Total, *, by_value: bool) -> int | None:
    """Return how many per cent of the whole a part is, None of a whole that is none."""
    of_part, of_whole = (part.amount, whole.amount) if by_value else (part.count, whole.count)
    return divide_half_up(100 * of_part, of_whole) if of_whole > 0 else None


@dataclass(frozen=True, slots=True)
class _Addresses:
    """The addresses of everything beside what is shown."""

    goal: GoalView
    asked: Asked

    def sorted_by(self, sort: str) -> str:
        return self._of(self.asked.at, sort=sort)

    def since(self, typed: str) -> str:
        return self._of(self.asked.at, tab=CHANGES, since=typed)

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        window = self.asked.window
        days = (("from", window.start.isoformat()), ("to", window.last_day.isoformat())) if window else ()
        return (("period", self.asked.period.start.isoformat()), *days, ("tab", CHANGES))

    def links(self, viewer: Viewer, more: str) -> RecordsLinks:
        asked = self.asked
        sort, since = sorting_text(asked.sorting), asked.since.typed
        here = {OWNERS: {"tab": OWNERS}, CHANGES: {"tab": CHANGES, "since": since}}.get(
            asked.tab, {"sort": sort}
        )
        return RecordsLinks(
            here=self._of(asked.at, **here, after=asked.after),
            records=self._of(asked.at, sort=sort),
            owners=self._of(asked.at, tab=OWNERS),
            changes=self._of(asked.at, tab=CHANGES),
            close=goal_address(self.goal.public_id, asked.window),
            previous=self._of(asked.at - 1, **here) if asked.at else "",
            next=self._of(asked.at + 1, **here) if self._has_next(viewer) else "",
            first=self._of(asked.at, **here) if asked.after else "",
            more=self._of(asked.at, **here, after=more) if more else "",
            csv=records_file_address(self.goal.public_id, "csv", asked.period.start, sort),
            xlsx=records_file_address(self.goal.public_id, "xlsx", asked.period.start, sort),
        )

    def _of(self, at: int, **shown: str) -> str:
        start = self.asked.everything[at].start
        return records_address(self.goal.public_id, start, self.asked.window, **shown)

    def _has_next(self, viewer: Viewer) -> bool:
        """Whether to step on: to a period that has begun, with a forecast also to those ahead."""
        asked = self.asked
        if asked.at + 1 == len(asked.everything):
            return False
        looks_ahead = self.goal.terms.measure is Measure.REVENUE_FORECAST
        return looks_ahead or asked.everything[asked.at + 1].start <= viewer.today
