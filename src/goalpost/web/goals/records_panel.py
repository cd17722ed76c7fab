"""What the panel beside a goal shows of one period: its records, whose they are, or what changed them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.money import divide_half_up
from goalpost.goals.changes import ChangeLine, ChangesBehind, changes_behind, latest_changes
from goalpost.goals.queries import GoalView, Named
from goalpost.goals.records import (
    LATEST,
    OwnersBehind,
    RecordLine,
    RecordOrder,
    RecordsBehind,
    Sorting,
    describe_records,
    orders_of,
    owners_behind,
    records_behind,
)
from goalpost.goals.results import goal_results
from goalpost.ledger.read import Total
from goalpost.web.goals.addresses import CHANGES, OWNERS, goal_address, records_address, records_file_address
from goalpost.web.goals.change_words import ChangeShown, change_shown
from goalpost.web.goals.period_lines import PeriodLine, lines_of
from goalpost.web.goals.words import DAY_COLUMNS, assignee_words, how_many
from goalpost.web.shell.typed import NotADay, parse_day
from goalpost.web.shell.viewer import Viewer

DAYS = (7, 30)
BY_DEFAULT = 30

# Nothing was posted before: earlier days have no moment in every time zone.
_EARLIEST = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Since:
    """A day, from whose first moment on changes are listed; none when what was typed is no such day.

    `typed` is what the address says, `days` how many of the last days that is, `error` what is wrong with it.
    """

    typed: str
    days: int | None
    day: date | None
    moment: datetime | None
    error: str = ""


def since_of(viewer: Viewer, typed: str) -> Since:
    """Read what an address says. Nothing is the last 30 days."""
    typed = typed.strip()
    for days in DAYS:
        if typed == str(days) or (not typed and days == BY_DEFAULT):
            day = viewer.today - timedelta(days=days)
            return Since(typed, days, day, _first_moment(viewer, day))
    try:
        day = max(parse_day(typed, viewer.language), _EARLIEST)
    except NotADay as fault:
        return Since(typed, None, None, None, str(fault))
    if day > viewer.today:
        return Since(typed, None, None, None, _("Choose a day up to today: nothing has changed later."))
    return Since(day.isoformat(), None, day, _first_moment(viewer, day))


def _first_moment(viewer: Viewer, day: date) -> datetime:
    """Return the last moment before the day, in the company's time zone: what comes after it is listed."""
    midnight = datetime.combine(day, time(), ZoneInfo(viewer.company.time_zone))
    return midnight - timedelta(microseconds=1)


_A_PAGE = 50
_ON_A_CARD = 4


@dataclass(frozen=True, slots=True)
class DaysChoice:
    """A number of days to look back, where that leads, and whether it is what is shown."""

    days: int
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes in words, and how they lead from the result as it was known to the one of now.

    Figures are in the goal's metric; those of `currency`, the company's, are minor units. `next` is where
    older changes go on.
    """

    since: Since
    lines: tuple[ChangeShown, ...]
    next: str
    currency: str
    then: int
    shown: int
    hidden: int
    has_hidden: bool
    """Whether hidden records changed the result, or how many of its values are unknown."""
    now: int
    today: date


@dataclass(frozen=True, slots=True)
class ChangesCard:
    """The latest changes, and the sum of the hidden ones. Figures as in `Changes`."""

    lines: tuple[ChangeShown, ...]
    currency: str
    hidden: int
    has_hidden: bool


def changes_tab(viewer: Viewer, goal: GoalView, period: Period, since: Since, after: str) -> Changes | None:
    """Return a page of changes, None when nobody can tell since when."""
    if since.moment is None:
        return None
    found = changes_behind(viewer.actor, goal, period, since=since.moment, limit=_A_PAGE, after=after)
    return _shown(viewer, goal, since, found)


def changes_card(viewer: Viewer, goal: GoalView, period: Period) -> ChangesCard:
    """Return the latest changes of a period, of the days looked back on by default."""
    since = since_of(viewer, "")
    assert since.moment is not None, "the last days have their moments"
    found = latest_changes(viewer.actor, goal, period, since=since.moment, limit=_ON_A_CARD)
    currency = _currency(viewer, goal)
    return ChangesCard(
        lines=_in_words(viewer, found.lines, currency),
        currency=currency,
        hidden=_figure(found.hidden, currency),
        has_hidden=any(found.hidden) if currency else found.hidden.count != 0,
    )


def chosen_days(since: Since, addresses: dict[int, str]) -> tuple[DaysChoice, ...]:
    """Return the numbers of days on offer, each with its address."""
    return tuple(DaysChoice(days, addresses[days], since.days == days) for days in DAYS)


def _shown(viewer: Viewer, goal: GoalView, since: Since, found: ChangesBehind) -> Changes:
    currency = _currency(viewer, goal)
    return Changes(
        since=since,
        lines=_in_words(viewer, found.lines, currency),
        next=found.next,
        currency=currency,
        then=_figure(found.then, currency),
        shown=_figure(found.shown, currency),
        hidden=_figure(found.hidden, currency),
        has_hidden=any(found.hidden) if currency else found.hidden.count != 0,
        now=_figure(found.now, currency),
        today=viewer.today,
    )


def _currency(viewer: Viewer, goal: GoalView) -> str:
    """Return the currency of the changes, empty when they are counts."""
    return viewer.company.currency if goal.terms.metric is Metric.SUM else ""


def _figure(total: Total, currency: str) -> int:
    return total.amount if currency else total.count


def _in_words(viewer: Viewer, lines: Sequence[ChangeLine], currency: str) -> tuple[ChangeShown, ...]:
    return tuple(change_shown(viewer, line, currency=currency) for line in lines)


_NAMES: dict[RecordOrder, StrOrPromise] = {
    RecordOrder.TITLE: gettext_lazy("Deal"),
    RecordOrder.OWNER: gettext_lazy("Owned by"),
    RecordOrder.PLACE: gettext_lazy("Stage"),
    RecordOrder.VALUE: gettext_lazy("Value"),
}
_NAMES_OF_ACTIVITIES: dict[RecordOrder, StrOrPromise] = {
    RecordOrder.TITLE: gettext_lazy("Activity"),
    RecordOrder.PLACE: gettext_lazy("Activity type"),
}
# The latest and the largest first, names from A to Z.
_DESCENDS = {RecordOrder.DAY, RecordOrder.VALUE}


@dataclass(frozen=True, slots=True)
class ColumnHead:
    """A column, how the list is sorted by it (`aria-sort`, empty when it is not), and where its head leads.

    `url` is empty for a column that tells nothing apart.
    """

    name: StrOrPromise
    order: str
    direction: str
    url: str


@dataclass(frozen=True, slots=True)
class ColumnHeads:
    title: ColumnHead
    owner: ColumnHead
    place: ColumnHead
    day: ColumnHead
    value: ColumnHead

    @property
    def first_direction(self) -> str:
        """How the first column is sorted, which holds title, owner and stage one below the other."""
        return self.title.direction or self.owner.direction or self.place.direction


def sorting_of(text: str, measure: Measure) -> Sorting:
    """Return what the address asks for, `value` or `-value`; the latest first when it is nothing known."""
    name = text.removeprefix("-")
    if name in set(RecordOrder) and (order := RecordOrder(name)) in orders_of(measure):
        return Sorting(order, is_descending=text.startswith("-"))
    return LATEST


def sorting_text(sorting: Sorting) -> str:
    """Return the sorting as addresses have it, empty for the one that needs no saying."""
    return "" if sorting == LATEST else f"{'-' if sorting.is_descending else ''}{sorting.by}"


def heads_of(measure: Measure, sorting: Sorting, address: Callable[[str], str]) -> ColumnHeads:
    """Return the heads; `address` makes one of a sorting's text."""
    known = orders_of(measure)

    def head(order: RecordOrder) -> ColumnHead:
        name = DAY_COLUMNS[measure] if order is RecordOrder.DAY else _NAMES[order]
        if measure.counts_activities:
            name = _NAMES_OF_ACTIVITIES.get(order, name)
        is_chosen = sorting.by is order
        is_next_descending = not sorting.is_descending if is_chosen else order in _DESCENDS
        direction = "descending" if sorting.is_descending else "ascending"
        return ColumnHead(
            name=name,
            order=order.value,
            direction=direction if is_chosen else "",
            url=address(sorting_text(Sorting(order, is_next_descending))) if order in known else "",
        )

    return ColumnHeads(
        title=head(RecordOrder.TITLE),
        owner=head(RecordOrder.OWNER),
        place=head(RecordOrder.PLACE),
        day=head(RecordOrder.DAY),
        value=head(RecordOrder.VALUE),
    )


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
