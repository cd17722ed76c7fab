"""Creates, changes and deletes permission sets, and lists the people who have them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from goalpost.companies.actors import as_columns, existing_teams, permissions_of
from goalpost.companies.audit import AuditAction, Subject, differing, record
from goalpost.companies.checks import checked_name, require_admin
from goalpost.companies.errors import InvalidInput, NotFound
from goalpost.companies.models import CompanyLock, PermissionSet, User
from goalpost.domain.alphabet import sort_key
from goalpost.domain.permissions import Actor, Permission, Role

_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class HeldSet:
    """A permission set with the number of people who have it, without admins, who need none.

    `managing` counts those who manage a team, and so have a manager's rights for it.
    """

    id: int
    name: str
    role: Role
    is_built_in: bool
    permissions: frozenset[Permission]
    holders: int
    managing: int


def held_sets(actor: Actor) -> list[HeldSet]:
    """Return the company's sets: the built-in ones, the manager's first, then its own by name."""
    require_admin(actor)
    managers = existing_teams(actor.company_id).filter(manager__isnull=False).values("manager_id")
    held = Q(is_admin=False, is_active=True)
    counts = {
        row["permission_set_id"]: (row["holders"], row["managing"])
        for row in User.objects.filter(held, company_id=actor.company_id)
        .values("permission_set_id")
        .annotate(holders=Count("pk"), managing=Count("pk", filter=Q(pk__in=managers)))
    }
    rows = PermissionSet.objects.filter(company_id=actor.company_id).order_by("-is_built_in", "name")
    # The manager's set first: it is closer to an admin's rights.
    ordered = sorted(
        rows, key=lambda row: (not row.is_built_in, row.is_built_in and row.role == Role.REGULAR)
    )
    return [
        HeldSet(
            row.pk,
            row.name,
            Role(row.role),
            row.is_built_in,
            permissions_of(row),
            *counts.get(row.pk, (0, 0)),
        )
        for row in ordered
    ]


def admin_count(actor: Actor) -> int:
    return User.objects.filter(company_id=actor.company_id, is_admin=True, is_active=True).count()


def add_permission_set(
    *,
    actor: Actor,
    name: str,
    permissions: Collection[Permission],
    now: datetime,
    role: Role = Role.REGULAR,
) -> PermissionSet:
    """Add a set of the company's own. Raises InvalidInput when the name is taken, NotAllowed."""
    require_admin(actor)
    name = checked_name(name, longest=_LONGEST_NAME)
    with transaction.atomic():
        CompanyLock.hold(actor.company_id)
        _require_free_name(actor, name)
        made = PermissionSet.objects.create(
            company_id=actor.company_id, name=name, role=role, **as_columns(permissions)
        )
        record(
            actor=actor,
            action=AuditAction.CREATED,
            on=Subject.of(made),
            now=now,
            changes={
                "role": (None, role.value),
                **{permission.value: (False, True) for permission in Permission if permission in permissions},
            },
        )
    return made


def change_permissions(
    *, actor: Actor, permissions: Mapping[int, frozenset[Permission]], now: datetime
) -> None:
    """Set the permissions of each set, by id, in one transaction. Raises NotFound, NotAllowed."""
    require_admin(actor)
    with transaction.atomic():
        CompanyLock.hold(actor.company_id)
        for set_id in sorted(permissions):
            row, wanted = _found(actor, set_id), permissions[set_id]
            had = permissions_of(row)
            changes = differing(
                {permission.value: permission in had for permission in Permission},
                {permission.value: permission in wanted for permission in Permission},
            )
            if not changes:
                continue
            for column, is_held in as_columns(wanted).items():
                setattr(row, column, is_held)
            row.save(update_fields=list(as_columns(wanted)))
            record(actor=actor, action=AuditAction.CHANGED, on=Subject.of(row), now=now, changes=changes)


def rename_permission_set(*, actor: Actor, set_id: int, name: str, now: datetime) -> PermissionSet:
    """Give a set of the company's own another name. Raises NotFound, InvalidInput, NotAllowed."""
    require_admin(actor)
    name = checked_name(name, longest=_LONGEST_NAME)
    with transaction.atomic():
        CompanyLock.hold(actor.company_id)
        row = _found(actor, set_id)
        if row.is_built_in:
            raise InvalidInput(_("Built-in permission sets cannot be renamed."), field="name")
        before = row.name
        if name != before:
            _require_free_name(actor, name)
            row.name = name
            row.save(update_fields=["name"])
            record(
                actor=actor,
                action=AuditAction.CHANGED,
                on=Subject.of(row, before),
                now=now,
                changes={"name": (before, name)},
            )
    return row


def delete_permission_set(*, actor: Actor, set_id: int, holders_to: int | None = None, now: datetime) -> None:
    """Delete a set of the company's own; people who have it get the set `holders_to`.

    Raises NotFound, NotAllowed, and InvalidInput for a built-in set, or without `holders_to` when people have
    it.
    """
    require_admin(actor)
    with transaction.atomic():
        CompanyLock.hold(actor.company_id)
        row = _found(actor, set_id)
        if row.is_built_in:
            raise InvalidInput(_("Built-in permission sets cannot be deleted."), field="permission_set")
        # Also for deactivated people and admins, who need a set once reactivated or no longer admin.
        holders = User.objects.filter(company_id=actor.company_id, permission_set=row)
        count = holders.count()
        replacement = None
        if count:
            replacement = _replacement(actor, row, holders_to)
            holders.update(permission_set=replacement)
        name = row.name
        subject = Subject.of(row)
        row.delete()
        changes = {"holders": (name, replacement.name)} if replacement else None
        record(actor=actor, action=AuditAction.DELETED, on=subject, now=now, changes=changes)


def holders_of(actor: Actor, set_id: int) -> list[str]:
    """Return the names of all who hold the set, deactivated people and admins included."""
    require_admin(actor)
    held = User.objects.filter(company_id=actor.company_id, permission_set=_found(actor, set_id))
    return sorted(held.values_list("name", flat=True), key=sort_key)


def permission_set_of(actor: Actor, set_id: int) -> PermissionSet:
    """Return one set. Raises NotFound, NotAllowed."""
    require_admin(actor)
    return _found(actor, set_id)


def _replacement(actor: Actor, row: PermissionSet, holders_to: int | None) -> PermissionSet:
    if holders_to is None or holders_to == row.pk:
        raise InvalidInput(_("Choose the permission set that these people get."), field="holders_to")
    replacement = PermissionSet.objects.filter(company_id=actor.company_id, pk=holders_to).first()
    if replacement is None:
        raise InvalidInput(_("There is no such permission set."), field="holders_to")
    return replacement


def _found(actor: Actor, set_id: int) -> PermissionSet:
    row = PermissionSet.objects.filter(company_id=actor.company_id, pk=set_id).first()
    if row is None:
        raise NotFound
    return row


def _require_free_name(actor: Actor, name: str) -> None:
    if PermissionSet.objects.filter(company_id=actor.company_id, name=name).exists():
        raise InvalidInput(_("There is already a permission set with that name."), field="name")
