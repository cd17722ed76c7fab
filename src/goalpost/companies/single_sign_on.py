"""Single sign-on: an OpenID provider says who somebody is; whether they are let in, the people's list says.

The first time, a person is found by the address that the provider vouches for; from then on by the provider's
own name for them, so that an address passed on to somebody else passes no account on.
"""

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from goalpost.companies.models import User


class SingleSignOn(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        return False

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:  # noqa: ARG002
        # allauth's own way would take the password away from an account it finds so.
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if not sociallogin.is_existing:
            person = _vouched_for(sociallogin)
            if person is not None:
                sociallogin.connect(request, person)
        if not sociallogin.is_existing or not sociallogin.user.is_active:
            raise ImmediateHttpResponse(_refused(request))

    def on_authentication_error(self, request: HttpRequest, provider: object, **_more: object) -> None:  # noqa: ARG002
        raise ImmediateHttpResponse(_refused(request))

    def send_notification_mail(self, *_args: object, **_more: object) -> None:
        """Say nothing: signing in this way is no news to whoever did it."""


def _vouched_for(sociallogin: SocialLogin) -> User | None:
    """Return the active person who has an address of which the provider says that it is verified.

    One who came by the provider before is known by its name for them: another name with the same address is
    somebody to whom the address was passed on.
    """
    verified = [address.email.lower() for address in sociallogin.email_addresses if address.verified]
    return User.objects.filter(email__in=verified, is_active=True, socialaccount__isnull=True).first()


def _refused(request: HttpRequest) -> object:
    """Send back to the sign-in page, with one message for every reason."""
    get_account_adapter(request).add_message(
        request,
        messages.ERROR,
        message=_("%(provider)s did not let you in here. Ask your admin whether you have an account.")
        % {"provider": settings.OIDC_NAME},
    )
    return redirect(settings.LOGIN_URL)
