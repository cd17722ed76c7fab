"""The page behind an invitation's link: a name, a password, and in."""

from http import HTTPStatus

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from goalpost.accounts.invitations import accept_invitation, invited_by
from goalpost.accounts.sign_in import client_address
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
