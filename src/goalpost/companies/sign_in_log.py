"""Telling the audit log of sign-ins: who got in or was refused, and of passwords and second steps."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from goalpost.companies.actors import actor_for
from goalpost.companies.audit import Changes, Deed, Subject, SubjectKind, record
from goalpost.companies.models import User
from goalpost.domain.permissions import Actor

# By what allauth calls the message that it would send about it.
DEED_OF_MESSAGE: Mapping[str, tuple[Deed, Changes]] = {
    "mfa/email/totp_activated": (Deed.SECOND_STEP_ADDED, {"second_step": (None, "totp")}),
    "mfa/email/totp_deactivated": (Deed.SECOND_STEP_REMOVED, {"second_step": ("totp", None)}),
    "mfa/email/webauthn_added": (Deed.SECOND_STEP_ADDED, {"second_step": (None, "webauthn")}),
    "mfa/email/webauthn_removed": (Deed.SECOND_STEP_REMOVED, {"second_step": ("webauthn", None)}),
    "mfa/email/recovery_codes_generated": (Deed.SECOND_STEP_ADDED, {"second_step": (None, "recovery_codes")}),
}


def log_own_deed(
    user: AbstractBaseUser, deed: Deed, *, address: str, now: datetime, changes: Changes | None = None
) -> None:
    """Tell of something that a person did to their own sign-in."""
    if isinstance(user, User):
        with transaction.atomic():
            # Not Subject.of: a request's user is a stand-in that shows its class only to isinstance.
            themselves = Subject(SubjectKind.USER, user.pk, user.name)
            record(actor=actor_for(user, address=address), deed=deed, on=themselves, now=now, changes=changes)


def log_refusal(email: str, *, address: str, now: datetime) -> None:
    """Tell of a wrong password for somebody's account. For an address that nobody has, nobody is told."""
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is not None:
        _refuse(user, address=address, now=now)


def log_wrong_code(user: User, *, address: str, now: datetime) -> None:
    """Tell of a wrong code after the right password: somebody has learned it."""
    _refuse(user, address=address, now=now, changes={"second_step": (None, "code")})


def _refuse(user: User, *, address: str, now: datetime, changes: Changes | None = None) -> None:
    nobody = Actor(company_id=user.company_id, user_id=0, address=address)
    with transaction.atomic():
        record(actor=nobody, deed=Deed.REFUSED, on=Subject.of(user), now=now, changes=changes)
