"""What an admin does to a person besides changing details: links, access, sessions, tokens."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from goalpost.companies.directory import person_line
from goalpost.companies.errors import InvalidInput
from goalpost.companies.invitations import renew_invitation
from goalpost.companies.people import deactivate_person, reactivate_person, remove_second_steps
from goalpost.companies.sessions import end_session, end_sessions
from goalpost.companies.tokens import revoke_token
from goalpost.goals.handover import estate_of
from goalpost.web.settings_pages.invitation_links import hand_out
from goalpost.web.viewer import Viewer, for_viewer


@require_POST
@for_viewer
def send_link(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    """Invite once more, or let a person choose a new password."""
    try:
        invited = renew_invitation(actor=viewer.actor, user_id=user_id, now=viewer.now)
    except InvalidInput as refusal:
        return _refused(request, user_id, refusal)
    return hand_out(request, viewer, invited)


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def deactivate(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    """Ask on GET, deactivate on POST."""
    line = person_line(viewer.actor, user_id)
    if request.method != "POST":
        estate = estate_of(viewer.actor, user_id, now=viewer.now)
        return render(request, "settings/deactivate.html", {"person": line, "estate": estate})
    try:
        deactivate_person(actor=viewer.actor, user_id=user_id, now=viewer.now)
    except InvalidInput as refusal:
        return _refused(request, user_id, refusal)
    messages.success(request, _("%(name)s deactivated") % {"name": line.name})
    return redirect("web:person", user_id)


@require_POST
@for_viewer
def reactivate(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    person = reactivate_person(actor=viewer.actor, user_id=user_id, now=viewer.now)
    messages.success(request, _("%(name)s is active again") % {"name": person.name})
    return redirect("web:person", user_id)


@require_POST
@for_viewer
def remove_steps(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    person = remove_second_steps(actor=viewer.actor, user_id=user_id, now=viewer.now)
    messages.success(request, _("%(name)s signs in with the password alone") % {"name": person.name})
    return redirect("web:person", user_id)


@require_POST
@for_viewer
def end_one_session(request: HttpRequest, viewer: Viewer, user_id: int, handle: str) -> HttpResponse:
    return _done(
        request,
        viewer,
        user_id,
        lambda: end_session(actor=viewer.actor, user_id=user_id, handle=handle, now=viewer.now),
        _("Session ended"),
    )


@require_POST
@for_viewer
def end_their_sessions(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    return _done(
        request,
        viewer,
        user_id,
        lambda: end_sessions(
            actor=viewer.actor, user_id=user_id, but_key=_own_key(request, viewer, user_id), now=viewer.now
        ),
        _("Signed out everywhere"),
    )


@require_POST
@for_viewer
def revoke_their_token(request: HttpRequest, viewer: Viewer, user_id: int, token_id: int) -> HttpResponse:
    return _done(
        request,
        viewer,
        user_id,
        lambda: revoke_token(actor=viewer.actor, user_id=user_id, token_id=token_id, now=viewer.now),
        _("Token revoked"),
    )


def _done(
    request: HttpRequest, viewer: Viewer, user_id: int, deed: Callable[[], object], said: str
) -> HttpResponse:
    """Do it and go back to the person's page, which only admins have."""
    person_line(viewer.actor, user_id)
    deed()
    messages.success(request, said)
    return redirect("web:person", user_id)


def _own_key(request: HttpRequest, viewer: Viewer, user_id: int) -> str | None:
    """Return the session to leave: the one that asks, when an admin ends their own."""
    return request.session.session_key if user_id == viewer.actor.user_id else None


def _refused(request: HttpRequest, user_id: int, refusal: InvalidInput) -> HttpResponse:
    messages.error(request, refusal.message)
    return redirect("web:person", user_id)
