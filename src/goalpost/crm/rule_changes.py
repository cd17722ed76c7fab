"""Changes of the rules that records are counted by: rates, probabilities, stage order, time zone.

Few records are recounted in the transaction that makes the change. Many are recounted by a job: in batches
without locking the book, while results follow the former rule, then in one posting with the change itself
(`ledger.staging`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.db.models import Max, QuerySet
from django.utils import timezone
from django_tasks import TaskContext, task

from goalpost.companies.models import Company
from goalpost.crm.models import Activity, Deal, ExchangeRate, Pipeline, Stage, StageMove
from goalpost.crm.posting import StoredRates, company_rules, crm_write, reconcile
from goalpost.crm.recount import BATCH, recount, title_keys
from goalpost.crm.seals import insert_sealed, update_sealed
from goalpost.domain.changes import PostingAction
from goalpost.domain.counting import DealStatus, Rules
from goalpost.domain.permissions import Actor
from goalpost.jobs.board import open_jobs
from goalpost.jobs.lease import Lease, NotYet, lease_of
from goalpost.jobs.models import Job
from goalpost.jobs.queue import after_final_failure, for_company
from goalpost.ledger.models import Reason, SourceKind
from goalpost.ledger.post import Act, PostingWriter, writing
from goalpost.ledger.staging import (
    abandon_staging,
    begin_staging,
    discard_staged,
    post_staged,
    recount_under_way,
    stage,
    staged_lines,
    staged_rows,
)

AT_ONCE = 2000
"""Up to this many records are recounted within the request."""


@dataclass(frozen=True, slots=True)
class NewRate:
    """An exchange rate of a currency from a day on."""

    currency: str
    day: str
    rate: str

    @property
    def note(self) -> str:
        return f"rate {self.currency}"

    def about(self, company_id: int) -> str:  # noqa: ARG002  as the other changes
        return f"{self.currency} {self.day}"

    def concerned(self, company_id: int) -> "QuerySet[Deal]":
        return Deal.objects.filter(company_id=company_id, currency=self.currency)

    def applied_to(self, rules: Rules, company_id: int) -> Rules:
        rate = (date.fromisoformat(self.day), Decimal(self.rate))
        return replace(rules, rates=StoredRates(company_id, {self.currency: rate}))

    def make(self, writer: PostingWriter) -> None:
        act, day, rate = writer.act, date.fromisoformat(self.day), Decimal(self.rate)
        known = ExchangeRate.objects.filter(
            company_id=act.company_id, currency=self.currency, day=day, recorded_at=act.now
        )
        if ids := list(known.values_list("pk", flat=True)):
            update_sealed(writer, ExchangeRate, ids, rate=rate, recorded_by_id=act.actor_id)
        else:
            new = ExchangeRate(
                company_id=act.company_id,
                currency=self.currency,
                day=day,
                rate=rate,
                recorded_at=act.now,
                recorded_by_id=act.actor_id,
            )
            insert_sealed(writer, new)


@dataclass(frozen=True, slots=True)
class NewProbability:
    """A stage's probability in percent, or None."""

    stage_id: int
    probability: int | None

    @property
    def note(self) -> str:
        return "stage probability"

    def about(self, company_id: int) -> str:
        return Stage.objects.values_list("name", flat=True).get(company_id=company_id, pk=self.stage_id)

    def concerned(self, company_id: int) -> "QuerySet[Deal]":
        return Deal.objects.filter(
            company_id=company_id,
            stage_id=self.stage_id,
            status=DealStatus.OPEN,
            probability__isnull=True,
        )

    def applied_to(self, rules: Rules, company_id: int) -> Rules:  # noqa: ARG002  as the other changes
        changed = replace(rules.stages[self.stage_id], probability=self.probability)
        return replace(rules, stages={**rules.stages, self.stage_id: changed})

    def make(self, writer: PostingWriter) -> None:
        update_sealed(writer, Stage, [self.stage_id], probability=self.probability)


@dataclass(frozen=True, slots=True)
class NewTimeZone:
    """The time zone that decides the day of moments."""

    time_zone: str

    @property
    def note(self) -> str:
        return f"time zone {self.time_zone}"

    def about(self, company_id: int) -> str:  # noqa: ARG002  as the other changes
        return self.time_zone

    def concerned(self, company_id: int) -> "QuerySet[Deal]":
        return Deal.objects.filter(company_id=company_id)

    def applied_to(self, rules: Rules, company_id: int) -> Rules:  # noqa: ARG002  as the other changes
        return replace(rules, time_zone=ZoneInfo(self.time_zone))

    def make(self, writer: PostingWriter) -> None:
        Company.objects.filter(pk=writer.act.company_id).update(time_zone=self.time_zone)


@dataclass(frozen=True, slots=True)
class NewStageOrder:
    """All stages of a pipeline in their order."""

    pipeline_id: int
    stage_ids: Sequence[int]

    @property
    def note(self) -> str:
        return "stage order"

    def about(self, company_id: int) -> str:
        return Pipeline.objects.values_list("name", flat=True).get(company_id=company_id, pk=self.pipeline_id)

    def concerned(self, company_id: int) -> "QuerySet[Deal]":
        # A deal that never moved has entered only the stage it was created in, in any order.
        moves = StageMove.objects.filter(company_id=company_id, stage_id__in=self.stage_ids, number__gt=1)
        return Deal.objects.filter(company_id=company_id, id__in=moves.values("deal_id"))

    def applied_to(self, rules: Rules, company_id: int) -> Rules:  # noqa: ARG002  as the other changes
        placed = {
            stage_id: replace(rules.stages[stage_id], position=position)
            for position, stage_id in enumerate(self.stage_ids, start=1)
        }
        return replace(rules, stages={**rules.stages, **placed})

    def make(self, writer: PostingWriter) -> None:
        own = Stage.objects.filter(company_id=writer.act.company_id, pipeline_id=self.pipeline_id)
        # Positions are unique at any moment: first move all behind the last.
        behind = max(own.aggregate(Max("position"))["position__max"], len(self.stage_ids))
        for first in (behind + 1, 1):
            for position, stage_id in enumerate(self.stage_ids, start=first):
                update_sealed(writer, Stage, [stage_id], position=position)


RuleChange = NewRate | NewProbability | NewTimeZone | NewStageOrder
_ACTIONS: Mapping[type, PostingAction] = {
    NewRate: PostingAction.CHANGED_RATE,
    NewProbability: PostingAction.CHANGED_PROBABILITY,
    NewTimeZone: PostingAction.CHANGED_TIME_ZONE,
    NewStageOrder: PostingAction.CHANGED_ORDER,
}
_KINDS: Mapping[str, type[RuleChange]] = {
    kind.__name__: kind for kind in (NewRate, NewProbability, NewTimeZone, NewStageOrder)
}


class _RulesChanged(Exception):
    """Another rule changed while this one's records were recounted."""


def change_rule(actor: Actor, change: RuleChange, *, now: datetime) -> int | None:
    """Make the change and recount its records. Returns the job that does it, if there are many."""
    company_id = actor.company_id
    with crm_write(
        actor, now=now, reason=Reason.RULE, note=change.note, action=_ACTIONS[type(change)]
    ) as writer:
        concerned = [_concerned(change, kind, company_id) for kind in SourceKind]
        # In the order of requests: no change is made while a recount is running.
        if sum(each.count() for each in concerned) > AT_ONCE or recounts_under_way(company_id):
            asked = for_company(recount_for_rule, company_id, about=change.about(company_id))
            arguments = {"kind": type(change).__name__, **asdict(change)}
            return int(asked.enqueue(company_id, actor.user_id, arguments).id)
        change.make(writer)
        deals, activities = (list(each.order_by("id").values_list("id", flat=True)) for each in concerned)
        reconcile(writer, deals=deals, activities=activities)
    return None


def records_concerned(company_id: int, changes: Sequence[RuleChange]) -> int:
    """Return how many records the changes recount; one that several concern counts for each."""
    return sum(_concerned(each, kind, company_id).count() for each in changes for kind in SourceKind)


def is_done_at_once(company_id: int, changes: Sequence[RuleChange]) -> bool:
    """Whether `change_rule` makes each of them at once, and leaves none to a job."""
    return not recounts_under_way(company_id) and all(
        records_concerned(company_id, [each]) <= AT_ONCE for each in changes
    )


def recounts_under_way(company_id: int) -> list[Job]:
    """Return the company's unfinished recounts, in the order they are made."""
    return open_jobs(recount_for_rule, company_id)


@task(takes_context=True)
def recount_for_rule(context: TaskContext, company_id: int, actor_id: int, change: dict[str, object]) -> None:
    """Recount the records of a changed rule, and make the change."""
    lease = lease_of(context)
    kind = str(change.pop("kind"))
    rule: RuleChange = _KINDS[kind](**change)  # type: ignore[arg-type]  # as `asdict` gave them
    state = (lease.job.pk, lease.job.progress.get("rules"))
    # Another one's: this was tried before, was given up and is retried.
    if state != (recount_under_way(company_id), _fingerprint(company_id)):
        _begin(lease, company_id, rule)
    _count(lease, company_id, rule)
    try:
        _switch(lease, company_id, actor_id, rule)
    except _RulesChanged:
        lease.keep({})
        raise NotYet from None


@after_final_failure(recount_for_rule)
def _give_up(job: Job) -> None:
    """Let results be those of the rule that stands, and say so no more that they are being recounted."""
    abandon_staging(job.company_id, job.pk)


def _begin(lease: Lease, company_id: int, rule: RuleChange) -> None:
    """Start staging: writers mark their records from now on. Raises NotYet during an earlier recount."""
    if any(job.pk < lease.job.pk for job in recounts_under_way(company_id)):
        raise NotYet
    number = sum(_concerned(rule, kind, company_id).count() for kind in SourceKind)
    with lease.transaction(), writing(Act(company_id, timezone.now())) as writer:
        begin_staging(writer, lease.job.pk)
        lease.keep(
            {"rules": _fingerprint(company_id), "kind": SourceKind.DEAL, "last": 0, "done": 0, "of": number}
        )


def _count(lease: Lease, company_id: int, rule: RuleChange) -> None:
    """Stage the new contributions, some thousand records per transaction."""
    rules = rule.applied_to(company_rules(company_id), company_id)
    for kind in SourceKind:
        if kind < lease.job.progress["kind"]:
            continue
        if kind > lease.job.progress["kind"]:
            lease.job.progress |= {"kind": kind, "last": 0}
        concerned = _concerned(rule, kind, company_id).order_by("id").values_list("id", flat=True)
        while ids := list(concerned.filter(id__gt=lease.job.progress["last"])[:BATCH]):
            wanted = recount(kind, company_id, rules, ids)
            rows = staged_rows(company_id, kind, wanted, title_keys(kind, company_id, ids))
            done = int(lease.job.progress["done"]) + len(ids)
            with lease.transaction():
                stage(rows)
                lease.keep({**lease.job.progress, "kind": kind, "last": ids[-1], "done": done})


def _switch(lease: Lease, company_id: int, actor_id: int, rule: RuleChange) -> None:
    """Make the change and post everything staged, in one posting. Raises _RulesChanged."""
    lines = staged_lines(company_id)
    act = Act(company_id, timezone.now(), actor_id or None, Reason.RULE, rule.note, _ACTIONS[type(rule)])
    with lease.last_transaction(), writing(act) as writer:
        if (writer.recount_job, _fingerprint(company_id)) != (lease.job.pk, lease.job.progress["rules"]):
            raise _RulesChanged
        rule.make(writer)
        marked = post_staged(writer, lines)
        reconcile(writer, deals=marked[SourceKind.DEAL], activities=marked[SourceKind.ACTIVITY])
    discard_staged(company_id)


def _concerned(
    change: RuleChange, kind: SourceKind, company_id: int
) -> "QuerySet[Deal] | QuerySet[Activity]":
    if kind is SourceKind.DEAL:
        return change.concerned(company_id)
    everything = Activity.objects.filter(company_id=company_id)
    return everything if isinstance(change, NewTimeZone) else everything.none()


def _fingerprint(company_id: int) -> str:
    """Return a hash of the company's current rules."""
    state = (
        Company.objects.values_list("time_zone", "currency").get(pk=company_id),
        sorted(
            Stage.objects.filter(company_id=company_id).values_list(
                "id", "pipeline_id", "position", "probability"
            ),
            key=lambda row: row[0],
        ),
        sorted(ExchangeRate.objects.filter(company_id=company_id).values_list("currency", "day", "rate")),
    )
    return sha256(repr(state).encode()).hexdigest()
