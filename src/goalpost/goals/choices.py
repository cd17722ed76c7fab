"""What a person can choose from when setting a goal: whose, where, which, in which currency."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count

from goalpost.companies.models import Company, Team, User
from goalpost.crm.models import ActivityType, ExchangeRate, Pipeline, Stage
from goalpost.domain.permissions import Actor, Assignee, AssigneeKind, may_change_goals_of
from goalpost.goals.queries import Named


@dataclass(frozen=True, slots=True)
class TeamChoice:
    id: int
    name: str
    member_count: int


@dataclass(frozen=True, slots=True)
class PipelineChoice:
    id: int
    name: str
    stages: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class GoalChoices:
    """People and teams are those the actor may set goals for; `currencies` begins with the company's own."""

    people: tuple[Named, ...]
    teams: tuple[TeamChoice, ...]
    may_set_company: bool
    pipelines: tuple[PipelineChoice, ...]
    activity_types: tuple[Named, ...]
    currencies: tuple[str, ...]


def goal_choices(actor: Actor, company: Company, *, also: Assignee | None = None) -> GoalChoices:
    """Return the choices in six queries. `also` is an assignee to keep, such as a user deactivated since."""
    return GoalChoices(
        people=_people(actor, also),
        teams=_teams(actor),
        may_set_company=may_change_goals_of(actor, Assignee(AssigneeKind.COMPANY, company.pk)),
        pipelines=_pipelines(company),
        activity_types=tuple(
            Named(*row)
            for row in ActivityType.objects.filter(company=company)
            .order_by("position", "pk")
            .values_list("pk", "name")
        ),
        currencies=(
            company.currency,
            *ExchangeRate.objects.filter(company=company)
            .exclude(currency=company.currency)
            .order_by("currency")
            .values_list("currency", flat=True)
            .distinct(),
        ),
    )


def _people(actor: Actor, also: Assignee | None) -> tuple[Named, ...]:
    rows = User.objects.filter(company_id=actor.company_id).order_by("name", "pk")
    return tuple(
        Named(pk, name)
        for pk, name, is_active in rows.values_list("pk", "name", "is_active")
        if (is_active or also == Assignee(AssigneeKind.PERSON, pk))
        and may_change_goals_of(actor, Assignee(AssigneeKind.PERSON, pk))
    )


def _teams(actor: Actor) -> tuple[TeamChoice, ...]:
    rows = Team.objects.filter(company_id=actor.company_id).annotate(member_count=Count("memberships"))
    return tuple(
        TeamChoice(*row)
        for row in rows.order_by("name", "pk").values_list("pk", "name", "member_count")
        if may_change_goals_of(actor, Assignee(AssigneeKind.TEAM, row[0]))
    )


def _pipelines(company: Company) -> tuple[PipelineChoice, ...]:
    stages: dict[int, list[Named]] = defaultdict(list)
    rows = Stage.objects.filter(company=company).order_by("position", "pk")
    for pk, name, pipeline_id in rows.values_list("pk", "name", "pipeline_id"):
        stages[pipeline_id].append(Named(pk, name))
    return tuple(
        PipelineChoice(pk, name, tuple(stages[pk]))
        for pk, name in Pipeline.objects.filter(company=company)
        .order_by("position", "pk")
        .values_list("pk", "name")
    )
