"""The board of a pipeline: sums of each stage's open deals, and cards of them, some at a time.

Sums come from the ledger's tallies, so that they cost the same whatever the number of deals; only a filter by
words or close date reads deals. The weighted sum is rounded once a stage, not once a deal (decision 0031).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import RawSQL
from django.db.models.fields import BooleanField

from goalpost.companies.actors import existing_teams, memberships_on
from goalpost.companies.models import User
from goalpost.crm.models import Activity, Deal, moment_of
from goalpost.crm.queries import Named, StageRow
from goalpost.domain.alphabet import by_name
from goalpost.domain.measures import Measure
from goalpost.domain.money import Money
from goalpost.domain.permissions import Actor, may_change_records_of, visible_record_owners
from goalpost.ledger.models import CompanyDayTally, OwnerMonthTally, SourceKind, Standing
from goalpost.ledger.questions import NOTHING, Total

AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """Which open deals of a pipeline are shown: of these people, with these words, closing on these days.

    `people` None is everybody; both days count.
    """

    pipeline_id: int
    people: frozenset[int] | None = None
    words: str = ""
    closes_from: date | None = None
    closes_to: date | None = None

    @property
    def reads_deals(self) -> bool:
        """Whether sums cannot come from tallies."""
        return bool(self.words or self.closes_from or self.closes_to)


@dataclass(frozen=True, slots=True)
class StageSum:
    """What a stage's open deals are worth in minor units of the company's currency, and weighted."""

    total: Total = NOTHING
    weighted: int = 0


@dataclass(frozen=True, slots=True)
class NextActivity:
    """What is to be done next for a deal."""

    subject: str
    icon: str
    due_on: date | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class Card:
    """An open deal on the board. `days` are those in its stage, None if unknown."""

    id: int
    title: str
    organization: str
    owner: Named
    stage_id: int
    value: Money
    days: int | None
    is_rotting: bool
    closes_on: date | None
    is_overdue: bool
    next: NextActivity | None
    updated_at: datetime
    may_change: bool

    @property
    def seen(self) -> str:
        """Sent back with a change, to find whether somebody changed the deal meanwhile."""
        return self.updated_at.isoformat()


@dataclass(frozen=True, slots=True)
class CardPage:
    """Cards of a stage, the one changed last first. `next` is where they go on, empty at the end."""

    cards: tuple[Card, ...]
    next: str


def people_of_team(actor: Actor, team_id: int, day: date) -> frozenset[int]:
    """Return who is on an existing team on a day."""
    found = memberships_on(actor.company_id, day).filter(team_id=team_id)
    return frozenset(found.values_list("user_id", flat=True))


def owners_to_filter(actor: Actor) -> tuple[tuple[Named, ...], tuple[Named, ...]]:
    """Return the teams and active people to filter by, in two queries; none for who sees only their own."""
    if visible_record_owners(actor) is not None:
        return (), ()
    teams = existing_teams(actor.company_id).values_list("pk", "name")
    people = User.objects.filter(company_id=actor.company_id, is_active=True).values_list("pk", "name")
    return _by_name(teams), _by_name(people)


def _by_name(rows: Iterable[tuple[int, str]]) -> tuple[Named, ...]:
    return tuple(sorted((Named(*row) for row in rows), key=lambda each: by_name(each.name, each.id)))


def _people_seen(actor: Actor, chosen: BoardFilter) -> frozenset[int] | None:
    visible = visible_record_owners(actor)
    if visible is None or chosen.people is None:
        return chosen.people if visible is None else visible
    return visible & chosen.people


def stage_sums(actor: Actor, chosen: BoardFilter, stages: Sequence[StageRow]) -> Mapping[int, StageSum]:
    """Return the sum of each stage that has deals, in two queries."""
    totals = _totals(actor, chosen)
    chances = {stage.id: 100 if stage.probability is None else stage.probability for stage in stages}
    hundredths: dict[int, int] = defaultdict(int)
    for stage_id, total in totals.items():
        hundredths[stage_id] = total.amount * chances.get(stage_id, 100)
    for stage_id, own, amount in _own_probabilities(actor, chosen):
        hundredths[stage_id] += amount * (own - chances.get(stage_id, 100))
    return {stage_id: StageSum(total, _rounded(hundredths[stage_id])) for stage_id, total in totals.items()}


def _rounded(hundredths: int) -> int:
    """Return hundredths of minor units as minor units, half to even."""
    whole, rest = divmod(hundredths, 100)
    return whole + (rest > 50 or (rest == 50 and whole % 2 == 1))  # noqa: PLR2004  half


def _totals(actor: Actor, chosen: BoardFilter) -> dict[int, Total]:
    where = {"company_id": actor.company_id, "measure": Measure.OPEN_VALUE, "pipeline_id": chosen.pipeline_id}
    people = _people_seen(actor, chosen)
    found: QuerySet[Standing] | QuerySet[CompanyDayTally] | QuerySet[OwnerMonthTally]
    if chosen.reads_deals:
        found = _standings(actor, _deals(actor, chosen))
    elif people is None:
        found = CompanyDayTally.objects.filter(**where)
    else:
        found = OwnerMonthTally.objects.filter(**where, owner_id__in=people)
    sums = found.order_by().values_list("item_id").annotate(Sum("count"), Sum("amount"), Sum("unvalued"))
    return {stage_id: Total(count, amount, unvalued) for stage_id, count, amount, unvalued in sums if count}


def _standings(actor: Actor, deals: QuerySet[Deal]) -> QuerySet[Standing]:
    return Standing.objects.filter(
        company_id=actor.company_id,
        source_kind=SourceKind.DEAL,
        source_id__in=deals.order_by().values("pk"),
        measure=Measure.OPEN_VALUE,
    )


def _own_probabilities(actor: Actor, chosen: BoardFilter) -> QuerySet[Standing, tuple[int, int, int]]:
    """Return what deals with a probability of their own are worth, by stage and that probability."""
    own = Deal.objects.filter(company_id=OuterRef("company_id"), pk=OuterRef("source_id"))
    found = _standings(actor, _deals(actor, chosen).filter(probability__isnull=False))
    with_own = found.order_by().annotate(own=Subquery(own.values("probability")[:1]))
    return with_own.values_list("item_id", "own").annotate(Sum("amount"))


def _deals(actor: Actor, chosen: BoardFilter) -> QuerySet[Deal]:
    # Inlined: SQLite uses a partial index only for a literal condition. Unqualified: a subquery has an alias.
    is_open = RawSQL("status = 'open'", (), output_field=BooleanField())
    found = Deal.objects.filter(
        is_open, company_id=actor.company_id, pipeline_id=chosen.pipeline_id, is_deleted=False
    )
    people = _people_seen(actor, chosen)
    if people is not None:
        found = found.filter(owner_id__in=people)
    if chosen.words:
        found = found.filter(Q(title__icontains=chosen.words) | Q(organization__icontains=chosen.words))
    if chosen.closes_from:
        found = found.filter(expected_close_date__gte=chosen.closes_from)
    if chosen.closes_to:
        found = found.filter(expected_close_date__lte=chosen.closes_to)
    return found


@dataclass(frozen=True, slots=True)
class BoardReader:
    """Reads the cards of a board for an actor, on a day of the company."""

    actor: Actor
    chosen: BoardFilter
    stages: Sequence[StageRow]
    time_zone: str
    today: date

    def pages(self, after: Mapping[int, str]) -> dict[int, CardPage]:
        """Return a page of each stage, `after` where another ended, in a query a stage and one more."""
        rows = {stage.id: self._rows(stage.id, after.get(stage.id, "")) for stage in self.stages}
        due = self._next_activities([row.pk for some in rows.values() for row in some[:AT_ONCE]])
        return {
            stage_id: CardPage(
                tuple(self._card(row, due) for row in some[:AT_ONCE]),
                _cursor(some[AT_ONCE - 1]) if len(some) > AT_ONCE else "",
            )
            for stage_id, some in rows.items()
        }

    def card(self, deal_id: int) -> Card | None:
        """Return the card of one deal, None where the board does not show it."""
        row = _deals(self.actor, self.chosen).filter(pk=deal_id).select_related("owner").first()
        return None if row is None else self._card(row, self._next_activities([row.pk]))

    def _rows(self, stage_id: int, after: str) -> list[Deal]:
        found = _deals(self.actor, self.chosen).filter(stage_id=stage_id).select_related("owner")
        place = _place(after)
        if place is not None:
            moment, deal_id = place
            earlier = Q(updated_at__lt=moment) | Q(updated_at=moment, pk__lt=deal_id)
            found = found.filter(earlier, updated_at__lte=moment)
        return list(found.defer("note").order_by("-updated_at", "-pk")[: AT_ONCE + 1])

    def _next_activities(self, deal_ids: Sequence[int]) -> dict[int, NextActivity]:
        visible = visible_record_owners(self.actor)
        rows = Activity.objects.filter(
            company_id=self.actor.company_id, deal_id__in=deal_ids, is_done=False, is_deleted=False
        )
        if visible is not None:
            rows = rows.filter(owner_id__in=visible)
        found: dict[int, NextActivity] = {}
        columns = ("deal_id", "subject", "type__icon", "due_date", "due_time", "pk")
        for deal_id, subject, icon, due_on, _time, _pk in sorted(
            rows.values_list(*columns),
            key=lambda row: (row[3] or date.max, row[4] is None, row[4] or 0, row[5]),
        ):
            is_late = due_on is not None and due_on < self.today
            found.setdefault(deal_id, NextActivity(subject, icon, due_on, is_late))
        return found

    def _card(self, row: Deal, due: Mapping[int, NextActivity]) -> Card:
        days = self._days_in_stage(row)
        rots = next((stage.rotting_days for stage in self.stages if stage.id == row.stage_id), None)
        return Card(
            id=row.pk,
            title=row.title,
            organization=row.organization,
            owner=Named(row.owner_id, row.owner.name),
            stage_id=row.stage_id or 0,
            value=Money(row.value, row.currency),
            days=days,
            is_rotting=days is not None and rots is not None and days > rots,
            closes_on=row.expected_close_date,
            is_overdue=row.expected_close_date is not None and row.expected_close_date < self.today,
            next=due.get(row.pk),
            updated_at=row.updated_at,
            may_change=may_change_records_of(self.actor, row.owner_id),
        )

    def _days_in_stage(self, row: Deal) -> int | None:
        entered = moment_of(row.stage_change_time, row.stage_change_time_is_day)
        if entered is None:
            entered = moment_of(row.add_time, row.add_time_is_day)
        if entered is None:
            return None
        day = (
            entered.astimezone(ZoneInfo(self.time_zone)).date() if isinstance(entered, datetime) else entered
        )
        return max((self.today - day).days, 0)


def _cursor(row: Deal) -> str:
    return f"{row.updated_at.isoformat()}~{row.pk}"


def _place(after: str) -> tuple[datetime, int] | None:
    """Return the place that a cursor names; an unreadable one is the beginning."""
    moment, _tilde, number = after.partition("~")
    try:
        place = datetime.fromisoformat(moment), int(number)
    except ValueError:
        return None
    return place if place[0].tzinfo is not None and 0 <= place[1] < 2**53 else None
