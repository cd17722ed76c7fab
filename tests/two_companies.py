"""Two companies alike: the same people, deals, activities and goals, told apart by a word in every name."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.apps import apps
from django.db import connection
from django.db.models import CharField, F, Model, Value
from django.db.models.functions import Concat

from goalpost.accounts.mail import send_message
from goalpost.accounts.models import ApiToken, BrowserSession, TokenUse
from goalpost.accounts.tokens import issue_token
from goalpost.companies.actions import add_team
from goalpost.companies.company import add_company_day
from goalpost.companies.models import Company, CompanyDay, PermissionSet, Team, User
from goalpost.crm.actions.activities import complete_activity, delete_activity
from goalpost.crm.actions.deals import delete_deal, move_deal
from goalpost.crm.actions.saved_filters import save_filter
from goalpost.crm.actions.setup import set_rate
from goalpost.crm.models import Activity, ActivityType, Deal, Pipeline, Stage
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Access, Actor, Assignee
from goalpost.exchange.models import Import, ImportState
from goalpost.exchange.reading.fields import FileKind
from goalpost.goals.actions import change_goal, delete_goal
from goalpost.goals.departures import TeamGoalsOutcome, delete_team
from goalpost.goals.models import Goal
from goalpost.goals.queries import GoalView
from goalpost.insights.dashboards.actions import NewTile, create_dashboard, share_dashboard
from goalpost.insights.dashboards.links import create_link
from goalpost.insights.dashboards.models import Dashboard, PublicLink
from goalpost.insights.dashboards.queries import DashboardView
from goalpost.insights.tiles import GOAL
from goalpost.insights.wall.pairing import code_for, new_key, pair_screen
from goalpost.jobs.models import Job, State
from tests.goals.builders import TEAM, add_activity, add_deal, add_won, person, set_goal
from tests.people import NOW, Cast, add_person, let_see, make_company

OURS, THEIRS = "Wombatel", "Zyxomma"
"""Words that no page says by itself."""

JANUARY = date(2026, 1, 12)


@dataclass(frozen=True, slots=True)
class Furnished:
    """A company with some of everything, in every state that an action may want."""

    cast: Cast
    open_deal: int
    won_deal: int
    moved_deal: int
    saved_filter: int
    deleted_deal: int
    activity: int
    done_activity: int
    deleted_activity: int
    goals: tuple[GoalView, ...]
    deleted_goal: GoalView
    changed_goal: GoalView
    """The last of the goals, changed once."""
    permission_set: PermissionSet
    own_set: int
    """A permission set that the company made for itself."""
    pipeline: int
    stages: tuple[int, ...]
    call: int
    """The activity type."""
    token: int
    """Cilla's."""
    bystander: User
    """Somebody on no team."""
    own_day: int
    failed_job: int
    imported: int
    """The number of an import that is done."""
    deleted_team: Team
    dashboard: DashboardView
    """Cilla's, with the first goal on it, shared with everybody as editors."""
    link: int
    """A public link to it."""
    screen: int
    """Cilla's, on the wall."""

    @property
    def id(self) -> int:
        return self.cast.company_id

    @property
    def admin(self) -> Actor:
        return self.cast.as_astrid


def furnish(word: str) -> Furnished:
    """Make a company whose every name has the word in it."""
    cast = make_company(word)
    set_rate(actor=cast.operator, currency="USD", day=date(2025, 1, 1), rate=Decimal("0.9"), now=NOW)
    let_see(cast.cilla, company_statistics=True, other_users_statistics=True)
    open_deal = add_deal(cast, cast.cilla, JANUARY, value=1234, expected=date(2026, 3, 20))
    won_deal = add_won(cast, cast.cilla, JANUARY, value=4321)
    moved_deal = add_deal(cast, cast.cilla, JANUARY)
    move_deal(actor=cast.operator, deal_id=moved_deal.pk, stage_id=cast.stages[1].pk, now=NOW)
    saved = save_filter(actor=cast.as_astrid, place="pipeline", name=word, query="q=x", now=NOW)
    deleted_deal = add_won(cast, cast.david, JANUARY, value=99)
    delete_deal(actor=cast.operator, deal_id=deleted_deal.pk, now=NOW)
    activity = add_activity(cast, cast.cilla, JANUARY, deal=open_deal)
    done = add_activity(cast, cast.cilla, JANUARY)
    complete_activity(actor=cast.operator, activity_id=done.pk, now=NOW)
    gone = add_activity(cast, cast.david, JANUARY)
    delete_activity(actor=cast.operator, activity_id=gone.pk, now=NOW)
    goals = _goals(cast)
    deleted_goal = set_goal(cast)
    delete_goal(actor=cast.as_astrid, public_id=deleted_goal.public_id, now=NOW)
    deleted_team = add_team(actor=cast.operator, name="Gone", manager_id=cast.bjorn.pk, now=NOW)
    delete_team(
        actor=cast.as_astrid,
        team_id=deleted_team.pk,
        ongoing=None,
        to_team_id=None,
        past=TeamGoalsOutcome.KEEP,
        asked=(),
        now=NOW,
    )
    own_day = add_company_day(
        actor=cast.operator, day=date(2026, 4, 6), name="Founders' day", is_working=False, now=NOW
    )
    bystander = add_person(cast.company, "Eskil")
    call = cast.activity_type().pk
    dashboard = _dashboard(cast, goals)
    issue_token(user=cast.cilla, name="Reports", now=NOW)
    token = ApiToken.objects.get(user=cast.cilla).pk
    _put_word_in_names(cast.company_id, word)
    return Furnished(
        cast=cast,
        open_deal=open_deal.pk,
        won_deal=won_deal.pk,
        moved_deal=moved_deal.pk,
        saved_filter=saved.pk,
        deleted_deal=deleted_deal.pk,
        activity=activity.pk,
        done_activity=done.pk,
        deleted_activity=gone.pk,
        goals=goals,
        deleted_goal=deleted_goal,
        changed_goal=goals[-1],
        permission_set=PermissionSet.objects.filter(company=cast.company).earliest("pk"),
        own_set=PermissionSet.objects.get(company=cast.company, is_built_in=False).pk,
        pipeline=cast.pipeline.pk,
        stages=tuple(stage.pk for stage in cast.stages),
        call=call,
        token=token,
        bystander=bystander,
        own_day=own_day.pk,
        failed_job=_failed_job(cast, word),
        imported=_imported(cast, word),
        deleted_team=deleted_team,
        dashboard=dashboard,
        link=PublicLink.objects.get(company_id=cast.company_id).pk,
        screen=_screen(cast, goals),
    )


def _dashboard(cast: Cast, goals: tuple[GoalView, ...]) -> DashboardView:
    tile = NewTile(GOAL, {"goal": goals[1].public_id, "form": "chart"})
    made = create_dashboard(actor=cast.as_cilla, title="Stand-up", now=NOW, tiles=[tile])
    create_link(
        actor=cast.as_cilla,
        public_id=made.public_id,
        name="For the board",
        ends_on=NOW.date(),
        password="",
        now=NOW,
    )
    return share_dashboard(
        actor=cast.as_cilla, public_id=made.public_id, everybody=Access.EDITOR, shares=[], now=NOW
    )


def _screen(cast: Cast, goals: tuple[GoalView, ...]) -> int:
    """Pair a screen that shows Cilla's goals."""
    code = code_for(new_key(), now=NOW).text
    chosen = [goal.public_id for goal in goals]
    return pair_screen(actor=cast.as_cilla, code=code, name=cast.company.name, goals=chosen, now=NOW).pk


def _imported(cast: Cast, word: str) -> int:
    """Leave behind an import whose number no other company has."""
    done = Import.objects.create(
        company_id=cast.company_id,
        number=1000 + cast.company_id,
        kind=FileKind.DEALS.value,
        file_name=f"{word}.csv",
        state=ImportState.UNDONE,
        made_by=cast.astrid,
        created_at=NOW,
        touched_at=NOW,
    )
    return done.number


def _failed_job(cast: Cast, word: str) -> int:
    """Leave a message behind that the mail server refused."""
    job = Job.objects.create(
        company_id=cast.company_id,
        task=send_message.module_path,
        about=f"{word}@nowhere.example",
        state=State.FAILED,
        attempts=1,
        error=f"The mail server refused the message: 550 {word}",
        created_at=NOW,
        finished_at=NOW,
    )
    return job.pk


def _goals(cast: Cast) -> tuple[GoalView, ...]:
    return (
        set_goal(cast, pipelines=frozenset({cast.pipeline.pk})),
        set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk), metric=Metric.SUM, currency="EUR"),
        set_goal(cast, assignee=person(cast.astrid), measure=Measure.DEALS_STARTED, ends_on=None),
        set_goal(
            cast,
            assignee=person(cast.cilla),
            measure=Measure.ACTIVITIES_ADDED,
            activity_types=frozenset({cast.activity_type().pk}),
        ),
        _changed(
            cast,
            set_goal(
                cast, measure=Measure.DEALS_PROGRESSED, stage_id=cast.stages[0].pk, ends_on=date(2026, 2, 28)
            ),
        ),
    )


def _changed(cast: Cast, goal: GoalView) -> GoalView:
    new = replace(goal.terms, target=goal.terms.target + 1)
    return change_goal(actor=cast.as_astrid, public_id=goal.public_id, terms=new, now=NOW)


_NAMES: Mapping[type[Model], tuple[str, ...]] = {
    User: ("name",),
    Team: ("name",),
    PermissionSet: ("name",),
    CompanyDay: ("name",),
    Pipeline: ("name",),
    Stage: ("name",),
    ActivityType: ("name", "key"),
    Deal: ("title", "organization"),
    Activity: ("subject",),
    Goal: ("title",),
    Dashboard: ("title",),
    PublicLink: ("name",),
}


def _put_word_in_names(company_id: int, word: str) -> None:
    for model, names in _NAMES.items():
        marked = {name: Concat(Value(f"{word} "), F(name), output_field=CharField()) for name in names}
        model._default_manager.filter(company_id=company_id).update(**marked)


_WRITTEN = re.compile(r'\b(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM) "?(\w+)')
LEFT_BY_ASKING = {BrowserSession, TokenUse}
"""Where somebody was signed in and which token was used: nothing that was done."""


def _own_models() -> list[type[Model]]:
    return [
        model
        for app in apps.get_app_configs()
        if app.name.startswith("goalpost.")
        for model in app.get_models()
        if model not in LEFT_BY_ASKING
    ]


def rows_of(company_id: int) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of a company: equal before and after means nothing of it was touched."""
    return {
        model._meta.db_table: list(
            model._default_manager.filter(**{"pk" if model is Company else "company_id": company_id})
            .order_by("pk")
            .values_list()
        )
        for model in _own_models()
    }


@contextmanager
def watched(company_id: int) -> Iterator[Callable[[], bool]]:
    """Yield what says whether the company's rows are still as they were when the block began.

    They are read before the first statement that writes to one of their tables: most requests write nothing.
    """
    tables = {model._meta.db_table for model in _own_models()}
    before: list[dict[str, list[tuple[object, ...]]]] = []

    def watch(execute: Callable[..., object], sql: str, *more: object) -> object:
        if not before and tables & set(_WRITTEN.findall(sql)):
            before.append({})  # reading them writes nothing
            before[0] = rows_of(company_id)
        return execute(sql, *more)

    with connection.execute_wrapper(watch):
        yield lambda: not before or rows_of(company_id) == before[0]
