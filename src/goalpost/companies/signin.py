"""How people sign in: by e-mail and password, in accounts that an admin made."""

from typing import ClassVar

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from goalpost.companies.mail import send_later
from goalpost.companies.sessions import end_all_sessions
from goalpost.companies.throttle import count_attempt, remember_device


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        # One message for a wrong address and a wrong password: it says nothing about who has an account.
        "email_password_mismatch": _("E-mail and password do not match."),
        "enter_current_password": _("That is not your current password."),
        "incorrect_password": _("That is not your current password."),
        "too_many_login_attempts": _("Too many attempts. Wait some minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  allauth's signature
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: str) -> None:
        """Count the attempt; a successful one is taken back (allauth does, by this name)."""
        self._login_failed_rl_usage = count_attempt(request, credentials.get("email", ""))
        if self._login_failed_rl_usage is None:
            raise self.validation_error("too_many_login_attempts")

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **facts: object) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **facts)
        remember_device(request, response, str(user.get_username() or ""))
        return response

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """Set a new password and end the sessions that were begun with the old one, save this one."""
        super().set_password(user, password)
        end_all_sessions(user.pk, but_key=self.request.session.session_key)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, object]) -> None:
        message = self.render_mail(template_prefix, email, {"request": self.request, **context})
        send_later(message)


def client_address(request: HttpRequest) -> str:
    """Return the address a request came from, seen through the proxies that are trusted; empty when unknown.

    The same that throttling counts by, so that the log and the limits speak of the same client.
    """
    try:
        return str(get_adapter().get_client_ip(request))
    except PermissionDenied:
        return ""
