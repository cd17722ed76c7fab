"""The way to the OpenID provider and back, also on a day on which it does not answer."""

import logging
from collections.abc import Callable
from functools import wraps

from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.openid_connect import views
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from goalpost.accounts.single_sign_on import PROVIDER, REAUTHENTICATE, comes_by_provider
from goalpost.companies.models import User

_log = logging.getLogger(__name__)
_View = Callable[..., HttpResponse]

# Whoever is signed in over there is asked again; the day the provider says they last proved it is checked.
_ASKED_ANEW = {"prompt": "login", "max_age": "0"}


def _answering(view: _View) -> _View:
    """Send back to the sign-in page when the provider is not there, or says what cannot be read."""

    @wraps(view)
    def answer(request: HttpRequest, provider_id: str) -> HttpResponse:
        try:
            return view(request, provider_id)
        except (OSError, ValueError, KeyError):
            _log.exception("The OpenID provider cannot be used.")
        try:
            get_adapter().on_authentication_error(request, provider_id)
        except ImmediateHttpResponse as refusal:
            response: HttpResponse = refusal.response
            return response
        raise AssertionError("A refusal always has a response.")

    return answer


def _ask_again(request: HttpRequest, provider_id: str) -> HttpResponse:
    provider = get_adapter().get_provider(request, provider_id)
    answer: HttpResponse = provider.redirect(
        request,
        process=REAUTHENTICATE,
        next_url=get_next_redirect_url(request) or reverse("web:security"),
        auth_params=dict(_ASKED_ANEW),
    )
    return answer


@require_safe
@login_required
def again(request: HttpRequest) -> HttpResponse:
    """Let the provider ask a signed-in person who they are, before how they sign in is changed."""
    if not isinstance(request.user, User) or not comes_by_provider(request.user):
        raise Http404
    return _answering(_ask_again)(request, PROVIDER)


login, callback = _answering(views.login), _answering(views.callback)
