"""Changing, deactivating and reactivating a company's people. Invitations: `accounts.invitations`."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from goalpost.accounts.models import Invitation
from goalpost.accounts.sessions import end_all_sessions
from goalpost.accounts.tokens import revoke_tokens
from goalpost.companies.actions import add_user
from goalpost.companies.actors import operator_of
from goalpost.companies.audit import AuditAction, AuditValue, Subject, differing, record
from goalpost.companies.calendar import today_in
from goalpost.companies.checks import checked_name, free_email, require_admin
from goalpost.companies.errors import Changed, InvalidInput, NotFound
from goalpost.companies.memberships import (
    MembershipChange,
    leaving_all,
    name_with_days,
    teams_of_person,
    write_stays,
)
from goalpost.companies.models import CompanyLock, PermissionSet, User
from goalpost.companies.people import CAN_SIGN_IN, person_line, state_of_person
from goalpost.domain.permissions import Actor

THEMES = ("", "light", "dark")


def add_person(*, actor: Actor, name: str, now: datetime, email: str = "", is_active: bool = True) -> User:
    """Add a person from a file: they count at once, and can sign in once they are invited.

    Raises InvalidInput, NotAllowed.
    """
    with transaction.atomic():
        person = add_user(actor=actor, name=name, email=email or None, is_active=is_active, now=now)
        changes = {"email": (None, person.email)} if email else None
        record(actor=actor, action=AuditAction.CREATED, on=Subject.of(person), now=now, changes=changes)
    return person


def change_person(
    *,
    actor: Actor,
    user_id: int,
    name: str,
    email: str,
    permission_set_id: int | None,
    is_admin: bool,
    now: datetime,
    teams: Sequence[MembershipChange] = (),
    state: str = "",
) -> User:
    """Change a person's details and memberships.

    Raises NotFound, NotAllowed, InvalidInput naming the field, and Changed when the details are no longer in
    the `state` that the actor saw. A new address deletes the invitation and the single sign-on account of the
    old one.
    """
    require_admin(actor)
    with transaction.atomic():
        CompanyLock.hold(actor.company_id)  # two admins may demote each other at once
        person = found_person(actor, user_id)
        if state and state != state_of_person(person_line(actor, user_id)):
            raise Changed
        before, called = audit_details(person), person.name
        new_email = _changed_email(person, email)
        person.name = checked_name(name)
        if person.is_admin and not is_admin:
            _require_another_admin(actor, person, field="is_admin")
        person.is_admin = is_admin
        if new_email != person.email:
            Invitation.objects.filter(user=person).delete()
            SocialAccount.objects.filter(user=person).delete()
            person.email = new_email
        if permission_set_id is not None:
            person.permission_set = found_permission_set(actor, permission_set_id)
        person.save(update_fields=["name", "email", "is_admin", "permission_set"])
        for change in teams:
            write_stays(actor, change, now)
        if changes := differing(before, audit_details(person)):
            record(
                actor=actor,
                action=AuditAction.CHANGED,
                on=Subject.of(person, called),
                now=now,
                changes=changes,
            )
    return person


def deactivate_person(*, actor: Actor, user_id: int, now: datetime) -> User:
    """Close a person's account: sessions, tokens, invitations and the link to single sign-on end at once.

    They leave their teams; earlier results are kept. Does nothing if already deactivated.
    Raises NotFound, NotAllowed, InvalidInput.
    """
    require_admin(actor)
    with transaction.atomic():
        CompanyLock.hold(actor.company_id)
        person = found_person(actor, user_id)
        if person.pk == actor.user_id:
            raise InvalidInput(_("You cannot deactivate yourself. Another admin can."), field="user")
        if not person.is_active:
            return person
        _require_another_admin(actor, person, field="user")
        before = audit_details(person)
        tomorrow = today_in(person.company, now) + timedelta(days=1)
        for change in leaving_all(actor, person.pk, tomorrow):
            write_stays(actor, change, now)
        person.is_active = False
        person.save(update_fields=["is_active"])
        Invitation.objects.filter(user=person).delete()
        SocialAccount.objects.filter(user=person).delete()
        revoke_tokens(actor.company_id, person.pk)
        end_all_sessions(person.pk)
        changes = differing(before, audit_details(person))
        record(actor=actor, action=AuditAction.DEACTIVATED, on=Subject.of(person), now=now, changes=changes)
    return person


def reactivate_person(*, actor: Actor, user_id: int, now: datetime) -> User:
    """Reactivate a person's account with its password and rights, but without tokens.

    Does nothing if already active. Raises NotFound, NotAllowed.
    """
    require_admin(actor)
    with transaction.atomic():
        CompanyLock.hold(actor.company_id)
        person = found_person(actor, user_id)
        if person.is_active:
            return person
        person.is_active = True
        person.save(update_fields=["is_active"])
        record(actor=actor, action=AuditAction.REACTIVATED, on=Subject.of(person), now=now)
    return person


def remove_second_steps(*, actor: Actor, user_id: int, now: datetime) -> User:
    """Remove a person's two-step sign-in, for somebody who lost the device. Ends their sessions.

    Raises NotFound, NotAllowed.
    """
    require_admin(actor)
    with transaction.atomic():
        person = found_person(actor, user_id)
        steps = Authenticator.objects.filter(user=person)
        kinds = sorted(set(steps.values_list("type", flat=True)))
        steps.delete()
        end_all_sessions(person.pk)
        changes = {"second_step": (kinds, None)}
        record(
            actor=actor,
            action=AuditAction.SECOND_STEP_REMOVED,
            on=Subject.of(person),
            now=now,
            changes=changes,
        )
    return person


def has_second_steps(actor: Actor, user_id: int) -> bool:
    """Whether a person's sign-in takes a second step. Raises NotFound, NotAllowed."""
    require_admin(actor)
    return bool(Authenticator.objects.filter(user=found_person(actor, user_id)).exists())


def change_profile(*, actor: Actor, name: str, language: str, theme: str, now: datetime) -> User:
    """Change the actor's own name, language and theme (empty for the browser's). Raises InvalidInput."""
    if language not in {"", *dict(settings.LANGUAGES)}:
        raise InvalidInput(_("Choose one of the languages: English or Swedish."), field="language")
    if theme not in THEMES:
        raise InvalidInput(_("Choose one of the themes: system, light or dark."), field="theme")
    with transaction.atomic():
        person = found_person(actor, actor.user_id)
        before, called = _own_details(person), person.name
        person.name, person.language, person.theme = checked_name(name), language, theme
        person.save(update_fields=["name", "language", "theme"])
        if changes := differing(before, _own_details(person)):
            record(
                actor=actor,
                action=AuditAction.CHANGED,
                on=Subject.of(person, called),
                now=now,
                changes=changes,
            )
    return person


def found_person(actor: Actor, user_id: int) -> User:
    """Return a person of the actor's company. Raises NotFound."""
    person = User.objects.filter(company_id=actor.company_id, pk=user_id).first()
    if person is None:
        raise NotFound
    return person


def found_permission_set(actor: Actor, permission_set_id: int) -> PermissionSet:
    found = PermissionSet.objects.filter(company_id=actor.company_id, pk=permission_set_id).first()
    if found is None:
        raise InvalidInput(_("There is no such permission set."), field="permission_set")
    return found


def audit_details(person: User) -> dict[str, AuditValue]:
    """Return the details of a person that the audit log records."""
    teams = teams_of_person(operator_of(person.company_id), person.pk)
    return {
        "name": person.name,
        "email": person.email,
        "is_admin": person.is_admin,
        "permission_set": None if person.permission_set is None else person.permission_set.name,
        "teams": [name_with_days(name, stay) for _team_id, name, stay in teams],
    }


def _own_details(person: User) -> dict[str, AuditValue]:
    """Return the details of a profile that the audit log records."""
    return {"name": person.name, "language": person.language, "theme": person.theme}


def _require_another_admin(actor: Actor, person: User, *, field: str) -> None:
    """Raise InvalidInput when nobody else could administer the company: active, and able to sign in."""
    if not (person.is_admin and person.is_active):
        return
    others = User.objects.filter(CAN_SIGN_IN, company_id=actor.company_id, is_admin=True).exclude(
        pk=person.pk
    )
    if not others.exists():
        raise InvalidInput(
            _("At least one active admin must remain. Make somebody else an admin first."), field=field
        )


def _changed_email(person: User, email: str) -> str | None:
    typed = email.strip().lower()
    if typed == (person.email or ""):
        return person.email
    if not typed:
        raise InvalidInput(
            _("A person who signs in needs an e-mail address. To end their access, deactivate them."),
            field="email",
        )
    return free_email(typed)
