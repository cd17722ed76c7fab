"""Actions on dashboards, their only writer: create, change, arrange, share, hand over, delete."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from goalpost.companies.actors import existing_teams
from goalpost.companies.checks import checked_name, found_user, require_admin
from goalpost.companies.errors import Changed, InvalidInput, NotAllowed
from goalpost.companies.models import User
from goalpost.domain.permissions import Access, Actor, may_share_dashboard
from goalpost.insights.dashboards.models import (
    COLUMNS,
    MOST_TILES,
    NARROWEST,
    TALLEST,
    Dashboard,
    DashboardShare,
    DashboardTile,
)
from goalpost.insights.dashboards.queries import DashboardView, dashboard_seen_by
from goalpost.insights.tiles import kinds

LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class NewTile:
    """A tile to be added."""

    kind: str
    settings: Mapping[str, str]
    width: int = 4
    height: int = 1


@dataclass(frozen=True, slots=True)
class Placing:
    """Where a tile of a dashboard lies: the order of placings is that of the tiles."""

    key: str
    width: int
    height: int


def create_dashboard(
    *, actor: Actor, title: str, now: datetime, tiles: Sequence[NewTile] = ()
) -> DashboardView:
    """Create a dashboard that only its owner sees. Raises InvalidInput."""
    title = checked_name(title)
    with transaction.atomic():
        row = Dashboard.objects.create(
            company_id=actor.company_id,
            public_id=uuid4().hex,
            title=title,
            owner_id=actor.user_id,
            created_at=now,
            updated_at=now,
        )
        _put(row, [_made(actor, each) for each in tiles])
    return dashboard_seen_by(actor, row.public_id)


def rename_dashboard(*, actor: Actor, public_id: str, title: str, now: datetime) -> DashboardView:
    """Give a dashboard another name. Raises NotFound, NotAllowed, InvalidInput."""
    with transaction.atomic():
        row = _locked(actor, public_id)
        _save(row, now, title=checked_name(title))
    return dashboard_seen_by(actor, public_id)


def delete_dashboard(*, actor: Actor, public_id: str, now: datetime) -> None:
    """Delete a dashboard. Raises NotFound, and NotAllowed for whoever does not own it."""
    with transaction.atomic():
        row = _locked(actor, public_id, owns=True)
        _save(row, now, is_deleted=True)


def restore_dashboard(*, actor: Actor, public_id: str, now: datetime) -> DashboardView:
    """Bring back a deleted dashboard of one's own. Raises NotFound."""
    with transaction.atomic():
        own = Dashboard.objects.select_for_update().filter(company_id=actor.company_id)
        row = own.filter(public_id=public_id, owner_id=actor.user_id, is_deleted=True).first()
        if row is not None:
            _save(row, now, is_deleted=False)
    return dashboard_seen_by(actor, public_id)


def add_tile(*, actor: Actor, public_id: str, tile: NewTile, now: datetime) -> DashboardView:
    """Add a tile at the end. Raises NotFound, NotAllowed, InvalidInput."""
    return add_tiles(actor=actor, public_id=public_id, tiles=[tile], now=now)


def add_tiles(*, actor: Actor, public_id: str, tiles: Sequence[NewTile], now: datetime) -> DashboardView:
    """Add tiles at the end, all or none. Raises NotFound, NotAllowed, InvalidInput."""
    made = [_made(actor, each) for each in tiles]
    return _change_tiles(actor, public_id, lambda before: [*before, *made], now)


def remove_tile(*, actor: Actor, public_id: str, key: str, now: datetime) -> DashboardView:
    """Remove a tile, if it is still there. Raises NotFound, NotAllowed."""
    return _change_tiles(actor, public_id, lambda tiles: [each for each in tiles if each["key"] != key], now)


def arrange_tiles(
    *, actor: Actor, public_id: str, placings: Sequence[Placing], version: int | None, now: datetime
) -> DashboardView:
    """Set order and sizes of all tiles. Raises NotFound, NotAllowed, InvalidInput.

    Raises Changed when `version` is given and the dashboard was changed since it was read, and when the
    placings are not those of its tiles.
    """

    def arrange(tiles: list[dict[str, Any]]) -> list[dict[str, Any]]:
        by_key = {each["key"]: each for each in tiles}
        if sorted(by_key) != sorted(each.key for each in placings):
            raise Changed
        return [{**by_key[each.key], **_size(each.width, each.height)} for each in placings]

    return _change_tiles(actor, public_id, arrange, now, version=version)


def undo_tiles(*, actor: Actor, public_id: str, version: int, now: datetime) -> DashboardView:
    """Put the tiles back as they were before the change that made this version; undone again, it is back.

    Raises NotFound, NotAllowed, and Changed when the dashboard was changed since.
    """
    with transaction.atomic():
        row = _locked(actor, public_id)
        if version != row.version or row.undoes != row.version:
            raise Changed
        former = row.former
    return _change_tiles(actor, public_id, lambda _tiles: former, now, version=version)


def hand_over_dashboard(*, actor: Actor, public_id: str, owner_id: int, now: datetime) -> None:
    """Give a dashboard to another active person. Raises NotFound, NotAllowed, InvalidInput."""
    with transaction.atomic():
        row = _locked(actor, public_id, owns=True)
        owner = found_user(actor.company_id, owner_id)
        if not owner.is_active:
            raise InvalidInput(_("Choose somebody who is active."), field="owner")
        _save(row, now, owner_id=owner.pk)


def hand_over_dashboards(*, actor: Actor, user_id: int, successor_id: int, now: datetime) -> int:
    """Give all of a person's dashboards to another, as an admin does for who leaves; return how many.

    Public links that the person made stay theirs, and end with them. Raises NotAllowed, InvalidInput.
    """
    require_admin(actor)
    with transaction.atomic():
        successor = found_user(actor.company_id, successor_id)
        if not successor.is_active:
            raise InvalidInput(_("Choose somebody who is active."), field="successor")
        own = Dashboard.objects.filter(company_id=actor.company_id, owner_id=user_id, is_deleted=False)
        return own.update(owner_id=successor.pk, version=F("version") + 1, updated_at=now)


@dataclass(frozen=True, slots=True)
class Share:
    """A person or a team that a dashboard is shared with, one of the two, and what they may do."""

    access: Access
    user_id: int | None = None
    team_id: int | None = None


def share_dashboard(
    *, actor: Actor, public_id: str, everybody: Access | None, shares: Sequence[Share], now: datetime
) -> DashboardView:
    """Share a dashboard with everybody, teams and people, in place of whom it was shared with.

    Raises NotFound, InvalidInput, and NotAllowed for whoever does not own it or may not share dashboards.
    """
    with transaction.atomic():
        row = _locked(actor, public_id, owns=True)
        if not may_share_dashboard(actor, Access.OWNER):
            raise NotAllowed(_("Your permission set does not include sharing dashboards."))
        if any(each.access is Access.OWNER for each in shares) or everybody is Access.OWNER:
            raise InvalidInput(_("A dashboard has one owner. Hand it over instead."), field="access")
        user_ids = {each.user_id for each in shares if each.user_id is not None} - {row.owner_id}
        team_ids = {each.team_id for each in shares if each.team_id is not None}
        people = User.objects.filter(company_id=row.company_id, is_active=True, pk__in=user_ids)
        teams = existing_teams(row.company_id).filter(pk__in=team_ids)
        if people.count() != len(user_ids) or teams.count() != len(team_ids):
            raise InvalidInput(_("Choose people and teams of the company."), field="shares")
        DashboardShare.objects.filter(company_id=row.company_id, dashboard=row).delete()
        DashboardShare.objects.bulk_create(
            DashboardShare(
                company_id=row.company_id,
                dashboard=row,
                user_id=each.user_id,
                team_id=each.team_id,
                access=each.access,
            )
            for each in shares
            if each.user_id != row.owner_id
        )
        _save(row, now, everybody=everybody or "")
    return dashboard_seen_by(actor, public_id)


def _change_tiles(
    actor: Actor,
    public_id: str,
    change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]],
    now: datetime,
    *,
    version: int | None = None,
) -> DashboardView:
    with transaction.atomic():
        row = _locked(actor, public_id)
        if version is not None and version != row.version:
            raise Changed
        own = DashboardTile.objects.filter(company_id=row.company_id, dashboard=row)
        columns = ("key", "kind", "settings", "width", "height", "added_by_id")
        before: list[dict[str, Any]] = list(own.order_by("place").values(*columns))
        after = change(before)
        if after != before:
            own.delete()
            _put(row, after)
            _save(row, now, former=before, undoes=row.version + 1)
    return dashboard_seen_by(actor, public_id)


def _put(row: Dashboard, tiles: Sequence[Mapping[str, Any]]) -> None:
    if len(tiles) > MOST_TILES:
        raise InvalidInput(
            _("A dashboard holds %(most)s tiles. Remove one first.") % {"most": MOST_TILES}, field="tiles"
        )
    DashboardTile.objects.bulk_create(
        DashboardTile(company_id=row.company_id, dashboard=row, place=place, **each)
        for place, each in enumerate(tiles)
    )


def _made(actor: Actor, tile: NewTile) -> dict[str, Any]:
    if tile.kind not in kinds():
        raise InvalidInput(_("Choose one of the kinds of tiles."), field="kind")
    if any(len(text) > LONGEST_TEXT for text in tile.settings.values()):
        raise InvalidInput(_("Use %(most)s characters at most.") % {"most": LONGEST_TEXT}, field="text")
    return {
        "key": secrets.token_hex(6),
        "kind": tile.kind,
        "settings": dict(tile.settings),
        "added_by_id": actor.user_id,
        **_size(tile.width, tile.height),
    }


def _size(width: int, height: int) -> dict[str, int]:
    return {"width": min(max(width, NARROWEST), COLUMNS), "height": min(max(height, 1), TALLEST)}


def _save(row: Dashboard, now: datetime, **columns: object) -> None:
    for name, value in columns.items():
        setattr(row, name, value)
    row.version += 1
    row.updated_at = now
    row.save(update_fields=[*columns, "version", "updated_at"])


def _locked(actor: Actor, public_id: str, *, owns: bool = False) -> Dashboard:
    """Lock a dashboard that the actor may edit, or owns. Raises NotFound, NotAllowed."""
    seen = dashboard_seen_by(actor, public_id)
    if not (seen.access is Access.OWNER if owns else seen.may_edit):
        raise NotAllowed
    return Dashboard.objects.select_for_update().get(
        company_id=actor.company_id, pk=seen.id, is_deleted=False
    )
