"""Queries for goals and for the choices in their forms, limited to what the actor may see."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from django.db.models import Count, Q, QuerySet

from goalpost.companies.actors import existing_teams
from goalpost.companies.currencies import PRESENT
from goalpost.companies.errors import NotAllowed, NotFound
from goalpost.companies.memberships import Member, members_of
from goalpost.companies.models import Company, User
from goalpost.crm.queries import (
    Named,
    PipelineRow,
    activity_types_of_company,
    currencies_with_rates,
    pipelines_of_company,
)
from goalpost.crm.rates import conversions_to
from goalpost.domain.alphabet import by_name
from goalpost.domain.calendar import Interval
from goalpost.domain.chart_look import ChartColour, ChartLook
from goalpost.domain.conversion import Conversion
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import (
    Actor,
    Assignee,
    AssigneeKind,
    Feature,
    Plan,
    feature_lacking,
    may_change_goals_of,
    may_see_goals_of,
    visible_assignees,
)
from goalpost.goals.models import Goal, GoalActivityType, GoalPipeline, PeriodTarget
from goalpost.goals.terms import GoalTerms, read_only


@dataclass(frozen=True, slots=True)
class GoalView:
    """A goal as one actor sees it. `members` are those of a team on the goal's days; else empty.

    `conversion` is to the currency of a goal that is in another than the company's.
    """

    id: int
    public_id: str
    report_id: str
    terms: GoalTerms
    assignee_name: str
    members: tuple[Member, ...]
    conversion: Conversion | None
    pipelines: tuple[Named, ...]
    stage: Named | None
    activity_types: tuple[Named, ...]
    creator: Named
    created_at: datetime
    updated_at: datetime
    version: int
    may_change: bool
    lacks: Feature | None
    """The feature of this goal that the company's plan lacks: the goal is read-only."""
    is_team_deleted: bool
    """Whether its team is deleted: the goal is read-only."""
    look: ChartLook

    @property
    def read_only(self) -> str:
        """Why nobody can change the goal; empty when somebody can."""
        return read_only(self.lacks, is_team_deleted=self.is_team_deleted)

    def is_active(self, today: date) -> bool:
        """Whether the goal is not past: it runs, or is still to begin."""
        return self.terms.ends_on is None or self.terms.ends_on >= today


@dataclass(frozen=True, slots=True)
class _Attached:
    """A goal's related rows: pipelines, activity types, targets by a period's first day."""

    pipelines: list[Named]
    activity_types: list[Named]
    period_targets: dict[date, int]


# Only the columns that are needed: hundreds of goals are read at once.
_COLUMNS_OF_OTHERS = (
    "creator__name",
    "assignee_user__name",
    "assignee_team__name",
    "assignee_team__deleted_at",
    "stage__name",
    "company__name",
    "company__currency",
    "company__plan",
)


@cache
def _own_columns() -> tuple[str, ...]:
    return tuple(field.name for field in Goal._meta.concrete_fields)


def visible_to(actor: Actor, *, is_deleted: bool = False) -> QuerySet[Goal]:
    """Return the existing or the deleted goals that the actor may see."""
    own = Goal.objects.filter(company_id=actor.company_id, is_deleted=is_deleted)
    visible = visible_assignees(actor)
    if visible.everything:
        return own
    return own.filter(
        Q(assignee_kind=AssigneeKind.PERSON, assignee_user_id__in=visible.user_ids)
        | Q(assignee_kind=AssigneeKind.TEAM, assignee_team_id__in=visible.team_ids)
    )


def goals_seen_by(actor: Actor, goals: QuerySet[Goal]) -> list[GoalView]:
    """Return goals as values, in a constant number of queries. Start `goals` from `visible_to(actor)`."""
    related = ("creator", "assignee_user", "assignee_team", "stage", "company")
    rows = list(goals.select_related(*related).only(*_own_columns(), *_COLUMNS_OF_OTHERS))
    members = members_of(
        actor.company_id, {goal.assignee_team_id for goal in rows if goal.assignee_team_id is not None}
    )
    attached = _attached_to(actor.company_id, goals) if rows else {}
    own = rows[0].company.currency if rows else ""
    conversions = conversions_to(actor.company_id, own, {goal.currency for goal in rows})
    return [
        _view(
            actor,
            goal,
            members.get(goal.assignee_team_id or 0, ()),
            conversions.get(goal.currency),
            attached[goal.pk],
        )
        for goal in rows
    ]


def goal_seen_by(actor: Actor, public_id: str) -> GoalView:
    """Return one goal. Raises NotFound for an absent, another company's, deleted or hidden one."""
    found = goals_seen_by(actor, visible_to(actor).filter(public_id=public_id))
    if not found:
        raise NotFound
    return found[0]


def require_change(goal: GoalView, refusal: str) -> None:
    """Raise NotAllowed for a goal that this actor, or nobody, may change. `refusal` is for the former."""
    if not goal.may_change:
        raise NotAllowed(goal.read_only or refusal)


def _attached_to(company_id: int, goals: QuerySet[Goal]) -> dict[int, _Attached]:
    """Return the related rows of each goal, in three queries; cheaper than a prefetch of model instances."""
    attached: dict[int, _Attached] = defaultdict(lambda: _Attached([], [], {}))
    # By the goals' own condition instead of hundreds of ids; rows of newer goals are ignored.
    own: dict[str, object] = {"company_id": company_id, "goal_id__in": goals.order_by().values("pk")}
    pipelines = GoalPipeline.objects.filter(**own).order_by("pipeline__position", "pipeline__name")
    for goal_id, pipeline_id, name in pipelines.values_list("goal_id", "pipeline_id", "pipeline__name"):
        attached[goal_id].pipelines.append(Named(pipeline_id, name))
    types = GoalActivityType.objects.filter(**own).order_by("activity_type__position", "activity_type__name")
    for goal_id, type_id, name in types.values_list("goal_id", "activity_type_id", "activity_type__name"):
        attached[goal_id].activity_types.append(Named(type_id, name))
    targets = PeriodTarget.objects.filter(**own).order_by("starts_on")
    for goal_id, starts_on, target in targets.values_list("goal_id", "starts_on", "target"):
        attached[goal_id].period_targets[starts_on] = target
    return attached


def _view(
    actor: Actor,
    goal: Goal,
    members: Sequence[Member],
    conversion: Conversion | None,
    attached: _Attached,
) -> GoalView:
    assignee = assignee_of(goal)
    lacks = _lacking(goal, goal.company)
    is_team_deleted = _is_of_deleted_team(goal)
    return GoalView(
        id=goal.pk,
        public_id=goal.public_id,
        report_id=goal.report_id,
        terms=_terms(goal, assignee, attached),
        assignee_name=_assignee_name(goal),
        members=tuple(member for member in members if _is_counted(member, goal)),
        conversion=conversion,
        pipelines=tuple(attached.pipelines),
        stage=None if goal.stage is None else Named(goal.stage.pk, goal.stage.name),
        activity_types=tuple(attached.activity_types),
        creator=Named(goal.creator_id, goal.creator.name),
        created_at=goal.created_at,
        updated_at=goal.updated_at,
        version=goal.version,
        may_change=lacks is None and not is_team_deleted and may_change_goals_of(actor, assignee),
        lacks=lacks,
        is_team_deleted=is_team_deleted,
        look=_look(goal),
    )


def _is_counted(member: Member, goal: Goal) -> bool:
    """Whether the member is on the team on a day of the goal."""
    return any(
        (stay.end is None or stay.end > goal.starts_on)
        and (stay.start is None or goal.ends_on is None or stay.start <= goal.ends_on)
        for stay in member.stays
    )


def why_read_only(goal: Goal, company: Company) -> str:
    """Return why nobody can change a goal that is stored; empty when somebody can."""
    return read_only(_lacking(goal, company), is_team_deleted=_is_of_deleted_team(goal))


def _lacking(goal: Goal, company: Company) -> Feature | None:
    """Return what the goal needs that the company's plan has not."""
    return feature_lacking(
        Plan(company.plan),
        is_for_team=goal.assignee_team_id is not None,
        is_forecast=Measure(goal.measure) is Measure.REVENUE_FORECAST,
    )


def _is_of_deleted_team(goal: Goal) -> bool:
    return goal.assignee_team is not None and goal.assignee_team.deleted_at is not None


def _look(goal: Goal) -> ChartLook:
    return ChartLook(
        result=ChartColour(goal.result_colour),
        target=ChartColour(goal.target_colour) if goal.target_colour else None,
        reached=ChartColour(goal.reached_colour) if goal.reached_colour else None,
        by_result=goal.colours_by_result,
        shows_projection=goal.shows_projection,
    )


def _terms(goal: Goal, assignee: Assignee, attached: _Attached) -> GoalTerms:
    return GoalTerms(
        title=goal.title,
        measure=Measure(goal.measure),
        assignee=assignee,
        interval=Interval(goal.interval),
        metric=Metric(goal.metric),
        target=goal.target,
        starts_on=goal.starts_on,
        ends_on=goal.ends_on,
        currency=goal.currency,
        pipelines=frozenset(pipeline.id for pipeline in attached.pipelines),
        stage_id=goal.stage_id,
        activity_types=frozenset(kind.id for kind in attached.activity_types),
        period_targets=attached.period_targets,
    )


def assignee_of(goal: Goal) -> Assignee:
    if goal.assignee_user_id is not None:
        return Assignee(AssigneeKind.PERSON, goal.assignee_user_id)
    if goal.assignee_team_id is not None:
        return Assignee(AssigneeKind.TEAM, goal.assignee_team_id)
    return Assignee(AssigneeKind.COMPANY, goal.company_id)


def _assignee_name(goal: Goal) -> str:
    return (goal.assignee_user or goal.assignee_team or goal.company).name


@dataclass(frozen=True, slots=True)
class AssigneeSeen:
    """Somebody whose goals, and so whose results, the actor may see."""

    assignee: Assignee
    name: str


def assignees_seen_by(actor: Actor, company: Company) -> tuple[AssigneeSeen, ...]:
    """Return the company, teams and active people whose goals the actor may see, in two queries."""
    people = User.objects.filter(company_id=company.pk, is_active=True).values_list("pk", "name")
    teams = existing_teams(company.pk).values_list("pk", "name")
    found = [
        AssigneeSeen(Assignee(AssigneeKind.COMPANY, company.pk), company.name),
        *(
            AssigneeSeen(Assignee(kind, pk), name)
            for kind, rows in ((AssigneeKind.TEAM, teams), (AssigneeKind.PERSON, people))
            for pk, name in sorted(rows, key=lambda row: by_name(row[1], row[0]))
        ),
    ]
    return tuple(each for each in found if may_see_goals_of(actor, each.assignee))


@dataclass(frozen=True, slots=True)
class TeamChoice:
    id: int
    name: str
    member_count: int


@dataclass(frozen=True, slots=True)
class GoalChoices:
    """People and teams are those the actor may set goals for; `currencies` begins with the company's own.

    `closed` ones are the others, shown disabled with the reason. `closed_members` are on a team that the
    actor manages: both statistics permissions would allow them.
    """

    people: tuple[Named, ...]
    closed_members: tuple[Named, ...]
    closed_people: tuple[Named, ...]
    teams: tuple[TeamChoice, ...]
    closed_teams: tuple[TeamChoice, ...]
    may_set_company: bool
    pipelines: tuple[PipelineRow, ...]
    activity_types: tuple[Named, ...]
    currencies: tuple[str, ...]


def goal_choices(actor: Actor, company: Company, *, also: Assignee | None = None) -> GoalChoices:
    """Return the choices in six queries. `also` is an assignee to keep, such as a user deactivated since."""
    people, closed_people = _people(actor, also)
    teams, closed_teams = _teams(actor)
    return GoalChoices(
        people=people,
        closed_members=tuple(each for each in closed_people if each.id in actor.managed_user_ids),
        closed_people=tuple(each for each in closed_people if each.id not in actor.managed_user_ids),
        teams=teams,
        closed_teams=closed_teams,
        may_set_company=may_change_goals_of(actor, Assignee(AssigneeKind.COMPANY, company.pk)),
        pipelines=pipelines_of_company(actor),
        activity_types=tuple(Named(kind.id, kind.name) for kind in activity_types_of_company(actor)),
        currencies=tuple(
            dict.fromkeys(
                (company.currency, *(code for code in currencies_with_rates(actor) if code in PRESENT))
            )
        ),
    )


def _people(actor: Actor, also: Assignee | None) -> tuple[tuple[Named, ...], tuple[Named, ...]]:
    """Return the people the actor may set goals for, and the others."""
    rows = User.objects.filter(company_id=actor.company_id).values_list("pk", "name", "is_active")
    everybody = [
        Named(pk, name)
        for pk, name, is_active in sorted(rows, key=lambda row: by_name(row[1], row[0]))
        if is_active or also == Assignee(AssigneeKind.PERSON, pk)
    ]
    is_open = {
        each.id: may_change_goals_of(actor, Assignee(AssigneeKind.PERSON, each.id)) for each in everybody
    }
    return (
        tuple(each for each in everybody if is_open[each.id]),
        tuple(each for each in everybody if not is_open[each.id]),
    )


# Future joins and leaves are ignored: the count only helps to choose.
_STILL = Q(memberships__superseded_at__isnull=True, memberships__ends_on__isnull=True)


def _teams(actor: Actor) -> tuple[tuple[TeamChoice, ...], tuple[TeamChoice, ...]]:
    """Return the teams the actor may set goals for, and the others."""
    rows = existing_teams(actor.company_id).annotate(member_count=Count("memberships", filter=_STILL))
    teams = sorted(
        (TeamChoice(*row) for row in rows.values_list("pk", "name", "member_count")),
        key=lambda team: by_name(team.name, team.id),
    )
    is_open = {each.id: may_change_goals_of(actor, Assignee(AssigneeKind.TEAM, each.id)) for each in teams}
    return (
        tuple(each for each in teams if is_open[each.id]),
        tuple(each for each in teams if not is_open[each.id]),
    )
