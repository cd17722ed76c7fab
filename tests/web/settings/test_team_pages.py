"""Teams on their pages: created, renamed, managed and manned by an admin, with the log told."""

from datetime import date

import pytest

from goalpost.companies.actors import known_memberships
from goalpost.companies.memberships import MembershipChange, change_memberships, members_of
from goalpost.companies.models import AuditEntry, Team
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.membership import Stay
from goalpost.domain.permissions import Assignee
from tests.goals.builders import TEAM, add_won, set_goal
from tests.people import NOW, Cast, make_company
from tests.web.conftest import SignedIn
from tests.web.looking import html, text, value_of

pytestmark = pytest.mark.django_db
PAGE = "/settings/teams"


def members(team: Team) -> set[int]:
    still = known_memberships(team.company_id).filter(team=team, ends_on__isnull=True)
    return set(still.values_list("user_id", flat=True))


def test_a_team_is_created_with_manager_and_members(cast: Cast, signed_in: SignedIn) -> None:
    people = [cast.cilla.pk, cast.david.pk]
    sent = {"name": " Key accounts ", "manager": cast.bjorn.pk, "members": people, "when": "always"}
    assert signed_in(cast.astrid).post(f"{PAGE}/new", sent).status_code == 302
    made = Team.objects.get(company=cast.company, name="Key accounts")
    assert (made.manager, members(made)) == (cast.bjorn, set(people))
    assert made.pk in cast.as_bjorn.managed_team_ids
    entry = AuditEntry.objects.filter(company=cast.company).latest("id")
    assert (entry.action, entry.changes["members"]) == ("created", [None, ["Cilla", "David"]])


@pytest.mark.parametrize(
    ("chosen", "stay"),
    [
        ({}, Stay(date(2026, 3, 18))),
        ({"when": "day", "day": "2026-02-01"}, Stay(date(2026, 2, 1))),
        ({"when": "always"}, Stay()),
    ],
)
def test_a_new_team_has_its_members_from_the_day_chosen(
    cast: Cast, signed_in: SignedIn, chosen: dict[str, str], stay: Stay
) -> None:
    sent = {"name": "Key accounts", "members": cast.cilla.pk, **chosen}
    assert signed_in(cast.astrid).post(f"{PAGE}/new", sent).status_code == 302
    made = Team.objects.get(company=cast.company, name="Key accounts")
    [member] = members_of(cast.company_id, [made.pk])[made.pk]
    assert member.stays == (stay,)


def test_a_new_team_from_a_day_that_is_none_is_refused_at_the_field(cast: Cast, signed_in: SignedIn) -> None:
    sent = {"name": "Key accounts", "members": cast.cilla.pk, "when": "day", "day": "soon"}
    refused = signed_in(cast.astrid).post(f"{PAGE}/new", sent)
    assert refused.status_code == 422
    assert "Enter a date such as 2027-01-31." in text(refused)
    assert not Team.objects.filter(name="Key accounts").exists()


def test_the_page_draws_the_year_and_sums_what_members_gave_to_a_goal(
    cast: Cast, signed_in: SignedIn
) -> None:
    north = Assignee(TEAM, cast.nordic.pk)
    set_goal(
        cast,
        title="North value",
        starts_on=date(2025, 1, 1),
        ends_on=None,
        metric=Metric.SUM,
        currency="EUR",
        target=100_00,
        assignee=north,
    )
    calls = set_goal(cast, title="Aims", measure=Measure.DEALS_STARTED, assignee=north)
    change = MembershipChange(cast.nordic.pk, cast.david.pk, (Stay(date(2026, 1, 11), date(2026, 2, 1)),))
    change_memberships(actor=cast.operator, changes=[change], now=NOW)
    add_won(cast, cast.cilla, date(2025, 12, 31), value=1_00)
    add_won(cast, cast.cilla, date(2026, 1, 1), value=20_00)
    for day, value in ((10, 300_00), (11, 40_00), (31, 5_00)):
        add_won(cast, cast.david, date(2026, 1, day), value=value)
    add_won(cast, cast.david, date(2026, 2, 1), value=6000_00)
    browser = signed_in(cast.astrid)
    page = browser.get(f"{PAGE}/{cast.nordic.pk}")
    told = text(page, "members")
    assert "1 now, 1 before" in told
    assert "€20 Change days Cilla" in told
    assert "David Baltic from the start 11 Jan 2026 31 Jan 2026 €45" in told
    assert "North value, 2026 so far €65" in told
    assert 'x="2.7%" y="5" width="5.8%"' in html(page)
    other = text(browser.get(f"{PAGE}/{cast.nordic.pk}?goal={calls.public_id}"), "members")
    assert "Aims, 2026 so far" in other


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
