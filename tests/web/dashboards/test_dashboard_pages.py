"""Dashboards on their pages: made, filled, arranged, shared; each viewer sees by their own rights."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from goalpost.companies.models import PermissionSet
from goalpost.domain.permissions import Access
from goalpost.goals.queries import GoalView
from goalpost.insights import tiles
from goalpost.insights.dashboards.actions import NewTile, create_dashboard, share_dashboard
from goalpost.insights.dashboards.queries import DashboardView, dashboard_seen_by, dashboards_seen_by
from goalpost.insights.tiles import GOAL, TEXT
from tests.goals.builders import add_won, person, set_goal
from tests.people import NOW, Cast
from tests.web.conftest import SignedIn
from tests.web.looking import html, text

pytestmark = pytest.mark.django_db


def tile_of(goal: GoalView, form: str = "chart") -> NewTile:
    return NewTile(GOAL, {"goal": goal.public_id, "form": form})


def make(cast: Cast, *made: NewTile) -> DashboardView:
    return create_dashboard(actor=cast.as_cilla, title="Stand-up", now=NOW, tiles=made)


def address(dashboard: DashboardView, end: str = "") -> str:
    return f"/dashboards/{dashboard.public_id}{end}"


def now(cast: Cast, dashboard: DashboardView) -> DashboardView:
    return dashboard_seen_by(cast.as_cilla, dashboard.public_id)


def test_a_new_dashboard_is_filled_by_a_template_and_stands_in_the_panel(
    cast: Cast, signed_in: SignedIn
) -> None:
    set_goal(cast, assignee=person(cast.cilla), title="Cilla’s wins")
    browser = signed_in(cast.cilla)
    assert browser.post("/dashboards/new", {"title": " "}).status_code == 422
    page = browser.post("/dashboards/new", {"title": "My days"}, follow=True)
    assert "Start with a template" in text(page)
    here = page.redirect_chain[-1][0]
    page = browser.post(f"{here}/template", {"template": "week"}, follow=True)
    assert html(page).count("data-tile=") == 2
    assert "My days" in text(browser.get("/"))
    refused = browser.post(f"{here}/template", {"template": "board"}, follow=True)
    assert "There are no goals for this template yet." in text(refused)


def test_a_goal_is_added_from_its_page_and_a_new_dashboard_opens_with_it(
    cast: Cast, signed_in: SignedIn
) -> None:
    goal = set_goal(cast, assignee=person(cast.cilla), title="Cilla’s wins")
    dashboard, browser = make(cast), signed_in(cast.cilla)
    sent = {"form": "chart", "goal": goal.public_id, "from": "goal"}
    back = browser.post(address(dashboard, "/add"), sent, follow=True)
    assert back.redirect_chain[-1][0] == f"/goals/{goal.public_id}"
    assert "Added to Stand-up." in text(back)
    assert "Stand-up added" in text(back)
    opened = browser.post("/dashboards/new", {"goal": goal.public_id}, follow=True)
    assert opened.redirect_chain[-1][0].startswith("/dashboards/")
    assert html(opened).count("data-tile=") == 1
    assert len(dashboards_seen_by(cast.as_cilla)) == 2


def test_nothing_of_a_hidden_goal_is_in_the_pages_bytes(cast: Cast, signed_in: SignedIn) -> None:
    hidden = set_goal(cast, assignee=person(cast.astrid), title="Astrid’s secret")
    made = create_dashboard(
        actor=cast.as_astrid,
        title="Board",
        now=NOW,
        tiles=[tile_of(hidden), NewTile(TEXT, {"text": "Hello"})],
    )
    share_dashboard(
        actor=cast.as_astrid, public_id=made.public_id, everybody=Access.EDITOR, shares=[], now=NOW
    )
    assert "Astrid’s secret" in text(signed_in(cast.astrid).get(address(made)))
    page = signed_in(cast.cilla).get(address(made))
    assert "Hidden from you" in text(page)
    assert "Hi" in text(page)
    for trace in ("secret", hidden.public_id, hidden.report_id):
        assert trace not in page.content.decode()


def test_a_tile_that_fails_says_so_and_the_rest_stands(
    cast: Cast, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    goal = set_goal(cast, assignee=person(cast.cilla), title="Cilla’s wins")

    def fails(*_: object) -> None:
        raise ArithmeticError

    monkeypatch.setitem(tiles._KINDS, TEXT, fails)
    dashboard = make(cast, tile_of(goal), NewTile(TEXT, {"text": "Hello"}))
    page = text(signed_in(cast.cilla).get(address(dashboard)))
    assert "This tile could not be counted" in page
    assert "Cilla’s wins" in page


def test_tiles_are_moved_sized_removed_and_undone_without_script(cast: Cast, signed_in: SignedIn) -> None:
    dashboard = make(cast, *(NewTile(TEXT, {"text": each}) for each in ("one", "two", "three")))
    browser, first = signed_in(cast.cilla), dashboard.tiles[0].key
    here = address(dashboard, f"/tiles/{first}")
    moved = browser.post(here, {"place": "3", "width": "12", "height": "2"}, follow=True)
    assert "Tile moved." in text(moved)
    last = now(cast, dashboard).tiles[-1]
    assert (last.settings["text"], last.width, last.height) == ("one", 12, 2)
    browser.post(here, {"remove": "1"})
    version = now(cast, dashboard).version
    assert len(now(cast, dashboard).tiles) == 2
    browser.post(address(dashboard, "/undo"), {"version": version})
    assert len(now(cast, dashboard).tiles) == 3
    stale = browser.post(address(dashboard, "/undo"), {"version": version}, follow=True)
    assert "Nothing was undone." in text(stale)


def test_an_order_is_saved_at_the_drop_unless_somebody_was_first(cast: Cast, signed_in: SignedIn) -> None:
    dashboard = make(cast, NewTile(TEXT, {"text": "one"}), NewTile(TEXT, {"text": "two"}))
    browser = signed_in(cast.cilla)
    order = " ".join(f"{tile.key}:6:1" for tile in reversed(dashboard.tiles))
    sent = {"order": order, "version": dashboard.version}
    assert browser.post(address(dashboard, "/arrange"), sent).json()["version"] == dashboard.version + 1
    assert [tile.settings["text"] for tile in now(cast, dashboard).tiles] == ["two", "one"]
    assert browser.post(address(dashboard, "/arrange"), sent).status_code == 409


def test_who_may_only_look_changes_nothing(cast: Cast, signed_in: SignedIn) -> None:
    dashboard = make(cast, NewTile(TEXT, {"text": "one"}))
    sharer = signed_in(cast.cilla)
    sharer.post(address(dashboard, "/share"), {f"team-{cast.nordic.pk}": "viewer"})
    viewer: Client = signed_in(cast.bjorn)
    page = text(viewer.get(address(dashboard)))
    assert "Shared by" in page
    assert "Add tile" not in page
    assert "Shared with me" in text(viewer.get("/"))
    for end, sent in (
        ("/add", {"form": "text", "text": "mine"}),
        ("/arrange", {"order": ""}),
        (f"/tiles/{dashboard.tiles[0].key}", {"remove": "1"}),
        ("/rename", {"title": "Mine"}),
        ("/delete", {}),
        ("/share", {"everybody": "viewer"}),
    ):
        assert viewer.post(address(dashboard, end), sent).status_code == 403, end
    assert signed_in(cast.david).get(address(dashboard)).status_code == 404
    assert now(cast, dashboard).tiles == dashboard.tiles


def test_sharing_needs_its_permission(cast: Cast, signed_in: SignedIn) -> None:
    dashboard = make(cast)
    PermissionSet.objects.filter(company_id=cast.company_id).update(shares_dashboards=False)
    browser = signed_in(cast.cilla)
    assert "does not include sharing dashboards" in text(browser.get(address(dashboard, "/share")))
    assert browser.post(address(dashboard, "/share"), {"everybody": "viewer"}).status_code == 403


def test_a_dashboard_is_handed_over_deleted_and_restored(cast: Cast, signed_in: SignedIn) -> None:
    dashboard, browser = make(cast), signed_in(cast.cilla)
    browser.post(address(dashboard, "/share"), {"hand_over": "1", "owner": cast.david.pk})
    assert browser.get(address(dashboard)).status_code == 404
    owner = signed_in(cast.david)
    owner.post(address(dashboard, "/delete"))
    assert owner.get(address(dashboard)).status_code == 404
    owner.post(address(dashboard, "/restore"))
    assert owner.get(address(dashboard)).status_code == 200


def test_a_page_asks_as_often_for_twenty_five_tiles_as_for_two(cast: Cast, signed_in: SignedIn) -> None:
    goals = [set_goal(cast, assignee=person(cast.cilla), title=f"Goal {n}") for n in range(9)]
    add_won(cast, cast.cilla, date(2026, 3, 1))
    few, many = make(cast, *map(tile_of, goals[:2])), make(cast, *map(tile_of, goals * 2))
    browser = signed_in(cast.cilla)
    counts = []
    for dashboard in (few, few, many):
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(address(dashboard)).status_code == 200
        counts.append(len(asked))
    assert counts[2] == counts[1]
