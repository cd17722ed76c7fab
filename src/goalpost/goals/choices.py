"""What a person can choose from when setting a goal: whose, where, which, in which currency."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count

from goalpost.companies.existing_teams import existing_teams
from goalpost.companies.models import Company, User
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
    """People and teams are those the actor may set goals for; `currencies` begins with the company's own.

    Those `closed` are the others, to be named with the reason. Of the people, `closed_members` are on a team
    that the actor manages: both statistics permissions would open them.
    """

    people: tuple[Named, ...]
    closed_members: tuple[Named, ...]
    closed_people: tuple[Named, ...]
    teams: tuple[TeamChoice, ...]
    closed_teams: tuple[TeamChoice, ...]
    may_set_company: bool
    pipelines: tuple[PipelineChoice, ...]
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


def _people(actor: Actor, also: Assignee | None) -> tuple[tuple[Named, ...], tuple[Named, ...]]:
    """Return the people the actor may set goals for, and the others."""
    rows = User.objects.filter(company_id=actor.company_id).order_by("name", "pk")
    everybody = [
        Named(pk, name)
        for pk, name, is_active in rows.values_list("pk", "name", "is_active")
        if is_active or also == Assignee(AssigneeKind.PERSON, pk)
    ]
    is_open = {
        each.id: may_change_goals_of(actor, Assignee(AssigneeKind.PERSON, each.id)) for each in everybody
    }
    return (
        tuple(each for each in everybody if is_open[each.id]),
        tuple(each for each in everybody if not is_open[each.id]),
    )


def _teams(actor: Actor) -> tuple[tuple[TeamChoice, ...], tuple[TeamChoice, ...]]:
    """Return the teams the actor may set goals for, and the others."""
    rows = existing_teams(actor.company_id).annotate(member_count=Count("memberships"))
    teams = [
        TeamChoice(*row) for row in rows.order_by("name", "pk").values_list("pk", "name", "member_count")
    ]
    is_open = {each.id: may_change_goals_of(actor, Assignee(AssigneeKind.TEAM, each.id)) for each in teams}
    return (
        tuple(each for each in teams if is_open[each.id]),
        tuple(each for each in teams if not is_open[each.id]),
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
