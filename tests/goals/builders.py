"""Short ways to say what a test of goals needs: terms, goals, deals, activities, a digest of the database."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import TypedDict, Unpack

from django.apps import apps

from goalpost.accounts.models import BrowserSession, TokenUse
from goalpost.companies.models import Company, User
from goalpost.crm.actions.activities import complete_activity, create_activity
from goalpost.crm.actions.deals import create_deal, win_deal
from goalpost.crm.models import Activity, ActivityType, Deal, Stage
from goalpost.domain.calendar import Interval, Period
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Actor, Assignee, AssigneeKind
from goalpost.goals.actions import create_goal
from goalpost.goals.periods import periods_shown, selection_of
from goalpost.goals.queries import GoalView
from goalpost.goals.terms import GoalTerms
from goalpost.insights.goal_report import GoalQuestion, GoalReport, goal_report
from goalpost.insights.report import Answer, Explain, Question, report
from tests.people import NOW, Cast

PERSON, TEAM, COMPANY = AssigneeKind.PERSON, AssigneeKind.TEAM, AssigneeKind.COMPANY


class Terms(TypedDict, total=False):
    """What a test changes of the terms it starts from."""

    title: str
    measure: Measure
    assignee: Assignee
    interval: Interval
    metric: Metric
    target: int
    starts_on: date
    ends_on: date | None
    currency: str
    pipelines: frozenset[int]
    stage_id: int | None
    activity_types: frozenset[int]
    period_targets: dict[date, int]


def terms(cast: Cast, **changes: Unpack[Terms]) -> GoalTerms:
    """Return sound terms: the company wins ten deals in each month of the first half of 2026."""
    sound = GoalTerms(
        title="Deals won",
        measure=Measure.DEALS_WON,
        assignee=the_company(cast),
        interval=Interval.MONTHLY,
        metric=Metric.QUANTITY,
        target=10,
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 6, 30),
    )
    return replace(sound, **changes)


def the_company(cast: Cast) -> Assignee:
    return Assignee(COMPANY, cast.company_id)


def person(user: User) -> Assignee:
    return Assignee(PERSON, user.pk)


def set_goal(cast: Cast, *, by: Actor | None = None, **changes: Unpack[Terms]) -> GoalView:
    """Set a goal, as Astrid unless somebody else is named."""
    return create_goal(actor=by or cast.as_astrid, terms=terms(cast, **changes), now=NOW)


@dataclass(frozen=True)
class Asking:
    """Who asks for a report, on which day."""

    actor: Actor
    company: Company
    today: date


def asking(cast: Cast, today: date = date(2026, 3, 2)) -> Asking:
    """Ask as Astrid, with the company's settings as they are now."""
    return Asking(cast.as_astrid, Company.objects.get(pk=cast.company_id), today)


def answer(actor: Actor, goal: GoalView, period: Period, explain: Explain | None = None) -> Answer:
    """Return what a goal has reached in a range of days, and what makes it up."""
    [found] = report(actor, [Question(selection_of(goal), (period,), explain=explain)])
    return found


def results(cast: Cast, goal: GoalView, *, today: date = date(2026, 3, 2)) -> GoalReport:
    """Return the results of all periods shown, with the company's settings as they are now."""
    reader = asking(cast, today)
    return goal_report(reader, GoalQuestion(goal, periods_shown(goal.terms, reader.company, today=today)))


def reached(cast: Cast, goal: GoalView, *, today: date = date(2026, 3, 2)) -> list[int]:
    """Return what each period shown has reached."""
    return [period.result for period in results(cast, goal, today=today).periods]


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def add_deal(
    cast: Cast,
    owner: User,
    day: date,
    *,
    value: int = 0,
    currency: str = "EUR",
    stage: Stage | None = None,
    expected: date | None = None,
) -> Deal:
    """Add an open deal at noon of the day. `value` is in minor units."""
    return create_deal(
        actor=cast.operator,
        stage_id=(stage or cast.stages[0]).pk,
        now=NOW,
        title="Deal",
        owner_id=owner.pk,
        value=value,
        currency=currency,
        add_time=noon(day),
        expected_close_date=expected,
    )


def add_won(
    cast: Cast,
    owner: User,
    day: date,
    *,
    value: int = 0,
    currency: str = "EUR",
    stage: Stage | None = None,
    at: datetime | None = None,
) -> Deal:
    """Add a deal won at noon of the day, or at `at`."""
    deal = add_deal(cast, owner, day, value=value, currency=currency, stage=stage)
    return win_deal(actor=cast.operator, deal_id=deal.pk, now=NOW, won_time=at or noon(day))


def add_activity(
    cast: Cast,
    owner: User,
    day: date,
    *,
    kind: ActivityType | None = None,
    deal: Deal | None = None,
    done: date | None = None,
) -> Activity:
    """Add an activity at noon of the day, done at noon of `done`."""
    activity = create_activity(
        actor=cast.operator,
        now=NOW,
        subject="Call back",
        type_id=(kind or cast.activity_type()).pk,
        owner_id=owner.pk,
        deal_id=None if deal is None else deal.pk,
        add_time=noon(day),
    )
    if done is not None:
        complete_activity(actor=cast.operator, activity_id=activity.pk, now=NOW, done_at=noon(done))
    return activity


def whole(start: date, end: date) -> Period:
    """Return the half-open range of days."""
    return Period(start, end)


def stored() -> dict[str, list[tuple[object, ...]]]:
    """Return every row of the product's tables: equal before and after means nothing was changed.

    Where somebody was signed in and which token was used is not among them: asking alone writes that.
    """
    own = [
        model
        for app in apps.get_app_configs()
        if app.name.startswith("goalpost.")
        for model in app.get_models()
        if model not in {BrowserSession, TokenUse}
    ]
    return {model._meta.db_table: list(model._default_manager.order_by("pk").values_list()) for model in own}
