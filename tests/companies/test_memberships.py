"""Who is on which team and when, as known now and at any moment before."""

from datetime import date, timedelta

import pytest

from goalpost.accounts.actions import deactivate_person
from goalpost.companies.actors import actor_for, memberships_on
from goalpost.companies.errors import InvalidInput, NotAllowed, NotFound
from goalpost.companies.memberships import (
    Member,
    MembershipChange,
    add_member,
    change_memberships,
    members_of,
    remove_member,
    teams_of_person,
    teams_to_be_on,
)
from goalpost.companies.models import AuditEntry, TeamMembership
from goalpost.companies.people import person_line
from goalpost.domain.membership import ALWAYS, Stay
from tests.people import NOW, Cast, add_person, make_company

pytestmark = pytest.mark.django_db

TODAY, MARCH, APRIL, MAY = date(2026, 3, 2), date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)
HOUR = timedelta(hours=1)


@pytest.fixture
def cast() -> Cast:
    return make_company()


def on_nordic(cast: Cast, at: int | None = None) -> dict[str, tuple[Stay, ...]]:
    """Return who is on Nordic and when, as known now or so many hours after the beginning."""
    moment = None if at is None else NOW + at * HOUR
    members = members_of(cast.company_id, [cast.nordic.pk], at=moment)[cast.nordic.pk]
    return {member.name: member.stays for member in members}


def test_what_was_known_of_a_team_stays_known(cast: Cast) -> None:
    nordic, david = cast.nordic.pk, cast.david.pk
    add_member(actor=cast.as_astrid, team_id=nordic, user_id=david, now=NOW + HOUR, start=APRIL)
    remove_member(actor=cast.as_astrid, team_id=nordic, user_id=david, now=NOW + 2 * HOUR, end=MAY)
    remove_member(actor=cast.as_astrid, team_id=nordic, user_id=david, now=NOW + 3 * HOUR)
    assert on_nordic(cast, 0) == {"Cilla": ALWAYS}
    assert on_nordic(cast, 1) == {"Cilla": ALWAYS, "David": (Stay(APRIL),)}
    assert on_nordic(cast, 2) == {"Cilla": ALWAYS, "David": (Stay(APRIL, MAY),)}
    assert on_nordic(cast, 3) == on_nordic(cast) == {"Cilla": ALWAYS}


def test_doing_it_again_records_nothing(cast: Cast) -> None:
    for _ in range(2):
        add_member(actor=cast.as_astrid, team_id=cast.nordic.pk, user_id=cast.david.pk, now=NOW, start=APRIL)
    assert TeamMembership.objects.filter(team=cast.nordic, user=cast.david).count() == 1
    assert AuditEntry.objects.count() == 1


def test_the_log_tells_the_days(cast: Cast) -> None:
    change_memberships(
        actor=cast.as_astrid,
        changes=[
            MembershipChange(cast.nordic.pk, cast.cilla.pk, (Stay(None, APRIL),)),
            MembershipChange(cast.baltic.pk, cast.cilla.pk, (Stay(APRIL),)),
        ],
        now=NOW,
    )
    told = {entry.subject_name: entry.changes for entry in AuditEntry.objects.all()}
    assert told == {
        "Nordic": {"members": [["Cilla"], ["Cilla (..2026-03-31)"]]},
        "Baltic": {"members": [["David"], ["Cilla (2026-04-01..)", "David"]]},
    }


def test_only_todays_members_are_managed_and_listed(cast: Cast) -> None:
    nordic = cast.nordic.pk
    add_member(actor=cast.as_astrid, team_id=nordic, user_id=cast.david.pk, now=NOW, start=APRIL)
    remove_member(actor=cast.as_astrid, team_id=nordic, user_id=cast.cilla.pk, now=NOW, end=MAY)
    for moment, managed in (
        (NOW, {cast.cilla.pk}),
        (NOW + timedelta(days=40), {cast.cilla.pk, cast.david.pk}),
        (NOW + timedelta(days=70), {cast.david.pk}),
    ):
        assert actor_for(cast.bjorn, now=moment).managed_user_ids == managed
    assert set(memberships_on(cast.company_id, APRIL).values_list("user_id", "team_id")) == {
        (cast.cilla.pk, nordic),
        (cast.david.pk, nordic),
        (cast.david.pk, cast.baltic.pk),
    }


def test_whoever_is_deactivated_leaves_their_teams_and_keeps_their_days(cast: Cast) -> None:
    deactivate_person(actor=cast.as_astrid, user_id=cast.cilla.pk, now=NOW)
    tomorrow = TODAY + timedelta(days=1)
    assert on_nordic(cast) == {"Cilla": (Stay(None, tomorrow),)}
    entry = AuditEntry.objects.get()
    assert entry.changes == {"teams": [["Nordic"], ["Nordic (..2026-03-02)"]]}


def test_the_whole_list_of_somebodys_teams_ends_what_it_does_not_name(cast: Cast) -> None:
    admin = cast.as_astrid
    changes = teams_to_be_on(admin, cast.cilla.pk, [cast.baltic.pk], now=NOW, as_of=APRIL)
    change_memberships(actor=admin, changes=changes, now=NOW)
    assert teams_of_person(admin, cast.cilla.pk) == (
        (cast.nordic.pk, "Nordic", Stay(None, APRIL)),
        (cast.baltic.pk, "Baltic", Stay(APRIL)),
    )
    assert teams_to_be_on(admin, cast.cilla.pk, [cast.baltic.pk], now=NOW, as_of=APRIL) == []


def test_without_a_day_it_is_today_and_for_whoever_never_was_on_a_team_as_if_always(cast: Cast) -> None:
    admin, teams = cast.as_astrid, [cast.baltic.pk]
    eva = add_person(cast.company, "Eva")
    assert teams_to_be_on(admin, eva.pk, teams, now=NOW + HOUR) == [
        MembershipChange(cast.baltic.pk, eva.pk, ALWAYS)
    ]
    assert set(teams_to_be_on(admin, cast.cilla.pk, teams, now=NOW + HOUR)) == {
        MembershipChange(cast.baltic.pk, cast.cilla.pk, (Stay(TODAY),)),
        MembershipChange(cast.nordic.pk, cast.cilla.pk, (Stay(None, TODAY),)),
    }
    assert [team.name for team in person_line(admin, cast.cilla.pk).teams] == ["Nordic"]


def test_people_and_teams_that_are_not_there(cast: Cast) -> None:
    other = make_company("Baltica")
    nobody = MembershipChange(cast.nordic.pk, other.cilla.pk, ALWAYS)
    nowhere = MembershipChange(other.nordic.pk, cast.cilla.pk, ALWAYS)
    before = list(TeamMembership.objects.order_by("pk").values_list())
    with pytest.raises(InvalidInput):
        change_memberships(actor=cast.as_astrid, changes=[nobody], now=NOW)
    with pytest.raises(NotFound):
        change_memberships(actor=cast.as_astrid, changes=[nowhere], now=NOW)
    with pytest.raises(NotAllowed):
        change_memberships(actor=cast.as_bjorn, changes=[nobody], now=NOW)
    assert list(TeamMembership.objects.order_by("pk").values_list()) == before


def test_members_are_listed_by_the_alphabet() -> None:
    cast = make_company()
    for name in ("Östen", "Åke", "Zoe", "émile"):
        person = add_person(cast.company, name, email_name=f"p{len(name)}{ord(name[0])}")
        add_member(actor=cast.operator, team_id=cast.nordic.pk, user_id=person.pk, now=NOW)
    members: tuple[Member, ...] = members_of(cast.company_id, [cast.nordic.pk])[cast.nordic.pk]
    assert [member.name for member in members] == ["Cilla", "émile", "Zoe", "Åke", "Östen"]
