"""Responses with files to download."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import TypeVar

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from goalpost.companies.errors import NotAllowed
from goalpost.domain.permissions import Actor, Permission, may
from goalpost.insights.export import file_name
from goalpost.insights.export.rendering import Busy, Slots
from goalpost.insights.export.tables import (
    CSV_EXTENSION,
    CSV_MEDIA_TYPE,
    XLSX_EXTENSION,
    XLSX_MEDIA_TYPE,
    Table,
    csv_chunks,
    csv_file,
    xlsx_file,
)

# If a browser displays one, nothing in it runs or loads.
_NOTHING_RUNS = "default-src 'none'; sandbox"

_RETRY_AFTER = 10

_AT_A_TIME = 4
_MOST_WAITING = 2
_PATIENCE = 15

_Response = TypeVar("_Response", bound=HttpResponseBase)


def one_of_few(request: HttpRequest, make: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Answer with a file of many rows, or with 503 while too many are written (decision 0013).

    The file is written completely before it is sent: slow clients hold no thread and no snapshot.
    """
    try:
        with _slots().slot():
            return make()
    except Busy:
        return busy(request)


def busy(request: HttpRequest) -> HttpResponse:
    """Answer 503 with Retry-After."""
    answer = render(request, "web/export_busy.html", status=503)
    answer["Retry-After"] = str(_RETRY_AFTER)
    return answer


@cache
def _slots() -> Slots:
    folder = settings.DATA_DIR / "downloads"
    return Slots(folder, slots=_AT_A_TIME, most_waiting=_MOST_WAITING, patience=_PATIENCE)


def require_export(actor: Actor) -> None:
    """Raise NotAllowed unless the actor may export files."""
    if not may(actor, Permission.EXPORT):
        raise NotAllowed(_("Your permission set does not let you export files. An admin can change that."))


def csv_download(table: Table, *names: str) -> StreamingHttpResponse:
    """Answer with a short table as CSV, sent while its rows are read. `names` make up the file's name."""
    response = StreamingHttpResponse(csv_chunks(table), content_type=CSV_MEDIA_TYPE)
    return _to_keep(response, file_name(*names, extension=CSV_EXTENSION))


def long_csv_download(table: Table, *names: str) -> FileResponse:
    """Answer with a table of many rows as CSV, written whole before it is sent: see `one_of_few`."""
    response = FileResponse(csv_file(table), content_type=CSV_MEDIA_TYPE)
    return _to_keep(response, file_name(*names, extension=CSV_EXTENSION))


def xlsx_download(tables: Iterable[Table], *names: str) -> FileResponse:
    """Answer with a workbook, a sheet for each table. `names` make up the file's name and its title."""
    workbook = xlsx_file(tables, title=" \N{EN DASH} ".join(filter(None, names)))
    response = FileResponse(workbook, content_type=XLSX_MEDIA_TYPE)
    return _to_keep(response, file_name(*names, extension=XLSX_EXTENSION))


def download(content: bytes, name: str, media_type: str) -> HttpResponse:
    """Answer with a file of this name."""
    return _to_keep(HttpResponse(content, content_type=media_type), name)


def _to_keep(response: _Response, name: str) -> _Response:
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = _NOTHING_RUNS
    return response
