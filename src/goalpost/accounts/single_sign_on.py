"""Single sign-on: an OpenID provider authenticates people who already exist.

The first time, a person is found by their verified address; from then on by the provider's subject id, so
that somebody else who gets the address does not get the account.
"""

import time
from collections.abc import Mapping

from allauth.account import app_settings as account_settings
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from goalpost.companies.models import User

PROVIDER = "oidc"
REAUTHENTICATE = "reauthenticate"
"""The process in which a signed-in person reauthenticates at the provider."""


class SingleSignOn(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        return False

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:  # noqa: ARG002
        # allauth's own look-up would remove the password of an account that it finds.
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if sociallogin.state.get("process") == REAUTHENTICATE:
            raise ImmediateHttpResponse(_proved_again(request, sociallogin))
        if not sociallogin.is_existing:
            person = _vouched_for(sociallogin)
            if person is not None:
                sociallogin.connect(request, person)
        if not sociallogin.is_existing or not sociallogin.user.is_active:
            raise ImmediateHttpResponse(_refused(request))

    def on_authentication_error(self, request: HttpRequest, provider: object, **_more: object) -> None:  # noqa: ARG002
        raise ImmediateHttpResponse(_refused(request))

    def send_notification_mail(self, *_args: object, **_more: object) -> None:
        """Send nothing."""


def comes_by_provider(user: User) -> bool:
    """Whether there is a provider, and the person has signed in by it."""
    return bool(settings.OIDC_ISSUER) and SocialAccount.objects.filter(user_id=user.pk).exists()


def _proved_again(request: HttpRequest, sociallogin: SocialLogin) -> object:
    """Record the reauthentication and redirect to the page that required it."""
    is_same = sociallogin.is_existing and sociallogin.user.pk == request.user.pk
    if not is_same or not asked_just_now(sociallogin.account.extra_data):
        get_account_adapter(request).add_message(
            request,
            messages.ERROR,
            message=_("%(provider)s did not confirm your identity. Nothing was changed.")
            % {"provider": settings.OIDC_NAME},
        )
        return redirect("web:security")
    record_authentication(
        request, request.user, "socialaccount", reauthenticated=True, provider=sociallogin.account.provider
    )
    return redirect(sociallogin.get_redirect_url(request) or "web:security")


def asked_just_now(claims: Mapping[str, object]) -> bool:
    """Whether the provider authenticated the person recently (its `auth_time` claim)."""
    told = claims.get("id_token")
    at = told.get("auth_time") if isinstance(told, Mapping) else None
    is_old = isinstance(at, int | float) and time.time() - at > account_settings.REAUTHENTICATION_TIMEOUT
    return not is_old


def _vouched_for(sociallogin: SocialLogin) -> User | None:
    """Return the active person with an address that the provider says is verified.

    Not one who already has an account there: another subject id with the same address is somebody else.
    """
    verified = [address.email.lower() for address in sociallogin.email_addresses if address.verified]
    people = User.objects.filter(email__in=verified, is_active=True, socialaccount__isnull=True)
    found = {person.email: person for person in people}
    return next((found[email] for email in verified if email in found), None)


def _refused(request: HttpRequest) -> object:
    """Redirect to the sign-in page, with one message for every reason."""
    get_account_adapter(request).add_message(
        request,
        messages.ERROR,
        message=_("You could not be signed in with %(provider)s. Ask your admin whether you have an account.")
        % {"provider": settings.OIDC_NAME},
    )
    return redirect(settings.LOGIN_URL)
