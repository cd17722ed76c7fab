"""Writes of activities: added by a line or a form, changed, moved, done, deleted, each with its undo."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from http import HTTPStatus
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goalpost.companies.errors import InvalidInput, NotFound
from goalpost.crm.actions import activities as actions
from goalpost.crm.actions.activities import ActivityDetails
from goalpost.crm.agenda import AgendaLine, agenda_line, deal_to_link, deals_to_link
from goalpost.crm.queries import activity_types_of_company, owners_to_choose
from goalpost.domain.measures import Measure
from goalpost.insights import formats
from goalpost.insights.goal_report import Effect
from goalpost.insights.moved import activity_goals, moved_by
from goalpost.web.activities.agenda_page import REGIONS, came_from, page_response, way_back
from goalpost.web.activities.quick_line import clock_words
from goalpost.web.activities.understanding import Understood, deal_in, deal_words, understand
from goalpost.web.shell.toasts import Undo, toast
from goalpost.web.shell.typed import Typed, id_in
from goalpost.web.shell.viewer import Viewer, for_viewer, go_to

FIELDS = ("subject", "type", "owner", "deal", "day", "time", "duration", "weeks", "note")
_MOST_MOVED = 2


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def add_line(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the line by itself on GET, in a dialog over any page; add what it says on POST, or ask."""
    sent = request.POST if request.method == "POST" else request.GET
    deal_id = id_in(sent.get("deal", ""))
    lines = sent.getlist("line")
    understood = understand(viewer, lines[-1] if lines else "", deal_id=deal_id)
    is_asked = request.method != "POST"
    error = ""
    if not is_asked and not understood.questions:
        try:
            _add(request, viewer, understood.details, weeks=1)
            return go_to(request, way_back(request)) if sent.get("dialog") else redirect(way_back(request))
        except InvalidInput as refusal:
            error = refusal.message
    status = HTTPStatus.OK if is_asked else HTTPStatus.UNPROCESSABLE_ENTITY
    context = line_context(viewer, understood) | {"error": error, "is_sent": not is_asked}
    if sent.get("dialog") and "HX-Request" in request.headers:
        return render(request, "activities/add_dialog.html", context, status=status)
    return page_response(request, viewer, came_from(request), status=status, extra=context)


@require_safe
@for_viewer
def understood_line(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show what of a line is understood while it is typed."""
    line = request.GET.get("line", "")
    understood = understand(viewer, line, deal_id=id_in(request.GET.get("deal", "")))
    return render(request, "activities/understood.html", line_context(viewer, understood))


def line_context(viewer: Viewer, understood: Understood) -> dict[str, object]:
    icons = {kind.id: kind.icon for kind in activity_types_of_company(viewer.actor)}
    read = understood.read
    return {
        "typed": understood,
        "when": understood.when(viewer.language),
        "type_icon": (icons.get(read.type.id) if read.type else "") or "activities",
    }


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def new_activity(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the form, filled in with what the address says, on GET; plan the activity on POST."""
    if request.method != "POST":
        given = {name: request.GET.get(name, "") for name in FIELDS}
        given["owner"] = given["owner"] or str(viewer.actor.user_id)
        given["weeks"] = given["weeks"] or "1"
        return _form(request, viewer, Typed(given), None)
    form = Typed({name: request.POST.get(name, "") for name in FIELDS})
    try:
        _add(request, viewer, form.values, weeks=_number(form.values["weeks"] or "1", "weeks") or 0)
    except InvalidInput as refusal:
        return _form(request, viewer, form.refused(refusal), None)
    return go_to(request, way_back(request))


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def activity(request: HttpRequest, viewer: Viewer, activity_id: int) -> HttpResponse:
    """Show the activity in its form, or plain to who may not change it; save it on POST.

    An undo posts to the address with the former values in it.
    """
    line = agenda_line(viewer.actor, activity_id)
    was = _values(line)
    if request.method != "POST":
        return _form(request, viewer, Typed(was), line)
    is_undo = "undo" in request.GET
    sent = request.GET if is_undo else request.POST
    form = Typed({name: sent.get(name, "") for name in FIELDS})
    try:
        details = _details(viewer, form.values)
        if form.values["deal"] == was["deal"]:
            del details["deal_id"]  # perhaps one that the viewer may not see

        def save() -> object:
            return actions.change_activity(
                actor=viewer.actor, activity_id=activity_id, now=viewer.now, **details
            )

        moved = _moving(viewer, [line.owner.id, details["owner_id"]], save)
    except InvalidInput as refusal:
        return _form(request, viewer, form.refused(refusal), line)
    undo = Undo(f"{reverse('web:activity', args=[activity_id])}?{urlencode({**was, 'undo': '1'})}")
    words = _("The change is undone") if is_undo else _("Activity saved")
    toast(request, _with_moved(viewer, words, moved), undo=None if is_undo else undo)
    return go_to(request, way_back(request))


@require_POST
@for_viewer
def move(request: HttpRequest, viewer: Viewer, activity_id: int) -> HttpResponse:
    """Move the activity to another day and time; no `time` keeps it at none."""
    line = agenda_line(viewer.actor, activity_id)
    sent = request.GET if "undo" in request.GET else request.POST
    try:
        day, time = _day(sent.get("day", ""), is_required=True), _time(sent.get("time", ""))
        actions.change_activity(
            actor=viewer.actor, activity_id=activity_id, now=viewer.now, due_date=day, due_time=time
        )
    except InvalidInput as refusal:
        toast(request, refusal.message, is_refused=True)
        return redirect(way_back(request))
    was = _values(line)
    if "undo" in request.GET or not was["day"]:
        toast(request, _("“%(subject)s” moved") % {"subject": line.subject})
    else:
        query = urlencode({"day": was["day"], "time": was["time"], "undo": "1"})
        undo = Undo(f"{reverse('web:move-activity', args=[activity_id])}?{query}", regions=REGIONS)
        toast(request, _("“%(subject)s” moved") % {"subject": line.subject}, undo=undo)
    return redirect(way_back(request))


@require_POST
@for_viewer
def finish(request: HttpRequest, viewer: Viewer, activity_id: int) -> HttpResponse:
    """Mark the activity as done."""
    line = agenda_line(viewer.actor, activity_id)
    return _act(
        request,
        viewer,
        line,
        lambda: actions.complete_activity(actor=viewer.actor, activity_id=activity_id, now=viewer.now),
        _("“%(subject)s” done."),
        "web:reopen-activity",
    )


@require_POST
@for_viewer
def reopen(request: HttpRequest, viewer: Viewer, activity_id: int) -> HttpResponse:
    """Mark the activity as not done."""
    line = agenda_line(viewer.actor, activity_id)
    return _act(
        request,
        viewer,
        line,
        lambda: actions.reopen_activity(actor=viewer.actor, activity_id=activity_id, now=viewer.now),
        _("“%(subject)s” is to be done again."),
        "web:finish-activity",
    )


@require_POST
@for_viewer
def delete(request: HttpRequest, viewer: Viewer, activity_id: int) -> HttpResponse:
    line = agenda_line(viewer.actor, activity_id)
    return _act(
        request,
        viewer,
        line,
        lambda: actions.delete_activity(actor=viewer.actor, activity_id=activity_id, now=viewer.now),
        _("“%(subject)s” deleted."),
        "web:restore-activity",
    )


@require_POST
@for_viewer
def restore(request: HttpRequest, viewer: Viewer, activity_id: int) -> HttpResponse:
    """Restore a deleted activity. NotFound for any other."""
    found = actions.restore_activity(actor=viewer.actor, activity_id=activity_id, now=viewer.now)
    toast(request, _("“%(subject)s” restored.") % {"subject": found.subject})
    return redirect(way_back(request))


@require_POST
@for_viewer
def take_back(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Delete the activities that were just planned together; those already gone are passed over."""
    asked = [id_in(text) for text in request.GET.get("ids", "").split(".")][: actions.MOST_WEEKS]
    taken = 0
    with transaction.atomic():
        for activity_id in filter(None, asked):
            try:
                actions.delete_activity(actor=viewer.actor, activity_id=activity_id, now=viewer.now)
                taken += 1
            except NotFound:
                continue
    words = ngettext("%(count)s activity deleted.", "%(count)s activities deleted.", taken)
    toast(request, words % {"count": formats.number(taken, viewer.language)})
    return redirect(way_back(request))


def _act(
    request: HttpRequest,
    viewer: Viewer,
    line: AgendaLine,
    act: Callable[[], object],
    words: str,
    undo: str,
) -> HttpResponse:
    """Do it, say which results moved, offer the undo at an address, and show the page again."""
    try:
        moved = _moving(viewer, [line.owner.id], act)
    except InvalidInput as refusal:
        toast(request, refusal.message, is_refused=True)
        return go_to(request, way_back(request)) if "dialog" in request.POST else redirect(way_back(request))
    said = _with_moved(viewer, words % {"subject": line.subject}, moved)
    toast(request, said, undo=Undo(reverse(undo, args=[line.id]), regions=REGIONS))
    return go_to(request, way_back(request)) if "dialog" in request.POST else redirect(way_back(request))


def _moving(viewer: Viewer, owners: Sequence[int], act: Callable[[], object]) -> tuple[Effect, ...]:
    goals = activity_goals(viewer, owners, Measure.ACTIVITIES_COMPLETED, Measure.ACTIVITIES_ADDED)
    _done, moved = moved_by(viewer, goals, act)
    return moved


def _with_moved(viewer: Viewer, words: str, moved: Sequence[Effect]) -> str:
    """Return the words with the results that moved: Calls, week 47: 27 → 28 of 60."""
    said = [words]
    for each in moved[:_MOST_MOVED]:
        period = formats.period_name(
            each.after.period, each.goal.terms.interval, viewer.calendar, viewer.language, with_year=False
        )
        facts = {
            "goal": each.goal.terms.title,
            "period": period,
            "before": formats.number(each.before.result, viewer.language),
            "after": formats.number(each.after.result, viewer.language),
            "target": formats.number(each.after.target, viewer.language),
        }
        if each.after.target:
            said.append(_("%(goal)s, %(period)s: %(before)s → %(after)s of %(target)s.") % facts)
        else:
            said.append(_("%(goal)s, %(period)s: %(before)s → %(after)s.") % facts)
    if (more := len(moved) - _MOST_MOVED) > 0:
        words = ngettext("%(count)s more result moved.", "%(count)s more results moved.", more)
        said.append(words % {"count": formats.number(more, viewer.language)})
    return " ".join(said)


def _add(request: HttpRequest, viewer: Viewer, values: Mapping[str, str], *, weeks: int) -> None:
    """Plan the activities, and say so with an undo that takes them back. Raises InvalidInput."""
    details = _details(viewer, {name: values.get(name, "") for name in FIELDS})
    planned: list[int] = []

    def plan() -> None:
        found = actions.plan_weekly(actor=viewer.actor, weeks=weeks, now=viewer.now, **details)
        planned.extend(each.pk for each in found)

    moved = _moving(viewer, [details["owner_id"]], plan)
    words = ngettext("“%(subject)s” added.", "“%(subject)s” added for %(count)s weeks.", len(planned))
    said = words % {"subject": details["subject"], "count": len(planned)}
    undo = Undo(
        f"{reverse('web:take-back-activities')}?{urlencode({'ids': '.'.join(map(str, planned))})}",
    )
    toast(request, _with_moved(viewer, said, moved), undo=undo)


def _values(line: AgendaLine) -> dict[str, str]:
    deal = f"{line.organization}: " if line.organization else ""
    return {
        "subject": line.subject,
        "type": str(line.type.id),
        "owner": str(line.owner.id),
        "deal": f"{deal}{line.deal.name} #{line.deal.id}" if line.deal else "",
        "day": line.due_date.isoformat() if line.due_date else "",
        "time": clock_words(line.due_time) if line.due_time is not None else "",
        "duration": str(line.duration or ""),
        "note": line.note,
        "weeks": "1",
    }


def _details(viewer: Viewer, values: Mapping[str, str]) -> ActivityDetails:
    """Return what the fields say. Raises InvalidInput."""
    type_id = id_in(values["type"])
    if type_id is None:
        raise InvalidInput(_("Choose a type."), field="type")
    return ActivityDetails(
        subject=values["subject"],
        type_id=type_id,
        owner_id=id_in(values["owner"]) or viewer.actor.user_id,
        deal_id=_deal(viewer, values["deal"]),
        due_date=_day(values["day"]),
        due_time=_time(values["time"]),
        duration=_number(values["duration"], "duration"),
        note=values["note"],
    )


def _deal(viewer: Viewer, text: str) -> int | None:
    if not text.strip():
        return None
    number = deal_in(text)
    if number is None or deal_to_link(viewer.actor, number) is None:
        raise InvalidInput(_("Choose a deal from the list, or enter its number as in #12."), field="deal")
    return number


def _day(text: str, *, is_required: bool = False) -> date | None:
    if not text.strip() and not is_required:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(_("Enter a date such as 2027-01-31."), field="day") from None


def _time(text: str) -> int | None:
    if not text.strip():
        return None
    hour, _colon, minute = text.strip().partition(":")
    if not (hour.isdecimal() and minute[:2].isdecimal() and len(hour) < 3):  # noqa: PLR2004  two digits
        raise InvalidInput(_("Use a time from 00:00 to 23:59."), field="time")
    return int(hour) * 60 + int(minute[:2])


def _number(text: str, field: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal() or len(text.strip()) > 5:  # noqa: PLR2004  more is no number of minutes
        raise InvalidInput(_("Use a whole number."), field=field)
    return int(text)


def _form(request: HttpRequest, viewer: Viewer, form: Typed, line: AgendaLine | None) -> HttpResponse:
    people = owners_to_choose(viewer.actor)
    owner_id = id_in(form.values["owner"]) or viewer.actor.user_id
    # The actions name the fields by their columns.
    names = {"due_date": "day", "due_time": "time"}
    errors = {names.get(name, name): words for name, words in form.errors.items()}
    context = {
        "form": Typed(form.values, errors=errors),
        "line": line,
        "people": people,
        "types": activity_types_of_company(viewer.actor),
        "deals": [deal_words(each) for each in deals_to_link(viewer.actor, owner_id)],
        "most_weeks": actions.MOST_WEEKS,
        "is_dialog": "HX-Request" in request.headers,
        "is_read_only": line is not None and not line.may_change,
        "action": reverse("web:activity", args=[line.id]) if line else reverse("web:activity-new"),
    }
    template = "activities/form_dialog.html" if context["is_dialog"] else "activities/form_page.html"
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, template, context, status=status)
