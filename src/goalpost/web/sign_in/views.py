"""Views of invitations and of single sign-on."""

import logging
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.openid_connect import views
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from goalpost.accounts.invitations import accept_invitation, invited_by
from goalpost.accounts.sign_in import client_address
from goalpost.accounts.single_sign_on import PROVIDER, REAUTHENTICATE, comes_by_provider
from goalpost.companies.errors import InvalidInput, NotFound
from goalpost.companies.models import User
from goalpost.web.shell.typed import Typed, typed


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for a name and a password on GET; set them and sign in on POST."""
    now = timezone.now()
    try:
        person = invited_by(token, now=now)
        form = Typed({"name": person.name})
        if request.method == "POST":
            form = typed(request, ("name",))
            try:
                person = accept_invitation(
                    token=token,
                    name=form.values["name"],
                    password=request.POST.get("password", "")[:4096],
                    now=now,
                    address=client_address(request),
                )
            except InvalidInput as refusal:
                form = form.refused(refusal)
            else:
                return _signed_in(request, person)
    except NotFound:
        return render(request, "account/invitation_gone.html", status=HTTPStatus.NOT_FOUND)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    response = render(request, "account/invitation.html", {"person": person, "form": form}, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _signed_in(request: HttpRequest, person: User) -> HttpResponse:
    """Sign the person in, through the second step where they have one."""
    if request.user.is_authenticated:
        logout(request)
    response: HttpResponse = perform_password_login(
        request, {"email": person.email}, Login(user=person, email=person.email)
    )
    return response


_log = logging.getLogger(__name__)
_View = Callable[..., HttpResponse]

# Whoever is signed in over there is asked again; the day the provider says they last proved it is checked.
_ASKED_ANEW = {"prompt": "login", "max_age": "0"}


def _answering(view: _View) -> _View:
    """Redirect to the sign-in page when the provider is unreachable or its reply invalid."""

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
    """Let a signed-in person reauthenticate at the provider before changing their sign-in."""
    if not isinstance(request.user, User) or not comes_by_provider(request.user):
        raise Http404
    return _answering(_ask_again)(request, PROVIDER)


login, callback = _answering(views.login), _answering(views.callback)
