"""Public links: totals for whoever has one, while it lasts and its maker may see them."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from goalpost.companies.models import PermissionSet, User
from goalpost.domain.permissions import Access, Assignee, AssigneeKind
from goalpost.insights.dashboards.actions import NewTile, create_dashboard, share_dashboard
from goalpost.insights.dashboards.models import PublicLink, PublicLinkKey
from goalpost.insights.dashboards.queries import DashboardView
from goalpost.insights.tiles import GOAL, TEXT
from tests.goals.builders import person, set_goal
from tests.people import NOW, Cast, let_see
from tests.web.conftest import SignedIn
from tests.web.looking import html, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def dashboard(cast: Cast) -> DashboardView:
    """Cilla's, with a goal of the company's, one of her own and a text."""
    let_see(cast.cilla, company_statistics=True, other_users_statistics=True)
    company = Assignee(AssigneeKind.COMPANY, cast.company_id)
    goals = [
        set_goal(cast, assignee=company, title="Everybody’s wins"),
        set_goal(cast, assignee=person(cast.cilla), title="Cilla’s wins"),
    ]
    tiles = [
        NewTile(GOAL, {"goal": goal.public_id, "form": form}) for goal in goals for form in ("chart", "meter")
    ]
    return create_dashboard(
        actor=cast.as_cilla, title="Board", now=NOW, tiles=[*tiles, NewTile(TEXT, {"text": "Well done"})]
    )


def make(browser: Client, dashboard: DashboardView, **sent: str) -> str:
    """Return the address of a new link."""
    form = {"name": "Investors", "ends_on": "2026-06-30", **sent}
    page = html(browser.post(f"/dashboards/{dashboard.public_id}/links", form))
    found = re.search(r"/shared/[\w-]{43}", page)
    assert found is not None
    return found[0]


def test_a_link_shows_totals_and_neither_people_nor_what_is_behind(
    cast: Cast, signed_in: SignedIn, dashboard: DashboardView
) -> None:
    browser = signed_in(cast.cilla)
    told = text(browser.get(f"/dashboards/{dashboard.public_id}/links"))
    assert "Cilla’s wins Not shown. It names a person." in told
    assert "Everybody’s wins Shown" in told
    answer = Client(SERVER_NAME="localhost").get(make(browser, dashboard))
    page = answer.content.decode()
    assert "Everybody’s wins" in page
    assert "Well done" in page
    assert "Cilla" not in page
    assert 'href="/goals' not in page
    for tile in dashboard.tiles:
        assert tile.settings.get("goal", "nothing") not in page
    assert answer.headers["X-Robots-Tag"].startswith("noindex")
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_only_a_keys_hash_is_kept(cast: Cast, signed_in: SignedIn, dashboard: DashboardView) -> None:
    key = make(signed_in(cast.cilla), dashboard).rsplit("/", 1)[-1]
    assert key not in str(list(PublicLinkKey.objects.values()) + list(PublicLink.objects.values()))


@pytest.mark.parametrize(
    "sent", [{"ends_on": ""}, {"ends_on": "2027-06-30"}, {"ends_on": "2026-03-01"}, {"name": " "}]
)
def test_a_link_has_a_name_and_ends_within_a_year(
    cast: Cast, signed_in: SignedIn, dashboard: DashboardView, sent: dict[str, str]
) -> None:
    form = {"name": "Investors", "ends_on": "2026-06-30", **sent}
    address = f"/dashboards/{dashboard.public_id}/links"
    assert signed_in(cast.cilla).post(address, form).status_code == 422
    assert not PublicLink.objects.exists()


def test_ended_revoked_and_never_made_look_the_same(
    cast: Cast, signed_in: SignedIn, dashboard: DashboardView, clock: time_machine.Traveller
) -> None:
    browser, stranger = signed_in(cast.cilla), Client(SERVER_NAME="localhost")
    never = stranger.get(f"/shared/{'x' * 43}")
    assert never.status_code == 404
    revoked, ended = make(browser, dashboard), make(browser, dashboard, name="Later")
    assert stranger.get(revoked).status_code == 200
    link = PublicLink.objects.get(name="Investors")
    assert signed_in(cast.david).post(f"/dashboards/links/{link.pk}/revoke").status_code == 404
    browser.post(f"/dashboards/links/{link.pk}/revoke")
    clock.move_to(datetime(2026, 7, 1, 12, tzinfo=UTC))
    for address in (revoked, ended):
        gone = stranger.get(address)
        assert (gone.status_code, gone.content) == (404, never.content)


def test_a_link_ends_with_its_makers_rights(
    cast: Cast, signed_in: SignedIn, dashboard: DashboardView
) -> None:
    address, stranger = make(signed_in(cast.cilla), dashboard), Client(SERVER_NAME="localhost")
    assert "Everybody’s wins" in html(stranger.get(address))
    let_see(cast.cilla, company_statistics=False, other_users_statistics=False)
    less = html(stranger.get(address))
    assert "Everybody’s wins" not in less
    assert "Well done" in less
    PermissionSet.objects.filter(company_id=cast.company_id).update(shares_dashboards=False)
    assert stranger.get(address).status_code == 404
    PermissionSet.objects.filter(company_id=cast.company_id).update(shares_dashboards=True)
    assert stranger.get(address).status_code == 200
    User.objects.filter(pk=cast.cilla.pk).update(is_active=False)
    assert stranger.get(address).status_code == 404


def test_a_password_is_asked_for_and_ten_wrong_ones_close_the_link(
    cast: Cast, signed_in: SignedIn, dashboard: DashboardView, clock: time_machine.Traveller
) -> None:
    address = make(signed_in(cast.cilla), dashboard, password="oars and boats")
    stranger, other = Client(SERVER_NAME="localhost"), Client(SERVER_NAME="localhost")
    asked = html(stranger.get(address))
    assert "This link has a password" in asked
    assert "Board" not in asked
    assert stranger.post(address, {"password": "oars"}).status_code == 422
    assert stranger.post(address, {"password": "oars and boats"}).status_code == 302
    assert "Everybody’s wins" in html(stranger.get(address))
    assert "This link has a password" in html(other.get(address))
    statuses = [other.post(address, {"password": "oars"}).status_code for _ in range(10)]
    assert statuses[-1] == 429
    assert other.post(address, {"password": "oars and boats"}).status_code == 429
    clock.shift(16 * 60)
    assert other.post(address, {"password": "oars and boats"}).status_code == 302


def test_only_its_owner_makes_links_and_admins_see_all(
    cast: Cast, signed_in: SignedIn, dashboard: DashboardView
) -> None:
    share_dashboard(
        actor=cast.as_cilla, public_id=dashboard.public_id, everybody=Access.EDITOR, shares=[], now=NOW
    )
    assert signed_in(cast.david).get(f"/dashboards/{dashboard.public_id}/links").status_code == 403
    make(signed_in(cast.cilla), dashboard)
    assert signed_in(cast.david).get("/dashboards/links").status_code == 403
    assert "Investors" in text(signed_in(cast.astrid).get("/dashboards/links"))
