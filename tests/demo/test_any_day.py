"""The sample company is made on whatever day somebody wants to look at it."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from goalpost.crm.models import Activity, Deal, StageMove
from goalpost.demo import build
from goalpost.domain.pace import PaceStatus
from goalpost.goals.models import Goal
from goalpost.ledger.models import Posting
from tests.demo.reading import results_seen_by_admin

Story = list[tuple[object, ...]]


MORNING, EVENING = datetime(2026, 7, 31, 6, tzinfo=UTC), datetime(2026, 7, 31, 20, tzinfo=UTC)
NEW_YEARS_NIGHT = datetime(2027, 1, 1, 0, 30, tzinfo=UTC)
"""Half past one in the morning, in Stockholm."""


@pytest.mark.django_db
def test_on_new_years_night_no_goal_is_a_page_of_zeros_and_nothing_lies_ahead_of_the_clock() -> None:
    now, today = NEW_YEARS_NIGHT, NEW_YEARS_NIGHT.date()
    built = build(now)
    for result in results_seen_by_admin(built, today):
        ended = [period for period in result.periods if period.period.end <= today][-6:]
        if ended:
            zeros = sum(not period.result for period in ended)
            assert 2 * zeros <= len(ended), result.goal.terms.title
            assert ended[-1].result or len(ended) > 1, result.goal.terms.title
    company = built.company
    assert max(Posting.objects.filter(company=company).values_list("at", flat=True)) < now
    assert not Activity.objects.filter(company=company, marked_as_done_time__gt=now).exists()
    assert not Deal.objects.filter(company=company, updated_at__gt=now).exists()


@pytest.mark.django_db
def test_on_a_months_last_day_the_first_goal_still_says_what_is_needed() -> None:
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)
    reports = {each.goal.terms.title: each for each in results_seen_by_admin(build(now), now.date())}
    nordics = reports["Nordics won value"]
    assert nordics.current is not None
    november = nordics.periods[nordics.current]
    assert november.missing > 0
    assert november.pace.days_left == 0
    assert november.pace.status is PaceStatus.ON_TRACK


@pytest.mark.django_db
def test_who_handed_a_deal_on_plans_the_next_activity_without_it() -> None:
    company = build(datetime(2026, 12, 1, 3, 15, tzinfo=UTC)).company
    assert Activity.objects.filter(company=company, due_date__gte="2026-12-01").exists()


@pytest.mark.django_db
def test_the_hour_of_the_day_changes_nothing_once_the_early_morning_is_over() -> None:
    assert _told_at(MORNING) == _told_at(EVENING)


def _told_at(now: datetime) -> Story:
    """Build the company and take it back. Returns all it consists of, in order, without ids."""
    with transaction.atomic():
        company = build(now).company
        story = [*_records(company.pk), *_goals(company.pk)]
        transaction.set_rollback(True)
    return story


def _records(company_id: int) -> Story:
    deals = Deal.objects.filter(company_id=company_id).order_by("id")
    moves = StageMove.objects.filter(company_id=company_id).order_by("deal_id", "number")
    activities = Activity.objects.filter(company_id=company_id).order_by("id")
    postings = Posting.objects.filter(company_id=company_id).order_by("id")
    times = ("add_time", "won_time", "lost_time", "expected_close_date", "stage_change_time", "updated_at")
    return [
        *deals.values_list("title", "owner__name", "stage__name", "status", "value", "currency", *times),
        *moves.values_list("deal__title", "stage__name", "moved_at"),
        *activities.values_list("subject", "owner__name", "deal__title", "add_time", "marked_as_done_time"),
        *postings.values_list("at", "actor__name", "reason", "note"),
    ]


def _goals(company_id: int) -> Story:
    goals = Goal.objects.filter(company_id=company_id).order_by("id", "period_targets__starts_on")
    named = ("title", "public_id", "assignee_user__name", "assignee_team__name", "creator__name")
    return list(goals.values_list(*named, "target", "starts_on", "created_at", "period_targets__target"))
