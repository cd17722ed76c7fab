"""Every rule of what a goal may aim at, one row each: what is given, and which field is refused how."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest

from goalpost.companies.errors import InvalidInput
from goalpost.companies.models import Company
from goalpost.crm.actions.setup import add_pipeline, add_stage, set_rate
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.money import LARGEST_MINOR
from goalpost.domain.permissions import Assignee, Plan
from goalpost.goals.draft import check_terms
from goalpost.goals.periods import periods_shown
from goalpost.goals.terms import MOST_PERIOD_TARGETS, GoalTerms
from tests.goals.builders import COMPANY, PERSON, TEAM, Terms, person, terms
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db

SUM = Metric.SUM
HUGE = 2**70
TOO_MANY = "These dates give too many periods. Choose longer periods or a shorter duration."


@dataclass(frozen=True, slots=True)
class World:
    """Two companies alike. Ours has a second pipeline, and a rate for dollars but none for yen."""

    ours: Cast
    theirs: Cast
    partners: int
    partner_stage: int

    @property
    def first(self) -> int:
        return self.ours.pipeline.pk

    @property
    def stage(self) -> int:
        return self.ours.stages[2].pk

    @property
    def call(self) -> int:
        return self.ours.activity_type().pk


@pytest.fixture
def world() -> World:
    ours, theirs = make_company("Nordlys"), make_company("Sydvind")
    partners = add_pipeline(actor=ours.operator, name="Partners", now=NOW)
    stage = add_stage(actor=ours.operator, pipeline_id=partners.pk, name="Signed", now=NOW)
    set_rate(actor=ours.operator, currency="USD", day=date(2026, 1, 1), rate=Decimal("0.9"), now=NOW)
    return World(ours, theirs, partners.pk, stage.pk)


Changes = Callable[[World], Terms]


def months(*targets: int) -> dict[date, int]:
    """Return targets for the months of 2026, from January on."""
    return {date(2026, month, 1): target for month, target in enumerate(targets, 1)}


SOUND: dict[str, Changes] = {
    "a company's wins by number": lambda _: {},
    "without an end": lambda _: {"ends_on": None},
    "one day": lambda _: {"ends_on": date(2026, 1, 1)},
    "a title of 200 characters": lambda _: {"title": "x" * 200},
    "a title of 200 characters between spaces": lambda _: {"title": " " + "x" * 200 + " "},
    "a person": lambda w: {"assignee": person(w.ours.cilla)},
    "a team": lambda w: {"assignee": Assignee(TEAM, w.ours.nordic.pk)},
    "every pipeline named": lambda w: {"pipelines": frozenset({w.first, w.partners})},
    "wins by value": lambda _: {"metric": SUM, "currency": "EUR"},
    "wins by value in a currency with a rate": lambda _: {"metric": SUM, "currency": "USD"},
    "the largest target": lambda _: {"metric": SUM, "currency": "EUR", "target": LARGEST_MINOR},
    "deals started": lambda _: {"measure": Measure.DEALS_STARTED},
    "a forecast": lambda _: {"measure": Measure.REVENUE_FORECAST, "metric": SUM, "currency": "EUR"},
    "progress": lambda w: {"measure": Measure.DEALS_PROGRESSED, "stage_id": w.stage},
    "progress in the stage's pipeline": lambda w: {
        "measure": Measure.DEALS_PROGRESSED,
        "stage_id": w.stage,
        "pipelines": frozenset({w.first}),
    },
    "activities of two types": lambda w: {
        "measure": Measure.ACTIVITIES_ADDED,
        "activity_types": frozenset({w.call, w.ours.activity_type("lunch").pk}),
    },
    "completed activities in a pipeline": lambda w: {
        "measure": Measure.ACTIVITIES_COMPLETED,
        "pipelines": frozenset({w.first}),
    },
    "a target for each month": lambda _: {"period_targets": months(1, 2, 3, 4, 5, 6)},
    "a target for each clipped month": lambda _: {
        "starts_on": date(2026, 1, 15),
        "ends_on": date(2026, 2, 10),
        "period_targets": {date(2026, 1, 15): 3, date(2026, 2, 1): 4},
    },
    "three thousand weeks": lambda _: {
        "interval": Interval.WEEKLY,
        "starts_on": date(2024, 1, 1),
        "ends_on": date(2024, 1, 1) + timedelta(weeks=3000, days=-1),
    },
}

REFUSED: dict[str, tuple[Changes, str, str]] = {
    "no title": (lambda _: {"title": ""}, "title", "Give the goal a name."),
    "a title of spaces": (lambda _: {"title": " \t\n"}, "title", "Give the goal a name."),
    "a title of 201 characters": (lambda _: {"title": "x" * 201}, "title", "Use at most 200 characters."),
    "a null character": (
        lambda _: {"title": "a\x00b"},
        "title",
        "Use only visible characters, on one line.",
    ),
    "nobody": (lambda _: {"assignee": Assignee(PERSON, 0)}, "assignee", "There is no such user."),
    "a person past all ids": (
        lambda _: {"assignee": Assignee(PERSON, HUGE)},
        "assignee",
        "There is no such user.",
    ),
    "a stranger": (lambda w: {"assignee": person(w.theirs.cilla)}, "assignee", "There is no such user."),
    "no team": (lambda _: {"assignee": Assignee(TEAM, 0)}, "assignee", "There is no such team."),
    "their team": (
        lambda w: {"assignee": Assignee(TEAM, w.theirs.nordic.pk)},
        "assignee",
        "There is no such team.",
    ),
    "their company": (
        lambda w: {"assignee": Assignee(COMPANY, w.theirs.company_id)},
        "assignee",
        "A company goal is for your own company.",
    ),
    "no such pipeline": (lambda _: {"pipelines": frozenset({0})}, "pipelines", "There is no such pipeline."),
    "a pipeline past all ids": (
        lambda _: {"pipelines": frozenset({HUGE})},
        "pipelines",
        "There is no such pipeline.",
    ),
    "their pipeline beside ours": (
        lambda w: {"pipelines": frozenset({w.first, w.theirs.pipeline.pk})},
        "pipelines",
        "There is no such pipeline.",
    ),
    "progress without a stage": (
        lambda _: {"measure": Measure.DEALS_PROGRESSED},
        "stage",
        "Choose the stage that deals enter.",
    ),
    "no such stage": (
        lambda _: {"measure": Measure.DEALS_PROGRESSED, "stage_id": HUGE},
        "stage",
        "There is no such stage.",
    ),
    "stage zero": (
        lambda _: {"measure": Measure.DEALS_PROGRESSED, "stage_id": 0},
        "stage",
        "There is no such stage.",
    ),
    "their stage": (
        lambda w: {"measure": Measure.DEALS_PROGRESSED, "stage_id": w.theirs.stages[0].pk},
        "stage",
        "There is no such stage.",
    ),
    "a stage of a pipeline not chosen": (
        lambda w: {
            "measure": Measure.DEALS_PROGRESSED,
            "stage_id": w.partner_stage,
            "pipelines": frozenset({w.first}),
        },
        "stage",
        "The stage is in none of the pipelines chosen.",
    ),
    "a stage to win in": (lambda w: {"stage_id": w.stage}, "stage", "Only a progress goal has a stage."),
    "activity types to win": (
        lambda w: {"activity_types": frozenset({w.call})},
        "activity_types",
        "Only an activity goal has activity types.",
    ),
    "no such activity type": (
        lambda w: {"measure": Measure.ACTIVITIES_ADDED, "activity_types": frozenset({w.call, HUGE})},
        "activity_types",
        "There is no such activity type.",
    ),
    "their activity type": (
        lambda w: {
            "measure": Measure.ACTIVITIES_ADDED,
            "activity_types": frozenset({w.theirs.activity_type().pk}),
        },
        "activity_types",
        "There is no such activity type.",
    ),
    "activities by value": (
        lambda _: {"measure": Measure.ACTIVITIES_COMPLETED, "metric": SUM, "currency": "EUR"},
        "metric",
        "Activities are tracked by number.",
    ),
    "a forecast by number": (
        lambda _: {"measure": Measure.REVENUE_FORECAST},
        "metric",
        "A forecast goal is tracked by value.",
    ),
    "a number of euros": (
        lambda _: {"currency": "EUR"},
        "currency",
        "A goal tracked by number has no currency.",
    ),
    "a value of nothing": (lambda _: {"metric": SUM}, "currency", "Choose a currency."),
    "a value in no currency": (
        lambda _: {"metric": SUM, "currency": "XXX"},
        "currency",
        "Choose a currency.",
    ),
    "a value in a currency without a rate": (
        lambda _: {"metric": SUM, "currency": "JPY"},
        "currency",
        "There is no exchange rate for JPY yet. Add one, or use EUR.",
    ),
    "a forecast in dollars": (
        lambda _: {"measure": Measure.REVENUE_FORECAST, "metric": SUM, "currency": "USD"},
        "currency",
        "A forecast goal is in the company’s currency, EUR.",
    ),
    "an end before the start": (
        lambda _: {"ends_on": date(2025, 12, 31)},
        "ends_on",
        "The end must not come before the start.",
    ),
    "three thousand weeks and a day": (
        lambda _: {
            "interval": Interval.WEEKLY,
            "starts_on": date(2024, 1, 1),
            "ends_on": date(2024, 1, 1) + timedelta(weeks=3000),
        },
        "ends_on",
        TOO_MANY,
    ),
    "weeks without an end from long ago": (
        lambda _: {"interval": Interval.WEEKLY, "starts_on": date(1950, 1, 2), "ends_on": None},
        "ends_on",
        TOO_MANY,
    ),
    "weeks without an end that soon would be too many": (
        lambda _: {"interval": Interval.WEEKLY, "starts_on": date(1975, 1, 6), "ends_on": None},
        "ends_on",
        TOO_MANY,
    ),
    "the last day there is": (
        lambda _: {"starts_on": date(9999, 12, 1), "ends_on": date(9999, 12, 31)},
        "ends_on",
        "Choose an earlier date.",
    ),
    "no end after the last year there is": (
        lambda _: {"interval": Interval.YEARLY, "starts_on": date(9999, 1, 1), "ends_on": None},
        "ends_on",
        "These dates reach outside the years 1 to 9999. Choose other dates.",
    ),
    "a target of zero": (lambda _: {"target": 0}, "target", "Enter a target above zero."),
    "a target below zero": (lambda _: {"target": -1}, "target", "Enter a target above zero."),
    "a target past what clients can hold": (
        lambda _: {"target": LARGEST_MINOR + 1},
        "target",
        "The target is too large.",
    ),
    "seasons of a forecast": (
        lambda _: {
            "measure": Measure.REVENUE_FORECAST,
            "metric": SUM,
            "currency": "EUR",
            "period_targets": months(1, 2, 3, 4, 5, 6),
        },
        "period_targets",
        "A forecast goal has one target for all periods.",
    ),
    "seasons without an end": (
        lambda _: {"ends_on": None, "period_targets": months(1)},
        "period_targets",
        "Choose an end date first: each period needs its own target.",
    ),
    "a season that starts amid a month": (
        lambda _: {"period_targets": {**months(1, 2, 3, 4, 5, 6), date(2026, 2, 2): 1}},
        "period_targets",
        "No period of this goal starts on 2026-02-02.",
    ),
    "a season after the end": (
        lambda _: {"period_targets": months(1, 2, 3, 4, 5, 6, 7)},
        "period_targets",
        "No period of this goal starts on 2026-07-01.",
    ),
    "more seasons than anybody sets": (
        lambda _: {
            "interval": Interval.WEEKLY,
            "starts_on": date(2026, 1, 5),
            "ends_on": date(2026, 1, 5) + timedelta(weeks=MOST_PERIOD_TARGETS),
            "period_targets": {date(2026, 1, 5): 1},
        },
        "period_targets",
        "At most 520 periods can have individual targets. Choose an earlier end date.",
    ),
    "a month without a target": (
        lambda _: {"period_targets": months(1, 2, 3, 4, 5)},
        "period_targets",
        "1 period has no target.",
    ),
    "four months without a target": (
        lambda _: {"period_targets": months(1, 2)},
        "period_targets",
        "4 periods have no target.",
    ),
    "a month that aims below nothing": (
        lambda _: {"period_targets": months(1, 2, -1, 4, 5, 6)},
        "period_targets",
        "The target of a period must be zero or more.",
    ),
    "months that all aim at nothing": (
        lambda _: {"period_targets": months(0, 0, 0, 0, 0, 0)},
        "period_targets",
        "At least one period needs a target above zero.",
    ),
    "a month that aims too high": (
        lambda _: {"period_targets": months(1, 2, LARGEST_MINOR + 1, 4, 5, 6)},
        "period_targets",
        "The target of a period is too large.",
    ),
}


def check(world: World, given: GoalTerms) -> None:
    check_terms(given, Company.objects.get(pk=world.ours.company_id), today=date(2026, 3, 2))


@pytest.mark.parametrize("changes", SOUND.values(), ids=SOUND.keys())
def test_a_sound_goal_is_taken(world: World, changes: Changes) -> None:
    check(world, terms(world.ours, **changes(world)))


@pytest.mark.parametrize(("changes", "field", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_goal_at_fault_is_refused_with_what_to_do(
    world: World, changes: Changes, field: str, message: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(world, terms(world.ours, **changes(world)))
    assert refused.value.errors == {field: message}


@pytest.mark.parametrize(
    ("plan", "has_them"),
    [(Plan.ESSENTIAL, False), (Plan.ADVANCED, False), (Plan.PROFESSIONAL, True), (Plan.ENTERPRISE, True)],
)
def test_team_and_forecast_goals_need_the_professional_plan(
    world: World, plan: Plan, *, has_them: bool
) -> None:
    Company.objects.filter(pk=world.ours.company_id).update(plan=plan.value)
    team = terms(world.ours, assignee=Assignee(TEAM, world.ours.nordic.pk))
    forecast = terms(world.ours, measure=Measure.REVENUE_FORECAST, metric=SUM, currency="EUR")
    check(world, terms(world.ours))
    if has_them:
        check(world, team)
        check(world, forecast)
        return
    with pytest.raises(InvalidInput) as refused:
        check(world, team)
    assert refused.value.errors == {"assignee": "Team goals need the professional plan."}
    with pytest.raises(InvalidInput) as refused:
        check(world, forecast)
    assert refused.value.errors == {"measure": "Forecast goals need the professional plan."}


def test_every_field_at_fault_is_named_at_once(world: World) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(
            world,
            terms(
                world.ours,
                title="",
                assignee=Assignee(PERSON, 0),
                pipelines=frozenset({0}),
                stage_id=world.stage,
                metric=SUM,
                ends_on=date(2025, 1, 1),
            ),
        )
    assert set(refused.value.errors) == {"title", "assignee", "pipelines", "stage", "currency", "ends_on"}
    assert refused.value.field == "title"


def test_a_weekly_goal_that_runs_on_can_still_be_shown_twenty_years_on(world: World) -> None:
    """Its periods grow in number; a goal once taken must never become one that no page can show."""
    earliest = date(2026, 3, 2) - timedelta(weeks=1800)
    given = terms(world.ours, interval=Interval.WEEKLY, starts_on=earliest, ends_on=None)
    check(world, given)
    assert periods_shown(given, world.ours.company, today=date(2046, 3, 2))
