"""The link of an invitation: mailed where the server sends mail, else shown once to hand over."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from goalpost.companies.invitations import GOOD_FOR, Invited
from goalpost.companies.mail import send, sends_mail
from goalpost.companies.models import User
from goalpost.web.viewer import Viewer


def hand_out(request: HttpRequest, viewer: Viewer, invited: Invited) -> HttpResponse:
    """Mail the link, or show it this once when no mail is sent or this one could not be."""
    link = f"{settings.BASE_URL.rstrip('/')}{reverse('invitation', args=[invited.token])}"
    by = request.user
    if sends_mail() and _mailed(invited.user, link, by.name if isinstance(by, User) else "", viewer):
        messages.success(request, _("Sent to %(email)s") % {"email": invited.user.email})
        return redirect("web:person", invited.user.pk)
    context = {
        "person": invited.user,
        "link": link,
        "days": GOOD_FOR.days,
        "mail_failed": sends_mail(),
        "is_new": not invited.user.has_usable_password(),
    }
    response = render(request, "settings/invitation_link.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _mailed(person: User, link: str, by: str, viewer: Viewer) -> bool:
    """Send the link in the person's language, else in that of who invites them."""
    with translation.override(person.language or viewer.language):
        facts = {"company": viewer.company.name, "by": by, "name": person.name, "days": GOOD_FOR.days}
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
        return send(str(person.email), subject, f"{text}\n\n{link}\n\n{end}\n")
