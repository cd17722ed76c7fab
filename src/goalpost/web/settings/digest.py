"""The viewer's own digest: whether, when and about what it is sent."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from goalpost.accounts.mail import sends_mail
from goalpost.companies.errors import InvalidInput
from goalpost.insights import formats
from goalpost.insights.digest.actions import choose_digest, digest_of
from goalpost.insights.digest.models import MILESTONES, About, Rhythm
from goalpost.web.shell.toasts import toast
from goalpost.web.shell.typed import Typed, typed
from goalpost.web.shell.viewer import Viewer, for_viewer

_FIELDS = ("rhythm", "weekday", "hour", "about")


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def digest(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the viewer's own digest on GET, change it on POST."""
    own = digest_of(viewer.actor.company_id, viewer.actor.user_id)
    form = Typed({name: str(getattr(own, name)) for name in _FIELDS})
    milestones = [str(each) for each in own.milestones]
    if request.method == "POST":
        form, milestones = typed(request, _FIELDS), request.POST.getlist("milestones")
        try:
            choose_digest(actor=viewer.actor, now=viewer.now, milestones=frozenset(milestones), **form.values)
        except InvalidInput as refusal:
            form = form.refused(refusal)
        else:
            toast(request, _("Digest saved"))
            return redirect("web:digest")
    context = {
        "form": form,
        "milestones": [(each, str(each) in milestones) for each in MILESTONES],
        "rhythms": Rhythm.choices,
        "abouts": About.choices,
        "weekdays": [(str(at), name) for at, name in enumerate(formats.weekday_names(viewer.language))],
        "hours": [(str(hour), f"{hour:02d}:00") for hour in range(24)],
        "time_zone": viewer.company.time_zone,
        "sends_mail": sends_mail(),
        "last_day": own.last_day,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "settings/digest.html", context, status=status)
