"""A team's result is what its members achieved while they were members, each counted once."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from goalpost.companies.memberships import (
    MembershipChange,
    add_member,
    change_memberships,
    joining,
    leaving,
    membership_events,
    remove_member,
)
from goalpost.crm.actions.deals import delete_deal
from goalpost.domain.calendar import Interval, Period
from goalpost.domain.membership import Stay
from goalpost.domain.permissions import Assignee
from goalpost.goals.periods import selection_known_at, selection_of
from goalpost.goals.queries import GoalView, goal_seen_by
from goalpost.insights.changes import ChangesAsked
from goalpost.insights.report import Question, report
from goalpost.ledger import read
from tests.goals.builders import TEAM, add_won, reached, set_goal
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
TODAY = date(2026, 12, 31)


def year_of(cast: Cast, team_id: int, interval: Interval = Interval.MONTHLY) -> GoalView:
    goal = set_goal(
        cast, assignee=Assignee(TEAM, team_id), interval=interval, starts_on=YEAR[0], ends_on=YEAR[1]
    )
    return goal_seen_by(cast.as_astrid, goal.public_id)


def months(cast: Cast, goal: GoalView) -> list[int]:
    return reached(cast, goal_seen_by(cast.as_astrid, goal.public_id), today=TODAY)


def win_on_the_15th(cast: Cast) -> None:
    """Let Cilla win a deal in the middle of each month, and David two."""
    for month in range(1, 13):
        add_won(cast, cast.cilla, date(2026, month, 15))
        add_won(cast, cast.david, date(2026, month, 15))
        add_won(cast, cast.david, date(2026, month, 15))


def test_a_move_to_another_team_changes_no_period_before_it() -> None:
    cast = make_company()
    win_on_the_15th(cast)
    nordic, baltic = year_of(cast, cast.nordic.pk), year_of(cast, cast.baltic.pk)
    assert (months(cast, nordic), months(cast, baltic)) == ([1] * 12, [2] * 12)
    day, admin = date(2026, 6, 15), cast.as_astrid
    changes = [
        leaving(admin, cast.baltic.pk, cast.david.pk, day),
        joining(admin, cast.nordic.pk, cast.david.pk, day),
    ]
    change_memberships(actor=admin, changes=changes, now=NOW)
    # The first day in the new team counts there, and only there.
    assert months(cast, nordic) == [1] * 5 + [3] * 7
    assert months(cast, baltic) == [2] * 5 + [0] * 7


def test_the_first_and_the_last_day_count() -> None:
    cast = make_company()
    for day in range(9, 14):
        add_won(cast, cast.david, date(2026, 6, day))
    nordic = year_of(cast, cast.nordic.pk)
    change = MembershipChange(cast.nordic.pk, cast.david.pk, (Stay(date(2026, 6, 10), date(2026, 6, 13)),))
    change_memberships(actor=cast.as_astrid, changes=[change], now=NOW)
    assert sum(months(cast, nordic)) == 3


def test_as_if_always_and_as_if_never() -> None:
    cast = make_company()
    win_on_the_15th(cast)
    nordic = year_of(cast, cast.nordic.pk)
    add_member(actor=cast.operator, team_id=cast.nordic.pk, user_id=cast.david.pk, now=NOW)
    assert months(cast, nordic) == [3] * 12
    remove_member(actor=cast.operator, team_id=cast.nordic.pk, user_id=cast.david.pk, now=NOW)
    assert months(cast, nordic) == [1] * 12


def test_who_comes_back_counts_twice_apart() -> None:
    cast = make_company()
    win_on_the_15th(cast)
    nordic = year_of(cast, cast.nordic.pk, Interval.QUARTERLY)
    stays = (Stay(date(2026, 1, 1), date(2026, 3, 1)), Stay(date(2026, 5, 20), date(2026, 9, 1)))
    change_memberships(
        actor=cast.operator, changes=[MembershipChange(cast.nordic.pk, cast.david.pk, stays)], now=NOW
    )
    assert months(cast, nordic) == [3 + 4, 3 + 2, 3 + 4, 3]


def test_what_was_known_on_a_day_does_not_change_by_a_membership_and_the_changes_add_up() -> None:
    cast = make_company()
    win_on_the_15th(cast)
    goal = year_of(cast, cast.nordic.pk)
    year = Period(YEAR[0], YEAR[1] + timedelta(days=1))
    then, later, last = (NOW + timedelta(hours=hours) for hours in (1, 2, 3))
    add_member(
        actor=cast.as_astrid,
        team_id=cast.nordic.pk,
        user_id=cast.david.pk,
        now=later,
        start=date(2026, 7, 1),
    )
    deal = add_won(cast, cast.david, date(2026, 8, 1))
    delete_deal(actor=cast.operator, deal_id=deal.pk, now=last)
    seen = goal_seen_by(cast.as_astrid, goal.public_id)
    known = selection_known_at(cast.company_id, seen, then)
    assert read.total_as_known_at(cast.company_id, known, year, then).count == 12
    events = membership_events(cast.company_id, cast.nordic.pk, since=then)
    asked = ChangesAsked(then, 50, counts_only=True, known=known, memberships=events)
    [answer] = report(cast.as_astrid, [Question(selection_of(seen), (year,), explain=asked)])
    changes = answer.changes
    assert changes is not None
    assert [(event.by, event.member.name, event.before, event.after) for event in events] == [
        ("Astrid", "David", (), (Stay(date(2026, 7, 1)),))
    ]
    assert (changes.then.count, changes.now.count) == (12, 12 + 12)
    assert changes.then.plus(*changes.moved).plus(*changes.shown).plus(*changes.hidden) == changes.now


moves = st.lists(
    st.tuples(
        st.sampled_from(["Cilla", "David"]),
        st.sampled_from(["Nordic", "Baltic"]),
        st.dates(*YEAR),
    ),
    max_size=6,
)


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(moves)
@pytest.mark.django_db(transaction=False)
def test_whatever_the_reorganisations_the_teams_add_up_and_the_past_stays(
    moves: Sequence[tuple[str, str, date]],
) -> None:
    cast = make_company(f"Random {len(connection.queries_log)} {hash(tuple(moves))}")
    admin = cast.as_astrid
    win_on_the_15th(cast)
    people = {"Cilla": cast.cilla.pk, "David": cast.david.pk}
    teams = {"Nordic": cast.nordic.pk, "Baltic": cast.baltic.pk}
    goals = {name: year_of(cast, team_id) for name, team_id in teams.items()}
    company = [3] * 12
    for name, to, day in sorted(moves, key=lambda move: move[2]):
        before = {team: months(cast, goal) for team, goal in goals.items()}
        changes = [
            leaving(admin, team_id, people[name], day) for team, team_id in teams.items() if team != to
        ]
        changes.append(joining(admin, teams[to], people[name], day))
        change_memberships(actor=admin, changes=changes, now=NOW)
        after = {team: months(cast, goal) for team, goal in goals.items()}
        # Everybody is on one of the two on every day.
        assert [sum(month) for month in zip(*after.values(), strict=True)] == company
        for team in teams:
            assert after[team][: day.month - 1] == before[team][: day.month - 1]


def test_twenty_changes_ask_the_database_no_more_often() -> None:
    cast = make_company()
    win_on_the_15th(cast)
    goal = year_of(cast, cast.nordic.pk)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            months(cast, goal)
        return len(queries)

    once = asked()
    first = date(2026, 1, 10)
    stays = tuple(
        Stay(first + timedelta(days=30 * at), first + timedelta(days=30 * at + 12)) for at in range(10)
    )
    change = MembershipChange(cast.nordic.pk, cast.david.pk, stays)
    change_memberships(actor=cast.operator, changes=[change], now=NOW)
    # One more: whole months come from the tally, the days around them from the standings.
    assert asked() <= once + 1
