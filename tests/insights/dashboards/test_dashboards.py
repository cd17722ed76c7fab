"""Dashboards: whose they are, who sees and edits them, and the order of their tiles."""

import pytest

from goalpost.companies.errors import Changed, InvalidInput, NotAllowed, NotFound
from goalpost.domain.permissions import Access
from goalpost.insights.dashboards.actions import (
    NewTile,
    Placing,
    add_tile,
    arrange_tiles,
    create_dashboard,
    delete_dashboard,
    hand_over_dashboard,
    remove_tile,
    restore_dashboard,
    undo_tiles,
)
from goalpost.insights.dashboards.models import MOST_TILES, Dashboard, DashboardShare
from goalpost.insights.dashboards.queries import DashboardView, dashboard_seen_by, dashboards_seen_by
from goalpost.insights.tiles import TEXT
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_company()


def make(cast: Cast, *texts: str) -> DashboardView:
    tiles = [NewTile(TEXT, {"text": text}) for text in texts]
    return create_dashboard(actor=cast.as_cilla, title="My week", now=NOW, tiles=tiles)


def texts(view: DashboardView) -> list[str]:
    return [tile.settings["text"] for tile in view.tiles]


def test_only_its_owner_sees_a_new_dashboard(cast: Cast) -> None:
    made = make(cast, "one")
    assert [each.public_id for each in dashboards_seen_by(cast.as_cilla)] == [made.public_id]
    assert made.access is Access.OWNER
    for actor in (cast.as_astrid, cast.as_bjorn, make_company("Baltica").as_astrid):
        assert dashboards_seen_by(actor) == []
        with pytest.raises(NotFound):
            dashboard_seen_by(actor, made.public_id)


def test_a_share_with_a_team_holds_for_its_members_and_manager(cast: Cast) -> None:
    made = create_dashboard(actor=cast.as_astrid, title="Team", now=NOW)
    DashboardShare.objects.create(
        company_id=cast.company_id, dashboard_id=made.id, team=cast.nordic, access=Access.VIEWER
    )
    assert dashboard_seen_by(cast.as_cilla, made.public_id).access is Access.VIEWER
    assert dashboard_seen_by(cast.as_bjorn, made.public_id).access is Access.VIEWER
    with pytest.raises(NotFound):
        dashboard_seen_by(cast.as_david, made.public_id)
    with pytest.raises(NotAllowed):
        add_tile(actor=cast.as_cilla, public_id=made.public_id, tile=NewTile(TEXT, {"text": ""}), now=NOW)


def test_the_greatest_of_several_shares_holds(cast: Cast) -> None:
    made = make(cast)
    Dashboard.objects.filter(company_id=cast.company_id).update(everybody=Access.VIEWER)
    DashboardShare.objects.create(
        company_id=cast.company_id, dashboard_id=made.id, user=cast.david, access=Access.EDITOR
    )
    assert dashboard_seen_by(cast.as_david, made.public_id).access is Access.EDITOR
    assert dashboard_seen_by(cast.as_astrid, made.public_id).access is Access.VIEWER


def test_tiles_are_arranged_removed_and_undone(cast: Cast) -> None:
    made = make(cast, "one", "two", "three")
    one, two, three = (tile.key for tile in made.tiles)
    order = [Placing(three, 12, 2), Placing(one, 1, 1), Placing(two, 4, 99)]
    arranged = arrange_tiles(
        actor=cast.as_cilla, public_id=made.public_id, placings=order, version=made.version, now=NOW
    )
    assert texts(arranged) == ["three", "one", "two"]
    assert [(tile.width, tile.height) for tile in arranged.tiles] == [(12, 2), (3, 1), (4, 4)]
    fewer = remove_tile(actor=cast.as_cilla, public_id=made.public_id, key=one, now=NOW)
    assert texts(fewer) == ["three", "two"]
    back = undo_tiles(actor=cast.as_cilla, public_id=made.public_id, version=fewer.version, now=NOW)
    assert back.tiles == arranged.tiles


def test_an_arrangement_of_other_tiles_or_of_an_old_version_is_refused(cast: Cast) -> None:
    made = make(cast, "one", "two")
    one, two = (tile.key for tile in made.tiles)
    for placings, version in (
        ([Placing(one, 4, 1)], made.version),
        ([Placing(one, 4, 1), Placing(two, 4, 1)], made.version - 1),
    ):
        with pytest.raises(Changed):
            arrange_tiles(
                actor=cast.as_cilla, public_id=made.public_id, placings=placings, version=version, now=NOW
            )
    with pytest.raises(Changed):
        undo_tiles(actor=cast.as_cilla, public_id=made.public_id, version=made.version, now=NOW)


def test_a_dashboard_holds_no_more_tiles_than_a_page_draws(cast: Cast) -> None:
    made = make(cast, *(str(number) for number in range(MOST_TILES)))
    with pytest.raises(InvalidInput):
        add_tile(actor=cast.as_cilla, public_id=made.public_id, tile=NewTile(TEXT, {"text": ""}), now=NOW)
    with pytest.raises(InvalidInput):
        add_tile(actor=cast.as_cilla, public_id=made.public_id, tile=NewTile("no kind", {}), now=NOW)


def test_a_deleted_dashboard_comes_back_to_its_owner_only(cast: Cast) -> None:
    made = make(cast, "one")
    delete_dashboard(actor=cast.as_cilla, public_id=made.public_id, now=NOW)
    with pytest.raises(NotFound):
        restore_dashboard(actor=cast.as_astrid, public_id=made.public_id, now=NOW)
    assert texts(restore_dashboard(actor=cast.as_cilla, public_id=made.public_id, now=NOW)) == ["one"]


def test_a_dashboard_is_handed_over_to_somebody_active(cast: Cast) -> None:
    made = make(cast)
    hand_over_dashboard(actor=cast.as_cilla, public_id=made.public_id, owner_id=cast.david.pk, now=NOW)
    assert dashboard_seen_by(cast.as_david, made.public_id).is_own
    with pytest.raises(NotFound):
        dashboard_seen_by(cast.as_cilla, made.public_id)
