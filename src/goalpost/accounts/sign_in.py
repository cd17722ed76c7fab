"""Signing in by e-mail and password, with throttling; accounts are created by admins."""

import hashlib
import secrets
import time
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.internal.flows import reauthentication
from allauth.core.exceptions import ReauthenticationRequired
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from goalpost.accounts.mail import send_later, send_to_nobody
from goalpost.accounts.models import Invitation
from goalpost.accounts.sessions import end_all_sessions, see
from goalpost.accounts.single_sign_on import comes_by_provider
from goalpost.companies.actors import actor_for
from goalpost.companies.audit import AuditAction, Changes, Subject, SubjectKind, record
from goalpost.companies.models import User
from goalpost.domain.permissions import Actor

_FROM_AN_ADDRESS = "20/m/ip,5/5m/key"
_FROM_EVERYWHERE = "100/h/key"
_FROM_A_KNOWN_DEVICE = "10/5m/key"
_APP = "goalpost.companies"

COOKIE = "__Host-device" if settings.IS_HTTPS else "device"
_SALT = "goalpost.known-device"
_ONE_YEAR = 60 * 60 * 24 * 365
_ACCOUNTS_A_DEVICE = 10


class Attempt:
    """One attempt, counted as failed until it is cancelled."""

    def __init__(self, uses: list[ratelimit.RateLimitUsage]) -> None:
        self._uses = uses

    def rollback(self) -> None:
        for use in self._uses:
            use.rollback()


def count_attempt(request: HttpRequest, email: str) -> Attempt | None:
    """Count an attempt to sign in as somebody. Returns None when there have been too many."""
    email = email.strip().lower()
    device = _devices(request).get(_account(email))
    if device is not None:
        limits = [("known_device", _FROM_A_KNOWN_DEVICE, f"{email} {device}")]
    else:
        limits = [
            ("address", _FROM_AN_ADDRESS, f"{email} {ratelimit.get_ip(request)}"),
            ("everywhere", _FROM_EVERYWHERE, email),
        ]
    uses: list[ratelimit.RateLimitUsage] = []
    for action, rates, key in limits:
        use = ratelimit.consume(request, app=_APP, action=action, config={action: rates}, key=key)
        if use is None:
            # A refused attempt must not use up the account's allowance.
            Attempt(uses).rollback()
            return None
        uses.append(use)
    return Attempt(uses)


def remember_device(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Remember this browser for the account by a signed cookie."""
    devices = dict(_devices(request))
    account = _account(email)
    nonce = devices.pop(account, None) or secrets.token_urlsafe(12)
    devices = {account: nonce, **dict(list(devices.items())[: _ACCOUNTS_A_DEVICE - 1])}
    response.set_cookie(
        COOKIE,
        signing.dumps(devices, salt=_SALT),
        max_age=_ONE_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _devices(request: HttpRequest) -> Mapping[str, str]:
    """Return the cookie's device ids by account; empty for a forged cookie."""
    try:
        remembered = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_ONE_YEAR)
    except signing.BadSignature:
        return {}
    return remembered if isinstance(remembered, dict) else {}


def _account(email: str) -> str:
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()[:24]


# By the name of allauth's message about it.
ACTION_OF_MESSAGE: Mapping[str, tuple[AuditAction, Changes]] = {
    "mfa/email/totp_activated": (AuditAction.SECOND_STEP_ADDED, {"second_step": (None, "totp")}),
    "mfa/email/totp_deactivated": (AuditAction.SECOND_STEP_REMOVED, {"second_step": ("totp", None)}),
    "mfa/email/webauthn_added": (AuditAction.SECOND_STEP_ADDED, {"second_step": (None, "webauthn")}),
    "mfa/email/webauthn_removed": (AuditAction.SECOND_STEP_REMOVED, {"second_step": ("webauthn", None)}),
    "mfa/email/recovery_codes_generated": (
        AuditAction.SECOND_STEP_ADDED,
        {"second_step": (None, "recovery_codes")},
    ),
}


def log_own_action(
    user: AbstractBaseUser,
    action: AuditAction,
    *,
    address: str,
    now: datetime,
    changes: Changes | None = None,
) -> None:
    """Log a change that a person made to their own sign-in."""
    if isinstance(user, User):
        with transaction.atomic():
            # Not Subject.of: a request's user is a lazy object that shows its class only to isinstance.
            themselves = Subject(SubjectKind.USER, user.pk, user.name)
            record(
                actor=actor_for(user, address=address), action=action, on=themselves, now=now, changes=changes
            )


def log_refusal(email: str, *, address: str, now: datetime) -> None:
    """Log a wrong password for an account; nothing for an unknown address."""
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is not None:
        _refuse(user, address=address, now=now)


def log_wrong_code(user: User, *, address: str, now: datetime) -> None:
    """Log a wrong code after the right password: the password may be known to others."""
    _refuse(user, address=address, now=now, changes={"second_step": (None, "code")})


def _refuse(user: User, *, address: str, now: datetime, changes: Changes | None = None) -> None:
    nobody = Actor(company_id=user.company_id, user_id=0, address=address)
    with transaction.atomic():
        record(actor=nobody, action=AuditAction.REFUSED, on=Subject.of(user), now=now, changes=changes)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        # One message for a wrong address and a wrong password: it does not reveal who has an account.
        "email_password_mismatch": _("E-mail and password do not match."),
        "enter_current_password": _("That is not your current password."),
        "incorrect_password": _("That is not your current password."),
        "too_many_login_attempts": _("Too many attempts. Wait some minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  allauth's signature
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: str) -> None:
        """Count the attempt; allauth calls this, and cancels it on success."""
        self._login_failed_rl_usage = count_attempt(request, credentials.get("email", ""))
        if self._login_failed_rl_usage is None:
            raise self.validation_error("too_many_login_attempts")

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **facts: object) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **facts)
        remember_device(request, response, str(user.get_username() or ""))
        agent = request.headers.get("User-Agent", "")
        address, now = client_address(request), timezone.now()
        see(request.session, address=address, agent=agent, now=now)
        log_own_action(user, AuditAction.SIGNED_IN, address=address, now=now)
        return response

    def is_reauthentication_required(self, *, app: str, **facts: object) -> bool:
        """Return whether changing the sign-in needs reauthentication.

        allauth asks nobody without a password and second step. People who sign in by the provider
        reauthenticate there: raises ReauthenticationRequired for them, as allauth does for the others.
        """
        user = self.request.user
        if isinstance(user, User) and self._is_asked_at_provider(user) and not self._was_asked_lately(user):
            raise ReauthenticationRequired
        return bool(super().is_reauthentication_required(app=app, **facts))

    def get_reauthentication_methods(self, user: AbstractBaseUser) -> list[dict[str, object]]:
        if isinstance(user, User) and self._is_asked_at_provider(user):
            return [
                {
                    "id": "provider",
                    "description": gettext("Sign in with %(provider)s") % {"provider": settings.OIDC_NAME},
                    "url": reverse("single_sign_on_again"),
                }
            ]
        methods: list[dict[str, object]] = super().get_reauthentication_methods(user)
        return methods

    def _is_asked_at_provider(self, user: User) -> bool:
        return not reauthentication.get_reauthentication_flows(user) and comes_by_provider(user)

    def _was_asked_lately(self, user: User) -> bool:
        records = reauthentication.get_authentication_records(self.request, user)
        asked = [each["at"] for each in records if each.get("reauthenticated")]
        return bool(asked) and time.time() - asked[-1] < account_settings.REAUTHENTICATION_TIMEOUT

    def authentication_failed(self, request: HttpRequest, **credentials: str) -> None:
        log_refusal(credentials.get("email", ""), address=client_address(request), now=timezone.now())

    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, User):
            log_own_action(
                request.user, AuditAction.SIGNED_OUT, address=client_address(request), now=timezone.now()
            )
        super().logout(request)

    def send_notification_mail(self, template_prefix: str, user: AbstractBaseUser, *_facts: object) -> None:
        """Log a changed second step instead of sending mail."""
        change = ACTION_OF_MESSAGE.get(template_prefix)
        if change is not None:
            action, changes = change
            address = client_address(self.request)
            log_own_action(user, action, address=address, now=timezone.now(), changes=changes)

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """Set a new password and end all other sessions.

        Also deletes an invitation link: somebody else may have access to the mailbox.
        """
        super().set_password(user, password)
        Invitation.objects.filter(user_id=user.pk).delete()
        end_all_sessions(user.pk, but_key=self.request.session.session_key)
        address = client_address(self.request)
        log_own_action(user, AuditAction.PASSWORD_CHANGED, address=address, now=timezone.now())

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link for a mail, under GOALPOST_URL whatever the request's host name."""
        uid, _dash, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return f"{settings.BASE_URL.rstrip('/')}{path}"

    def send_password_reset_mail(
        self, user: AbstractBaseUser, email: str, context: dict[str, object]
    ) -> None:
        """Send the link. An unknown address takes as long, so that timing reveals nothing."""
        if not isinstance(user, User):
            return
        with translation.override(user.language or translation.get_language()):
            subject = _("A new password for Goalpost")
            text = gettext(
                "Hello %(name)s,\n\nSomeone asked for a new password for your account. If it was you, choose"
                " it here:\n\n%(link)s\n\nThe link works once, for a few hours. If it was not you, ignore"
                " this message.\n"
            ) % {"name": user.name, "link": context["password_reset_url"]}
            send_later(user.company_id, email, str(subject), text)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, object]) -> None:  # noqa: ARG002  allauth's signature
        """Do the same work for an unknown address, the only mail that is sent this way, without sending."""
        send_to_nobody()


def client_address(request: HttpRequest) -> str:
    """Return the client's IP address behind trusted proxies; empty when unknown.

    It is the one that throttling counts by, so that log and limits agree.
    """
    try:
        return str(get_adapter().get_client_ip(request))
    except PermissionDenied:
        return ""
