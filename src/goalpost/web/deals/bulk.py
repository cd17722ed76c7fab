"""Changing many deals at once: asked for with a preview of the results it moves, done all or none, undone."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from django_stubs_ext import StrOrPromise

from goalpost.companies.errors import Changed, InvalidInput, NotAllowed, NotFound
from goalpost.crm.deal_lists import DealLine, chosen_deals, matching
from goalpost.crm.deal_page import deal_seen_by
from goalpost.domain.calendar import Period
from goalpost.domain.counting import DealStatus
from goalpost.insights import formats
from goalpost.insights.deal_effects import effect_of_change
from goalpost.insights.goal_report import Effect
from goalpost.web.deals.change import Acted, act_on, take_back, typed_day, typed_id
from goalpost.web.deals.deal_list import asked_for
from goalpost.web.deals.deal_page import choices_of
from goalpost.web.shell.toasts import Undo, toast
from goalpost.web.shell.typed import id_in
from goalpost.web.shell.viewer import Viewer, for_viewer

MOST = 200
"""How many deals are changed at once at most: each is a line of its own in the history."""

_UNDO = "deals_undo"


@dataclass(frozen=True, slots=True)
class Words:
    """What a change of many deals is called; `%(deals)s` stands for how many."""

    verb: StrOrPromise
    verbs: StrOrPromise
    done_one: StrOrPromise
    done: StrOrPromise
    field: str


_WORDS: dict[str, Words] = {
    "owner": Words(
        gettext_lazy("Change owner of %(deals)s deal"),
        gettext_lazy("Change owner of %(deals)s deals"),
        gettext_lazy("Owner of %(deals)s deal changed."),
        gettext_lazy("Owner of %(deals)s deals changed."),
        "owner",
    ),
    "move": Words(
        gettext_lazy("Move %(deals)s deal"),
        gettext_lazy("Move %(deals)s deals"),
        gettext_lazy("%(deals)s deal moved."),
        gettext_lazy("%(deals)s deals moved."),
        "stage",
    ),
    "close": Words(
        gettext_lazy("Change close date of %(deals)s deal"),
        gettext_lazy("Change close date of %(deals)s deals"),
        gettext_lazy("Close date of %(deals)s deal changed."),
        gettext_lazy("Close date of %(deals)s deals changed."),
        "day",
    ),
    "win": Words(
        gettext_lazy("Mark %(deals)s deal as won"),
        gettext_lazy("Mark %(deals)s deals as won"),
        gettext_lazy("%(deals)s deal won."),
        gettext_lazy("%(deals)s deals won."),
        "",
    ),
    "lose": Words(
        gettext_lazy("Mark %(deals)s deal as lost"),
        gettext_lazy("Mark %(deals)s deals as lost"),
        gettext_lazy("%(deals)s deal lost."),
        gettext_lazy("%(deals)s deals lost."),
        "reason",
    ),
    "delete": Words(
        gettext_lazy("Delete %(deals)s deal"),
        gettext_lazy("Delete %(deals)s deals"),
        gettext_lazy("%(deals)s deal deleted."),
        gettext_lazy("%(deals)s deals deleted."),
        "",
    ),
}


@dataclass(frozen=True, slots=True)
class EffectShown:
    """A result that the change moves. `start`, `width` and `fill` draw the moved part on its bar."""

    effect: Effect
    period: str
    records_url: str
    start: str
    width: str
    fill: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What the change would move; `mark` says what it stands on. `refusal` says why it cannot be made."""

    effects: tuple[EffectShown, ...] = ()
    mark: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Bulk:
    """A change of many deals as it is asked for: `deals` are changed, `kept` stay as they are."""

    what: str
    deals: tuple[DealLine, ...]
    kept: tuple[DealLine, ...]
    value: str
    here: str

    @property
    def ids(self) -> list[int]:
        return [deal.id for deal in self.deals]


@require_POST
@for_viewer
def bulk(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Ask how to change the chosen deals, show what that moves, or (with `mark`) do it."""
    try:
        asked = _asked(viewer, request.POST)
    except InvalidInput as refusal:
        toast(request, refusal.message, is_refused=True)
        return redirect(_here(request.POST))
    preview = _preview(viewer, asked)
    if "mark" in request.POST and not preview.refusal and asked.deals:
        if request.POST["mark"] == preview.mark:
            try:
                return _do(request, viewer, asked, preview)
            except (Changed, NotFound):
                preview = _preview(viewer, asked)
        return _show(request, viewer, asked, preview, is_new=True)
    return _show(request, viewer, asked, preview)


def _asked(viewer: Viewer, sent: QueryDict) -> Bulk:
    """Read which deals are to be changed, and how. Raises InvalidInput, NotFound for an unknown change."""
    what, here = sent.get("what", ""), _here(sent)
    if what not in _WORDS:
        raise NotFound
    if "all" in sent:
        query = QueryDict(urlsplit(here).query)
        found = matching(viewer.actor, asked_for(viewer, query).chosen)
        ids = list(found.order_by("-pk").values_list("pk", flat=True)[: MOST + 1])
    else:
        ids = [number for text in sent.getlist("deal")[: MOST + 1] if (number := id_in(text)) is not None]
    if not ids:
        raise InvalidInput(_("Select the deals to change first."))
    if len(ids) > MOST:
        most = formats.number(MOST, viewer.language)
        raise InvalidInput(_("Select at most %(most)s deals at a time.") % {"most": most})
    chosen = chosen_deals(viewer.actor, viewer.company, ids, today=viewer.today)
    changed = tuple(deal for deal in chosen if deal.may_change and _applies(deal, what))
    kept = tuple(deal for deal in chosen if deal not in changed)
    return Bulk(what, changed, kept, sent.get("value", "").strip()[:200], here)


def _applies(deal: DealLine, what: str) -> bool:
    """Whether there is something to change: a won deal is not won again."""
    match what:
        case "win":
            return not deal.is_won
        case "lose":
            return deal.status is not DealStatus.LOST
    return True


def _here(sent: QueryDict) -> str:
    """Return the list that the form was on; only a list of deals."""
    here, home = sent.get("here", ""), reverse("web:deals")
    return here if here == home or here.startswith(f"{home}?") else home


def _make(viewer: Viewer, asked: Bulk) -> list[dict[str, Any]]:
    """Change every deal or none, and return what brings each back. Raises what the change of one does."""
    with transaction.atomic():
        return [_one(viewer, asked, deal) for deal in asked.deals]


def _one(viewer: Viewer, asked: Bulk, line: DealLine) -> dict[str, Any]:
    deal = deal_seen_by(viewer.actor, line.id)
    match asked.what:
        case "owner":
            done = act_on(viewer, deal, line.updated_at, {"owner_id": typed_id(asked.value)})
        case "close":
            day = typed_day(viewer, asked.value, "value")
            done = act_on(viewer, deal, line.updated_at, {"expected_close_date": day})
        case act:
            values = {"stage": asked.value, "reason": asked.value, "other": ""}
            done = act_on(viewer, deal, line.updated_at, Acted(act, values))
    return {**done.back, "deal": line.id}


def _preview(viewer: Viewer, asked: Bulk) -> Preview:
    if not asked.deals:
        return Preview(refusal=_("None of the selected deals can be changed this way by you."))
    if _WORDS[asked.what].field in {"owner", "stage"} and not asked.value:
        return Preview()
    try:
        effects = effect_of_change(viewer, asked.ids, partial(_make, viewer, asked))
    except InvalidInput as refusal:
        return Preview(refusal=refusal.message)
    except NotAllowed as refusal:
        return Preview(refusal=str(refusal))
    except (Changed, NotFound):
        return Preview(refusal=_("Somebody changed one of these deals just now. Nothing was changed."))
    stands_on = [
        asked.what,
        asked.value,
        [(deal.id, deal.updated_at) for deal in asked.deals],
        [(each.goal.id, each.before.period, each.before.result, each.after.result) for each in effects],
    ]
    mark = sha256(repr(stands_on).encode()).hexdigest()[:32]
    return Preview(tuple(_shown(viewer, each) for each in effects), mark)


_POST_AT, _BAR_ENDS_AT = 80, 1.25


def _shown(viewer: Viewer, effect: Effect) -> EffectShown:
    goal, period = effect.goal, effect.after.period

    def share(result: int) -> float:
        target = effect.after.target
        return min(max(result / target, 0), _BAR_ENDS_AT) * _POST_AT if target else 0

    low, high = sorted((share(effect.before.result), share(effect.after.result)))
    return EffectShown(
        effect=effect,
        period=_period_name(viewer, effect, period),
        records_url=f"{reverse('web:goal-records', args=[goal.public_id])}?period={period.start.isoformat()}",
        start=f"{low:.1f}%",
        width=f"{high - low:.1f}%",
        fill=f"{share(effect.after.result):.1f}%",
    )


def _period_name(viewer: Viewer, effect: Effect, period: Period) -> str:
    return formats.period_name(period, effect.goal.terms.interval, viewer.calendar, viewer.language)


def _do(request: HttpRequest, viewer: Viewer, asked: Bulk, preview: Preview) -> HttpResponse:
    """Make the change and go back to the list. Raises Changed when a deal was changed meanwhile."""
    back = _make(viewer, asked)
    key = preview.mark
    request.session[_UNDO] = {"key": key, "back": back, "seen": viewer.now.isoformat(), "here": asked.here}
    language, results, words = viewer.language, len(preview.effects), _WORDS[asked.what]
    done = str(words.done_one if len(back) == 1 else words.done)
    moved = ngettext("%(results)s result moved.", "%(results)s results moved.", results)
    text = " ".join(
        (
            done % {"deals": formats.number(len(back), language)},
            moved % {"results": formats.number(results, language)},
        )
    )
    toast(request, text, undo=Undo(f"{reverse('web:undo-bulk-deals')}?key={key}"), moves_focus=True)
    return redirect(asked.here)


@require_POST
@for_viewer
def undo_bulk(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Take back the last change of many deals, all of them or none."""
    kept = request.session.get(_UNDO)
    if not isinstance(kept, dict) or kept.get("key") != request.GET.get("key"):
        toast(request, _("It is too late to undo that. Change the deals here instead."), is_refused=True)
        return redirect("web:deals")
    try:
        with transaction.atomic():
            for back in kept["back"]:
                deal = deal_seen_by(viewer.actor, back["deal"])
                seen = datetime.fromisoformat(kept["seen"])
                take_back(viewer, deal, {**back, "seen": (min(deal.updated_at, seen)).isoformat()})
    except Changed:
        toast(request, _("One of the deals was changed since, so nothing was undone."), is_refused=True)
    except NotFound:
        toast(request, _("You no longer see all of these deals, so nothing was undone."), is_refused=True)
    except (InvalidInput, NotAllowed) as refusal:
        toast(request, str(refusal), is_refused=True)
    else:
        del request.session[_UNDO]
        toast(request, _("Undone"))
    return redirect(kept["here"])


def _show(
    request: HttpRequest, viewer: Viewer, asked: Bulk, preview: Preview, *, is_new: bool = False
) -> HttpResponse:
    words = _WORDS[asked.what]
    number = len(asked.deals)
    verb = str(words.verb if number == 1 else words.verbs)
    refused = preview.refusal and "mark" in request.POST
    context = {
        "bulk": asked,
        "field": words.field,
        "verb": verb % {"deals": formats.number(number, viewer.language)},
        "preview": preview,
        "is_new": is_new,
        "named": asked.deals[:6],
        "more": len(asked.deals[6:]),
        "choices": choices_of(viewer),
        "currency": viewer.company.currency,
        "sum": sum(deal.worth or 0 for deal in asked.deals),
    }
    if "HX-Request" in request.headers:
        template = "deals/bulk_preview.html" if "again" in request.POST else "deals/bulk_dialog.html"
    else:
        template = "deals/bulk_page.html"
    return render(request, template, context, status=409 if is_new else 422 if refused else 200)
