"""The sample company: worth looking at on any day, and the same all day long."""

from collections import Counter
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory

from goalpost.companies.actors import actor_for
from goalpost.companies.models import Team, User
from goalpost.crm.models import Activity, Deal, StageMove
from goalpost.crm.verify import differences
from goalpost.demo import DemoCompany, build
from goalpost.domain.calendar import Interval, Period
from goalpost.domain.measures import Measure
from goalpost.domain.pace import PaceStatus
from goalpost.domain.permissions import AssigneeKind
from goalpost.goals.models import Goal
from goalpost.goals.queries import goals_seen_by, visible_to
from goalpost.insights.report import RecordsAsked
from goalpost.ledger.models import Posting, Reason
from tests.demo.reading import results_seen_by_admin
from tests.goals.builders import answer

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
"""A Wednesday in the middle of a month."""


@pytest.fixture(scope="module")
def demo(kept_for_module: None) -> DemoCompany:
    return build(NOON)


@pytest.mark.django_db
def test_the_ledger_agrees_with_the_records(demo: DemoCompany) -> None:
    assert list(differences(demo.company.pk)) == []


@pytest.mark.django_db
def test_there_is_enough_to_look_at(demo: DemoCompany) -> None:
    company = demo.company
    assert 4_000 <= Deal.objects.filter(company=company).count() <= 6_000
    assert 10_000 <= Activity.objects.filter(company=company).count() <= 16_000
    assert Team.objects.filter(company=company).count() == 3
    edits = Posting.objects.filter(company=company, reason=Reason.EDIT)
    assert edits.count() > 100
    assert len(set(edits.values_list("actor_id", flat=True))) > 10
    assert Deal.objects.filter(company=company, currency="ISK").count() == 3


@pytest.mark.django_db
def test_three_people_can_sign_in_with_different_rights(demo: DemoCompany) -> None:
    seen: dict[str, int] = {}
    for role, email, password in demo.sign_ins:
        user = authenticate(RequestFactory().get("/"), email=email, password=password)
        assert isinstance(user, User), role
        seen[role] = visible_to(actor_for(user)).count()
    assert list(seen) == ["Admin", "Team manager", "Regular user", "Regular user, open"]
    assert seen["Admin"] == Goal.objects.filter(company=demo.company).count()
    assert 3 <= seen["Regular user"] < seen["Admin"]


@pytest.mark.django_db
def test_somebody_sees_results_that_hidden_records_are_part_of(demo: DemoCompany) -> None:
    email = next(each.email for each in demo.sign_ins if each.role == "Regular user, open")
    actor = actor_for(User.objects.get(email=email))
    goal = goals_seen_by(actor, visible_to(actor).filter(title="Nordics won value"))[0]
    found = answer(actor, goal, Period(date(2026, 11, 1), date(2026, 12, 1)), RecordsAsked(limit=50))
    assert found.records, "own ones"
    assert found.hidden.count > 0


@pytest.mark.django_db
def test_a_goal_is_in_another_currency_with_deals_in_it_and_in_others(demo: DemoCompany) -> None:
    [elin] = [actor_for(User.objects.get(email=each.email)) for each in demo.sign_ins if each.role == "Admin"]
    [goal] = goals_seen_by(elin, visible_to(elin).filter(currency="SEK"))
    total = answer(elin, goal, Period(date(2026, 1, 1), date(2026, 12, 1))).total
    assert 0 < total.converted < total.count


@pytest.mark.django_db
def test_there_are_goals_of_every_kind(demo: DemoCompany) -> None:
    goals = Goal.objects.filter(company=demo.company)
    assert {goal.measure for goal in goals} == set(Measure.of_goals())
    assert {goal.assignee_kind for goal in goals} == set(AssigneeKind)
    assert {goal.interval for goal in goals} == set(Interval)
    assert goals.filter(ends_on__isnull=True).exists()
    assert goals.filter(ends_on__lt=NOON.date()).exists()
    assert goals.filter(starts_on__gt=NOON.date()).exists()
    seasonal = goals.get(title="Nordics won value")
    targets = [own.target for own in seasonal.period_targets.all()]
    assert len(targets) == 12
    assert len(set(targets)) > 6
    assert seasonal.changes.filter(actor__name="Elin Sandvik").count() == 2, "set, and raised since"


@pytest.mark.django_db
def test_the_running_goals_show_every_pace(demo: DemoCompany) -> None:
    statuses = Counter(
        result.periods[result.current].pace.status
        for result in results_seen_by_admin(demo, NOON.date())
        if result.current is not None
    )
    for status in (PaceStatus.REACHED, PaceStatus.AHEAD, PaceStatus.ON_TRACK, PaceStatus.BEHIND):
        assert statuses[status] >= 2, statuses


@pytest.mark.django_db
def test_one_person_is_far_ahead_and_one_behind(demo: DemoCompany) -> None:
    won = Counter(
        Deal.objects.filter(company=demo.company, status="won").values_list("owner__name", flat=True)
    )
    current = {user.name for user in User.objects.filter(company=demo.company, is_active=True)}
    sellers = [name for name, _ in won.most_common() if name in current and name != "Tuomas Rintala"]
    assert sellers[0] == "Aino Kallio"
    assert sellers[-1] == "Jonas Bergdal"
    assert won["Petra Lindqvist"] > 50  # she has left; what she won stays hers


@pytest.mark.django_db
def test_deals_wait_in_one_stage(demo: DemoCompany) -> None:
    waiting = Counter(
        Deal.objects.filter(company=demo.company, status="open").values_list("stage__name", flat=True)
    )
    (stage, most), (_, next_most) = waiting.most_common(2)
    assert stage == "Proposal sent"
    assert most > 1.4 * next_most


@pytest.mark.django_db
def test_people_work_on_weekdays_only(demo: DemoCompany) -> None:
    zone = ZoneInfo(demo.company.time_zone)
    moments = StageMove.objects.filter(company=demo.company).values_list("moved_at", flat=True)
    assert all(moment is not None and moment.astimezone(zone).weekday() < 5 for moment in moments)


@pytest.mark.django_db
def test_a_value_without_a_rate_is_named_as_unknown(demo: DemoCompany) -> None:
    assert any(
        period.unvalued for result in results_seen_by_admin(demo, NOON.date()) for period in result.periods
    )
