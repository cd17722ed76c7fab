"""One deal with everything its page shows: details, stages with the days spent in them, activities."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from goalpost.companies.errors import NotFound
from goalpost.companies.models import Company
from goalpost.crm.models import Activity, Deal, StageMove, moment_of
from goalpost.crm.queries import Named, StageRow, stages_of_company
from goalpost.domain.counting import DealStatus, Moment
from goalpost.domain.money import Money
from goalpost.domain.permissions import Actor, may_change_records_of, may_see_records_of


@dataclass(frozen=True, slots=True)
class StageStep:
    """A stage of the deal's pipeline, or one it has been in elsewhere, with its last stay there.

    `days` are those spent there in all, None where a moment is unknown; `since` and `until` are those of the
    last stay. `is_skipped` says that the deal went past it.
    """

    stage: StageRow
    days: int | None = None
    since: date | None = None
    until: date | None = None
    is_current: bool = False
    is_past: bool = False
    is_skipped: bool = False


@dataclass(frozen=True, slots=True)
class DealActivity:
    """An activity of the deal. `due_time` is in minutes after midnight."""

    id: int
    subject: str
    type_name: str
    icon: str
    owner: Named
    due_on: date | None
    due_time: int | None
    is_done: bool
    done_on: date | None
    is_late: bool
    may_change: bool


@dataclass(frozen=True, slots=True)
class DealView:
    """A deal as one actor sees it. `percent` is how likely it is, its own or its stage's, if any."""

    id: int
    title: str
    organization: str
    owner: Named
    pipeline: Named
    stage: StageRow | None
    status: DealStatus
    value: Money
    probability: int | None
    percent: int | None
    added: Moment | None
    won: Moment | None
    lost: Moment | None
    expected_close_date: date | None
    lost_reason: str
    note: str
    external_id: str
    source: str
    updated_at: datetime
    is_deleted: bool
    may_change: bool

    @property
    def closed(self) -> Moment | None:
        """When it was won or lost."""
        return self.won or self.lost

    @property
    def is_open(self) -> bool:
        return self.status is DealStatus.OPEN

    @property
    def is_won(self) -> bool:
        return self.status is DealStatus.WON


def deal_seen_by(actor: Actor, deal_id: int) -> DealView:
    """Return a deal, deleted or not. Raises NotFound for an absent, another company's or hidden one."""
    found = Deal.objects.filter(company_id=actor.company_id, pk=deal_id)
    row = found.select_related("owner", "pipeline", "stage").first()
    if row is None or not may_see_records_of(actor, row.owner_id):
        raise NotFound
    stage = row.stage
    of_stage = None if stage is None else stage.probability
    return DealView(
        id=row.pk,
        title=row.title,
        organization=row.organization,
        owner=Named(row.owner_id, row.owner.name),
        pipeline=Named(row.pipeline_id, row.pipeline.name),
        stage=None
        if stage is None
        else StageRow(
            stage.pk, stage.name, stage.pipeline_id, stage.position, stage.probability, stage.rotting_days
        ),
        status=DealStatus(row.status),
        value=Money(row.value, row.currency),
        probability=row.probability,
        percent=of_stage if row.probability is None else row.probability,
        added=moment_of(row.add_time, row.add_time_is_day),
        won=moment_of(row.won_time, row.won_time_is_day),
        lost=moment_of(row.lost_time, row.lost_time_is_day),
        expected_close_date=row.expected_close_date,
        lost_reason=row.lost_reason,
        note=row.note,
        external_id=row.external_id or "",
        source=row.source,
        updated_at=row.updated_at,
        is_deleted=row.is_deleted,
        may_change=not row.is_deleted and may_change_records_of(actor, row.owner_id),
    )


def stage_steps(actor: Actor, deal: DealView, *, time_zone: str, today: date) -> tuple[StageStep, ...]:
    """Return the stages of the deal's pipeline with the days it spent in each, in two queries.

    A day is told in the company's time zone. A deal that came from another pipeline shows this one's stages.
    """
    rows = StageMove.objects.filter(company_id=actor.company_id, deal_id=deal.id).order_by("number")
    moves = [
        (stage_id, moment_of(moved_at, is_day))
        for stage_id, moved_at, is_day in rows.values_list("stage_id", "moved_at", "moved_at_is_day")
    ]
    zone = ZoneInfo(time_zone)
    end = day_in_zone(deal.closed, zone) or today
    stays: dict[int, list[tuple[date | None, date | None]]] = {}
    for (stage_id, moment), (_next, until) in pairwise([*moves, (0, None)]):
        left = end if _next == 0 else day_in_zone(until, zone)
        stays.setdefault(stage_id, []).append((day_in_zone(moment, zone), left))
    own = [stage for stage in stages_of_company(actor) if stage.pipeline_id == deal.pipeline.id]
    last = max((stage.position for stage in own if stage.id in stays), default=0)
    return tuple(_step(deal, stage, stays.get(stage.id, []), last) for stage in own)


def _step(
    deal: DealView, stage: StageRow, stays: list[tuple[date | None, date | None]], last: int
) -> StageStep:
    is_current = deal.is_open and deal.stage is not None and deal.stage.id == stage.id
    if not stays:
        return StageStep(stage, is_skipped=stage.position < last)
    known = [max((until - since).days, 0) for since, until in stays if since and until]
    since, until = stays[-1]
    return StageStep(
        stage,
        days=sum(known) if len(known) == len(stays) else None,
        since=since,
        until=None if is_current else until,
        is_current=is_current,
        is_past=not is_current,
    )


def day_in_zone(moment: Moment | None, zone: ZoneInfo) -> date | None:
    """Return the day of a moment in a time zone; a day without a time is itself."""
    return moment.astimezone(zone).date() if isinstance(moment, datetime) else moment


_MOST_ACTIVITIES = 50


def activities_of_deal(
    actor: Actor, deal: DealView, company: Company, today: date
) -> tuple[DealActivity, ...]:
    """Return the deal's activities that the actor may see: those to be done by their day, then those done."""
    zone = ZoneInfo(company.time_zone)
    rows = (
        Activity.objects.filter(company_id=actor.company_id, deal_id=deal.id, is_deleted=False)
        .select_related("type", "owner")
        .order_by("is_done", "due_date", "due_time", "-marked_as_done_time", "pk")[:_MOST_ACTIVITIES]
    )
    return tuple(
        DealActivity(
            id=row.pk,
            subject=row.subject,
            type_name=row.type.name,
            icon=row.type.icon,
            owner=Named(row.owner_id, row.owner.name),
            due_on=row.due_date,
            due_time=row.due_time,
            is_done=row.is_done,
            done_on=day_in_zone(moment_of(row.marked_as_done_time, row.marked_as_done_time_is_day), zone),
            is_late=not row.is_done and row.due_date is not None and row.due_date < today,
            may_change=may_change_records_of(actor, row.owner_id),
        )
        for row in rows
        if may_see_records_of(actor, row.owner_id)
    )
