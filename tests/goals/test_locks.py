"""Goals, teams, people and the calendar changed at the same moment: nothing stands still, no goal is lost."""

from datetime import timedelta

import pytest

from goalpost.companies.errors import Changed, InvalidInput, NotAllowed
from goalpost.crm.actions.handover import Extent
from goalpost.crm.actions.setup import change_calendar
from goalpost.domain.permissions import Assignee
from goalpost.goals.actions import change_goal
from goalpost.goals.departures import TeamGoalsOutcome, delete_team, goals_of_team, hand_over, restore_team
from goalpost.goals.models import Goal
from tests.crm.at_once import at_once
from tests.goals.builders import TEAM, add_deal, person, set_goal, terms, the_company
from tests.people import NOW, make_company

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("emptied_afterwards")]
TIMES = 12


def test_no_goal_is_given_to_a_team_that_is_going() -> None:
    cast = make_company()
    goals = [set_goal(cast) for _ in range(3)]
    nordic = Assignee(TEAM, cast.nordic.pk)

    def give() -> None:
        for number in range(TIMES):
            for goal in goals:
                whose = nordic if number % 2 == 0 else the_company(cast)
                new = terms(cast, assignee=whose, target=number + 1)
                try:
                    change_goal(actor=cast.as_astrid, public_id=goal.public_id, terms=new, now=NOW)
                except (InvalidInput, NotAllowed):
                    assert whose == nordic

    def delete_and_restore() -> None:
        for number in range(TIMES):
            now = NOW + timedelta(minutes=number)
            asked = goals_of_team(cast.as_astrid, cast.nordic.pk, now=now).marks
            try:
                delete_team(
                    actor=cast.as_astrid,
                    team_id=cast.nordic.pk,
                    ongoing=TeamGoalsOutcome.COMPANY,
                    to_team_id=None,
                    past=TeamGoalsOutcome.KEEP,
                    asked=asked,
                    now=now,
                )
            except Changed:
                continue
            assert not Goal.objects.filter(assignee_team=cast.nordic).exists()
            restore_team(actor=cast.as_astrid, team_id=cast.nordic.pk, now=now)

    at_once(give, delete_and_restore)
    assert Goal.objects.filter(is_deleted=False).count() == len(goals)


def test_a_hand_over_and_a_new_time_zone_wait_for_each_other() -> None:
    cast = make_company()
    for _ in range(5):
        add_deal(cast, cast.cilla, NOW.date())
    set_goal(cast, assignee=person(cast.cilla))
    everything = Extent(open_deals=True, closed_deals=True, open_activities=True)

    def pass_on() -> None:
        for number in range(TIMES):
            giver, taker = (cast.cilla, cast.david) if number % 2 == 0 else (cast.david, cast.cilla)
            hand_over(
                actor=cast.as_astrid,
                user_id=giver.pk,
                successor_id=taker.pk,
                extent=everything,
                with_goals=True,
                now=NOW,
            )

    def move_about() -> None:
        for number in range(TIMES):
            zone = "Europe/Stockholm" if number % 2 else "Asia/Tokyo"
            change_calendar(actor=cast.as_astrid, time_zone=zone, week_start=0, fiscal_month=1, now=NOW)

    at_once(pass_on, move_about)
