"""Inviting people: a link that lets one person set a name and a password, once and for some days.

The same link resets a forgotten password where no mail is sent. It does not replace two-step sign-in.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from goalpost.accounts.actions import audit_details, found_permission_set, found_person
from goalpost.accounts.models import Invitation
from goalpost.accounts.sessions import end_all_sessions
from goalpost.accounts.tokens import hash_token
from goalpost.companies.actions import add_user
from goalpost.companies.actors import actor_for
from goalpost.companies.audit import AuditAction, Subject, record
from goalpost.companies.checks import checked_name, require_admin, set_password
from goalpost.companies.errors import InvalidInput, NotFound
from goalpost.companies.memberships import teams_to_be_on, write_stays
from goalpost.companies.models import CompanyLock, User
from goalpost.domain.permissions import Actor

GOOD_FOR = timedelta(days=7)
_LONGEST_NAME = 200
_SHOWN_AS_EXPIRED = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Invited:
    """A person and the token of their link, which is stored only as a hash."""

    user: User
    token: str


def invite_person(
    *,
    actor: Actor,
    email: str,
    now: datetime,
    name: str = "",
    permission_set_id: int | None = None,
    team_ids: Collection[int] = (),
    teams_from: date | None = None,
    is_admin: bool = False,
) -> Invited:
    """Add a person who signs in by a link.

    An empty name is derived from the address. They join the teams from a day on, None for always. Raises
    InvalidInput naming the field, NotAllowed, NotFound for an unknown team.
    """
    require_admin(actor)
    if not email.strip():
        raise InvalidInput(_("Enter the e-mail address to invite."), field="email")
    with transaction.atomic():
        user = add_user(
            actor=actor,
            name=name.strip() or _name_in(email),
            email=email,
            is_admin=is_admin,
            permission_set=(
                None if permission_set_id is None else found_permission_set(actor, permission_set_id)
            ),
            now=now,
        )
        for change in teams_to_be_on(actor, user.pk, team_ids, now=now, as_of=teams_from):
            write_stays(actor, change, now)
        changes = {
            name: (None, value) for name, value in audit_details(user).items() if value and name != "name"
        }
        record(actor=actor, action=AuditAction.INVITED, on=Subject.of(user), now=now, changes=changes)
        return Invited(user, _new_link(user, now))


def renew_invitation(*, actor: Actor, user_id: int, now: datetime) -> Invited:
    """Create a new link for a person who has an address; the former one stops working.

    Raises NotFound, NotAllowed, InvalidInput for somebody without an address or deactivated.
    """
    require_admin(actor)
    with transaction.atomic():
        CompanyLock.hold(actor.company_id)
        user = found_person(actor, user_id)
        if not user.is_active:
            raise InvalidInput(_("Reactivate this person first."), field="user")
        if user.email is None:
            raise InvalidInput(_("Give this person an e-mail address first."), field="email")
        action = AuditAction.LINK_MADE if user.has_usable_password() else AuditAction.INVITED
        record(actor=actor, action=action, on=Subject.of(user), now=now)
        return Invited(user, _new_link(user, now))


def invited_by(token: str, *, now: datetime) -> User:
    """Return the person a link is for. Raises NotFound for a wrong, used or expired one."""
    found = (
        Invitation.objects.select_related("user__company")
        .filter(token_hash=hash_token(token), expires_at__gt=now, user__is_active=True)
        .first()
    )
    if found is None:
        raise NotFound
    return found.user


def accept_invitation(*, token: str, name: str, password: str, now: datetime, address: str = "") -> User:
    """Set the name and password of the invited person, and delete the link.

    Ends the sessions begun with the old password. Raises NotFound, and InvalidInput naming the fields, after
    which the link still works.
    """
    user = invited_by(token, now=now)
    errors: dict[str, str] = {}
    try:
        user.name = checked_name(name)
    except InvalidInput as refusal:
        errors |= refusal.errors
    try:
        set_password(user, password)
    except InvalidInput as refusal:
        errors |= refusal.errors
    if errors:
        raise InvalidInput.of(errors)
    with transaction.atomic():
        # Deleting the link claims it: a second request at the same moment finds none.
        taken, _rows = Invitation.objects.filter(
            company_id=user.company_id, user=user, token_hash=hash_token(token), expires_at__gt=now
        ).delete()
        if not taken:
            raise NotFound
        user.save(update_fields=["name", "password"])
        end_all_sessions(user.pk)
        themselves = actor_for(user, address=address)
        record(actor=themselves, action=AuditAction.JOINED, on=Subject.of(user), now=now)
    return user


def _new_link(user: User, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    Invitation.objects.filter(company_id=user.company_id, user=user).delete()
    Invitation.objects.create(
        company_id=user.company_id,
        user=user,
        token_hash=hash_token(token),
        created_at=now,
        expires_at=now + GOOD_FOR,
    )
    return token


def _name_in(email: str) -> str:
    """Return a name derived from an address: “anna.berg@…” reads Anna Berg."""
    words = email.partition("@")[0].replace(".", " ").replace("_", " ").replace("-", " ").split()
    return (" ".join(word[:1].upper() + word[1:] for word in words) or email.strip())[:_LONGEST_NAME]


@task
def sweep_invitations() -> None:
    """Delete links that expired long ago."""
    Invitation.objects.filter(expires_at__lt=timezone.now() - _SHOWN_AS_EXPIRED).delete()
