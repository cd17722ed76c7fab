"""Moving a card of the board: to another stage, won, lost or deleted, each with undo.

A page's script asks with htmx and gets only what changed: the moved card and the heads of the columns.
Without a script the same form leads back to the board.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from goalpost.companies.errors import Changed, InvalidInput, NotAllowed, NotFound
from goalpost.crm.actions import deals
from goalpost.crm.deal_page import DealView, deal_seen_by
from goalpost.crm.models import Deal
from goalpost.crm.queries import lost_reasons_of_company, pipelines_of_company
from goalpost.storage.snapshot import snapshot
from goalpost.web.pipeline.board import FILTERS, Asked, asked_in, board_of, card_on
from goalpost.web.shell.toasts import Undo, toast
from goalpost.web.shell.typed import id_in
from goalpost.web.shell.viewer import Viewer, for_viewer

_SALT = "goalpost.board-undo"
_UNDO_AGE = 60 * 60
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Sent:
    """The form of a move. `seen` is when the deal was last updated as the page knew it."""

    to: str
    reason: str
    seen: datetime

    @classmethod
    def of(cls, request: HttpRequest) -> "_Sent":
        try:
            seen = datetime.fromisoformat(request.POST.get("seen", ""))
        except ValueError:
            seen = _LONG_AGO
        reason = request.POST.get("other", "").strip() or request.POST.get("reason", "").strip()
        return cls(request.POST.get("to", ""), reason, seen)


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def move(request: HttpRequest, viewer: Viewer, deal_id: int) -> HttpResponse:
    """Ask where a deal goes on GET, move it on POST."""
    deal = deal_seen_by(viewer.actor, deal_id)
    if not deal.may_change or not deal.is_open:
        raise NotAllowed(_("You may not move this deal, or it is closed."))
    if request.method != "POST":
        return _form(request, viewer, deal, request.GET.get("to", ""))
    sent = _Sent.of(request)
    status = HTTPStatus.OK
    try:
        words, back = _moved(viewer, deal, sent)
    except InvalidInput as refusal:
        return _form(request, viewer, deal, sent.to, refusal.message)
    except Changed:
        words = _(
            "Somebody changed “%(title)s” meanwhile. It is shown as it is now; nothing was overwritten."
        )
        toast(request, words % {"title": deal.title}, is_refused=True)
        status = HTTPStatus.CONFLICT
    else:
        after = deal if back == "restore" else deal_seen_by(viewer.actor, deal_id)
        toast(request, words, undo=_undo(request, viewer, after, back) if back else None)
    if "HX-Request" in request.headers:
        return _changes(request, viewer, deal_id, status)
    return redirect(_board_address(request))


def _moved(viewer: Viewer, deal: DealView, sent: _Sent) -> tuple[str, str]:
    """Do what was sent; return what to say and what takes it back, empty for nothing done."""
    common: dict[str, Any] = {"actor": viewer.actor, "deal_id": deal.id, "now": viewer.now, "seen": sent.seen}
    title = {"title": deal.title}
    match sent.to:
        case "won":
            deals.win_deal(**common)
            return _("“%(title)s” won") % title, "reopen"
        case "lost":
            if not sent.reason:
                raise InvalidInput(_("Choose a reason, or write one."), field="reason")
            deals.lose_deal(**common, reason=sent.reason)
            return _("“%(title)s” lost") % title, "reopen"
        case "delete":
            deals.delete_deal(**common)
            return _("“%(title)s” deleted") % title, "restore"
        case _:
            stage_id = id_in(sent.to.removeprefix("stage-"))
            if stage_id is None:
                raise InvalidInput(_("Choose where the deal goes."), field="to")
            moved = deals.move_deal(**common, stage_id=stage_id)
            is_elsewhere = deal.stage is None or moved.stage_id != deal.stage.id
            return _("“%(title)s” moved") % title, "move" if is_elsewhere else ""


def _form(request: HttpRequest, viewer: Viewer, deal: DealView, to: str, refusal: str = "") -> HttpResponse:
    context = {
        "deal": deal,
        "seen": deal.updated_at.isoformat(),
        "to": to,
        "refusal": refusal,
        "pipelines": pipelines_of_company(viewer.actor),
        "reasons": lost_reasons_of_company(viewer.actor),
        "reason": request.POST.get("reason", ""),
        "other": request.POST.get("other", ""),
        "board_query": urlencode(_filters(request)),
        "board_url": _board_address(request),
        "is_dialog": "HX-Request" in request.headers,
    }
    template = "pipeline/move_dialog.html" if context["is_dialog"] else "pipeline/move_page.html"
    return render(request, template, context, status=HTTPStatus.UNPROCESSABLE_ENTITY if refusal else None)


def _filters(request: HttpRequest) -> dict[str, str]:
    """Return the filters of the board that a form was opened from."""
    given = QueryDict((request.POST.get("board") or request.GET.get("board") or "")[:1000])
    return {name: given[name] for name in FILTERS if given.get(name)}


def _board_address(request: HttpRequest) -> str:
    query = urlencode(_filters(request))
    return f"{reverse('web:pipeline')}?{query}" if query else reverse("web:pipeline")


def _changes(request: HttpRequest, viewer: Viewer, deal_id: int, status: int) -> HttpResponse:
    """Answer with the deal's card where it is now, the heads of all columns, and the toast."""
    with snapshot():
        given = QueryDict(urlencode(_filters(request)))
        asked = _asked(viewer, given)
        board = board_of(viewer, asked, {}, with_cards=False)
        card = card_on(viewer, asked, deal_id)
    context = {
        "board": board,
        "asked": asked,
        "deal_id": deal_id,
        "card": card,
        "board_query": asked.query,
        "currency": viewer.company.currency,
        "calendar": viewer.calendar,
        "is_swap": True,
    }
    return render(request, "pipeline/changes.html", context, status=status)


def _asked(viewer: Viewer, given: QueryDict) -> Asked:
    asked = asked_in(viewer, given)
    if asked is None:
        raise NotFound
    return asked


def _undo(request: HttpRequest, viewer: Viewer, deal: DealView, back: str) -> Undo:
    # A deleted deal is not read again: its moment is that of the deletion.
    seen = viewer.now if back == "restore" else deal.updated_at
    token = signing.dumps({"do": back, "deal": deal.id, "seen": seen.isoformat()}, salt=_SALT)
    address = reverse("web:pipeline-undo", args=[deal.id])
    return Undo(f"{address}?{urlencode({'back': token, 'board': urlencode(_filters(request))})}")


@require_POST
@for_viewer
def undo(request: HttpRequest, viewer: Viewer, deal_id: int) -> HttpResponse:
    """Take back what a toast offers to undo, unless the deal was changed since."""
    deal = deal_seen_by(viewer.actor, deal_id)
    try:
        back = signing.loads(request.GET.get("back", ""), salt=_SALT, max_age=_UNDO_AGE)
        if back["deal"] != deal_id:
            raise NotFound
        acts: dict[str, Callable[..., Deal]] = {
            "move": deals.undo_move,
            "reopen": deals.reopen_deal,
            "restore": deals.restore_deal,
        }
        seen = datetime.fromisoformat(back["seen"])
        acts[back["do"]](actor=viewer.actor, deal_id=deal.id, now=viewer.now, seen=seen)
    except signing.BadSignature:
        toast(
            request, _("It is too late to undo that. Change the deal on its page instead."), is_refused=True
        )
    except Changed:
        toast(request, _("The deal was changed since, so nothing was undone."), is_refused=True)
    except (InvalidInput, NotAllowed) as refusal:
        toast(request, str(refusal), is_refused=True)
    else:
        toast(request, _("Undone"))
    return redirect(_board_address(request))
