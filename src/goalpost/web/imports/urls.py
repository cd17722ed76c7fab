"""Addresses of the imports."""

from django.urls import URLPattern, path

from goalpost.web.imports import draft_pages, import_pages

_IMPORT = "settings/imports/<int:number>"

urlpatterns: list[URLPattern] = [
    path("settings/imports", import_pages.imports, name="imports"),
    path("settings/imports/new", draft_pages.upload, name="import-new"),
    path(_IMPORT, import_pages.one_import, name="import"),
    path(f"{_IMPORT}/columns", draft_pages.columns, name="import-columns"),
    path(f"{_IMPORT}/values", draft_pages.values, name="import-values"),
    path(f"{_IMPORT}/check", draft_pages.check, name="import-check"),
    path(f"{_IMPORT}/run", draft_pages.run, name="import-run"),
    path(f"{_IMPORT}/discard", draft_pages.discard, name="import-discard"),
    path(f"{_IMPORT}/stop", import_pages.stop, name="import-stop"),
    path(f"{_IMPORT}/resume", import_pages.resume, name="import-resume"),
    path(f"{_IMPORT}/rejects", import_pages.rejects, name="import-rejects"),
    path(f"{_IMPORT}/undo", import_pages.undo, name="import-undo"),
]
