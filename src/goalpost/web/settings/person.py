"""An admin's actions on a person: links, access, sessions, tokens, hand-over."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from goalpost.accounts.actions import deactivate_person, reactivate_person, remove_second_steps
from goalpost.accounts.invitations import GOOD_FOR, Invited, renew_invitation
from goalpost.accounts.mail import send_later, sends_mail
from goalpost.accounts.sessions import end_session, end_sessions
from goalpost.accounts.tokens import revoke_token
from goalpost.companies.errors import InvalidInput
from goalpost.companies.memberships import leaving_all, teams_of_person
from goalpost.companies.models import User
from goalpost.companies.people import person_line, successors_to_choose
from goalpost.crm.actions.handover import Extent
from goalpost.goals.departures import hand_over, possessions_of
from goalpost.insights import formats
from goalpost.insights.dashboards.actions import hand_over_dashboards
from goalpost.insights.dashboards.queries import dashboards_owned_by
from goalpost.insights.goal_report import effect_of
from goalpost.storage.snapshot import snapshot
from goalpost.web.settings.team_members import effect_shown
from goalpost.web.shell.toasts import toast
from goalpost.web.shell.typed import Typed, id_in, typed
from goalpost.web.shell.viewer import Viewer, for_viewer

_FIELDS = ("successor", "deals", "activities", "goals", "dashboards")
_BEGIN = Typed({"successor": "", "deals": "open", "activities": "on", "goals": "on", "dashboards": "on"})


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def hand_over_page(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    """Show what can be handed over on GET, hand it over on POST."""
    line = person_line(viewer.actor, user_id)
    form = _BEGIN
    if request.method == "POST":
        form = typed(request, _FIELDS)
        try:
            said = _hand_over(viewer, user_id, form)
        except InvalidInput as refusal:
            form = form.refused(refusal)
        else:
            toast(request, said)
            return redirect("web:person", user_id)
    context = {
        "person": line,
        "form": form,
        "possessions": possessions_of(viewer.actor, user_id, now=viewer.now),
        "dashboards": dashboards_owned_by(viewer.actor, user_id),
        "successors": successors_to_choose(viewer.actor, user_id),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "settings/hand_over.html", context, status=status)


def _hand_over(viewer: Viewer, user_id: int, form: Typed) -> str:
    deals = form.values["deals"]
    if deals not in {"", "none", "open", "all"}:
        raise InvalidInput(_("Choose which deals to hand over."), field="deals")
    successor_id = id_in(form.values["successor"]) or 0
    dashboards = 0
    with transaction.atomic():
        records, goals = hand_over(
            actor=viewer.actor,
            user_id=user_id,
            successor_id=successor_id,
            extent=Extent(
                open_deals=deals in {"open", "all"},
                closed_deals=deals == "all",
                open_activities=bool(form.values["activities"]),
            ),
            with_goals=bool(form.values["goals"]),
            now=viewer.now,
        )
        if form.values["dashboards"]:
            dashboards = hand_over_dashboards(
                actor=viewer.actor, user_id=user_id, successor_id=successor_id, now=viewer.now
            )
    deals_moved = records.open_deals + records.closed_deals
    counts = (
        (ngettext("%(count)s deal", "%(count)s deals", deals_moved), deals_moved),
        (
            ngettext("%(count)s activity", "%(count)s activities", records.open_activities),
            records.open_activities,
        ),
        (ngettext("%(count)s goal", "%(count)s goals", goals), goals),
        (ngettext("%(count)s dashboard", "%(count)s dashboards", dashboards), dashboards),
    )
    parts = [words % {"count": formats.number(number, viewer.language)} for words, number in counts]
    return _("Handed over: %(what)s") % {"what": ", ".join(parts)}


def hand_out(request: HttpRequest, invited: Invited, *, is_mailed: bool) -> HttpResponse:
    """Confirm that the link was mailed, or show it once to be passed on."""
    if is_mailed:
        toast(request, _("On its way to %(email)s") % {"email": invited.user.email})
        return redirect("web:person", invited.user.pk)
    context = {
        "person": invited.user,
        "link": _link(invited),
        "days": GOOD_FOR.days,
        "is_new": not invited.user.has_usable_password(),
    }
    response = render(request, "settings/invitation_link.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def mail_link(request: HttpRequest, viewer: Viewer, invited: Invited) -> bool:
    """Have the link mailed, in the transaction that made it. Returns False where no mail is sent.

    It is in the person's language, else in that of who invites them.
    """
    if not sends_mail():
        return False
    by, person = request.user, invited.user
    with translation.override(person.language or viewer.language):
        facts = {
            "company": viewer.company.name,
            "by": by.name if isinstance(by, User) else "",
            "name": person.name,
            "days": GOOD_FOR.days,
        }
        if person.has_usable_password():
            subject = _("A new password for Goalpost")
            text = _("Hello %(name)s,\n\n%(by)s sent you a link to choose a new password with:") % facts
        else:
            subject = _("Goalpost: %(by)s invites you to %(company)s") % facts
            text = (
                _("Hello %(name)s,\n\n%(by)s invites you to %(company)s in Goalpost. Choose a password here:")
                % facts
            )
        end = _("The link works once, for %(days)d days.") % facts
        send_later(viewer.company.pk, str(person.email), subject, f"{text}\n\n{_link(invited)}\n\n{end}\n")
    return True


def _link(invited: Invited) -> str:
    return f"{settings.BASE_URL.rstrip('/')}{reverse('invitation', args=[invited.token])}"


@require_POST
@for_viewer
def send_link(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    """Invite again, or let a person choose a new password: by mail, or by a link to pass on."""
    try:
        with transaction.atomic():
            invited = renew_invitation(actor=viewer.actor, user_id=user_id, now=viewer.now)
            is_mailed = "by_hand" not in request.POST and mail_link(request, viewer, invited)
    except InvalidInput as refusal:
        return _refused(request, user_id, refusal)
    return hand_out(request, invited, is_mailed=is_mailed)


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def deactivate(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    """Ask on GET, deactivate on POST."""
    line = person_line(viewer.actor, user_id)
    if request.method != "POST":
        tomorrow = viewer.today + timedelta(days=1)
        with snapshot():
            effect = effect_of(viewer, leaving_all(viewer.actor, user_id, tomorrow))
        context = {
            "person": line,
            "possessions": possessions_of(viewer.actor, user_id, now=viewer.now),
            "teams": [
                name
                for _id, name, stay in teams_of_person(viewer.actor, user_id)
                if stay.end is None or stay.end > tomorrow
            ],
            "effect": effect_shown(viewer, effect),
        }
        return render(request, "settings/deactivate.html", context)
    try:
        deactivate_person(actor=viewer.actor, user_id=user_id, now=viewer.now)
    except InvalidInput as refusal:
        return _refused(request, user_id, refusal)
    toast(request, _("%(name)s deactivated") % {"name": line.name})
    return redirect("web:person", user_id)


@require_POST
@for_viewer
def reactivate(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    person = reactivate_person(actor=viewer.actor, user_id=user_id, now=viewer.now)
    toast(request, _("%(name)s is active again") % {"name": person.name})
    return redirect("web:person", user_id)


@require_POST
@for_viewer
def remove_steps(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    person = remove_second_steps(actor=viewer.actor, user_id=user_id, now=viewer.now)
    toast(request, _("Two-step sign-in removed for %(name)s") % {"name": person.name})
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
    request: HttpRequest, viewer: Viewer, user_id: int, action: Callable[[], object], said: str
) -> HttpResponse:
    """Run the action and redirect to the person's page."""
    person_line(viewer.actor, user_id)
    action()
    toast(request, said)
    return redirect("web:person", user_id)


def _own_key(request: HttpRequest, viewer: Viewer, user_id: int) -> str | None:
    """Return the current session's key when admins end their own sessions, to keep it."""
    return request.session.session_key if user_id == viewer.actor.user_id else None


def _refused(request: HttpRequest, user_id: int, refusal: InvalidInput) -> HttpResponse:
    toast(request, refusal.message, is_refused=True)
    return redirect("web:person", user_id)
