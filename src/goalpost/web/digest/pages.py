"""A sample of the digest, and the end of it by a link. Its settings are a page of the settings."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from goalpost.accounts.mail import sends_mail
from goalpost.companies.models import User
from goalpost.insights.digest.actions import digest_of, stop_digest
from goalpost.insights.digest.models import Digest, Rhythm
from goalpost.web.digest.mail import digest_mail, language_of, whose_link
from goalpost.web.digest.sending import content_for, reader_of, send_mail
from goalpost.web.shell.toasts import toast
from goalpost.web.shell.viewer import Viewer, for_viewer


@require_POST
@for_viewer
def send_sample(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Send the viewer the digest that they would get now."""
    own = digest_of(viewer.actor.company_id, viewer.actor.user_id)
    user = reader_of(own)
    if user is None or not sends_mail():
        toast(request, _("This installation sends no mail"), is_refused=True)
        return redirect("web:digest")
    content = content_for(user, own, viewer.today)
    send_mail(user, digest_mail(user, viewer.company, own, content))
    toast(request, _("A sample is on its way to %(address)s") % {"address": user.email})
    return redirect("web:digest")


@csrf_exempt  # the link itself is the permission, and a mail program posts without a page (RFC 8058)
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, signed: str) -> HttpResponse:
    """End a digest by the link in its mail, without signing in: on POST, since mail filters open links."""
    whose = whose_link(signed)
    user = None
    if whose is not None:
        user = User.objects.filter(company_id=whose[0], pk=whose[1]).first()
    if user is None:
        raise Http404
    if request.method == "POST":
        stop_digest(user.company_id, user.pk)
    own = digest_of(user.company_id, user.pk)
    with translation.override(language_of(user)):
        context = {"is_over": is_over(own), "language": language_of(user)}
        response = render(request, "digest/stop.html", context)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def is_over(own: Digest) -> bool:
    return own.rhythm == Rhythm.OFF and not own.milestones
