"""The pages of permission sets, and the labels of permissions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template import Library
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST
from django_stubs_ext import StrOrPromise

from goalpost.companies.actions import BUILT_IN_NAMES
from goalpost.companies.checks import require_admin
from goalpost.companies.errors import InvalidInput, NotFound
from goalpost.companies.models import PermissionSet
from goalpost.companies.permission_sets import (
    HeldSet,
    add_permission_set,
    admin_count,
    change_permissions,
    delete_permission_set,
    held_sets,
    holders_of,
    permission_set_of,
    rename_permission_set,
)
from goalpost.domain.permissions import AT_FIRST, Outcome, Permission, Role, Whose, matrix_column
from goalpost.web.shell.toasts import toast
from goalpost.web.shell.typed import Typed, id_in, typed
from goalpost.web.shell.viewer import Viewer, for_viewer

PERMISSION_WORDS: Mapping[Permission, tuple[StrOrPromise, StrOrPromise]] = {
    Permission.SEE_COMPANY_STATISTICS: (
        gettext_lazy("See company’s statistics"),
        gettext_lazy(
            "Together with the next one: goals and results of the company, all teams and all users."
        ),
    ),
    Permission.SEE_OTHERS_STATISTICS: (
        gettext_lazy("See other users’ statistics"),
        gettext_lazy("Takes effect only together with the permission above."),
    ),
    Permission.SEE_OTHERS_RECORDS: (
        gettext_lazy("See other users’ records"),
        gettext_lazy(
            "Other people’s deals and activities behind a result. Without it, they count but are hidden."
        ),
    ),
    Permission.SHARE_DASHBOARDS: (
        gettext_lazy("Share dashboards"),
        gettext_lazy("Share a dashboard with others, or by link with people without an account."),
    ),
    Permission.EXPORT: (gettext_lazy("Export"), gettext_lazy("Export charts, tables and records as files.")),
    Permission.USE_API: (
        gettext_lazy("Use the API"),
        gettext_lazy("Use the API with the same rights as here. Without it, API tokens are refused."),
    ),
    Permission.EDIT_CLOSED_DATES: (
        gettext_lazy("Edit closed deals’ dates"),
        gettext_lazy("Change when a deal was won or lost, which moves its result to another period."),
    ),
    Permission.IMPORT: (
        gettext_lazy("Import records"),
        gettext_lazy("Import files and undo imports, which moves everyone’s results."),
    ),
}
BUILT_IN_WORDS: Mapping[Role, StrOrPromise] = {
    Role.MANAGER: gettext_lazy("Team manager"),
    Role.REGULAR: gettext_lazy("Regular user"),
}
SEES_WORDS: Mapping[Whose, tuple[StrOrPromise, StrOrPromise]] = {
    Whose.OWN: (gettext_lazy("Own goals"), ""),
    Whose.OWN_TEAMS: (
        gettext_lazy("Goals of own teams"),
        gettext_lazy("For a manager: the teams they manage"),
    ),
    Whose.REST: (gettext_lazy("Company, other teams, other users"), ""),
}
CHANGES_WORDS: Mapping[Whose, tuple[StrOrPromise, StrOrPromise]] = {
    Whose.OWN: (gettext_lazy("Own goals"), ""),
    Whose.OWN_TEAMS: (gettext_lazy("Goals of own teams"), ""),
    Whose.MEMBERS: (gettext_lazy("Goals of own teams’ members"), ""),
    Whose.REST: (gettext_lazy("Company goals and everybody else’s"), ""),
}
OUTCOME_WORDS: Mapping[Outcome, tuple[StrOrPromise, str]] = {
    Outcome.ALWAYS: (gettext_lazy("Always"), "check"),
    Outcome.WITH_BOTH: (gettext_lazy("With both"), "check"),
    Outcome.NEEDS_BOTH: (gettext_lazy("Needs both"), "lock"),
    Outcome.NEVER: (gettext_lazy("Never"), "minus"),
}
"""Word and icon."""
register = Library()

# A company's own set cannot have one of these names: names are taken once, and the built-in sets keep theirs.
_SET_NAMES = {name: BUILT_IN_WORDS[role] for role, name in BUILT_IN_NAMES.items()}


@register.filter
def set_name(name: str) -> str:
    """`{{ "Regular user"|set_name }}`: a built-in set in the viewer's language, any other as written."""
    return str(_SET_NAMES.get(name, name))


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column. `had` are the permissions when the form was rendered."""

    id: int | None
    name: StrOrPromise
    holders: str
    had: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Box:
    """A permission of one set; `name` is the field's, none for the admin's that is locked on."""

    name: str
    is_ticked: bool
    label: str
    set_name: StrOrPromise


@dataclass(frozen=True, slots=True)
class Cell:
    word: StrOrPromise
    icon: str
    is_no: bool
    set_name: StrOrPromise


@dataclass(frozen=True, slots=True)
class Row:
    title: StrOrPromise
    sentence: StrOrPromise
    boxes: tuple[Box, ...] = ()
    cells: tuple[Cell, ...] = ()
    value: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    heads: tuple[Head, ...]
    permissions: tuple[Row, ...]
    sees: tuple[Row, ...]
    changes: tuple[Row, ...]
    unsaved: int
    managing: int
    """How many people with a set for regular users manage a team."""


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def permission_sets(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the matrix; on POST, preview what was ticked, or save it."""
    sets = held_sets(viewer.actor)
    wanted = {each.id: each.permissions for each in sets}
    if request.method == "POST":
        wanted |= {each.id: _ticked(request, each) for each in sets if f"had-{each.id}" in request.POST}
        if request.POST.get("action") == "save":
            change_permissions(actor=viewer.actor, permissions=wanted, now=viewer.now)
            toast(request, _("Permissions saved"))
            return redirect("web:permission-sets")
    context = {"matrix": _matrix(sets, wanted, admins=admin_count(viewer.actor))}
    is_region = request.method == "POST" and "HX-Request" in request.headers
    template = "settings/permission_matrix.html" if is_region else "settings/permissions.html"
    return render(request, template, context)


def _ticked(request: HttpRequest, each: HeldSet) -> frozenset[Permission]:
    """Return the set's permissions with the changes of this form only, keeping concurrent ones."""
    had = _known(request.POST[f"had-{each.id}"].split(","))
    ticked = _known(request.POST.getlist(f"set-{each.id}"))
    return (each.permissions | (ticked - had)) - (had - ticked)


def _known(values: Sequence[str]) -> frozenset[Permission]:
    return frozenset(Permission(value) for value in values if value in set(Permission))


def name_of_set(each: HeldSet) -> StrOrPromise:
    """Return what the set is called: a built-in one in the viewer's language."""
    return BUILT_IN_WORDS[each.role] if each.is_built_in else each.name


def what_follows(role: Role, held: frozenset[Permission]) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Return what people with such a set can see and change."""
    column, name = matrix_column(role, held), _("This set")
    return (
        _outcome_rows(SEES_WORDS, [name], [column.sees]),
        _outcome_rows(CHANGES_WORDS, [name], [column.changes]),
    )


def _matrix(sets: Sequence[HeldSet], wanted: Mapping[int, frozenset[Permission]], *, admins: int) -> Matrix:
    columns = [
        matrix_column(None, frozenset()),
        *(matrix_column(each.role, wanted[each.id]) for each in sets),
    ]
    heads = (
        Head(None, _("Admin"), _users(admins), "", is_own=False),
        *(
            Head(
                each.id,
                name_of_set(each),
                _users(each.holders),
                ",".join(sorted(each.permissions)),
                is_own=not each.is_built_in,
            )
            for each in sets
        ),
    )
    names = [head.name for head in heads]
    return Matrix(
        heads=heads,
        permissions=tuple(_permission_row(permission, sets, wanted) for permission in Permission),
        sees=_outcome_rows(SEES_WORDS, names, [column.sees for column in columns]),
        changes=_outcome_rows(CHANGES_WORDS, names, [column.changes for column in columns]),
        unsaved=sum(len(each.permissions ^ wanted[each.id]) for each in sets),
        managing=sum(each.managing for each in sets if each.role == "regular"),
    )


def _permission_row(
    permission: Permission, sets: Sequence[HeldSet], wanted: Mapping[int, frozenset[Permission]]
) -> Row:
    title, sentence = PERMISSION_WORDS[permission]
    always_on = _("Admin: %(permission)s, always on") % {"permission": title}
    admin = Box("", is_ticked=True, label=always_on, set_name=_("Admin"))
    return Row(
        title,
        sentence,
        boxes=(
            admin,
            *(
                Box(
                    f"set-{each.id}",
                    is_ticked=permission in wanted[each.id],
                    label=f"{name_of_set(each)}: {title}",
                    set_name=name_of_set(each),
                )
                for each in sets
            ),
        ),
        value=permission.value,
    )


def _outcome_rows(
    words: Mapping[Whose, tuple[StrOrPromise, StrOrPromise]],
    names: Sequence[StrOrPromise],
    columns: Sequence[Mapping[Whose, Outcome]],
) -> tuple[Row, ...]:
    return tuple(
        Row(
            title,
            sentence,
            cells=tuple(_cell(column[whose], name) for name, column in zip(names, columns, strict=True)),
        )
        for whose, (title, sentence) in words.items()
    )


def _cell(outcome: Outcome, set_name: StrOrPromise) -> Cell:
    word, icon = OUTCOME_WORDS[outcome]
    return Cell(word, icon, is_no=outcome in {Outcome.NEEDS_BOTH, Outcome.NEVER}, set_name=set_name)


def _users(count: int) -> str:
    return ngettext("%(count)s user", "%(count)s users", count) % {"count": count}


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
            toast(request, _("Permission set “%(name)s” created") % {"name": made.name})
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
            toast(request, _("Name saved"))
            return redirect("web:permission-sets")
    return _page(request, viewer, row, form)


@require_POST
@for_viewer
def delete(request: HttpRequest, viewer: Viewer, set_id: int) -> HttpResponse:
    """Delete the set. If people have it, another set must be chosen for them."""
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
    toast(request, _("Permission set “%(name)s” deleted") % {"name": row.name})
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
