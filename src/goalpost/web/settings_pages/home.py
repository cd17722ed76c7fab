"""Where “Settings” leads."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from goalpost.web.settings_pages.sections import sections_open_to
from goalpost.web.viewer import Viewer, for_viewer


@require_safe
@for_viewer
def settings_home(request: HttpRequest, viewer: Viewer) -> HttpResponse:  # noqa: ARG001  every view takes one
    """Go to the first page of the settings that is open to the viewer."""
    return redirect(sections_open_to(viewer.actor)[0].view)
