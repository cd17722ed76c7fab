"""The board of a pipeline: a column of cards for each stage, with its sums and its progress goals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from goalpost.companies.errors import NotFound
from goalpost.crm.board import (
    BoardFilter,
    BoardReader,
    Card,
    CardPage,
    StageSum,
    owners_to_filter,
    people_of_team,
    stage_sums,
)
from goalpost.crm.queries import Named, PipelineRow, StageRow, pipelines_of_company
from goalpost.domain.measures import Measure
from goalpost.domain.permissions import AssigneeKind, visible_record_owners
from goalpost.goals.queries import goals_seen_by, visible_to
from goalpost.insights.goal_report import GoalQuestion, GoalReport, goal_reports
from goalpost.storage.snapshot import snapshot
from goalpost.web.shell.saved_filters import SavedFilters
from goalpost.web.shell.typed import NotADay, id_in, parse_day
from goalpost.web.shell.viewer import Viewer, for_viewer

FILTERS = ("pipeline", "owner", "q", "from", "to")


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of an address. `texts` are those given, as they stand in it."""

    texts: Mapping[str, str]
    pipeline: PipelineRow
    pipelines: tuple[PipelineRow, ...]
    chosen: BoardFilter

    @property
    def query(self) -> str:
        return urlencode(self.texts)

    @property
    def is_filtered(self) -> bool:
        return bool(self.texts.keys() - {"pipeline"})

    @property
    def is_unread_day(self) -> bool:
        """Whether a day of the filters is none, so that it was left out."""
        return any(
            self.texts.get(name) and day is None
            for name, day in (("from", self.chosen.closes_from), ("to", self.chosen.closes_to))
        )


@dataclass(frozen=True, slots=True)
class Column:
    """A stage on the board. `goals` are reports of its progress goals, the most specific first."""

    stage: StageRow
    sums: StageSum
    goals: tuple[GoalReport, ...]
    page: CardPage
    more_url: str = ""
    more_cards_url: str = ""

    @property
    def left(self) -> int:
        """How many cards its first page leaves out."""
        return max(self.sums.total.count - len(self.page.cards), 0)


@dataclass(frozen=True, slots=True)
class Board:
    """A pipeline's open deals by stage."""

    asked: Asked
    columns: tuple[Column, ...]
    is_own_only: bool

    @property
    def count(self) -> int:
        return sum(column.sums.total.count for column in self.columns)

    @property
    def amount(self) -> int:
        return sum(column.sums.total.amount for column in self.columns)

    @property
    def weighted(self) -> int:
        return sum(column.sums.weighted for column in self.columns)

    @property
    def unvalued(self) -> int:
        return sum(column.sums.total.unvalued for column in self.columns)


@require_safe
@for_viewer
def pipeline(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the board with the filters in the address; one column may go on `after` a card."""
    with snapshot():
        asked = asked_in(viewer, request.GET)
        if asked is None:
            return render(request, "pipeline/none.html")
        teams, people = owners_to_filter(viewer.actor)
        after = {id_in(request.GET.get("stage", "")) or 0: request.GET.get("after", "")}
        board = board_of(viewer, asked, after)
        saved = SavedFilters.of(viewer, "pipeline", asked.query)
    context = {
        "saved": saved,
        "board": board,
        "asked": asked,
        "board_query": asked.query,
        "currency": viewer.company.currency,
        "calendar": viewer.calendar,
        "teams": _choices("team", teams),
        "people": _choices("person", people),
    }
    return render(request, "pipeline/board.html", context)


def _choices(kind: str, found: Sequence[Named]) -> list[tuple[str, str]]:
    return [(f"{kind}-{each.id}", each.name) for each in found]


@require_safe
@for_viewer
def cards(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Answer with further cards of one stage, `after` the last that is shown."""
    with snapshot():
        asked = asked_in(viewer, request.GET)
        stage_id = id_in(request.GET.get("stage", ""))
        stages = () if asked is None else asked.pipeline.stages
        stage = next((each for each in stages if each.id == stage_id), None)
        if asked is None or stage is None:
            raise NotFound
        page = _reader(viewer, asked, [stage]).pages({stage.id: request.GET.get("after", "")})[stage.id]
    column = _column(asked, stage, StageSum(), (), page)
    return render(request, "pipeline/cards.html", {"column": column, "board_query": asked.query})


def asked_in(viewer: Viewer, given: QueryDict) -> Asked | None:
    """Return what an address asks for; None without a pipeline. Raises NotFound for one that is not there."""
    texts = {name: text for name in FILTERS if (text := given.get(name, "").strip()[:200])}
    pipelines = pipelines_of_company(viewer.actor)
    if not pipelines:
        return None
    found = pipelines[0]
    if "pipeline" in texts:
        chosen_id = id_in(texts["pipeline"])
        found = next((each for each in pipelines if each.id == chosen_id), None) or _missing()
    chosen = BoardFilter(
        pipeline_id=found.id,
        people=_people(viewer, texts.get("owner", "")),
        words=texts.get("q", ""),
        closes_from=_day(viewer, texts.get("from", "")),
        closes_to=_day(viewer, texts.get("to", "")),
    )
    return Asked(texts, found, pipelines, chosen)


def _missing() -> PipelineRow:
    raise NotFound


def _people(viewer: Viewer, owner: str) -> frozenset[int] | None:
    kind, _dash, number = owner.partition("-")
    chosen_id = id_in(number)
    if chosen_id is None:
        return None
    if kind == AssigneeKind.TEAM:
        return people_of_team(viewer.actor, chosen_id, viewer.today)
    return frozenset({chosen_id})


def _day(viewer: Viewer, text: str) -> date | None:
    try:
        return parse_day(text, viewer.language) if text else None
    except NotADay:
        return None


def board_of(viewer: Viewer, asked: Asked, after: Mapping[int, str], *, with_cards: bool = True) -> Board:
    """Return the board, in a number of queries that grows with its stages only. Call it in one snapshot."""
    stages = asked.pipeline.stages
    sums = stage_sums(viewer.actor, asked.chosen, stages)
    goals = _progress_goals(viewer, stages)
    pages = _reader(viewer, asked, stages).pages(after) if with_cards else {}
    columns = tuple(
        _column(
            asked,
            stage,
            sums.get(stage.id, StageSum()),
            goals.get(stage.id, ()),
            pages.get(stage.id, CardPage((), "")),
        )
        for stage in stages
    )
    return Board(asked, columns, visible_record_owners(viewer.actor) is not None)


def card_on(viewer: Viewer, asked: Asked, deal_id: int) -> Card | None:
    """Return a deal's card as the board shows it now, None where it does not."""
    return _reader(viewer, asked, asked.pipeline.stages).card(deal_id)


def _reader(viewer: Viewer, asked: Asked, stages: Sequence[StageRow]) -> BoardReader:
    return BoardReader(viewer.actor, asked.chosen, stages, viewer.company.time_zone, viewer.today)


def _column(
    asked: Asked, stage: StageRow, sums: StageSum, goals: tuple[GoalReport, ...], page: CardPage
) -> Column:
    if not page.next:
        return Column(stage, sums, goals, page)
    query = urlencode({**asked.texts, "pipeline": asked.pipeline.id, "stage": stage.id, "after": page.next})
    return Column(
        stage,
        sums,
        goals,
        page,
        f"{reverse('web:pipeline')}?{query}",
        f"{reverse('web:pipeline-cards')}?{query}",
    )


_SPECIFIC_FIRST = (AssigneeKind.PERSON, AssigneeKind.TEAM, AssigneeKind.COMPANY)


def _progress_goals(viewer: Viewer, stages: Sequence[StageRow]) -> dict[int, tuple[GoalReport, ...]]:
    """Return what each stage's progress goals that the viewer may see say of their current period."""
    asked = visible_to(viewer.actor).filter(
        measure=Measure.DEALS_PROGRESSED, stage_id__in=[stage.id for stage in stages]
    )
    running = [
        goal
        for goal in goals_seen_by(viewer.actor, asked.order_by("title", "public_id"))
        if goal.terms.starts_on <= viewer.today and goal.is_active(viewer.today)
    ]
    me = viewer.actor.user_id

    def how_specific(goal_report: GoalReport) -> tuple[int, bool]:
        assignee = goal_report.goal.terms.assignee
        is_mine = assignee.kind is AssigneeKind.PERSON and assignee.id == me
        return _SPECIFIC_FIRST.index(assignee.kind), not is_mine

    found: dict[int, list[GoalReport]] = {}
    for each in goal_reports(viewer, [GoalQuestion(goal, latest=1) for goal in running]):
        found.setdefault(each.goal.terms.stage_id or 0, []).append(each)
    return {stage_id: tuple(sorted(some, key=how_specific)) for stage_id, some in found.items()}
