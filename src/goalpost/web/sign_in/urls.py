"""Addresses before and around signing in: those of django-allauth that are open here, and our own."""

from collections.abc import Callable
from functools import wraps
from typing import NoReturn

from allauth.account import views as account
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from goalpost.accounts.mail import sends_mail
from goalpost.companies.models import User
from goalpost.web.sign_in import views
from goalpost.web.sign_in.views import invitation

_OPEN = "login|logout|inactive|password/change|reauthenticate"
_View = Callable[..., HttpResponseBase]


def _closed(request: HttpRequest, **_parts: str) -> NoReturn:  # noqa: ARG001  every view takes one
    raise Http404


def _with_mail(view: _View) -> _View:
    """Leave the page out where no mail is sent."""

    @wraps(view)
    def answer(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponseBase:
        if not sends_mail():
            raise Http404
        return view(request, *args, **kwargs)

    return answer


def _with_password(view: _View) -> _View:
    """Redirect people without a password to their security page."""

    @wraps(view)
    def answer(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponseBase:
        if isinstance(request.user, User) and not request.user.has_usable_password():
            return redirect("web:security")
        return view(request, *args, **kwargs)

    return answer


_security = RedirectView.as_view(pattern_name="web:security")

urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"^invitation/(?P<token>[\w-]{1,100})$", invitation, name="invitation"),
    path("password/reset/", _with_mail(account.password_reset)),
    path("password/reset/done/", _with_mail(account.password_reset_done)),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]{1,13})-(?P<key>[^/]{1,200})/$",
        _with_mail(account.password_reset_from_key),
    ),
    path("password/reset/key/done/", _with_mail(account.password_reset_from_key_done)),
    # allauth's separate security pages are one page here.
    path("two-step/", _security),
    path("two-step/webauthn/", _security),
    path("two-step/", include("allauth.mfa.urls")),
    path("single-sign-on/signup/", _closed),
    path("single-sign-on/", RedirectView.as_view(pattern_name="account_login")),
    path("single-sign-on/login/cancelled/", RedirectView.as_view(pattern_name="account_login")),
    path("single-sign-on/login/error/", RedirectView.as_view(pattern_name="account_login")),
    path("single-sign-on/again/", views.again, name="single_sign_on_again"),
    path("single-sign-on/<slug:provider_id>/login/", views.login),
    path("single-sign-on/<slug:provider_id>/login/callback/", views.callback),
    path("single-sign-on/", include("allauth.socialaccount.urls")),
    path("single-sign-on/", include("allauth.socialaccount.providers.openid_connect.urls")),
    path("password/change/", _with_password(account.password_change)),
    # Other pages of allauth, such as sign-up, are omitted: admins create accounts.
    re_path(rf"^(?!(?:{_OPEN})/$)", _closed),
    path("", include("allauth.account.urls")),
]
