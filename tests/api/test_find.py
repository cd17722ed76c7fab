"""Which goals are found: whose, which, and however a client writes its filters."""

from datetime import date

import pytest

from goalpost.crm.actions.setup import add_pipeline
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee
from tests.api.caller import ApiCaller, caller
from tests.goals.builders import TEAM, person, set_goal
from tests.people import NOW, Cast, let_see

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(cast: Cast) -> ApiCaller:
    return caller(cast.astrid)


def titles(api: ApiCaller, **filters: object) -> list[str]:
    return sorted((goal["title"] for goal in api.goals(**filters)), key=str.casefold)


def test_without_a_filter_only_ones_own_goals_are_found(cast: Cast, api: ApiCaller) -> None:
    set_goal(cast, title="company")
    set_goal(cast, title="mine", assignee=person(cast.astrid))
    set_goal(cast, title="Cilla's", assignee=person(cast.cilla))
    set_goal(cast, title="team", assignee=Assignee(TEAM, cast.nordic.pk))
    assert titles(api) == ["mine"]
    assert titles(api, title="MINE", period__start="2026-01-01", period__end="2026-01-31") == ["mine"]
    assert titles(api, title="company") == []
    assert titles(api, type__name="deals_won") == ["Cilla's", "company", "mine", "team"]
    assert titles(api, expected_outcome__tracking_metric="quantity") == ["Cilla's", "company", "mine", "team"]
    assert titles(api, **{"type.params.pipeline_id": "null"}) == ["Cilla's", "company", "mine", "team"]
    assert titles(api, assignee__type="company") == ["company"]
    assert titles(api, assignee__type="person") == ["Cilla's", "mine"]
    assert titles(api, assignee__type="team") == ["team"]


def test_an_assignees_id_is_a_users_unless_said_otherwise(cast: Cast, api: ApiCaller) -> None:
    set_goal(cast, title="company")
    set_goal(cast, title="Cilla's", assignee=person(cast.cilla))
    set_goal(cast, title="team", assignee=Assignee(TEAM, cast.nordic.pk))
    assert titles(api, assignee__id=cast.cilla.pk) == ["Cilla's"]
    assert titles(api, assignee__id=cast.nordic.pk, assignee__type="team") == ["team"]
    assert titles(api, assignee__id=cast.company_id, assignee__type="company") == ["company"]
    assert titles(api, assignee__id=cast.company_id + 1, assignee__type="company") == []


def test_widening_shows_nothing_that_is_hidden(cast: Cast) -> None:
    set_goal(cast, title="company")
    set_goal(cast, title="Cilla's", assignee=person(cast.cilla))
    set_goal(cast, title="David's", assignee=person(cast.david))
    david = caller(cast.david)
    assert titles(david, type__name="deals_won") == ["David's"]
    assert titles(david, assignee__id=cast.cilla.pk) == []
    let_see(cast.david, company_statistics=True, other_users_statistics=True)
    assert titles(david, type__name="deals_won") == ["Cilla's", "company", "David's"]


def test_past_goals_are_found_only_when_asked_for(cast: Cast, api: ApiCaller) -> None:
    mine = person(cast.astrid)
    set_goal(cast, title="past", assignee=mine, starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 1))
    set_goal(cast, title="last day", assignee=mine, starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 2))
    set_goal(cast, title="endless", assignee=mine, ends_on=None)
    set_goal(cast, title="ahead", assignee=mine, starts_on=date(2027, 1, 1), ends_on=date(2027, 3, 1))
    assert titles(api) == titles(api, is_active="true") == ["ahead", "endless", "last day"]
    assert titles(api, is_active="false") == ["past"]
    assert [goal["is_active"] for goal in api.goals(is_active="false")] == [False]


def test_a_period_finds_the_goals_that_run_on_any_of_its_days(cast: Cast, api: ApiCaller) -> None:
    mine = person(cast.astrid)
    set_goal(cast, title="spring", assignee=mine, starts_on=date(2026, 3, 1), ends_on=date(2026, 5, 31))
    set_goal(cast, title="endless", assignee=mine, starts_on=date(2026, 5, 1), ends_on=None)

    def found(start: str, end: str) -> list[str]:
        return titles(api, **{"period.start": start, "period.end": end})

    assert found("2026-01-01", "2026-03-01") == ["spring"]
    assert found("2026-01-01", "2026-02-28") == []
    assert found("2026-05-31", "2026-06-30") == ["endless", "spring"]
    assert found("2026-06-01", "9999-12-31") == ["endless"]


def test_titles_are_compared_whole_and_in_any_case(cast: Cast, api: ApiCaller) -> None:
    set_goal(cast, title="Årets ÖKNING", assignee=person(cast.astrid))
    assert titles(api, title="årets ökning") == ["Årets ÖKNING"]
    assert titles(api, title="årets") == []
    assert titles(api, term="ökn") == ["Årets ÖKNING"]
    assert titles(api, term="%") == []


def test_arrays_mean_the_same_however_they_are_written(cast: Cast, api: ApiCaller) -> None:
    first = cast.pipeline.pk
    second = add_pipeline(actor=cast.operator, name="Partners", now=NOW).pk
    set_goal(cast, title="one", pipelines=frozenset({first}))
    set_goal(cast, title="both", pipelines=frozenset({first, second}))
    set_goal(cast, title="all")
    ways: list[object] = [
        [second, first],
        f"{first},{second}",
        f"{first}, {second}",
        f"[{first}, {second}]",
        f'["{first}", "{second}"]',
        [f"{first},{second}", second],
    ]
    for written in ways:
        assert titles(api, **{"type.params.pipeline_id": written}) == ["both"], written
    assert titles(api, **{"type.params.pipeline_id[]": [first, second]}) == ["both"]
    assert titles(api, **{"type.params.pipeline_id": first}) == ["one"]
    assert titles(api, **{"type.params.pipeline_id": "null"}) == ["all"]
    assert titles(api, **{"type.params.pipeline_id": second}) == []


def test_activity_types_are_compared_as_a_set_and_null_means_activity_goals_for_all(
    cast: Cast, api: ApiCaller
) -> None:
    calls = cast.activity_type("call").pk
    done = Measure.ACTIVITIES_COMPLETED
    set_goal(cast, title="deals")
    set_goal(cast, title="calls", measure=done, activity_types=frozenset({calls}))
    set_goal(cast, title="any", measure=done)
    assert titles(api, **{"type.params.activity_type_id": calls}) == ["calls"]
    assert titles(api, **{"type.params.activity_type_id": "null"}) == ["any"]
    assert titles(api, **{"type.params.activity_type_id": [calls, calls + 1]}) == []


def test_the_rest_of_a_goals_fields_filter_too(cast: Cast, api: ApiCaller) -> None:
    stage = cast.stages[2].pk
    set_goal(cast, title="entered", measure=Measure.DEALS_PROGRESSED, stage_id=stage, target=7)
    set_goal(cast, title="value", metric=Metric.SUM, currency="EUR", target=12_345_67)
    assert titles(api, type__name="deals_progressed") == ["entered"]
    assert titles(api, **{"type.params.stage_id": stage}) == ["entered"]
    assert titles(api, expected_outcome__tracking_metric="sum") == ["value"]
    assert titles(api, expected_outcome__target="7") == ["entered"]
    assert titles(api, expected_outcome__target="12345.67") == ["value"]
    assert titles(api, expected_outcome__target="12345.6700") == ["value"]
    assert titles(api, expected_outcome__target="12345") == []
    assert titles(api, expected_outcome__currency_id="978") == ["value"]
    assert titles(api, expected_outcome__currency_id="USD") == []


def test_parameters_that_nobody_knows_are_ignored(cast: Cast, api: ApiCaller) -> None:
    set_goal(cast, title="mine", assignee=person(cast.astrid))
    assert titles(api, limit=50, start=0, sort="title ASC") == ["mine"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("type.name", "deals_lost"),
        ("is_active", "perhaps"),
        ("assignee.id", "me"),
        ("assignee.id", "-1"),
        ("assignee.id", "9" * 30),
        ("assignee.type", "user"),
        ("expected_outcome.target", "many"),
        ("expected_outcome.target", "NaN"),
        ("expected_outcome.tracking_metric", "count"),
        ("expected_outcome.currency_id", "1"),
        ("type.params.pipeline_id", "a"),
        ("type.params.pipeline_id", "1,,2"),
        ("type.params.pipeline_id", "[1,"),
        ("type.params.pipeline_id", "[[1]]"),
        ("type.params.pipeline_id", "[" * 5000),
        ("type.params.stage_id", "0"),
        ("type.params.activity_type_id", "true"),
        ("period.start", "2026-02-30"),
        ("period.start", "2026-01-01"),
        ("period.end", "2026-01-01"),
        ("period.end", "1767225600"),
        ("period.end", "2026-01-01T00:00:00"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(api: ApiCaller, name: str, value: str) -> None:
    reply = api.get("/goals/find", **{name: value})
    assert reply.status == 400
    other = {"period.start": "period.end", "period.end": "period.start"}.get(name, name)
    assert reply.error.startswith((f"{name}: ", f"{other}: ")), reply.error
    assert reply.body["statusCode"] == 40000
