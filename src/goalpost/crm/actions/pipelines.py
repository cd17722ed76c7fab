"""Changing pipelines and stages: one by one, or all that a page shows in one transaction. Admins only."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext as _

from goalpost.companies.audit import AuditAction, AuditValue, Subject, record
from goalpost.companies.company import locked_company
from goalpost.companies.errors import Changed, InvalidInput
from goalpost.crm import checks
from goalpost.crm.actions.setup import change_stage_order, change_stage_probability
from goalpost.crm.models import Pipeline, Stage
from goalpost.crm.posting import crm_write
from goalpost.crm.queries import PipelineRow, pipelines_of_company
from goalpost.crm.rule_changes import NewProbability, NewStageOrder, RuleChange
from goalpost.crm.seals import update_sealed
from goalpost.domain.permissions import Actor

MOST_ROTTING_DAYS = 3650


@dataclass(frozen=True, slots=True)
class StageSettings:
    """What an admin sets of a stage."""

    id: int
    name: str
    probability: int | None
    rotting_days: int | None


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """What an admin sets of a pipeline; its stages in their order."""

    id: int
    name: str
    stages: tuple[StageSettings, ...]


def settings_of(pipelines: Sequence[PipelineRow]) -> tuple[PipelineSettings, ...]:
    """Return the settings as they stand."""
    return tuple(
        PipelineSettings(
            each.id,
            each.name,
            tuple(
                StageSettings(stage.id, stage.name, stage.probability, stage.rotting_days)
                for stage in each.stages
            ),
        )
        for each in pipelines
    )


def state_of(pipelines: Sequence[PipelineRow]) -> str:
    """Return a fingerprint of the settings, which a form sends back to detect changes."""
    return sha256(repr(pipelines).encode()).hexdigest()[:16]


def rename_pipeline(*, actor: Actor, pipeline_id: int, name: str, now: datetime) -> None:
    """Rename a pipeline. Raises InvalidInput when the name is taken."""
    checks.require_admin(actor)
    name = checks.checked_text(name, field="name", longest=200)
    with crm_write(actor, now=now) as writer:
        own = Pipeline.objects.filter(company_id=actor.company_id)
        if not own.filter(pk=pipeline_id).exists():
            raise InvalidInput(_("There is no such pipeline."), field="pipeline")
        if own.filter(name=name).exclude(pk=pipeline_id).exists():
            raise InvalidInput(_("There is already a pipeline with that name."), field="name")
        update_sealed(writer, Pipeline, [pipeline_id], name=name)


def rename_stage(*, actor: Actor, stage_id: int, name: str, now: datetime) -> None:
    """Rename a stage. Raises InvalidInput when its pipeline has one of that name."""
    checks.require_admin(actor)
    name = checks.checked_text(name, field="name", longest=200)
    with crm_write(actor, now=now) as writer:
        stage = checks.found_stage(actor.company_id, stage_id)
        own = Stage.objects.filter(company_id=actor.company_id, pipeline_id=stage.pipeline_id)
        if own.filter(name=name).exclude(pk=stage_id).exists():
            raise InvalidInput(_("The pipeline already has a stage with that name."), field="name")
        update_sealed(writer, Stage, [stage_id], name=name)


def change_rotting_days(*, actor: Actor, stage_id: int, days: int | None, now: datetime) -> None:
    """Set after how many days in the stage an open deal rots, None for never. Raises InvalidInput."""
    checks.require_admin(actor)
    if days is not None and not 1 <= days <= MOST_ROTTING_DAYS:
        raise InvalidInput(
            _("Use 1 to %(most)d days, or leave it empty for never.") % {"most": MOST_ROTTING_DAYS},
            field="rotting_days",
        )
    with crm_write(actor, now=now) as writer:
        checks.found_stage(actor.company_id, stage_id)
        update_sealed(writer, Stage, [stage_id], rotting_days=days)


def change_pipelines(
    *, actor: Actor, wanted: Sequence[PipelineSettings], now: datetime, state: str = ""
) -> None:
    """Make the pipelines and stages as wanted, all or nothing; pipelines that are not named stay.

    Many deals are recounted by jobs, one after the other, until which a stage's probability or order stays.
    Raises NotAllowed, InvalidInput with a field such as `probability-7`, and Changed when the settings are
    no longer in the `state` seen.
    """
    checks.require_admin(actor)
    with transaction.atomic():
        company = locked_company(actor)
        stored = pipelines_of_company(actor)
        if state and state != state_of(stored):
            raise Changed
        known = {each.id: each for each in settings_of(stored)}
        for pipeline in wanted:
            if pipeline.id not in known:
                raise InvalidInput(_("There is no such pipeline."), field="pipeline")
            changes = dict(_change(actor, known[pipeline.id], pipeline, now))
            if changes:
                record(
                    actor=actor, action=AuditAction.CHANGED, on=Subject.of(company), now=now, changes=changes
                )


def rules_changed(stored: Sequence[PipelineSettings], wanted: Sequence[PipelineSettings]) -> list[RuleChange]:
    """Return the changes among them that deals are recounted for."""
    known = {each.id: each for each in stored}
    changed: list[RuleChange] = []
    for pipeline in wanted:
        before = {stage.id: stage for stage in known[pipeline.id].stages}
        changed += [
            NewProbability(stage.id, stage.probability)
            for stage in pipeline.stages
            if stage.id in before and stage.probability != before[stage.id].probability
        ]
        order = [stage.id for stage in pipeline.stages]
        if order != list(before):
            changed.append(NewStageOrder(pipeline.id, order))
    return changed


def _change(
    actor: Actor, was: PipelineSettings, wanted: PipelineSettings, now: datetime
) -> Iterator[tuple[str, tuple[AuditValue, AuditValue]]]:
    """Make the differences, and yield each for the log."""
    before = {stage.id: stage for stage in was.stages}
    if len(wanted.stages) != len(before) or {stage.id for stage in wanted.stages} != set(before):
        raise InvalidInput(_("List each stage of the pipeline once."), field="stages")
    if wanted.name != was.name:
        with _at("pipeline", was.id):
            rename_pipeline(actor=actor, pipeline_id=was.id, name=wanted.name, now=now)
        yield "pipeline_name", (was.name, wanted.name)
    pairs = [(before[stage.id], stage) for stage in wanted.stages]
    for former, stage in pairs:
        _change_stage(actor, former, stage, now)
    for detail, told in (
        ("stage_name", lambda stage: stage.name),
        ("stage_probability", lambda stage: _told(stage, stage.probability, "%")),
        ("stage_rotting", lambda stage: _told(stage, stage.rotting_days, "")),
    ):
        differing = [
            (told(former), told(replace(stage, name=former.name) if detail != "stage_name" else stage))
            for former, stage in pairs
        ]
        if changed := [pair for pair in differing if pair[0] != pair[1]]:
            yield detail, ([old for old, _new in changed], [new for _old, new in changed])
    order = [stage.id for stage in wanted.stages]
    if order != list(before):
        change_stage_order(actor=actor, pipeline_id=was.id, stage_ids=order, now=now)
        yield "stage_order", ([stage.name for stage in was.stages], [stage.name for stage in wanted.stages])


def _told(stage: StageSettings, value: int | None, unit: str) -> str:
    return f"{stage.name} \N{EN DASH}" if value is None else f"{stage.name} {value}{unit}"


def _change_stage(actor: Actor, was: StageSettings, wanted: StageSettings, now: datetime) -> None:
    if wanted.name != was.name:
        with _at("name", was.id):
            rename_stage(actor=actor, stage_id=was.id, name=wanted.name, now=now)
    if wanted.rotting_days != was.rotting_days:
        with _at("rots", was.id):
            change_rotting_days(actor=actor, stage_id=was.id, days=wanted.rotting_days, now=now)
    if wanted.probability != was.probability:
        with _at("probability", was.id):
            change_stage_probability(actor=actor, stage_id=was.id, probability=wanted.probability, now=now)


@contextmanager
def _at(field: str, row_id: int) -> Iterator[None]:
    """Name the field of a page that shows many rows."""
    try:
        yield
    except InvalidInput as refusal:
        raise InvalidInput(refusal.message, field=f"{field}-{row_id}") from refusal
