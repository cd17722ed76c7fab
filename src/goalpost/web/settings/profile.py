"""The viewer's own pages: profile, sign-in and security, API tokens."""

from datetime import date
from http import HTTPStatus

from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goalpost.accounts.actions import change_profile
from goalpost.accounts.sessions import end_session, end_sessions, sessions_of
from goalpost.accounts.tokens import create_token, end_of_day, revoke_token, tokens_of
from goalpost.companies.errors import InvalidInput
from goalpost.companies.models import User
from goalpost.domain.permissions import Permission, may
from goalpost.web.shell.appearance import forget_choices
from goalpost.web.shell.toasts import toast
from goalpost.web.shell.typed import Typed, typed
from goalpost.web.shell.viewer import Viewer, for_viewer


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def profile(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the viewer's own details on GET, change them on POST."""
    me = request.user
    mine = (me.name, me.language, me.theme) if isinstance(me, User) else ("", "", "")
    form = Typed(dict(zip(("name", "language", "theme"), mine, strict=True)))
    if request.method == "POST":
        form = typed(request, ("name", "language", "theme"))
        try:
            change_profile(actor=viewer.actor, now=viewer.now, **form.values)
        except InvalidInput as refusal:
            form = form.refused(refusal)
        else:
            toast(request, _("Profile saved"))
            # Delete the browser's own choice, which would override the profile.
            return forget_choices(redirect("web:profile"))
    return render(request, "settings/profile.html", {"form": form}, status=_status_of(form))


@require_safe
@for_viewer
def security(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show how the viewer signs in, and where they are signed in."""
    keys = list(Authenticator.objects.filter(user_id=viewer.actor.user_id).order_by("created_at", "type"))
    recovery = next((key for key in keys if key.type == Authenticator.Type.RECOVERY_CODES), None)
    context = {
        "has_password": isinstance(request.user, User) and request.user.has_usable_password(),
        "has_app": any(key.type == Authenticator.Type.TOTP for key in keys),
        "passkeys": [key for key in keys if key.type == Authenticator.Type.WEBAUTHN],
        "codes_left": None if recovery is None else len(recovery.wrap().get_unused_codes()),
        "sessions": sessions_of(
            viewer.actor, viewer.actor.user_id, current_key=request.session.session_key, now=viewer.now
        ),
        "time_zone": viewer.company.time_zone,
    }
    return render(request, "settings/security.html", context)


@require_POST
@for_viewer
def end_own_session(request: HttpRequest, viewer: Viewer, handle: str) -> HttpResponse:
    end_session(actor=viewer.actor, user_id=viewer.actor.user_id, handle=handle, now=viewer.now)
    toast(request, _("Session ended"))
    return redirect("web:security")


@require_POST
@for_viewer
def sign_out_elsewhere(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """End every session but this one."""
    end_sessions(
        actor=viewer.actor,
        user_id=viewer.actor.user_id,
        but_key=request.session.session_key,
        now=viewer.now,
    )
    toast(request, _("Signed out everywhere else"))
    return redirect("web:security")


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def tokens(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the viewer's tokens on GET; create one and show it once on POST."""
    form, made = Typed({"name": "", "expires_on": "", "access": "read"}), ""
    may_make = may(viewer.actor, Permission.USE_API)
    if request.method == "POST" and may_make:
        form = typed(request, ("name", "expires_on", "access"))
        try:
            made = _made(viewer, form)
        except InvalidInput as refusal:
            form = form.refused(refusal)
    context = {
        "form": form,
        "made": made,
        "may_make": may_make,
        "tokens": tokens_of(viewer.actor, viewer.actor.user_id, now=viewer.now),
        "today": viewer.today,
        "time_zone": viewer.company.time_zone,
    }
    is_refused = request.method == "POST" and not may_make
    status = HTTPStatus.FORBIDDEN if is_refused else _status_of(form)
    response = render(request, "settings/tokens.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@for_viewer
def revoke_own_token(request: HttpRequest, viewer: Viewer, token_id: int) -> HttpResponse:
    revoke_token(actor=viewer.actor, user_id=viewer.actor.user_id, token_id=token_id, now=viewer.now)
    toast(request, _("Token revoked"))
    return redirect("web:tokens")


def _made(viewer: Viewer, form: Typed) -> str:
    if form.values["access"] not in {"read", "full"}:
        raise InvalidInput(_("Choose what the token may do."), field="access")
    last = form.values["expires_on"].strip()
    try:
        ends = end_of_day(viewer.company, date.fromisoformat(last)) if last else None
    except (ValueError, OverflowError):
        raise InvalidInput(_("Enter the date as 2026-12-31."), field="expires_on") from None
    return create_token(
        actor=viewer.actor,
        name=form.values["name"],
        expires_at=ends,
        is_read_only=form.values["access"] == "read",
        now=viewer.now,
    )


def _status_of(form: Typed) -> HTTPStatus:
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
