"""A permission set of the company's own: created, renamed, deleted once its holders have another."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from goalpost.companies.checks import require_admin
from goalpost.companies.errors import InvalidInput, NotFound
from goalpost.companies.models import PermissionSet
from goalpost.companies.permission_sets import (
    add_permission_set,
    delete_permission_set,
    held_sets,
    holders_of,
    permission_set_of,
    rename_permission_set,
)
from goalpost.domain.permissions import AT_FIRST, Permission, Role
from goalpost.web.settings_pages.permission_words import BUILT_IN_WORDS, PERMISSION_WORDS
from goalpost.web.settings_pages.permissions import name_of_set, what_follows
from goalpost.web.settings_pages.typed import Typed, id_in, typed
from goalpost.web.viewer import Viewer, for_viewer


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def create(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the form with what follows from it; on POST preview that, or create the set."""
    require_admin(viewer.actor)
    form, held = Typed({"name": "", "role": Role.REGULAR.value}), AT_FIRST
    if request.method == "POST":
        form = typed(request, ("name", "role"))
        held = frozenset(
            Permission(value) for value in request.POST.getlist("permissions") if value in set(Permission)
        )
    role = Role(form.values["role"]) if form.values["role"] in set(Role) else Role.REGULAR
    is_preview = "HX-Request" in request.headers or request.POST.get("action") == "preview"
    if request.method == "POST" and not is_preview:
        try:
            made = add_permission_set(
                actor=viewer.actor,
                name=form.values["name"],
                permissions=held,
                role=role,
                now=viewer.now,
            )
        except InvalidInput as refusal:
            form = form.refused(refusal)
        else:
            messages.success(request, _("Permission set “%(name)s” created") % {"name": made.name})
            return redirect("web:permission-sets")
    sees, changes = what_follows(role, held)
    context = {
        "form": form,
        "sees": sees,
        "changes": changes,
        "roles": [(each.value, words, each == role) for each, words in BUILT_IN_WORDS.items()],
        "permissions": [(each.value, *PERMISSION_WORDS[each], each in held) for each in Permission],
    }
    return render(request, "settings/permission_set_new.html", context, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def edit(request: HttpRequest, viewer: Viewer, set_id: int) -> HttpResponse:
    row = _own(viewer, set_id)
    form = Typed({"name": row.name})
    if request.method == "POST":
        form = typed(request, ("name",))
        try:
            rename_permission_set(actor=viewer.actor, set_id=set_id, name=form.values["name"], now=viewer.now)
        except InvalidInput as refusal:
            form = form.refused(refusal)
        else:
            messages.success(request, _("Name saved"))
            return redirect("web:permission-sets")
    return _page(request, viewer, row, form)


@require_POST
@for_viewer
def delete(request: HttpRequest, viewer: Viewer, set_id: int) -> HttpResponse:
    """Delete the set. A set that is held goes only with a set for its holders."""
    row = _own(viewer, set_id)
    try:
        delete_permission_set(
            actor=viewer.actor,
            set_id=set_id,
            holders_to=id_in(request.POST.get("holders_to", "")),
            now=viewer.now,
        )
    except InvalidInput as refusal:
        return _page(request, viewer, row, Typed({"name": row.name}).refused(refusal))
    messages.success(request, _("Permission set “%(name)s” deleted") % {"name": row.name})
    return redirect("web:permission-sets")


def _own(viewer: Viewer, set_id: int) -> PermissionSet:
    row = permission_set_of(viewer.actor, set_id)
    if row.is_built_in:
        raise NotFound
    return row


def _page(request: HttpRequest, viewer: Viewer, row: PermissionSet, form: Typed) -> HttpResponse:
    context = {
        "set": row,
        "form": form,
        "holders": holders_of(viewer.actor, row.pk),
        "others": [(each.id, name_of_set(each)) for each in held_sets(viewer.actor) if each.id != row.pk],
    }
    return render(request, "settings/permission_set.html", context, status=_status(form))


def _status(form: Typed) -> int:
    return 422 if form.errors else 200
