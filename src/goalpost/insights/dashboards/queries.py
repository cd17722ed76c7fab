"""Dashboards that somebody may see, with what they may do to them. Reads, never writes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Q

from goalpost.companies.actors import memberships_on
from goalpost.companies.checks import require_admin
from goalpost.companies.errors import NotFound
from goalpost.crm.queries import Named
from goalpost.domain.alphabet import by_name
from goalpost.domain.permissions import Access, Actor, greatest_access
from goalpost.insights.dashboards.models import Dashboard, DashboardShare, DashboardTile
from goalpost.insights.tiles import GOAL, Tile


@dataclass(frozen=True, slots=True)
class PlacedTile:
    """A tile as it lies on a dashboard: what it shows, where and how large."""

    key: str
    kind: str
    settings: Mapping[str, str]
    width: int
    height: int
    added_by: str
    """The name of who put it there."""

    @property
    def tile(self) -> Tile:
        return Tile(self.kind, self.settings)


@dataclass(frozen=True, slots=True)
class DashboardView:
    """A dashboard as one person sees it. `version` changes with its title, tiles and sharing."""

    id: int
    public_id: str
    title: str
    owner: Named
    access: Access
    version: int
    can_undo: bool
    tile_count: int
    tiles: tuple[PlacedTile, ...] = field(default=())

    @property
    def is_own(self) -> bool:
        return self.access is Access.OWNER

    @property
    def may_edit(self) -> bool:
        return self.access is not Access.VIEWER


def dashboards_seen_by(actor: Actor, today: date | None = None) -> list[DashboardView]:
    """Return the actor's dashboards and those shared with them, by name, without tiles: four queries.

    Teams are those of `today`, which is looked up where it is not given.
    """
    found = _seen(actor, today=today)
    counts = dict(
        DashboardTile.objects.filter(
            company_id=actor.company_id, dashboard_id__in=[row.pk for row, _access in found]
        )
        .values_list("dashboard_id")
        .annotate(Count("pk"))
    )
    views = [_view(row, access, counts.get(row.pk, 0)) for row, access in found]
    return sorted(views, key=lambda each: by_name(each.title, each.id))


def dashboard_seen_by(actor: Actor, public_id: str, today: date | None = None) -> DashboardView:
    """Return a dashboard with its tiles in order. Raises NotFound for one the actor may not see."""
    found = _seen(actor, public_id, today)
    if not found:
        raise NotFound
    [(row, access)] = found
    return _view(row, access, tiles=placed_tiles(row))


def placed_tiles(dashboard: Dashboard) -> tuple[PlacedTile, ...]:
    """Return the tiles of a dashboard in order."""
    rows = DashboardTile.objects.filter(company_id=dashboard.company_id, dashboard=dashboard)
    return tuple(
        PlacedTile(row.key, row.kind, row.settings, row.width, row.height, row.added_by.name)
        for row in rows.select_related("added_by").order_by("place")
    )


@dataclass(frozen=True, slots=True)
class SharedWith:
    """Whom a dashboard is shared with: everybody, people and teams, by what they may do."""

    everybody: str
    user_access: Mapping[int, str]
    team_access: Mapping[int, str]


def shared_with(dashboard: DashboardView, actor: Actor) -> SharedWith:
    """Return whom a dashboard is shared with."""
    rows = DashboardShare.objects.filter(company_id=actor.company_id, dashboard_id=dashboard.id)
    found = list(rows.values_list("user_id", "team_id", "access"))
    return SharedWith(
        Dashboard.objects.values_list("everybody", flat=True).get(
            company_id=actor.company_id, pk=dashboard.id
        ),
        {user: access for user, _team, access in found if user},
        {team: access for _user, team, access in found if team},
    )


def _seen(
    actor: Actor, public_id: str | None = None, today: date | None = None
) -> list[tuple[Dashboard, Access]]:
    own = Dashboard.objects.filter(company_id=actor.company_id, is_deleted=False)
    if public_id is not None:
        own = own.filter(public_id=public_id)
    shared = _shared_with(actor, today)
    rows = own.filter(Q(owner_id=actor.user_id) | ~Q(everybody="") | Q(pk__in=shared)).select_related("owner")
    return [(row, _access_of(actor, row, shared.get(row.pk, ()))) for row in rows]


def _shared_with(actor: Actor, today: date | None) -> dict[int, list[Access]]:
    """Return the dashboards shared with the actor or their teams of today."""
    teams = memberships_on(actor.company_id, today).filter(user_id=actor.user_id)
    team_ids = {*teams.values_list("team_id", flat=True), *actor.managed_team_ids}
    shares = DashboardShare.objects.filter(company_id=actor.company_id)
    found: dict[int, list[Access]] = {}
    for dashboard_id, access in shares.filter(Q(user_id=actor.user_id) | Q(team_id__in=team_ids)).values_list(
        "dashboard_id", "access"
    ):
        found.setdefault(dashboard_id, []).append(Access(access))
    return found


def _access_of(actor: Actor, row: Dashboard, shared: Iterable[Access]) -> Access:
    if row.owner_id == actor.user_id:
        return Access.OWNER
    return greatest_access([*shared, *([Access(row.everybody)] if row.everybody else [])])


def _view(
    row: Dashboard, access: Access, tile_count: int = 0, tiles: tuple[PlacedTile, ...] = ()
) -> DashboardView:
    return DashboardView(
        id=row.pk,
        public_id=row.public_id,
        title=row.title,
        owner=Named(row.owner_id, row.owner.name),
        access=access,
        version=row.version,
        can_undo=row.undoes == row.version,
        tile_count=tile_count or len(tiles),
        tiles=tiles,
    )


def dashboards_with(actor: Actor, goal: str, dashboards: Iterable[DashboardView]) -> frozenset[int]:
    """Return the ids of those of the dashboards that have a tile of the goal (its public id)."""
    tiles = DashboardTile.objects.filter(
        company_id=actor.company_id, kind=GOAL, dashboard_id__in=[each.id for each in dashboards]
    )
    found = tiles.values_list("dashboard_id", "settings")
    return frozenset(pk for pk, settings in found if settings.get("goal") == goal)


def dashboards_owned_by(actor: Actor, user_id: int) -> int:
    """Return how many dashboards a person has, for an admin who hands them over."""
    require_admin(actor)
    own = Dashboard.objects.filter(company_id=actor.company_id, owner_id=user_id, is_deleted=False)
    return own.count()
