"""The list of imports, the page of one, and its undo."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goalpost.companies.errors import InvalidInput, NotFound
from goalpost.exchange.drafts import file_of, rejects_of, resume_import, run_undo, stop_import
from goalpost.exchange.models import Import, ImportState
from goalpost.exchange.reading.fields import FileKind
from goalpost.exchange.undo import found_import, imports_of, is_stopped, preview_undo, undo_import, why_not
from goalpost.insights import formats
from goalpost.jobs.models import Job
from goalpost.jobs.queue import for_company
from goalpost.web.imports.moved import AT_MOST, MovedGoal, moved_by
from goalpost.web.imports.words import KINDS, STATE_BADGES, STATES, records
from goalpost.web.shell.toasts import toast
from goalpost.web.shell.viewer import Viewer, for_viewer

_PAGE = 50


@dataclass(frozen=True, slots=True)
class _Line:
    """An import as the list shows it."""

    row: Import
    kind: str
    when: str
    who: str
    state: ImportState
    word: str
    badge: str
    icon: str
    why_not: str
    has_rejects: bool
    may_resume: bool

    @property
    def is_draft(self) -> bool:
        return self.state == ImportState.DRAFT


@require_safe
@for_viewer
def imports(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    rows = imports_of(viewer.actor)
    has_any = rows.exists()
    text, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    if text:
        rows = rows.filter(file_name__icontains=text)
    if state in set(ImportState):
        rows = rows.filter(state=state)
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    context = {
        "lines": [_line(viewer, row) for row in page.object_list],
        "page": page,
        "has_any": has_any,
        "text": text,
        "state": state,
        "states": STATES.items(),
    }
    return render(request, "imports/list.html", context)


def _line(viewer: Viewer, row: Import) -> _Line:
    state = ImportState.STOPPED if is_stopped(row, viewer.now) else ImportState(row.state)
    badge, icon = STATE_BADGES[state]
    zone, year = viewer.company.time_zone, viewer.today.year
    has_file = bool(row.upload)
    return _Line(
        row=row,
        kind=str(KINDS[FileKind(row.kind)]),
        when=formats.moment(row.created_at, zone, viewer.language, this_year=year),
        who=row.made_by.name if row.made_by else _("Server operator"),
        state=state,
        word=str(STATES[state]),
        badge=badge,
        icon=icon,
        why_not=why_not(row, viewer.now),
        has_rejects=has_file and bool(row.rejected) and rejects_of(row).exists(),
        may_resume=state == ImportState.STOPPED and has_file and file_of(row).exists(),
    )


@require_safe
@for_viewer
def one_import(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    """Show an import: how far it is, or what came of it."""
    row = found_import(viewer.actor, number)
    if row.state == ImportState.DRAFT:
        return redirect("web:import-columns", number)
    line = _line(viewer, row)
    job = Job.objects.filter(company_id=row.company_id, pk=row.job_id).first() if row.job_id else None
    done, of = (int(job.progress.get(name, 0)) if job else 0 for name in ("done", "of"))
    coming = row.created + row.updated
    context = {
        "line": line,
        "is_running": line.state in (ImportState.WAITING, ImportState.RUNNING),
        "done": done,
        "of": max(done, of),
        "share": 100 * done // of if of else 0,
        "rows": row.created + row.updated + row.unchanged + row.rejected,
        "coming": coming,
        "coming_words": records(row.kind, coming),
        "new_words": records(row.kind, row.created),
        "names": [(words, names[:20], len(names)) for words, names in row.summary.get("names", {}).items()],
        "summary": row.summary.get("lines", []),
        "undone": formats.moment(row.undone_at, viewer.company.time_zone, viewer.language)
        if row.undone_at
        else "",
    }
    return render(request, "imports/import.html", context)


@require_POST
@for_viewer
def stop(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    stop_import(actor=viewer.actor, number=number, now=viewer.now)
    toast(request, _("Import stopped. What is in stays until you undo it."), moves_focus=True)
    return redirect("web:import", number)


@require_POST
@for_viewer
def resume(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    try:
        resume_import(actor=viewer.actor, number=number, now=viewer.now)
    except InvalidInput as refusal:
        toast(request, refusal.message, is_refused=True)
    return redirect("web:import", number)


@require_safe
@for_viewer
def rejects(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponseBase:  # noqa: ARG001
    """Send the file of rejected rows, which can be corrected and imported."""
    row = found_import(viewer.actor, number)
    if not row.upload or not rejects_of(row).exists():
        raise NotFound
    name = f"{row.file_name.rpartition('.')[0] or row.file_name}.rejects.csv"
    return FileResponse(
        rejects_of(row).open("rb"), as_attachment=True, filename=name, content_type="text/csv"
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def undo(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    """Show what an undo takes back and what was changed since; then do it."""
    row = found_import(viewer.actor, number)
    asked = request.POST if request.method == "POST" else request.GET
    discards = asked.get("edits") == "discard"
    try:
        if request.method == "POST":
            return _undo(request, viewer, row, discards_edits=discards)
        found = preview_undo(actor=viewer.actor, number=number, now=viewer.now, discards_edits=discards)
        kept = found
        if discards:
            kept = preview_undo(actor=viewer.actor, number=number, now=viewer.now)
    except InvalidInput as refusal:
        toast(request, refusal.message, is_refused=True)
        return redirect("web:import", number)
    moved: list[MovedGoal] | None = None
    if row.created + row.updated <= AT_MOST:
        _found, moved, _goals = moved_by(
            viewer,
            lambda: undo_import(actor=viewer.actor, number=number, now=viewer.now, discards_edits=discards),
        )
    context = {
        "line": _line(viewer, row),
        "found": found,
        "kept": kept,
        "discards": discards,
        "moved": moved,
        "new_words": records(row.kind, found.deleted),
        "kept_words": records(row.kind, kept.kept),
        "names": [(words, len(names)) for words, names in row.summary.get("names", {}).items()],
    }
    return render(request, "imports/undo.html", context)


def _undo(request: HttpRequest, viewer: Viewer, row: Import, *, discards_edits: bool) -> HttpResponse:
    actor = viewer.actor
    if row.created + row.updated > AT_MOST:
        asked = for_company(run_undo, row.company_id, about=row.file_name)
        asked.enqueue(row.company_id, actor.user_id, row.number, discards_edits)
        toast(request, _("The import is being undone. It takes a while."), moves_focus=True)
        return redirect("web:imports")
    found = undo_import(actor=actor, number=row.number, now=viewer.now, discards_edits=discards_edits)
    said = _("Import undone: %(gone)s deleted, %(back)s set back.") % {
        "gone": formats.number(found.deleted, viewer.language),
        "back": formats.number(found.restored, viewer.language),
    }
    toast(request, said, moves_focus=True)
    return redirect("web:imports")
