"""The steps of an import before anything is written: upload, columns, values, check."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_stubs_ext import StrOrPromise

from goalpost.companies.currencies import DIGITS
from goalpost.companies.errors import InvalidInput
from goalpost.domain.counting import DealStatus
from goalpost.domain.money import to_major
from goalpost.exchange.drafts import (
    LARGEST,
    add_draft,
    begin_import,
    book_version,
    change_draft,
    check_draft,
    discard_draft,
    first_rows,
    found_draft,
    order_of,
    read_options,
)
from goalpost.exchange.errors import Question, Unusable
from goalpost.exchange.files.cells import Row, text_of
from goalpost.exchange.loading.run import import_file, open_reading
from goalpost.exchange.models import Import
from goalpost.exchange.reading.columns import value_text
from goalpost.exchange.reading.fields import FIELDS, FileKind, find_kind_field
from goalpost.exchange.report import Report
from goalpost.exchange.undo import imports_of
from goalpost.insights import formats
from goalpost.web.imports.moved import AT_MOST, MovedGoal, moved_by
from goalpost.web.imports.words import FIELD_WORDS, KINDS, NAME_WORDS, STATUS_WORDS, records
from goalpost.web.shell.toasts import toast
from goalpost.web.shell.viewer import Viewer, for_viewer

_STEPS = ("upload", "columns", "values", "check", "import")
_TEXTS = ("encoding", "delimiter", "sheet", "decimal_sign", "stage_order", "source")
_MOST_EMPTIED = 500

_Step = Callable[[HttpRequest, Viewer, int], HttpResponse]


def _of_draft(view: _Step) -> _Step:
    """Send who asks for a step of what is a draft no more to the import's own page."""

    @wraps(view)
    def answer(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
        try:
            found_draft(viewer.actor, number)
        except InvalidInput:
            return redirect("web:import", number)
        return view(request, viewer, number)

    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def upload(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    imports_of(viewer.actor)  # whoever may not import is refused
    error = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        asked = request.POST.get("kind", "")
        kind = FileKind(asked) if asked in set(FileKind) else None
        if not isinstance(file, UploadedFile) or not file.name:
            error = _("Choose a file first.")
        else:
            try:
                draft = add_draft(
                    actor=viewer.actor, name=file.name, chunks=file.chunks(), kind=kind, now=viewer.now
                )
            except InvalidInput as refusal:
                error = refusal.message
            else:
                return redirect("web:import-columns", draft.number)
    context = {
        "step": "upload",
        "steps": _STEPS,
        "error": error,
        "kinds": KINDS.items(),
        "largest": LARGEST // 1_000_000,
    }
    return render(request, "imports/upload.html", context, status=422 if error else 200)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the file: its first cells, what is made of them, and the field that it feeds."""

    place: int
    name: str
    raw: tuple[str, ...]
    read: tuple[str, ...]
    field: str


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
@_of_draft
def columns(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    if request.method == "POST":
        return _save_columns(request, viewer, number)
    draft = found_draft(viewer.actor, number)
    error, description = "", ""
    notes: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    rows: list[Row] = []
    try:
        header, rows = first_rows(draft)
        reading = open_reading(order_of(draft))
        first = [row for row, _place in zip(reading.parsed_rows(), range(20), strict=False)]
        shown = _columns(viewer, header, rows, {name: field for field, name in reading.columns}, first)
        description, notes = reading.description, reading.notes
    except Unusable as refusal:
        # A question is asked in the next step.
        error = "" if refusal.question else str(refusal)
        parts = [text.partition("=") for text in read_options(draft).columns]
        chosen = {name: field for field, _sign, name in parts if name}
        shown = _columns(viewer, header, rows, chosen or _known(draft, header), [])
    context = {
        **_frame(draft, "columns"),
        "error": error,
        "used": [each for each in shown if each.field],
        "unused": [each for each in shown if not each.field],
        "fields": [(field.name, FIELD_WORDS[field.name]) for field in FIELDS[FileKind(draft.kind)]],
        "kinds": KINDS.items(),
        "description": description,
        "notes": notes,
        "options": draft.options,
        "is_of_deals": draft.kind == FileKind.DEALS,
    }
    return render(request, "imports/columns.html", context)


def _known(draft: Import, header: tuple[str, ...]) -> dict[str, str]:
    """Return the fields that columns are known for, by header, where a question keeps the file unread."""
    return {
        name: field for name in header if (field := find_kind_field(FileKind(draft.kind), name)) is not None
    }


def _columns(
    viewer: Viewer, header: tuple[str, ...], rows: list[Row], fields: dict[str, str], parsed: Sequence[object]
) -> list[_Column]:
    found = []
    for place, name in enumerate(header):
        if not name:
            continue
        filled = [at for at, row in enumerate(rows) if text_of(row[place]).strip()][:2]
        raw = tuple(text_of(rows[at][place])[:80] for at in filled)
        field = fields.get(name, "")
        read = tuple(_as_read(viewer, field, parsed[at]) for at in filled if field and at < len(parsed))
        found.append(_Column(place, name, raw, read, field))
    return found


_ATTRIBUTES = {
    "deleted": ("is_deleted",),
    "done": ("is_done",),
    "active": ("is_active",),
    "team": ("teams",),
    "close_time": ("won_time", "lost_time", "expected_close_date"),
    "won_value": ("value",),
}


def _as_read(viewer: Viewer, field: str, parsed: object) -> str:
    row = getattr(parsed, "row", None)
    names = _ATTRIBUTES.get(field, (field,))
    made = next((found for name in names if (found := getattr(row, name, None)) is not None), None)
    language = viewer.language
    match made:
        case None | "":
            words = "\N{EN DASH}"
        case DealStatus():
            words = str(STATUS_WORDS[made.value])
        case bool():
            words = _("Yes") if made else _("No")
        case int() if field == "probability":
            words = formats.percent(made, language)
        case int():
            words = formats.amount(made, getattr(row, "currency", ""), language)
        case datetime():
            zone = viewer.company.time_zone
            words = formats.moment(made, zone, language, this_year=viewer.today.year)
        case date():
            words = formats.day(made, language)
        case tuple():
            words = ", ".join(map(str, made))
        case _:
            words = str(made)
    return words


def _save_columns(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    draft = found_draft(viewer.actor, number)
    kind = request.POST.get("kind", "")
    if kind in set(FileKind) and kind != draft.kind:
        change_draft(actor=viewer.actor, number=number, now=viewer.now, kind=kind)
        return redirect("web:import-columns", number)
    texts: dict[str, Any] = {name: request.POST.get(name, "").strip() or None for name in _TEXTS}
    formats_given = [text.strip() for text in request.POST.get("date_formats", "").split("|") if text.strip()]
    chosen: list[str] = []
    with suppress(Unusable):
        header, _rows = first_rows(draft)
        fields = {field.name: field for field in FIELDS[FileKind(draft.kind)]}
        for place, name in enumerate(header):
            wanted = request.POST.get(f"column-{place}", "")
            if wanted in fields:
                chosen.append(f"{wanted}={name}")
        given = {text.partition("=")[0] for text in chosen}
        if any(f"column-{place}" in request.POST for place in range(len(header))):
            # What was taken away is not to be found by its name again.
            chosen += [f"{name}=" for name in fields if name not in given]
    change_draft(
        actor=viewer.actor,
        number=number,
        now=viewer.now,
        columns=chosen or list(draft.options.get("columns", [])),
        date_formats=formats_given,
        is_whole=request.POST.get("is_whole") == "on",
        **texts,
    )
    return redirect("web:import-values" if request.POST.get("go") else "web:import-columns", number)


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
@_of_draft
def values(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    """Ask what the file leaves open, one question after the other; without any, go on."""
    draft = found_draft(viewer.actor, number)
    question, error = _question(draft)
    is_unanswered = False
    if request.method == "POST" and question is not None:
        answer = request.POST.get("answer", "")
        if answer in question.choices or (question.column and answer in ("use", "leave")):
            _answer(viewer, draft, question, answer)
            return redirect("web:import-values", number)
        is_unanswered = True
    if error:
        toast(request, error, is_refused=True)
        return redirect("web:import-columns", number)
    if question is None:
        return redirect("web:import-check", number)
    context = {
        **_frame(draft, "values"),
        "question": question,
        "choices": [(choice, _choice_words(question, choice)) for choice in question.choices],
        "field": FIELD_WORDS[question.field],
        "is_unanswered": is_unanswered,
    }
    return render(request, "imports/values.html", context, status=422 if is_unanswered else 200)


def _question(draft: Import) -> tuple[Question | None, str]:
    try:
        open_reading(order_of(draft))
    except Unusable as refusal:
        return refusal.question, "" if refusal.question else str(refusal)
    return None, ""


def _choice_words(question: Question, choice: str) -> StrOrPromise:
    return STATUS_WORDS.get(choice, f"{choice} %" if question.field == "probability" else choice)


def _answer(viewer: Viewer, draft: Import, question: Question, answer: str) -> None:
    options = draft.options
    if question.column:
        kept = [text for text in options.get("columns", []) if text.partition("=")[0] != question.field]
        said = f"{question.field}={question.column if answer == 'use' else ''}"
        change_draft(actor=viewer.actor, number=draft.number, now=viewer.now, columns=[*kept, said])
        return
    said = value_text(question.field, question.raw, answer)
    change_draft(
        actor=viewer.actor, number=draft.number, now=viewer.now, values=[*options.get("values", []), said]
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
@_of_draft
def check(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    """Show what the import would do, and settle groups of rows that cannot come in as they are."""
    draft = found_draft(viewer.actor, number)
    if request.method == "POST":
        _leave_empty(request, viewer, draft)
        return redirect("web:import-check", number)
    version = book_version(viewer.actor.company_id)
    moved: list[MovedGoal] | None = None
    goals = 0
    try:
        report, version = check_draft(actor=viewer.actor, number=number)
        if report.rows <= AT_MOST and (report.created or report.updated):
            _report, moved, goals = moved_by(viewer, lambda: _tried(draft))
    except Unusable as refusal:
        if refusal.question is None:
            toast(request, str(refusal), is_refused=True)
        return redirect("web:import-columns" if refusal.question is None else "web:import-values", number)
    coming = report.created + report.updated
    context = {
        **_frame(draft, "check"),
        "report": report,
        "version": version,
        "moved": moved,
        "goals": goals,
        "coming": coming,
        "coming_words": records(draft.kind, coming),
        "problems": _problems(draft, report),
        "statuses": [(word, report.statuses[key]) for key, word in STATUS_WORDS.items()],
        "sums": [
            (code, report.sums[code], to_major(report.sums[code], DIGITS[code]))
            for code in sorted(report.sums)
        ],
        "days": [(FIELD_WORDS[name], *ends) for name, ends in report.days.items()],
        "names": [(NAME_WORDS[kind], names[:20], len(names)) for kind, names in report.new_names.items()],
        "is_of_deals": draft.kind == FileKind.DEALS,
    }
    return render(request, "imports/check.html", context)


def _tried(draft: Import) -> Report:
    """Import the file, in a transaction that is rolled back: with the rejects out of the way."""
    order = order_of(draft)
    rejects = order.path.parent / "tried.csv"
    with transaction.atomic():
        try:
            tried = replace(order, rejects=rejects, number=0)
            return import_file(tried, clock=lambda: datetime.now().astimezone(), show=lambda *_: None)
        finally:
            rejects.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Problem:
    """Rows that one thing is wrong with; `key` is what `_leave_empty` takes, empty where that is no way."""

    text: str
    count: int
    lines: str
    values: str
    key: str


def _problems(draft: Import, report: Report) -> list[_Problem]:
    fields = {header: field for field, header in report.columns}
    required = {field.name for field in FIELDS[FileKind(draft.kind)] if field.is_required}
    found = []
    for group, rejected in sorted(report.rejections.items(), key=lambda each: -each[1].count):
        field = fields.get(group.partition(":")[0], "")
        can_be_empty = field and field not in required and 0 < len(rejected.values) <= _MOST_EMPTIED
        found.append(
            _Problem(
                text=rejected.message if rejected.count == 1 else group,
                count=rejected.count,
                lines=", ".join(map(str, rejected.lines)),
                values=", ".join(f"“{value}”" for value in list(rejected.values)[:8]),
                key=group if can_be_empty else "",
            )
        )
    return found


def _leave_empty(request: HttpRequest, viewer: Viewer, draft: Import) -> None:
    """Have the cells of a group count as empty."""
    wanted = request.POST.get("group", "")
    with suppress(Unusable):
        report, _version = check_draft(actor=viewer.actor, number=draft.number)
        fields = {header: field for field, header in report.columns}
        field = fields.get(wanted.partition(":")[0], "")
        if wanted in report.rejections and field:
            more = [
                value_text(field, raw, "") for raw in list(report.rejections[wanted].values)[:_MOST_EMPTIED]
            ]
            known = draft.options.get("values", [])
            change_draft(actor=viewer.actor, number=draft.number, now=viewer.now, values=[*known, *more])


@require_POST
@for_viewer
@_of_draft
def run(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    version = request.POST.get("version", "")
    try:
        begin_import(
            actor=viewer.actor,
            number=number,
            version=int(version) if version.isdecimal() else -1,
            now=viewer.now,
        )
    except InvalidInput as refusal:
        toast(request, refusal.message, is_refused=True)
        return redirect("web:import-check", number)
    return redirect("web:import", number)


@require_POST
@for_viewer
@_of_draft
def discard(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    draft = found_draft(viewer.actor, number)
    discard_draft(actor=viewer.actor, number=number)
    toast(request, _("Draft “%(file)s” deleted") % {"file": draft.file_name}, moves_focus=True)
    return redirect("web:imports")


def _frame(draft: Import, step: str) -> dict[str, object]:
    return {"import": draft, "step": step, "steps": _STEPS, "kind": KINDS[FileKind(draft.kind)]}
