"""The pages of people: list, invitation, details."""

from http import HTTPStatus

from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from goalpost.accounts.actions import change_person, has_second_steps
from goalpost.accounts.invitations import invite_person
from goalpost.accounts.sessions import sessions_of
from goalpost.accounts.tokens import tokens_of
from goalpost.companies.errors import Changed, InvalidInput
from goalpost.companies.memberships import teams_of_person
from goalpost.companies.people import (
    PersonLine,
    PersonStatus,
    people_page,
    permission_sets_to_choose,
    person_line,
    state_of_person,
    teams_to_choose,
)
from goalpost.insights.history_words import stay_words
from goalpost.web.settings.person import hand_out, mail_link
from goalpost.web.settings.team_members import day_chosen
from goalpost.web.shell.kept_form import forget, keeps_typed
from goalpost.web.shell.toasts import toast
from goalpost.web.shell.typed import Typed, id_in, kept_or, typed
from goalpost.web.shell.viewer import Viewer, for_viewer

STATUS_NAMES = {
    PersonStatus.ACTIVE: pgettext_lazy("person", "Active"),
    PersonStatus.INVITED: gettext_lazy("Invited"),
    PersonStatus.NOT_INVITED: gettext_lazy("Not invited yet"),
    PersonStatus.WITHOUT_EMAIL: gettext_lazy("Without e-mail"),
    PersonStatus.DEACTIVATED: gettext_lazy("Deactivated"),
}
_FIELDS = ("name", "email", "permission_set", "is_admin")
_INVITED = (*_FIELDS, "when", "day")
_CHANGED = gettext_lazy(
    "Somebody else changed this person while you had the page open. Nothing was saved, and what you entered "
    "is still here: look at the page in another tab, then save again to replace it."
)


@require_safe
@for_viewer
def people(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the people that the search and the filter find, by name."""
    search = request.GET.get("q", "")[:200].replace("\x00", "")
    status = request.GET.get("status", "")
    chosen = PersonStatus(status) if status in set(PersonStatus) else None
    found = people_page(
        viewer.actor, search=search, status=chosen, page=id_in(request.GET.get("page", "")) or 1
    )
    here = QueryDict(mutable=True)
    here.update({name: value for name, value in (("q", search), ("status", chosen or "")) if value})
    context = {
        "found": found,
        "search": search,
        "chosen": chosen,
        "statuses": [(kind, name, found.counts[kind]) for kind, name in STATUS_NAMES.items()],
        "in_all": sum(found.counts.values()),
        "names": STATUS_NAMES,
        "query": here.urlencode(),
        "time_zone": viewer.company.time_zone,
    }
    return render(request, "settings/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_typed
@for_viewer
def invite(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Ask whom to invite on GET; invite on POST."""
    form = kept_or(request, typed(request, _INVITED, ["teams"]), _INVITED, ["teams"])
    if request.method == "POST":
        try:
            with transaction.atomic():
                invited = invite_person(
                    actor=viewer.actor,
                    email=form.values["email"],
                    name=form.values["name"],
                    permission_set_id=_set_chosen(form),
                    team_ids=form.chosen["teams"],
                    teams_from=day_chosen(viewer, form.values),
                    is_admin=bool(form.values["is_admin"]),
                    now=viewer.now,
                )
                is_mailed = mail_link(request, viewer, invited)
        except InvalidInput as refusal:
            form = form.refused(refusal)
        else:
            forget(request)
            return hand_out(request, invited, is_mailed=is_mailed)
    else:
        people_page(viewer.actor)  # says no to whoever may not invite
    return render(
        request,
        "settings/invite.html",
        {"form": form, "today": viewer.today, **_choices(viewer)},
        status=_status_of(form),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_typed
@for_viewer
def person(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    """Show one person on GET, change them on POST."""
    line = person_line(viewer.actor, user_id)
    form = kept_or(request, _as_they_are(line), _FIELDS)
    if request.method == "POST":
        form = typed(request, (*_FIELDS, "state"))
        try:
            changed = change_person(
                actor=viewer.actor,
                user_id=user_id,
                name=form.values["name"],
                email=form.values["email"],
                permission_set_id=_set_chosen(form),
                is_admin=bool(form.values["is_admin"]),
                now=viewer.now,
                state=form.values["state"],
            )
        except InvalidInput as refusal:
            form = form.refused(refusal)
        except Changed:
            form = form.refused(InvalidInput(str(_CHANGED), field="user"))
        else:
            forget(request)
            toast(request, _("%(name)s saved") % {"name": changed.name})
            is_out = user_id == viewer.actor.user_id and not changed.is_admin
            return redirect("web:profile") if is_out else redirect("web:person", user_id)
    return show_person(request, viewer, line, form)


def show_person(
    request: HttpRequest, viewer: Viewer, line: PersonLine, form: Typed | None = None
) -> HttpResponse:
    """Show one person's page: their details, sessions and tokens, and what can be done."""
    form = form or _as_they_are(line)
    context = {
        "person": line,
        "form": form,
        "state": state_of_person(line),
        "status_name": STATUS_NAMES[line.status],
        "is_self": line.id == viewer.actor.user_id,
        "sessions": sessions_of(
            viewer.actor, line.id, current_key=request.session.session_key, now=viewer.now
        ),
        "has_second_steps": has_second_steps(viewer.actor, line.id),
        "tokens": tokens_of(viewer.actor, line.id, now=viewer.now),
        "time_zone": viewer.company.time_zone,
        "permission_sets": permission_sets_to_choose(viewer.actor),
        "memberships": [
            (team_id, name, stay_words(stay, viewer.language))
            for team_id, name, stay in teams_of_person(viewer.actor, line.id)
        ],
    }
    return render(request, "settings/person.html", context, status=_status_of(form))


def _as_they_are(line: PersonLine) -> Typed:
    return Typed(
        {
            "name": line.name,
            "email": line.email,
            "permission_set": str(line.permission_set.id) if line.permission_set else "",
            "is_admin": "on" if line.is_admin else "",
        },
    )


def _set_chosen(form: Typed) -> int | None:
    """Return the permission set's id, 0 for an invalid value."""
    text = form.values["permission_set"]
    return None if not text else id_in(text) or 0


def _choices(viewer: Viewer) -> dict[str, object]:
    return {
        "permission_sets": permission_sets_to_choose(viewer.actor),
        "teams": teams_to_choose(viewer.actor),
    }


def _status_of(form: Typed) -> HTTPStatus:
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
