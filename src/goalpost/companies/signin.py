"""How people sign in: by e-mail and password, in accounts that an admin made."""

from typing import ClassVar

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        # One message for a wrong address and a wrong password: it says nothing about who has an account.
        "email_password_mismatch": _("E-mail and password do not match."),
        "enter_current_password": _("That is not your current password."),
        "too_many_login_attempts": _("Too many attempts. Wait some minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  allauth's signature
        return False


def client_address(request: HttpRequest) -> str:
    """Return the address a request came from, seen through the proxies that are trusted; empty when unknown.

    The same that throttling counts by, so that the log and the limits speak of the same client.
    """
    try:
        return str(get_adapter().get_client_ip(request))
    except PermissionDenied:
        return ""
