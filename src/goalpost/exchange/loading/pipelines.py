"""Finds the pipeline and stage of a deal in a file, and creates missing ones."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from goalpost.crm.actions.setup import (
    DEFAULT_PIPELINE,
    DEFAULT_STAGES,
    add_pipeline,
    add_stage,
    change_stage_order,
)
from goalpost.crm.models import Pipeline, Stage
from goalpost.crm.rule_changes import NewStageOrder
from goalpost.exchange.loading.names import fold_name
from goalpost.exchange.reading.values import fold_word
from goalpost.exchange.report import NameKind, Session


class Place(NamedTuple):
    pipeline_id: int
    stage_id: int | None


_LEADING_NUMBER = re.compile(r"\s*(\d{1,3})\b")


class StageInOrder(NamedTuple):
    id: int
    name: str


_KNOWN_ORDERS = tuple(
    tuple(map(fold_word, names.split("|")))
    for names in (
        (
            "prospecting|qualification|needs analysis|value proposition|id decision makers"
            "|perception analysis|proposal price quote|negotiation review"
        ),
        (
            "qualification|needs analysis|value proposition|identify decision makers|proposal price quote"
            "|negotiation review"
        ),
        (
            "appointment scheduled|qualified to buy|presentation scheduled|decision maker bought in"
            "|contract sent"
        ),
        "lead in|qualified|contact made|demo scheduled|proposal made|negotiations started",
        "new|qualified|proposition",
    )
)
"""The stages that Salesforce, Zoho, HubSpot, Pipedrive and Odoo begin with."""


def put_in_order(
    stages: Sequence[StageInOrder],
    stated: Sequence[str],
    new: Collection[int],
    before: Mapping[tuple[int, int], int] = MappingProxyType({}),
    chances: Mapping[int, int] = MappingProxyType({}),
) -> tuple[list[StageInOrder], str]:
    """Return a pipeline's stages in their order, and how it was found; `new` are those the import created.

    `stated` names come first in precedence. Where the import created stages, they are put among the others
    by the first of these that tells of all of them: leading numbers (`1 Lead`), the default order of known
    programs, their probabilities in percent (`chances`, by stage), and the order in which most deals came to
    them: `before` says how many came to one stage before another. No other stage changes its place.
    """
    places = {fold_name(name): place for place, name in enumerate(stated)}
    if len(arranged := {each: places[key] for each in stages if (key := fold_name(each.name)) in places}) > 1:
        return _in_their_slots(stages, arranged), "as stated"
    created = [each for each in stages if each.id in new]
    if not created:
        return list(stages), "as before"
    orders: list[tuple[list[StageInOrder], str]] = []
    against = ""
    for ranks, how in _signs(stages, before, chances):
        if len(ranks) > 1 and all(each in ranks for each in created):
            if (found := _inserted(stages, created, ranks)) is None:
                against = against or f" (against the order that stands, {how})"
            else:
                orders.append((found, how))
    if not orders:
        return list(stages), f"new ones last, in the order of the file{against}: {_ASK}"
    order, how = orders[0]
    others = [other for found, other in orders if found != order]
    return order, f"{how} (not {others[0]}: {_ASK})" if others else how


_ASK = "give --stage-order where it is another"


def _signs(
    stages: Sequence[StageInOrder], before: Mapping[tuple[int, int], int], chances: Mapping[int, int]
) -> Iterator[tuple[Mapping[StageInOrder, int], str]]:
    """Yield what may tell the order of stages: the rank of each that it tells of, and what it is called."""
    yield (
        {each: int(found[1]) for each in stages if (found := _LEADING_NUMBER.match(each.name))},
        "by their numbers",
    )
    for known in _KNOWN_ORDERS:
        ranks = {each: known.index(word) for each in stages if (word := fold_word(each.name)) in known}
        if len(ranks) > 1:
            yield ranks, "as usual"
            break
    likely = {each: chances[each.id] for each in stages if each.id in chances}
    yield likely if len(set(likely.values())) == len(likely) else {}, "by their probabilities"
    moved = {stage_id for pair in before for stage_id in pair}
    yield (
        {
            each: sum(
                before.get((other.id, each.id), 0) > before.get((each.id, other.id), 0) for other in stages
            )
            for each in stages
            if each.id in moved
        },
        "as most deals moved",
    )


def _inserted(
    stages: Sequence[StageInOrder], created: Sequence[StageInOrder], ranks: Mapping[StageInOrder, int]
) -> list[StageInOrder] | None:
    """Return the others as they stand, each created one behind the last that ranks no higher.

    None where the ranks of the others contradict the order that stands.
    """
    order = [each for each in stages if each not in created]
    known = [ranks[each] for each in order if each in ranks]
    if known != sorted(known):
        return None
    for each in sorted(created, key=lambda one: ranks[one]):
        ranked = [(place, ranks[other]) for place, other in enumerate(order) if other in ranks]
        lower = [place for place, rank in ranked if rank <= ranks[each]]
        order.insert(lower[-1] + 1 if lower else ranked[0][0] if ranked else len(order), each)
    return order


def _in_their_slots(stages: Sequence[StageInOrder], ranks: Mapping[StageInOrder, int]) -> list[StageInOrder]:
    """Return the stages, with the ranked ones sorted within the positions that they occupy."""
    following = iter(sorted(ranks, key=lambda each: ranks[each]))
    return [next(following) if each in ranks else each for each in stages]


class Pipelines:
    """The company's pipelines and stages by name. `stated` are names of stages in their order."""

    def __init__(self, session: Session, stated: Sequence[str] = ()) -> None:
        self._session = session
        self._stated = stated
        self._new: set[int] = set()
        self._unsettled: set[int] = set()
        """Those of the new ones that no order was sought for yet."""
        self._recounted: Counter[int] = Counter()
        """How many moved deals a changed order recounted, by pipeline."""
        self._chances: dict[int, set[int]] = {}
        self._used: dict[int, None] = {}
        self._read_in = 0
        self._pipelines: dict[str, int] = {}
        self._pipeline_names: dict[int, str] = {}
        self._stages: dict[tuple[int, str], int] = {}
        self._in_order: list[tuple[int, StageInOrder]] = []
        self._first_stages: dict[int, int] = {}
        self._pipelines_of_stage: defaultdict[str, list[int]] = defaultdict(list)
        self._read()

    def place(self, pipeline: str | None, stage: str | None, current: Place | None) -> Place:
        """Return the pipeline and stage of a deal that is in `current`, or new.

        `pipeline` is None where the file has no column for it, empty where the cell is. `stage` is empty
        where the file has none, None where it says only how the deal ended: the last stage known stays.
        """
        pipeline_id = self._pipeline(pipeline, stage or "", current)
        self._used[pipeline_id] = None
        if stage:
            return Place(pipeline_id, self._stage(pipeline_id, stage))
        if current is not None and current.pipeline_id == pipeline_id:
            return current
        if stage is None:
            return Place(pipeline_id, None)
        first = self._first_stages.get(pipeline_id)
        return Place(pipeline_id, first or self._stage(pipeline_id, DEFAULT_STAGES[0][0]))

    def stage_told(self, pipeline: str, stage: str, own: int) -> int:
        """Return the stage that a history names for a deal whose pipeline is `own`, created if new."""
        key = fold_name(pipeline)
        pipeline_id = self._pipelines.get(key) if pipeline else None
        if pipeline_id is None and not self._has_stage(own, stage):
            homes = self._pipelines_of_stage.get(fold_name(stage), [])
            pipeline_id = homes[0] if len(homes) == 1 else None
        pipeline_id = own if pipeline_id is None else pipeline_id
        self._used[pipeline_id] = None
        return self._stage(pipeline_id, stage)

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
            self._new.add(self._stages[key])
            self._unsettled.add(self._stages[key])
        return self._stages[key]

    def _new_stage(self, pipeline_id: int, name: str) -> int:
        session = self._session
        session.report.add_name(NameKind.STAGE, f"{name} (in {self._pipeline_names[pipeline_id]})")
        if session.is_dry_run:
            return session.provisional_id()
        return add_stage(actor=session.actor, pipeline_id=pipeline_id, name=name, now=session.now).pk

    def note_probability(self, stage_id: int, probability: int) -> None:
        """Note the probability of an open deal in a stage: where all have the same, it is the stage's."""
        self._chances.setdefault(stage_id, set()).add(probability)

    def has_new_stages(self) -> bool:
        return bool(self._new)

    def arrange(self, before: Mapping[tuple[int, int], int] = MappingProxyType({})) -> None:
        """Order the stages of the file's pipelines, `before` as in `put_in_order`, and report it.

        A changed order recounts the deals that moved in the pipeline.
        """
        for pipeline_id, how in self._put_in_order(before).items():
            names = " > ".join(stage.name for place, stage in self._in_order if place == pipeline_id)
            recounted = self._recounted[pipeline_id]
            counted = f" Moved deals recounted: {recounted:,}." if pipeline_id in self._recounted else ""
            self._session.report.stages.append(
                f"Stages of {self._pipeline_names[pipeline_id]}, {how}: {names}.{counted}"
            )

    def has_unsettled_stages(self) -> bool:
        return bool(self._unsettled)

    def settle(self, before: Mapping[tuple[int, int], int] = MappingProxyType({})) -> None:
        """Put new stages in their order by what is known so far, `before` as in `put_in_order`.

        Were they left at the end, and the import stopped for good, they would stand there as if so ordered.
        """
        if self._unsettled:
            self._put_in_order(before)
            self._unsettled.clear()

    def _put_in_order(self, before: Mapping[tuple[int, int], int]) -> dict[int, str]:
        """Order the stages of the file's pipelines. Returns how the order of each was found."""
        session = self._session
        ways: dict[int, str] = {}
        known = Stage.objects.filter(company_id=session.company_id, probability__isnull=False)
        noted = {stage_id: min(found) for stage_id, found in self._chances.items() if len(found) == 1}
        stored = dict(known.values_list("id", "probability"))
        chances = noted | {stage_id: chance for stage_id, chance in stored.items() if chance is not None}
        for pipeline_id in self._used:
            stages = [stage for place, stage in self._in_order if place == pipeline_id]
            wanted, ways[pipeline_id] = put_in_order(stages, self._stated, self._new, before, chances)
            if wanted != stages:
                ids = [stage.id for stage in wanted]
                concerned = NewStageOrder(pipeline_id, ids).concerned(session.company_id).count()
                self._recounted[pipeline_id] += concerned
                if not session.is_dry_run:
                    change_stage_order(
                        actor=session.actor, pipeline_id=pipeline_id, stage_ids=ids, now=session.now
                    )
                others = [(place, stage) for place, stage in self._in_order if place != pipeline_id]
                self._in_order = others + [(pipeline_id, stage) for stage in wanted]
        return ways

    def _refresh(self) -> None:
        """Read again what somebody else may have added meanwhile; while the book is locked nobody can."""
        if self._session.is_stale(self._read_in):
            self._read()

    def _read(self) -> None:
        company_id = self._session.company_id
        pipelines = Pipeline.objects.filter(company_id=company_id).order_by("position", "name")
        self._pipelines.clear()
        for pipeline_id, name in pipelines.values_list("id", "name"):
            self._pipelines.setdefault(fold_name(name), pipeline_id)
            self._pipeline_names[pipeline_id] = name
        self._first_stages.clear()
        self._in_order.clear()
        self._pipelines_of_stage = defaultdict(list)
        stages = Stage.objects.filter(company_id=company_id).order_by("pipeline_id", "position")
        for stage_id, pipeline_id, name in stages.values_list("id", "pipeline_id", "name"):
            self._know_stage(pipeline_id, stage_id, name)
        self._read_in = self._session.batch

    def _know_stage(self, pipeline_id: int, stage_id: int, name: str) -> None:
        key = fold_name(name)
        self._in_order.append((pipeline_id, StageInOrder(stage_id, name)))
        self._stages.setdefault((pipeline_id, key), stage_id)
        self._first_stages.setdefault(pipeline_id, stage_id)
        if pipeline_id not in self._pipelines_of_stage[key]:
            self._pipelines_of_stage[key].append(pipeline_id)
