"""A team's result is what its members achieved while they were members, each counted once."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

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
    members_of,
    membership_events,
    remove_member,
)
from goalpost.companies.models import User
from goalpost.crm.actions.deals import create_deal, delete_deal, win_deal
from goalpost.crm.models import Deal
from goalpost.domain.calendar import Interval, Period
from goalpost.domain.membership import Stay
from goalpost.domain.permissions import Actor, Assignee
from goalpost.goals.periods import selection_for, selection_of
from goalpost.goals.queries import GoalView, goal_seen_by
from goalpost.insights.changes import ChangesAsked, ChangesBehind
from goalpost.insights.report import Question, report
from goalpost.ledger import read
from goalpost.ledger.changes import total_as_known_at
from tests.goals.builders import TEAM, add_won, noon, reached, set_goal
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


def known_at(cast: Cast, goal: GoalView, period: Period, moment: datetime) -> int:
    """Return what the team was known to have at a moment, by the memberships known then."""
    team_id = goal.terms.assignee.id
    members = members_of(cast.company_id, [team_id], at=moment)[team_id]
    return total_as_known_at(cast.company_id, selection_for(goal.terms, members), period, moment).count


def changes_since(
    cast: Cast, goal: GoalView, period: Period, moment: datetime, *, by: Actor | None = None
) -> ChangesBehind:
    events = membership_events(cast.company_id, goal.terms.assignee.id, since=moment)
    asked = ChangesAsked(moment, 50, counts_only=True, memberships=events)
    seen = goal_seen_by(cast.as_astrid, goal.public_id)
    [answer] = report(by or cast.as_astrid, [Question(selection_of(seen), (period,), explain=asked)])
    assert answer.changes is not None
    return answer.changes


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
    assert known_at(cast, seen, year, then) == 12
    changes = changes_since(cast, seen, year, then)
    [move] = changes.memberships
    event = move.event
    assert (event.by, event.member.name, event.before, event.after) == (
        "Astrid",
        "David",
        (),
        (Stay(date(2026, 7, 1)),),
    )
    assert move.by is not None
    assert move.by.count == 13
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


steps = st.lists(
    st.tuples(
        st.sampled_from(["join", "leave", "always", "never", "stay", "win", "delete"]),
        st.sampled_from(["Cilla", "David", "Björn"]),
        st.dates(*YEAR),
        st.integers(0, 200),
    ),
    min_size=1,
    max_size=9,
)


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(steps)
def test_whatever_happens_the_changes_listed_lead_from_what_was_known_to_now(
    steps: Sequence[tuple[str, str, date, int]],
) -> None:
    cast = make_company(f"Steps {hash(tuple(steps))}")
    people = {"Cilla": cast.cilla, "David": cast.david, "Björn": cast.bjorn}
    for person in people.values():
        for month in (3, 5, 9):
            add_won(cast, person, date(2026, month, 15))
    goal, period = year_of(cast, cast.nordic.pk), Period(date(2026, 3, 10), date(2026, 9, 20))
    known = [known_at(cast, goal, period, NOW)]
    for hour, (what, name, day, length) in enumerate(steps, 1):
        reorganise(cast, what, people[name], day, length, NOW + timedelta(hours=hour))
        seen = goal_seen_by(cast.as_astrid, goal.public_id)
        known.append(read.total(cast.company_id, selection_of(seen), period).count)
    for hour, then in enumerate(known):
        moment = NOW + timedelta(hours=hour)
        assert known_at(cast, goal, period, moment) == then
        whole = changes_since(cast, goal, period, moment)
        assert (whole.then.count, whole.now.count) == (then, known[-1])
        listed = [line.by for line in whole.lines]
        listed += [move.by for move in whole.memberships if move.by is not None]
        assert then + sum(by.count for by in listed) == known[-1]
        # Who may not see everybody's records sees no figure of the others, only their sum.
        part = changes_since(cast, goal, period, moment, by=cast.as_cilla)
        assert all(move.by is None for move in part.memberships if move.event.member.name != "Cilla")
        assert part.then == whole.then
        assert part.then.plus(*part.moved).plus(*part.shown).plus(*part.hidden) == whole.now


def reorganise(cast: Cast, what: str, person: User, day: date, length: int, now: datetime) -> None:
    admin, team_id = cast.as_astrid, cast.nordic.pk
    match what:
        case "win":
            deal = create_deal(
                actor=admin,
                stage_id=cast.stages[0].pk,
                title="New",
                currency="EUR",
                owner_id=person.pk,
                now=now,
            )
            win_deal(actor=admin, deal_id=deal.pk, now=now, won_time=noon(day))
        case "delete":
            own = Deal.objects.filter(company_id=cast.company_id, owner=person, is_deleted=False)
            if first := own.order_by("pk").first():
                delete_deal(actor=admin, deal_id=first.pk, now=now)
        case "join" | "always":
            start = day if what == "join" else None
            add_member(actor=admin, team_id=team_id, user_id=person.pk, now=now, start=start)
        case "leave" | "never":
            end = day if what == "leave" else None
            remove_member(actor=admin, team_id=team_id, user_id=person.pk, now=now, end=end)
        case _:
            stay = Stay(day, day + timedelta(days=length))
            change = MembershipChange(team_id, person.pk, (stay,))
            change_memberships(actor=admin, changes=[change], now=now)


def test_changes_of_memberships_cost_the_same_however_many() -> None:
    cast = make_company()
    win_on_the_15th(cast)
    goal, period = year_of(cast, cast.nordic.pk), Period(date(2026, 3, 10), date(2026, 9, 20))

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            changes_since(cast, goal, period, NOW - timedelta(days=1))
        return len(queries)

    for hour in range(1, 9):
        day, now = date(2026, hour + 1, 12), NOW + timedelta(hours=hour)
        reorganise(cast, "stay" if hour % 2 else "join", cast.david, day, 20, now)
        if hour == 2:
            few = asked()
    assert asked() == few


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
