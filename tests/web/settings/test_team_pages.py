"""Teams on their pages: created, renamed, managed and manned by an admin, with the log told."""

import pytest

from goalpost.companies.actors import known_memberships
from goalpost.companies.models import AuditEntry, Team
from tests.people import Cast, make_company
from tests.web.conftest import SignedIn
from tests.web.looking import html, text, value_of

pytestmark = pytest.mark.django_db
PAGE = "/settings/teams"


def members(team: Team) -> set[int]:
    still = known_memberships(team.company_id).filter(team=team, ends_on__isnull=True)
    return set(still.values_list("user_id", flat=True))


def test_a_team_is_created_with_manager_and_members(cast: Cast, signed_in: SignedIn) -> None:
    people = [cast.cilla.pk, cast.david.pk]
    sent = {"name": " Key accounts ", "manager": cast.bjorn.pk, "members": people}
    assert signed_in(cast.astrid).post(f"{PAGE}/new", sent).status_code == 302
    made = Team.objects.get(company=cast.company, name="Key accounts")
    assert (made.manager, members(made)) == (cast.bjorn, set(people))
    assert made.pk in cast.as_bjorn.managed_team_ids
    entry = AuditEntry.objects.filter(company=cast.company).latest("id")
    assert (entry.action, entry.changes["members"]) == ("created", [None, ["Cilla", "David"]])


def test_a_team_gets_another_name_and_manager(cast: Cast, signed_in: SignedIn) -> None:
    page = f"{PAGE}/{cast.nordic.pk}"
    sent = {"name": "North", "manager": ""}
    assert signed_in(cast.astrid).post(page, sent).status_code == 302
    cast.nordic.refresh_from_db()
    assert (cast.nordic.name, cast.nordic.manager, members(cast.nordic)) == ("North", None, {cast.cilla.pk})
    [entry] = AuditEntry.objects.filter(company=cast.company)
    assert entry.changes == {"name": ["Nordic", "North"], "manager": ["Björn", None]}
    assert "No manager yet" in text(signed_in(cast.astrid).get(PAGE))


def test_somebody_elses_change_meanwhile_is_told_and_never_overwritten(
    cast: Cast, signed_in: SignedIn
) -> None:
    page, astrid = f"{PAGE}/{cast.nordic.pk}", signed_in(cast.astrid)
    seen = value_of(astrid.get(page), "state")
    astrid.post(page, {"name": "North", "state": seen})
    late = astrid.post(page, {"name": "Far north", "state": seen})
    assert (late.status_code, "Somebody else changed this team" in text(late)) == (422, True)
    assert 'value="Far north"' in html(late)
    cast.nordic.refresh_from_db()
    assert cast.nordic.name == "North"
    again = {"name": "Far north", "state": value_of(late, "state")}
    assert astrid.post(page, again).status_code == 302


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(cast: Cast, signed_in: SignedIn) -> None:
    other = make_company("Elsewhere")
    for wrong in (
        {"name": "Baltic"},
        {"name": "  "},
        {"name": "North", "manager": other.bjorn.pk},
        {"name": "North", "manager": "x"},
    ):
        answer = signed_in(cast.astrid).post(f"{PAGE}/{cast.nordic.pk}", wrong)
        assert answer.status_code == 422, wrong
    cast.nordic.refresh_from_db()
    assert (cast.nordic.name, members(cast.nordic)) == ("Nordic", {cast.cilla.pk})


def test_teams_are_for_admins_of_the_company(cast: Cast, signed_in: SignedIn) -> None:
    for page in (PAGE, f"{PAGE}/new", f"{PAGE}/{cast.nordic.pk}"):
        assert signed_in(cast.bjorn).get(page).status_code == 403
        assert signed_in(cast.cilla).get(page).status_code == 403
    assert signed_in(cast.bjorn).post(f"{PAGE}/{cast.nordic.pk}", {"name": "Mine"}).status_code == 403
    other = make_company("Elsewhere")
    assert signed_in(other.astrid).get(f"{PAGE}/{cast.nordic.pk}").status_code == 404
