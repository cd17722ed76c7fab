"""Where a deal of a file belongs: its pipeline and stage, created where they are missing."""

from collections import defaultdict
from typing import NamedTuple

from goalpost.crm.actions.setup import DEFAULT_PIPELINE, DEFAULT_STAGES, add_pipeline, add_stage
from goalpost.crm.models import Pipeline, Stage
from goalpost.exchange.loading.names import fold_name
from goalpost.exchange.report import NameKind, Session


class Place(NamedTuple):
    pipeline_id: int
    stage_id: int | None


class Pipelines:
    """The company's pipelines and stages by name."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read_in = 0
        self._pipelines: dict[str, int] = {}
        self._pipeline_names: dict[int, str] = {}
        self._stages: dict[tuple[int, str], int] = {}
        self._first_stages: dict[int, int] = {}
        self._pipelines_of_stage: defaultdict[str, list[int]] = defaultdict(list)
        self._read()

    def place(self, pipeline: str | None, stage: str | None, current: Place | None) -> Place:
        """Return where a deal belongs that is in `current` already, or nowhere yet.

        `pipeline` is None where the file has no column for it, empty where the cell is. `stage` is empty
        where the file has none, None where it says only how the deal ended: the last stage known stays.
        """
        pipeline_id = self._pipeline(pipeline, stage or "", current)
        if stage:
            return Place(pipeline_id, self._stage(pipeline_id, stage))
        if current is not None and current.pipeline_id == pipeline_id:
            return current
        if stage is None:
            return Place(pipeline_id, None)
        first = self._first_stages.get(pipeline_id)
        return Place(pipeline_id, first or self._stage(pipeline_id, DEFAULT_STAGES[0][0]))

    def _pipeline(self, pipeline: str | None, stage: str, current: Place | None) -> int:
        if pipeline:
            return self._named_pipeline(pipeline)
        if current is not None and (not stage or self._has_stage(current.pipeline_id, stage)):
            return current.pipeline_id
        if pipeline == "" and stage:
            homes = self._pipelines_of_stage.get(fold_name(stage), [])
            if len(homes) == 1:
                return homes[0]
        return next(iter(self._pipelines.values()), None) or self._named_pipeline(DEFAULT_PIPELINE)

    def _has_stage(self, pipeline_id: int, stage: str) -> bool:
        return (pipeline_id, fold_name(stage)) in self._stages

    def _named_pipeline(self, name: str) -> int:
        key = fold_name(name)
        if key not in self._pipelines:
            self._refresh()
        if key not in self._pipelines:
            session = self._session
            self._pipelines[key] = session.provisional_id()
            if not session.is_dry_run:
                self._pipelines[key] = add_pipeline(actor=session.actor, name=name, now=session.now).pk
            self._pipeline_names[self._pipelines[key]] = name
            session.report.add_name(NameKind.PIPELINE, name)
        return self._pipelines[key]

    def _stage(self, pipeline_id: int, name: str) -> int:
        key = (pipeline_id, fold_name(name))
        if key not in self._stages:
            self._refresh()
        if key not in self._stages:
            self._know_stage(pipeline_id, self._new_stage(pipeline_id, name), name)
        return self._stages[key]

    def _new_stage(self, pipeline_id: int, name: str) -> int:
        session = self._session
        session.report.add_name(NameKind.STAGE, f"{name} (in {self._pipeline_names[pipeline_id]})")
        if session.is_dry_run:
            return session.provisional_id()
        return add_stage(actor=session.actor, pipeline_id=pipeline_id, name=name, now=session.now).pk

    def _refresh(self) -> None:
        """Read anew what somebody else may have added since; the book is open now, so the answer holds."""
        if self._session.is_stale(self._read_in):
            self._read()

    def _read(self) -> None:
        company_id = self._session.company_id
        pipelines = Pipeline.objects.filter(company_id=company_id).order_by("position", "id")
        self._pipelines.clear()
        for pipeline_id, name in pipelines.values_list("id", "name"):
            self._pipelines.setdefault(fold_name(name), pipeline_id)
            self._pipeline_names[pipeline_id] = name
        self._first_stages.clear()
        self._pipelines_of_stage = defaultdict(list)
        stages = Stage.objects.filter(company_id=company_id).order_by("pipeline_id", "position")
        for stage_id, pipeline_id, name in stages.values_list("id", "pipeline_id", "name"):
            self._know_stage(pipeline_id, stage_id, name)
        self._read_in = self._session.batch

    def _know_stage(self, pipeline_id: int, stage_id: int, name: str) -> None:
        key = fold_name(name)
        self._stages.setdefault((pipeline_id, key), stage_id)
        self._first_stages.setdefault(pipeline_id, stage_id)
        if pipeline_id not in self._pipelines_of_stage[key]:
            self._pipelines_of_stage[key].append(pipeline_id)
