"""Whatever a goal aims at, its results are the plain sums over the records in the tables."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goalpost.companies.memberships import add_member
from goalpost.companies.models import Company, TeamMembership
from goalpost.crm.actions.activities import complete_activity, create_activity
from goalpost.crm.actions.deals import create_deal, lose_deal, move_deal, win_deal
from goalpost.crm.actions.setup import add_pipeline, add_stage, set_rate
from goalpost.crm.models import ActivityType, Pipeline, Stage
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric, allowed_metrics
from goalpost.domain.permissions import Assignee
from goalpost.goals.actions import create_goal
from goalpost.goals.periods import periods_shown
from goalpost.goals.terms import GoalTerms
from goalpost.insights.goal_report import GoalQuestion, goal_reports
from tests.crm.naive_recount import Line, Recount
from tests.goals.builders import COMPANY, PERSON, TEAM, asking
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db

FIRST = datetime(2025, 6, 1, 12, tzinfo=UTC)
DAYS = 300
TODAY = date(2026, 3, 2)


def busy_company() -> Cast:
    """Return a company with some hundred records of every kind, owned by everybody."""
    cast, random = make_company(), Random(7)
    add_member(now=NOW, actor=cast.operator, team_id=cast.baltic.pk, user_id=cast.cilla.pk)
    partners = add_pipeline(actor=cast.operator, name="Partners", now=NOW)
    for name in ("Met", "Signed"):
        add_stage(actor=cast.operator, pipeline_id=partners.pk, name=name, probability=70, now=NOW)
    for month in (6, 9, 12):
        rate = Decimal("0.8") + Decimal(month) / 100
        set_rate(actor=cast.operator, currency="USD", day=date(2025, month, 1), rate=rate, now=NOW)
        set_rate(actor=cast.operator, currency="KWD", day=date(2025, month, 11), rate=3 * rate, now=NOW)
    add_deals(cast, random)
    add_activities(cast, random)
    return cast


def add_deals(cast: Cast, random: Random) -> None:
    stages = list(Stage.objects.filter(company_id=cast.company_id).order_by("pk"))
    for _ in range(90):
        added = FIRST + timedelta(hours=random.randrange(24 * DAYS))
        deal = create_deal(
            actor=cast.operator,
            stage_id=random.choice(stages).pk,
            now=NOW,
            title="Deal",
            owner_id=random.choice(cast.people).pk,
            value=random.randrange(100_000),
            currency=random.choice(["EUR", "EUR", "USD", "KWD", "JPY"]),
            add_time=added,
            expected_close_date=random.choice([None, (added + timedelta(days=60)).date()]),
        )
        for moves in range(random.randrange(3)):
            moment = added + timedelta(days=moves + 1)
            to = random.choice(stages).pk
            move_deal(actor=cast.operator, deal_id=deal.pk, stage_id=to, now=NOW, moved_at=moment)
        closed = added + timedelta(days=30)
        match random.randrange(3):
            case 0:
                win_deal(actor=cast.operator, deal_id=deal.pk, now=NOW, won_time=closed)
            case 1:
                lose_deal(actor=cast.operator, deal_id=deal.pk, now=NOW, lost_time=closed)


def add_activities(cast: Cast, random: Random) -> None:
    types = list(ActivityType.objects.filter(company_id=cast.company_id).order_by("pk"))
    deals: list[int | None] = [None, *sorted({line.source_id for line in Recount(cast.company_id).lines})]
    for _ in range(90):
        added = FIRST + timedelta(hours=random.randrange(24 * DAYS))
        activity = create_activity(
            actor=cast.operator,
            now=NOW,
            subject="Call back",
            type_id=random.choice(types).pk,
            owner_id=random.choice(cast.people).pk,
            deal_id=random.choice([None, random.choice(deals)]),
            add_time=added,
        )
        if random.random() < 0.6:
            done = added + timedelta(days=3)
            complete_activity(actor=cast.operator, activity_id=activity.pk, now=NOW, done_at=done)


@st.composite
def any_terms(draw: st.DrawFn, cast: Cast) -> GoalTerms:
    """Draw the terms of any goal that can be set over the busy company's records."""
    measure = draw(st.sampled_from(Measure.of_goals()))
    pipelines = list(Pipeline.objects.filter(company_id=cast.company_id).values_list("pk", flat=True))
    chosen = frozenset(draw(st.sets(st.sampled_from(pipelines))))
    stages = Stage.objects.filter(company_id=cast.company_id, pipeline_id__in=chosen or pipelines)
    types = list(ActivityType.objects.filter(company_id=cast.company_id).values_list("pk", flat=True))
    metric = draw(st.sampled_from(sorted(allowed_metrics(measure))))
    starts_on = FIRST.date() + timedelta(days=draw(st.integers(-30, DAYS)))
    return GoalTerms(
        title="Any",
        measure=measure,
        assignee=draw(
            st.sampled_from(
                [
                    Assignee(COMPANY, cast.company_id),
                    *(Assignee(TEAM, team.pk) for team in (cast.nordic, cast.baltic)),
                    *(Assignee(PERSON, user.pk) for user in cast.people),
                ]
            )
        ),
        interval=draw(st.sampled_from(Interval)),
        metric=metric,
        currency=_currency(draw, measure, metric),
        target=1,
        starts_on=starts_on,
        ends_on=draw(st.none() | st.integers(0, DAYS).map(lambda days: starts_on + timedelta(days=days))),
        pipelines=chosen,
        stage_id=draw(st.sampled_from(list(stages))).pk if measure is Measure.DEALS_PROGRESSED else None,
        activity_types=(
            frozenset(draw(st.sets(st.sampled_from(types)))) if measure.counts_activities else frozenset()
        ),
    )


def _currency(draw: st.DrawFn, measure: Measure, metric: Metric) -> str:
    if metric is Metric.QUANTITY:
        return ""
    return "EUR" if measure is Measure.REVENUE_FORECAST else draw(st.sampled_from(["EUR", "USD", "KWD"]))


def counting(terms: GoalTerms, lines: Iterable[Line]) -> list[Line]:
    """Return what counts towards a goal, said as the goal's own form says it."""
    people = {terms.assignee.id}
    if terms.assignee.kind is TEAM:
        members = TeamMembership.objects.filter(team_id=terms.assignee.id)
        people = set(members.values_list("user_id", flat=True))
    return [
        line
        for line in lines
        if line.measure is terms.measure
        and (terms.assignee.kind is COMPANY or line.owner_id in people)
        and (not terms.pipelines or line.pipeline_id in terms.pipelines)
        and (terms.stage_id is None or line.item_id == terms.stage_id)
        and (not terms.activity_types or line.item_id in terms.activity_types)
    ]


@pytest.mark.parametrize(("week_start", "fiscal_month"), [(0, 1), (6, 4)])
def test_the_results_of_any_goals_are_the_sums_of_what_counts(week_start: int, fiscal_month: int) -> None:
    cast = busy_company()
    Company.objects.filter(pk=cast.company_id).update(week_start=week_start, fiscal_month=fiscal_month)
    reader = asking(cast, TODAY)
    recount = Recount(cast.company_id)
    lines = recount.lines

    @given(st.lists(any_terms(cast), min_size=1, max_size=4))
    def check(several: list[GoalTerms]) -> None:
        goals = [create_goal(actor=cast.as_astrid, terms=terms, now=NOW) for terms in several]
        asked = [GoalQuestion(goal, periods_shown(goal.terms, reader.company, today=TODAY)) for goal in goals]
        for terms, found in zip(several, goal_reports(reader, asked), strict=True):
            counted = counting(terms, lines)
            for period in found.periods:
                here = [line for line in counted if period.period.contains(line.day)]
                told = [recount.told_in(terms.currency.replace("EUR", ""), line) for line in here]
                worth = sum(amount for amount, _unvalued, _is_converted in told)
                assert period.count == len(here)
                assert period.result == (worth if terms.metric is Metric.SUM else len(here))
                unknown = sum(unvalued for _amount, unvalued, _is_converted in told)
                assert period.unvalued == (unknown if terms.metric is Metric.SUM else 0)

    check()
    assert {line.measure for line in lines} == set(Measure), "records of every kind take part"
    assert any(line.unvalued for line in lines)
    assert any(not line.pipeline_id for line in lines)
