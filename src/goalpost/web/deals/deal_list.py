"""The list of deals."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goalpost.crm.deal_lists import DealFilter, deals_seen_by
from goalpost.crm.queries import owners_to_choose, pipelines_of_company
from goalpost.domain.counting import DealStatus
from goalpost.web.shell.typed import id_in
from goalpost.web.shell.viewer import Viewer, for_viewer

_STATUSES = {status.value: status for status in DealStatus}
_EVERY = "all"


@require_safe
@for_viewer
def deals(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the deals that the filters in the address choose; open ones without any."""
    asked = {name: request.GET.get(name, "") for name in ("status", "owner", "pipeline", "q")}
    chosen = DealFilter(
        status=None if asked["status"] == _EVERY else _STATUSES.get(asked["status"], DealStatus.OPEN),
        owner_id=id_in(asked["owner"]),
        pipeline_id=id_in(asked["pipeline"]),
        words=asked["q"].strip()[:200],
    )
    page = deals_seen_by(viewer.actor, chosen, before=id_in(request.GET.get("before", "")))
    query = {name: text for name, text in asked.items() if text}
    context = {
        "page": page,
        "chosen": chosen,
        "status": _EVERY if chosen.status is None else chosen.status.value,
        "people": owners_to_choose(viewer.actor),
        "pipelines": pipelines_of_company(viewer.actor),
        "is_filtered": bool(query),
        "next_url": f"?{urlencode({**query, 'before': page.next})}" if page.next else "",
    }
    return render(request, "deals/list.html", context)
