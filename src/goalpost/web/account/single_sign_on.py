"""The way to the OpenID provider and back, also on a day on which it does not answer."""

import logging
from collections.abc import Callable
from functools import wraps

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.openid_connect import views
from django.http import HttpRequest, HttpResponse

_log = logging.getLogger(__name__)
_View = Callable[..., HttpResponse]


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


login, callback = _answering(views.login), _answering(views.callback)
