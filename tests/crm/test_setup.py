"""Pipelines, stages, types, rates and time zone: a change to a rule recounts the records it concerns."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from goalpost.companies.errors import InvalidInput, NotAllowed
from goalpost.companies.models import Company
from goalpost.crm.actions import deals, setup
from goalpost.crm.models import ActivityType, ExchangeRate
from goalpost.domain.measures import Measure
from goalpost.domain.permissions import Actor
from goalpost.ledger.models import Posting
from goalpost.ledger.questions import Total
from goalpost.ledger.read import version
from tests.crm.records import LATER, add_activity, add_deal, days, everything_stored, total, utc
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db


def test_a_new_company_has_a_pipeline_of_five_stages_and_six_types_of_activity() -> None:
    cast = make_company()
    assert [stage.name for stage in cast.stages] == [name for name, _ in setup.DEFAULT_STAGES]
    assert [stage.position for stage in cast.stages] == [1, 2, 3, 4, 5]
    assert cast.pipeline.name == setup.DEFAULT_PIPELINE
    keys = ActivityType.objects.filter(company_id=cast.company_id).order_by("position")
    assert list(keys.values_list("key", flat=True)) == [key for _, key in setup.DEFAULT_ACTIVITY_TYPES]
    assert version(cast.company_id) == 0


def test_what_is_added_comes_after_the_others() -> None:
    cast = make_company()
    pipeline = setup.add_pipeline(actor=cast.as_astrid, name=" Partners ", now=NOW)
    assert (pipeline.name, pipeline.position) == ("Partners", 2)
    first = setup.add_stage(actor=cast.as_astrid, pipeline_id=pipeline.pk, name="Lead", now=NOW)
    second = setup.add_stage(
        actor=cast.as_astrid, pipeline_id=pipeline.pk, name="Talks", probability=40, now=NOW
    )
    assert [(first.position, first.probability), (second.position, second.probability)] == [
        (1, None),
        (2, 40),
    ]
    visit = setup.add_activity_type(actor=cast.as_astrid, name="Site visit", now=NOW)
    assert (visit.key, visit.position) == ("site_visit", 7)


def test_a_stages_probability_changes_the_forecast_of_open_deals_that_have_none() -> None:
    cast = make_company()
    close = date(2026, 5, 1)
    add_deal(cast, value=1_000, expected_close_date=close)
    add_deal(cast, value=10_000, expected_close_date=close, probability=50)
    won = add_deal(cast, value=100_000, expected_close_date=close)
    deals.win_deal(actor=cast.as_cilla, deal_id=won.pk, now=NOW)
    add_deal(cast, value=1_000_000, expected_close_date=close, stage=1, probability=0)
    assert total(cast, Measure.REVENUE_FORECAST) == Total(4, 200 + 5_000 + 100_000)
    stage_id = cast.stages[0].pk
    setup.change_stage_probability(actor=cast.as_astrid, stage_id=stage_id, probability=30, now=LATER)
    assert total(cast, Measure.REVENUE_FORECAST) == Total(4, 300 + 5_000 + 100_000)
    setup.change_stage_probability(actor=cast.as_astrid, stage_id=stage_id, probability=None, now=LATER)
    assert total(cast, Measure.REVENUE_FORECAST) == Total(4, 1_000 + 5_000 + 100_000)
    latest = Posting.objects.filter(company_id=cast.company_id).latest("id")
    assert (latest.reason, latest.note, latest.actor_id) == ("rule", "stage probability", cast.astrid.pk)


def test_a_rate_holds_from_its_day_on_and_the_first_one_before_it() -> None:
    cast = make_company()
    for month in (1, 2, 3):
        add_deal(cast, value=100_00, currency="USD", add_time=utc(2026, month, 15))
    assert total(cast, Measure.DEALS_STARTED) == Total(3, 0, 3)
    setup.set_rate(actor=cast.as_astrid, currency="USD", day=date(2026, 2, 1), rate=Decimal("0.9"), now=LATER)
    assert total(cast, Measure.DEALS_STARTED) == Total(3, 3 * 90_00)
    setup.set_rate(actor=cast.as_astrid, currency="USD", day=date(2026, 3, 1), rate=Decimal("0.8"), now=LATER)
    assert total(cast, Measure.DEALS_STARTED) == Total(3, 2 * 90_00 + 80_00)
    setup.set_rate(actor=cast.as_astrid, currency="USD", day=date(2026, 2, 1), rate=Decimal("0.5"), now=LATER)
    assert total(cast, Measure.DEALS_STARTED) == Total(3, 2 * 50_00 + 80_00)
    assert ExchangeRate.objects.filter(company_id=cast.company_id).count() == 2


def test_another_time_zone_moves_what_happened_near_midnight() -> None:
    cast = make_company(time_zone="Europe/Stockholm")
    add_deal(cast, add_time=utc(2025, 12, 31, 23, 30))
    add_activity(cast, add_time=utc(2025, 12, 31, 23, 30))
    assert days(cast, Measure.DEALS_STARTED) == days(cast, Measure.ACTIVITIES_ADDED) == [date(2026, 1, 1)]
    setup.change_time_zone(actor=cast.as_astrid, time_zone="America/New_York", now=LATER)
    assert days(cast, Measure.DEALS_STARTED) == days(cast, Measure.ACTIVITIES_ADDED) == [date(2025, 12, 31)]
    assert Company.objects.get(pk=cast.company_id).time_zone == "America/New_York"


def test_a_rule_that_changes_no_number_posts_nothing() -> None:
    cast = make_company()
    add_deal(cast, add_time=utc(2026, 1, 15, 12))
    before = version(cast.company_id)
    setup.set_rate(actor=cast.as_astrid, currency="USD", day=date(2026, 1, 1), rate=Decimal(1), now=LATER)
    setup.change_time_zone(actor=cast.as_astrid, time_zone="Europe/Berlin", now=LATER)
    assert version(cast.company_id) == before


Attempt = Callable[[Actor, Cast], object]


def rate(currency: str, value: str) -> Attempt:
    return lambda actor, _cast: setup.set_rate(
        actor=actor, currency=currency, day=date(2026, 1, 1), rate=Decimal(value), now=NOW
    )


def stage_named(name: str, probability: int | None = None) -> Attempt:
    return lambda actor, cast: setup.add_stage(
        actor=actor, pipeline_id=cast.pipeline.pk, name=name, probability=probability, now=NOW
    )


def pipeline_named(name: str) -> Attempt:
    return lambda actor, _cast: setup.add_pipeline(actor=actor, name=name, now=NOW)


def type_named(name: str, key: str = "") -> Attempt:
    return lambda actor, _cast: setup.add_activity_type(actor=actor, name=name, key=key, now=NOW)


def probability_of(stage_id: int | None, probability: int) -> Attempt:
    return lambda actor, cast: setup.change_stage_probability(
        actor=actor, stage_id=stage_id or cast.stages[0].pk, probability=probability, now=NOW
    )


def zone(name: str) -> Attempt:
    return lambda actor, _cast: setup.change_time_zone(actor=actor, time_zone=name, now=NOW)


REFUSED: list[tuple[Attempt, str]] = [
    (rate("EUR", "1"), "currency"),
    (rate("usd", "1"), "currency"),
    (rate("USD", "0"), "rate"),
    (rate("USD", "-1"), "rate"),
    (rate("USD", "NaN"), "rate"),
    (rate("USD", "Infinity"), "rate"),
    (rate("USD", "1e12"), "rate"),
    (rate("USD", "1e-13"), "rate"),
    (stage_named(""), "name"),
    (stage_named("x" * 201), "name"),
    (stage_named("Qualified"), "name"),
    (stage_named("Talks", 101), "probability"),
    (pipeline_named(" "), "name"),
    (pipeline_named(setup.DEFAULT_PIPELINE), "name"),
    (type_named(""), "name"),
    (type_named("Call"), "name"),
    (type_named("Ring", "call"), "name"),
    (probability_of(None, 101), "probability"),
    (probability_of(999_999_999, 10), "stage"),
    (zone("Europe/Atlantis"), "time_zone"),
    (zone(""), "time_zone"),
    (zone("../../etc/passwd"), "time_zone"),
    (
        lambda actor, _cast: setup.add_stage(actor=actor, pipeline_id=999_999_999, name="Lead", now=NOW),
        "pipeline",
    ),
]


@pytest.mark.parametrize(("attempt", "field"), REFUSED)
def test_a_rule_that_cannot_be_is_refused_by_name(attempt: Attempt, field: str) -> None:
    cast = make_company()
    before = everything_stored()
    with pytest.raises(InvalidInput) as refused:
        attempt(cast.as_astrid, cast)
    assert refused.value.field == field
    assert everything_stored() == before


@pytest.mark.parametrize(
    "attempt",
    [
        rate("USD", "1"),
        stage_named("Talks"),
        pipeline_named("Partners"),
        type_named("Visit"),
        probability_of(None, 10),
        zone("UTC"),
    ],
)
def test_only_an_admin_changes_the_rules(attempt: Attempt) -> None:
    cast = make_company()
    add_deal(cast)
    before = everything_stored()
    for actor in (cast.as_bjorn, cast.as_cilla):
        with pytest.raises(NotAllowed):
            attempt(actor, cast)
    assert everything_stored() == before
    attempt(cast.as_astrid, cast)
    assert everything_stored() != before
