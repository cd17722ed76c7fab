"""Changing a deal from its page: details, stage, status, activities. Each change can be undone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from goalpost.companies.currencies import DIGITS
from goalpost.companies.errors import Changed, InvalidInput, NotAllowed, NotFound
from goalpost.crm.actions import activities as activity_actions
from goalpost.crm.actions import deals as deal_actions
from goalpost.crm.actions.deals import DealDetails
from goalpost.crm.deal_page import DealView, activities_of_deal, deal_seen_by
from goalpost.domain.counting import DealStatus
from goalpost.domain.permissions import may_change_records_of
from goalpost.web.deals.deal_page import Refused, choices_of, draw
from goalpost.web.shell.toasts import Undo, toast
from goalpost.web.shell.typed import (
    LARGEST_ID,
    NotADay,
    NotANumber,
    Typed,
    id_in,
    kept_or,
    parse_amount,
    parse_day,
    typed,
)
from goalpost.web.shell.viewer import Viewer, for_viewer

_SALT = "goalpost.deal-undo"
_UNDO_AGE = 60 * 60
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Done:
    """What was done to a deal: what the toast says, and the details or the act that bring it back."""

    text: str
    back: dict[str, Any]


def typed_id(text: str) -> int:
    """Return the id that was typed; one that nothing has for anything else."""
    number = id_in(text)
    return LARGEST_ID if number is None else number


def typed_day(viewer: Viewer, text: str, field: str) -> date | None:
    """Return the day that was typed, None for no text. Raises InvalidInput."""
    try:
        return parse_day(text, viewer.language) if text.strip() else None
    except NotADay as fault:
        raise InvalidInput(str(fault), field=field) from fault


def _money(viewer: Viewer, text: str, currency: str) -> tuple[int, str]:
    if currency not in DIGITS:
        raise InvalidInput(_("Choose a currency."), field="currency")
    try:
        return parse_amount(text.strip() or "0", currency, viewer.language), currency
    except NotANumber as fault:
        raise InvalidInput(str(fault), field="value") from fault


def _percent(text: str) -> int | None:
    text = text.strip().removesuffix("%").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > len("100"):
        raise InvalidInput(_("Use a probability from 0 to 100 percent."), field="probability")
    return int(text)


_FIELDS = (
    "title",
    "organization",
    "owner",
    "value",
    "currency",
    "expected",
    "probability",
    "day",
    "note",
    "reason",
)


def _details(viewer: Viewer, deal: DealView, detail: str, values: dict[str, str]) -> DealDetails:
    """Return the changed detail as the action takes it. Raises InvalidInput; NotFound for an unknown one."""
    readers: dict[str, Callable[[], DealDetails]] = {
        "title": lambda: {"title": values["title"]},
        "organization": lambda: {"organization": values["organization"]},
        "owner": lambda: {"owner_id": typed_id(values["owner"])},
        "note": lambda: {"note": values["note"]},
        "expected": lambda: {"expected_close_date": typed_day(viewer, values["expected"], "expected")},
        "probability": lambda: {"probability": _percent(values["probability"])},
        "reason": lambda: {"lost_reason": values["reason"]},
    }
    if detail == "value":
        value, currency = _money(viewer, values["value"], values["currency"])
        return {"value": value, "currency": currency}
    if detail == "closed" and not deal.is_open:
        day = typed_day(viewer, values["day"], "day")
        if day is None:
            raise InvalidInput(_("Enter a date such as 2027-01-31."), field="day")
        return {"won_time": day} if deal.is_won else {"lost_time": day}
    if detail not in readers:
        raise NotFound
    return readers[detail]()


def _before(deal: DealView, details: DealDetails) -> dict[str, Any]:
    """Return the deal's own values of these details."""
    own: dict[str, Any] = {
        "title": deal.title,
        "organization": deal.organization,
        "owner_id": deal.owner.id,
        "note": deal.note,
        "expected_close_date": deal.expected_close_date,
        "probability": deal.probability,
        "lost_reason": deal.lost_reason,
        "value": deal.value.minor,
        "currency": deal.value.currency,
        "won_time": deal.won,
        "lost_time": deal.lost,
    }
    return {name: own[name] for name in details}


@require_POST
@for_viewer
def edit(request: HttpRequest, viewer: Viewer, deal_id: int, field: str) -> HttpResponse:
    """Change one detail of a deal."""
    values = typed(request, _FIELDS).values

    def change(deal: DealView, seen: datetime) -> Done:
        return act_on(viewer, deal, seen, _details(viewer, deal, field, dict(values)))

    return _change(request, viewer, deal_id, field, dict(values), change)


@require_POST
@for_viewer
def do(request: HttpRequest, viewer: Viewer, deal_id: int, what: str) -> HttpResponse:
    """Move a deal, win or lose it, reopen, delete or restore it."""
    if what not in _ACTS:
        raise NotFound
    values = {name: request.POST.get(name, "") for name in ("stage", "reason", "other")}
    acted = Acted(what, values)
    return _change(
        request, viewer, deal_id, what, values, lambda deal, seen: act_on(viewer, deal, seen, acted)
    )


def _move(viewer: Viewer, deal: DealView, seen: datetime, values: dict[str, str]) -> Done:
    stage_id = typed_id(values["stage"])
    deal_actions.move_deal(actor=viewer.actor, deal_id=deal.id, stage_id=stage_id, now=viewer.now, seen=seen)
    back = {"do": "move", "stage": deal.stage.id} if deal.stage else {}
    return Done(_("Deal moved"), back)


def _win(viewer: Viewer, deal: DealView, seen: datetime, values: dict[str, str]) -> Done:  # noqa: ARG001  as the others
    deal_actions.win_deal(actor=viewer.actor, deal_id=deal.id, now=viewer.now, seen=seen)
    return Done(_("Deal won"), _status_back(deal))


def _lose(viewer: Viewer, deal: DealView, seen: datetime, values: dict[str, str]) -> Done:
    reason = values["other"].strip() or values["reason"].strip()
    if not reason:
        raise InvalidInput(_("Choose a reason, or write one."), field="reason")
    deal_actions.lose_deal(actor=viewer.actor, deal_id=deal.id, now=viewer.now, reason=reason, seen=seen)
    return Done(_("Deal lost"), _status_back(deal))


def _reopen(viewer: Viewer, deal: DealView, seen: datetime, values: dict[str, str]) -> Done:  # noqa: ARG001  as the others
    deal_actions.reopen_deal(actor=viewer.actor, deal_id=deal.id, now=viewer.now, seen=seen)
    return Done(_("Deal reopened"), _status_back(deal))


def _delete(viewer: Viewer, deal: DealView, seen: datetime, values: dict[str, str]) -> Done:  # noqa: ARG001  as the others
    deal_actions.delete_deal(actor=viewer.actor, deal_id=deal.id, now=viewer.now, seen=seen)
    return Done(_("Deal deleted"), {"do": "restore"})


def _restore(viewer: Viewer, deal: DealView, seen: datetime, values: dict[str, str]) -> Done:  # noqa: ARG001  as the others
    deal_actions.restore_deal(actor=viewer.actor, deal_id=deal.id, now=viewer.now, seen=seen)
    return Done(_("Deal restored"), {"do": "delete"})


_ACTS: dict[str, Callable[[Viewer, DealView, datetime, dict[str, str]], Done]] = {
    "move": _move,
    "win": _win,
    "lose": _lose,
    "reopen": _reopen,
    "delete": _delete,
    "restore": _restore,
}


@dataclass(frozen=True, slots=True)
class Acted:
    """One of the acts on a deal, and what was typed for it."""

    what: str
    values: dict[str, str]


def act_on(viewer: Viewer, deal: DealView, seen: datetime, change: DealDetails | Acted) -> Done:
    """Change details of a deal or act on it. Raises Changed, InvalidInput, NotAllowed, NotFound."""
    if isinstance(change, Acted):
        return _ACTS[change.what](viewer, deal, seen, change.values)
    deal_actions.change_deal(actor=viewer.actor, deal_id=deal.id, now=viewer.now, seen=seen, **change)
    return Done(_("Deal saved"), {"do": "change", "details": _packed(_before(deal, change))})


def _status_back(deal: DealView) -> dict[str, Any]:
    """Return what brings the deal's status back, with the moment it had."""
    match deal.status:
        case DealStatus.OPEN:
            return {"do": "reopen"}
        case DealStatus.WON:
            return {"do": "win", "details": _packed({"at": deal.won})}
        case DealStatus.LOST:
            return {"do": "lose", "reason": deal.lost_reason, "details": _packed({"at": deal.lost})}


def _packed(details: dict[str, Any]) -> dict[str, Any]:
    """Return the values as JSON takes them: a day or a moment as a marked text."""
    return {
        name: {"moment" if isinstance(value, datetime) else "day": value.isoformat()}
        if isinstance(value, date)
        else value
        for name, value in details.items()
    }


def _unpacked(details: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in details.items():
        match value:
            case {"moment": str(text)}:
                found[name] = datetime.fromisoformat(text)
            case {"day": str(text)}:
                found[name] = date.fromisoformat(text)
            case _:
                found[name] = value
    return found


def _change(
    request: HttpRequest,
    viewer: Viewer,
    deal_id: int,
    form: str,
    values: dict[str, str],
    change: Callable[[DealView, datetime], Done],
) -> HttpResponse:
    """Make a change and go back to the page; a refused one opens its form there again, as it was typed."""
    deal = deal_seen_by(viewer.actor, deal_id)
    try:
        done = change(deal, _seen(request, deal))
    except InvalidInput as refusal:
        return draw(request, viewer, deal_id, refused=Refused(form, refusal.message, values), status=422)
    except Changed:
        message = _(
            "Somebody changed this deal meanwhile. It is shown as it is now; nothing was overwritten."
        )
        return draw(request, viewer, deal_id, refused=Refused(form, message, values), status=409)
    after = deal_actions_seen(viewer, deal_id)
    toast(request, done.text, undo=_undo(deal_id, done.back, after) if done.back and after else None)
    return redirect("web:deal", deal_id) if after else redirect("web:deals")


def deal_actions_seen(viewer: Viewer, deal_id: int) -> datetime | None:
    """Return when the deal was last updated; None when it was handed to somebody whose deals are hidden."""
    try:
        return deal_seen_by(viewer.actor, deal_id).updated_at
    except NotFound:
        return None


def _seen(request: HttpRequest, deal: DealView) -> datetime:
    """Return when the deal was last updated as the page knew it; an unreadable moment is one long ago."""
    try:
        return datetime.fromisoformat(request.POST.get("seen", ""))
    except ValueError:
        return deal.updated_at if "seen" not in request.POST else _LONG_AGO


def _undo(deal_id: int, back: dict[str, Any], seen: datetime) -> Undo:
    token = signing.dumps({**back, "deal": deal_id, "seen": seen.isoformat()}, salt=_SALT)
    return Undo(f"{reverse('web:undo-deal', args=[deal_id])}?back={token}")


@require_POST
@for_viewer
def undo(request: HttpRequest, viewer: Viewer, deal_id: int) -> HttpResponse:
    """Take back what a toast offers to undo, unless the deal was changed since."""
    deal = deal_seen_by(viewer.actor, deal_id)
    try:
        back = signing.loads(request.GET.get("back", ""), salt=_SALT, max_age=_UNDO_AGE)
        if back["deal"] != deal_id:
            raise NotFound
        take_back(viewer, deal, back)
    except signing.BadSignature:
        toast(request, _("It is too late to undo that. Change the deal here instead."), is_refused=True)
    except Changed:
        toast(request, _("The deal was changed since, so nothing was undone."), is_refused=True)
    except (InvalidInput, NotAllowed) as refusal:
        toast(request, str(refusal), is_refused=True)
    else:
        toast(request, _("Undone"))
    return redirect("web:deal", deal_id)


def take_back(viewer: Viewer, deal: DealView, back: dict[str, Any]) -> None:
    """Do what brings a deal back to how it was. Raises Changed when it is not as it was `seen`."""
    common: dict[str, Any] = {
        "actor": viewer.actor,
        "deal_id": deal.id,
        "now": viewer.now,
        "seen": datetime.fromisoformat(back["seen"]),
    }
    details = _unpacked(back.get("details", {}))
    acts: dict[str, Callable[[], object]] = {
        "change": partial(deal_actions.change_deal, **common, **details),
        "move": partial(deal_actions.undo_move, **common),
        "reopen": partial(deal_actions.reopen_deal, **common),
        "win": partial(deal_actions.win_deal, **common, won_time=details.get("at")),
        "lose": partial(
            deal_actions.lose_deal, **common, lost_time=details.get("at"), reason=back.get("reason", "")
        ),
        "delete": partial(deal_actions.delete_deal, **common),
        "restore": partial(deal_actions.restore_deal, **common),
    }
    acts[back["do"]]()


_NEW = ("title", "organization", "value", "currency", "stage", "owner", "expected")


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def new_deal(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Ask for a new deal on GET, add it on POST."""
    begin = dict.fromkeys(_NEW, "") | {
        "currency": viewer.company.currency,
        "owner": str(viewer.actor.user_id),
        "stage": request.GET.get("stage", ""),
    }
    form = kept_or(request, Typed(begin), _NEW)
    if request.method == "POST":
        form = typed(request, _NEW)
        try:
            added = _add(viewer, dict(form.values))
        except InvalidInput as refusal:
            form = form.refused(refusal)
        else:
            toast(request, _("Deal added"))
            return redirect("web:deal", added)
    context = {"form": form, "choices": choices_of(viewer)}
    return render(request, "deals/new.html", context, status=422 if form.errors else 200)


def _add(viewer: Viewer, values: dict[str, str]) -> int:
    """Add a deal. Raises InvalidInput with every field that cannot be used."""
    errors: dict[str, str] = {}
    details: DealDetails = {"title": values["title"], "organization": values["organization"]}
    try:
        details["value"], details["currency"] = _money(viewer, values["value"], values["currency"])
    except InvalidInput as fault:
        errors |= fault.errors
    try:
        details["expected_close_date"] = typed_day(viewer, values["expected"], "expected")
    except InvalidInput as fault:
        errors |= fault.errors
    if not values["title"].strip():
        errors["title"] = _("Enter text.")
    owner_id, stage_id = typed_id(values["owner"]), id_in(values["stage"])
    if stage_id is None:
        errors["stage"] = _("Choose a stage.")
    if not may_change_records_of(viewer.actor, owner_id):
        errors["owner"] = _("Choose somebody from the list.")
    if errors or stage_id is None:
        raise InvalidInput.of(errors)
    details["owner_id"] = owner_id
    return deal_actions.create_deal(actor=viewer.actor, stage_id=stage_id, now=viewer.now, **details).pk


@require_POST
@for_viewer
def add_activity(request: HttpRequest, viewer: Viewer, deal_id: int) -> HttpResponse:
    """Plan an activity on the deal, as one's own."""
    deal = deal_seen_by(viewer.actor, deal_id)
    values = {name: request.POST.get(name, "") for name in ("subject", "type", "due")}
    try:
        activity_actions.create_activity(
            actor=viewer.actor,
            now=viewer.now,
            subject=values["subject"],
            type_id=typed_id(values["type"]),
            deal_id=deal.id,
            due_date=typed_day(viewer, values["due"], "due"),
        )
    except InvalidInput as refusal:
        return draw(
            request, viewer, deal_id, refused=Refused("activity", refusal.message, values), status=422
        )
    toast(request, _("Activity added"))
    return redirect("web:deal", deal_id)


@require_POST
@for_viewer
def finish_activity(request: HttpRequest, viewer: Viewer, deal_id: int, activity_id: int) -> HttpResponse:
    """Mark an activity of the deal as done, or a done one as not done."""
    deal = deal_seen_by(viewer.actor, deal_id)
    own = activities_of_deal(viewer.actor, deal, viewer.company, viewer.today)
    found = next((each for each in own if each.id == activity_id), None)
    if found is None:
        raise NotFound
    address = reverse("web:deal-activity-done", args=[deal_id, activity_id])
    try:
        if found.is_done:
            activity_actions.reopen_activity(actor=viewer.actor, activity_id=activity_id, now=viewer.now)
            toast(request, _("Marked as not done"))
        else:
            activity_actions.complete_activity(actor=viewer.actor, activity_id=activity_id, now=viewer.now)
            toast(request, _("Marked as done"), undo=Undo(address))
    except InvalidInput as refusal:
        toast(request, refusal.message, is_refused=True)
    return redirect("web:deal", deal_id)
